"""What became of an attempt or a refund, taken into the books: the same end whatever the order, however often.

Each outcome is a step up and never down: a refund that failed at Stripe stays failed, what was paid stays paid, a
decline that is heard late changes nothing. The invoice is locked first, then its attempt, so that two payments of one
invoice at the same moment come one after the other, and the second finds what the first has paid.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.billing import card_telling, ledger
from ils_app.billing.card_schemas import AttemptState, RefundOrigin, RefundState
from ils_app.billing.events import PaymentFailed
from ils_app.billing.models import CardAttemptRow, CardRefundRow, InvoiceRow
from ils_app.billing.room import topics
from ils_app.billing.stripe_events import Kind, Thing
from ils_app.kernel import inbox
from ils_app.kernel.clock import now
from ils_app.kernel.inbox import DeliveryState
from ils_app.kernel.money import Money
from ils_app.kernel.room import UnitOfWork

SOURCE = "stripe"
APPLY = "billing.apply_stripe"
SEND_REFUND = "billing.send_refund"
PAID = (AttemptState.SUCCEEDED, AttemptState.REFUNDED)
REFUND_STATES = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of hearing something, as the inbox writes it down."""

    state: DeliveryState
    words: str


async def find(session: AsyncSession, thing: Thing) -> UUID | None:
    """The attempt something at Stripe belongs to: by our own id, else by the page's, else by the payment's."""
    attempt: Any = col(CardAttemptRow.id)
    for column, value in (
        (attempt, thing.attempt_id),
        (col(CardAttemptRow.session_id), thing.id if thing.object == "checkout.session" else None),
        (col(CardAttemptRow.payment_intent), thing.intent),
    ):
        if value is not None:
            found = (await session.execute(select(attempt).where(column == value))).scalar_one_or_none()
            if found is not None:
                return UUID(str(found))
    return None


async def hear(uow: UnitOfWork, thing: Thing, kind: Kind, *, at: datetime | None = None) -> Heard:
    """Take what was said about a payment page or a payment into the books. `at`: when it happened at Stripe."""
    attempt_id = await find(uow.session, thing)
    if attempt_id is None:
        return Heard(DeliveryState.UNMATCHED, "No payment of ILS is behind this.")
    invoice, attempt = await locked(uow, attempt_id)
    attempt.asked_at = now()
    if wrong := _mismatch(attempt, thing, kind):
        return Heard(DeliveryState.UNMATCHED, wrong)
    before = attempt.state, attempt.live, attempt.decline
    if kind is Kind.PAID:
        await _paid(uow, invoice, attempt, thing)
    elif attempt.state in PAID:
        pass  # whatever else is said of it, it was paid
    elif kind is Kind.PROCESSING:
        attempt.state = AttemptState.PROCESSING if attempt.live else attempt.state
    else:
        await _came_to_nothing(uow, invoice, attempt, thing, kind, at or now())
    if before == (attempt.state, attempt.live, attempt.decline):
        return Heard(DeliveryState.REPEATED, f"Known already: the payment is {attempt.state.value}.")
    uow.publish(*topics(invoice.id, invoice.practice_id))
    return Heard(DeliveryState.APPLIED, f"Invoice {invoice.number}: the payment is {attempt.state.value}.")


async def hear_refund(uow: UnitOfWork, thing: Thing) -> Heard:
    """Take what was said about a refund into the books; one that ILS did not ask for was made at Stripe's own pages."""
    attempt_id = await find(uow.session, thing)
    if attempt_id is None:
        return Heard(DeliveryState.UNMATCHED, "No payment of ILS is behind this refund.")
    invoice, attempt = await locked(uow, attempt_id)
    if attempt.state not in PAID:
        return Heard(DeliveryState.UNMATCHED, f"A refund of a payment that is {attempt.state.value}.")
    refund = await _refund_of(uow, invoice, attempt, thing)
    if refund is None:
        return Heard(DeliveryState.UNMATCHED, "The refund does not fit the payment it names: nothing was recorded.")
    refund.asked_at = now()
    said = REFUND_STATES.get(thing.status or "", RefundState.PENDING)
    amount = Money(minor=refund.amount_minor, currency=attempt.currency)
    after_all = await _after_all(uow, invoice, refund, said, amount)
    refund.stripe_id = thing.id
    was, order = refund.state, list(RefundState)
    if order.index(said) <= order.index(was):
        if after_all:
            return Heard(DeliveryState.APPLIED, f"Invoice {invoice.number}: the refund of {amount} is on its way.")
        return Heard(DeliveryState.REPEATED, f"Known already: the refund is {was.value}.")
    refund.state, refund.settled_at = said, now()
    if said is RefundState.SUCCEEDED:
        await ledger.record_refund(
            uow, invoice.id, refund.amount_minor, reference=thing.id, who=refund.asked_by_name or ledger.SYSTEM,
            note=refund.reason,
        )  # fmt: skip
    else:
        refund.failure = thing.failure_reason or thing.status or ""
        if was is RefundState.SUCCEEDED:  # the bank sent it back days later
            await ledger.record_payment(
                uow, invoice.id, refund.amount_minor, source="lab", reference=f"{thing.id} came back",
                note="The refund did not reach the card and came back.",
            )  # fmt: skip
        await card_telling.refund_failed(uow, invoice, refund, amount)
    await _settle_whole(uow, attempt)
    uow.publish(*topics(invoice.id, invoice.practice_id))
    return Heard(DeliveryState.APPLIED, f"Invoice {invoice.number}: the refund of {amount} is {said.value}.")


async def locked(uow: UnitOfWork, attempt_id: UUID) -> tuple[InvoiceRow, CardAttemptRow]:
    """An attempt and its invoice, both locked until the transaction ends, the invoice first."""
    found: Any = select(CardAttemptRow.invoice_id).where(col(CardAttemptRow.id) == attempt_id)  # type: ignore[call-overload]
    invoice = await ledger.locked_invoice(uow, (await uow.session.execute(found)).scalar_one())
    query = select(CardAttemptRow).where(col(CardAttemptRow.id) == attempt_id).with_for_update()
    row = (await uow.session.execute(query.execution_options(populate_existing=True))).scalar_one()
    return invoice, row


async def going_back(session: AsyncSession, attempt_id: UUID, *states: RefundState) -> int:
    """How much of an attempt stands in refunds of these states, in minor units."""
    query: Any = select(func.coalesce(func.sum(col(CardRefundRow.amount_minor)), 0)).where(
        col(CardRefundRow.attempt_id) == attempt_id, col(CardRefundRow.state).in_(states)
    )
    return int((await session.execute(query)).scalar_one())


async def begin_refund(
    uow: UnitOfWork, attempt: CardAttemptRow, minor: int, origin: RefundOrigin, **more: Any
) -> CardRefundRow:
    """Write a refund down and have a durable job ask Stripe for it."""
    refund = CardRefundRow(
        attempt_id=attempt.id, invoice_id=attempt.invoice_id, amount_minor=minor, origin=origin, **more
    )
    uow.session.add(refund)
    await uow.session.flush()
    await uow.enqueue(SEND_REFUND, lock=f"refund:{refund.id}", refund_id=str(refund.id))
    return refund


def _mismatch(attempt: CardAttemptRow, thing: Thing, kind: Kind) -> str:
    """Why what was said cannot be of this attempt; empty when it can."""
    page, intent = thing.object == "checkout.session", thing.intent
    if page and attempt.session_id is not None and attempt.session_id != thing.id:
        return "It names another payment page than the one ILS opened: nothing was recorded."
    if attempt.payment_intent is not None and intent is not None and attempt.payment_intent != intent:
        return "It names another payment than the one ILS knows of: nothing was recorded."
    if kind is not Kind.PAID:
        return ""
    said, currency = _amount(thing), (thing.currency or "").upper()
    if said != attempt.amount_minor or currency != attempt.currency:
        given = f"{said} in minor units of {currency or 'no currency'}"
        asked = Money(minor=attempt.amount_minor, currency=attempt.currency)
        return f"It says {given} were paid, ILS asked for {asked}: nothing was recorded."
    return "" if intent else "It names no payment: nothing was recorded."


def _amount(thing: Thing) -> int | None:
    if thing.object == "checkout.session":
        return thing.amount_total
    return thing.amount_received if thing.amount_received is not None else thing.amount


async def _paid(uow: UnitOfWork, invoice: InvoiceRow, attempt: CardAttemptRow, thing: Thing) -> None:
    if attempt.state in PAID:
        return
    owed = max(invoice.balance_minor, 0)
    attempt.state, attempt.live, attempt.settled_at = AttemptState.SUCCEEDED, False, now()
    attempt.payment_intent = thing.intent
    assert attempt.payment_intent is not None  # `_mismatch` has seen to it
    await ledger.record_payment(
        uow, invoice.id, attempt.amount_minor, source="card", reference=attempt.payment_intent,
        who=attempt.opened_by_name or ledger.SYSTEM,
    )  # fmt: skip
    surplus = attempt.amount_minor - min(attempt.amount_minor, owed)
    if surplus:
        await begin_refund(uow, attempt, surplus, RefundOrigin.SURPLUS, reason="More came in than was owed.")
        await card_telling.too_much_paid(uow, invoice, attempt, Money(minor=surplus, currency=attempt.currency))
    for subject in (str(attempt.id), attempt.payment_intent):  # what was said of it before it was known to be paid
        for inbox_id in await inbox.unmatched(uow.session, SOURCE, subject):
            await uow.enqueue(APPLY, lock=f"{SOURCE}:{subject}", inbox_id=str(inbox_id))


async def _came_to_nothing(
    uow: UnitOfWork, invoice: InvoiceRow, attempt: CardAttemptRow, thing: Thing, kind: Kind, at: datetime
) -> None:
    """A decline, the end of the page, or money that did not come; a page may see several declines before its end."""
    if kind is Kind.DECLINED and attempt.state is AttemptState.PROCESSING:
        return  # the page itself will say so
    failed = kind is not Kind.EXPIRED
    told = attempt.declined_at is not None
    if failed and (attempt.declined_at is None or at > attempt.declined_at):
        attempt.decline, attempt.declined_at = thing.decline, at
    if kind is not Kind.DECLINED:
        attempt.live, attempt.settled_at = False, attempt.settled_at or now()
    attempt.state = AttemptState.EXPIRED if attempt.declined_at is None else AttemptState.FAILED
    if failed and not told:
        uow.emit(PaymentFailed(**ledger.about(invoice), reason=attempt.decline))
        await card_telling.declined(uow, invoice, attempt)


async def _refund_of(
    uow: UnitOfWork, invoice: InvoiceRow, attempt: CardAttemptRow, thing: Thing
) -> CardRefundRow | None:
    """The refund something was said about, locked; None when it does not fit."""
    if (thing.currency or "").upper() != attempt.currency or not thing.amount or thing.amount < 0:
        return None
    by_our_id = col(CardRefundRow.id) == thing.refund_id if thing.refund_id else None
    for found in (col(CardRefundRow.stripe_id) == thing.id, by_our_id):
        if found is None:
            continue
        query: Any = select(CardRefundRow).where(found).execution_options(populate_existing=True)
        row: CardRefundRow | None = (await uow.session.execute(query)).scalar_one_or_none()
        if row is not None:
            if row.attempt_id != attempt.id or row.amount_minor != thing.amount:
                return None
            return row if row.stripe_id in (None, thing.id) else None
    row = CardRefundRow(
        attempt_id=attempt.id, invoice_id=invoice.id, amount_minor=thing.amount, origin=RefundOrigin.STRIPE,
        stripe_id=thing.id, reason="Made at Stripe's own pages.",
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    return row


async def _after_all(
    uow: UnitOfWork, invoice: InvoiceRow, refund: CardRefundRow, said: RefundState, amount: Money
) -> bool:
    """Put a refund back on its way that ILS alone called failed, its asking having been refused, and Stripe has."""
    if refund.state is not RefundState.FAILED or refund.stripe_id is not None or said is RefundState.FAILED:
        return False
    refund.state, refund.failure, refund.settled_at = RefundState.PENDING, "", None
    await card_telling.refund_after_all(uow, invoice, refund, amount)
    uow.publish(*topics(invoice.id, invoice.practice_id))
    return True


async def _settle_whole(uow: UnitOfWork, attempt: CardAttemptRow) -> None:
    await uow.session.flush()
    back = await going_back(uow.session, attempt.id, RefundState.SUCCEEDED)
    attempt.state = AttemptState.REFUNDED if back >= attempt.amount_minor else AttemptState.SUCCEEDED


def moment(seconds: int) -> datetime | None:
    """A time as Stripe writes it; None for none."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
