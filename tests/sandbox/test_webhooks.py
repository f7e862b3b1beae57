"""Webhooks: signed, kept until heard, doubled and out of order when asked to be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from lims_client.models import StatusEvent
from lims_client.sandbox.control import ControlChange
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.settings import Settings
from lims_client.webhooks import WebhookVerifier


async def test_a_move_is_told_signed_with_the_whole_job(sandbox: Any, settings: Settings):
    await sandbox.register()
    job = await sandbox.make(orderNumber="ORD-7")
    assert sandbox.lab.outbox.pending() == 0, "who made a job through the API has its answer"
    await sandbox.act(job["jobId"], "advance", note="begun")
    await sandbox.deliver()
    request = sandbox.heard.requests[0]
    event = WebhookVerifier(settings.webhook_secret).verify(dict(request.headers), request.content)
    assert isinstance(event, StatusEvent)
    assert (event.previous_status, event.new_status, event.sequence) == ("queued", "in_production", 2)
    assert (event.order_number, event.account_number, event.details) == ("ORD-7", "HARB-001", {"note": "begun"})
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 43 + "=").verify(request.content, dict(request.headers))


async def test_a_webhook_carries_the_id_of_the_request_that_made_the_job_or_moved_it(sandbox: Any, body: Any):
    await sandbox.register()
    keys = {"idempotency-key": "one", "x-request-id": "made-0123456789"}
    job = (await sandbox.http.post("/jobs/create", json=body(), headers=keys)).json()["jobId"]
    sandbox.lab.production.moves.step(job)  # the lab itself
    await sandbox.http.post(
        f"/jobs/{job}/hold", json={"reason": "Scratched"}, headers={"x-request-id": "hold-0123456789"}
    )
    await sandbox.http.post(f"/jobs/{job}/release", json={}, headers={"x-request-id": "no id\tat all"})
    await sandbox.deliver_all()
    sent = [request.headers.get("x-request-id") for request in sandbox.heard.requests]
    assert sent == ["made-0123456789", "hold-0123456789", "made-0123456789"]


async def test_a_job_born_in_the_lims_is_told_with_its_account(sandbox: Any, body: Callable[..., dict[str, Any]]):
    await sandbox.register()
    born = await sandbox.http.post("/sandbox/jobs", json=body(accountNumber="MILL-001"))
    assert born.status_code == 201
    await sandbox.deliver()
    (event,) = sandbox.heard.events
    assert (event["accountNumber"], event["newStatus"], "previousStatus" in event) == ("MILL-001", "queued", False)
    assert (await sandbox.http.post("/sandbox/jobs", json=body(accountNumber=None))).json()["code"] == "account_missing"


async def test_an_unheard_delivery_is_repeated_with_growing_delays_until_it_is_heard(sandbox: Any):
    await sandbox.register()
    sandbox.heard.answers = [500, 0, 429, 404, 202]
    job = await sandbox.make()
    await sandbox.act(job["jobId"], "advance")
    waits = []
    for attempt in range(1, 5):
        assert await sandbox.deliver() == 1
        row = sandbox.lab.database.one("SELECT * FROM delivery")
        assert (row["state"], row["attempts"]) == ("pending", attempt)
        waits.append(row["next_at"] - datetime.now().timestamp())  # noqa: DTZ005 - a difference
        assert await sandbox.deliver() == 0, "not before its time"
        sandbox.lab.outbox.hurry()
    assert waits == sorted(waits)
    assert waits[3] > 5 * waits[0]
    assert await sandbox.deliver() == 1
    listed = (await sandbox.http.get("/sandbox/deliveries")).json()
    assert (listed["pending"], listed["deliveries"][0]["state"], listed["deliveries"][0]["attempts"]) == (
        0,
        "delivered",
        5,
    )
    assert len({request.headers["webhook-id"] for request in sandbox.heard.requests}) == 1


async def test_a_receiver_that_never_hears_is_given_up_at_last(sandbox: Any):
    await sandbox.register()
    sandbox.heard.answers = [503]
    job = await sandbox.make()
    await sandbox.act(job["jobId"], "advance")
    await sandbox.deliver_all()
    assert len(sandbox.heard.requests) == 60
    assert (await sandbox.http.get("/sandbox/deliveries")).json()["deliveries"][0]["state"] == "given_up"


async def test_registering_again_changes_the_registration_and_keeps_its_id(sandbox: Any):
    first = await sandbox.register("job.status_changed")
    assert await sandbox.register("catalog.updated") == first
    known = (await sandbox.http.get("/sandbox/deliveries")).json()["webhooks"]
    assert [(one["id"], one["events"]) for one in known] == [(first, ["catalog.updated"])]
    assert "secret" not in known[0]
    job = await sandbox.make()
    await sandbox.act(job["jobId"], "advance")
    assert sandbox.lab.outbox.pending() == 0
    assert (await sandbox.http.delete(f"/webhooks/{first}")).status_code == 204
    assert (await sandbox.http.delete(f"/webhooks/{first}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "ftp://x", "events": ["catalog.updated"]}, "url_invalid"),
        ({"url": "http://127.0.0.1/", "events": ["sale"]}, "events_unknown"),
        ({"url": "http://127.0.0.1/", "events": []}, "events_unknown"),
        ({"url": "http://127.0.0.1/", "events": ["catalog.updated"], "secret": "short"}, "secret_invalid"),
        ({"url": "http://127.0.0.1/", "events": ["catalog.updated"], "secret": " "}, "secret_invalid"),
    ],
)
async def test_a_registration_that_cannot_work_is_refused(sandbox: Any, body: dict[str, Any], code: str):
    answer = await sandbox.http.post("/webhooks/status", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_registration_without_a_secret_is_signed_with_the_sandboxs_own(sandbox: Any, settings: Settings):
    await sandbox.http.post("/webhooks/status", json={"url": "http://127.0.0.1:9/", "events": ["job.status_changed"]})
    job = await sandbox.make()
    await sandbox.act(job["jobId"], "advance")
    await sandbox.deliver()
    request = sandbox.heard.requests[0]
    assert Webhook(settings.webhook_secret).verify(request.content, dict(request.headers))["jobId"] == job["jobId"]


async def test_what_concerns_one_job_goes_out_in_order(sandbox: Any):
    await sandbox.register()
    jobs = [(await sandbox.make())["jobId"] for _ in range(5)]
    for _ in range(4):
        await sandbox.http.post("/sandbox/step")
    await sandbox.deliver()
    for job_id in jobs:
        sequences = [event["sequence"] for event in sandbox.heard.events if event["jobId"] == job_id]
        assert sequences == [2, 3, 4, 5]


async def test_doubled_webhooks_come_twice_under_one_id(sandbox: Any):
    await sandbox.register()
    await sandbox.http.patch("/sandbox/control", json={"duplicate_rate": 1})
    job = await sandbox.make()
    await sandbox.act(job["jobId"], "advance")
    await sandbox.deliver_all()
    ids = [request.headers["webhook-id"] for request in sandbox.heard.requests]
    assert (len(ids), len(set(ids))) == (2, 1)


async def test_reordered_webhooks_overtake_each_other_and_all_arrive(sandbox: Any):
    await sandbox.register()
    await sandbox.http.patch("/sandbox/control", json={"reorder": True})
    job = await sandbox.make()
    for _ in range(5):
        await sandbox.act(job["jobId"], "advance")
    assert await sandbox.deliver() < 5, "each waits its own while"
    sandbox.lab.database.run("UPDATE delivery SET next_at = next_at - 10")
    await sandbox.deliver()
    sequences = [event["sequence"] for event in sandbox.heard.events]
    assert sequences != sorted(sequences)
    assert sorted(sequences) == [2, 3, 4, 5, 6]


async def test_deliveries_go_out_by_themselves_and_wait_while_the_lims_is_away(settings: Settings):
    lab = Lab(settings)
    arrived = asyncio.Event()

    def heard(_: httpx.Request) -> httpx.Response:
        arrived.set()
        return httpx.Response(202)

    async with lab.running(httpx.MockTransport(heard)):
        lab.outbox.register("http://127.0.0.1:9/", ["catalog.updated"], None)
        lab.outbox.add("catalog.updated", "catalog", {"type": "catalog.updated", "rulesVersion": "2"})
        async with asyncio.timeout(5):
            await arrived.wait()
        arrived.clear()
        lab.control.change(ControlChange(outage=True))
        await asyncio.sleep(0)
        lab.outbox.add("catalog.updated", "catalog", {"type": "catalog.updated", "rulesVersion": "3"})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(arrived.wait(), 0.5)
        lab.control.change(ControlChange(outage=False))
        async with asyncio.timeout(5):
            await arrived.wait()


async def test_a_part_that_breaks_begins_again_and_nothing_is_lost(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    lab, arrived, broken = Lab(settings), asyncio.Event(), []

    def heard(_: httpx.Request) -> httpx.Response:
        if not broken:
            broken.append(True)
            raise ZeroDivisionError
        arrived.set()
        return httpx.Response(202)

    monkeypatch.setattr("lims_client.sandbox.lab.RESTART_SECONDS", 0)
    async with lab.running(httpx.MockTransport(heard)):
        lab.outbox.register("http://127.0.0.1:9/", ["catalog.updated"], None)
        lab.outbox.add("catalog.updated", "catalog", {"type": "catalog.updated", "rulesVersion": "2"})
        async with asyncio.timeout(5):
            await arrived.wait()
    assert broken
