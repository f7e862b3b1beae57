"""Bring the database's tables up to date; the second of two at once waits for the first."""

from __future__ import annotations

import argparse
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from ils_app.commands import CommandError
from ils_app.commands.reached_database import reached_database

PROJECT = Path(__file__).parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(arguments: argparse.Namespace) -> None:
    """Upgrade to the newest revision; doing it again changes nothing."""
    with reached_database():
        try:
            command.upgrade(alembic_config(), "head")
        except OperationalError as error:
            raise CommandError("the database does not answer: check DATABASE_URL and that it is running.") from error
    print("The database is up to date.")


def alembic_config() -> Config:
    """Alembic as `alembic` itself would find it from the project's folder."""
    return Config(toml_file=PROJECT / "pyproject.toml")
