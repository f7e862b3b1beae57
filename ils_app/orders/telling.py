"""What the people of a practice are told of their orders: received, on hold and why, refused, shipped; each move once.

A mail travels far, so it names the order and nothing else: no patient, no reference, no prescription.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel import clock
from ils_app.kernel.jobs import heard_fact
from ils_app.kernel.roles import Role
from ils_app.kernel.search import folded
from ils_app.notifications import service as notifications
from ils_app.orders.events import OrderMoved
from ils_app.orders.models import Order, TimelineRow
from ils_app.orders.records import find, room
from ils_app.orders.schemas import OrderStatus
from ils_app.settings.schemas import NotificationKind
from lims_client.models import JobStatus

NEWS: Final = timedelta(days=2)
"""What happened longer ago is on the order's page, and no news."""

ON_THE_PAGE: Final = "The reason is on the order's page."


async def received(order_id: UUID) -> None:
    """The lab has made a job of it."""
    async with room.read() as session:
        order = await find(session, order_id)
    promise = f" and promises it for {_day(order.promised_at)}" if order.promised_at else ""
    title, text = f"{order.number}: order received", f"The lab has taken the order{promise}."
    await _tell(order, f"order-received:{order.id}", NotificationKind.ORDER_RECEIVED, title, text)


async def refused(order_id: UUID) -> None:
    """The lab cannot make it as ordered."""
    async with room.read() as session:
        order = await find(session, order_id)
    why = "The lab cannot make it as ordered. What is to be changed is on the order's page, with a button that opens it"
    title, text = f"{order.number} cannot be made as ordered", f"{why} as a corrected draft."
    await _tell(order, f"order-refused:{order.id}", NotificationKind.ORDER_ON_HOLD, title, text)


async def moved(fact: OrderMoved) -> None:
    """The order was put on hold, or for another reason than it was held for; or its parcel has left."""
    shipped = fact.new == OrderStatus.SHIPPED and fact.old != OrderStatus.SHIPPED
    if not shipped and fact.new != OrderStatus.ON_HOLD:
        return
    async with room.read() as session:
        order = await find(session, fact.order_id)
        line = await _line(session, fact.order_id, fact.place)
        at = line.at if line is not None else order.lims_at
        if at is None or at < clock.now() - NEWS:
            return
        why = line.why if line is not None else order.reason
        again = fact.old == OrderStatus.ON_HOLD and why == await _held_for(session, fact)
    if shipped:
        await _shipped(order, fact)
    elif not again:
        await _held(order, fact, why)


async def _held(order: Order, fact: OrderMoved, why: str) -> None:
    failed = fact.job_status == JobStatus.FAILED
    title = f"{order.number} failed at the lab" if failed else f"{order.number} is on hold"
    said = "The lab gave no reason." if not why else ON_THE_PAGE if _names(order, why) else f"The lab says: {why}"
    text = f"{said}\n\nThe order's page says what is needed, and by whom."
    await _tell(order, f"order-on-hold:{order.id}:{_move(fact)}", NotificationKind.ORDER_ON_HOLD, title, text)


async def _shipped(order: Order, fact: OrderMoved) -> None:
    parcel = ", tracking number ".join(part for part in (order.carrier, order.tracking_number) if part)
    text = f"It is on its way: {parcel}." if parcel and not _names(order, parcel) else "It is on its way."
    title = f"{order.number} has been shipped"
    await _tell(order, f"order-shipped:{order.id}:{_move(fact)}", NotificationKind.ORDER_SHIPPED, title, text)


async def _tell(order: Order, key: str, kind: NotificationKind, title: str, text: str) -> None:
    await notifications.tell(
        key=key, kind=kind, title=title, text=text, href=f"/orders/{order.id}", organisation_id=order.practice_id,
        roles=[Role.ECP],
    )  # fmt: skip


def _move(fact: OrderMoved) -> str:
    """What tells this move from every other: its place, or without one the number of the fact."""
    return str(fact.place) if fact.place is not None else f"fact-{heard_fact()}"


async def _line(session: AsyncSession, order_id: UUID, place: int | None) -> TimelineRow | None:
    """The line of the timeline that a move wrote."""
    wanted = select(TimelineRow).where(col(TimelineRow.order_id) == order_id, col(TimelineRow.lims_sequence) == place)
    return None if place is None else (await session.execute(wanted)).scalar_one_or_none()


async def _held_for(session: AsyncSession, fact: OrderMoved) -> str | None:
    """Why it was held until this move; None when no line says so."""
    wanted = (
        select(col(TimelineRow.why))
        .where(
            col(TimelineRow.order_id) == fact.order_id,
            col(TimelineRow.new) == OrderStatus.ON_HOLD,
            col(TimelineRow.lims_sequence) < fact.place,
        )
        .order_by(col(TimelineRow.lims_sequence).desc())
        .limit(1)
    )
    return None if fact.place is None else (await session.execute(wanted)).scalar_one_or_none()


def _names(order: Order, words: str) -> bool:
    """Whether what somebody at the lab wrote holds a part of the patient's name, their number, or the reference.

    It is left out then: better one word too few in a mail than a name.
    """
    said = f" {folded(words)} "
    parts = [*folded(order.patient_name).split(), folded(order.patient_number), folded(order.reference)]
    return any(f" {part} " in said for part in parts if len(part) > 1)


def _day(moment: datetime) -> str:
    local = moment.astimezone(clock.lab_zone())
    return f"{local:%A} {local.day} {local:%B %Y}"
