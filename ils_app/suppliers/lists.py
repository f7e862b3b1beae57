"""Suppliers as a list and on their own, and who of them can sign in."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.search import prefix_query
from ils_app.suppliers.models import ContactRow, PurchaseOrderRow, SupplierRow
from ils_app.suppliers.records import contacts_of, find_supplier
from ils_app.suppliers.room import room
from ils_app.suppliers.schemas import (
    Named,
    SupplierCounts,
    SupplierLine,
    SuppliersPage,
    SupplierUser,
    SupplierView,
)
from ils_app.suppliers.views import supplier_view
from ils_app.suppliers.words import PurchaseOrderStatus as S

PAGE_ROWS = 25
LARGEST_PAGE = 100
OPEN = (S.SENT, S.ACKNOWLEDGED, S.IN_TRANSIT)


@door("suppliers.manage")
async def suppliers_page(
    actor: Actor, *, text: str = "", active: bool | None = None, page: int = 1, size: int = PAGE_ROWS
) -> SuppliersPage:
    """Suppliers by name, a page at a time; `text` looks in names, account numbers, contacts and emails."""
    page, size = max(page, 1), min(max(size, 1), LARGEST_PAGE)
    query: Any = select(SupplierRow)
    if active is not None:
        query = query.where(col(SupplierRow.active) == active)
    if asked := prefix_query(text):
        query = query.where(col(SupplierRow.search_vector).op("@@")(func.to_tsquery("simple", asked)))
    async with room.read() as session:
        total = await session.scalar(select(func.count()).select_from(query.subquery()))
        ordered = query.order_by(col(SupplierRow.name_key), col(SupplierRow.id))
        rows = list((await session.execute(ordered.limit(size).offset((page - 1) * size))).scalars())
        ids = [row.id for row in rows]
        desks_query: Any = select(ContactRow).where(col(ContactRow.supplier_id).in_(ids), col(ContactRow.gets_orders))
        desks = {desk.supplier_id: desk for desk in (await session.execute(desks_query)).scalars()}
        open_query = (
            select(col(PurchaseOrderRow.supplier_id), func.count())
            .where(col(PurchaseOrderRow.supplier_id).in_(ids), col(PurchaseOrderRow.status).in_(OPEN))
            .group_by(col(PurchaseOrderRow.supplier_id))
        )
        under_way = {row[0]: row[1] for row in (await session.execute(open_query)).all()}
    lines = tuple(_line(row, desks.get(row.id), under_way.get(row.id, 0)) for row in rows)
    return SuppliersPage(rows=lines, total=total or 0, page=page, size=size)


@door("suppliers.manage")
async def supplier_counts(actor: Actor) -> SupplierCounts:
    """How many suppliers are active, and how many are not."""
    query = select(col(SupplierRow.active), func.count()).group_by(col(SupplierRow.active))
    async with room.read() as session:
        found = {row[0]: row[1] for row in (await session.execute(query)).all()}
    return SupplierCounts(active=found.get(True, 0), inactive=found.get(False, 0))


@door("suppliers.manage")
async def supplier(actor: Actor, supplier_id: UUID) -> SupplierView:
    """One supplier. Raises NoSuchSupplier."""
    async with room.read() as session:
        row = await find_supplier(session, supplier_id)
        return supplier_view(row, await contacts_of(session, supplier_id))


@door("suppliers.manage")
async def supplier_users(actor: Actor, supplier_id: UUID) -> list[SupplierUser]:
    """Who of a supplier's people can sign in, by name. Raises NoSuchSupplier."""
    async with room.read() as session:
        await find_supplier(session, supplier_id)
    reached = await auth.recipients(organisation_id=supplier_id, roles=(Role.SUPPLIER,))
    return [SupplierUser(user_id=one.user_id, name=one.name, email=one.email) for one in reached]


@door("suppliers.manage")
async def suppliers_to_choose(actor: Actor) -> list[Named]:
    """The suppliers that can be ordered from, by name."""
    query: Any = select(SupplierRow).where(col(SupplierRow.active)).order_by(col(SupplierRow.name_key))
    async with room.read() as session:
        return [Named(id=row.id, name=row.name) for row in (await session.execute(query)).scalars()]


@internal
async def supplier_is_there(supplier_id: UUID) -> bool:
    """Whether a supplier stands for this organisation."""
    async with room.read() as session:
        return await session.get(SupplierRow, supplier_id) is not None


def _line(row: SupplierRow, desk: ContactRow | None, open_orders: int) -> SupplierLine:
    return SupplierLine(
        id=row.id, name=row.name, active=row.active, account_number=row.account_number,
        contact=desk.name if desk else "", email=desk.email if desk else row.email,
        lead_time_days=row.lead_time_days, currency=row.currency, open_orders=open_orders, changed_at=row.changed_at,
    )  # fmt: skip
