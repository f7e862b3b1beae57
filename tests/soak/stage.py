"""The four processes of a soak, each of which may be killed at any moment and comes back on its old address."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from ils_app.kernel import postgres, postgres_programs
from ils_app.kernel.postgres import EmbeddedPostgres
from tests.support.running import ROOT, START_SECONDS, Program
from tests.support.sandbox_process import SandboxProcess, a_webhook_secret, free_port, start_sandbox

VICTIMS = ("app", "worker", "sandbox", "postgres")


@dataclass
class Stage:
    """ILS without a browser, its LIMS and its database."""

    folder: Path
    server: EmbeddedPostgres
    sandbox: SandboxProcess
    environ: dict[str, str]
    port: int
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        serving = [*(sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1")]
        serving += ["--port", str(self.port), "--workers", "1", "--workers-kill-timeout", "5", "tests.soak.app:app"]
        self.app = Program("app", serving, self.environ, self.folder / "app.log")
        working = [sys.executable, "-m", "ils_app", "worker"]
        self.worker = Program("worker", working, self.environ, self.folder / "worker.log")

    @property
    def url(self) -> str:
        """Where ILS answers."""
        return f"http://127.0.0.1:{self.port}"

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask ILS's database behind everybody's back."""
        with psycopg.connect(self.server.url, autocommit=True, connect_timeout=10) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    # Killing and coming back

    def kill(self, victim: str) -> None:
        """End it as a crash would, with everything it started."""
        self.down.add(victim)
        if victim == "postgres":
            _kill_tree(self.server.pid)
        elif victim == "sandbox":
            self.sandbox.stop(gently=False)
        else:
            (self.app if victim == "app" else self.worker).kill()

    def bring_back(self, victim: str) -> None:
        """Start it again and wait until it is there; of the worker, only that it runs."""
        if victim == "postgres":
            self.server = _restarted(self.server)
        elif victim == "sandbox":
            self.sandbox.restart(gently=False)
        elif victim == "worker":
            self.worker.start()
        else:
            self.app.start()
            self.until(lambda: self._answers("/health"), f"the app did not come up:\n{self.app.last_words()}")
        self.down.discard(victim)

    def all_back(self) -> None:
        """Everything runs again and is ready."""
        for victim in ("postgres", "sandbox", "app", "worker"):
            if victim in self.down:
                self.bring_back(victim)
        self.until(lambda: self._answers("/ready"), f"not ready:\n{self.worker.last_words()}")

    # Between the rounds

    @property
    def sandbox_stands(self) -> bool:
        """Whether the LIMS was stopped to be read."""
        return "sandbox" in self.down

    def stop_sandbox(self) -> None:
        """Stop the LIMS in order, so that its books can be read."""
        self.sandbox.stop()
        self.down.add("sandbox")

    def hurry(self) -> None:
        """Time passes: dead workers are known to be dead, and nothing waits long for its next try any more.

        A job that has tried a few times is not hurried through all its attempts: the breaker is open for a minute.
        """
        self.sql(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
            " WHERE id <> (SELECT max(id) FROM procrastinate_workers)"
        )
        self.sql(
            "WITH soon AS (SELECT id, now() + CASE WHEN attempts < 3 THEN '0 s' ELSE '15 s' END::interval AS at"
            " FROM procrastinate_jobs WHERE status = 'todo' AND NOT (task_name = 'billing.settle_attempt'"
            " AND scheduled_at > now() + interval '10 minutes')) UPDATE procrastinate_jobs j SET scheduled_at = soon.at"
            " FROM soon WHERE soon.id = j.id AND j.status = 'todo' AND j.scheduled_at > soon.at"
        )
        self.sql(
            "WITH asked AS (UPDATE billing.card_attempt a SET asked_at = now() FROM billing.stand_in s WHERE a.live"
            " AND s.attempt_id = a.id AND s.status = 'complete' AND a.asked_at < now() - interval '3 seconds'"
            " RETURNING a.id) SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'billing.settle_attempt', 0,"
            " NULL, NULL, jsonb_build_object('attempt_id', id), NULL)::procrastinate_job_to_defer_v1]) FROM asked"
        )
        self.sandbox.call("POST", "sandbox/deliveries/hurry").raise_for_status()

    def pending_words(self) -> int:
        """How many webhooks the LIMS still has to deliver."""
        return int(self.sandbox.call("GET", "sandbox/deliveries?limit=1").json()["pending"])

    def until(self, done: Callable[[], bool], sorry: str, *, seconds: float = START_SECONDS) -> None:
        """Wait for something. Raises RuntimeError."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise RuntimeError(sorry)
            time.sleep(0.05)

    def _answers(self, path: str) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(self.url + path, timeout=5, trust_env=False).status_code == 200
        return False

    def open(self) -> None:
        """Tables, people and a patient; then the app and the worker."""
        self._run("-m", "ils_app", "migrate")
        self.people = json.loads(self._run("-m", "tests.soak.opening").splitlines()[-1])
        self.tokens = {who: self._token(self.people[who]) for who in ("ecp", "technician", "engineer")}
        self.sandbox.control(paused=True, duplicate_rate=0.2, reorder=True)
        self.down |= {"app", "worker"}
        self.all_back()
        self.until(lambda: len(self._registered()) == 2, "the LIMS knows of no webhook")

    def _registered(self) -> list[Any]:
        found: list[Any] = self.sandbox.call("GET", "sandbox/deliveries?limit=1").json()["webhooks"]
        return found

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def _token(self, user_id: str) -> str:
        token = secrets.token_urlsafe(32)
        self.sql(
            "INSERT INTO auth.session"
            " (id, person_id, token_sha256, kind, created_at, last_seen_at, expires_at, address, agent)"
            " VALUES (gen_random_uuid(), %s, %s, 'api', now(), now(), now() + interval '2 days', '', 'soak')",
            user_id,
            hashlib.sha256(token.encode()).hexdigest(),
        )
        return token


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """An open stage, until the block ends. Its database waits for the disk: a killed server must lose nothing."""
    with contextlib.ExitStack() as at_the_end:
        server = postgres.temporary(folder / "postgres", durable=True)
        port, secret = free_port(), a_webhook_secret()
        sandbox = start_sandbox(folder, webhook_secret=secret, paused=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        environ = {
            **kept,
            "ILS_ENV": "test",
            "ILS_HOME": str(folder),
            "ILS_WORKER": "none",
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": server.url,
            "LIMS_API_BASE_URL": sandbox.base_url,
            "LIMS_API_KEY": sandbox.api_key,
            "LIMS_WEBHOOK_SECRET": secret,
            "LIMS_RATE_PER_MINUTE": "100000",
            "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        stage = Stage(folder, server, sandbox, environ, port)
        at_the_end.callback(lambda: stage.server.stop())
        at_the_end.callback(sandbox.stop)
        at_the_end.callback(stage.worker.stop)
        at_the_end.callback(stage.app.stop)
        stage.open()
        yield stage


_OURS = ("LIMS_", "ILS_", "PG", "REFLEX_", "__REFLEX_", "REDIS_URL", "DATABASE_URL", "STRIPE_")


def _kill_tree(pid: int) -> None:
    """The postmaster and every backend of it: no word to any of them."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        doomed = [parent, *parent.children(recursive=True)]
        for one in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        psutil.wait_procs(doomed, timeout=10)


def _restarted(server: EmbeddedPostgres) -> EmbeddedPostgres:
    """The same server on the same data and port; it recovers what was committed."""
    command: list[str | Path] = [postgres.tool("pg_ctl"), "start", "-w", "-D", server.data]
    command += ["-l", server.data / "server.log", "-o", f"-c port={server.port}"]
    deadline = time.monotonic() + START_SECONDS
    while (found := postgres_programs.running(server.data)) is None:
        try:
            postgres_programs.run(command, sorry="does not come back")
        except postgres.EmbeddedPostgresError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    return EmbeddedPostgres(server.data, found[1], found[0], server.password, passing=True)
