"""Add the demo: people, practices, patients and orders. Doing it again adds nothing; production refuses it."""

from __future__ import annotations

import argparse

from ils_app.commands import CommandError
from ils_app.commands.doors import call_door
from ils_app.commands.reached_database import reached_database
from ils_app.kernel import config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(arguments: argparse.Namespace) -> None:
    """Seed what is missing."""
    if config.current().production:
        raise CommandError(
            "production has no demo people: type `python -m ils_app create-admin` for the first account."
        )
    with reached_database():
        call_door("ils_app.demo", "seed")
    print("The demo is there.")
