"""The tables of the orders room and the moves an order may make; private to the room."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, Computed, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.clock import now
from ils_app.kernel.columns import check_words, document, room_metadata, word_column
from ils_app.orders.schemas import OrderStatus
from lims_client.models import JobState, JobStatus


class OrdersBase(SQLModel, registry=registry(metadata=room_metadata("orders"))):
    """Tables of this room and no other."""


BASE = OrdersBase

S = OrderStatus
ORDER_STATUS: Final[dict[JobStatus, OrderStatus]] = {
    JobStatus.QUEUED: S.IN_PRODUCTION,
    JobStatus.IN_PRODUCTION: S.IN_PRODUCTION,
    JobStatus.QUALITY_CHECK: S.QUALITY_CHECK,
    JobStatus.READY_FOR_SHIPPING: S.QUALITY_CHECK,
    JobStatus.SHIPPED: S.SHIPPED,
    JobStatus.COMPLETED: S.COMPLETED,
    JobStatus.FAILED: S.ON_HOLD,
    JobStatus.ON_HOLD: S.ON_HOLD,
    JobStatus.CANCELLED: S.CANCELLED,
}

_ON_THE_FLOOR: Final = {S.IN_PRODUCTION, S.QUALITY_CHECK, S.SHIPPED, S.COMPLETED, S.ON_HOLD, S.CANCELLED}
MOVES: Final[dict[OrderStatus, set[OrderStatus]]] = {
    S.DRAFT: {S.SUBMITTED},
    S.SUBMITTED: _ON_THE_FLOOR,
    S.IN_PRODUCTION: _ON_THE_FLOOR,
    S.QUALITY_CHECK: _ON_THE_FLOOR,  # back to production is rework
    S.ON_HOLD: _ON_THE_FLOOR,  # a released hold goes where the LIMS says
    S.SHIPPED: {S.SHIPPED, S.COMPLETED, S.ON_HOLD},
    S.COMPLETED: {S.COMPLETED},
    S.CANCELLED: {S.CANCELLED},
}
"""Where an order may go next. The LIMS decides which; what is not listed is not taken, and the engineer sees it."""


def _reached(start: OrderStatus) -> set[OrderStatus]:
    found, ahead = set(MOVES[start]), list(MOVES[start])
    while ahead:
        fresh = MOVES[ahead.pop()] - found
        found |= fresh
        ahead.extend(fresh)
    return found


REACHED: Final[dict[OrderStatus, set[OrderStatus]]] = {status: _reached(status) for status in OrderStatus}
"""Where an order may have got to in several moves, when the LIMS's words in between are still on their way."""

_ON_THE_FLOOR_SQL: Final = "status IN ('in_production', 'quality_check')"
_UNFINISHED: Final = "job_id IS NOT NULL AND status NOT IN ('completed', 'cancelled')"


class Order(OrdersBase, table=True):
    """One order, from draft to parcel, with the LIMS's latest word on its job."""

    __tablename__ = "order"
    __table_args__ = (
        check_words("status", OrderStatus),
        check_words("job_status", JobStatus),
        Index("ix_order_practice_placed", "practice_id", "placed_at", "id"),
        Index("ix_order_placed", "placed_at", "id"),
        Index("ix_order_practice_status_placed", "practice_id", "status", "placed_at", "id"),
        Index("ix_order_status_placed", "status", "placed_at", "id"),
        Index("ix_order_attention", "practice_id", "placed_at", "id", postgresql_where=text("attention")),
        Index("ix_order_open_due", "due_at", postgresql_where=text(_ON_THE_FLOOR_SQL)),
        Index("ix_order_heard", "heard_at", postgresql_where=text(_UNFINISHED)),
        Index("ix_order_unsent", "next_try_at", postgresql_where=text("status = 'submitted'")),
        Index("ix_order_cancelling", "id", postgresql_where=text("cancel_requested")),
        Index("ix_order_patient", "patient_id", "placed_at"),
        Index("ix_order_practice_changed", "practice_id", "changed_at"),
        Index("ix_order_practice_due", "practice_id", "due_at", postgresql_where=text(_ON_THE_FLOOR_SQL)),
        Index("ix_order_search_vector", "search_vector", postgresql_using="gin"),
        Index("ix_order_number_prefix", "number", postgresql_ops={"number": "text_pattern_ops"}),
    )  # fmt: skip

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    version: int = 1
    number: str | None = Field(default=None, sa_column=Column("number", Text, unique=True, nullable=True))
    practice_id: UUID
    practice_name: str = Field(sa_type=Text)
    account_number: str = Field(default="", sa_type=Text)
    ship_to: str = Field(default="", sa_type=Text)
    ecp_id: UUID | None = None
    ecp_name: str = Field(default="", sa_type=Text)
    entered_by: UUID | None = None
    entered_for_practice: bool = False

    status: OrderStatus = Field(default=S.DRAFT, sa_column=word_column("status", OrderStatus, default=S.DRAFT))
    cancel_requested: bool = False
    cancel_reason: str = Field(default="", sa_type=Text)
    refused: bool = False
    attention: bool = False
    reason: str = Field(default="", sa_type=Text)

    patient_id: UUID | None = None
    patient_name: str = Field(default="", sa_type=Text)
    patient_number: str = Field(default="", sa_type=Text)
    reference: str = Field(default="", sa_type=Text)
    lens: str = Field(default="", sa_type=Text)
    urgency: str = Field(default="standard", sa_type=Text)
    frame_to_come: bool = False
    draft: dict[str, Any] = Field(default_factory=dict, sa_type=document)  # type: ignore[call-overload]
    configuration: dict[str, Any] | None = Field(default=None, sa_type=document)  # type: ignore[call-overload]
    search: str = Field(default="", sa_type=Text)
    search_vector: Any = Field(
        default=None,
        sa_column=Column("search_vector", TSVECTOR, Computed("to_tsvector('simple', search)", persisted=True)),
    )

    job_id: str | None = Field(default=None, sa_column=Column("job_id", Text, unique=True, nullable=True))
    job_status: JobStatus | None = Field(default=None, sa_column=word_column("job_status", JobStatus, nullable=True))
    lims_sequence: int = 0
    lims_at: datetime | None = None
    station: str = Field(default="", sa_type=Text)
    queue_position: int | None = None
    due_at: datetime | None = None
    promised_at: datetime | None = None
    rules_version: str = Field(default="", sa_type=Text)
    price: dict[str, Any] | None = Field(default=None, sa_type=document)  # type: ignore[call-overload]
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_type=document)  # type: ignore[call-overload]
    carrier: str = Field(default="", sa_type=Text)
    tracking_number: str = Field(default="", sa_type=Text)

    attempts: int = 0
    may_have_arrived: bool = False
    last_error: str = Field(default="", sa_type=Text)
    next_try_at: datetime | None = None
    sent_at: datetime | None = None
    heard_at: datetime | None = None  # when the LIMS last said anything about this job

    corrects: UUID | None = None
    corrected_by: UUID | None = None
    copied_from: UUID | None = None
    placed_at: datetime = Field(default_factory=now)  # when it was begun, and then when it was sent
    changed_at: datetime = Field(default_factory=now)

    @property
    def waiting(self) -> bool:
        """Saved, tried, and the lab has not answered."""
        return self.status is S.SUBMITTED and bool(self.last_error)

    def move(self, new: OrderStatus, *, by_steps_unheard: bool = False) -> bool:
        """Go to another status. True if that is a change; raises ValueError for a move that is not in `MOVES`.

        `by_steps_unheard` allows every status that several moves lead to.
        """
        if new not in (REACHED if by_steps_unheard else MOVES)[self.status]:
            raise ValueError(f"{self.status} → {new} is not a move an order makes")
        changed, self.status, self.changed_at = self.status is not new, new, now()
        return changed

    def is_behind(self, job: JobState) -> bool:
        """True when the LIMS's word is newer than what we hold; by sequence, by time only where that is missing."""
        if job.sequence is not None:
            return job.sequence > self.lims_sequence
        if job.timestamp is not None and self.lims_at is not None:
            return job.timestamp > self.lims_at
        return job.status is not self.job_status

    def _may_have_missed(self, job: JobState) -> bool:
        """True when words of the LIMS may lie between what we hold and this one."""
        return job.timestamp is not None if job.sequence is None else job.sequence > self.lims_sequence + 1

    def receive(self, job: JobState) -> bool:
        """Take the lab's word for where the job is, unless we hold a later one. True if it was taken.

        Raises ValueError for a move the table does not know; nothing has changed then.
        """
        self.heard_at = now()
        if not self.is_behind(job):
            return False
        unbegun = job.status is JobStatus.QUEUED or (job.status is JobStatus.ON_HOLD and self.job_id is None)
        self.move(ORDER_STATUS[job.status], by_steps_unheard=self._may_have_missed(job))
        self.job_id, self.job_status = job.job_id, job.status
        self.lims_sequence = job.sequence if job.sequence is not None else self.lims_sequence
        self.lims_at = job.timestamp or now()
        self.queue_position = job.queue_position if job.status is JobStatus.QUEUED else None
        self.due_at = job.estimated_completion_date or self.due_at
        self.promised_at = self.promised_at or job.estimated_completion_date
        self.rules_version = job.rules_version or self.rules_version
        self.station = job.station or ""
        self.carrier, self.tracking_number = job.carrier or self.carrier, job.tracking_number or self.tracking_number
        if job.price is not None:
            self.price = job.price.to_wire()
        held = job.status in {JobStatus.ON_HOLD, JobStatus.FAILED}
        self.reason = (job.reason or "") if held or job.status is JobStatus.CANCELLED else ""
        self.attention = held
        if not unbegun:
            self.cancel_requested = False
        self.last_error, self.next_try_at = "", None
        return True


class TimelineRow(OrdersBase, table=True):
    """One thing that happened to an order; append-only. A word of the LIMS stands once, whenever it came."""

    __tablename__ = "timeline"
    __table_args__ = (
        UniqueConstraint("order_id", "lims_sequence"),
        Index("ix_timeline_order_at", "order_id", "at", "id"),
        check_words("old", OrderStatus),
        check_words("new", OrderStatus),
        check_words("job_status", JobStatus),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    order_id: UUID
    at: datetime = Field(default_factory=now)
    who: str = Field(sa_type=Text)
    what: str = Field(sa_type=Text)
    old: OrderStatus | None = Field(default=None, sa_column=word_column("old", OrderStatus, nullable=True))
    new: OrderStatus | None = Field(default=None, sa_column=word_column("new", OrderStatus, nullable=True))
    job_status: JobStatus | None = Field(default=None, sa_column=word_column("job_status", JobStatus, nullable=True))
    why: str = Field(default="", sa_type=Text)
    lims_sequence: int | None = Field(default=None, sa_type=BigInteger)
    request_id: str | None = Field(default=None, sa_type=Text)  # of the click or the request it comes from


class TallyRow(OrdersBase, table=True):
    """How many orders of a practice stand in a view; kept by a trigger in the transaction that moves the order."""

    __tablename__ = "tally"

    practice_id: UUID = Field(primary_key=True)
    bucket: str = Field(sa_type=Text, primary_key=True)
    count: int = 0


class KeyRow(OrdersBase, table=True):
    """An `Idempotency-Key` a client of the HTTP API used, and the order it made; without one, the order's own id."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("ix_idempotency_key_order_id", "order_id"),)

    user_id: UUID = Field(primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    fingerprint: str = Field(sa_type=Text)
    order_id: UUID
    at: datetime = Field(default_factory=now)
