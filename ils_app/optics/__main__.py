"""`python -m ils_app.optics VERB`: read, draw and write VCA files, check and verify prescriptions, without a server."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

_READER_GONE = 141  # 128 and the number of SIGPIPE

# Each verb: the module below `optics` that has `add_arguments(parser)` and `run(options) -> exit status`; its purpose.
VERBS: dict[str, tuple[str, str]] = {
    "check": ("commands.check", "say whether an order can be made, and by which route"),
    "verify": ("commands.verify", "compare worked numbers with what the formulae give"),
    "read": ("commands.read", "say what a VCA/OMA file holds, what it measures and what is wrong with it"),
    "draw": ("commands.draw", "draw both lenses of a VCA/OMA file as SVG"),
    "write": ("commands.write", "write a job file for a lab machine from an order in JSON"),
}


def main(words: Sequence[str]) -> int:
    """Run one verb; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ils_app.optics", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, (_, purpose) in VERBS.items():
        verbs.add_parser(verb, help=purpose, add_help=False)
    verb = parser.parse_args(words[:1]).verb
    module = importlib.import_module(f"ils_app.optics.{VERBS[verb][0]}")
    own = argparse.ArgumentParser(prog=f"python -m ils_app.optics {verb}", description=VERBS[verb][1])
    module.add_arguments(own)
    status: int = module.run(own.parse_args(words[1:]))
    return status


def typed(words: Sequence[str]) -> int:
    """`main`, ending quietly as other filters do when whoever reads the answer (`… | head`) has gone."""
    try:
        status = main(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # what is still held is let go into nothing, or leaving Python would write it into the pipe once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE
    return status


if __name__ == "__main__":
    sys.exit(typed(sys.argv[1:]))
