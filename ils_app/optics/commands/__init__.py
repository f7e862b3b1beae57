"""What is typed: one file a verb, each with `add_arguments(parser)` and `run(options) -> exit status`."""
