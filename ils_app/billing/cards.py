"""Paying an invoice by card, from the click to the payment page, and sending money back.

An attempt is a row before Stripe hears of it, and its id is the key of the call, so that neither a second click nor a
crash makes a second payment page. No transaction is open while Stripe is asked; what is never heard of it again, a
durable job asks for.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.billing import card_outcomes, ledger
from ils_app.billing.card_calls import calls, cards
from ils_app.billing.card_errors import BeingConfirmed, JustChanging, NoCards, StripeAway, StripeRefused, TooMuchBack
from ils_app.billing.card_outcomes import begin_refund, going_back, hear
from ils_app.billing.card_pages import LAST_MINUTES, PAGE_LASTS, PAGE_MUST_OPEN_WITHIN, close, page_of, standing
from ils_app.billing.card_schemas import (
    AttemptState,
    AttemptView,
    CardPage,
    Cards,
    CardsOfInvoice,
    RefundOrigin,
    RefundState,
    RefundView,
)
from ils_app.billing.errors import NoSuchInvoice, NothingOwed
from ils_app.billing.events import RefundAsked
from ils_app.billing.models import CardAttemptRow, CardRefundRow, InvoiceRow
from ils_app.billing.open_pages import SETTLE
from ils_app.billing.refunds_under_way import on_its_way
from ils_app.billing.room import room, topics
from ils_app.billing.stripe_calls import Wanted
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Invalid
from ils_app.kernel.money import Money
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork

ASK_AFTER_SECONDS: Final = 10
LONGEST_REASON: Final = 300


@door("invoices.pay")
async def pay_by_card(actor: Actor, invoice_id: UUID) -> CardPage:
    """The page on which to pay what is owed on an invoice: the one that is open already, or a new one.

    The amount is what the invoice says now. Raises NoSuchInvoice, NothingOwed, BeingConfirmed, JustChanging, NoCards,
    StripeAway, StripeRefused.
    """
    if cards() is Cards.NONE:
        raise NoCards
    for _ in range(3):
        wanted, attempt, over = await _attempt(actor, invoice_id)
        if over:
            await close(attempt)
        elif attempt.session_id is None:
            return await _open(wanted, attempt)
        elif await _still_open(attempt):
            return CardPage(attempt_id=attempt.id, url=attempt.url)
    raise JustChanging


@door("invoices.read")
async def cards_of(actor: Actor, invoice_id: UUID) -> CardsOfInvoice:
    """The card payments of an invoice, newest first, and what this person may do. Raises NoSuchInvoice."""
    async with room.read() as session:
        invoice = await session.get(InvoiceRow, invoice_id)
        if invoice is None or not actor.may("invoices.read", practice_id=invoice.practice_id):
            raise NoSuchInvoice
        return await _cards(session, actor, invoice)


@door("invoices.pay")
async def came_back(actor: Actor, invoice_id: UUID) -> None:
    """Somebody is back from the payment page: unless Stripe's word comes first, it is asked in a few seconds."""
    async with room.unit_of_work() as uow:
        invoice = await ledger.locked_invoice(uow, invoice_id)
        if not actor.may("invoices.pay", practice_id=invoice.practice_id):
            raise NoSuchInvoice
        query = select(CardAttemptRow).where(col(CardAttemptRow.invoice_id) == invoice_id, col(CardAttemptRow.live))
        attempt = (await uow.session.execute(query)).scalar_one_or_none()
        if attempt is not None:
            at = now() + timedelta(seconds=ASK_AFTER_SECONDS)
            await uow.enqueue(SETTLE, once=f"back:{attempt.id}", schedule_at=at, attempt_id=str(attempt.id))


@door("invoices.issue")
async def refund_card(
    actor: Actor, invoice_id: UUID, minor: int, *, reason: str, key: str | None = None
) -> CardsOfInvoice:
    """Send money of this invoice back to the card it came from; pending until Stripe says it has gone.

    `minor` is at most what was paid by card and has not gone back. The same `key` again is the same refund. Raises
    NoSuchInvoice, TooMuchBack, Invalid.
    """
    _check(reason)
    async with room.unit_of_work() as uow:
        invoice = await ledger.locked_invoice(uow, invoice_id)
        query: Any = select(CardAttemptRow).where(
            col(CardAttemptRow.invoice_id) == invoice_id, col(CardAttemptRow.state) == AttemptState.SUCCEEDED
        )
        attempts = list((await uow.session.execute(query.order_by(col(CardAttemptRow.created_at).desc()))).scalars())
        if not await _known(uow, invoice_id, key):
            left = {one.id: await _refundable(uow.session, one) for one in attempts}
            most = min(sum(left.values()), await _kept(uow.session, invoice))
            _check_amount(minor, Money(minor=most, currency=invoice.currency))
            rest = minor
            for attempt in attempts:
                part = min(rest, left[attempt.id])
                if part:
                    words = {"reason": reason.strip(), "asked_by_name": actor.name}
                    named = {"id": uuid5(invoice_id, f"{key}:{minor - rest}")} if key else {}
                    await begin_refund(uow, attempt, part, RefundOrigin.LAB, **words, **named)
                rest -= part
            uow.emit(RefundAsked(**ledger.about(invoice), minor=minor))
            uow.publish(*topics(invoice.id, invoice.practice_id))
        return await _cards(uow.session, actor, invoice)


async def _attempt(actor: Actor, invoice_id: UUID) -> tuple[Wanted, CardAttemptRow, bool]:
    """The one live attempt of an invoice, made when there is none; and whether it is over and must be closed first."""
    async with room.unit_of_work() as uow:
        invoice = await ledger.locked_invoice(uow, invoice_id)
        if not actor.may("invoices.pay", practice_id=invoice.practice_id):
            raise NoSuchInvoice
        query = select(CardAttemptRow).where(col(CardAttemptRow.invoice_id) == invoice_id, col(CardAttemptRow.live))
        attempt = (await uow.session.execute(query.with_for_update())).scalar_one_or_none()
        if attempt is not None and attempt.state is AttemptState.PROCESSING:
            raise BeingConfirmed
        if invoice.balance_minor <= 0:
            raise NothingOwed(invoice.number)
        over = attempt is not None and _is_over(attempt, invoice, now())
        if attempt is None:
            attempt = await _begin(uow, actor, invoice)
        wanted = Wanted(
            attempt_id=attempt.id,
            invoice_id=invoice.id,
            number=invoice.number,
            amount_minor=attempt.amount_minor,
            currency=attempt.currency,
            expires_at=attempt.expires_at,
        )
        return wanted, attempt, over


async def _begin(uow: UnitOfWork, actor: Actor, invoice: InvoiceRow) -> CardAttemptRow:
    attempt = CardAttemptRow(
        invoice_id=invoice.id,
        practice_id=invoice.practice_id,
        amount_minor=invoice.balance_minor,
        currency=invoice.currency,
        opened_by=actor.user_id,
        opened_by_name=actor.name,
        expires_at=now().replace(microsecond=0) + PAGE_LASTS,
    )
    uow.session.add(attempt)
    await uow.session.flush()
    at = attempt.expires_at + LAST_MINUTES
    # Without the attempt's lock: whatever has it would have to wait for this one until then.
    await uow.enqueue(SETTLE, schedule_at=at, attempt_id=str(attempt.id))
    uow.publish(*topics(invoice.id, invoice.practice_id))
    return attempt


def _is_over(attempt: CardAttemptRow, invoice: InvoiceRow, at: datetime) -> bool:
    """Whether an attempt can no longer lead to this invoice's payment: another amount, or too little time."""
    ends = attempt.expires_at - LAST_MINUTES if attempt.session_id else attempt.created_at + PAGE_MUST_OPEN_WITHIN
    return attempt.amount_minor != invoice.balance_minor or at >= ends


async def _open(wanted: Wanted, attempt: CardAttemptRow) -> CardPage:
    try:
        opened = await calls().open(wanted)
    except StripeRefused:
        await close(attempt)
        raise
    async with room.unit_of_work() as uow:
        invoice, row = await card_outcomes.locked(uow, attempt.id)
        row.session_id, row.url = opened.session_id, opened.url
        uow.publish(*topics(invoice.id, invoice.practice_id))
    if not row.live:  # the attempt was over before its page was there
        await close(row)
        raise JustChanging
    return CardPage(attempt_id=attempt.id, url=opened.url)


async def _still_open(attempt: CardAttemptRow) -> bool:
    """Whether a page that was opened before still takes a card; what it says instead is taken into the books."""
    try:
        page = await page_of(attempt)
    except StripeAway:
        return True  # its address leads there all the same
    kind = standing(page)
    if kind is None:
        return True
    async with room.unit_of_work() as uow:
        await hear(uow, page, kind)
    return False


async def _cards(session: AsyncSession, actor: Actor, invoice: InvoiceRow) -> CardsOfInvoice:
    await session.flush()
    by_age = col(CardAttemptRow.created_at).desc()
    tries: Any = select(CardAttemptRow).where(col(CardAttemptRow.invoice_id) == invoice.id).order_by(by_age)
    backs: Any = select(CardRefundRow).where(col(CardRefundRow.invoice_id) == invoice.id)
    rows = list((await session.execute(tries)).scalars())
    refunds = list((await session.execute(backs.order_by(col(CardRefundRow.created_at)))).scalars())
    attempts = tuple(_view(row, [one for one in refunds if one.attempt_id == row.id]) for row in rows)
    refundable = max(min(sum(one.refundable.minor for one in attempts), await _kept(session, invoice)), 0)
    mode = cards()
    confirming = any(one.state is AttemptState.PROCESSING for one in attempts)
    may_pay = actor.may("invoices.pay", practice_id=invoice.practice_id)
    return CardsOfInvoice(
        cards=mode,
        attempts=attempts,
        may_pay=may_pay and mode is not Cards.NONE and invoice.balance_minor > 0 and not confirming,
        may_refund=actor.may("invoices.issue") and refundable > 0,
        refundable=Money(minor=refundable, currency=invoice.currency),
        confirming=confirming,
    )


def _view(row: CardAttemptRow, refunds: list[CardRefundRow]) -> AttemptView:
    paid = row.amount_minor if row.state is AttemptState.SUCCEEDED else 0
    taken = sum(one.amount_minor for one in refunds if one.state is not RefundState.FAILED)
    return AttemptView(
        id=row.id,
        invoice_id=row.invoice_id,
        state=row.state,
        open=row.live and row.state is not AttemptState.PROCESSING,
        amount=Money(minor=row.amount_minor, currency=row.currency),
        refundable=Money(minor=max(paid - taken, 0), currency=row.currency),
        decline=row.decline,
        declined_at=row.declined_at,
        opened_by=row.opened_by_name,
        opened_at=row.created_at,
        expires_at=row.expires_at,
        settled_at=row.settled_at,
        refunds=tuple(
            RefundView(
                id=one.id,
                state=one.state,
                origin=one.origin,
                amount=Money(minor=one.amount_minor, currency=row.currency),
                reason=one.reason,
                failure=one.failure,
                asked_by=one.asked_by_name,
                asked_at=one.created_at,
                settled_at=one.settled_at,
            )
            for one in refunds
        ),
    )


async def _refundable(session: AsyncSession, attempt: CardAttemptRow) -> int:
    return attempt.amount_minor - await going_back(session, attempt.id, RefundState.PENDING, RefundState.SUCCEEDED)


async def _kept(session: AsyncSession, invoice: InvoiceRow) -> int:
    """What the lab still has of an invoice, once the refunds under way have gone; a transfer may have gone back too."""
    return invoice.paid_minor - invoice.refunded_minor - await on_its_way(session, invoice.id)


async def _known(uow: UnitOfWork, invoice_id: UUID, key: str | None) -> bool:
    return key is not None and await uow.session.get(CardRefundRow, uuid5(invoice_id, f"{key}:0")) is not None


def _check(reason: str) -> None:
    if not reason.strip():
        raise Invalid("Say why the money goes back.", fields={"reason": "Say why the money goes back."})
    if len(reason) > LONGEST_REASON:
        too_long = f"At most {LONGEST_REASON} characters."
        raise Invalid("The reason is too long.", fields={"reason": too_long})


def _check_amount(minor: int, most: Money) -> None:
    if most.minor <= 0:
        raise TooMuchBack("Nothing of this invoice was paid by card that has not gone back already.")
    if not 0 < minor <= most.minor:
        raise TooMuchBack(f"At most {most} can go back: that was paid by card and has not gone back.")


__all__ = ["came_back", "cards_of", "pay_by_card", "refund_card"]
