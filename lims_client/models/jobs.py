"""Jobs, how far they have got, and what the lab does to them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from lims_client.models.configuration import Eye, LensType, Prescription
from lims_client.models.verdict import Finding, Price, Problem
from lims_client.models.wire import Moment, Wire


class JobStatus(StrEnum):
    """How far a job has got, in the LIMS's words."""

    QUEUED = "queued"
    IN_PRODUCTION = "in_production"
    QUALITY_CHECK = "quality_check"
    READY_FOR_SHIPPING = "ready_for_shipping"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    FAILED = "failed"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"


def _known_status(value: Any) -> Any:
    if isinstance(value, str) and value not in set(JobStatus):
        shown = f" {value!r}" if value.isascii() and value.replace("_", "").isalnum() and len(value) <= 40 else ""
        raise ValueError(f"unknown job status{shown}; the contract knows {', '.join(JobStatus)}")
    return value


Status = Annotated[JobStatus, BeforeValidator(_known_status)]


class JobFields(Wire):
    """What a job carries wherever it appears beside its id and status."""

    order_number: str | None = Field(None, description="the order's number at the sender")
    account_number: str | None = Field(None, description="the account it is for")
    sequence: int | None = Field(None, description="grows by one with each change of this job; order by it")
    timestamp: Moment | None = Field(None, description="of the last change; order by it only without `sequence`")
    station: str | None = Field(None, description="where in the lab")
    queue_position: int | None = Field(None, description="1 is next; absent once it has left the queue")
    estimated_completion_date: Moment | None = Field(None, description="when it should be done")
    rules_version: str | None = Field(None, description="the rules that judged it")
    price: Price | None = Field(None, description="for this account")
    carrier: str | None = Field(None, description="who carries it")
    tracking_number: str | None = Field(None, description="the carrier's number")
    reason: str | None = Field(None, description="why it is held, cancelled or failed")


class JobState(JobFields):
    """A job's status, as `/jobs/{jobId}/status` answers it."""

    job_id: str = Field(description="the LIMS's name for it")
    status: Status = Field(description="how far it has got")


class HistoryEntry(Wire):
    """One change of a job."""

    status: Status = Field(description="what it became")
    previous_status: Status | None = Field(None, description="what it was")
    sequence: int | None = Field(None, description="the job's sequence after the change")
    timestamp: Moment | None = Field(None, description="when")
    station: str | None = Field(None, description="where in the lab")
    reason: str | None = Field(None, description="why")
    note: str | None = Field(None, description="what somebody wrote")
    by: str | None = Field(None, description="reference of who did it")


class Job(JobState):
    """A job with its history. It echoes its prescription; `findings` says why it came back on hold."""

    prescription: Prescription | None = Field(None, description="the Rx it was made from")
    lens_type: LensType | None = Field(None, description="the family it was made from")
    findings: tuple[Finding, ...] = Field((), description="what the rules said when it was made")
    remake_of: str | None = Field(None, description="the job this one replaces")
    history: tuple[HistoryEntry, ...] = Field((), description="oldest first")


class JobPage(Wire):
    """`GET /jobs`: oldest change first, so that following `next_cursor` misses nothing."""

    jobs: tuple[Job, ...] = Field((), description="oldest change first")
    next_cursor: str | None = Field(None, description="ask again with it; absent on the last page")


class Action(Wire):
    """What every action of the lab takes: refused with 409 when the job is past `expected_status`."""

    expected_status: Status | None = Field(None, description="the status the person saw")


class AdvanceRequest(Action):
    to: Status | None = Field(None, description="the next step when absent")
    note: str | None = Field(None, description="for the job's history")
    carrier: str | None = Field(None, description="when it ships")
    tracking_number: str | None = Field(None, description="when it ships")


class HoldRequest(Action):
    reason: str = Field(description="why; shown to the ECP")


class ReleaseRequest(Action):
    to: Status | None = Field(None, description="where it goes on; where it was held when absent")
    note: str | None = Field(None, description="for the job's history")


class CancelRequest(Action):
    reason: str = Field(description="why")


class RemakeRequest(Action):
    """The answer is the new job, which names the old in `remake_of`."""

    reason: str = Field(description="why")
    eye: Eye = Field(Eye.BOTH, description="which lens is made again")


class ErrorBody(Wire):
    """What comes with a 4xx: why, by field; with a 422 the findings, with a 409 where the job is now."""

    code: str = Field(description="for a program")
    message: str = Field(description="for a person")
    errors: tuple[Problem, ...] = Field((), description="by field")
    findings: tuple[Finding, ...] = Field((), description="with a 422: what the rules said")
    status: Status | None = Field(None, description="with a 409: the job's present status")
    job: Job | None = Field(None, description="with a 409: the job as it is")
