"""How a job may move: the table of legal moves, and the lab's actions with what they require."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from lims_client.models import (
    Action,
    AdvanceRequest,
    CancelRequest,
    CreateJobRequest,
    Eye,
    HoldRequest,
    JobStatus,
    ReleaseRequest,
    RemakeRequest,
)
from lims_client.rules.service import after_working_days
from lims_client.sandbox.jobs import Jobs, digest_of
from lims_client.sandbox.moments import now, written
from lims_client.sandbox.problems import conflict

QUEUED, MAKING, CHECK, PACKED = (
    JobStatus.QUEUED, JobStatus.IN_PRODUCTION, JobStatus.QUALITY_CHECK, JobStatus.READY_FOR_SHIPPING,
)  # fmt: skip
SHIPPED, DONE, FAILED, HELD, CANCELLED = (
    JobStatus.SHIPPED, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.ON_HOLD, JobStatus.CANCELLED,
)  # fmt: skip

NEXT = {QUEUED: MAKING, MAKING: CHECK, CHECK: PACKED, PACKED: SHIPPED, SHIPPED: DONE}
LEGAL: dict[JobStatus, frozenset[JobStatus]] = {
    QUEUED: frozenset({MAKING, HELD, CANCELLED, FAILED}),
    MAKING: frozenset({CHECK, HELD, CANCELLED, FAILED}),
    CHECK: frozenset({PACKED, MAKING, HELD, CANCELLED, FAILED}),
    PACKED: frozenset({SHIPPED, CHECK, HELD, CANCELLED, FAILED}),
    SHIPPED: frozenset({DONE}),
    HELD: frozenset({QUEUED, MAKING, CHECK, PACKED, CANCELLED, FAILED}),
    FAILED: frozenset({MAKING, CANCELLED}),
    DONE: frozenset(),
    CANCELLED: frozenset(),
}
CARRIER = "Royal Mail Tracked 24"


class Moves:
    """The lab's actions on jobs. `set_off` is told of every job that has arrived somewhere, to time its next move."""

    def __init__(self, jobs: Jobs, set_off: Callable[[str], None]) -> None:
        self._jobs, self._set_off = jobs, set_off

    def move(
        self,
        job_id: str,
        to: JobStatus,
        *,
        reason: str | None = None,
        note: str | None = None,
        by: str | None = None,
        **columns: Any,
    ) -> None:
        """Move a job along a legal edge; 409 with where it is when there is none."""
        jobs, row = self._jobs, self._jobs.row(job_id)
        here = JobStatus(row["status"])
        if to not in LEGAL[here]:
            raise conflict(
                f"The job is {_words(here)} and cannot become {_words(to)}.", jobs.get(job_id), code="illegal_move"
            )
        columns |= self._side_effects(row, here, to)
        with jobs.database.transaction():
            stations = json.loads(row["stations"])
            station = stations[min(columns.get("stop", row["stop"]), len(stations) - 1)] if stations else None
            jobs.record(
                row, to, previous=here, station=None if to in (QUEUED, HELD, CANCELLED) else station,
                reason=reason, note=note, by=by, **columns,
            )  # fmt: skip
            self._set_off(job_id)

    def _side_effects(self, row: Any, here: JobStatus, to: JobStatus) -> dict[str, Any]:
        stations: list[str] = json.loads(row["stations"])
        changes: dict[str, Any] = {"due": None}
        if to is HELD:
            changes |= {"held_from": here.value, "held_at": written(now())}
        elif here is HELD:
            stood = (now() - datetime.fromisoformat(row["held_at"])) // timedelta(days=1) if row["held_at"] else 0
            changes |= {"held_from": None, "held_at": None, **self._later(row, stood)}
        elif here is CHECK and to is MAKING:
            changes |= self._later(row, 1)
        if to is MAKING:
            changes["stop"] = _first(stations, "PICK", 1) if here is not HELD else row["stop"]
        elif to is CHECK:
            changes["stop"] = _first(stations, "QC", len(stations) - 1)
        elif to is PACKED:
            changes["stop"] = _first(stations, "SHIP", len(stations) - 1)
        return changes

    def _later(self, row: Any, days: int) -> dict[str, Any]:
        """The promised date, moved on by so many working days (a hold's days, one for rework)."""
        if days < 1 or row["estimated_completion_date"] is None:
            return {}
        promised = datetime.fromisoformat(row["estimated_completion_date"]).astimezone(self._jobs.zone)
        day = after_working_days(self._jobs.rule_sets.published.service, promised.date(), days)
        moved = datetime.combine(day, promised.time(), tzinfo=self._jobs.zone)
        return {"estimated_completion_date": written(moved)}

    # ------------------------------------------------------------------------------------------------ actions

    def advance(self, job_id: str, request: AdvanceRequest, key: str | None) -> dict[str, Any]:
        """To the next step, or to `to`; a job on hold is released, not advanced."""

        def act(row: Any) -> str:
            here = JobStatus(row["status"])
            to = request.to or NEXT.get(here)
            if to is None or here is HELD or to in (HELD, CANCELLED):
                raise conflict(
                    f"The job is {_words(here)}; it cannot be advanced{f' to {_words(to)}' if to else ''}.",
                    self._jobs.get(job_id),
                    code="illegal_move",
                )
            shipping: dict[str, Any] = {}
            if to is SHIPPED:
                shipping = {
                    "carrier": request.carrier or CARRIER,
                    "tracking_number": request.tracking_number or tracking_number(row["number"]),
                }
            self.move(job_id, to, note=request.note, by=_by(request), **shipping)
            return job_id

        return self._once("advance", job_id, request, key, act)

    def hold(self, job_id: str, request: HoldRequest, key: str | None) -> dict[str, Any]:
        """Stop a job, with a reason."""

        def act(row: Any) -> str:
            self.move(job_id, HELD, reason=request.reason, by=_by(request))
            return job_id

        return self._once("hold", job_id, request, key, act)

    def release(self, job_id: str, request: ReleaseRequest, key: str | None) -> dict[str, Any]:
        """Let a held job go on where it was, or at `to`."""

        def act(row: Any) -> str:
            if row["status"] != HELD or request.to in (HELD, CANCELLED, FAILED):
                raise conflict(
                    f"The job is {_words(JobStatus(row['status']))}; only a held job is released, to where it goes on.",
                    self._jobs.get(job_id),
                    code="illegal_move",
                )
            to = request.to or JobStatus(row["held_from"] or QUEUED)
            self.move(job_id, to, note=request.note, by=_by(request))
            return job_id

        return self._once("release", job_id, request, key, act)

    def cancel(self, job_id: str, request: CancelRequest, key: str | None) -> dict[str, Any]:
        """Cancel a job that has not left the lab."""

        def act(row: Any) -> str:
            self.move(job_id, CANCELLED, reason=request.reason, by=_by(request))
            return job_id

        return self._once("cancel", job_id, request, key, act)

    def remake(self, job_id: str, request: RemakeRequest, key: str | None) -> dict[str, Any]:
        """Make a job again as a new one at the head of the queue; the old one, if still in the lab, has failed."""

        def act(row: Any) -> str:
            here = JobStatus(row["status"])
            if here in (QUEUED, CANCELLED):
                raise conflict(f"The job is {_words(here)}; there is nothing to make again.", self._jobs.get(job_id))
            body = json.loads(row["configuration"])
            if request.eye is not Eye.BOTH:
                body["prescription"] = {**body["prescription"], "eye": request.eye.value, "balance": False}
            again = CreateJobRequest.model_validate({**body, "metadata": {"remakeReason": request.reason}})
            verdict = self._jobs.evaluate(again.configuration(), ask_the_books=False)
            new = self._jobs.insert(again, verdict, origin="remake", remake_of=job_id)
            self._jobs.record(self._jobs.row(new), QUEUED, previous=None, note=f"Remake of {job_id}: {request.reason}")
            if FAILED in LEGAL[here]:
                self.move(job_id, FAILED, reason=f"Made again as {new}: {request.reason}", by=_by(request))
            return new

        return self._once("remake", job_id, request, key, act)

    def _once(
        self, verb: str, job_id: str, request: Action, key: str | None, act: Callable[[Any], str]
    ) -> dict[str, Any]:
        """Do an action once for its key; refuse it when the job is past what the person saw."""
        jobs = self._jobs
        digest = digest_of(f"{verb} {job_id}", request.to_wire())
        known = jobs.made_with(key, digest)
        if known is not None:
            return jobs.get(known)
        row = jobs.row(job_id)
        expected = request.expected_status
        if expected is not None and expected != row["status"]:
            here = JobStatus(row["status"])
            raise conflict(f"The job is {_words(here)} by now, not {_words(expected)}.", jobs.get(job_id))
        with jobs.database.transaction():
            answered = act(row)
            jobs.keep_key(key, digest, answered)
        return jobs.get(answered)

    # ------------------------------------------------------------------------------------------------ all at once

    def step_all(self) -> int:
        """Move every job that is on its way to its next status; how many moved."""
        statuses = [status.value for status in NEXT]
        rows = self._jobs.database.all(
            "SELECT number, job_id, status FROM job WHERE status IN (SELECT value FROM json_each(:statuses)) "
            "ORDER BY rank, number",
            statuses=json.dumps(statuses),
        )
        with self._jobs.database.transaction():
            for row in rows:
                self.step(row["job_id"])
        return len(rows)

    def can_step(self, job_id: str) -> bool:
        """Whether a job is on its way to a next status."""
        return JobStatus(self._jobs.row(job_id)["status"]) in NEXT

    def step(self, job_id: str) -> None:
        """Move one job to its next status, with a carrier when it ships."""
        row = self._jobs.row(job_id)
        to = NEXT[JobStatus(row["status"])]
        shipping = {}
        if to is SHIPPED:
            shipping = {"carrier": CARRIER, "tracking_number": tracking_number(row["number"])}
        self.move(job_id, to, **shipping)


def tracking_number(number: int) -> str:
    """A number in the shape carriers use."""
    return f"RM{number:09d}GB"


def _first(stations: list[str], wanted: str, otherwise: int) -> int:
    found = [place for place, station in enumerate(stations) if station == wanted]
    return found[0] if found else max(0, min(otherwise, len(stations) - 1))


def _by(request: Action) -> str | None:
    by = (request.model_extra or {}).get("by")
    return str(by)[:100] if by else None


def _words(status: JobStatus) -> str:
    return status.value.replace("_", " ")
