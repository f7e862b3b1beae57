"""The embedded PostgreSQL: the real server from a wheel, for a development machine and for tests.

Only whoever has the generated password gets in: loopback, SCRAM, no trusted socket. PostgreSQL refuses to run as
root, so there it runs as `nobody`, from a copy of the wheel and on data below `/var/lib`, because `nobody` cannot
reach a private home and no folder's mode is ever changed to let it in; `.ils/postgres` then is a link to the data.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from ils_app.kernel import local_folder, postgres_places, postgres_programs
from ils_app.kernel.postgres_programs import EmbeddedPostgresError, spoken
from ils_app.kernel.settings_reader import EMBEDDED_ROLE

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "running", "start", "temporary", "tool"]

MAJOR_VERSION = "18"
DATABASE = "ils"
START_SECONDS = 30
LEFTOVER_SECONDS = 10
SERVER_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "min_wal_size": "32MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement, its values and the row it failed on can hold a patient's name: none of it goes to the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# The built-in locale knows Unicode and is the same on every machine; the wheel has no ICU.
INITDB_OPTIONS = (
    *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    *("--auth=scram-sha-256", "--no-sync", "--no-instructions"),
)
NOT_DURABLE: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A running server and the database in it."""

    data: Path
    port: int
    pid: int
    password: str
    reused: bool = False  # it was running already when it was asked for
    passing: bool = False  # a temporary one: its data go when it stops

    @property
    def url(self) -> str:
        """The address of ILS's own database, for psycopg and PostgreSQL's tools."""
        return self.database_url(DATABASE)

    def database_url(self, name: str) -> str:
        """The address of one of this server's databases."""
        return f"postgresql://{EMBEDDED_ROLE}:{self.password}@127.0.0.1:{self.port}/{name}"

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database, empty or as a copy of another that nobody is connected to; returns its address."""
        with psycopg.connect(self.database_url("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return self.database_url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database and close whatever connections it still has."""
        with psycopg.connect(self.database_url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Stop the server, whoever started it; stopping a stopped one does nothing."""
        if self.passing:
            postgres_places.discard(self.data.parent)
        else:
            postgres_programs.stop(self.data)


def start(home: Path, *, durable: bool = True) -> EmbeddedPostgres:
    """Start the database of `home`, or find it running; made on first use.

    What an earlier start left half finished is cleared away. Raises `EmbeddedPostgresError`.
    """
    try:
        password = local_folder.development_secrets(home)["postgres_password"]
        with local_folder.lock(home, "postgres"):
            return _start(postgres_places.data_of(home), password, durable=durable)
    except local_folder.LocalFolderError as error:
        raise EmbeddedPostgresError(str(error)) from error


def running(home: Path) -> EmbeddedPostgres | None:
    """The database of `home` if it is running; nothing is started."""
    data = postgres_places.link_of(home)
    password = local_folder.existing_secrets(home).get("postgres_password")
    if password is None or not data.exists() or (found := postgres_programs.running(data.resolve())) is None:
        return None
    pid, port = found
    return EmbeddedPostgres(data=data.resolve(), port=port, pid=pid, password=password, reused=True)


def temporary(path: Path | None = None, *, durable: bool = False) -> EmbeddedPostgres:
    """Start a server of its own for tests; `stop()` removes its data too, and so does the end of this process.

    Quick instead of durable unless told otherwise. `path` is an empty or missing folder for its data, made up when it
    is not given; as root the data are below `/var/lib` all the same, and what killed tests left there goes at the next
    call.
    """
    folder = postgres_places.temporary_folder(path)
    atexit.register(postgres_places.discard, folder)
    server = _start(folder / "data", secrets.token_urlsafe(24), durable=durable)
    return replace(server, passing=True)


def tool(name: str) -> Path:
    """One of PostgreSQL's own programs, such as `pg_dump`, as the wheel carries it."""
    return postgres_programs.installed() / "bin" / name


def _start(data: Path, password: str, *, durable: bool) -> EmbeddedPostgres:
    if (found := postgres_programs.running(data)) is not None:
        pid, port = found
        server = EmbeddedPostgres(data=data, port=port, pid=pid, password=password, reused=True)
        _wait_until_ready(server)
        return server
    _make(data, password)
    settings = {"port": str(_free_port()), **({} if durable else NOT_DURABLE)}
    command: list[str | Path] = [
        tool("pg_ctl"),
        "start",
        "-w",
        "-t",
        str(START_SECONDS),
        "-D",
        data,
        "-l",
        data / "server.log",
    ]
    command += ["-o", " ".join(f"-c {name}={value}" for name, value in settings.items())]
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while True:
        _forget_another_process(data)
        (data / "server.log").unlink(missing_ok=True)
        try:
            postgres_programs.run(command, sorry=f"in {data} does not start")
            break
        except EmbeddedPostgresError as error:
            # After a killed server its own children may hold on for a moment longer.
            if "shared memory block" not in _log(data) or time.monotonic() > deadline:
                raise _does_not_start(data) from error
            time.sleep(0.1)
    found = postgres_programs.running(data)
    if found is None:
        raise _does_not_start(data)
    server = EmbeddedPostgres(data=data, port=found[1], pid=found[0], password=password)
    _wait_until_ready(server)
    return server


def _make(data: Path, password: str) -> None:
    """Make the data folder unless it is there; all of it or nothing, so that a killed start leaves no half."""
    if data.is_dir() and any(data.iterdir()):
        version = data / "PG_VERSION"
        found = version.read_text().strip() if version.is_file() else None
        if found != MAJOR_VERSION:
            what = f"was made by PostgreSQL {found[:8]}" if found else "is not a database folder"
            raise EmbeddedPostgresError(f"{data} {what}: move it away to start with an empty database.")
        return
    if data.exists() and not data.is_dir():
        raise EmbeddedPostgresError(f"{data} is not a folder: move it away to start with an empty database.")
    unfinished, password_file = data.with_name(f"{data.name}.unfinished"), data.with_name(f"{data.name}.password")
    with spoken(f"cannot be made in {data}"):
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        local_folder.write_private(password_file, password)
        if os.geteuid() == 0:
            user = postgres_programs.unprivileged()
            os.chown(unfinished, user.pw_uid, user.pw_gid)
            os.chown(password_file, user.pw_uid, user.pw_gid)
    try:
        command: list[str | Path] = [
            tool("initdb"),
            "-D",
            unfinished,
            f"--username={EMBEDDED_ROLE}",
            f"--pwfile={password_file}",
        ]
        command += [*INITDB_OPTIONS, *(f"--set={name}={value}" for name, value in SERVER_SETTINGS.items())]
        postgres_programs.run(command, sorry=f"cannot be made in {data}")
    finally:
        password_file.unlink(missing_ok=True)
    with spoken(f"cannot be made in {data}"):
        unfinished.rename(data)


def _wait_until_ready(server: EmbeddedPostgres) -> None:
    """Wait until it answers and has ILS's database."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(server.database_url("postgres"), autocommit=True, connect_timeout=5) as connection:
                row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if row is None:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
            return
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedPostgresError(
                    f"The embedded database in {server.data} has another password than .ils/secrets.json:"
                    " bring the right file back, or move .ils away to start with an empty database."
                ) from error
            if not psutil.pid_exists(server.pid) or time.monotonic() > deadline:
                raise _does_not_start(server.data) from error
            time.sleep(0.02)


def _forget_another_process(data: Path) -> None:
    """Remove the note of a server that was killed when its number is another process's by now.

    PostgreSQL takes such a process for itself and would not start; a note whose process is gone it handles better.
    """
    note = data / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError, IndexError):
        if psutil.pid_exists(int(note.read_text().splitlines()[0])):
            note.unlink()


def _log(data: Path) -> str:
    log = data / "server.log"
    return log.read_text(errors="replace") if log.is_file() else ""


def _does_not_start(data: Path) -> EmbeddedPostgresError:
    """What its log says, and what to do about it."""
    lines = _log(data).strip().splitlines()
    said = [line for line in lines if re.search(r"FATAL|PANIC", line)] or lines[-1:]
    because = f" ({re.sub(r'^.*?(FATAL|PANIC|LOG): +', '', said[0])[:200]})" if said else ""
    return EmbeddedPostgresError(
        f"The embedded database in {data} does not start{because}: move that folder away to start with an empty"
        " one, or bring back a copy that worked."
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
