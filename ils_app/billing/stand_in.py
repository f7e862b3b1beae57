"""The stand-in for Stripe outside production, when no key is set: a payment page of ours that takes no card.

It keeps its pages and payments in a table of its own and says what became of them as Stripe does: by an event, signed
with the generated secret, sent to the webhook's route over HTTP. What is behind that route cannot tell the two apart.
"""

import json
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import httpx
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ils_app.billing.card_errors import StripeRefused
from ils_app.billing.card_schemas import PageStatus, StandInPage
from ils_app.billing.models import InvoiceRow, StandInRow
from ils_app.billing.room import room
from ils_app.billing.stripe_calls import Back, Opened, Wanted
from ils_app.billing.stripe_events import ATTEMPT, INVOICE, REFUND, Thing
from ils_app.billing.stripe_signature import sign
from ils_app.kernel import config, log
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Conflict, NotFound
from ils_app.kernel.money import Money
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork

PREFIX: Final = "_standin_"
PAGE: Final = "/stand-in-payment"
ROUTE: Final = "/api/webhooks/stripe"
SECONDS: Final = 5.0

logger = log.get_logger(__name__)
transport: httpx.AsyncBaseTransport | None = None
"""Tests put the app itself in the network's place."""


class NoSuchPage(NotFound):
    """There is no such payment page, or it is another practice's."""

    def __init__(self) -> None:
        super().__init__("There is no such payment page.")


class PageClosed(Conflict):
    """The page was paid or has expired."""

    code = "page_closed"

    def __init__(self, status: PageStatus) -> None:
        said = "has been used" if status is PageStatus.COMPLETE else "has expired"
        super().__init__(f"This payment page {said}. Go back to the invoice.")


class StandIn:
    """What Stripe would answer."""

    async def open(self, wanted: Wanted) -> Opened:
        """A payment page; the same one again for the same attempt."""
        name = wanted.attempt_id.hex
        values = {
            "id": f"cs{PREFIX}{name}", "attempt_id": wanted.attempt_id, "invoice_id": wanted.invoice_id,
            "number": wanted.number, "amount_minor": wanted.amount_minor, "currency": wanted.currency,
            "status": PageStatus.OPEN, "payment_intent": f"pi{PREFIX}{name}", "refunds": [],
            "expires_at": wanted.expires_at,
        }  # fmt: skip
        async with room.unit_of_work() as uow:
            await uow.session.execute(insert(StandInRow).values(values).on_conflict_do_nothing())
        return Opened(str(values["id"]), f"{config.current().public_url}{PAGE}/{values['id']}")

    async def session(self, session_id: str) -> Thing:
        """How a payment page stands."""
        async with room.read() as session:
            row = await session.get(StandInRow, session_id)
        if row is None:
            raise StripeRefused("resource_missing")
        return Thing.model_validate(_session(row, now()))

    async def expire(self, session_id: str) -> Thing:
        """Close a payment page; one that was paid, or has ended, is refused."""
        async with room.unit_of_work() as uow:
            row = await _held(uow, session_id)
            if row is None or _status(row, now()) is not PageStatus.OPEN:
                raise StripeRefused("resource_missing" if row is None else "session_not_open")
            row.status = PageStatus.EXPIRED
            return Thing.model_validate(_session(row, now()))

    async def refund(self, back: Back) -> Thing:
        """Give money back; the same refund again for the same id, and never more than was paid."""
        async with room.unit_of_work() as uow:
            row = await _by_payment(uow, back.payment_intent)
            if row is None or row.status is not PageStatus.COMPLETE:
                raise StripeRefused("resource_missing")
            said = _refund(row, back)
            known = next((one for one in row.refunds if one["id"] == said["id"]), None)
            if known is None:
                if sum(one["amount"] for one in row.refunds) + back.amount_minor > row.amount_minor:
                    raise StripeRefused("charge_already_refunded")
                row.refunds = [*row.refunds, said]
            return Thing.model_validate(known or said)

    async def refunds(self, payment_intent: str) -> list[Thing]:
        """Every refund of a payment there is."""
        query: Any = select(StandInRow).where(col(StandInRow.payment_intent) == payment_intent)
        async with room.read() as session:
            row = (await session.execute(query)).scalar_one_or_none()
        return [Thing.model_validate(one) for one in row.refunds] if row else []


@door("invoices.pay")
async def stand_in_page(actor: Actor, session_id: str) -> StandInPage:
    """What stands on the stand-in's payment page. Raises NoSuchPage, for a foreign one and wherever Stripe is."""
    async with room.read() as session:
        row = await session.get(StandInRow, session_id[:200]) if _in_use() else None
        invoice = await session.get(InvoiceRow, row.invoice_id) if row else None
    if row is None or invoice is None or not actor.may("invoices.pay", practice_id=invoice.practice_id):
        raise NoSuchPage
    return StandInPage(
        session_id=row.id,
        invoice_id=row.invoice_id,
        number=row.number,
        amount=Money(minor=row.amount_minor, currency=row.currency),
        status=_status(row, now()),
        expires_at=row.expires_at,
    )


@door("invoices.pay")
async def stand_in_pay(actor: Actor, session_id: str) -> None:
    """Press "pay" on the stand-in's page: the payment stands, and the webhook's route is told. Raises PageClosed."""
    await stand_in_page(actor, session_id)
    async with room.unit_of_work() as uow:
        row = await _open(uow, session_id)
        row.status = PageStatus.COMPLETE
    await _tell("payment_intent.succeeded", _intent(row, "succeeded"), row)
    await _tell("checkout.session.completed", _session(row, now()), row)


@door("invoices.pay")
async def stand_in_decline(actor: Actor, session_id: str) -> None:
    """Press "decline": the bank refuses the card, and the page stays open for another. Raises PageClosed."""
    await stand_in_page(actor, session_id)
    async with room.unit_of_work() as uow:
        row = await _open(uow, session_id)
    error = {"code": "card_declined", "decline_code": "insufficient_funds"}
    said = _intent(row, "requires_payment_method") | {"amount_received": 0, "last_payment_error": error}
    await _tell("payment_intent.payment_failed", said, row)


def _in_use() -> bool:
    settings = config.current()
    return settings.stripe_api_key is None and not settings.production


async def _open(uow: UnitOfWork, session_id: str) -> StandInRow:
    row = await _held(uow, session_id)
    if row is None:
        raise NoSuchPage
    if (status := _status(row, now())) is not PageStatus.OPEN:
        raise PageClosed(status)
    return row


async def _held(uow: UnitOfWork, session_id: str) -> StandInRow | None:
    return await uow.session.get(StandInRow, session_id, with_for_update=True)


async def _by_payment(uow: UnitOfWork, payment_intent: str) -> StandInRow | None:
    query: Any = select(StandInRow).where(col(StandInRow.payment_intent) == payment_intent).with_for_update()
    row: StandInRow | None = (await uow.session.execute(query)).scalar_one_or_none()
    return row


def _status(row: StandInRow, at: datetime) -> PageStatus:
    return PageStatus.EXPIRED if row.status is PageStatus.OPEN and row.expires_at <= at else row.status


def _ours(row: StandInRow) -> dict[str, str]:
    return {ATTEMPT: str(row.attempt_id), INVOICE: str(row.invoice_id)}


def _session(row: StandInRow, at: datetime) -> dict[str, Any]:
    status = _status(row, at)
    paid = status is PageStatus.COMPLETE
    return {
        "id": row.id, "object": "checkout.session", "mode": "payment", "status": status.value,
        "payment_status": "paid" if paid else "unpaid", "amount_total": row.amount_minor,
        "currency": row.currency.lower(), "payment_intent": row.payment_intent if paid else None,
        "metadata": _ours(row),
    }  # fmt: skip


def _intent(row: StandInRow, status: str) -> dict[str, Any]:
    return {
        "id": row.payment_intent, "object": "payment_intent", "status": status, "amount": row.amount_minor,
        "amount_received": row.amount_minor, "currency": row.currency.lower(), "metadata": _ours(row),
    }  # fmt: skip


def _refund(row: StandInRow, back: Back) -> dict[str, Any]:
    return {
        "id": f"re{PREFIX}{back.refund_id.hex}", "object": "refund", "status": "succeeded",
        "amount": back.amount_minor, "currency": row.currency.lower(), "payment_intent": row.payment_intent,
        "metadata": {ATTEMPT: str(back.attempt_id), REFUND: str(back.refund_id)},
    }  # fmt: skip


async def _tell(kind: str, thing: dict[str, Any], row: StandInRow) -> None:
    """Send a signed event to our own route; one that does not arrive is made up for by asking, as with Stripe."""
    settings, at = config.current(), int(now().timestamp())
    event = {
        "id": f"evt{PREFIX}{uuid4().hex}", "object": "event", "type": kind, "created": at, "livemode": False,
        "data": {"object": thing},
    }  # fmt: skip
    body = json.dumps(event).encode()
    headers = {
        "content-type": "application/json",
        "stripe-signature": sign(body, settings.stripe_webhook_secrets[0], at_seconds=at),
    }
    async with httpx.AsyncClient(transport=transport, timeout=SECONDS, trust_env=False) as client:
        try:
            answer = await client.post(f"http://127.0.0.1:{settings.port}{ROUTE}", content=body, headers=headers)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            logger.warning("stand_in_event_lost", kind=kind, attempt_id=row.attempt_id, error=type(error).__name__)


__all__ = ["NoSuchPage", "PageClosed", "StandIn", "stand_in_decline", "stand_in_page", "stand_in_pay"]
