"""The sandbox as a process of its own: starts, refuses with a sentence, and a kill loses nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from standardwebhooks import Webhook

from lims_client import LimsClient
from lims_client.models import CreateJobRequest, JobStatus, Prescription
from lims_client.sandbox.database import Database, DatabaseInUse
from lims_client.sandbox.settings import Settings, SettingsError, read_settings
from tests.support.sandbox_process import ROOT, SandboxProcess, a_webhook_secret, free_port, start_sandbox

SECRET = a_webhook_secret()
Heard = Queue[tuple[dict[str, str], bytes]]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[SandboxProcess]:
    with start_sandbox(tmp_path, paused=True, webhook_secret=SECRET) as sandbox:
        yield sandbox


@pytest.fixture
def receiver() -> Iterator[tuple[str, Heard]]:
    """A real listener; its address, and what it heard. It refuses the first delivery."""
    heard: Heard = Queue()
    answers = iter([500])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(next(answers, 202))
            self.end_headers()
            heard.put((dict(self.headers), body))

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hooks", heard
    server.shutdown()
    server.server_close()


def a_request() -> CreateJobRequest:
    return CreateJobRequest(
        account_number="HARB-001",
        lens_type="single_vision",
        prescription=Prescription(od_sphere=-2, os_sphere=-2, pd=64),
    )


async def test_killed_and_started_again_it_knows_every_job_and_every_delivery(
    process: SandboxProcess, receiver: tuple[str, Heard]
):
    url, heard = receiver
    async with LimsClient(process.base_url, process.api_key, SECRET) as lims:
        await lims.register_webhook(url, events=("job.status_changed",), secret=SECRET)
        job = await lims.create_job(a_request(), idempotency_key="order-1")
        process.control(outage=True)
        process.call("POST", "sandbox/step")
        process.restart(gently=False)
        assert heard.empty(), "nothing goes out while it is away"
        process.control(outage=False)
        async with LimsClient(process.base_url, process.api_key, SECRET) as again:
            assert (await again.create_job(a_request(), idempotency_key="order-1")).job_id == job.job_id
            assert (await again.get_job(job.job_id)).status is JobStatus.IN_PRODUCTION
    for _ in ("refused", "heard"):
        headers, body = await asyncio.to_thread(heard.get, timeout=10)
        assert Webhook(SECRET).verify(body, headers)["newStatus"] == "in_production"


def test_it_stops_on_sigterm_at_once_and_keeps_its_file_whole(process: SandboxProcess):
    begun = time.monotonic()
    process.stop()
    assert time.monotonic() - begun < 5
    Database(process.database).close()


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lims_client.sandbox", *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **environ}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_start_that_cannot_be_is_refused_with_a_sentence(process: SandboxProcess, tmp_path: Path):
    key = ("--api-key", "k", "--webhook-secret", SECRET)
    port = process.base_url.rpartition(":")[2]
    taken = run(*key, "--port", port, "--database", str(tmp_path / "other.sqlite"))
    assert (taken.returncode, f"Port {port} on 127.0.0.1 cannot be used" in taken.stderr) == (2, True)
    same_file = run(*key, "--port", str(free_port()), "--database", str(process.database))
    assert (same_file.returncode, "in use by another sandbox" in same_file.stderr) == (2, True)
    (tmp_path / "broken.sqlite").write_bytes(b"this is no database, and never was one" * 100)
    broken = run(*key, "--port", str(free_port()), "--database", str(tmp_path / "broken.sqlite"))
    assert (broken.returncode, "move it away" in broken.stderr) == (2, True)
    assert run("--webhook-secret", SECRET, LIMS_SANDBOX_API_KEY="").returncode == 2


def test_it_listens_on_loopback_only(process: SandboxProcess):
    port = int(process.base_url.rpartition(":")[2])
    with socket.socket() as outside:
        outside.settimeout(1)
        assert outside.connect_ex((_another_address(), port)) != 0


def _another_address() -> str:
    """An address of this machine other than 127.0.0.1 (all of 127/8 is here)."""
    return "127.0.0.2"


def test_settings_come_from_arguments_then_the_environment_then_defaults():
    environ = {
        "LIMS_SANDBOX_API_KEY": "from-environ", "LIMS_SANDBOX_WEBHOOK_SECRET": SECRET, "LIMS_SANDBOX_PORT": "8500",
        "LIMS_SANDBOX_PAUSED": "no",
    }  # fmt: skip
    read = read_settings(["--api-key", "given", "--speed", "60"], environ)
    assert (read.api_key, read.port, read.speed, read.paused, read.host) == ("given", 8500, 60, False, "127.0.0.1")
    default = read_settings([], {name: environ[name] for name in list(environ)[:2]})
    assert (default.port, default.speed, default.paused, str(default.zone)) == (8400, None, None, "Europe/London")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--api-key", ""], "API key is needed"),
        (["--webhook-secret", "short"], "whsec_"),
        (["--webhook-secret", f"{SECRET} {SECRET}"], "One webhook secret"),
        (["--speed", "fast"], "speed is a number"),
        (["--speed", "-1"], "between 0"),
        (["--port", "http"], "port is a whole number"),
        (["--timezone", "Mars/Base"], "no time zone"),
    ],
)
def test_a_setting_that_cannot_be_is_named(arguments: list[str], words: str):
    base = {"--api-key": "k", "--webhook-secret": SECRET} | dict(zip(arguments[::2], arguments[1::2], strict=True))
    with pytest.raises(SettingsError, match=words):
        read_settings([part for pair in base.items() for part in pair], {})


@pytest.mark.parametrize(("host", "loopback"), [("127.0.0.1", True), ("localhost", True), ("::1", True),
                                                ("0.0.0.0", False), ("lims.example", False)])  # fmt: skip
def test_it_knows_whether_only_this_machine_reaches_it(host: str, loopback: bool):
    settings = Settings(database=Path("x"), api_key="k", webhook_secret=SECRET, host=host)
    assert settings.loopback is loopback


def test_one_file_serves_one_sandbox(tmp_path: Path):
    first = Database(tmp_path / "lims.sqlite")
    with pytest.raises(DatabaseInUse):
        Database(tmp_path / "lims.sqlite")
    first.close()
    Database(tmp_path / "lims.sqlite").close()


def test_a_change_that_fails_leaves_nothing_behind(tmp_path: Path):
    database = Database(tmp_path / "lims.sqlite")
    with pytest.raises(ZeroDivisionError), database.transaction():
        database.keep_setting("half", "done")
        raise ZeroDivisionError
    assert database.setting("half", "nothing") == "nothing"
    database.close()
