"""Orders as lists: pages by cursor, views with true counts, search; and one order on its own."""

import base64
import json
from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlmodel import col

from ils_app.kernel.actor import Actor, Scope
from ils_app.kernel.clock import lab_zone, now, today_in_lab
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.search import prefix_query
from ils_app.orders.errors import NoSuchOrder
from ils_app.orders.models import Order, TallyRow, TimelineRow
from ils_app.orders.records import find_for, room
from ils_app.orders.schemas import (
    Counts,
    JobCard,
    ListView,
    OrderPage,
    OrderRow,
    OrderStatus,
    OrderView,
    TimelineEntry,
    Waiting,
)
from ils_app.orders.views import row_of, view_of
from ils_app.patients import service as patients
from lims_client.models import JobStatus

PAGE_ROWS = 25
LONGEST_PAGE = 100
HALTED = (JobStatus.ON_HOLD, JobStatus.FAILED)
ON_THE_FLOOR = (OrderStatus.IN_PRODUCTION, OrderStatus.QUALITY_CHECK)

_STATUS_OF = {
    ListView.DRAFTS: OrderStatus.DRAFT,
    ListView.WAITING: OrderStatus.SUBMITTED,
    ListView.IN_PRODUCTION: OrderStatus.IN_PRODUCTION,
    ListView.QUALITY_CHECK: OrderStatus.QUALITY_CHECK,
    ListView.SHIPPED: OrderStatus.SHIPPED,
    ListView.ON_HOLD: OrderStatus.ON_HOLD,
    ListView.COMPLETED: OrderStatus.COMPLETED,
    ListView.CANCELLED: OrderStatus.CANCELLED,
}


@door("orders.read")
async def order(actor: Actor, order_id: UUID, *, looked: bool = True) -> OrderView:
    """One order. Raises NoSuchOrder, for a foreign one too.

    That this person read its patient is recorded, unless nobody `looked`: a page that is drawn again by itself.
    """
    async with room.read() as session:
        view = view_of(await find_for(session, actor, "orders.read", order_id), actor)
    if looked and view.patient_id is not None:
        await patients.for_order(actor, view.patient_id, view.practice_id)
    return view


@door("orders.read")
async def timeline(actor: Actor, order_id: UUID) -> list[TimelineEntry]:
    """What happened to an order, newest first. Why it did may quote the prescription, so not everybody is told."""
    async with room.read() as session:
        order = await find_for(session, actor, "orders.read", order_id)
        sees_rx = actor.may("orders.read_rx", practice_id=order.practice_id)
        traces = actor.scope("deliveries.read") is not None
        query: Any = (
            select(TimelineRow)
            .where(col(TimelineRow.order_id) == order_id)
            .order_by(col(TimelineRow.at).desc(), col(TimelineRow.id).desc())
        )
        return [
            TimelineEntry(at=row.at, who=row.who, what=row.what, old=row.old, new=row.new, job_status=row.job_status,
                          why=row.why if sees_rx else "", request_id=(row.request_id or "") if traces else "")
            for row in (await session.execute(query)).scalars()
        ]  # fmt: skip


@door("orders.read")
async def orders_page(
    actor: Actor,
    *,
    view: ListView = ListView.ALL,
    text: str = "",
    practice_id: UUID | None = None,
    patient_id: UUID | None = None,
    late: bool = False,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> OrderPage:
    """A page of the orders this person may see, newest first. Raises Invalid for a cursor we did not give."""
    limit = max(1, min(limit, LONGEST_PAGE))
    query: Any = select(Order).order_by(col(Order.placed_at).desc(), col(Order.id).desc()).limit(limit + 1)
    query = _reachable(query, actor, practice_id)
    if view is ListView.ATTENTION:
        query = query.where(col(Order.attention))
    elif view in _STATUS_OF:
        query = query.where(col(Order.status) == _STATUS_OF[view])
    if patient_id is not None:
        actor.must("orders.read_rx")
        query = query.where(col(Order.patient_id) == patient_id)
    if late:
        query = query.where(col(Order.due_at) < now(), col(Order.status).in_(ON_THE_FLOOR))
    if asked := prefix_query(text):
        query = query.where(col(Order.search_vector).op("@@")(func.to_tsquery("simple", asked)))
        if not actor.may("orders.read_rx"):  # no finding by words that are not shown
            query = query.where(func.to_tsvector("simple", _words_without_patient()).op("@@")(
                func.to_tsquery("simple", asked)))  # fmt: skip
    if cursor:
        query = query.where(tuple_(col(Order.placed_at), col(Order.id)) < tuple_(*_read_cursor(cursor)))
    async with room.read() as session:
        rows = list((await session.execute(query)).scalars())
    more = len(rows) > limit
    rows = rows[:limit]
    return OrderPage(
        rows=tuple(row_of(row, actor) for row in rows),
        next_cursor=_write_cursor(rows[-1]) if more else None,
    )


@internal
async def numbers(ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of these orders, those of drafts and of unknown ids left out."""
    if not ids:
        return {}
    query = select(col(Order.id), col(Order.number)).where(col(Order.id).in_(list(ids)), col(Order.number) != "")
    async with room.read() as session:
        return {row[0]: row[1] for row in await session.execute(query) if row[1]}


@door("orders.read")
async def find_orders(actor: Actor, text: str, *, limit: int = 8) -> list[OrderRow]:
    """Orders found by number, patient, reference, job id or practice, as the search field of every page wants them."""
    if not prefix_query(text):
        return []
    return list((await orders_page(actor, text=text, limit=limit)).rows)


@door("orders.read")
async def order_of_code(actor: Actor, code: str) -> OrderRow:
    """The order behind a scanned barcode: its number or its job id. Raises NoSuchOrder."""
    code = code.replace("\x00", "").strip()
    wanted = code.upper()
    query = select(Order).where(
        (col(Order.number) == wanted) | (col(Order.job_id) == code) | (col(Order.job_id) == wanted)
    )
    async with room.read() as session:
        found = (await session.execute(_reachable(query, actor, None))).scalars().first()
    if found is None:
        raise NoSuchOrder
    return row_of(found, actor)


@door("orders.read")
async def counts(actor: Actor, *, practice_id: UUID | None = None) -> Counts:
    """How many orders stand in each view, from counters kept with every move; late and due today from their index."""
    tally: Any = select(col(TallyRow.bucket), func.sum(col(TallyRow.count))).group_by(col(TallyRow.bucket))
    on_the_floor = col(Order.status).in_(ON_THE_FLOOR)
    end = datetime.combine(today_in_lab() + timedelta(days=1), time(), lab_zone())
    late: Any = select(
        func.count().filter(col(Order.due_at) < now()),
        func.count().filter(col(Order.due_at) >= now()),
    ).where(on_the_floor, col(Order.due_at) < end)
    if practice := _practice_of(actor, practice_id):
        tally = tally.where(col(TallyRow.practice_id) == practice)
        late = late.where(col(Order.practice_id) == practice)
    async with room.read() as session:
        buckets = {bucket: int(count) for bucket, count in (await session.execute(tally)).all()}
        if actor.scope("orders.read") is not Scope.OWN:
            seen = _reachable(select(func.count()).select_from(Order), actor, practice_id)
            drafts = await session.execute(seen.where(col(Order.status) == OrderStatus.DRAFT))
            buckets[OrderStatus.DRAFT.value] = drafts.scalar_one()
        late_count, today_count = (await session.execute(late)).one()
    by_view = {view: buckets.get(status.value, 0) for view, status in _STATUS_OF.items()}
    by_view[ListView.ALL] = sum(by_view.values())
    by_view[ListView.ATTENTION] = buckets.get("attention", 0)
    return Counts(by_view=by_view, late=late_count, due_today=today_count)


@door("orders.read")
async def waiting_for_lab(actor: Actor) -> Waiting:
    """The orders that wait for a lab that does not answer; for the banner."""
    query: Any = select(func.count(), func.min(col(Order.placed_at)), func.min(col(Order.next_try_at))).where(
        col(Order.status) == OrderStatus.SUBMITTED, col(Order.last_error) != ""
    )
    if practice := _practice_of(actor, None):
        query = query.where(col(Order.practice_id) == practice)
    async with room.read() as session:
        count, since, next_try = (await session.execute(query)).one()
    return Waiting(count=count, since=since, next_try_at=next_try)


@internal
async def job_card(order_id: UUID) -> JobCard | None:
    """What the lab's floor shows of an order; None while it has no job."""
    async with room.read() as session:
        order = await session.get(Order, order_id)
        if order is None or order.job_id is None or order.job_status is None:
            return None
        card = JobCard(
            order_id=order.id, practice_id=order.practice_id, practice_name=order.practice_name,
            number=order.number or "", lens=order.lens, urgency=order.urgency, frame_to_come=order.frame_to_come,
            job_id=order.job_id, job_status=order.job_status, lims_sequence=order.lims_sequence,
            lims_at=order.lims_at or order.changed_at, station=order.station, queue_position=order.queue_position,
            due_at=order.due_at, promised_at=order.promised_at, sent_at=order.sent_at, reason=order.reason,
            carrier=order.carrier, tracking_number=order.tracking_number,
        )  # fmt: skip
        if order.job_status not in HALTED:
            return card
        query: Any = (
            select(TimelineRow)
            .where(
                col(TimelineRow.order_id) == order_id,
                col(TimelineRow.job_status).is_not(None),
                col(TimelineRow.job_status).not_in(HALTED),
            )
            .order_by(col(TimelineRow.at).desc(), col(TimelineRow.id).desc())
            .limit(1)
        )
        stood = (await session.execute(query)).scalars().first()
    if stood is None:
        return card
    told = {"stood": stood.job_status, "stood_sequence": max(stood.lims_sequence or 0, 0), "stood_at": stood.at}
    return card.model_copy(update=told)


@internal
async def patient_is_ordered(patient_id: UUID) -> bool:
    """Whether this patient stands on any order, and so may be seen by the lab."""
    async with room.read() as session:
        query = select(col(Order.id)).where(col(Order.patient_id) == patient_id).limit(1)
        return (await session.execute(query)).first() is not None


def _practice_of(actor: Actor, practice_id: UUID | None) -> UUID | None:
    """The practice a question is limited to; None for all. Raises NotFound for a foreign one."""
    if actor.scope("orders.read") is Scope.OWN:
        if practice_id is not None and practice_id != actor.organisation_id:
            raise NotFound
        return actor.organisation_id
    return practice_id


def _reachable(query: Any, actor: Actor, practice_id: UUID | None) -> Any:
    practice = _practice_of(actor, practice_id)
    if practice is not None:
        query = query.where(col(Order.practice_id) == practice)
    if actor.scope("orders.read") is Scope.OWN:
        return query
    # A practice's drafts are its own business; those the lab enters for it are the lab's too.
    return query.where((col(Order.status) != OrderStatus.DRAFT) | col(Order.entered_for_practice))


def _words_without_patient() -> Any:
    shown = (Order.number, Order.job_id, Order.practice_name, Order.ecp_name, Order.tracking_number)
    count = func.substring(col(Order.number), "[0-9]+$")
    ends = [func.right(count, length) for length in (5, 4, 3)] + [func.ltrim(count, "0")]
    return func.regexp_replace(func.lower(func.concat_ws(" ", *map(col, shown), *ends)), "[^[:alnum:]]+", " ", "g")


def _write_cursor(order: Order) -> str:
    return base64.urlsafe_b64encode(json.dumps([order.placed_at.isoformat(), order.id.hex]).encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return datetime.fromisoformat(at).astimezone(UTC), UUID(key)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Invalid("This page of the list cannot be found; begin again at its top.") from error


@door("orders.read")
async def due_next(actor: Actor, *, limit: int = 6) -> list[OrderRow]:
    """The orders on the lab's floor whose promise comes first."""
    on_the_floor = col(Order.status).in_(ON_THE_FLOOR)
    query: Any = select(Order).where(on_the_floor, col(Order.due_at).is_not(None)).order_by(col(Order.due_at))
    async with room.read() as session:
        found = (await session.execute(_reachable(query, actor, None).limit(limit))).scalars()
        return [row_of(one, actor) for one in found]


@door("orders.read")
async def recently_changed(actor: Actor, *, limit: int = 8) -> list[OrderRow]:
    """The orders that changed last."""
    query: Any = select(Order).where(col(Order.status) != OrderStatus.DRAFT).order_by(col(Order.changed_at).desc())
    async with room.read() as session:
        found = (await session.execute(_reachable(query, actor, None).limit(limit))).scalars()
        return [row_of(one, actor) for one in found]
