"""What Stripe says, read into the few things ILS goes by; whatever else stands in an event is not kept.

An event names the payer, their address and the end of their card. ILS needs none of it, so what goes into the inbox is
the event cut down to the fields below.
"""

import json
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, ValidationError

ATTEMPT, INVOICE, REFUND = "ils_attempt", "ils_invoice", "ils_refund"
"""The names under which our own ids travel in Stripe's metadata; nothing else of ours does."""


def _id_of(value: object) -> object:
    """Stripe writes a reference as an id, or, when asked to expand it, as the whole object."""
    return value.get("id") if isinstance(value, dict) else value


def _ours(value: object) -> object:
    """Metadata of ours that is a UUID; what another program wrote under the same name is not an error."""
    found: dict[str, UUID] = {}
    for name, text in value.items() if isinstance(value, dict) else ():
        if name in (ATTEMPT, INVOICE, REFUND):
            try:
                found[name] = UUID(str(text))
            except ValueError:
                continue
    return found


Reference = Annotated[str | None, BeforeValidator(_id_of)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Failure(_Said):
    code: str | None = None
    decline_code: str | None = None


class Thing(_Said):
    """What an event is about: a Checkout Session, a PaymentIntent, a Charge or a Refund. Amounts in minor units."""

    id: str = Field(min_length=1, max_length=255)
    object: str
    status: str | None = None
    metadata: Annotated[dict[str, UUID], BeforeValidator(_ours)] = Field(default_factory=dict)
    currency: str | None = None
    amount: StrictInt | None = None
    amount_total: StrictInt | None = None  # of a session
    amount_received: StrictInt | None = None  # of a PaymentIntent
    payment_status: str | None = None  # of a session: paid, unpaid, no_payment_required
    payment_intent: Reference = None
    failure_reason: str | None = None  # of a refund
    last_payment_error: _Failure | None = None

    @property
    def attempt_id(self) -> UUID | None:
        """Our attempt, when it is one of ours."""
        return self.metadata.get(ATTEMPT)

    @property
    def refund_id(self) -> UUID | None:
        """Our refund, when ILS asked for it."""
        return self.metadata.get(REFUND)

    @property
    def intent(self) -> str | None:
        """The PaymentIntent it belongs to, or is."""
        return self.id if self.object == "payment_intent" else self.payment_intent

    @property
    def decline(self) -> str:
        """Why the card was not taken, in Stripe's own word; empty when it does not say."""
        error = self.last_payment_error
        return (error.decline_code or error.code or "") if error else ""


class _Data(_Said):
    object: Thing


class Event(_Said):
    """One event. `created` in seconds since 1970."""

    id: str = Field(pattern=r"^evt_[A-Za-z0-9_]+$", max_length=255)
    type: str = Field(min_length=1, max_length=120)
    created: int = 0
    livemode: bool = False
    data: _Data

    @property
    def thing(self) -> Thing:
        """What it is about."""
        return self.data.object

    @property
    def subject(self) -> str:
        """What its work is kept in order by: our attempt, else Stripe's payment, else the thing itself."""
        thing = self.thing
        return str(thing.attempt_id or thing.intent or thing.id)

    def kept(self) -> bytes:
        """The event as the inbox keeps it: readable again by `read`, and without a word about who paid."""
        return json.dumps(self.model_dump(mode="json", exclude_none=True), separators=(",", ":")).encode()


class Kind(StrEnum):
    """What an event means for ILS."""

    PAID = "paid"
    PROCESSING = "processing"  # the person is through, the money is not
    DECLINED = "declined"  # one card was; the page is still open for another
    FAILED = "failed"  # the money did not come and the page is closed
    EXPIRED = "expired"
    REFUND = "refund"
    NOTHING = "nothing"


_KINDS: Final = {
    "checkout.session.async_payment_succeeded": Kind.PAID,
    "checkout.session.async_payment_failed": Kind.FAILED,
    "checkout.session.expired": Kind.EXPIRED,
    "payment_intent.succeeded": Kind.PAID,
    "payment_intent.payment_failed": Kind.DECLINED,
    "charge.refunded": Kind.REFUND,
    "charge.refund.updated": Kind.REFUND,
    "refund.created": Kind.REFUND,
    "refund.updated": Kind.REFUND,
    "refund.failed": Kind.REFUND,
}
EVENTS: Final = tuple(sorted({*_KINDS, "checkout.session.completed"}))
"""What an account's webhook endpoint has to send."""


def kind(event: Event) -> Kind:
    """What the event means."""
    if event.type == "checkout.session.completed":
        return Kind.PAID if event.thing.payment_status == "paid" else Kind.PROCESSING
    return _KINDS.get(event.type, Kind.NOTHING)


def read(body: bytes) -> Event:
    """An event from its bytes. Raises ValueError when they are none."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    try:
        return Event.model_validate(said)
    except ValidationError:
        raise ValueError("not an event") from None


__all__ = ["ATTEMPT", "EVENTS", "INVOICE", "REFUND", "Event", "Kind", "Thing", "kind", "read"]
