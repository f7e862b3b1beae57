"""Card payments as they cross the door: attempts, refunds, and whether cards can be taken at all. Frozen."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from ils_app.billing.schemas import Value
from ils_app.kernel.money import Money


class AttemptState(StrEnum):
    """How far a try to pay by card has come."""

    OPENED = "opened"
    FAILED = "failed"  # a card was declined, or the money did not come
    PROCESSING = "processing"  # the person is through, the money is not
    EXPIRED = "expired"
    SUCCEEDED = "succeeded"
    REFUNDED = "refunded"  # all of it went back


class RefundState(StrEnum):
    """Whether money that is to go back has gone."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundOrigin(StrEnum):
    """Who had the money sent back."""

    LAB = "lab"
    SURPLUS = "surplus"  # ILS itself: more came in than was owed
    STRIPE = "stripe"  # somebody at Stripe's own pages


class Cards(StrEnum):
    """What takes cards here."""

    STRIPE = "stripe"
    TEST = "test"  # Stripe with a test key: no money moves
    STAND_IN = "stand_in"  # a page of ours outside production, labelled so
    NONE = "none"


class PageStatus(StrEnum):
    """How a payment page stands, in Stripe's words."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class RefundView(Value):
    """Money on its way back, or back."""

    id: UUID
    state: RefundState
    origin: RefundOrigin
    amount: Money
    reason: str
    failure: str = Field(description="why it did not arrive, in the provider's word")
    asked_by: str
    asked_at: datetime
    settled_at: datetime | None


class AttemptView(Value):
    """One try to pay an invoice by card."""

    id: UUID
    invoice_id: UUID
    state: AttemptState
    open: bool = Field(description="whether its payment page still takes a card")
    amount: Money
    refundable: Money = Field(description="what was paid with it and neither went nor is on its way back")
    decline: str = Field(description="why the last card was not taken, in the provider's word")
    declined_at: datetime | None
    opened_by: str
    opened_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    refunds: tuple[RefundView, ...] = ()


class CardsOfInvoice(Value):
    """Everything about cards on one invoice, for this person."""

    cards: Cards
    attempts: tuple[AttemptView, ...]
    may_pay: bool
    may_refund: bool
    refundable: Money
    confirming: bool = Field(description="somebody is through the payment page and the money is not heard of yet")


class CardPage(Value):
    """Where a card is entered: a page at Stripe, or the stand-in's."""

    attempt_id: UUID
    url: str


class StandInPage(Value):
    """The stand-in's payment page."""

    session_id: str
    invoice_id: UUID
    number: str
    amount: Money
    status: PageStatus
    expires_at: datetime
