"""Create the first administrator; asks for what is not given, and for the key that only its operator knows."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from ils_app.commands import CommandError
from ils_app.commands.doors import call_door
from ils_app.commands.reached_database import reached_database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who it is. A password on the command line could be read by others, so there is no option for it."""
    parser.add_argument("--email", help="what they sign in with")
    parser.add_argument("--name", help="what they are called")


def run(arguments: argparse.Namespace) -> None:
    """Ask, create, say so."""
    try:
        email = arguments.email or input("Email: ").strip()
        name = arguments.name or input("Name: ").strip()
        password = asked_password()
        key = os.environ.get("ADMIN_SETUP_KEY") or asked_key()
    except EOFError as error:
        raise CommandError(
            "give --email and --name, the password on the first line of the input, and ADMIN_SETUP_KEY on the second "
            "or in the environment."
        ) from error
    with reached_database():
        call_door("ils_app.auth.service", "create_first_admin", email=email, name=name, password=password, key=key)
    print(f"{email} can sign in now.")


def asked_password() -> str:
    """The password: asked for twice at a terminal, else the first line of the input."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
        if not password:
            raise EOFError
        return password
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("the two passwords differ: start again.")
    return password


def asked_key() -> str:
    """ADMIN_SETUP_KEY: asked for at a terminal, else the next line of the input."""
    key = getpass.getpass("ADMIN_SETUP_KEY: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not key:
        raise EOFError
    return key
