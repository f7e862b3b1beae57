"""What the checks work with: the LIMS raw and through the client, an order it should like, and a listener."""

from __future__ import annotations

import base64
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from lims_client.client import LimsClient
from lims_client.contract.listener import Listener, Received
from lims_client.errors import LimsError, WebhookInvalid
from lims_client.hooks import Hooks, NaiveTimestamps
from lims_client.models import (
    Capability,
    CatalogEvent,
    Configuration,
    CreateJobRequest,
    ErrorBody,
    Job,
    JobState,
    JobStatus,
    StatusEvent,
    WebhookEvent,
)

EventKind = TypeVar("EventKind", bound=WebhookEvent)

SAMPLE: dict[str, Any] = {
    "ecpId": "contract-ecp",
    "practiceId": "contract-practice",
    "patientId": "contract-patient",
    "prescription": {
        "eye": "both",
        "odSphere": -2.0,
        "osSphere": -1.75,
        "odPd": 31.5,
        "osPd": 31.5,
    },
    "lensType": "single_vision",
    "frame": {"type": "full_rim", "a": 52, "b": 36, "dbl": 18, "ed": 55, "status": "supplied"},
    "urgency": "standard",
}

PROGRESSIVE_WITHOUT_ADD: dict[str, Any] = {
    "prescription": {"odSphere": -2.0, "osSphere": -1.5, "pd": 64, "odHeight": 18, "osHeight": 18},
    "lensType": "progressive",
}

FINISHED = {JobStatus.COMPLETED, JobStatus.CANCELLED, JobStatus.FAILED}
PAST_CANCELLING = FINISHED | {JobStatus.SHIPPED}


class Broken(AssertionError):
    """The LIMS does not keep the contract; the message says where."""


class NotApplicable(Exception):
    """The check cannot be made here; the message says why."""


def must(condition: object, otherwise: str) -> None:
    """Raise `Broken` unless it holds."""
    if not condition:
        raise Broken(otherwise)


@dataclass(slots=True)
class Bench:
    """One run against one LIMS. Jobs made through it are cancelled at the end, webhooks removed, rules rolled back."""

    client: LimsClient
    http: httpx.AsyncClient
    sample: dict[str, Any]
    listener: Listener | None
    webhook_wait_seconds: float
    callback_url: str
    naive: list[NaiveTimestamps]
    webhook_secret: str
    capabilities: frozenset[str] = frozenset()
    _jobs: list[str] = field(default_factory=list)
    _endings: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    def can(self, capability: Capability) -> bool:
        """Whether the LIMS says it can; `core` is never optional."""
        return capability is Capability.CORE or capability in self.capabilities

    # ------------------------------------------------------------------------------------------ raw

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One raw request; header names with underscores for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, json=body, headers=named)

    async def create(self, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        """One raw `POST /jobs/create` with a key."""
        response = await self.ask("POST", "jobs/create", body, idempotency_key=key or uuid4().hex)
        if response.is_success:
            self._jobs.append(Job.from_wire(response.content).job_id)
        return response

    def refused(self, response: httpx.Response, *statuses: int, about: str) -> ErrorBody:
        """The error body, which must have code and message, of an answer with one of these statuses."""
        must(
            response.status_code in statuses,
            f"{about}: answered {response.status_code}, not {' or '.join(map(str, statuses))}",
        )
        try:
            return ErrorBody.from_wire(response.content)
        except ValueError:
            raise Broken(f"{about}: the body is not {{code, message, errors}}") from None

    # ------------------------------------------------------------------------------------------ jobs

    def order(self, **changes: Any) -> dict[str, Any]:
        """The sample order's body with a number of its own."""
        return {**self.sample, "orderNumber": f"CONTRACT-{uuid4().hex[:8]}", "metadata": {}, **changes}

    async def a_job(self) -> Job:
        """A new job."""
        job = await self.client.create_job(CreateJobRequest.model_validate(self.order()))
        self._jobs.append(job.job_id)
        return job

    async def a_waiting_job(self) -> Job:
        """A new job that is not on hold."""
        job = await self.a_job()
        return await self.client.release(job.job_id) if job.status is JobStatus.ON_HOLD else job

    async def check(self, body: dict[str, Any]) -> Any:
        """What `/validation` says."""
        return await self.client.validate_configuration(Configuration.model_validate(body))

    def also_ends(self, job: JobState) -> None:
        """Cancel this one at the end as well."""
        self._jobs.append(job.job_id)

    # ------------------------------------------------------------------------------------------ webhooks

    async def listen(self, *events: str) -> Listener:
        """Register the listener for these events."""
        if self.listener is None:
            raise NotApplicable("a LIMS elsewhere cannot reach a loopback listener: give --listen and --callback-url")
        self.listener.received.clear()
        self.listener.refused.clear()
        registration = await self.client.register_webhook(self.callback_url, events=events, secret=self.webhook_secret)

        async def forget() -> None:
            await self.client.delete_webhook(registration.id)

        self.at_the_end(forget)
        return self.listener

    async def heard(self, kind: type[EventKind], wanted: Callable[[EventKind], bool]) -> tuple[Received, EventKind]:
        """The first delivery of that kind that is wanted; every delivery must prove itself."""
        listener = self.listener
        assert listener is not None
        seen = 0
        while True:
            for delivery in listener.received[seen:]:
                seen += 1
                try:
                    event = self.client.verify_webhook(delivery.headers, delivery.body)
                except WebhookInvalid as error:
                    raise Broken(f"a delivery is not to be believed: {error}") from None
                if isinstance(event, kind) and wanted(event):
                    return delivery, event
            try:
                await listener.news(self.webhook_wait_seconds)
            except TimeoutError:
                raise Broken(f"no {kind.__name__} came within {self.webhook_wait_seconds:g} s") from None

    async def heard_of(self, job_id: str) -> tuple[Received, StatusEvent]:
        """The first delivery about that job."""
        return await self.heard(StatusEvent, lambda event: event.job_id == job_id)

    async def heard_of_rules(self, version: str) -> CatalogEvent:
        """The first catalog update that names those rules."""
        return (await self.heard(CatalogEvent, lambda event: event.rules_version == version))[1]

    # ------------------------------------------------------------------------------------------ the end

    def at_the_end(self, undo: Callable[[], Awaitable[object]]) -> None:
        """Remember how to undo something; undone last first, whatever happens."""
        self._endings.append(undo)

    async def end(self) -> Iterable[str]:
        """Undo everything; what could not be undone, in sentences."""
        trouble = []
        for undo in reversed(self._endings):
            try:
                await undo()
            except LimsError as error:
                trouble.append(f"could not clean up: {error}")
        for job_id in self._jobs:
            try:
                if (await self.client.get_job_status(job_id)).status not in PAST_CANCELLING:
                    await self.client.cancel(job_id, reason="made by the contract check")
            except LimsError as error:
                trouble.append(f"job {job_id} stays: {error}")
        return trouble


def a_secret() -> str:
    """A new webhook secret."""
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def hooks_into(naive: list[NaiveTimestamps]) -> Hooks:
    """Hooks that remember times without a zone."""
    return Hooks(on_naive_timestamps=naive.append)
