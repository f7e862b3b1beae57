"""Keeping the cards: what orders says of a job becomes its card, whatever order it is heard in and however often."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel.permissions import internal
from ils_app.kernel.room import Room, UnitOfWork
from ils_app.lab import floor
from ils_app.lab.events import TrayGiven
from ils_app.lab.models import CardRow, StepRow
from ils_app.lab.trays import tray_number
from ils_app.orders import service as orders
from ils_app.orders.service import JobCard
from lims_client.models import HistoryEntry, JobStatus

room = Room("lab")
TOPIC = "board"


@internal
async def take_card(order_id: UUID, *, history: Sequence[HistoryEntry] = ()) -> bool:
    """Read an order again and bring its card up to that; nothing happens while it has no job. True if it changed.

    `history` is the job's own, where it is at hand: it names the stations nobody told of while they were passed.
    """
    job = await orders.job_card(order_id)
    return job is not None and await put_card(job, history=history)


@internal
async def put_card(job: JobCard, *, history: Sequence[HistoryEntry] = ()) -> bool:
    """Take one reading of an order. A reading older than what stands only adds its step. True if the card changed."""
    async with room.unit_of_work() as uow:
        row = await _own_row(uow, job)
        before = row.model_dump()
        for step in _told(job, history):
            await _keep_step(uow.session, job.order_id, step)
        _stand(row, await _steps(uow.session, job.order_id))
        if (job.lims_sequence, job.lims_at) >= (row.lims_sequence, row.lims_at or job.lims_at):
            _take(row, job)
        changed = row.model_dump() != before
        if changed:
            uow.publish(TOPIC)
    return changed


async def _own_row(uow: UnitOfWork, job: JobCard) -> CardRow:
    """The card, locked; born with a tray when the job is new."""
    row = await uow.session.get(CardRow, job.order_id, with_for_update=True)
    if row is None:
        # Two facts may tell of a new job at the same moment: the second waits here, and finds the card of the first.
        await uow.session.execute(select(func.pg_advisory_xact_lock(job.order_id.int & 0x7FFF_FFFF_FFFF_FFFF)))
        row = await uow.session.get(CardRow, job.order_id, with_for_update=True)
    if row is None:
        drawn = int((await uow.session.execute(text("SELECT nextval('lab.tray')"))).scalar_one())
        row = CardRow(
            order_id=job.order_id, practice_id=job.practice_id, tray=tray_number(drawn), job_status=job.job_status,
            entered_stage_at=job.lims_at,
        )  # fmt: skip
        uow.session.add(row)
        uow.emit(TrayGiven(order_id=job.order_id, practice_id=job.practice_id, tray=row.tray))
    return row


Step = tuple[int, datetime, JobStatus, str]  # the job's sequence, when, what it became, at which station


def _told(job: JobCard, history: Sequence[HistoryEntry]) -> list[Step]:
    """Every word of the LIMS that this reading carries; of a halted job also where it stood before."""
    told: list[Step] = [
        (entry.sequence, entry.timestamp, entry.status, entry.station or "")
        for entry in history
        if entry.sequence is not None and entry.timestamp is not None
    ]
    if job.stood is not None and job.stood_at is not None:
        told.append((job.stood_sequence, job.stood_at, job.stood, ""))
    return [*told, (job.lims_sequence, job.lims_at, job.job_status, job.station)]


async def _keep_step(session: AsyncSession, order_id: UUID, step: Step) -> None:
    """Write one word down once; told again with a station where it had none, it gains the station."""
    sequence, at, status, station = step
    new = insert(StepRow).values(order_id=order_id, sequence=sequence, at=at, job_status=status, station=station)
    known = case((col(StepRow.station) == "", new.excluded.station), else_=col(StepRow.station))
    await session.execute(
        new.on_conflict_do_update(index_elements=["order_id", "sequence", "at"], set_={"station": known})
    )


async def _steps(session: AsyncSession, order_id: UUID) -> list[StepRow]:
    query: Any = (
        select(StepRow).where(col(StepRow.order_id) == order_id).order_by(col(StepRow.sequence), col(StepRow.at))
    )
    return list((await session.execute(query.execution_options(populate_existing=True))).scalars())


def _stand(row: CardRow, steps: list[StepRow]) -> None:
    """Stage, station and since when, as the steps tell it. A halted job stays where it stood; moves within a stage,
    and a hold in it, are one stay."""
    stage, station, since = "queued", "", steps[0].at
    row.shipped_at = None
    for step in steps:
        reached = floor.stage_of(step.job_status, step.station)
        if reached is None:
            continue
        if reached != stage:
            stage, since = reached, step.at
        station = step.station
        if reached == floor.SHIPPED_STAGE:
            row.shipped_at = step.at
    row.stage, row.station, row.entered_stage_at = stage, station, since


def _take(row: CardRow, job: JobCard) -> None:
    """What the latest reading says."""
    row.practice_id, row.practice_name, row.number, row.lens = (
        job.practice_id, job.practice_name, job.number, job.lens,
    )  # fmt: skip
    row.urgency, row.frame_to_come = job.urgency, job.frame_to_come
    row.job_id, row.job_status = job.job_id, job.job_status
    row.lims_sequence, row.lims_at = job.lims_sequence, job.lims_at
    row.queue_position, row.due_at, row.sent_at = job.queue_position, job.due_at, job.sent_at
    row.reason = job.reason if job.job_status in floor.HALTED else ""
    row.carrier, row.tracking_number = job.carrier, job.tracking_number
    row.on_floor = job.job_status not in {floor.SHIPPED, floor.COMPLETED, floor.CANCELLED}
    row.search = searchable(f"{job.number} {row.tray} {job.job_id} {job.practice_name} {job.lens}")


def searchable(words: str) -> str:
    """Lower case without accents, as cards are searched.

    >>> searchable("Château Évry")
    'chateau evry'
    """
    plain = unicodedata.normalize("NFKD", words.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
