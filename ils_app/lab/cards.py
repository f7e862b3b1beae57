"""Keeping the cards: what orders says of a job becomes its card, whatever order it is heard in and however often."""

import unicodedata
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, select, text
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
from lims_client.models import JobStatus

room = Room("lab")
TOPIC = "board"


@internal
async def take_card(order_id: UUID) -> bool:
    """Read an order again and bring its card up to that; nothing happens while it has no job. True if it changed."""
    job = await orders.job_card(order_id)
    return job is not None and await put_card(job)


@internal
async def put_card(job: JobCard) -> bool:
    """Take one reading of an order. A reading older than what stands only adds its step. True if the card changed."""
    async with room.unit_of_work() as uow:
        row = await _own_row(uow, job)
        before = row.model_dump()
        await _keep_steps(uow.session, job)
        _stand(row, await _steps(uow.session, job.order_id))
        if (job.lims_sequence, job.lims_at) >= (row.lims_sequence, row.lims_at or job.lims_at):
            _take(row, job)
        changed = row.model_dump() != before
        if changed:
            uow.publish(TOPIC)
    return changed


async def _own_row(uow: UnitOfWork, job: JobCard) -> CardRow:
    """The card, locked; born with a tray when the job is new. Two that meet here make one card."""
    row = await uow.session.get(CardRow, job.order_id, with_for_update=True)
    if row is not None:
        return row
    drawn = int((await uow.session.execute(text("SELECT nextval('lab.tray')"))).scalar_one())
    born: dict[str, Any] = CardRow(
        order_id=job.order_id, practice_id=job.practice_id, tray=tray_number(drawn), job_status=job.job_status,
        entered_stage_at=job.lims_at,
    ).model_dump()  # fmt: skip
    made = await uow.session.execute(insert(CardRow).values(born).on_conflict_do_nothing().returning(col(CardRow.tray)))
    if (tray := made.scalar_one_or_none()) is not None:
        uow.emit(TrayGiven(order_id=job.order_id, practice_id=job.practice_id, tray=tray))
    row = await uow.session.get(CardRow, job.order_id, with_for_update=True)
    assert row is not None
    return row


async def _keep_steps(session: AsyncSession, job: JobCard) -> None:
    """Write down this word of the LIMS; for a halted job also where it stood, should we never have been told."""
    told: list[tuple[int, datetime, JobStatus, str]] = [(job.lims_sequence, job.lims_at, job.job_status, job.station)]
    if job.stood is not None and job.stood_at is not None:
        told.append((job.stood_sequence, job.stood_at, job.stood, ""))
    for sequence, at, status, station in told:
        new = insert(StepRow).values(
            order_id=job.order_id, sequence=sequence, at=at, job_status=status, station=station
        )
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
