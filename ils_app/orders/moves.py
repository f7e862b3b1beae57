"""The lab's word on a job becomes the order's status: in the job's own order, once, wherever it came from."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from ils_app.kernel import inbox, log
from ils_app.kernel.clock import now
from ils_app.kernel.inbox import DeliveryState
from ils_app.kernel.lims import BACKGROUND_SECONDS, lims
from ils_app.kernel.permissions import internal
from ils_app.kernel.room import UnitOfWork
from ils_app.orders.events import OrderAdopted, OrderMoved
from ils_app.orders.models import ORDER_STATUS, Order
from ils_app.orders.records import ILS, LAB, find_by_job, note, publish, remember_words, room
from ils_app.orders.schemas import OrderDraft, OrderStatus
from ils_app.practices import service as practices
from lims_client.errors import LimsError, LimsNotFound, LimsUnavailable
from lims_client.models import Job, JobState, JobStatus, StatusEvent

STATUS_SOURCE = "lims-status"
SILENT_MINUTES = 10
SWEEP_ORDERS = 200

WORDS = {
    JobStatus.QUEUED: "Queued at the lab",
    JobStatus.IN_PRODUCTION: "In production",
    JobStatus.QUALITY_CHECK: "Being inspected",
    JobStatus.READY_FOR_SHIPPING: "Inspected and packed",
    JobStatus.SHIPPED: "Shipped",
    JobStatus.COMPLETED: "Completed",
    JobStatus.FAILED: "Failed at the lab",
    JobStatus.ON_HOLD: "Put on hold",
    JobStatus.CANCELLED: "Cancelled",
}

logger = log.get_logger(__name__)


async def apply(uow: UnitOfWork, order: Order, job: JobState, *, previous: JobStatus | None, who: str = LAB) -> bool:
    """Take the lab's word for a locked order, with its line in the timeline. True if the order changed.

    A word that comes late still gets its line, in its own place, and moves nothing: whatever the order deliveries
    arrive in, the end is the same. Raises ValueError for a move no order makes.
    """
    old, before, cancelling = order.status, order.job_status, order.cancel_requested
    taken = order.receive(job)
    told = previous or _stood_before(job)
    came_from = told or (before if taken else None)
    place = job.sequence if job.sequence is not None else _sequence_of_time(job)
    # A repeat that names no place of its own would be written again and again; a step from station to station within
    # a status is the floor's business.
    if (taken or place is not None) and told is not job.status:
        await note(
            uow, order, who, WORDS[job.status], old=_order_status(came_from, old if taken else None, job.sequence),
            new=ORDER_STATUS[job.status], job_status=job.status, why=job.reason or "", at=job.timestamp, sequence=place,
        )  # fmt: skip
    if cancelling and not order.cancel_requested and order.status is not OrderStatus.CANCELLED:
        await note(uow, order, ILS, "Not cancelled", why=f"The lab says {job.status.replace('_', ' ')} already.")
    if taken:
        remember_words(order)
        uow.emit(
            OrderMoved(
                order_id=order.id,
                practice_id=order.practice_id,
                old=old,
                new=order.status,
                job_id=job.job_id,
                job_status=job.status,
                place=place,
            )
        )
        publish(uow, order)
    elif place is not None:
        uow.publish(f"order:{order.id}")  # it stands where it stood, but its timeline may have gained a line
    return taken


@internal
async def take_job(job: JobState, *, previous: JobStatus | None = None, who: str = LAB) -> bool:
    """Take a job as the LIMS just answered it, history and all. False when no order knows this job, or none changed.

    `who` asked the LIMS for it, and is named in the timeline.
    """
    async with room.unit_of_work() as uow:
        order = await find_by_job(uow.session, job.job_id)
        if order is None:
            return False
        await tell_history(uow, order, job)
        return await apply(uow, order, job, previous=previous, who=who)


@internal
async def apply_status(inbox_id: UUID) -> None:
    """Work one delivery of the status webhook. A repeat changes nothing."""
    async with room.unit_of_work() as uow:
        job_id = await _apply_delivery(uow, inbox_id)
    if job_id is not None:  # no order has this job; the lab is asked with no transaction open
        adopted = await adopt(job_id)
        async with room.unit_of_work() as uow:
            await _apply_delivery(uow, inbox_id, asked=True, adopted=adopted)


async def _apply_delivery(uow: UnitOfWork, inbox_id: UUID, *, asked: bool = False, adopted: bool = False) -> str | None:
    """Apply a delivery to its order; the job's id when no order has it and the lab was not asked yet."""
    row = await inbox.find(uow.session, inbox_id)
    if row is None:
        return None
    event = StatusEvent.from_wire(row.body)
    order = await find_by_job(uow.session, event.job_id)
    if order is None and not asked:
        return event.job_id
    row.attempts += 1
    if order is None:
        said = "No order has this job, and the lab's system names no account of ours for it."
        inbox.close(uow, row, DeliveryState.UNMATCHED, said)
        return None
    number, state = order.number, JobState.model_validate({**event.model_dump(), "status": event.new_status})
    if event.error_message and not state.reason:
        state = state.model_copy(update={"reason": event.error_message})
    try:
        taken = await apply(uow, order, state, previous=event.previous_status)
    except ValueError as error:
        uow.session.expunge(order)  # what it was is what it stays
        inbox.close(uow, row, DeliveryState.FAILED, f"{number}: {error}.")
        logger.warning("illegal_move", number=number, job_id=event.job_id)
        return None
    outcome = f"{number}: {event.new_status.replace('_', ' ')}."
    if taken or adopted:
        inbox.close(uow, row, DeliveryState.APPLIED, outcome)
    else:
        inbox.close(uow, row, DeliveryState.REPEATED, f"{outcome[:-1]}, known already.")
    logger.info("status_worked", order_id=str(order.id), job_id=event.job_id, taken=taken)
    return None


async def expect_unmatched(uow: UnitOfWork, job_id: str) -> None:
    """Have what came in for a job before its order knew it worked again, after any delivery that is worked now."""
    await uow.enqueue("orders.match_deliveries", lock=f"{STATUS_SOURCE}:{job_id}", job_id=job_id)


@internal
async def match_deliveries(job_id: str) -> None:
    """Work the deliveries that named this job before its order knew it."""
    async with room.unit_of_work() as uow:
        for inbox_id in await inbox.unmatched(uow.session, STATUS_SOURCE, job_id):
            await uow.enqueue("orders.apply_status", lock=f"{STATUS_SOURCE}:{job_id}", inbox_id=str(inbox_id))


@internal
async def adopt(job_id: str) -> bool:
    """Make an order of a job born in the LIMS, for the practice whose account it names. False when it is not ours."""
    try:
        job = await lims().get_job(job_id, deadline_seconds=BACKGROUND_SECONDS)
    except LimsNotFound:
        return False
    practice_id = await practices.practice_of_account(job.account_number) if job.account_number else None
    if practice_id is None or await _is_being_sent(job):
        return False
    practice = await practices.profile(practice_id)
    order = Order(
        practice_id=practice_id, practice_name=practice.name, account_number=job.account_number or "",
        ship_to=practice.default_site.code if practice.default_site else "", number=job.order_number or job.job_id,
        reference="Entered at the lab", lens=(job.lens_type or "lens").replace("_", " "), job_id=job.job_id,
        status=OrderStatus.SUBMITTED, draft=OrderDraft(practice_id=practice_id).model_dump(mode="json"),
        configuration={"prescription": job.prescription.to_wire()} if job.prescription else None, sent_at=now(),
        findings=[finding.to_wire() for finding in job.findings],
    )  # fmt: skip
    try:
        async with room.unit_of_work() as uow:
            await tell_history(uow, order, job)
            await apply(uow, order, job, previous=None)
            uow.session.add(order)  # whole, so that it is counted once and where it stands
            await expect_unmatched(uow, job.job_id)
            uow.emit(OrderAdopted(order_id=order.id, practice_id=practice_id, job_id=job.job_id))
    except IntegrityError:  # another worker adopted it a moment ago
        return await _is_known(job_id)
    return True


@internal
async def reconcile() -> int:
    """Ask the LIMS about orders it has long not spoken of, so that a lost webhook is caught. Says how many changed."""
    query = (
        select(col(Order.job_id))
        .where(
            col(Order.job_id).is_not(None),
            col(Order.status).not_in((OrderStatus.COMPLETED, OrderStatus.CANCELLED)),
            col(Order.heard_at) < now() - timedelta(minutes=SILENT_MINUTES),
        )
        .order_by(col(Order.heard_at))
        .limit(SWEEP_ORDERS)
    )
    async with room.read() as session:
        silent = [job_id for job_id in (await session.execute(query)).scalars() if job_id]
    changed = 0
    for job_id in silent:
        try:
            changed += await take_job(await lims().get_job(job_id, deadline_seconds=BACKGROUND_SECONDS))
        except LimsUnavailable as error:
            logger.warning("reconcile_unanswered", job_id=job_id, error=type(error).__name__)
            break  # the lab is away; the next sweep goes on here
        except (LimsError, ValueError) as error:  # about this job only, so it must not keep the others waiting
            logger.warning("reconcile_not_taken", job_id=job_id, error=type(error).__name__)
            await _ask_again_later(job_id)
    return changed


async def _ask_again_later(job_id: str) -> None:
    async with room.unit_of_work() as uow:
        order = await find_by_job(uow.session, job_id)
        if order is not None:
            order.heard_at = now()


async def tell_history(uow: UnitOfWork, order: Order, job: JobState) -> None:
    """Lines of the timeline for the changes a job's own history tells of, before the present one; they move nothing."""
    entries = job.history if isinstance(job, Job) else ()
    for entry in entries:
        if entry.sequence is None or (job.sequence is not None and entry.sequence >= job.sequence):
            continue
        if entry.previous_status is entry.status:
            continue
        await note(
            uow, order, LAB, WORDS[entry.status],
            old=_order_status(entry.previous_status, None, entry.sequence),
            new=ORDER_STATUS[entry.status], job_status=entry.status, why=entry.reason or "", at=entry.timestamp,
            sequence=entry.sequence,
        )  # fmt: skip


def _sequence_of_time(job: JobState) -> int | None:
    """A LIMS without sequences: the microsecond stands in, so that a repeat is written once."""
    return -round(job.timestamp.timestamp() * 1_000_000) if job.timestamp else None


def _order_status(
    came_from: JobStatus | None, otherwise: OrderStatus | None, sequence: int | None
) -> OrderStatus | None:
    """Where the order came from; a job's first word finds it submitted."""
    if came_from is not None:
        return ORDER_STATUS[came_from]
    return OrderStatus.SUBMITTED if sequence == 1 else otherwise


def _stood_before(job: JobState) -> JobStatus | None:
    """What the job was before its present status, where its own history tells."""
    last = job.history[-1] if isinstance(job, Job) and job.history else None
    return last.previous_status if last is not None and last.sequence == job.sequence else None


async def _is_known(job_id: str) -> bool:
    async with room.read() as session:
        return (await session.execute(select(col(Order.id)).where(col(Order.job_id) == job_id))).first() is not None


async def _is_being_sent(job: Job) -> bool:
    """True for a job of our own whose answer is still on its way: its order knows it in a moment."""
    if not job.order_number:
        return False
    query: Any = select(col(Order.id)).where(col(Order.number) == job.order_number)
    async with room.read() as session:
        return (await session.execute(query)).first() is not None


def status_delivery(delivery_id: str, event: StatusEvent, body: bytes) -> inbox.Delivery:
    """A proven status webhook on its way into the inbox; one job's deliveries are worked in order."""
    return inbox.Delivery(STATUS_SOURCE, delivery_id, event.job_id, body, "orders.apply_status")
