"""Purchase orders as lists: views with true counts, search, pages, export; and one order on its own."""

import csv
import io
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlmodel import col

from ils_app.kernel.actor import Actor, Scope
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import NotFound
from ils_app.kernel.money import Money
from ils_app.kernel.permissions import door
from ils_app.kernel.search import prefix_query
from ils_app.kernel.spreadsheets import as_text
from ils_app.suppliers.models import PurchaseOrderRow, TimelineRow
from ils_app.suppliers.moves import UNDER_WAY
from ils_app.suppliers.order_records import find_order_for
from ils_app.suppliers.order_schemas import (
    Happened,
    OrderList,
    PurchaseOrderCounts,
    PurchaseOrderLine,
    PurchaseOrdersPage,
    PurchaseOrderView,
)
from ils_app.suppliers.order_views import row_of
from ils_app.suppliers.room import room
from ils_app.suppliers.words import PurchaseOrderStatus as S
from ils_app.suppliers.writing import draft_view

PAGE_ROWS = 25
LARGEST_PAGE = 100
EXPORT_ROWS = 10_000
READ = "purchase_orders.read"
STATUS_OF: Final = {
    OrderList.DRAFTS: S.DRAFT,
    OrderList.SENT: S.SENT,
    OrderList.ACKNOWLEDGED: S.ACKNOWLEDGED,
    OrderList.IN_TRANSIT: S.IN_TRANSIT,
    OrderList.DELIVERED: S.DELIVERED,
    OrderList.CANCELLED: S.CANCELLED,
}
HEADINGS: Final = (
    "Number", "Supplier", "Status", "Our reference", "Their reference", "Currency", "Subtotal", "Tax", "Total",
    "Begun", "Sent", "Expected", "Confirmed", "Delivered", "Closed short because",
)  # fmt: skip


@door(READ)
async def purchase_order(actor: Actor, order_id: UUID) -> PurchaseOrderView:
    """One purchase order. Raises NoSuchPurchaseOrder, for another supplier's and for a draft of the lab's too."""
    return await draft_view(actor, order_id)


@door(READ)
async def order_timeline(actor: Actor, order_id: UUID) -> list[Happened]:
    """What happened to an order, newest first; the supplier is not told of the lab's own doings before it was sent."""
    async with room.read() as session:
        await find_order_for(session, actor, READ, order_id)
        query: Any = select(TimelineRow).where(col(TimelineRow.order_id) == order_id)
        if actor.scope(READ) is Scope.OWN:
            query = query.where(~col(TimelineRow.inside))
        rows = (await session.execute(query.order_by(col(TimelineRow.at).desc(), col(TimelineRow.id).desc()))).scalars()
        return [
            Happened(id=row.id, at=row.at, who=row.who, what=row.what, old=row.old, new=row.new, why=row.why)
            for row in rows
        ]


@door(READ)
async def orders_page(
    actor: Actor,
    *,
    view: OrderList = OrderList.ALL,
    text: str = "",
    supplier_id: UUID | None = None,
    late: bool = False,
    unsent: bool = False,
    page: int = 1,
    size: int = PAGE_ROWS,
) -> PurchaseOrdersPage:
    """Purchase orders this person may see, newest first, a page at a time. Raises NotFound for a foreign supplier."""
    page, size = max(page, 1), min(max(size, 1), LARGEST_PAGE)
    query = _asked(actor, view, text, supplier_id, late, unsent)
    async with room.read() as session:
        total = await session.scalar(select(func.count()).select_from(query.subquery()))
        rows = (await session.execute(_newest(query).limit(size).offset((page - 1) * size))).scalars()
        return PurchaseOrdersPage(rows=tuple(map(row_of, rows)), total=total or 0, page=page, size=size)


@door(READ)
async def order_counts(actor: Actor, *, supplier_id: UUID | None = None) -> PurchaseOrderCounts:
    """How many stand in each view, how many are late, and how many drafts' mail came back."""
    query = _reachable(
        select(
            col(PurchaseOrderRow.status),
            func.count(),
            func.count().filter(_due() < today_in_lab(), col(PurchaseOrderRow.status).in_(UNDER_WAY)),
            func.count().filter(col(PurchaseOrderRow.closed_at).is_(None)),
            func.count().filter(_came_back()),
        ),
        actor,
        supplier_id,
    ).group_by(col(PurchaseOrderRow.status))
    async with room.read() as session:
        found = {row[0]: row[1:] for row in (await session.execute(query)).all()}
    by_list = {view: found[status][0] if status in found else 0 for view, status in STATUS_OF.items()}
    by_list[OrderList.ALL] = sum(by_list.values())
    by_list[OrderList.TO_COUNT] = found[S.DELIVERED][2] if S.DELIVERED in found else 0
    return PurchaseOrderCounts(
        by_list=by_list,
        late=sum(one[1] for one in found.values()),
        not_sent=found[S.DRAFT][3] if S.DRAFT in found else 0,
    )


@door(READ)
async def find_purchase_orders(actor: Actor, text: str, *, limit: int = 8) -> list[PurchaseOrderLine]:
    """Purchase orders by number, supplier, reference, what is ordered or a parcel's number; for the top bar."""
    if not prefix_query(text):
        return []
    return list((await orders_page(actor, text=text, size=limit)).rows)


@door(READ)
async def export_orders(
    actor: Actor,
    *,
    view: OrderList = OrderList.ALL,
    text: str = "",
    supplier_id: UUID | None = None,
    late: bool = False,
    unsent: bool = False,
) -> str:
    """The list as CSV, at most ten thousand rows, newest first; what a spreadsheet would run is written as text."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(HEADINGS)
    async with room.read() as session:
        query = _newest(_asked(actor, view, text, supplier_id, late, unsent)).limit(EXPORT_ROWS)
        for order in (await session.execute(query)).scalars():
            writer.writerow(_cells(order))
    return written.getvalue()


def _cells(order: PurchaseOrderRow) -> Iterable[str]:
    amounts = (order.subtotal_minor, order.tax_minor, order.total_minor)
    days = (order.expected_on, order.confirmed_on, order.delivered_on)
    words = (order.number, order.supplier_name, order.status.value, order.reference, order.supplier_reference)
    yield from map(as_text, words)
    yield order.currency
    yield from (Money(minor=amount, currency=order.currency).plain for amount in amounts)
    yield order.created_at.isoformat(timespec="seconds")
    yield order.sent_at.isoformat(timespec="seconds") if order.sent_at else ""
    yield from (day.isoformat() if day else "" for day in days)
    yield as_text(order.closed_reason)


def _asked(actor: Actor, view: OrderList, text: str, supplier_id: UUID | None, late: bool, unsent: bool) -> Any:
    query: Any = _reachable(select(PurchaseOrderRow), actor, supplier_id)
    if view is OrderList.TO_COUNT:
        query = query.where(col(PurchaseOrderRow.status) == S.DELIVERED, col(PurchaseOrderRow.closed_at).is_(None))
    elif view in STATUS_OF:
        query = query.where(col(PurchaseOrderRow.status) == STATUS_OF[view])
    if late:
        query = query.where(_due() < today_in_lab(), col(PurchaseOrderRow.status).in_(UNDER_WAY))
    if unsent:
        query = query.where(col(PurchaseOrderRow.status) == S.DRAFT, _came_back())
    if asked := prefix_query(text):
        query = query.where(col(PurchaseOrderRow.search_vector).op("@@")(func.to_tsquery("simple", asked)))
    return query


def _reachable(query: Any, actor: Actor, supplier_id: UUID | None) -> Any:
    """Everybody's orders for the lab; for a supplier those that were sent to it."""
    if actor.scope(READ) is Scope.OWN:
        if supplier_id is not None and supplier_id != actor.organisation_id:
            raise NotFound
        query = query.where(col(PurchaseOrderRow.sent_at).is_not(None))
        supplier_id = actor.organisation_id
    return query if supplier_id is None else query.where(col(PurchaseOrderRow.supplier_id) == supplier_id)


def _newest(query: Any) -> Any:
    return query.order_by(col(PurchaseOrderRow.created_at).desc(), col(PurchaseOrderRow.id).desc())


def _came_back() -> Any:
    """Whether its mail to the supplier did not leave, and nobody has tried again."""
    return and_(col(PurchaseOrderRow.send_error) != "", col(PurchaseOrderRow.sending_since).is_(None))


def _due() -> Any:
    """The day it is due on: as confirmed, else as expected."""
    confirmed: Any = col(PurchaseOrderRow.confirmed_on)
    return func.coalesce(confirmed, col(PurchaseOrderRow.expected_on), type_=confirmed.type)
