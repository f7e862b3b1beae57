"""A whole ILS for browser tests: PostgreSQL, sandbox LIMS, app and worker, each a process of its own, on loopback only.

The pages are built for one address that stays the same from run to run in one checkout, so only changed sources are
built anew. Every program writes to a log file in the session's folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.support.sandbox_process import SandboxProcess, a_webhook_secret, free_port, start_sandbox

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90.0
STOP_SECONDS = 15.0
PORTS = range(20_000, 28_000)  # below what the system hands out by itself
STATUS_ROUTE = "/api/webhooks/lims-status"
CATALOG_ROUTE = "/api/webhooks/lims-catalog-update"


@dataclass
class Program:
    """One process of ours, its words in a log file; it can be stopped, killed, frozen and started again."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, **environ: str) -> None:
        """Start it, with some variables changed for this start only."""
        with self.log.open("ab") as words:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**self.environ, **environ},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Ask it and its children to end; end them when they do not."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it and its children at once, as a crash would."""
        self._end(signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Send a signal to it and its children."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        self.signal(number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
        self.signal(signal.SIGKILL)  # a child that outlived its parent
        self.process = None

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-25:])


@dataclass
class RunningIls:
    """ILS as a person meets it, and what surrounds it."""

    url: str
    port: int
    home: Path
    database_url: str
    sandbox: SandboxProcess
    environ: dict[str, str]
    app: Program = field(init=False)
    worker: Program = field(init=False)

    def __post_init__(self) -> None:
        self.app = Program("app", self._granian(self.port), self._app_environ(), self.home / "app.log")
        self.worker = Program(
            "worker", [sys.executable, "-m", "ils_app", "worker"], self.environ, self.home / "worker.log"
        )

    def _granian(self, port: int) -> list[str]:
        from ils_app.commands import serve
        from ils_app.kernel import config

        settings = config.load({**self.environ, "PORT": str(port)}, home=self.home)
        return serve.command(settings, host="127.0.0.1", workers=1)

    def _app_environ(self) -> dict[str, str]:
        from ils_app.commands import serve
        from ils_app.kernel import config

        return {**serve.environment(config.load(self.environ, home=self.home)), **self.environ}

    # Starting and stopping

    def start_app(self, *, port: int | None = None) -> None:
        """Start the app's process, on its public port or behind something that listens there, and wait for it."""
        self.app.command = self._granian(port or self.port)
        self.app.start(PORT=str(port or self.port))
        self._await(self.app, lambda: _answers(f"http://127.0.0.1:{port or self.port}/health"))

    def start_worker(self) -> None:
        """Start the worker and wait until its heart beats."""
        before = self._heartbeat()
        self.worker.start()
        self._await(self.worker, lambda: self._heartbeat() != before)

    def _heartbeat(self) -> Any:
        return self.sql("SELECT max(id) FROM procrastinate_workers")[0][0]

    def _await(self, program: Program, there: Any) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not there():
            ended = program.process is None or program.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"{program.name} did not come up:\n{program.last_words()}")
            time.sleep(0.05)

    # The LIMS

    def lims(self, method: str, path: str, *, json: Any = None) -> Any:
        """One call of the LIMS's API that must succeed; its JSON."""
        answer = self.sandbox.call(method, path, json=json)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def sandbox_answers(self) -> bool:
        """Whether the LIMS runs."""
        return _answers(f"{self.sandbox.base_url}/health")

    def step(self, job_id: str) -> None:
        """The lab finishes one step of this job."""
        self.lims("POST", "sandbox/step", json={"jobId": job_id})

    def jobs_of(self, number: str) -> list[dict[str, Any]]:
        """Every job the LIMS has for this order number."""
        found, cursor = [], ""
        while True:
            page = self.lims("GET", f"jobs?limit=200{'&cursor=' + cursor if cursor else ''}")
            found += [job for job in page["jobs"] if job.get("orderNumber") == number]
            cursor = page.get("nextCursor") or ""
            if not cursor:
                return found

    def wait_for_deliveries(self) -> None:
        """Until the LIMS has told what there is to tell."""
        self._wait(lambda: self.lims("GET", "sandbox/deliveries?limit=1")["pending"] == 0, "deliveries are pending")

    def restart_app_and_worker(self) -> None:
        """As after a deployment: what they believed of the LIMS is forgotten."""
        self.app.stop()
        self.worker.stop()
        self.start_app()
        self.start_worker()

    def wait_for_lims(self) -> None:
        """Until the app calls the LIMS well; after a long silence it first needs calls that went through."""
        ready = f"{self.url}/ready"
        self._wait(lambda: httpx.get(ready, timeout=5, trust_env=False).json()["lims"] == "ok", "the LIMS is silent")

    def wait_for_jobs(self) -> None:
        """Until the worker has done what is due."""
        due = (
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE status IN ('todo', 'doing') AND coalesce(scheduled_at, now()) <= now()"
        )
        # what the demo's two hundred orders tell everybody comes first, and a busy machine takes its time over it
        self._wait(lambda: self.sql(due)[0][0] == 0, "jobs are left", seconds=240)

    def _wait(self, done: Any, sorry: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, sorry
            time.sleep(0.05)

    def webhooks(self) -> list[dict[str, Any]]:
        """Who is told of what by the LIMS."""
        registered: list[dict[str, Any]] = self.lims("GET", "sandbox/deliveries?limit=1")["webhooks"]
        return registered

    @contextlib.contextmanager
    def webhook_dropped(self, route: str) -> Iterator[None]:
        """The LIMS tells nobody on this route while the block lasts."""
        ours = [one for one in self.webhooks() if one["url"] == self.url + route]
        assert ours, f"nothing is registered for {route}"
        for one in ours:
            self.lims("DELETE", f"webhooks/{one['id']}")
        try:
            yield
        finally:
            self.register(route)

    def register(self, route: str) -> None:
        """Have the LIMS tell us on this route, as the app does when it starts."""
        event = {STATUS_ROUTE: "job.status_changed", CATALOG_ROUTE: "catalog.updated"}[route]
        secret = self.environ["LIMS_WEBHOOK_SECRET"]
        self.lims("POST", "webhooks/status", json={"url": self.url + route, "events": [event], "secret": secret})

    # The database: only for what no page and no LIMS shows

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def orders(self, reference: str) -> list[tuple[str, str, str | None]]:
        """Number, status and job of every order with this reference of the practice."""
        query = 'SELECT number, status, job_id FROM orders."order" WHERE reference = %s'
        return self.sql(query, reference)  # type: ignore[return-value]

    def let_silence_pass(self, number: str) -> None:
        """As if the LIMS had not spoken of this order for a while."""
        self.sql("UPDATE orders.\"order\" SET heard_at = heard_at - interval '1 hour' WHERE number = %s", number)

    def run_job(self, name: str, **arguments: Any) -> None:
        """Put a job into the worker's queue, as the clock does with the periodic ones."""
        import json

        self.sql(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', %s, 0, NULL, NULL, %s, NULL)"
            "::procrastinate_job_to_defer_v1])",
            name,
            json.dumps(arguments),
        )


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


def steady_port() -> int:
    """The same free port in every run of this checkout, unless somebody else has taken it meanwhile."""
    import socket

    first = int(hashlib.sha256(str(ROOT).encode()).hexdigest(), 16) % len(PORTS)
    for offset in range(50):
        port = PORTS[(first + offset) % len(PORTS)]
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return free_port()


@contextlib.contextmanager
def whole_ils(folder: Path, *, durable: bool = False) -> Iterator[RunningIls]:
    """Start everything with the demo's people and orders in it; the lab stands still, so that tests move its jobs.

    A `durable` database waits for the disk at every commit, as a real one does.
    """
    from ils_app.kernel import postgres

    port = steady_port()
    server = postgres.temporary(folder / "postgres", durable=durable)
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(server.stop)
        sandbox = start_sandbox(folder, paused=True)
        at_the_end.callback(sandbox.stop)
        # what the suite told its own process about Reflex is not for the build: it would not compile
        ours = ("LIMS_", "ILS_", "PG", "REFLEX_", "__REFLEX_", "REDIS_URL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        environ = {
            **kept,
            "ILS_ENV": "test",
            "ILS_HOME": str(folder),
            "ILS_WORKER": "none",
            "REFLEX_WEB_WORKDIR": ".web-test",  # the pages of an ILS that runs from this folder stay as they are
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": server.url,
            "LIMS_API_BASE_URL": sandbox.base_url,
            "LIMS_API_KEY": sandbox.api_key,
            "LIMS_WEBHOOK_SECRET": sandbox.webhook_secret or a_webhook_secret(),
            "LIMS_RATE_PER_MINUTE": "100000",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        build = _begin(folder, "build", environ)
        at_the_end.callback(_end, build)
        for verb in ("migrate", "seed-demo"):
            _finish(_begin(folder, verb, environ), folder, verb)
        sandbox.control(paused=True, speed=1, station_events=False)
        _finish(build, folder, "build")
        ils = RunningIls(f"http://127.0.0.1:{port}", port, folder, server.url, sandbox, environ)
        at_the_end.callback(ils.app.stop)
        at_the_end.callback(ils.worker.stop)
        ils.worker.start()
        ils.start_app()
        ils._await(ils.app, lambda: _ready(ils.url))
        yield ils


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _begin(folder: Path, verb: str, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with (folder / f"{verb}.log").open("ab") as words:
        return subprocess.Popen(
            [sys.executable, "-m", "ils_app", verb],
            cwd=ROOT,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _finish(process: subprocess.Popen[bytes], folder: Path, verb: str) -> None:
    if process.wait(timeout=540) != 0:
        words = (folder / f"{verb}.log").read_text(errors="replace")[-3000:]
        raise RuntimeError(f"`python -m ils_app {verb}` failed:\n{words}")


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # with what it started: a build left alone would write over the next
    process.wait()
