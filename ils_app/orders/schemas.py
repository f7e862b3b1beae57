"""Drafts in, views out: the values that cross the door of the orders room. All frozen; none is a table row."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ils_app.kernel.files import FileRef
from ils_app.kernel.money import Money
from lims_client.models import Finding, JobStatus


class OrderStatus(StrEnum):
    """Where an order stands, in the practice's words."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_PRODUCTION = "in_production"
    QUALITY_CHECK = "quality_check"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"


class Value(BaseModel):
    """A frozen value; what people entered never shows in a validation error's text."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Ticked(Value):
    """One confirmation of the ECP: which finding, for which eye, who and when."""

    code: str
    eye: str | None = None
    by: str
    by_name: str = ""
    at: datetime


class OrderDraft(Value):
    """An order as it is being written. Every figure is the text that was typed, so that nothing typed is ever lost.

    `written` holds the Rx, the frame's measures and the tint's density by field name (`od_sphere`, `frame_b`, …).
    """

    practice_id: UUID | None = None
    patient_id: UUID | None = None
    ecp_id: UUID | None = None
    ship_to: str = ""
    reference: str = Field("", max_length=120)
    notes: str = Field("", max_length=2000)
    written: dict[str, str] = Field(default_factory=dict)
    eye: str = "both"
    balance: bool = False
    lens_type: str = ""
    design: str = ""
    material: str = ""
    colour: str = ""
    coatings: tuple[str, ...] = ()
    tint: str = ""
    frame_type: str = ""
    frame_status: str = ""
    urgency: str = "standard"
    confirmations: tuple[Ticked, ...] = ()
    file: FileRef | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_nul(cls, given: Any) -> Any:
        """Drop the one character no keyboard writes and no PostgreSQL text can hold."""
        return _clean(given)

    def text(self, field: str) -> str:
        """What was typed into a field, trimmed."""
        return self.written.get(field, "").strip()


def _clean(given: Any) -> Any:
    if isinstance(given, str):
        return given.replace("\x00", "")
    if isinstance(given, dict):
        return {_clean(name): _clean(value) for name, value in given.items()}
    return [_clean(one) for one in given] if isinstance(given, list | tuple) else given


class DraftView(Value):
    """A saved draft: its content, and the version that the next save must name."""

    id: UUID
    practice_id: UUID
    version: int
    draft: OrderDraft
    saved_at: datetime
    copied_from: str = ""
    corrects: str = ""


class TimelineEntry(Value):
    """One thing that happened: when, who or which system, from where to where, and why."""

    at: datetime
    who: str
    what: str
    old: OrderStatus | None = None
    new: OrderStatus | None = None
    job_status: JobStatus | None = None
    why: str = ""
    request_id: str = ""  # for who reads deliveries: what the logs, the LIMS and the webhook call it


class PriceLine(Value):
    """One line of the lab's price, in minor units."""

    what: str
    minor: int


class OrderRow(Value):
    """An order on a list."""

    id: UUID
    number: str
    practice_id: UUID
    practice_name: str
    patient_name: str
    reference: str
    ecp_name: str
    lens: str
    status: OrderStatus
    job_status: JobStatus | None
    cancel_requested: bool
    waiting: bool  # saved, and the lab has not answered
    refused: bool  # the lab cannot make it as ordered
    attention: bool  # the practice must act
    job_id: str
    queue_position: int | None
    due_at: datetime | None
    frame_to_come: bool
    urgency: str
    reason: str
    placed_at: datetime
    changed_at: datetime


class OrderView(OrderRow):
    """An order on its own page. `draft` is None for those who may not see the prescription."""

    draft: OrderDraft | None
    prescription: dict[str, Any] | None
    patient_id: UUID | None
    patient_number: str
    account_number: str
    ship_to: str
    entered_for_practice: bool
    promised_at: datetime | None
    rules_version: str
    price: Money | None
    price_lines: tuple[PriceLine, ...]
    findings: tuple[Finding, ...]
    sent_at: datetime | None
    next_try_at: datetime | None
    last_error: str
    attempts: int
    carrier: str
    tracking_number: str
    station: str
    lims_sequence: int
    corrects: UUID | None
    corrected_by: UUID | None
    version: int
    may_cancel: bool
    may_correct: bool
    may_resend: bool
    may_duplicate: bool


class JobCard(Value):
    """An order as the lab's floor needs it: what is made, for which practice, and where its job is. No patient.

    `stood` is the status a held or failed job came from, with the job's sequence and time of it.
    """

    order_id: UUID
    practice_id: UUID
    practice_name: str
    number: str
    lens: str
    urgency: str
    frame_to_come: bool
    job_id: str
    job_status: JobStatus
    lims_sequence: int
    lims_at: datetime
    station: str
    queue_position: int | None
    due_at: datetime | None
    promised_at: datetime | None
    sent_at: datetime | None
    reason: str
    carrier: str
    tracking_number: str
    stood: JobStatus | None = None
    stood_sequence: int = 0
    stood_at: datetime | None = None


class Shipment(Value):
    """An order that has left the lab, as its invoice needs it. No patient."""

    order_id: UUID
    number: str
    practice_id: UUID
    practice_name: str
    account_number: str
    reference: str  # the practice's own
    lens: str
    shipped_at: datetime
    price: Money | None
    price_lines: tuple[PriceLine, ...]


class OrderPage(Value):
    """One page of a list and the way to the next; cursors are opaque."""

    rows: tuple[OrderRow, ...]
    next_cursor: str | None = None


class ListView(StrEnum):
    """The saved views of an orders list."""

    ALL = "all"
    ATTENTION = "attention"
    DRAFTS = "drafts"
    WAITING = "waiting"
    IN_PRODUCTION = "in_production"
    QUALITY_CHECK = "quality_check"
    SHIPPED = "shipped"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Counts(Value):
    """How many orders stand in each view, for those who ask."""

    by_view: dict[ListView, int]
    late: int
    due_today: int

    def of(self, view: ListView) -> int:
        """The number of one view."""
        return self.by_view.get(view, 0)


class Waiting(Value):
    """How many orders wait for the lab, since when, and when the next will be tried; for the banner."""

    count: int
    since: datetime | None
    next_try_at: datetime | None
