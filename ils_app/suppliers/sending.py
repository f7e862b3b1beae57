"""A purchase order on its way to the supplier's mailbox, and what becomes of the mail."""

import asyncio
import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel import files
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import now
from ils_app.kernel.errors import NotFound
from ils_app.kernel.files import FileRef
from ils_app.kernel.paper import Sender
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.room import UnitOfWork
from ils_app.notifications import service as notifications
from ils_app.settings import service as settings
from ils_app.suppliers.models import PurchaseOrderRow
from ils_app.suppliers.moves import Act, Aside
from ils_app.suppliers.order_paper import order_pdf, sender_of
from ils_app.suppliers.order_records import find_order, lines_of, note, parts_of, publish
from ils_app.suppliers.order_schemas import PurchaseOrderView
from ils_app.suppliers.order_views import view_of
from ils_app.suppliers.room import room
from ils_app.suppliers.totals import Priced, totals
from ils_app.suppliers.words import PurchaseOrderStatus as S
from ils_app.suppliers.writing import draft_view

STUCK_AFTER: Final = timedelta(minutes=10)
GAVE_UP: Final = "The mail could not be delivered. Look at the address of the order desk, then send it again."
PAPER_BYTES: Final = 20_000_000
_KEY: Final = re.compile(r"purchase-order:([0-9a-f-]{36}):\d+")
_SYSTEM: Final = Actor(UUID(int=0), "ILS", Role.LAB, UUID(int=0))
"""Draws the paper with everything on it; asks for nothing and reaches no door."""


@internal
async def send_by_mail(order_id: UUID, key: str) -> None:
    """Make the paper, keep it, and write the mail; a repeat does what is missing of it and nothing twice."""
    async with room.read() as session:
        order = await find_order(session, order_id)
        view = view_of(order, await parts_of(session, order_id), _SYSTEM)
    if order.send_key != key or not order.sending:
        return
    lab = await auth.the_lab()
    sender = await _sender()
    paper = await _kept_paper(order, view, sender, key)
    if paper is None:
        return
    expected = f", expected on {view.expected_on:%d %B %Y}" if view.expected_on else ""
    await notifications.write(
        key=key,
        to=order.sent_to,
        to_name=order.sent_to_name,
        subject=f"Purchase order {order.number} from {sender.name}",
        text=f"Please find our purchase order {order.number} attached: {len(view.lines)} "
        f"{'line' if len(view.lines) == 1 else 'lines'}, {view.total} in all{expected}.\n\n"
        "Please acknowledge it, with the day on which it will be here.",
        href=f"/purchase-orders/{order.id}",
        attachments=(paper,),
        sender_organisation_id=lab.id if lab else None,
    )


@internal
async def mail_left(key: str) -> None:
    """The mail with an order has left: the order is *sent*. A mail of a draft written anew since only gets a note.

    Of an order that was cancelled in the meantime the supplier is told that it is.
    """
    order_id = _order_of(key)
    if order_id is None:
        return
    async with room.unit_of_work() as uow:
        order = await find_order(uow.session, order_id, for_update=True)
        if order.status is S.CANCELLED and order.sent_at is None:
            await _left_after_all(uow, order)
            return
        if order.status is not S.DRAFT:
            return
        if order.send_key != key:
            await note(uow, order, None, Act.LEAVE, "A mail of an earlier writing of this draft left", inside=True)
            return
        order.sending_since, order.send_error, order.sent_at = None, "", now()
        await note(uow, order, None, Act.LEAVE, f"Sent to {order.sent_to_name}, {order.sent_to}", to=S.SENT)


async def _left_after_all(uow: UnitOfWork, order: PurchaseOrderRow) -> None:
    """A mail that had been given up reached the supplier of an order that is cancelled by now.

    From here on it is an order the supplier had: with the lines of that mail, and cancelled.
    """
    lines = await lines_of(uow.session, order.id)
    sums = totals([Priced(one.quantity, one.unit_price_minor, one.tax_rate_percent) for one in lines],
                  order.tax_treatment)  # fmt: skip
    order.subtotal_minor, order.tax_minor, order.total_minor = sums.subtotal_minor, sums.tax_minor, sums.total_minor
    order.sent_at = now()
    what = f"The mail to {order.sent_to} left after the order was cancelled; the supplier is told"
    await note(uow, order, None, Act.CANCEL, what)


@internal
async def mail_gave_up(key: str) -> None:
    """The mail did not leave: the order is a draft again that says so, and can be sent again."""
    order_id = _order_of(key)
    if order_id is None:
        return
    async with room.unit_of_work() as uow:
        order = await find_order(uow.session, order_id, for_update=True)
        if order.status is not S.DRAFT or not order.sending or order.send_key != key:
            return
        order.sending_since, order.send_error = None, GAVE_UP
        await note(uow, order, None, Aside.GIVE_UP, "Could not be sent", why=GAVE_UP, inside=True)
        lab = await auth.the_lab()
        await notifications.tell(
            key=f"purchase-order-not-sent:{key}",
            kind=settings.NotificationKind.PURCHASE_ORDER,
            title=f"{order.number} could not be sent",
            text=f"The mail to {order.supplier_name} came back. The order is a draft again.",
            href=f"/purchase-orders/{order.id}",
            organisation_id=lab.id if lab else None,
            roles=(Role.LAB,),
            uow=uow,
        )


@internal
async def send_stuck() -> None:
    """Orders whose paper or mail was never made, since a worker gave up over them: try again."""
    query: Any = select(PurchaseOrderRow).where(col(PurchaseOrderRow.sending_since) < now() - STUCK_AFTER)
    async with room.unit_of_work() as uow:
        for order in (await uow.session.execute(query)).scalars():
            once = f"suppliers.send_order:{order.id}"
            await uow.enqueue(
                "suppliers.send_order", lock=str(order.id), once=once, order_id=str(order.id), key=order.send_key
            )


@door("purchase_orders.read")
async def order_paper(actor: Actor, order_id: UUID) -> tuple[FileRef, bytes]:
    """The PDF: as it was mailed, or of a draft as it would be. Raises NoSuchPurchaseOrder."""
    view = await draft_view(actor, order_id)
    async with room.read() as session:
        order = await find_order(session, order_id)
    if order.sent_at is not None and order.paper is not None:
        ref = FileRef.model_validate(order.paper)
        return ref, await files.read(ref)
    body = await asyncio.to_thread(order_pdf, view, await _sender(), now())
    return FileRef(id=uuid4(), name=f"{view.number}.pdf", size_bytes=len(body), sha256=""), body


async def _kept_paper(order: PurchaseOrderRow, view: PurchaseOrderView, sender: Sender, key: str) -> FileRef | None:
    """The paper of this attempt, made once; None when the order has moved on."""
    if order.paper is not None:
        return FileRef.model_validate(order.paper)
    body = await asyncio.to_thread(order_pdf, view, sender, now())
    ref = await files.keep(f"{order.number}.pdf", body, most_bytes=PAPER_BYTES)
    async with room.unit_of_work() as uow:
        held = await find_order(uow.session, order.id, for_update=True)
        if held.send_key == key and held.sending and held.paper is None:
            held.paper = ref.model_dump(mode="json")
            publish(uow, held)
            return ref
    await files.forget(ref)
    return None


async def _sender() -> Sender:
    lab = await auth.the_lab()
    if lab is None:
        raise NotFound("There is no lab yet whose order it could be.")
    letterhead = await settings.letterhead(lab.id)
    return sender_of(letterhead, await settings.logo(letterhead))


def _order_of(key: str) -> UUID | None:
    """Whose mail it was; None for a mail of something else."""
    found = _KEY.fullmatch(key)
    return UUID(found[1]) if found else None
