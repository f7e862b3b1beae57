"""A LIMS that answers what a test says, and a clock that a test holds."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from lims_client import Clock, Hooks, LimsClient

ROOT = Path(__file__).resolve().parents[2]


class HeldClock(Clock):
    """Both clocks stand still until `sleep` or the test moves them; `jump` sets only the wall clock."""

    def __init__(self) -> None:
        self.passed = 1000.0
        self.wall = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return self.wall

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.move(seconds)

    def move(self, seconds: float) -> None:
        self.passed += seconds
        self.wall += timedelta(seconds=seconds)

    def jump(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)


class ScriptedLims:
    """Plays its answers in order, the last one for ever, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]


class Heard:
    """Keeps every event of the hooks."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        keep = self.events.append
        self.hooks = Hooks(
            on_request=keep,
            on_response=keep,
            on_failure=keep,
            on_retry=keep,
            on_breaker=keep,
            on_naive_timestamps=keep,
        )

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def held() -> HeldClock:
    return HeldClock()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def lims_that(held: HeldClock, heard: Heard) -> AsyncIterator[Callable[..., tuple[LimsClient, ScriptedLims]]]:
    """`lims_that(answer, answer, ..., **settings)` gives a client and the LIMS behind it."""
    clients: list[LimsClient] = []

    def make(*answers: Any, **settings: Any) -> tuple[LimsClient, ScriptedLims]:
        script = ScriptedLims(*answers)
        settings = {"clock": held, "hooks": heard.hooks, **settings}
        client = LimsClient("https://lims.test/api", "key", transport=httpx.MockTransport(script), **settings)
        clients.append(client)
        return client, script

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
def job() -> httpx.Response:
    """A job, as a LIMS answers it."""
    body = {"jobId": "J-1", "status": "queued", "sequence": 1, "timestamp": "2025-11-03T09:00:00Z", "queuePosition": 4}
    return httpx.Response(200, json=body)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox LIMS in a process of its own."""

    url: str
    api_key: str
    webhook_secret: str


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for the session, its jobs standing still."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = Sandbox(f"http://127.0.0.1:{port}", "sandbox-key", "whsec_" + base64.b64encode(os.urandom(32)).decode())
    command = [sys.executable, "-m", "lims_client.sandbox", "--port", str(port), "--paused"]
    command += ["--database", str(tmp_path_factory.mktemp("lims") / "lims.sqlite")]
    command += ["--api-key", started.api_key, "--webhook-secret", started.webhook_secret]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                httpx.get(f"{started.url}/health", timeout=1, trust_env=False)
                break
            except httpx.TransportError:
                assert process.poll() is None, "the sandbox ended by itself"
                time.sleep(0.1)
        else:
            pytest.fail("the sandbox did not answer within 30 s")
        yield started
    finally:
        process.terminate()
        process.wait(20)
