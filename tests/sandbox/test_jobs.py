"""Jobs: made once for a key, refused with findings, held where somebody must look, listed without gaps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from lims_client.models import Job, JobPage, ValidationResult

Body = Callable[..., dict[str, Any]]


async def test_a_job_has_a_place_a_promise_a_price_and_a_history(sandbox: Any, body: Body):
    made = await sandbox.http.post("/jobs/create", json=body(orderNumber="ORD-1"), headers={"idempotency-key": "k"})
    assert made.status_code == 201
    job = Job.from_wire(made.content)
    assert (job.status, job.sequence, job.queue_position, job.order_number) == ("queued", 1, 1, "ORD-1")
    assert job.estimated_completion_date is not None
    assert job.price is not None
    assert job.price.total_minor == 5100
    assert job.prescription is not None
    assert [entry.status for entry in job.history] == ["queued"]
    assert Job.from_wire((await sandbox.http.get(f"/jobs/{job.job_id}")).content) == job


async def test_the_same_key_and_body_are_the_same_job_and_another_body_is_a_conflict(sandbox: Any, body: Body):
    first = await sandbox.make("key-1")
    again = await sandbox.http.post("/jobs/create", json=body(), headers={"idempotency-key": "key-1"})
    assert (again.status_code, again.json()["jobId"]) == (200, first["jobId"])
    other = await sandbox.http.post("/jobs/create", json=body(material="159"), headers={"idempotency-key": "key-1"})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert sandbox.count() == 1


async def test_a_job_without_a_key_is_not_made(sandbox: Any, body: Body):
    answer = await sandbox.http.post("/jobs/create", json=body())
    assert (answer.status_code, answer.json()["code"]) == (400, "key_missing")
    too_long = await sandbox.http.post("/jobs/create", json=body(), headers={"idempotency-key": "k" * 201})
    assert too_long.status_code == 400
    assert sandbox.count() == 0


async def test_what_the_rules_reject_is_refused_with_its_findings_and_may_be_sent_again_corrected(
    sandbox: Any, body: Body
):
    wrong = body(prescription={"odSphere": -2, "odCylinder": -1, "osSphere": -2, "pd": 63})
    answer = await sandbox.http.post("/jobs/create", json=wrong, headers={"idempotency-key": "k"})
    assert answer.status_code == 422
    said = answer.json()
    assert said["code"] == "rejected"
    assert said["errors"][0]["field"] == "odAxis"
    assert said["findings"][0]["code"] == "RX_AXIS_MISSING"
    assert (await sandbox.make("k"))["status"] == "queued"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"prescription": {"odSphere": -2, "osSphere": -2, "pd": 63, "odPrism": [{"amount": 4, "base": "in"}]}},
            "prism",
        ),
        ({"prescription": {"odSphere": 2, "osSphere": -2, "pd": 63}}, "opposite signs"),
        ({"accountNumber": "LIMIT-001"}, "credit limit"),
    ],
    ids=["the lab must look", "nobody confirmed", "over the limit"],
)
async def test_what_has_to_be_looked_at_or_confirmed_is_made_on_hold(sandbox: Any, changes: dict[str, Any], words: str):
    job = await sandbox.make(**changes)
    assert job["status"] == "on_hold"
    assert words in job["reason"]
    assert job["findings"]
    released = await sandbox.act(job["jobId"], "release", expectedStatus="on_hold")
    assert released.json()["status"] == "queued"


async def test_a_ticked_confirmation_is_taken(sandbox: Any):
    job = await sandbox.make(
        prescription={"odSphere": 2, "osSphere": -2, "pd": 63},
        confirmations=[{"code": "RX_OPP_SIGN", "by": "ecp-1", "at": "2026-11-24T10:00:00Z"}],
    )
    assert job["status"] == "queued"


async def test_validation_says_what_making_would(sandbox: Any, body: Body):
    good = ValidationResult.from_wire((await sandbox.http.post("/validation", json=body())).content)
    assert (good.is_valid, good.decision, good.route) == (True, "accept", "stock_cut")
    assert good.promised_date is not None
    stopped = (await sandbox.http.post("/validation", json=body(accountNumber="STOP-001"))).json()
    assert (stopped["isValid"], stopped["errors"][0]["code"]) == (False, "ACCOUNT_STOP")
    house = (await sandbox.http.post("/validation", json=body(accountNumber=None))).json()
    assert house["decision"] == "accept"


async def test_the_queue_is_true_rush_goes_first_and_everybody_moves_up(sandbox: Any):
    first, second = await sandbox.make(), await sandbox.make()
    rush = await sandbox.make(urgency="rush")
    places = {job["jobId"]: (await sandbox.job(job["jobId"]))["queuePosition"] for job in (first, second, rush)}
    assert list(places.values()) == [2, 3, 1]
    await sandbox.act(first["jobId"], "advance")
    assert (await sandbox.job(second["jobId"]))["queuePosition"] == 2
    assert "queuePosition" not in await sandbox.job(first["jobId"])


async def test_a_burst_of_a_thousand_jobs_is_a_thousand_jobs(sandbox: Any, body: Body):
    async def one(number: int) -> httpx.Response:
        key = {"idempotency-key": f"burst-{number % 1000}"}
        return await sandbox.http.post("/jobs/create", json=body(orderNumber=f"ORD-{number % 1000}"), headers=key)

    answers = await asyncio.gather(*(one(number) for number in range(1100)))
    assert sorted({answer.status_code for answer in answers}) == [200, 201]
    assert sandbox.count() == 1000
    places = [
        job["queuePosition"] for job in sandbox.lab.jobs.page(updated_since=None, cursor=None, limit=1000)["jobs"]
    ]
    assert sorted(places) == list(range(1, 1001))


async def test_the_list_pages_through_every_change_without_a_gap(sandbox: Any):
    made = [(await sandbox.make())["jobId"] for _ in range(7)]
    await sandbox.act(made[0], "advance")
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = JobPage.from_wire((await sandbox.http.get("/jobs", params=params)).content)
        seen += [job.job_id for job in page.jobs]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [*made[1:], made[0]]


async def test_the_list_can_begin_at_a_moment(sandbox: Any):
    old = await sandbox.make()
    new = await sandbox.make()
    listed = (await sandbox.http.get("/jobs", params={"updatedSince": new["timestamp"]})).json()["jobs"]
    assert [job["jobId"] for job in listed] == [new["jobId"]]
    assert old["timestamp"] < new["timestamp"]
    naive = await sandbox.http.get("/jobs", params={"updatedSince": "2026-11-24T10:00:00"})
    assert (naive.status_code, naive.json()["code"]) == (400, "time_without_zone")
    assert (await sandbox.http.get("/jobs", params={"cursor": "x"})).status_code == 400


async def test_an_unknown_job_is_not_found(sandbox: Any):
    for path in ("/jobs/JOB-999999", "/jobs/JOB-999999/status"):
        answer = await sandbox.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_malformed_body_is_told_by_field_and_without_its_values(sandbox: Any):
    answer = await sandbox.http.post(
        "/validation", json={"prescription": {"odSphere": "Ms Jones"}, "lensType": "single_vision"}
    )
    said = answer.json()
    assert (answer.status_code, said["code"]) == (400, "malformed")
    assert said["errors"][0]["field"] == "prescription.odSphere"
    assert "Jones" not in answer.text
    assert (await sandbox.http.post("/validation", content=b"{")).status_code == 400


async def test_no_call_is_answered_without_the_key(stranger: httpx.AsyncClient):
    async with stranger:
        for method, path in (
            ("GET", "/catalog"),
            ("GET", "/jobs"),
            ("POST", "/validation"),
            ("GET", "/sandbox/control"),
        ):
            answer = await stranger.request(method, path, json={} if method == "POST" else None)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), path
        wrong = await stranger.get("/catalog", headers={"authorization": "Bearer other"})
        assert wrong.status_code == 401
        assert (await stranger.get("/health")).json()["status"] == "healthy"


async def test_unknown_addresses_and_methods_are_refused_in_the_contracts_shape(sandbox: Any):
    assert (await sandbox.http.get("/nothing")).json()["code"] == "not_found"
    assert (await sandbox.http.put("/validation")).json()["code"] == "method_not_allowed"


async def test_the_openapi_document_names_every_call_of_the_contract(sandbox: Any):
    paths = (await sandbox.http.get("/openapi.json")).json()["paths"]
    assert set(paths) >= {
        "/health", "/catalog", "/rules", "/rules/{version}", "/rules/{version}/simulate", "/rules/{version}/publish",
        "/rules/{version}/rollback", "/validation", "/jobs/create", "/jobs", "/jobs/{job_id}", "/jobs/{job_id}/status",
        "/jobs/{job_id}/advance", "/jobs/{job_id}/hold", "/jobs/{job_id}/release", "/jobs/{job_id}/cancel",
        "/jobs/{job_id}/remake", "/webhooks/status", "/webhooks/{webhook_id}", "/sandbox/control",
    }  # fmt: skip
    assert not any(path.startswith("/sandbox/page") for path in paths)


async def test_a_restart_loses_nothing(sandbox: Any, reopened: Callable[[Any], Any], body: Body):
    await sandbox.register()
    job = await sandbox.make("key-1")
    await sandbox.act(job["jobId"], "advance")
    before = await sandbox.job(job["jobId"])
    again = reopened(sandbox)
    assert await again.job(job["jobId"]) == before
    repeated = await again.http.post("/jobs/create", json=body(), headers={"idempotency-key": "key-1"})
    assert (repeated.status_code, repeated.json()["jobId"]) == (200, job["jobId"])
    assert again.lab.outbox.pending() == 1
    await again.deliver()
    assert again.heard.statuses(job["jobId"]) == ["in_production"]
