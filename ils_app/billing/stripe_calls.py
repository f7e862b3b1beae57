"""The calls ILS makes at Stripe, on the lab's own account, and what of the answers it goes by.

Thin: parameters in the library's own types, answers cut down to `Thing`, failures as two refusals: Stripe is *away*
(nobody knows what became of the call, or our key is not taken; ask again under the same idempotency key) or it
*refused* (nothing has happened).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol
from uuid import UUID

import httpx
import stripe
from stripe.params import RefundCreateParams, RefundListParams
from stripe.params.checkout import SessionCreateParams

from ils_app.billing.card_errors import StripeAway, StripeRefused
from ils_app.billing.stripe_events import ATTEMPT, INVOICE, REFUND, Thing
from ils_app.kernel import config, log

RETRIES: Final = 2
TIMEOUT: Final = httpx.Timeout(8.0, connect=3.0)
MOST_REFUNDS: Final = 100  # of one payment, as many as Stripe gives at once

logger = log.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One attempt to pay an invoice, as Stripe is told of it. Nothing here names a person."""

    attempt_id: UUID
    invoice_id: UUID
    number: str
    amount_minor: int
    currency: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A payment page that waits at `url`."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Back:
    """Money to give back: all of a payment, or part of it."""

    refund_id: UUID
    attempt_id: UUID
    payment_intent: str
    amount_minor: int


class CardCalls(Protocol):
    """What ILS asks of whoever takes the cards. Each raises StripeAway or StripeRefused."""

    async def open(self, wanted: Wanted) -> Opened:
        """A payment page; the same one again for the same attempt."""

    async def session(self, session_id: str) -> Thing:
        """How a payment page stands."""

    async def expire(self, session_id: str) -> Thing:
        """Close a payment page; one that was paid, or has ended, is refused."""

    async def refund(self, back: Back) -> Thing:
        """Give money back; the same refund again for the same id."""

    async def refunds(self, payment_intent: str) -> list[Thing]:
        """Every refund of a payment there is."""


def session_params(wanted: Wanted, *, public_url: str) -> SessionCreateParams:
    """What a payment page is asked for with: an amount read here, our two ids, and the way back."""
    ours = {ATTEMPT: str(wanted.attempt_id), INVOICE: str(wanted.invoice_id)}
    page = f"{public_url}/invoices/{wanted.invoice_id}"
    return {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": wanted.currency.lower(),
                    "unit_amount": wanted.amount_minor,
                    "product_data": {"name": f"Invoice {wanted.number}"},
                },
            }
        ],
        "client_reference_id": str(wanted.attempt_id),
        "metadata": ours,
        "payment_intent_data": {"metadata": ours},
        "success_url": f"{page}?card=paid",
        "cancel_url": f"{page}?card=left",
        "expires_at": int(wanted.expires_at.timestamp()),
    }


def refund_params(back: Back) -> RefundCreateParams:
    """What a refund is asked for with."""
    return {
        "payment_intent": back.payment_intent,
        "amount": back.amount_minor,
        "metadata": {ATTEMPT: str(back.attempt_id), REFUND: str(back.refund_id)},
    }


class StripeCalls:
    """Stripe itself, or what speaks its language at `base`."""

    def __init__(self, key: str, base: str, *, client: stripe.HTTPClient | None = None) -> None:
        self._v1 = stripe.StripeClient(
            key,
            base_addresses={"api": base},
            max_network_retries=RETRIES,
            http_client=client or stripe.HTTPXClient(timeout=TIMEOUT),
        ).v1

    async def open(self, wanted: Wanted) -> Opened:
        """A payment page; the same one again for the same attempt."""
        params = session_params(wanted, public_url=config.current().public_url)
        said = await _asked(
            self._v1.checkout.sessions.create_async(params, options={"idempotency_key": f"open-{wanted.attempt_id}"})
        )
        return Opened(str(said["id"]), str(said["url"]))

    async def session(self, session_id: str) -> Thing:
        """How a payment page stands."""
        return _read(await _asked(self._v1.checkout.sessions.retrieve_async(session_id)))

    async def expire(self, session_id: str) -> Thing:
        """Close a payment page."""
        return _read(await _asked(self._v1.checkout.sessions.expire_async(session_id)))

    async def refund(self, back: Back) -> Thing:
        """Give money back; the same refund again for the same id."""
        options: stripe.RequestOptions = {"idempotency_key": f"refund-{back.refund_id}"}
        return _read(await _asked(self._v1.refunds.create_async(refund_params(back), options=options)))

    async def refunds(self, payment_intent: str) -> list[Thing]:
        """Every refund of a payment there is."""
        params: RefundListParams = {"payment_intent": payment_intent, "limit": MOST_REFUNDS}
        said = await _asked(self._v1.refunds.list_async(params))
        return [Thing.model_validate(one) for one in said["data"]]


async def _asked(call: Any) -> dict[str, Any]:
    """The answer as plain values. Raises StripeAway, StripeRefused."""
    try:
        answer: dict[str, Any] = (await call).to_dict()
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        logger.warning("stripe_away", error=type(error).__name__)
        raise StripeAway from None
    except stripe.StripeError as error:
        status = error.http_status or 500
        if status >= 500 or status in (409, 429):
            logger.warning("stripe_away", error=type(error).__name__, status=status)
            raise StripeAway from None
        logger.error("stripe_refused", error=type(error).__name__, status=status, reason=error.code)
        if status in (401, 403):  # our key, not what was asked: once that is put right, it can be done
            raise StripeAway from None
        raise StripeRefused(error.code or "") from None
    return answer


def _read(said: dict[str, Any]) -> Thing:
    return Thing.model_validate(said)


@cache
def at(key: str, base: str) -> StripeCalls:
    """The process's client for one account."""
    return StripeCalls(key, base)


__all__ = ["Back", "CardCalls", "Opened", "StripeCalls", "Wanted", "at", "refund_params", "session_params"]
