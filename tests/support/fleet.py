"""Several processes of one ILS on one database: apps, rooms alone, the intake and workers, each of them to be ended."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from ils_app.commands import serve
from ils_app.kernel import config
from tests.support.running import START_SECONDS, Program
from tests.support.sandbox_process import SandboxProcess, free_port


@dataclass
class Member:
    """One process, or one server with several, and where it answers."""

    program: Program
    url: str = ""

    def get(self, path: str, **more: object) -> httpx.Response:
        """Ask it."""
        return httpx.get(f"{self.url}{path}", timeout=60, trust_env=False, **more)  # type: ignore[arg-type]

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self.program.log.read_text(errors="replace")


@dataclass
class Fleet:
    """The processes of a test; `close` ends what is left of them."""

    folder: Path
    environ: dict[str, str]
    members: list[Member] = field(default_factory=list)

    def app(self, name: str, *, workers: int = 1, **environ: str) -> Member:
        """The whole of ILS without its pages' files: socket and routes, as `serve` starts it."""
        port = free_port()
        told = {**self.environ, "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", **environ}
        settings = config.load(told, home=self.folder)
        command = serve.command(settings, host="127.0.0.1", workers=workers)
        member = self._serving(name, command, {**serve.environment(settings), **told}, port)
        # One worker answers before the others are there, and would have nobody beside it.
        self.until(lambda: member.log.count("Started worker-") >= workers, member.program)
        return member

    def alone(self, name: str, target: str, **environ: str) -> Member:
        """One ASGI application by itself, such as a room's."""
        port = free_port()
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), target]
        return self._serving(name, command, {**self.environ, **environ}, port)

    def worker(self, name: str, **environ: str) -> Member:
        """A worker, as soon as its heart beats."""
        before = self.sql("SELECT coalesce(max(id), 0) FROM procrastinate_workers")[0][0]
        program = Program(
            name, [sys.executable, "-m", "ils_app", "worker"], {**self.environ, **environ}, self.folder / f"{name}.log"
        )
        member = self._started(Member(program))
        self.until(lambda: self.sql("SELECT coalesce(max(id), 0) FROM procrastinate_workers")[0][0] > before, program)
        return member

    def _serving(self, name: str, command: list[str], environ: dict[str, str], port: int) -> Member:
        program = Program(name, command, environ, self.folder / f"{name}.log")
        member = self._started(Member(program, f"http://127.0.0.1:{port}"))
        self.until(lambda: _answers(member.url), program)
        return member

    def _started(self, member: Member) -> Member:
        self.members.append(member)
        member.program.start()
        return member

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database behind everybody's back."""
        url = self.environ["REAL_DATABASE_URL"].replace("+psycopg", "", 1)
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def until(self, there: object, program: Program | None = None, *, seconds: float = START_SECONDS) -> None:
        """Wait for something; fails with a program's last words when it ends first."""
        deadline = time.monotonic() + seconds
        while not there():  # type: ignore[operator]
            ended = program is not None and (program.process is None or program.process.poll() is not None)
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"it did not come to pass:\n{program.last_words() if program else ''}")
            time.sleep(0.05)

    def close(self) -> None:
        """End everything at once: a test's own sockets, which nobody answers any more, would hold up a gentle end."""
        for member in reversed(self.members):
            member.program.kill()


def fleet_environ(database_url: str, sandbox: SandboxProcess, home: Path, **more: str) -> dict[str, str]:
    """What every process of a fleet is told."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIMS_", "PG", "ILS_", "REDIS"))}
    return {
        **kept,
        "ILS_ENV": "test",
        "ILS_HOME": str(home),
        "ILS_WORKER": "none",
        "DATABASE_URL": database_url,
        "REAL_DATABASE_URL": database_url,  # past whatever a test puts between
        "LIMS_API_BASE_URL": sandbox.base_url,
        "LIMS_API_KEY": sandbox.api_key,
        "LIMS_WEBHOOK_SECRET": sandbox.webhook_secret,
        "LIMS_RATE_PER_MINUTE": "100000",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "false",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
