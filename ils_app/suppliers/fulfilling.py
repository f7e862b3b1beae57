"""What becomes of a purchase order that was sent: acknowledged, shipped, counted in, closed short, cancelled."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork
from ils_app.suppliers.entering import Reader
from ils_app.suppliers.errors import ChangedElsewhere
from ils_app.suppliers.models import LineRow, PurchaseOrderRow, ReceiptLineRow, ReceiptRow, ShipmentRow
from ils_app.suppliers.moves import Act, refuse
from ils_app.suppliers.order_records import find_order_for, lines_of, note, remember_words
from ils_app.suppliers.order_schemas import PurchaseOrderView
from ils_app.suppliers.room import room
from ils_app.suppliers.totals import plain
from ils_app.suppliers.words import PurchaseOrderStatus as S
from ils_app.suppliers.writing import draft_view

MANAGE, FULFIL = "purchase_orders.manage", "purchase_orders.fulfil"
NOT_AS_IT_IS = "Something cannot be taken as it is; the reason stands beside its field."


@door(FULFIL)
async def acknowledge_order(
    actor: Actor, order_id: UUID, *, confirmed_on: str, supplier_reference: str = "", remark: str = ""
) -> PurchaseOrderView:
    """Say that the order is taken and when it will be there, `confirmed_on` as YYYY-MM-DD.

    By the supplier, or by the lab for a supplier who said so by telephone. Raises Invalid, NotThatMove,
    NoSuchPurchaseOrder.
    """
    async with room.unit_of_work() as uow:
        order = await _held(uow, actor, FULFIL, order_id, Act.ACKNOWLEDGE)
        read = Reader()
        day = read.day("confirmed_on", confirmed_on, least=today_in_lab(), earlier="Give today or a later day.")
        if day is None and "confirmed_on" not in read.problems:
            read.problems["confirmed_on"] = "Say on which day it will be there."
        reference = read.line("supplier_reference", supplier_reference, longest=80)
        why = read.text("remark", remark, longest=500)
        read.done(NOT_AS_IT_IS)
        assert day is not None
        order.confirmed_on, order.acknowledged_at, order.supplier_reference = day, now(), reference
        await _remember(uow, order, reference)
        await note(uow, order, actor, Act.ACKNOWLEDGE, f"Acknowledged for {day:%d %b %Y}", to=S.ACKNOWLEDGED, why=why)
    return await draft_view(actor, order_id)


@door(FULFIL)
async def ship_order(
    actor: Actor, order_id: UUID, *, carrier: str, tracking_number: str = "", remark: str = ""
) -> PurchaseOrderView:
    """Say that a parcel has left, one of several perhaps. Raises Invalid, NotThatMove, NoSuchPurchaseOrder."""
    async with room.unit_of_work() as uow:
        order = await _held(uow, actor, FULFIL, order_id, Act.SHIP)
        read = Reader()
        by = read.line("carrier", carrier, needed="Who carries it?", longest=60)
        tracking = read.line("tracking_number", tracking_number, longest=80)
        why = read.text("remark", remark, longest=500)
        read.done(NOT_AS_IT_IS)
        again = order.shipped_at is not None
        order.shipped_at = order.shipped_at or now()
        parcel = ShipmentRow(order_id=order.id, who=actor.name, carrier=by, tracking_number=tracking, note=why)
        uow.session.add(parcel)
        await _remember(uow, order, tracking)
        what = f"{'Another parcel shipped' if again else 'Shipped'} with {by}" + (f", {tracking}" if tracking else "")
        await note(uow, order, actor, Act.SHIP, what, to=S.IN_TRANSIT, why=why)
    return await draft_view(actor, order_id)


@door(FULFIL)
async def deliver_order(actor: Actor, order_id: UUID, *, delivered_on: str = "") -> PurchaseOrderView:
    """Say that everything was handed over, on a day up to today. What arrived is still counted by the lab.

    Raises Invalid, NotThatMove, NoSuchPurchaseOrder.
    """
    async with room.unit_of_work() as uow:
        order = await _held(uow, actor, FULFIL, order_id, Act.DELIVER)
        read = Reader()
        day = read.day("delivered_on", delivered_on) or today_in_lab()
        if day > today_in_lab():
            read.problems["delivered_on"] = "Give today or an earlier day."
        read.done(NOT_AS_IT_IS)
        order.delivered_on = day
        await note(uow, order, actor, Act.DELIVER, f"Delivered on {day:%d %b %Y}", to=S.DELIVERED)
    return await draft_view(actor, order_id)


@door(MANAGE)
async def receive_order(
    actor: Actor, order_id: UUID, counted: Mapping[UUID, str], *, version: int, remark: str = ""
) -> PurchaseOrderView:
    """Count in what arrived, by line as typed; a line left empty was not among it.

    The order is delivered once everything was counted. `version` is the one that was read, so that the same parcel is
    not counted twice. Raises Invalid with `<line id>` for a wrong or too large quantity, ChangedElsewhere, NotThatMove.
    """
    async with room.unit_of_work() as uow:
        order = await _held(uow, actor, MANAGE, order_id, Act.RECEIVE, version=version)
        lines = await lines_of(uow.session, order.id)
        read = Reader()
        arrived = _arrived(read, lines, counted)
        why = read.text("remark", remark, longest=500)
        read.done(NOT_AS_IT_IS)
        if not arrived:
            said = "Nothing was counted: write how much of which line arrived."
            raise Invalid(said, fields={"counted": said})
        receipt = ReceiptRow(order_id=order.id, user_id=actor.user_id, who=actor.name, note=why)
        uow.session.add(receipt)
        await uow.session.flush()
        for line, quantity in arrived:
            line.received_quantity += quantity
            uow.session.add(ReceiptLineRow(receipt_id=receipt.id, line_id=line.id, quantity=quantity))
        whole = all(line.received_quantity == line.quantity for line in lines)
        if whole:
            order.closed_at = now()
            order.delivered_on = order.delivered_on or today_in_lab()
        what = "Everything counted in" if whole else "Part counted in"
        said = "; ".join(f"{plain(quantity)} {line.unit} {line.description}" for line, quantity in arrived)
        said = said if len(said) <= 300 else f"{said[:299]}…"
        await note(
            uow, order, actor, Act.RECEIVE, what, to=S.DELIVERED if whole else None, why=f"{said}. {why}".strip()
        )
    return await draft_view(actor, order_id)


@door(MANAGE)
async def close_order(actor: Actor, order_id: UUID, reason: str) -> PurchaseOrderView:
    """Say that the rest is not coming, and why; the order is delivered with what was counted.

    Raises Invalid without a reason, NotThatMove, NoSuchPurchaseOrder.
    """
    async with room.unit_of_work() as uow:
        order = await _held(uow, actor, MANAGE, order_id, Act.CLOSE)
        why = _reason(reason, "Say why the rest is not coming.")
        order.closed_at, order.closed_reason = now(), why
        order.delivered_on = order.delivered_on or today_in_lab()
        await note(uow, order, actor, Act.CLOSE, "Closed short", to=S.DELIVERED, why=why)
    return await draft_view(actor, order_id)


@door(MANAGE)
async def cancel_order(actor: Actor, order_id: UUID, reason: str = "") -> PurchaseOrderView:
    """Take an order back before it is shipped; the supplier is told when it was sent, and why.

    Raises Invalid without a reason for an order that was sent, NotThatMove, BeingSent, NoSuchPurchaseOrder.
    """
    async with room.unit_of_work() as uow:
        order = await _held(uow, actor, MANAGE, order_id, Act.CANCEL)
        why = _reason(reason, "Say why it is cancelled: the supplier reads it." if order.sent_at else "")
        order.cancel_reason, order.send_error = why, ""
        await note(uow, order, actor, Act.CANCEL, "Cancelled", to=S.CANCELLED, why=why)
    return await draft_view(actor, order_id)


async def _held(
    uow: UnitOfWork, actor: Actor, row: str, order_id: UUID, act: Act, *, version: int | None = None
) -> PurchaseOrderRow:
    """The order, locked, when this person may see it and the act is possible now."""
    order = await find_order_for(uow.session, actor, row, order_id, for_update=True)
    refuse(order, act, counted=any(line.received_quantity for line in await lines_of(uow.session, order.id)))
    if version is not None and order.version != version:
        raise ChangedElsewhere(order.number)
    return order


def _arrived(read: Reader, lines: list[LineRow], counted: Mapping[UUID, str]) -> list[tuple[LineRow, Decimal]]:
    """How much of which line, in the order of the lines; what is wrong is said at the line's id."""
    found = []
    known = {line.id for line in lines}
    for stranger in set(counted) - known:
        read.problems[str(stranger)] = "This order has no such line."
    for line in lines:
        typed = counted.get(line.id, "").strip()
        if not typed or typed == "0":
            continue
        quantity = read.quantity(str(line.id), typed)
        left = line.quantity - line.received_quantity
        if quantity > left:
            read.problems[str(line.id)] = f"At most {plain(left)} {line.unit} of this line are still to come."
        found.append((line, quantity))
    return found


def _reason(text: str, needed: str) -> str:
    read = Reader()
    why = read.line("reason", text, needed=needed, longest=500)
    read.done(needed or NOT_AS_IT_IS)
    return why


async def _remember(uow: UnitOfWork, order: PurchaseOrderRow, word: str) -> None:
    """What is found by: the words it had, and one more."""
    lines = await lines_of(uow.session, order.id)
    remember_words(order, [order.search, word, *(f"{line.description} {line.part_number}" for line in lines)])
