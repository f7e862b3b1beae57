"""Checks of the lab's actions: advance, hold, release, cancel, remake, and what refuses them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from lims_client.contract.bench import FINISHED, Bench, must
from lims_client.models import Eye, Job, JobStatus


async def a_job_is_held_and_released(bench: Bench) -> None:
    """hold stops a job with its reason, release lets it go on"""
    job = await bench.a_waiting_job()
    held = await bench.client.hold(job.job_id, reason="frame to be looked at", expected_status=job.status)
    must(held.status is JobStatus.ON_HOLD, f"a held job is {held.status}")
    must(held.reason == "frame to be looked at", "the reason is not the one given")
    released = await bench.client.release(job.job_id, expected_status=JobStatus.ON_HOLD)
    must(released.status is not JobStatus.ON_HOLD, "it is still on hold")
    must((job.sequence or 0) < (held.sequence or 0) < (released.sequence or 0), "the sequence does not grow")


async def a_job_is_moved_on(bench: Bench) -> None:
    """advance moves a job to the next step or where it is told, and its history tells"""
    job = await bench.a_waiting_job()
    moved = await bench.client.advance(job.job_id, note="by the contract check", expected_status=job.status)
    must(moved.status is not job.status or moved.station != job.station, "it did not move")
    must((moved.sequence or 0) > (job.sequence or 0), "the sequence did not grow")
    history = (await bench.client.get_job(job.job_id)).history
    must(len(history) >= 2, "the history does not tell of it")


async def a_stale_view_is_refused(bench: Bench) -> None:
    """an action on a job that is past expectedStatus is 409 with the present status, and changes nothing"""
    job = await bench.a_waiting_job()
    bodies: dict[str, dict[str, Any]] = {
        "advance": {},
        "hold": {"reason": "r"},
        "cancel": {"reason": "r"},
        "release": {},
        "remake": {"reason": "r", "eye": "both"},
    }
    for verb, body in bodies.items():
        path = f"jobs/{job.job_id}/{verb}"
        response = await bench.ask("POST", path, {**body, "expectedStatus": "failed"}, idempotency_key=uuid4().hex)
        error = bench.refused(response, 409, about=f"{verb} with another expectedStatus")
        present = error.status or (error.job.status if error.job else None)
        must(present is not None, f"{verb}: the 409 does not say the present status")
    must((await bench.client.get_job_status(job.job_id)).status not in FINISHED, "a refused action changed the job")


async def an_action_asked_twice_is_done_once(bench: Bench) -> None:
    """an action with the same key and body is done once; with another body it is 409"""
    job = await bench.a_waiting_job()
    key, path = uuid4().hex, f"jobs/{job.job_id}/hold"
    answers = [await bench.ask("POST", path, {"reason": "once"}, idempotency_key=key) for _ in range(2)]
    must(all(answer.is_success for answer in answers), f"answered {[answer.status_code for answer in answers]}")
    first, second = (Job.from_wire(answer.content) for answer in answers)
    must(first.sequence == second.sequence, "it was done twice")
    other = await bench.ask("POST", path, {"reason": "another"}, idempotency_key=key)
    bench.refused(other, 409, about="the same key with another body")


async def a_job_is_cancelled_once(bench: Bench) -> None:
    """cancel ends a queued job with its reason; what is cancelled cannot be advanced: 409"""
    job = await bench.a_waiting_job()
    cancelled = await bench.client.cancel(job.job_id, reason="the patient left")
    must((cancelled.status, cancelled.reason) == (JobStatus.CANCELLED, "the patient left"), f"it is {cancelled.status}")
    response = await bench.ask("POST", f"jobs/{job.job_id}/advance", {}, idempotency_key=uuid4().hex)
    error = bench.refused(response, 409, about="advancing a cancelled job")
    present = error.status or (error.job.status if error.job else None)
    must(present is JobStatus.CANCELLED, "the 409 does not say that it is cancelled")


async def a_job_goes_all_the_way_and_is_remade(bench: Bench) -> None:
    """a job can be advanced to shipped, with carrier and tracking number, and remade for one eye"""
    job = await bench.a_waiting_job()
    way = [JobStatus.IN_PRODUCTION, JobStatus.QUALITY_CHECK, JobStatus.READY_FOR_SHIPPING, JobStatus.SHIPPED]
    for status in way:
        carrier, tracking = ("Parcel", "T-1") if status is JobStatus.SHIPPED else (None, None)
        job = await bench.client.advance(job.job_id, to=status, carrier=carrier, tracking_number=tracking)
        must(job.status is status, f"advanced to {status}, it is {job.status}")
    must((job.carrier, job.tracking_number) == ("Parcel", "T-1"), "carrier or tracking number are lost")
    must(job.queue_position is None, "a shipped job has a place in the queue")
    remade = await bench.client.remake(job.job_id, reason="scratched", eye=Eye.RIGHT)
    bench.also_ends(remade)
    must(remade.status not in FINISHED, f"the remake is {remade.status}")
    must(remade.job_id == job.job_id or remade.remake_of == job.job_id, "the remake does not name the old job")


async def an_unknown_job_cannot_be_acted_on(bench: Bench) -> None:
    """an action on an unknown job is 404 with code and message"""
    response = await bench.ask("POST", "jobs/no-such-job/hold", {"reason": "r"}, idempotency_key=uuid4().hex)
    bench.refused(response, 404, about="holding an unknown job")


CHECKS = (
    a_job_is_held_and_released,
    a_job_is_moved_on,
    a_stale_view_is_refused,
    an_action_asked_twice_is_done_once,
    a_job_is_cancelled_once,
    a_job_goes_all_the_way_and_is_remade,
    an_unknown_job_cannot_be_acted_on,
)
