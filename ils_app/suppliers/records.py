"""Finding suppliers and telling who shows them; private to the room."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel.clock import now
from ils_app.kernel.room import UnitOfWork
from ils_app.kernel.search import folded
from ils_app.suppliers.errors import NoSuchSupplier
from ils_app.suppliers.events import SupplierChanged
from ils_app.suppliers.models import ContactRow, SupplierRow

SUPPLIERS = "suppliers"
"""The topic of the list of suppliers."""


def supplier_topic(supplier_id: UUID) -> str:
    """The topic of one supplier's page."""
    return f"supplier:{supplier_id}"


async def find_supplier(session: AsyncSession, supplier_id: UUID, *, for_update: bool = False) -> SupplierRow:
    """The supplier, locked when asked. Raises NoSuchSupplier."""
    row = await session.get(SupplierRow, supplier_id, with_for_update=for_update)
    if row is None:
        raise NoSuchSupplier
    return row


async def contacts_of(session: AsyncSession, supplier_id: UUID) -> list[ContactRow]:
    """Who is known at a supplier."""
    query: Any = select(ContactRow).where(col(ContactRow.supplier_id) == supplier_id)
    return list((await session.execute(query)).scalars())


async def changed(uow: UnitOfWork, row: SupplierRow) -> None:
    """Whatever was changed about a supplier: refresh what it is found by, record the fact, tell open pages."""
    await uow.session.flush()
    contacts = await contacts_of(uow.session, row.id)
    words = [row.name, row.account_number, row.email, row.postcode, row.country]
    words += [word for one in contacts for word in (one.name, one.email)]
    row.search, row.name_key = folded(" ".join(words)), folded(row.name)
    row.version, row.changed_at = row.version + 1, now()
    uow.emit(SupplierChanged(supplier_id=row.id, name=row.name, active=row.active))
    uow.publish(SUPPLIERS, supplier_topic(row.id))
