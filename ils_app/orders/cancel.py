"""Taking an order back, correcting it in one act, and ordering the same again."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from ils_app.kernel import log
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Invalid
from ils_app.kernel.lims import BACKGROUND_SECONDS, CLICK_SECONDS, lims
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.room import UnitOfWork
from ils_app.orders.errors import TooLate
from ils_app.orders.events import CancellationAsked, OrderMoved
from ils_app.orders.models import Order
from ils_app.orders.moves import apply, tell_history
from ils_app.orders.records import ILS, find, find_for, note, publish, room
from ils_app.orders.schemas import DraftView, OrderDraft, OrderStatus, OrderView
from ils_app.orders.views import draft_view, view_of
from lims_client.errors import LimsConflict, LimsError
from lims_client.models import JobStatus

RETRY = "orders.cancel_job"
SWEPT_AT_ONCE: Final = 100

logger = log.get_logger(__name__)


@door("orders.cancel")
async def cancel(actor: Actor, order_id: UUID, *, reason: str) -> OrderView:
    """Cancel an order the lab has not begun. *Cancel requested* stands until the LIMS has answered.

    An order still on its way is cancelled as soon as its job is known. Raises Invalid without a reason, TooLate when
    the lab has begun.
    """
    reason = reason.replace("\x00", "").strip()
    if not reason:
        raise Invalid("Say why the order is cancelled.", fields={"reason": "Say why."})
    async with room.unit_of_work() as uow:
        order = await find_for(uow.session, actor, "orders.cancel", order_id, for_update=True)
        if order.status is OrderStatus.CANCELLED or order.cancel_requested:
            return view_of(order, actor)
        _must_be_early(order)
        order.cancel_reason = reason
        if order.refused:
            await _cancel_here(uow, order, actor.name)
            return view_of(order, actor)
        order.cancel_requested = True
        await note(uow, order, actor.name, "Cancellation requested", why=order.cancel_reason)
        uow.emit(CancellationAsked(order_id=order.id, practice_id=order.practice_id))
        if order.job_id:
            await uow.enqueue(RETRY, once=f"cancel:{order.id}", order_id=str(order.id))
        elif order.last_error:  # it waits for the lab: let the next try, due at once, see that it is cancelled
            await uow.enqueue("orders.send_to_lab", once=f"cancel-send:{order.id}", order_id=str(order.id))
        publish(uow, order)
    await cancel_job(order_id, within_seconds=CLICK_SECONDS, raising=False)
    async with room.read() as session:
        return view_of(await find(session, order_id), actor)


@door("orders.cancel")
async def cancel_and_correct(actor: Actor, order_id: UUID) -> DraftView:
    """Cancel an order and open it as a corrected draft, in one act; a refused one is only opened.

    Raises TooLate when the lab has begun. The draft names the order it corrects; asked twice, the same draft opens.
    """
    async with room.read() as session:
        order = await find_for(session, actor, "orders.cancel", order_id)
        if order.corrected_by:
            begun = await find_for(session, actor, "orders.cancel", order.corrected_by)
            return draft_view(begun, corrects=order.number or "")
        _must_be_early(order)
        refused = order.refused
    if not refused:
        seen = await cancel(actor, order_id, reason="Corrected")
        if seen.status is not OrderStatus.CANCELLED and not seen.cancel_requested:
            raise TooLate("The lab has begun this order; ask the lab to hold it.")
    return await _copy(actor, order_id, corrects=True)


@door("orders.create")
async def duplicate(actor: Actor, order_id: UUID) -> DraftView:
    """A new draft with everything of an order but its confirmations: the same lenses again, or nearly."""
    return await _copy(actor, order_id, corrects=False)


@internal
async def cancel_job(order_id: UUID, *, within_seconds: float = BACKGROUND_SECONDS, raising: bool = True) -> None:
    """Ask the LIMS to cancel the job of an order whose cancellation is requested; safe to repeat.

    With `raising`, a LIMS that does not answer raises LimsError, so that the durable job is tried again.
    """
    async with room.read() as session:
        order = await find(session, order_id)
        if not order.cancel_requested or order.job_id is None:
            return
        job_id, reason, status = order.job_id, order.cancel_reason, order.job_status or JobStatus.QUEUED
    try:
        job = await lims().cancel(
            job_id, reason=reason, expected_status=status, idempotency_key=f"cancel-{order_id}-{status}",
            deadline_seconds=within_seconds,
        )  # fmt: skip
    except LimsConflict as error:
        await _not_cancelled(order_id, error)
    except LimsError as error:
        logger.warning("cancel_unanswered", order_id=order_id, error=type(error).__name__)
        if raising:
            raise
    else:
        async with room.unit_of_work() as uow:
            order = await find(uow.session, order_id, for_update=True)
            await tell_history(uow, order, job)
            await apply(uow, order, job, previous=None)


@internal
async def cancel_forgotten() -> int:
    """Carry on with cancellations whose job has given up: the lab may have been away for longer than it is patient."""
    query: Any = select(col(Order.id)).where(col(Order.cancel_requested), col(Order.job_id).is_not(None))
    async with room.unit_of_work() as uow:
        waiting = list((await uow.session.execute(query.limit(SWEPT_AT_ONCE))).scalars())
        for order_id in waiting:
            await uow.enqueue(RETRY, once=f"cancel:{order_id}", order_id=str(order_id))
    return len(waiting)


async def _not_cancelled(order_id: UUID, error: LimsConflict) -> None:
    """The lab had begun before the cancellation reached it: say so, and take its word for where the job is."""
    async with room.unit_of_work() as uow:
        order = await find(uow.session, order_id, for_update=True)
        if error.job is not None:
            await tell_history(uow, order, error.job)
            await apply(uow, order, error.job, previous=None)  # says itself that it was not cancelled
        if order.cancel_requested:
            order.cancel_requested = False
            await note(uow, order, ILS, "Not cancelled", why="The lab had begun it already.")
            publish(uow, order)


async def _cancel_here(uow: UnitOfWork, order: Order, who: str) -> None:
    """A refused order has no job: nothing but ILS knows it."""
    old = order.status
    order.move(OrderStatus.CANCELLED)
    order.attention, order.reason = False, order.cancel_reason
    await note(uow, order, who, "Cancelled", old=old, new=OrderStatus.CANCELLED, why=order.cancel_reason)
    uow.emit(OrderMoved(order_id=order.id, practice_id=order.practice_id, old=old, new=order.status))
    publish(uow, order)


def _must_be_early(order: Order) -> None:
    """Before production means that the LIMS still says queued, or has not heard of it, or refused it."""
    early = (
        order.status is OrderStatus.SUBMITTED
        or (order.refused and order.status is OrderStatus.ON_HOLD)
        or (order.status is OrderStatus.IN_PRODUCTION and order.job_status is JobStatus.QUEUED)
    )
    if not early:
        raise TooLate(f"It is too late to cancel: the lab says {(order.job_status or order.status).replace('_', ' ')}.")


async def _copy(actor: Actor, order_id: UUID, *, corrects: bool) -> DraftView:
    row = "orders.cancel" if corrects else "orders.create"
    async with room.unit_of_work() as uow:
        original = await find_for(uow.session, actor, row, order_id, for_update=True)
        if corrects and original.corrected_by:
            begun = await find_for(uow.session, actor, row, original.corrected_by)
            return draft_view(begun, corrects=original.number or "")
        content = OrderDraft.model_validate(original.draft).model_copy(update={"confirmations": (), "file": None})
        copied = {
            name: getattr(original, name)
            for name in (
                "practice_id", "practice_name", "account_number", "ship_to", "ecp_id", "ecp_name", "patient_id",
                "patient_name", "patient_number", "reference", "urgency", "frame_to_come", "lens",
            )
        }  # fmt: skip
        order = Order(
            **copied, draft=content.model_dump(mode="json"), entered_by=actor.user_id, search=original.search,
            entered_for_practice=actor.role is not Role.ECP, copied_from=None if corrects else original.id,
            corrects=original.id if corrects else None,
        )  # fmt: skip
        if corrects:
            original.corrected_by, original.attention = order.id, False
            await note(uow, original, actor.name, "Opened as a corrected draft")
            publish(uow, original)
            await uow.session.flush()  # counters are locked in the order of their names: attention before draft
        uow.session.add(order)
        publish(uow, order)
        number = original.number or ""
        return draft_view(order, copied_from="" if corrects else number, corrects=number if corrects else "")
