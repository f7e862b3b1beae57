"""Finding a purchase order for whoever asks, and writing down what happened to it; private to the room."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel.actor import Actor, Role, Scope
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.room import UnitOfWork
from ils_app.kernel.search import folded
from ils_app.suppliers.errors import NoSuchPurchaseOrder
from ils_app.suppliers.events import PurchaseOrderMoved
from ils_app.suppliers.models import (
    LineRow,
    PurchaseOrderRow,
    ReceiptLineRow,
    ReceiptRow,
    ShipmentRow,
    SupplierRow,
    TimelineRow,
)
from ils_app.suppliers.moves import Act, Aside
from ils_app.suppliers.order_views import Parts
from ils_app.suppliers.records import SUPPLIERS
from ils_app.suppliers.room import room
from ils_app.suppliers.words import PurchaseOrderStatus

NUMBER_PREFIX = "PO"
ILS = "ILS"
PURCHASE_ORDERS = "purchase-orders"
"""The topic of the lab's list of purchase orders."""


def order_topic(order_id: UUID) -> str:
    """The topic of one order's page."""
    return f"purchase-order:{order_id}"


def supplier_orders_topic(supplier_id: UUID) -> str:
    """The topic of a supplier's own list."""
    return f"purchase-orders:supplier:{supplier_id}"


async def find_order(session: AsyncSession, order_id: UUID, *, for_update: bool = False) -> PurchaseOrderRow:
    """The order, locked when asked. Raises NoSuchPurchaseOrder."""
    order = await session.get(PurchaseOrderRow, order_id, with_for_update=for_update)
    if order is None:
        raise NoSuchPurchaseOrder
    return order


async def find_order_for(
    session: AsyncSession, actor: Actor, row: str, order_id: UUID, *, for_update: bool = False
) -> PurchaseOrderRow:
    """The order if this person's row reaches it, NoSuchPurchaseOrder otherwise. A supplier sees what was sent to it."""
    order = await find_order(session, order_id, for_update=for_update)
    never_sent = actor.scope(row) is Scope.OWN and order.sent_at is None
    if never_sent or not actor.may(row, practice_id=order.supplier_id):
        raise NoSuchPurchaseOrder
    return order


async def parts_of(session: AsyncSession, order_id: UUID) -> Parts:
    """Lines in their order, shipments and receipts newest first."""

    async def all_of(query: Any) -> list[Any]:
        return list((await session.execute(query)).scalars())

    receipts = await all_of(
        select(ReceiptRow).where(col(ReceiptRow.order_id) == order_id).order_by(col(ReceiptRow.at).desc())
    )
    return Parts(
        lines=await lines_of(session, order_id),
        shipments=await all_of(
            select(ShipmentRow).where(col(ShipmentRow.order_id) == order_id).order_by(col(ShipmentRow.at).desc())
        ),
        receipts=receipts,
        counted=await all_of(
            select(ReceiptLineRow).where(col(ReceiptLineRow.receipt_id).in_([one.id for one in receipts]))
        ),
    )


async def lines_of(session: AsyncSession, order_id: UUID) -> list[LineRow]:
    """The lines of an order that was sent, in their order."""
    query: Any = select(LineRow).where(col(LineRow.order_id) == order_id).order_by(col(LineRow.position))
    return list((await session.execute(query)).scalars())


async def note(
    uow: UnitOfWork,
    order: PurchaseOrderRow,
    by: Actor | None,
    act: Act | Aside,
    what: str,
    *,
    to: PurchaseOrderStatus | None = None,
    why: str = "",
    inside: bool = False,
) -> None:
    """Move the order, write the line of its timeline, record the fact, tell open pages. `inside`: the lab's business.

    `by` is None when the system did it.
    """
    old, new = order.status, to or order.status
    order.status, order.version, order.changed_at = new, order.version + 1, now()
    moved = old is not new
    line = TimelineRow(
        order_id=order.id, who=who_of(by, order), what=what, old=old if moved else None, new=new if moved else None,
        why=why, inside=inside,
    )  # fmt: skip
    uow.session.add(line)
    await uow.session.flush()
    assert line.id is not None
    uow.emit(
        PurchaseOrderMoved(
            purchase_order_id=order.id, supplier_id=order.supplier_id, number=order.number, old=old.value,
            new=new.value, act=act.value, moved_id=line.id, by_supplier=by is not None and by.role is Role.SUPPLIER,
        )
    )  # fmt: skip
    publish(uow, order)


def who_of(by: Actor | None, order: PurchaseOrderRow) -> str:
    """Who stands on the timeline; of the supplier's people also where they work."""
    if by is None:
        return ILS
    return f"{by.name}, {order.supplier_name}" if by.role is Role.SUPPLIER else by.name


def publish(uow: UnitOfWork, order: PurchaseOrderRow) -> None:
    """Tell the pages that show this order, its supplier's lists, and the lab's."""
    uow.publish(
        order_topic(order.id), PURCHASE_ORDERS, supplier_orders_topic(order.supplier_id), SUPPLIERS,
        f"supplier:{order.supplier_id}",
    )  # fmt: skip


def remember_words(order: PurchaseOrderRow, words: Iterable[str]) -> None:
    """Refresh what the order is found by: its own words, and those of its lines and parcels."""
    own = (order.number, order.supplier_name, order.reference, order.supplier_reference)
    order.search = " ".join(dict.fromkeys(folded(" ".join((*own, *words))).split()))[:20_000]


def describe_supplier(order: PurchaseOrderRow, supplier: SupplierRow) -> None:
    """Take over from the supplier what the order is made with."""
    order.supplier_id = supplier.id
    order.currency, order.tax_treatment = supplier.currency, supplier.tax_treatment
    address_supplier(order, supplier)


def address_supplier(order: PurchaseOrderRow, supplier: SupplierRow) -> None:
    """Take over from the supplier what it is called and where it is; what the order comes to stays."""
    order.supplier_name, order.account_number = supplier.name, supplier.account_number
    order.payment_days = supplier.payment_days
    order.supplier_address = [line for line in (*supplier.address_lines, supplier.postcode, supplier.country) if line]


async def next_number(today: Callable[[], date] = today_in_lab) -> str:
    """The next number, `PO-2026-000001`: restarts with the calendar year in the lab's zone, may leave gaps.

    Drawn outside the order's own transaction, so that orders begun at once do not wait for each other.
    """
    year = today().year
    async with room.unit_of_work() as uow:
        try:
            async with uow.session.begin_nested():
                value = await _draw(uow.session, year)
        except ProgrammingError:  # the first of the year makes the year's sequence
            await uow.session.execute(text("SELECT pg_advisory_xact_lock(7215013)"))
            await uow.session.execute(text(f"CREATE SEQUENCE IF NOT EXISTS suppliers.number_{year:d}"))
            value = await _draw(uow.session, year)
    return f"{NUMBER_PREFIX}-{year}-{value:06d}"


async def _draw(session: AsyncSession, year: int) -> int:
    return int((await session.execute(text(f"SELECT nextval('suppliers.number_{year:d}')"))).scalar_one())
