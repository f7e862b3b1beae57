"""Placing an order: safely ours before the lab is told, told at once, told again by itself while the lab is away."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.catalog import service as catalog
from ils_app.kernel import log, metrics
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.lims import BACKGROUND_SECONDS, CLICK_SECONDS, lims
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.room import UnitOfWork
from ils_app.orders.drafts import describe, practice_for, take_description
from ils_app.orders.errors import CannotBeMade, DraftChanged, NotADraft, NotConfirmed, NotReadable
from ils_app.orders.events import OrderMoved, OrderRefused, OrderSent, OrderSubmitted
from ils_app.orders.models import Order
from ils_app.orders.moves import apply, expect_unmatched, tell_history
from ils_app.orders.reading import form_field, read
from ils_app.orders.records import ILS, LAB, find, find_for, next_number, note, publish, remember_words, room
from ils_app.orders.schemas import OrderDraft, OrderStatus, OrderView, Ticked
from ils_app.orders.views import draft_view, view_of
from lims_client.errors import LimsCircuitOpen, LimsError, LimsRejected, LimsUnavailable
from lims_client.models import Configuration, CreateJobRequest, Decision, Finding, Job, Severity, ValidationResult
from lims_client.rules.engine import evaluate

NET_SECONDS = 6  # when the durable job looks whether the direct way got through
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5, 120
OUTCOMES = {OrderStatus.SUBMITTED: "waiting", OrderStatus.ON_HOLD: "refused"}
"""What a placing that made no job is counted as, by where the order stands after it."""

Bring = Callable[[], Awaitable[UUID]]
"""Takes up the patient an order brings along; called when everything else about the order is right."""

logger = log.get_logger(__name__)


@door("orders.create")
async def submit(actor: Actor, order_id: UUID, draft: OrderDraft, *, version: int | None = None) -> OrderView:
    """Place an order and send it to the lab. Submitting twice is submitting once.

    The order is safely ours before the lab is told, and no lock is held while it is. With the lab away the order
    waits and `send_to_lab` goes on by itself. Raises NotReadable, NotConfirmed or CannotBeMade with the fields to
    mend, and DraftChanged when the draft was saved elsewhere since the named `version`; then nothing was sent and the
    draft stands as it was.
    """
    return await submitted(actor, order_id, draft, version=version)


async def submitted(
    actor: Actor, order_id: UUID, draft: OrderDraft, *, version: int | None = None, bring: Bring | None = None
) -> OrderView:
    """As `submit`; `bring` takes up the patient once the lab has said that it can make this."""
    with metrics.submission() as counted:
        if already := await _already_sent(actor, order_id):
            counted.outcome = "repeated"
            return already
        view = await _placed(actor, order_id, draft, version, bring)
        counted.outcome = "sent" if view.job_id else OUTCOMES.get(view.status, "sent")
    return view


async def _placed(
    actor: Actor, order_id: UUID, draft: OrderDraft, version: int | None, bring: Bring | None
) -> OrderView:
    described = Order(practice_id=practice_for(actor, draft), practice_name="")
    await describe(actor, described, draft)
    configuration = _complete(described, draft, patient_comes=bring is not None)
    verdict = await _ask_the_lab(configuration)
    if bring is not None:
        draft = draft.model_copy(update={"patient_id": await bring()})
        await describe(actor, described, draft)
        configuration = configuration.model_copy(update={"patient_id": str(described.patient_id)})
    number = await next_number()
    async with room.unit_of_work() as uow:
        order = await find_for(uow.session, actor, "orders.create", order_id, for_update=True)
        if order.status is OrderStatus.DRAFT:
            if version is not None and order.version != version:
                raise DraftChanged(draft_view(order))
            if order.corrects:
                await _link_correction(uow.session, order, order.corrects)
            publish(uow, order)
            take_description(order, described)
            _freeze(order, number, configuration, verdict)
            for tick in draft.confirmations:
                await note(uow, order, tick.by_name, "Confirmed", why=_question(tick, verdict), at=tick.at)
            await note(uow, order, actor.name, "Order placed", old=OrderStatus.DRAFT, new=OrderStatus.SUBMITTED)
            uow.emit(OrderSubmitted(order_id=order.id, practice_id=order.practice_id))
            await uow.enqueue(
                "orders.send_to_lab", schedule_at=now() + timedelta(seconds=NET_SECONDS), order_id=str(order.id)
            )
            publish(uow, order)
    await send_to_lab(order_id, within_seconds=CLICK_SECONDS)
    return await _seen(actor, order_id)


@door("orders.resend")
async def resend(actor: Actor, order_id: UUID) -> OrderView:
    """Try the lab again now, for an order that waits for it. Raises NotADraft when it does not wait any more."""
    async with room.read() as session:
        order = await find_for(session, actor, "orders.resend", order_id)
        if order.status is not OrderStatus.SUBMITTED:
            raise NotADraft("This order has reached the lab already.")
    await send_to_lab(order_id, within_seconds=CLICK_SECONDS)
    return await _seen(actor, order_id)


@internal
async def send_to_lab(order_id: UUID, *, within_seconds: float = BACKGROUND_SECONDS) -> None:
    """Have the lab make a job of a saved order, or note why it could not and when the next try is.

    Safe to repeat and to run twice at once: the order's id is the idempotency key, so the lab makes one job. An
    order that has its job already is left alone.
    """
    attempt = await _begin_attempt(order_id)
    if attempt is None:
        return
    number, may_have_arrived, request = attempt
    with log.bound(order_id=order_id):
        try:
            job = await lims().create_job(request, deadline_seconds=within_seconds)
        except LimsRejected as error:
            await _refused(order_id, error)
        except LimsError as error:
            await _unanswered(order_id, number, error, may_have_arrived=may_have_arrived)
        else:
            await _sent(order_id, job)


async def _already_sent(actor: Actor, order_id: UUID) -> OrderView | None:
    async with room.read() as session:
        order = await find_for(session, actor, "orders.create", order_id)
        if order.status is OrderStatus.DRAFT:
            return None
    await send_to_lab(order_id, within_seconds=CLICK_SECONDS)
    return await _seen(actor, order_id)


async def _seen(actor: Actor, order_id: UUID) -> OrderView:
    async with room.read() as session:
        return view_of(await find(session, order_id), actor)


def _complete(order: Order, draft: OrderDraft, *, patient_comes: bool) -> Configuration:
    """The configuration the lab gets. Raises NotReadable for what is missing or cannot be read."""
    reading = read(draft)
    problems = dict(reading.problems)
    if order.patient_id is None and not patient_comes:
        problems["patient_id"] = "Choose the patient, or add a new one."
    if not order.ship_to:
        problems["ship_to"] = "The practice has no address to send to: add a site to the practice."
    if reading.configuration.lens_type is None and reading.configuration.design is None:
        problems["design"] = "Choose the lens."
    if problems:
        things = "One thing is" if len(problems) == 1 else f"{len(problems)} things are"
        raise NotReadable(f"{things} to be mended before this can be sent.", fields=problems)
    return reading.configuration.model_copy(
        update={
            "account_number": order.account_number,
            "ship_to": order.ship_to,
            "ecp_id": str(order.ecp_id) if order.ecp_id else None,
            "practice_id": str(order.practice_id),
            "patient_id": str(order.patient_id) if order.patient_id else None,
        }
    )


async def _ask_the_lab(configuration: Configuration) -> ValidationResult | None:
    """The LIMS's verdict; None when it does not answer, which refuses nothing. Raises CannotBeMade, NotConfirmed."""
    try:
        verdict = await lims().validate_configuration(configuration, deadline_seconds=CLICK_SECONDS)
    except LimsRejected as error:
        raise CannotBeMade(error.findings, _by_field(error.findings)) from None
    except LimsError as error:
        logger.warning("validation_unanswered", error=type(error).__name__)
        await _ask_our_copy(configuration)
        return None
    if verdict.decision is Decision.REJECT:
        rejecting = [finding for finding in verdict.findings if finding.severity is Severity.REJECT]
        raise CannotBeMade(rejecting, _by_field(rejecting))
    if verdict.decision is Decision.CONFIRM:
        raise _not_confirmed(verdict.findings)
    return verdict


async def _ask_our_copy(configuration: Configuration) -> None:
    """With the lab away, its questions are still asked, from our copy of its rules. Raises NotConfirmed.

    Nothing else of the copy's verdict counts here: only the lab refuses an order.
    """
    if await catalog.current() is None:
        return
    rules = (await catalog.offered()).rules
    if rules is None:
        return
    verdict = evaluate(configuration, rules, today=today_in_lab())
    if verdict.decision is Decision.CONFIRM:
        raise _not_confirmed(verdict.findings)


def _not_confirmed(findings: Sequence[Finding]) -> NotConfirmed:
    asking = [finding for finding in findings if finding.severity is Severity.CONFIRM]
    return NotConfirmed("Confirm what the rules ask about, then send.", fields=_by_field(asking))


def _by_field(findings: Any) -> dict[str, str]:
    by_field: dict[str, str] = {}
    for finding in findings:
        name = form_field(finding.field) or "order"
        by_field[name] = f"{by_field[name]} {finding.message}" if name in by_field else finding.message
    return by_field


def _question(tick: Ticked, verdict: ValidationResult | None) -> str:
    """What was confirmed, in the rules' own words where they are at hand."""
    found = (one.message for one in verdict.findings if one.code == tick.code) if verdict else iter(())
    return next(found, tick.code)


def _freeze(order: Order, number: str, configuration: Configuration, verdict: ValidationResult | None) -> None:
    """From here the body never changes: what is sent again is what was sent first."""
    order.number = number
    order.configuration = configuration.model_copy(update={"order_number": number}).to_wire()
    order.move(OrderStatus.SUBMITTED)
    order.version += 1
    order.placed_at = now()
    if verdict is not None:
        order.price = verdict.price.to_wire() if verdict.price else None
        order.findings = [finding.to_wire() for finding in verdict.findings]
        order.rules_version = verdict.rules_version or ""
        order.promised_at = order.due_at = verdict.promised_date
    remember_words(order)


async def _link_correction(session: AsyncSession, order: Order, corrects: UUID) -> None:
    """The refused or cancelled original no longer asks for attention: this order stands in its place.

    Counters are locked in the order of their names: attention before the order's own.
    """
    original = await find(session, corrects, for_update=True)
    original.corrected_by, original.attention = order.id, False
    await session.flush()


async def _begin_attempt(order_id: UUID) -> tuple[int, bool, CreateJobRequest] | None:
    """Count the attempt, say whether one before it may have arrived, and what to send; None when nothing is to be."""
    async with room.unit_of_work() as uow:
        order = await find(uow.session, order_id, for_update=True)
        if order.status is not OrderStatus.SUBMITTED or order.job_id or order.configuration is None:
            return None
        if order.cancel_requested and not order.may_have_arrived:
            await _cancel_unmade(uow, order)
            return None
        before, order.may_have_arrived = order.may_have_arrived, True
        order.attempts += 1
        metadata = {"source": "ILS"}
        body = Configuration.model_validate(order.configuration)
        request = CreateJobRequest(**body.model_dump(), metadata=metadata, idempotency_key=str(order.id))
        return order.attempts, before, request


async def _sent(order_id: UUID, job: Job) -> None:
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


async def _unanswered(order_id: UUID, attempt: int, error: LimsError, *, may_have_arrived: bool) -> None:
    """Note that the lab did not answer, and try again by itself, later and later but never more than two minutes."""
    async with room.unit_of_work() as uow:
        order = await find(uow.session, order_id, for_update=True)
        if order.status is not OrderStatus.SUBMITTED or order.job_id:
            return
        never_left = isinstance(error, LimsUnavailable) and not error.may_have_arrived
        if never_left and not may_have_arrived and order.attempts == attempt:  # and no other try is under way
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
        logger.warning("order_waits", attempt=attempt, error=type(error).__name__)


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
