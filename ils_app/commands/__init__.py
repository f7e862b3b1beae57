"""What an operator types: `python -m ils_app VERB`, one file a verb, refusals in one sentence.

Imports nothing but the standard library, so that `install` runs before there is anything else.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

VERBS = {
    "run": "start everything on this machine: database, demo, sandbox LIMS and ILS (what `make run` does)",
    "build": "build the pages for PUBLIC_URL",
    "serve": "serve pages and APIs, with durable jobs worked inside unless ILS_WORKER=none",
    "worker": "work durable jobs in a process of its own",
    "migrate": "bring the database's tables up to date",
    "seed-demo": "add the demo people, practices and orders (not in production)",
    "create-admin": "create the first administrator",
    "check": "check settings, database and LIMS, and say what is wrong",
    "backup": "write the whole database into one file",
    "restore": "read such a file back into an empty database",
}


class CommandError(Exception):
    """A command cannot go on; the text is one sentence that says what to do."""


def main(words: Sequence[str]) -> int:
    """Run one verb; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ils_app", description="Run and look after ILS.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, purpose in VERBS.items():
        verbs.add_parser(verb, help=purpose, add_help=False)
    verb = parser.parse_args(words[:1]).verb
    module = importlib.import_module(f"ils_app.commands.{verb.replace('-', '_')}")
    own = argparse.ArgumentParser(prog=f"python -m ils_app {verb}", description=module.__doc__)
    module.add_arguments(own)
    arguments = own.parse_args(words[1:])
    try:
        return int(module.run(arguments) or 0)
    except KeyboardInterrupt:
        return 130
    except _refusals() as error:
        print(f"{verb}: {error}", file=sys.stderr)
        return 1


def _refusals() -> tuple[type[Exception], ...]:
    """The errors whose text is meant for the operator."""
    from ils_app.kernel.config import ConfigError
    from ils_app.kernel.errors import IlsError
    from ils_app.kernel.local_folder import LocalFolderError
    from ils_app.kernel.postgres import EmbeddedPostgresError

    return CommandError, ConfigError, IlsError, EmbeddedPostgresError, LocalFolderError
