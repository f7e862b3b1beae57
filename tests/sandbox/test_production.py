"""The production clock: jobs move by the lab's time, at the speed it is set to, and not while it is paused."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from lims_client.models import CreateJobRequest
from lims_client.sandbox.control import ControlChange
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.settings import Settings

HOUR = 3600


def pass_days(sandbox: Any, days: float) -> None:
    for _ in range(int(days * 24 * 6)):
        sandbox.lab.production.pass_time(600)


async def test_jobs_leave_the_queue_one_by_one_and_are_completed_in_days(sandbox: Any):
    jobs = [(await sandbox.make())["jobId"] for _ in range(4)]
    sandbox.lab.production.pass_time(0)
    assert [(await sandbox.job(job))["status"] for job in jobs] == ["in_production", "queued", "queued", "queued"]
    sandbox.lab.production.pass_time(250)
    assert Counter([(await sandbox.job(job))["status"] for job in jobs])["queued"] == 2
    pass_days(sandbox, 4)
    for job in jobs:
        done = await sandbox.job(job)
        assert done["status"] == "completed"
        stations = [entry["station"] for entry in done["history"] if "station" in entry]
        assert stations[:2] == ["PICK", "TRACE"]
        assert stations[-1] == "SHIP"


async def test_a_moment_is_not_enough_for_a_job(sandbox: Any):
    job = await sandbox.make()
    sandbox.lab.production.pass_time(HOUR / 2)
    assert (await sandbox.job(job["jobId"]))["status"] == "in_production"


async def test_station_changes_count_and_are_told_only_when_asked(sandbox: Any):
    await sandbox.register()
    job = await sandbox.make()
    while (await sandbox.job(job["jobId"]))["status"] != "quality_check":
        sandbox.lab.production.pass_time(600)
    assert (await sandbox.job(job["jobId"]))["sequence"] == 7, "made, taken in, four more stations, inspected"
    await sandbox.deliver_all()
    assert sandbox.heard.statuses(job["jobId"]) == ["in_production", "quality_check"]
    await sandbox.http.patch("/sandbox/control", json={"station_events": True})
    await sandbox.make()
    pass_days(sandbox, 1)
    await sandbox.deliver_all()
    assert any(event["previousStatus"] == event["newStatus"] for event in sandbox.heard.events)


async def test_a_step_moves_everything_to_its_next_status(sandbox: Any):
    jobs = [await sandbox.make() for _ in range(3)]
    await sandbox.act(jobs[2]["jobId"], "hold", reason="x")
    assert (await sandbox.http.post("/sandbox/step")).json() == {"moved": 2}
    assert (await sandbox.http.post("/sandbox/step", json={"jobId": jobs[0]["jobId"]})).json() == {"moved": 1}
    statuses = [(await sandbox.job(job["jobId"]))["status"] for job in jobs]
    assert statuses == ["quality_check", "in_production", "on_hold"]
    refused = await sandbox.http.post("/sandbox/step", json={"jobId": jobs[2]["jobId"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")
    assert (await sandbox.http.post("/sandbox/step", json={"seconds": 60})).status_code == 200


async def test_a_frame_to_come_waits_in_the_queue_until_it_is_there(sandbox: Any):
    waiting = await sandbox.make(frame={"type": "full_rim", "a": 52, "b": 36, "dbl": 18, "status": "to_come"})
    other = await sandbox.make()
    sandbox.lab.production.pass_time(12 * HOUR)
    assert (await sandbox.job(waiting["jobId"]))["status"] == "queued"
    assert (await sandbox.job(other["jobId"]))["status"] != "queued"
    sandbox.lab.production.pass_time(40 * HOUR)
    assert (await sandbox.job(waiting["jobId"]))["status"] != "queued"


async def test_rework_and_holds_happen_when_they_are_wanted(sandbox: Any):
    await sandbox.http.patch("/sandbox/control", json={"rework_rate": 0.5, "hold_rate": 0.5})
    jobs = [(await sandbox.make())["jobId"] for _ in range(20)]
    pass_days(sandbox, 5)
    whole = [await sandbox.job(job) for job in jobs]
    moves = Counter((entry.get("previousStatus"), entry["status"]) for job in whole for entry in job["history"])
    assert moves["quality_check", "in_production"]
    held = [job for job in whole if job["status"] == "on_hold"]
    assert held
    assert all(job["reason"] for job in held)
    assert any(job["status"] == "completed" for job in whole)


async def test_one_seed_makes_one_story(tmp_path: Any, body: Callable[..., dict[str, Any]]):
    def story(name: str) -> list[tuple[str, str]]:
        lab = Lab(Settings(database=tmp_path / name, api_key="k", webhook_secret="whsec_" + "A" * 43 + "="))
        lab.control.change(ControlChange(rework_rate=0.5, hold_rate=0.5, paused=True))
        for number in range(5):
            lab.jobs.create(CreateJobRequest.model_validate(body()), key=f"k{number}")
        for _ in range(300):
            lab.production.pass_time(600)
        jobs = [lab.jobs.get(f"JOB-{number:06d}") for number in range(1, 6)]
        lab.close()
        return [(entry["status"], entry.get("station", "")) for job in jobs for entry in job["history"]]

    assert story("one") == story("two")


async def test_the_labs_time_runs_by_its_speed_and_stands_while_paused(
    settings: Settings, body: Callable[..., dict[str, Any]]
):
    lab, moved = Lab(settings), asyncio.Event()

    def heard(_: httpx.Request) -> httpx.Response:
        moved.set()
        return httpx.Response(202)

    lab.outbox.register("http://127.0.0.1:9/", ["job.status_changed"], None)
    lab.jobs.create(CreateJobRequest.model_validate(body()), key="k")
    async with lab.running(httpx.MockTransport(heard)):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(moved.wait(), 0.5)
        lab.control.change(ControlChange(paused=False, speed=10_000))
        await asyncio.wait_for(moved.wait(), 5)
    again = Lab(settings)
    assert again.production.seconds >= 1000, "kept across a restart"
    again.close()


async def test_a_seeded_job_has_the_past_it_was_given(sandbox: Any, body: Callable[..., dict[str, Any]]):
    past = [
        {"status": "queued", "timestamp": "2026-11-20T09:00:00Z"},
        {"status": "in_production", "timestamp": "2026-11-20T11:00:00Z", "station": "PICK"},
        {"status": "quality_check", "timestamp": "2026-11-23T15:00:00Z", "note": "second look"},
    ]
    seed = {**body(orderNumber="ORD-9"), "status": "quality_check", "history": past}
    answer = await sandbox.http.post("/sandbox/seed-job", json=seed, headers={"idempotency-key": "order-9"})
    job = answer.json()
    assert (answer.status_code, job["status"], job["station"]) == (201, "quality_check", "QC")
    assert [entry["timestamp"][:16] for entry in job["history"]] == [line["timestamp"][:16] for line in past]
    assert job["estimatedCompletionDate"].startswith("2026-11-25"), "counted from the day it was ordered"
    again = await sandbox.http.post("/sandbox/seed-job", json=seed, headers={"idempotency-key": "order-9"})
    assert (again.status_code, again.json()["jobId"]) == (200, job["jobId"])
    resent = await sandbox.http.post(
        "/jobs/create", json=body(orderNumber="ORD-9"), headers={"idempotency-key": "order-9"}
    )
    assert resent.json()["jobId"] == job["jobId"]
    pass_days(sandbox, 3)
    assert (await sandbox.job(job["jobId"]))["status"] == "completed"


async def test_a_seeded_job_without_a_past_gets_the_usual_one(sandbox: Any, body: Callable[..., dict[str, Any]]):
    await sandbox.register()
    ways = {
        "shipped": ["queued", "in_production", "quality_check", "ready_for_shipping", "shipped"],
        "on_hold": ["queued", "on_hold"],
        "failed": ["queued", "in_production", "failed"],
        "cancelled": ["queued", "cancelled"],
    }
    for status, way in ways.items():
        answer = await sandbox.http.post("/sandbox/seed-job", json={**body(), "status": status, "announce": True})
        job = answer.json()
        assert [entry["status"] for entry in job["history"]] == way
        moments = [entry["timestamp"] for entry in job["history"]]
        assert moments == sorted(moments)
    await sandbox.deliver_all()
    assert sorted(event["newStatus"] for event in sandbox.heard.events) == sorted(ways)


async def test_a_past_that_cannot_be_is_refused(sandbox: Any, body: Callable[..., dict[str, Any]]):
    elsewhere = {**body(), "status": "shipped", "history": [{"status": "queued"}]}
    backwards = {
        **body(),
        "status": "in_production",
        "history": [
            {"status": "queued", "timestamp": "2026-11-20T09:00:00Z"},
            {"status": "in_production", "timestamp": "2026-11-19T09:00:00Z"},
        ],
    }
    for seed, code in ((elsewhere, "history_ends_elsewhere"), (backwards, "history_out_of_order")):
        answer = await sandbox.http.post("/sandbox/seed-job", json=seed)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert sandbox.count() == 0
