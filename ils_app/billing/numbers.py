"""The numbers of invoices and credit notes: gapless for each legal entity, series and year.

The counter's row stays locked until the transaction that bears the number ends, so papers are issued one after the
other; one that comes to nothing gives its number back.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.billing.models import CounterRow

INVOICE = "INV"
CREDIT_NOTE = "CN"


async def locked_counter(session: AsyncSession, entity_id: UUID, series: str, year: int) -> CounterRow:
    """The counter of a series in a year, locked."""
    key = {"entity_id": entity_id, "series": series, "year": year}
    await session.execute(insert(CounterRow).values(**key, last=0).on_conflict_do_nothing())
    query = select(CounterRow).where(*(col(getattr(CounterRow, name)) == value for name, value in key.items()))
    found = await session.execute(query.with_for_update().execution_options(populate_existing=True))
    return found.scalar_one()


def next_number(counter: CounterRow) -> str:
    """Take the next number of a locked counter, `INV-2026-000001`."""
    counter.last += 1
    return f"{counter.series}-{counter.year}-{counter.last:06d}"
