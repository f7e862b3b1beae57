"""The inbox: every webhook delivery kept exactly once, as it came, with what became of it.

A route proves a delivery, keeps it and answers; a durable job works it. What could not be matched stays here, shown to
the engineer, and can be replayed.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field

from ils_app.kernel import database, jobs, live, log, metrics
from ils_app.kernel.clock import now
from ils_app.kernel.columns import check_words, word_column
from ils_app.kernel.errors import NotFound
from ils_app.kernel.events import KernelBase
from ils_app.kernel.room import Room, UnitOfWork

TOPIC = "deliveries"
MAX_BODY_BYTES = 256 * 1024
AGAIN = " Worked again: "
REPLAYED = "replayed"
KEEP = """
WITH kept AS (
    INSERT INTO kernel.inbox (id, source, delivery_id, subject, body, received_at, state, outcome, attempts,
                              request_id)
    VALUES (%(id)s, %(source)s, %(delivery_id)s, %(subject)s, %(body)s, %(at)s, 'waiting', '', 0, %(request_id)s)
    ON CONFLICT DO NOTHING RETURNING id
), added AS (
    SELECT procrastinate_defer_jobs_v1(ARRAY[
        ROW('default', %(task)s, 0, %(lock)s, NULL, %(args)s::jsonb, NULL)::procrastinate_job_to_defer_v1]) FROM kept
), noted AS (
    SELECT pg_notify(%(channel)s, %(note)s) FROM kept WHERE %(note)s::text IS NOT NULL
)
SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM added), (SELECT count(*) FROM noted)"""

_room = Room("kernel")


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    APPLIED = "applied"
    REPEATED = "repeated"  # older than, or the same as, what is already known
    UNMATCHED = "unmatched"  # names a job ILS does not know (yet)
    FAILED = "failed"


class InboxRow(KernelBase, table=True):
    """One delivery. The body holds ids and words of the lab, never a patient's name."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "delivery_id"),
        Index("ix_inbox_received_at_id", "received_at", "id"),
        Index("ix_inbox_state_subject", "state", "subject"),
        Index("ix_inbox_request_id", "request_id", postgresql_where=text("request_id IS NOT NULL")),
        check_words("state", DeliveryState),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    source: str = Field(sa_type=Text)
    delivery_id: str = Field(sa_type=Text)
    subject: str = Field(default="", sa_type=Text)  # the LIMS's job id or rules version, for matching later
    body: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = Field(default_factory=now)
    state: DeliveryState = Field(
        default=DeliveryState.WAITING,
        sa_column=word_column("state", DeliveryState, default=DeliveryState.WAITING),
    )
    outcome: str = Field(default="", sa_type=Text)
    attempts: int = 0
    worked_at: datetime | None = None
    request_id: str | None = Field(default=None, sa_type=Text)  # as the sender gave it: of what its word comes from


@dataclass(frozen=True, slots=True)
class Delivery:
    """A proven delivery on its way into the inbox. `task` is the job that will work it, in order per `subject`."""

    source: str
    delivery_id: str
    subject: str
    body: bytes
    task: str


class DeliveryView(BaseModel):
    """A delivery as the engineer sees it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    source: str
    delivery_id: str
    subject: str
    body: str
    received_at: datetime
    state: DeliveryState
    outcome: str
    attempts: int
    worked_at: datetime | None
    request_id: str


async def keep(delivery: Delivery) -> bool:
    """Keep a delivery and enqueue its work; False when it was kept before, and then nothing is done.

    The row, its job and its note are one statement and one commit: the LIMS may say a great deal at once.
    """
    row_id = uuid4()
    values = {
        "id": row_id, "source": delivery.source, "delivery_id": delivery.delivery_id, "subject": delivery.subject,
        "body": delivery.body, "at": now(), "task": delivery.task, "lock": f"{delivery.source}:{delivery.subject}",
        "args": json.dumps(jobs.for_this_request({"inbox_id": str(row_id)})), "request_id": log.request_id(),
        "channel": live.CHANNEL, "note": live.note([TOPIC]),
    }  # fmt: skip
    fresh = bool((await database.at_once(KEEP, values))[0])
    if fresh:
        await live.spread([TOPIC])
    return fresh


async def find(session: AsyncSession, inbox_id: UUID) -> InboxRow | None:
    """The delivery, locked until the caller's transaction ends; None when there is no such delivery."""
    return await session.get(InboxRow, inbox_id, with_for_update=True)


async def take(session: AsyncSession, inbox_id: UUID) -> InboxRow:
    """The delivery to work, locked until the caller's transaction ends. Raises NotFound."""
    row = await _held(session, inbox_id)
    row.attempts += 1
    return row


def close(uow: UnitOfWork, row: InboxRow, state: DeliveryState, outcome: str) -> None:
    """Write what became of a delivery, with the change it made.

    What was applied once stays applied: working it again only adds what came of that.
    """
    moment = now()
    if row.state is DeliveryState.WAITING and row.outcome != REPLAYED:  # else its age says nothing about the work
        seconds = (moment - row.received_at).total_seconds()
        metrics.WEBHOOK_SECONDS.labels(row.source, state.value).observe(seconds)
    if row.state is DeliveryState.APPLIED and state is not DeliveryState.APPLIED:
        row.outcome = _with_again(row, "known already." if state is DeliveryState.REPEATED else outcome)
    else:
        row.state, row.outcome = state, outcome
    row.worked_at = moment
    uow.publish(TOPIC)


async def unmatched(session: AsyncSession, source: str, subject: str) -> list[UUID]:
    """Deliveries that named `subject` before anybody knew it, oldest first."""
    rows = await session.execute(
        select(InboxRow.id)  # type: ignore[call-overload]
        .where(InboxRow.source == source, InboxRow.subject == subject, InboxRow.state == DeliveryState.UNMATCHED)
        .order_by(InboxRow.received_at)
    )
    return list(rows.scalars())


WEEK: Final = timedelta(days=7)
"""How far back deliveries are counted."""


async def deliveries(
    *,
    state: DeliveryState | None = None,
    source: str | None = None,
    request_id: str | None = None,
    within: timedelta | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[DeliveryView]:
    """The newest deliveries first, a page at a time; `before` is the last row's time and id of the page above.

    `within` leaves out what was received longer ago.
    """
    query: Any = select(InboxRow).order_by(InboxRow.received_at.desc(), InboxRow.id.desc()).limit(limit)  # type: ignore[attr-defined]
    if state is not None:
        query = query.where(InboxRow.state == state)
    if source is not None:
        query = query.where(InboxRow.source == source)
    if request_id is not None:
        query = query.where(InboxRow.request_id == request_id)
    if within is not None:
        query = query.where(InboxRow.received_at > now() - within)
    if before is not None:
        query = query.where(func.row(InboxRow.received_at, InboxRow.id) < func.row(*before))
    async with _room.read() as session:
        return [_view(row) for row in (await session.execute(query)).scalars()]


async def delivery(inbox_id: UUID) -> DeliveryView:
    """One delivery. Raises NotFound."""
    async with _room.read() as session:
        row = await session.get(InboxRow, inbox_id)
        if row is None:
            raise NotFound
        return _view(row)


async def counts(*, within: timedelta = WEEK) -> dict[DeliveryState, int]:
    """How many deliveries of the last days are in each state."""
    query = (
        select(InboxRow.state, func.count())  # type: ignore[call-overload]
        .where(InboxRow.received_at > now() - within)
        .group_by(InboxRow.state)
    )
    async with _room.read() as session:
        return {row[0]: row[1] for row in await session.execute(query)}


async def replay(inbox_id: UUID, tasks: dict[str, str]) -> DeliveryView:
    """Work a delivery again; a repeat changes nothing that is already true. `tasks` names each source's job.

    The try is counted when it is worked. One that was applied keeps saying so meanwhile.
    """
    async with _room.unit_of_work() as uow:
        row = await _held(uow.session, inbox_id)
        if row.state is DeliveryState.APPLIED:
            row.outcome = _with_again(row, "waits for its turn.")
        else:
            row.state, row.outcome = DeliveryState.WAITING, REPLAYED
        await uow.enqueue(tasks[row.source], lock=f"{row.source}:{row.subject}", inbox_id=str(row.id))
        uow.publish(TOPIC)
        return _view(row)


async def _held(session: AsyncSession, inbox_id: UUID) -> InboxRow:
    row = await find(session, inbox_id)
    if row is None:
        raise NotFound
    return row


def _with_again(row: InboxRow, said: str) -> str:
    return f"{row.outcome.partition(AGAIN)[0]}{AGAIN}{said}"


def _view(row: InboxRow) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        source=row.source,
        delivery_id=row.delivery_id,
        subject=row.subject,
        body=row.body.decode("utf-8", "replace"),
        received_at=row.received_at,
        state=row.state,
        outcome=row.outcome,
        attempts=row.attempts,
        worked_at=row.worked_at,
        request_id=row.request_id or "",
    )


__all__ = [
    "MAX_BODY_BYTES",
    "TOPIC",
    "Delivery",
    "DeliveryState",
    "DeliveryView",
    "InboxRow",
    "close",
    "counts",
    "deliveries",
    "delivery",
    "find",
    "keep",
    "replay",
    "take",
    "unmatched",
]
