"""Read a file of `backup` into an empty database; all of it or nothing."""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, LiteralString

import psycopg

from ils_app.commands import CommandError
from ils_app.commands.backup import last_line, without_password
from ils_app.commands.reached_database import reached_database
from ils_app.kernel import postgres

EMPTY_IT = """
DO $$ DECLARE schema_name text; BEGIN
  FOR schema_name IN SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', schema_name);
  END LOOP;
  CREATE SCHEMA public;
END $$;
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What from, and whether what is there may go."""
    parser.add_argument("file", type=Path, help="a file that `backup` wrote")
    parser.add_argument("--force", action="store_true", help="replace what is in the database")


def run(arguments: argparse.Namespace) -> None:
    """Restore in one transaction: a file that is cut off leaves the database as it was."""
    if not arguments.file.is_file():
        raise CommandError(f"{arguments.file} is not there: name a file that `backup` wrote.")
    with reached_database() as address:
        _refuse_to_overwrite(address, force=arguments.force)
        where, password = without_password(address)
        _restore(arguments.file, where, {**os.environ, **password})
    print(f"The database is as {arguments.file} has it; `python -m ils_app migrate` brings it up to date.")


def _refuse_to_overwrite(address: str, *, force: bool) -> None:
    try:
        with psycopg.connect(address, connect_timeout=5) as connection:
            tables = _count(
                connection,
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'",
            )
            others = _count(
                connection,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
            )
    except psycopg.OperationalError as error:
        raise CommandError("the database does not answer: check DATABASE_URL and that it is running.") from error
    if tables and not force:
        raise CommandError("the database is not empty: add --force to replace everything in it.")
    if others:
        raise CommandError("ILS is still using the database: stop it first.")


def _count(connection: psycopg.Connection[tuple[int]], query: LiteralString) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _restore(file: Path, where: str, environ: Mapping[str, str]) -> None:
    """Feed the file's SQL to psql inside one transaction that commits only after the last of it."""
    with tempfile.TemporaryFile("w+") as reader_words, tempfile.TemporaryFile("w+") as writer_words:
        reader = subprocess.Popen(
            [postgres.tool("pg_restore"), "--no-owner", "--no-privileges", "--file=-", file],
            stdout=subprocess.PIPE,
            stderr=reader_words,
        )
        writer = subprocess.Popen(
            [postgres.tool("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, f"--dbname={where}"],
            env=dict(environ),
            stdin=subprocess.PIPE,
            stderr=writer_words,
        )
        assert reader.stdout is not None
        assert writer.stdin is not None
        try:
            writer.stdin.write(f"BEGIN;{EMPTY_IT}".encode())
            while part := reader.stdout.read(1 << 20):
                writer.stdin.write(part)
            if reader.wait() == 0:
                writer.stdin.write(b"\nCOMMIT;\n")
            writer.stdin.close()
        except BrokenPipeError:  # psql has refused something and left; its words say what
            reader.kill()
        written, read = writer.wait(), reader.wait()
        if written != 0 or read != 0:
            said = _words(writer_words) if written != 0 else _words(reader_words)
            raise CommandError(f"{file} could not be restored ({said}): the database is as it was.")


def _words(words: IO[str]) -> str:
    words.seek(0)
    return last_line(words.read())
