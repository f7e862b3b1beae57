"""Shipped orders that have no invoice yet: what they wait for, and what the lab does about it."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.billing.errors import NotWaiting
from ils_app.billing.events import ClosedWithoutInvoice
from ils_app.billing.issuing import issue_for_order
from ils_app.billing.models import WaitingRow
from ils_app.billing.room import room, topics
from ils_app.billing.schemas import Value, WaitingOrder, WaitsFor
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Conflict, Invalid
from ils_app.kernel.permissions import door, internal
from ils_app.orders.service import PriceLine

MOST_SHOWN = 200
LONGEST_REASON = 300
STILL = {
    WaitsFor.PRICE: "The LIMS has still given no price for it.",
    WaitsFor.TAX_RATE: "There is no rate of tax for it on the day it left.",
    WaitsFor.LAB: "There is no lab in ILS whose invoice it could be.",
}


class PriceDraft(Value):
    """One line of a price the lab enters where the LIMS gave none, before tax, in minor units."""

    what: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    minor: Annotated[int, Field(gt=0, le=100_000_000)]


@door("invoices.issue")
async def waiting_orders(actor: Actor) -> tuple[WaitingOrder, ...]:
    """Shipped orders that wait to be invoiced, the longest waiting first; at most two hundred."""
    query: Any = select(WaitingRow).where(col(WaitingRow.closed_at).is_(None)).order_by(col(WaitingRow.since))
    async with room.read() as session:
        rows = (await session.execute(query.limit(MOST_SHOWN))).scalars()
        return tuple(WaitingOrder.model_validate(row.model_dump()) for row in rows)


@door("invoices.issue")
async def waiting_count(actor: Actor) -> int:
    """How many shipped orders wait to be invoiced."""
    query = select(func.count()).select_from(WaitingRow).where(col(WaitingRow.closed_at).is_(None))
    async with room.read() as session:
        return int((await session.execute(query)).scalar_one())


@door("invoices.issue")
async def try_again(actor: Actor, order_id: UUID) -> UUID:
    """Invoice a waiting order if that can be done by now. Raises NotWaiting; Conflict with what is still missing."""
    return await _issued(order_id, ())


@door("invoices.issue")
async def price_order(actor: Actor, order_id: UUID, lines: Sequence[PriceDraft]) -> UUID:
    """Invoice a waiting order at the price the lab enters. Raises NotWaiting, Invalid, Conflict.

    Only for an order the LIMS gave no price: what the LIMS charges is never overruled here, and where it gave its
    price in the meantime, that is what the invoice says.
    """
    if not 1 <= len(lines) <= 20:
        raise Invalid("Enter what is charged, in one line at least.", fields={"what": "What is charged?"})
    waiting = await _waiting(order_id)
    if waiting.waits_for is not WaitsFor.PRICE:
        raise Conflict("The LIMS gave this order a price.")
    return await _issued(order_id, tuple(PriceLine(what=line.what, minor=line.minor) for line in lines))


@door("invoices.issue")
async def close_without_invoice(actor: Actor, order_id: UUID, reason: str) -> None:
    """Close a waiting order: nothing is charged for it. Raises NotWaiting; Invalid without a reason."""
    why = " ".join(reason.split())[:LONGEST_REASON]
    if not why:
        raise Invalid("Say why nothing is charged.", fields={"reason": "Say why."})
    async with room.unit_of_work() as uow:
        row = await _open(uow.session, order_id)
        row.closed_at, row.closed_by, row.closed_reason = now(), actor.name, why
        uow.emit(ClosedWithoutInvoice(order_id=order_id, practice_id=row.practice_id))
        uow.publish(*topics(order_id, row.practice_id))


@internal
async def retry_waiting() -> int:
    """Invoice what can be invoiced by now, at a price too that the LIMS gave late; says how much that was."""
    query: Any = select(col(WaitingRow.order_id)).where(col(WaitingRow.closed_at).is_(None))
    async with room.read() as session:
        ids = list((await session.execute(query.order_by(col(WaitingRow.shipped_on)))).scalars())
    return sum([await issue_for_order(order_id) is not None for order_id in ids])


async def _issued(order_id: UUID, lines: Sequence[PriceLine]) -> UUID:
    await _waiting(order_id)
    invoice_id = await issue_for_order(order_id, priced=lines)
    if invoice_id is None:
        raise Conflict(STILL[(await _waiting(order_id)).waits_for])
    return invoice_id


async def _waiting(order_id: UUID) -> WaitingRow:
    async with room.read() as session:
        return await _open(session, order_id, for_update=False)


async def _open(session: AsyncSession, order_id: UUID, *, for_update: bool = True) -> WaitingRow:
    row = await session.get(WaitingRow, order_id, with_for_update=for_update)
    if row is None or row.closed_at is not None:
        raise NotWaiting
    return row
