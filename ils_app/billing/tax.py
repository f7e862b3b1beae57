"""The rates of tax: from a day on, by kind of supply; what has begun is never changed, only followed by another."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.billing.errors import NoSuchTaxRate
from ils_app.billing.events import TaxRatesChanged
from ils_app.billing.models import TaxRateRow
from ils_app.billing.room import room
from ils_app.billing.schemas import SupplyKind, TaxRateView, Value
from ils_app.billing.supplies import LABELS
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.errors import Conflict, Invalid
from ils_app.kernel.permissions import door

TOPIC = "tax-rates"


class TaxRateDraft(Value):
    """A rate to be entered; 2000 basis points are 20 %. An exempt supply has no rate."""

    kind: SupplyKind
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    rate_bp: Annotated[int, Field(ge=0, le=10_000)]
    exempt: bool = False
    valid_from: date


@door("tax.manage")
async def tax_rates(actor: Actor) -> tuple[TaxRateView, ...]:
    """Every rate that was ever entered, by kind, the latest first, with until when it holds."""
    query: Any = select(TaxRateRow).order_by(
        col(TaxRateRow.kind), col(TaxRateRow.valid_from).desc(), col(TaxRateRow.entered_at).desc()
    )
    async with room.read() as session:
        rows = list((await session.execute(query)).scalars())
    return tuple(_view(row, rows) for row in rows)


@door("tax.manage")
async def add_tax_rate(actor: Actor, draft: TaxRateDraft) -> TaxRateView:
    """Enter a rate. It begins tomorrow at the earliest, or on any day before the first of its kind.

    What left before the first one could not be invoiced; what left since may have been. Raises Invalid for a day that
    has begun under another rate, or an exempt supply with a rate; Conflict when one begins that day already.
    """
    if draft.exempt and draft.rate_bp:
        raise Invalid("An exempt supply has no rate.", fields={"rate": "Leave it at 0: the supply is exempt."})
    async with room.unit_of_work() as uow:
        standing = select(TaxRateRow).where(col(TaxRateRow.kind) == draft.kind, col(TaxRateRow.withdrawn_at).is_(None))
        known = list((await uow.session.execute(standing.with_for_update())).scalars())
        tomorrow = today_in_lab() + timedelta(days=1)
        if known and min(one.valid_from for one in known) <= draft.valid_from < tomorrow:
            said = f"{LABELS[draft.kind]} has a rate on that day; a new one begins tomorrow at the earliest."
            raise Invalid(said, fields={"valid_from": "Tomorrow at the earliest: what was invoiced stands."})
        values = {**draft.model_dump(), "entered_by": actor.name}
        row = TaxRateRow(**values)
        added: Any = insert(TaxRateRow).values(row.model_dump()).on_conflict_do_nothing().returning(col(TaxRateRow.id))
        if (await uow.session.execute(added)).scalar_one_or_none() is None:
            raise Conflict("A rate of this kind begins on that day already: withdraw it first.")
        uow.emit(TaxRatesChanged(rate_id=row.id))
        uow.publish(TOPIC)
    return _view(row, [*known, row])


@door("tax.manage")
async def withdraw_tax_rate(actor: Actor, rate_id: UUID) -> None:
    """Take out a rate that has not begun. Raises NoSuchTaxRate; Conflict for one that has: enter the next instead."""
    async with room.unit_of_work() as uow:
        row = await uow.session.get(TaxRateRow, rate_id, with_for_update=True)
        if row is None:
            raise NoSuchTaxRate
        if row.withdrawn_at is not None:
            return
        if row.valid_from <= today_in_lab():
            raise Conflict("This rate has begun and stands; enter the rate that follows it.")
        row.withdrawn_at, row.withdrawn_by = now(), actor.name
        uow.emit(TaxRatesChanged(rate_id=row.id))
        uow.publish(TOPIC)


async def rates_on(session: AsyncSession, day: date) -> Mapping[SupplyKind, TaxRateRow]:
    """The rate of each kind of supply that holds on a day; a kind without one is left out."""
    query: Any = (
        select(TaxRateRow)
        .where(col(TaxRateRow.valid_from) <= day, col(TaxRateRow.withdrawn_at).is_(None))
        .order_by(col(TaxRateRow.kind), col(TaxRateRow.valid_from))
    )
    return {row.kind: row for row in (await session.execute(query)).scalars()}


def _view(row: TaxRateRow, rows: list[TaxRateRow]) -> TaxRateView:
    following = [
        one.valid_from
        for one in rows
        if one.kind is row.kind and one.withdrawn_at is None and one.valid_from > row.valid_from
    ]
    until = min(following) - timedelta(days=1) if following else None
    today = today_in_lab()
    return TaxRateView(
        **row.model_dump(),
        valid_until=until,
        current=row.withdrawn_at is None and row.valid_from <= today and (until is None or today <= until),
        may_withdraw=row.withdrawn_at is None and row.valid_from > today,
    )
