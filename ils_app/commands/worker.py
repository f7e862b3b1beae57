"""Work durable jobs in a process of its own; give the app ILS_WORKER=none then."""

from __future__ import annotations

import argparse

from ils_app.commands.doors import call_door
from ils_app.kernel import config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(arguments: argparse.Namespace) -> None:
    """Work until told to stop."""
    config.require_database()
    call_door("ils_app.worker", "run")
