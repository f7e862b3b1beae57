"""What is measured, running: ILS and its surroundings as processes of their own, started when first asked for."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.goals import REPORTED, Goal
from bench.machine import machine
from bench.measuring import Sample
from bench.results import Result
from tests.support.running import ROOT, Program, RunningIls, whole_ils
from tests.support.sandbox_process import SandboxProcess, free_port, start_sandbox

LOAD_SECONDS = 900.0
DUE = """
SELECT count(*) FROM procrastinate_jobs
WHERE status IN ('todo', 'doing') AND coalesce(scheduled_at, now()) <= now()"""


@dataclass(frozen=True)
class BareReflex:
    """The bare Reflex app: where it is served, where it lies, and its program."""

    url: str
    port: int
    folder: Path
    program: Program

    def start(self) -> float:
        """Start it and wait until it listens; the seconds that took."""
        began = time.monotonic()
        self.program.start()
        while not listens(self.port):
            if self.program.process is None or self.program.process.poll() is not None:
                raise RuntimeError(f"the bare Reflex app did not come up:\n{self.program.last_words()}")
            time.sleep(0.02)
        return time.monotonic() - began


@dataclass
class House:
    """Everything a part of the bench needs; closed at the end, and with it what was started."""

    folder: Path
    rounds: int
    held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @functools.cached_property
    def ils(self) -> RunningIls:
        """A whole ILS on a database with durable commits; app and worker run, the lab stands still."""
        home = self.folder / "ils"
        home.mkdir()
        return self.held.enter_context(whole_ils(home, durable=True))

    @functools.cached_property
    def sandbox(self) -> SandboxProcess:
        """A sandbox LIMS with nobody else at it."""
        home = self.folder / "sandbox"
        home.mkdir()
        sandbox = start_sandbox(home, paused=True)
        self.held.callback(sandbox.stop)
        return sandbox

    def program(self, name: str, words: Sequence[str], environ: Mapping[str, str] | None = None) -> Program:
        """A program of the bench, not yet started; it ends with the house at the latest."""
        found = Program(name, list(words), {**os.environ, **(environ or {})}, self.folder / f"{name}.log")
        self.held.callback(found.stop)
        return found

    def asgi(self, name: str, target: str, environ: Mapping[str, str]) -> str:
        """Serve an ASGI app of the bench with the server ILS runs on, one process; its address."""
        port = free_port()
        words = [*(sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1")]
        program = self.program(name, [*words, "--port", str(port), "--workers", "1", target], environ)
        program.start()
        address = f"http://127.0.0.1:{port}"
        self.ils._await(program, lambda: listens(port))
        return address

    def bare_reflex(self, *, workers: int = 1, redis_url: str = "", built: bool = False,
                    public_port: int | None = None) -> BareReflex:  # fmt: skip
        """The bare Reflex app in a folder of its own, served as ILS is; with its pages when they are `built`.

        With a `public_port` it is reached through something that listens there.
        """
        port = free_port()
        folder = self.folder / f"bare-{port}"
        shutil.copytree(ROOT / "bench" / "twins" / "bare_reflex", folder)
        environ = {
            "BARE_URL": f"http://127.0.0.1:{public_port or port}",
            "REFLEX_ENV_MODE": "prod",
            "REFLEX_TELEMETRY_ENABLED": "false",
            "REFLEX_CHECK_LATEST_VERSION": "false",
            "REFLEX_STATE_MANAGER_MODE": "redis" if redis_url else "memory",
            **({"REDIS_URL": redis_url} if redis_url else {}),
        }
        if built:
            export = [sys.executable, "-m", "reflex", "export", "--no-zip", "--frontend-only"]
            subprocess.run(export, cwd=folder, env={**os.environ, **environ}, check=True, capture_output=True)
            environ["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"] = "true"
        # From within its folder: what Python finds first is what it was started beside.
        words = [
            *("env", "-C", str(folder), sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
            *("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)),
            *("--workers-kill-timeout", "5", "bare.bare:app"),
        ]
        program = self.program(f"bare-{port}", words, {**environ, "__REFLEX_SKIP_COMPILE": "true"})
        return BareReflex(environ["BARE_URL"], port, folder, program)

    def load(self, module: str, *words: object, environ: Mapping[str, str] | None = None) -> Any:
        """Run a program of the bench in a process of its own; the JSON of its last line."""
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{module}", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, **(environ or {}), "PYTHONUNBUFFERED": "1"},
            capture_output=True,
            timeout=LOAD_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"the load {module} failed:\n{done.stderr.decode(errors='replace')[-3000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    @contextlib.contextmanager
    def held_load(
        self, module: str, *words: object, environ: Mapping[str, str] | None = None
    ) -> Iterator[Callable[[str], Any]]:
        """A program of the bench that stays: give it a line, get the JSON of its answer. It says `open` when it is
        ready and ends with its input."""
        log = self.folder / f"{module}-{secrets.token_hex(4)}.log"
        with log.open("wb") as said, subprocess.Popen(
            [sys.executable, "-m", f"bench.{module}", *map(str, words)],
            cwd=ROOT, env={**os.environ, **(environ or {}), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True,
        ) as load:  # fmt: skip
            assert load.stdin is not None
            assert load.stdout is not None

            def heard() -> str:
                if not (line := load.stdout.readline()):  # type: ignore[union-attr]
                    raise RuntimeError(f"the load {module} failed:\n{log.read_text(errors='replace')[-3000:]}")
                return line

            def ask(line: str) -> Any:
                load.stdin.write(f"{line}\n")  # type: ignore[union-attr]
                load.stdin.flush()  # type: ignore[union-attr]
                return json.loads(heard())

            end = threading.Timer(LOAD_SECONDS, load.kill)
            end.start()
            try:
                heard()
                yield ask
            finally:
                end.cancel()
                load.stdin.close()
                try:
                    load.wait(timeout=10)
                except subprocess.TimeoutExpired:  # it is not listening, as while it still opens its tabs
                    load.kill()

    def token(self, email: str, kind: str = "browser") -> str:
        """A session of this account, set down behind the sign-in page's back; the token of it."""
        token = secrets.token_urlsafe(32)
        rows = self.ils.sql(
            "INSERT INTO auth.session"
            " (id, person_id, token_sha256, kind, created_at, last_seen_at, expires_at, address, agent)"
            " SELECT gen_random_uuid(), id, %s, %s, now(), now(), now() + interval '8 hours', '', 'bench'"
            " FROM auth.person WHERE email = %s RETURNING id",
            hashlib.sha256(token.encode()).hexdigest(),
            kind,
            email,
        )
        assert rows, f"nobody is called {email}"
        return token

    def rest(self) -> None:
        """Have the worker do at once whatever waits, also what was meant for later, until nothing is left."""
        self.ils.sql(
            "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND scheduled_at > now()"
        )
        self.until(lambda: self.ils.sql(DUE)[0][0] == 0, "jobs are left")

    def until(self, done: Callable[[], bool], sorry: str, *, within_seconds: float = 600) -> None:
        """Wait for something; a busy machine may need long. Raises RuntimeError."""
        deadline = time.monotonic() + within_seconds
        while not done():
            if time.monotonic() > deadline:
                raise RuntimeError(sorry)
            time.sleep(0.1)

    def result(
        self, figure: str, value: float, unit: str, *, twin: float | None = None, goal: Goal = REPORTED
    ) -> Result:
        """One line of the results."""
        ratio = value / twin if twin else None
        return Result(
            figure=figure, value=round(value, 3), unit=unit, twin=None if twin is None else round(twin, 3),
            ratio=None if ratio is None else round(ratio, 3), goal=goal.words, met=goal.met(value, ratio),
            rounds=self.rounds, machine=machine(), date=datetime.now(UTC).date().isoformat(),
        )  # fmt: skip

    def results(
        self, about: str, found: Mapping[str, Sample], lines: Sequence[tuple[str, str, str, Goal]]
    ) -> list[Result]:
        """Results of `ours` beside `twin`; a line is the sample's name, what it is called, its unit and its goal."""
        ours, twin = found["ours"], found.get("twin", {})
        return [
            self.result(_titled(about, called), ours[name], unit, twin=twin.get(name), goal=goal)
            for name, called, unit, goal in lines
        ]


def _titled(about: str, called: str) -> str:
    """The figure's name: what it is about, then what it is called there.

    >>> _titled("start:", "warm start"), _titled("client: job", "p50"), _titled("webhooks: accepted", "")
    ('start: warm start', 'client: job, p50', 'webhooks: accepted')
    """
    return f"{about} {called}" if about.endswith(":") else f"{about}, {called}" if called else about


def listens(port: int) -> bool:
    """Whether somebody takes connections on this port of loopback."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
