"""A sandbox LIMS in this process, spoken to over HTTP, whose time and deliveries pass only when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from lims_client.sandbox.app import build_app
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.settings import Settings

KEY = "a-key-for-tests"
SECRET = "whsec_" + "dGVzdHMgb25seSwgbm90IGEgc2VjcmV0IGF0IGFsbCE="
RECEIVER = "http://127.0.0.1:9/hooks"


@dataclass
class Heard:
    """What a webhook receiver heard, and what it answers (the last answer for ever)."""

    answers: list[int] = field(default_factory=lambda: [202])
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if answer == 0:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(answer)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The verified bodies, in order."""
        return [Webhook(SECRET).verify(request.content, dict(request.headers)) for request in self.requests]

    def statuses(self, job_id: str) -> list[str]:
        return [event["newStatus"] for event in self.events if event.get("jobId") == job_id]


@dataclass
class InProcess:
    """The lab, a client with its key, and a receiver of its webhooks."""

    lab: Lab
    http: httpx.AsyncClient
    heard: Heard

    async def make(self, key: str = "", **changes: Any) -> dict[str, Any]:
        """A job made through the API."""
        made = await self.http.post(
            "/jobs/create", json=a_body(**changes), headers={"idempotency-key": key or f"key-{self.count()}"}
        )
        assert made.status_code in (200, 201), made.text
        job: dict[str, Any] = made.json()
        return job

    def count(self) -> int:
        return sum(self.lab.jobs.counts().values())

    async def act(self, job_id: str, verb: str, key: str | None = None, **body: Any) -> httpx.Response:
        headers = {} if key is None else {"idempotency-key": key}
        return await self.http.post(f"/jobs/{job_id}/{verb}", json=body, headers=headers)

    async def job(self, job_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.http.get(f"/jobs/{job_id}")).json()
        return answer

    async def register(self, *events: str, url: str = RECEIVER) -> str:
        wanted = list(events) or ["job.status_changed", "catalog.updated"]
        answer = await self.http.post("/webhooks/status", json={"url": url, "events": wanted, "secret": SECRET})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    async def deliver(self) -> int:
        """One round of deliveries over what is due; how many were tried."""
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.heard)) as http:
            return await self.lab.outbox.deliver_due(http)

    async def deliver_all(self) -> None:
        """Until nothing waits, however long it should have waited."""
        while self.lab.outbox.pending():
            self.lab.outbox.hurry()
            await self.deliver()


def a_body(**changes: Any) -> dict[str, Any]:
    """A configuration that is right in every way; `None` takes a field away."""
    body: dict[str, Any] = {
        "prescription": {"odSphere": -2, "osSphere": -1.75, "odPd": 31.5, "osPd": 31.5},
        "lensType": "single_vision",
        "design": "sv-sph",
        "material": "150",
        "coatings": ["hc", "ar-std"],
        "frame": {"type": "full_rim", "a": 52, "b": 36, "dbl": 18, "ed": 55, "status": "supplied"},
        "accountNumber": "HARB-001",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


@pytest.fixture
def body() -> Callable[..., dict[str, Any]]:
    return a_body


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database=tmp_path / "lims.sqlite", api_key=KEY, webhook_secret=SECRET, paused=True)


def speak_to(lab: Lab, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_app(lab), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8400", headers=headers)


@pytest.fixture
async def sandbox(settings: Settings) -> AsyncIterator[InProcess]:
    lab = Lab(settings)
    async with speak_to(lab, authorization=f"Bearer {KEY}") as http:
        box = InProcess(lab, http, Heard())
        yield box
        box.lab.close()


@pytest.fixture
def stranger(sandbox: InProcess) -> httpx.AsyncClient:
    """A client without the key."""
    return speak_to(sandbox.lab)


@pytest.fixture
def reopened(settings: Settings) -> Callable[[InProcess], InProcess]:
    """The same sandbox after a restart; the caller closes nothing."""

    def reopen(before: InProcess) -> InProcess:
        before.lab.close()
        lab = Lab(settings)
        before.lab = lab  # so that the fixture closes what is open at the end
        return InProcess(lab, speak_to(lab, authorization=f"Bearer {KEY}"), before.heard)

    return reopen
