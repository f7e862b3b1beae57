"""Write the whole database into one file that `restore` reads back; files kept outside it are not in it."""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ils_app.commands import CommandError
from ils_app.commands.reached_database import reached_database
from ils_app.kernel import config, postgres


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", nargs="?", type=Path, help="the file to write (default: ils-DATE-TIME.dump)")


def run(arguments: argparse.Namespace) -> None:
    """Write all of it or nothing; the file can be read by its owner alone, for patients are in it."""
    now = datetime.datetime.now(datetime.UTC)
    target: Path = arguments.file or Path(f"ils-{now:%Y%m%d-%H%M%S}.dump")
    unfinished = target.with_name(f".{target.name}.unfinished")
    if target.exists():
        raise CommandError(f"{target} exists already: choose another name.")
    try:
        with reached_database() as address, open(os.open(unfinished, _WRITE_NEW, 0o600), "wb") as file:
            where, password = without_password(address)
            done = subprocess.run(
                [postgres.tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--dbname={where}"],
                env={**os.environ, **password},
                stdout=file,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise CommandError(f"the database could not be read ({last_line(done.stderr)}): nothing was written.")
        unfinished.rename(target)
    except OSError as error:
        raise CommandError(f"{target} cannot be written ({error.strerror}): choose another place.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    print(f"The database is in {target}.")
    print(f"Files are not: keep a copy of {config.current().files_url} too.")


_WRITE_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def without_password(address: str) -> tuple[str, Mapping[str, str]]:
    """An address that may show in the list of processes, and the password as an environment variable."""
    parts = conninfo_to_dict(address)
    password = parts.pop("password", None)
    return make_conninfo("", **parts), {"PGPASSWORD": str(password)} if password else {}


def last_line(text: str) -> str:
    """The last thing a program said, which names the cause."""
    return (text.strip().splitlines() or ["it gave no reason"])[-1][:200]
