"""Setting jobs down as if they had been here for days, for a demo that begins in the middle of a working week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from lims_client.models import CreateJobRequest, JobStatus, Moment, Wire
from lims_client.sandbox.jobs import digest_of
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.moments import now, written
from lims_client.sandbox.moves import CARRIER, NEXT, tracking_number
from lims_client.sandbox.problems import Refusal


class Past(Wire):
    """One change in a seeded job's past."""

    status: JobStatus
    timestamp: Moment | None = Field(None, description="when; spread evenly up to now where absent")
    station: str | None = None
    reason: str | None = None
    note: str | None = None


class SeedJob(CreateJobRequest):
    """A configuration that was ordered in the past: where it is now, and how it got there."""

    status: JobStatus = JobStatus.QUEUED
    history: tuple[Past, ...] = ()
    announce: bool = False


def set_down(lab: Lab, seed: SeedJob, *, key: str | None) -> tuple[dict[str, Any], bool]:
    """Put a job into the books with its past; (the job, whether it is new).

    The key and the configuration are kept as if it had been made through the API, so a repeat, and an order that is
    sent again with its key, find it. Its history ends with its status; without one, the usual way there is told.
    """
    asked = CreateJobRequest.model_validate(
        seed.model_dump(exclude={"status", "history", "announce", "idempotency_key"})
    )
    digest = digest_of("create", asked.to_wire())
    known = lab.jobs.made_with(key, digest)
    if known is not None:
        return lab.jobs.get(known), False
    past = list(seed.history) or [Past(status=status) for status in _usual_way(seed.status)]
    if past[-1].status is not seed.status:
        raise Refusal(422, "history_ends_elsewhere", "The last line of the history is the job's status.")
    moments = _moments(past)
    if moments != sorted(moments):
        raise Refusal(422, "history_out_of_order", "The history runs from the oldest to the newest line.")
    verdict = lab.jobs.evaluate(
        asked.configuration(), ask_the_books=False, today=moments[0].astimezone(lab.settings.zone).date()
    )
    with lab.database.transaction():
        job_id = lab.jobs.insert(asked, verdict, origin="seed", created_at=written(moments[0]))
        lab.jobs.keep_key(key, digest, job_id)
        previous: JobStatus | None = None
        for line, moment in zip(past, moments, strict=True):
            row = lab.jobs.row(job_id)
            stations = verdict.stations
            lab.jobs.record(
                row,
                line.status,
                previous=previous,
                station=line.station,
                reason=line.reason,
                note=line.note,
                at=moment,
                announce=seed.announce and line is past[-1],
                **_columns(line, previous, row, stations, written(moment)),
            )
            previous = line.status
        lab.production.set_off(job_id)
    return lab.jobs.get(job_id), True


def _usual_way(status: JobStatus) -> list[JobStatus]:
    way = [JobStatus.QUEUED]
    while way[-1] is not status and way[-1] in NEXT:
        way.append(NEXT[way[-1]])
    if way[-1] is status:
        return way
    return [JobStatus.QUEUED, *([JobStatus.IN_PRODUCTION] if status is JobStatus.FAILED else []), status]


def _moments(past: list[Past]) -> list[datetime]:
    known = [line.timestamp for line in past]
    last = now()
    first = next((moment for moment in known if moment is not None), last - timedelta(hours=6 * (len(past) - 1)))
    even = (max(last, first) - first) / max(1, len(past) - 1)
    return [moment or first + even * place for place, moment in enumerate(known)]


def _columns(
    line: Past, previous: JobStatus | None, row: Any, stations: tuple[str, ...], moment: str
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if line.status is JobStatus.ON_HOLD:
        columns |= {"held_from": (previous or JobStatus.QUEUED).value, "held_at": moment}
    if line.status is JobStatus.SHIPPED:
        columns |= {"carrier": CARRIER, "tracking_number": tracking_number(row["number"])}
    wanted = line.station or {"quality_check": "QC", "ready_for_shipping": "SHIP", "in_production": "PICK"}.get(
        line.status
    )
    if wanted in stations:
        columns["stop"] = stations.index(wanted)
    return columns
