"""Purchase orders while they are written: begun, saved as typed, asked to be sent, begun again from an old one."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import delete, select
from sqlmodel import col

from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork
from ils_app.settings import service as settings
from ils_app.suppliers.errors import ChangedElsewhere, NotReady, SupplierInactive
from ils_app.suppliers.models import ContactRow, LineRow, PurchaseOrderRow, SupplierRow
from ils_app.suppliers.moves import Act, Aside, refuse
from ils_app.suppliers.order_reading import Read, read_order
from ils_app.suppliers.order_records import (
    address_supplier,
    describe_supplier,
    find_order_for,
    next_number,
    note,
    parts_of,
    publish,
    remember_words,
)
from ils_app.suppliers.order_schemas import MOST_LINES, PurchaseOrderDraft, PurchaseOrderView
from ils_app.suppliers.order_views import view_of
from ils_app.suppliers.records import find_supplier
from ils_app.suppliers.room import room
from ils_app.suppliers.words import PurchaseOrderStatus

MANAGE = "purchase_orders.manage"
TOO_MANY = f"An order has at most {MOST_LINES} lines: begin another one for the rest."
TOO_LONG = "This is too long to be kept."


@door(MANAGE)
async def begin_order(actor: Actor, draft: PurchaseOrderDraft) -> PurchaseOrderView:
    """Begin a purchase order; it has its number from now on. Raises NoSuchSupplier, SupplierInactive, Invalid."""
    async with room.read() as session:
        supplier = await find_supplier(session, draft.supplier_id)
    _refuse_inactive(supplier)
    number = await next_number()
    async with room.unit_of_work() as uow:
        supplier = await find_supplier(uow.session, draft.supplier_id)
        order = PurchaseOrderRow(
            number=number, supplier_id=supplier.id, supplier_name=supplier.name, entered_by=actor.user_id,
            entered_by_name=actor.name,
        )  # fmt: skip
        describe_supplier(order, supplier)
        _keep(order, draft)
        uow.session.add(order)
        await uow.session.flush()
        await note(uow, order, actor, Aside.BEGIN, "Draft begun", inside=True)
    return await draft_view(actor, order.id)


@door(MANAGE)
async def save_order(actor: Actor, order_id: UUID, draft: PurchaseOrderDraft, version: int) -> PurchaseOrderView:
    """Keep a draft as it is typed; `version` is the one that was read. Nothing is refused for what is written in it.

    Raises ChangedElsewhere, NotThatMove for what was sent, BeingSent, NoSuchPurchaseOrder, NoSuchSupplier,
    SupplierInactive when another supplier is chosen of whom nothing more is ordered, Invalid for what is too much to
    be kept.
    """
    async with room.unit_of_work() as uow:
        order = await find_order_for(uow.session, actor, MANAGE, order_id, for_update=True)
        refuse(order, Act.EDIT)
        if order.version != version:
            raise ChangedElsewhere(order.number)
        supplier = await find_supplier(uow.session, draft.supplier_id)
        if supplier.id != order.supplier_id:
            _refuse_inactive(supplier)
        describe_supplier(order, supplier)
        _keep(order, draft)
        order.version, order.changed_at, order.send_error = order.version + 1, now(), ""
        order.send_key, order.paper = None, None  # a mail that leaves late is one of an earlier writing
        publish(uow, order)
    return await draft_view(actor, order_id)


@door(MANAGE)
async def send_order(actor: Actor, order_id: UUID, version: int) -> PurchaseOrderView:
    """Have a draft mailed to the supplier's order desk. It is *being sent*, and locked, until the mail has left.

    `version` is the one that was read: what leaves is what was looked at, in that currency and with that tax, whatever
    was changed about the supplier since. Raises NotReady with what is missing by field, ChangedElsewhere,
    SupplierInactive, NotThatMove, BeingSent, NoSuchPurchaseOrder.
    """
    usual_on = await _usual_on(actor, order_id)
    async with room.unit_of_work() as uow:
        order = await find_order_for(uow.session, actor, MANAGE, order_id, for_update=True)
        refuse(order, Act.SEND)
        if order.version != version:
            raise ChangedElsewhere(order.number)
        supplier = await find_supplier(uow.session, order.supplier_id)
        _refuse_inactive(supplier)
        address_supplier(order, supplier)
        read = read_order(PurchaseOrderDraft.model_validate(order.draft), order.tax_treatment)
        desk = await _desk(uow, supplier.id)
        _refuse_unready(read, desk)
        assert desk is not None
        await _freeze(uow, order, read, usual_on)
        order.sent_to, order.sent_to_name = desk.email, desk.name
        order.send_attempt += 1
        order.send_key = f"purchase-order:{order.id}:{order.send_attempt}"
        order.sending_since, order.send_error, order.paper = now(), "", None
        await note(uow, order, actor, Act.SEND, f"Being sent to {desk.name}, {desk.email}", inside=True)
        await uow.enqueue("suppliers.send_order", lock=str(order.id), order_id=str(order.id), key=order.send_key)
    async with room.read() as session:
        return view_of(order, await parts_of(session, order.id), actor)


@door(MANAGE)
async def order_again(actor: Actor, order_id: UUID) -> PurchaseOrderView:
    """Begin a draft with the lines of another order. Raises NoSuchPurchaseOrder, SupplierInactive."""
    async with room.read() as session:
        order = await find_order_for(session, actor, MANAGE, order_id)
    draft = PurchaseOrderDraft.model_validate(order.draft)
    return await begin_order(actor, draft.model_copy(update={"expected_on": "", "reference": ""}))


async def draft_view(actor: Actor, order_id: UUID) -> PurchaseOrderView:
    """An order as its page shows it, with the day a draft would be expected on."""
    async with room.read() as session:
        order = await find_order_for(session, actor, "purchase_orders.read", order_id)
        parts = await parts_of(session, order_id)
        supplier = await find_supplier(session, order.supplier_id)
    still_to_send = order.written and order.status is PurchaseOrderStatus.DRAFT
    usual_on = await settings.working_day_after(supplier.lead_time_days) if still_to_send else None
    return view_of(order, parts, actor, usual_on=usual_on)


async def _usual_on(actor: Actor, order_id: UUID) -> date:
    """When a delivery is expected by the supplier's lead time, in the lab's working days from today."""
    async with room.read() as session:
        order = await find_order_for(session, actor, MANAGE, order_id)
        days = (await find_supplier(session, order.supplier_id)).lead_time_days
    return await settings.working_day_after(days)


def _keep(order: PurchaseOrderRow, draft: PurchaseOrderDraft) -> None:
    """Store what was typed, and what can be read of it for lists. Raises Invalid for what could not be read back."""
    draft = _whole(draft)
    order.draft = draft.model_dump(mode="json")
    read = read_order(draft, order.tax_treatment)
    order.reference, order.notes, order.expected_on = read.reference[:80], read.notes, read.expected_on
    _sum_up(order, read)
    remember_words(order, (f"{line.description} {line.part_number}" for line in draft.lines))


def _whole(draft: PurchaseOrderDraft) -> PurchaseOrderDraft:
    """The draft as it will be read back: one that was put together in memory may hold more than is ever read."""
    try:
        return PurchaseOrderDraft.model_validate(draft.model_dump())
    except ValidationError as error:
        places = [one["loc"] for one in error.errors(include_input=False, include_url=False)]
    fields = {str(place[0]): TOO_MANY if place == ("lines",) else TOO_LONG for place in places}
    raise Invalid(next(iter(fields.values())), fields=fields)


def _sum_up(order: PurchaseOrderRow, read: Read) -> None:
    sums = read.sums(order.tax_treatment)
    order.subtotal_minor, order.tax_minor, order.total_minor = sums.subtotal_minor, sums.tax_minor, sums.total_minor


async def _freeze(uow: UnitOfWork, order: PurchaseOrderRow, read: Read, usual_on: date) -> None:
    """Write down the lines as they leave."""
    order.expected_on = read.expected_on or usual_on
    order.reference, order.notes = read.reference, read.notes
    _sum_up(order, read)
    remember_words(order, (f"{line.description} {line.part_number}" for line in read.lines))
    await uow.session.execute(delete(LineRow).where(col(LineRow.order_id) == order.id))
    uow.session.add_all(
        LineRow(
            order_id=order.id, position=position, description=line.description, part_number=line.part_number,
            quantity=line.quantity, unit=line.unit, unit_price_minor=line.unit_price_minor,
            tax_rate_percent=line.tax_rate_percent, net_minor=line.net_minor,
        )
        for position, line in enumerate(read.lines, 1)
    )  # fmt: skip


def _refuse_inactive(supplier: SupplierRow) -> None:
    if not supplier.active:
        raise SupplierInactive(supplier.name)


def _refuse_unready(read: Read, desk: ContactRow | None) -> None:
    problems = dict(read.problems)
    if not read.lines and not problems:
        problems["lines"] = "An order needs a line."
    if read.expected_on is not None and read.expected_on < today_in_lab():
        problems["expected_on"] = "This day is over: give a later one, or leave it empty."
    if desk is None:
        problems["supplier"] = "The supplier has no contact who gets orders: add one with an email address."
    if problems:
        first = next(iter(problems.values()))
        raise NotReady(f"The order cannot be sent yet. {first}", fields=problems)


async def _desk(uow: UnitOfWork, supplier_id: UUID) -> ContactRow | None:
    query: Any = select(ContactRow).where(col(ContactRow.supplier_id) == supplier_id, col(ContactRow.gets_orders))
    return (await uow.session.execute(query)).scalar_one_or_none()
