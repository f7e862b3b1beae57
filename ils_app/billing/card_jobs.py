"""What happens to card payments by itself: deliveries are worked, refunds sent, and who was silent is asked."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from ils_app.billing import card_outcomes, card_telling
from ils_app.billing.card_calls import calls
from ils_app.billing.card_errors import StripeAway, StripeRefused
from ils_app.billing.card_outcomes import APPLY, PAID, SEND_REFUND, Heard, find, hear, hear_refund
from ils_app.billing.card_pages import PAGE_MUST_OPEN_WITHIN, close, page_of, standing
from ils_app.billing.card_schemas import RefundState
from ils_app.billing.models import CardAttemptRow, CardRefundRow, InvoiceRow
from ils_app.billing.open_pages import SETTLE
from ils_app.billing.room import room, topics
from ils_app.billing.stripe_calls import Back
from ils_app.billing.stripe_events import Event, Kind, Thing, kind, read
from ils_app.kernel import inbox, jobs, log
from ils_app.kernel.clock import now
from ils_app.kernel.inbox import DeliveryState
from ils_app.kernel.money import Money

SILENT: Final = timedelta(minutes=10)
AT_ONCE: Final = 100

logger = log.get_logger(__name__)


@jobs.task(APPLY)
async def apply_stripe(inbox_id: str) -> None:
    """Take an event into the books, once in effect, whenever and however often it comes."""
    async with room.read() as session:
        body = (await inbox.take(session, UUID(inbox_id))).body
    event = read(body)
    if kind(event) is Kind.REFUND:
        try:
            heard = await _apply_refunds(event)
        except StripeAway:
            await _close(inbox_id, Heard(DeliveryState.FAILED, "Stripe did not answer; the job tries again by itself."))
            raise
        await _close(inbox_id, heard)
        return
    async with room.unit_of_work() as uow:
        row = await inbox.take(uow.session, UUID(inbox_id))
        if kind(event) is Kind.NOTHING:
            heard = Heard(DeliveryState.REPEATED, f"ILS does nothing on {event.type}.")
        else:
            heard = await hear(uow, event.thing, kind(event), at=card_outcomes.moment(event.created))
        inbox.close(uow, row, heard.state, heard.words)


async def _close(inbox_id: str, heard: Heard) -> None:
    async with room.unit_of_work() as uow:
        inbox.close(uow, await inbox.take(uow.session, UUID(inbox_id)), heard.state, heard.words)


async def _apply_refunds(event: Event) -> Heard:
    """A refund can be heard of before its payment: then the payment is asked for first.

    An event about the whole charge names no single refund, so all of them are asked for.
    """
    thing = event.thing
    async with room.read() as session:
        attempt_id = await find(session, thing)
        attempt = await session.get(CardAttemptRow, attempt_id) if attempt_id else None
    if attempt is None:
        return Heard(DeliveryState.UNMATCHED, "No payment of ILS is behind this refund.")
    if attempt.state not in PAID:
        await settle_attempt(str(attempt.id))
    things = [thing] if thing.object == "refund" else []
    if not things and (payment := thing.intent or attempt.payment_intent):
        things = await calls(payment).refunds(payment)
    heard = [await _hear_refund(one) for one in things]
    if not heard:
        return Heard(DeliveryState.REPEATED, "Stripe knows of no refund of this payment.")
    order = (DeliveryState.UNMATCHED, DeliveryState.APPLIED, DeliveryState.REPEATED)
    state = min((one.state for one in heard), key=order.index)
    return Heard(state, " ".join(one.words for one in heard if one.state is state))


async def _hear_refund(thing: Thing) -> Heard:
    async with room.unit_of_work() as uow:
        return await hear_refund(uow, thing)


@jobs.task(SETTLE)
async def settle_attempt(attempt_id: str) -> None:
    """Ask how an attempt stands that was not heard of.

    A page for what is owed no longer is closed, and so is one that nobody was given once it is old.
    """
    async with room.read() as session:
        attempt = await session.get(CardAttemptRow, UUID(attempt_id))
        invoice = await session.get(InvoiceRow, attempt.invoice_id) if attempt else None
    if attempt is None or invoice is None or not attempt.live:
        return
    outdated = attempt.amount_minor != invoice.balance_minor
    if attempt.session_id is None:
        if outdated or now() >= attempt.created_at + PAGE_MUST_OPEN_WITHIN:
            await close(attempt)
        return
    page = await page_of(attempt)
    outcome = standing(page)
    if outcome is None and outdated:
        await close(attempt)
        return
    async with room.unit_of_work() as uow:
        if outcome is not None:
            await hear(uow, page, outcome)
        else:
            _, row = await card_outcomes.locked(uow, attempt.id)
            row.asked_at = now()


@jobs.task(SEND_REFUND)
async def send_refund(refund_id: str) -> None:
    """Ask Stripe for a refund, or for what became of it; asked twice it is one refund.

    Its refunds are read first: a key is forgotten after a day, and an answer may have been lost before that.
    """
    async with room.read() as session:
        refund = await session.get(CardRefundRow, UUID(refund_id))
        attempt = await session.get(CardAttemptRow, refund.attempt_id) if refund else None
    if refund is None or attempt is None or refund.state is not RefundState.PENDING:
        return
    assert attempt.payment_intent is not None  # only what was paid is given back
    way = calls(attempt.payment_intent)
    try:
        known = [one for one in await way.refunds(attempt.payment_intent) if _is(one, refund)]
        back = Back(refund.id, attempt.id, attempt.payment_intent, refund.amount_minor)
        thing = known[0] if known else await way.refund(back)
    except StripeRefused as error:
        await _refused(refund.id, error.reason)
        return
    await _hear_refund(thing)


def _is(thing: Thing, refund: CardRefundRow) -> bool:
    return thing.refund_id == refund.id or (refund.stripe_id is not None and thing.id == refund.stripe_id)


async def _refused(refund_id: UUID, reason: str) -> None:
    """Stripe will not send it: it is shown as failed, and both sides hear of it."""
    async with room.unit_of_work() as uow:
        refund = await uow.session.get(CardRefundRow, refund_id)
        assert refund is not None
        invoice, attempt = await card_outcomes.locked(uow, refund.attempt_id)
        await uow.session.refresh(refund)
        if refund.state is not RefundState.PENDING:
            return
        refund.state, refund.failure, refund.settled_at = RefundState.FAILED, reason or "refused", now()
        amount = Money(minor=refund.amount_minor, currency=attempt.currency)
        await card_telling.refund_failed(uow, invoice, refund, amount)
        uow.publish(*topics(invoice.id, invoice.practice_id))


@jobs.periodic("*/5 * * * *", "billing.ask_about_cards")
async def ask_about_cards() -> None:
    """The net under lost webhooks: ask about every payment and refund that nothing was heard of for a while."""
    before = now() - SILENT
    attempts: Any = select(CardAttemptRow).where(col(CardAttemptRow.live), col(CardAttemptRow.asked_at) < before)
    refunds: Any = select(CardRefundRow).where(
        col(CardRefundRow.state) == RefundState.PENDING, col(CardRefundRow.asked_at) < before
    )
    async with room.unit_of_work() as uow:
        for attempt in (await uow.session.execute(attempts.limit(AT_ONCE))).scalars():
            attempt.asked_at = now()
            await uow.enqueue(SETTLE, attempt_id=str(attempt.id))
        for refund in (await uow.session.execute(refunds.limit(AT_ONCE))).scalars():
            refund.asked_at = now()
            await uow.enqueue(SEND_REFUND, lock=f"refund:{refund.id}", refund_id=str(refund.id))


__all__ = ["apply_stripe", "ask_about_cards", "send_refund", "settle_attempt"]
