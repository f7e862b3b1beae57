"""The lab's actions: along legal moves only, once for a key, never past what the person saw."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from lims_client.models import JobStatus
from lims_client.sandbox.moves import LEGAL, NEXT


async def put(sandbox: Any, status: str) -> str:
    """A job in a status, by way of the seeding door."""
    answer = await sandbox.http.post("/sandbox/seed-job", json={**seed(), "status": status})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["jobId"])


def seed() -> dict[str, Any]:
    rx = {"odSphere": -2, "osSphere": -2, "odPd": 31, "osPd": 31}
    return {"prescription": rx, "lensType": "single_vision", "accountNumber": "HARB-001"}


async def test_a_job_advances_step_by_step_to_its_end(sandbox: Any):
    job = await sandbox.make()
    seen = [job["status"]]
    while seen[-1] != "completed":
        answer = await sandbox.act(job["jobId"], "advance", expectedStatus=seen[-1], note="seen")
        assert answer.status_code == 200, answer.text
        seen.append(answer.json()["status"])
    assert seen == ["queued", "in_production", "quality_check", "ready_for_shipping", "shipped", "completed"]
    done = await sandbox.job(job["jobId"])
    assert done["sequence"] == 6
    assert [entry["sequence"] for entry in done["history"]] == [1, 2, 3, 4, 5, 6]
    assert done["history"][-1] | {"timestamp": ""} == {
        "status": "completed", "previousStatus": "shipped", "sequence": 6, "timestamp": "", "note": "seen",
        "station": "SHIP",
    }  # fmt: skip
    assert done["carrier"]
    assert done["trackingNumber"]
    assert (await sandbox.act(job["jobId"], "advance")).status_code == 409


async def test_shipping_takes_the_carrier_and_number_given(sandbox: Any):
    job_id = await put(sandbox, "ready_for_shipping")
    shipped = (await sandbox.act(job_id, "advance", carrier="DHL", trackingNumber="X1")).json()
    assert (shipped["status"], shipped["carrier"], shipped["trackingNumber"]) == ("shipped", "DHL", "X1")


async def test_an_action_on_a_job_that_went_on_is_a_conflict_with_where_it_is(sandbox: Any):
    job = await sandbox.make()
    await sandbox.act(job["jobId"], "advance")
    refused = await sandbox.act(job["jobId"], "cancel", expectedStatus="queued", reason="ordered twice")
    said = refused.json()
    assert refused.status_code == 409
    assert (said["status"], said["job"]["jobId"]) == ("in_production", job["jobId"])
    assert (await sandbox.job(job["jobId"]))["status"] == "in_production"


@pytest.mark.parametrize("here", list(JobStatus))
async def test_only_legal_moves_are_made(sandbox: Any, here: JobStatus):
    for to in JobStatus:
        job_id = await put(sandbox, here.value)
        answer = await sandbox.act(job_id, "advance", to=to.value)
        legal = to in LEGAL[here] and to not in ("on_hold", "cancelled") and here != "on_hold"
        assert answer.status_code == (200 if legal else 409), (here, to)
        assert (await sandbox.job(job_id))["status"] == (to if legal else here)
        if not legal:
            assert answer.json()["status"] == here


async def test_rework_goes_back_with_a_day_more_and_comes_through_again(sandbox: Any):
    job_id = await put(sandbox, "quality_check")
    before = await sandbox.job(job_id)
    back = (await sandbox.act(job_id, "advance", to="in_production", note="scratch")).json()
    assert (back["status"], back["station"]) == ("in_production", "PICK")
    assert back["estimatedCompletionDate"] > before["estimatedCompletionDate"]
    assert (await sandbox.act(job_id, "advance")).json()["status"] == "quality_check"


async def test_a_held_job_says_why_and_goes_on_where_it_was_or_where_it_is_sent(sandbox: Any):
    job_id = await put(sandbox, "in_production")
    held = (await sandbox.act(job_id, "hold", reason="The frame broke", by="lab-7")).json()
    assert (held["status"], held["reason"], held["history"][-1]["by"]) == ("on_hold", "The frame broke", "lab-7")
    assert (await sandbox.act(job_id, "advance")).json()["code"] == "illegal_move"
    released = (await sandbox.act(job_id, "release")).json()
    assert released["status"] == "in_production"
    assert "reason" not in released
    await sandbox.act(job_id, "hold", reason="again")
    assert (await sandbox.act(job_id, "release", to="quality_check")).json()["status"] == "quality_check"
    assert (await sandbox.act(job_id, "release")).status_code == 409


async def test_the_promise_moves_by_the_days_a_job_was_held(sandbox: Any):
    past = [
        {"status": "queued", "timestamp": "2026-10-01T09:00:00Z"},
        {"status": "on_hold", "timestamp": "2026-10-01T10:00:00Z", "reason": "no blank"},
    ]
    answer = await sandbox.http.post("/sandbox/seed-job", json={**seed(), "status": "on_hold", "history": past})
    before = datetime.fromisoformat(answer.json()["estimatedCompletionDate"])
    after = (await sandbox.act(answer.json()["jobId"], "release")).json()
    assert after["status"] == "queued"
    assert (datetime.fromisoformat(after["estimatedCompletionDate"]) - before).days > 25


async def test_a_cancelled_job_stays_cancelled(sandbox: Any):
    job = await sandbox.make()
    cancelled = (await sandbox.act(job["jobId"], "cancel", reason="patient withdrew")).json()
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "patient withdrew")
    assert (await sandbox.act(job["jobId"], "cancel", reason="again")).status_code == 409
    assert (await sandbox.act(job["jobId"], "remake", reason="x")).status_code == 409


async def test_a_remake_is_a_new_job_at_the_head_of_the_queue_that_names_the_old(sandbox: Any):
    waiting = await sandbox.make(urgency="rush")
    old = await put(sandbox, "in_production")
    new = (await sandbox.act(old, "remake", reason="scratched", eye="right", key="r1")).json()
    assert (new["remakeOf"], new["status"], new["queuePosition"]) == (old, "queued", 1)
    assert new["prescription"]["eye"] == "right"
    assert (await sandbox.job(waiting["jobId"]))["queuePosition"] == 2
    failed = await sandbox.job(old)
    assert failed["status"] == "failed"
    assert new["jobId"] in failed["reason"]
    again = (await sandbox.act(old, "remake", reason="scratched", eye="right", key="r1")).json()
    assert again["jobId"] == new["jobId"]


async def test_a_remake_of_a_job_that_was_sent_leaves_it_sent(sandbox: Any):
    old = await put(sandbox, "completed")
    assert (await sandbox.act(old, "remake", reason="non-adapt")).json()["remakeOf"] == old
    assert (await sandbox.job(old))["status"] == "completed"


async def test_an_action_is_done_once_for_its_key(sandbox: Any):
    job = await sandbox.make()
    for _ in range(2):
        answer = await sandbox.act(job["jobId"], "advance", key="a1")
        assert (answer.status_code, answer.json()["status"]) == (200, "in_production")
    assert (await sandbox.act(job["jobId"], "advance", key="a1", note="other")).json()["code"] == "key_reused"
    assert (await sandbox.job(job["jobId"]))["sequence"] == 2


async def test_every_status_has_its_moves_in_the_table():
    assert set(LEGAL) == set(JobStatus)
    assert all(to in LEGAL[here] for here, to in NEXT.items())
