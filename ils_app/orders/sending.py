"""Having the lab make a job of a placed order: asked at once, asked again by itself while the lab is away."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from ils_app.kernel import log
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.lims import BACKGROUND_SECONDS, CLICK_SECONDS, lims
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.room import UnitOfWork
from ils_app.orders.errors import NotADraft
from ils_app.orders.events import OrderMoved, OrderRefused, OrderSent
from ils_app.orders.models import Order
from ils_app.orders.moves import apply, expect_unmatched, tell_history
from ils_app.orders.records import ILS, LAB, find, find_for, note, publish, remember_words, room
from ils_app.orders.schemas import OrderStatus, OrderView
from ils_app.orders.views import view_of
from lims_client.errors import LimsCircuitOpen, LimsError, LimsRejected, LimsUnavailable
from lims_client.models import Configuration, CreateJobRequest, Finding, Job, Severity

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5, 120

logger = log.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One asking for an order's job: which it is, whether one before it may have arrived, and what is sent."""

    number: int
    may_have_arrived: bool
    request: CreateJobRequest


@door("orders.resend")
async def resend(actor: Actor, order_id: UUID) -> OrderView:
    """Try the lab again now, for an order that waits for it. Raises NotADraft when it does not wait any more."""
    async with room.read() as session:
        order = await find_for(session, actor, "orders.resend", order_id)
        if order.status is not OrderStatus.SUBMITTED:
            raise NotADraft("This order has reached the lab already.")
    await send_to_lab(order_id, within_seconds=CLICK_SECONDS)
    return await seen(actor, order_id)


@internal
async def send_to_lab(order_id: UUID, *, within_seconds: float = BACKGROUND_SECONDS) -> None:
    """Have the lab make a job of a saved order, or note why it could not and when the next try is.

    Safe to repeat and to run twice at once: the order's id is the idempotency key, so the lab makes one job. An
    order that has its job already is left alone.
    """
    attempt = await _begin_again(order_id)
    if attempt is not None:
        await carry(order_id, attempt, within_seconds=within_seconds)


def begin(order: Order, configuration: Configuration) -> Attempt:
    """Count an attempt of a locked order, before the lab is asked: from now on it may have arrived."""
    before, order.may_have_arrived = order.may_have_arrived, True
    order.attempts += 1
    metadata = {"source": "ILS"}
    request = CreateJobRequest(**configuration.model_dump(), metadata=metadata, idempotency_key=str(order.id))
    return Attempt(order.attempts, before, request)


async def carry(order_id: UUID, attempt: Attempt, *, within_seconds: float) -> Order | None:
    """Ask the lab for the job, with no transaction open, and keep what it says; the order, once it has its job."""
    with log.bound(order_id=order_id):
        try:
            job = await lims().create_job(attempt.request, deadline_seconds=within_seconds)
        except LimsRejected as error:
            await _refused(order_id, error)
        except LimsError as error:
            await _unanswered(order_id, attempt, error)
        else:
            return await _sent(order_id, job)
    return None


async def seen(actor: Actor, order_id: UUID) -> OrderView:
    """The order as it stands now, for this person."""
    async with room.read() as session:
        return view_of(await find(session, order_id), actor)


async def _begin_again(order_id: UUID) -> Attempt | None:
    """Begin another attempt of a saved order; None when nothing is to be asked."""
    async with room.unit_of_work() as uow:
        order = await find(uow.session, order_id, for_update=True)
        if order.status is not OrderStatus.SUBMITTED or order.job_id or order.configuration is None:
            return None
        if order.cancel_requested and not order.may_have_arrived:
            await _cancel_unmade(uow, order)
            return None
        return begin(order, Configuration.model_validate(order.configuration))


async def _sent(order_id: UUID, job: Job) -> Order:
    async with room.unit_of_work() as uow:
        order = await find(uow.session, order_id, for_update=True)
        first = order.job_id is None
        if first:
            order.sent_at = now()
            order.findings = [finding.to_wire() for finding in job.findings] or order.findings
            uow.emit(OrderSent(order_id=order.id, practice_id=order.practice_id, job_id=job.job_id))
        if order.last_error:
            uow.publish("lims")  # it answers again
        await tell_history(uow, order, job)
        await apply(uow, order, job, previous=None)
        order.job_id = job.job_id
        order.last_error, order.next_try_at = "", None
        remember_words(order)
        if first:
            await expect_unmatched(uow, job.job_id)
        if order.cancel_requested:
            await uow.enqueue("orders.cancel_job", order_id=str(order.id))
    if first:
        logger.info("order_sent", job_id=job.job_id)
    return order


async def _cancel_unmade(uow: UnitOfWork, order: Order) -> None:
    """Carry out a cancellation the lab need not hear of: it has made nothing."""
    order.move(OrderStatus.CANCELLED)
    order.cancel_requested, order.reason, order.last_error, order.next_try_at = False, order.cancel_reason, "", None
    await note(uow, order, ILS, "Cancelled before it reached the lab", old=OrderStatus.SUBMITTED,
               new=OrderStatus.CANCELLED, why=order.cancel_reason)  # fmt: skip
    fact = OrderMoved(order_id=order.id, practice_id=order.practice_id, old=OrderStatus.SUBMITTED, new=order.status)
    uow.emit(fact)
    publish(uow, order)


async def _refused(order_id: UUID, error: LimsRejected) -> None:
    """The lab cannot make it as ordered: held with the findings, never dropped, never sent again as it is."""
    async with room.unit_of_work() as uow:
        order = await find(uow.session, order_id, for_update=True)
        if order.status is not OrderStatus.SUBMITTED:
            return
        if order.cancel_requested:
            await _cancel_unmade(uow, order)
            return
        order.move(OrderStatus.ON_HOLD)
        order.refused = order.attention = True
        order.reason = "The lab cannot make it as ordered."
        order.findings = [finding.to_wire() for finding in error.findings] or [
            Finding(code=error.code, severity=Severity.REJECT, message=error.body.message).to_wire()
        ]
        order.last_error, order.next_try_at = "", None
        why = " ".join(str(finding["message"]) for finding in order.findings)
        await note(uow, order, LAB, "Cannot be made as ordered", old=OrderStatus.SUBMITTED,
                   new=OrderStatus.ON_HOLD, why=why)  # fmt: skip
        uow.emit(OrderRefused(order_id=order.id, practice_id=order.practice_id))
        publish(uow, order)


async def _unanswered(order_id: UUID, attempt: Attempt, error: LimsError) -> None:
    """Note that the lab did not answer, and try again by itself, later and later but never more than two minutes."""
    async with room.unit_of_work() as uow:
        order = await find(uow.session, order_id, for_update=True)
        if order.status is not OrderStatus.SUBMITTED or order.job_id:
            return
        never_left = isinstance(error, LimsUnavailable) and not error.may_have_arrived
        if (
            never_left and not attempt.may_have_arrived and order.attempts == attempt.number
        ):  # and no other try is under way
            order.may_have_arrived = False
        if not order.last_error:
            await note(uow, order, ILS, "Waiting for the lab", why=_plainly(error))
        order.last_error = _plainly(error)
        order.next_try_at = _next_try(order.attempts, error)
        await uow.enqueue(
            "orders.send_to_lab", once=f"send:{order.id}", schedule_at=order.next_try_at, order_id=str(order.id)
        )
        publish(uow, order)
        uow.publish("lims")
        logger.warning("order_waits", attempt=attempt.number, error=type(error).__name__)


def _next_try(attempts: int, error: LimsError) -> datetime:
    wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(attempts - 1, 6))
    soonest = now() + timedelta(seconds=wait * random.uniform(0.8, 1.2))  # noqa: S311  spreads tries, guards nothing
    told = error.retry_at if isinstance(error, LimsUnavailable) else None
    return max(soonest, told) if told else soonest


def _plainly(error: LimsError) -> str:
    if isinstance(error, LimsCircuitOpen | LimsUnavailable):
        return "The lab's system does not answer."
    return "The lab's system gave an answer that cannot be understood; the engineer has been told."


@internal
async def send_forgotten() -> None:
    """Send orders whose next try is long past: their job was lost with whoever held it."""
    overdue = now() - timedelta(seconds=2 * LONGEST_WAIT_SECONDS)
    query: Any = select(col(Order.id)).where(
        col(Order.status) == OrderStatus.SUBMITTED,
        func.coalesce(col(Order.next_try_at), col(Order.placed_at)) < overdue,
    )
    async with room.read() as session:
        forgotten = list((await session.execute(query.limit(100))).scalars())
    for order_id in forgotten:
        await send_to_lab(order_id)
