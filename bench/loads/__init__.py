"""Programs that make the load, each in a process of its own; the last line each prints is JSON."""
