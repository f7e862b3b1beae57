"""The tables of the billing room; private to the room. What was issued never changes: triggers refuse it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.billing.card_schemas import AttemptState, PageStatus, RefundOrigin, RefundState
from ils_app.billing.schemas import EntryKind, EntrySource, InvoiceStatus, SupplyKind, WaitsFor
from ils_app.kernel.clock import now
from ils_app.kernel.columns import check_words, document, room_metadata, word_column


class BillingBase(SQLModel, registry=registry(metadata=room_metadata("billing"))):
    """Tables of this room and no other."""


BASE = BillingBase
OWED_SQL = text("status IN ('open', 'part_paid')")


class CounterRow(BillingBase, table=True):
    """The last number given of a series in a year; locked until the paper that bears the next one is kept."""

    __tablename__ = "counter"

    entity_id: UUID = Field(primary_key=True)  # the legal entity whose papers they are: the lab's organisation
    series: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(primary_key=True)
    last: int = 0


class InvoiceRow(BillingBase, table=True):
    """One shipment, invoiced. Parties, lines, tax and total are as at issue; the sums follow from its entries."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("order_id"),
        UniqueConstraint("entity_id", "number"),
        check_words("status", InvoiceStatus),
        CheckConstraint("total_minor = net_minor + tax_minor", name="total"),
        CheckConstraint(
            "balance_minor = total_minor - credited_minor - voided_minor - paid_minor + refunded_minor", name="balance"
        ),
        Index("ix_invoice_practice_issued", "practice_id", "issued_on", "number"),
        Index("ix_invoice_issued", "issued_on", "number"),
        Index("ix_invoice_owed", "practice_id", "due_on", "balance_minor", postgresql_where=OWED_SQL),
        Index("ix_invoice_search_vector", "search_vector", postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    entity_id: UUID
    number: str = Field(sa_type=Text)
    order_id: UUID
    order_number: str = Field(default="", sa_type=Text)
    reference: str = Field(default="", sa_type=Text)  # the practice's own
    practice_id: UUID
    practice_name: str = Field(sa_type=Text)
    seller: dict[str, Any] = Field(sa_type=document)  # type: ignore[call-overload]
    bill_to: dict[str, Any] = Field(sa_type=document)  # type: ignore[call-overload]
    issued_on: date
    tax_point_on: date
    due_on: date
    terms_days: int
    currency: str = Field(sa_type=Text)
    lines: list[dict[str, Any]] = Field(sa_type=document)  # type: ignore[call-overload]
    tax: list[dict[str, Any]] = Field(sa_type=document)  # type: ignore[call-overload]
    net_minor: int = Field(sa_type=BigInteger)
    tax_minor: int = Field(sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)
    search: str = Field(default="", sa_type=Text)
    search_vector: Any = Field(
        default=None,
        sa_column=Column("search_vector", TSVECTOR, Computed("to_tsvector('simple', search)", persisted=True)),
    )

    status: InvoiceStatus = Field(
        default=InvoiceStatus.OPEN, sa_column=word_column("status", InvoiceStatus, default=InvoiceStatus.OPEN)
    )
    paid_minor: int = Field(default=0, sa_type=BigInteger)
    credited_minor: int = Field(default=0, sa_type=BigInteger)
    refunded_minor: int = Field(default=0, sa_type=BigInteger)
    voided_minor: int = Field(default=0, sa_type=BigInteger)
    balance_minor: int = Field(default=0, sa_type=BigInteger)
    void_reason: str = Field(default="", sa_type=Text)
    pdf: dict[str, Any] | None = Field(default=None, sa_type=document)  # type: ignore[call-overload]
    mailed_at: datetime | None = None
    reminded_at: datetime | None = None
    created_at: datetime = Field(default_factory=now)
    changed_at: datetime = Field(default_factory=now)


class EntryRow(BillingBase, table=True):
    """One movement of an invoice's balance; append-only. Positive raises what is owed, negative lowers it.

    A payment or refund by card stands once in the whole house, one by transfer once on its invoice: a transfer may
    settle several.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("invoice_id", "kind", "source", "reference"),
        Index("uq_entry_card", "kind", "reference", unique=True, postgresql_where=text("source = 'card'")),
        check_words("kind", EntryKind),
        check_words("source", EntrySource),
        CheckConstraint("minor <> 0 AND (minor > 0) = (kind IN ('invoiced', 'refund'))", name="sign"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    invoice_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("billing.invoice.id"), nullable=False))
    kind: EntryKind = Field(sa_column=word_column("kind", EntryKind))
    minor: int = Field(sa_type=BigInteger)
    source: EntrySource = Field(sa_column=word_column("source", EntrySource))
    reference: str = Field(sa_type=Text)
    at: datetime = Field(default_factory=now)
    who: str = Field(default="", sa_type=Text)
    note: str = Field(default="", sa_type=Text)


class CreditNoteRow(BillingBase, table=True):
    """What was taken back of an invoice, and why; never changed once issued."""

    __tablename__ = "credit_note"
    __table_args__ = (
        UniqueConstraint("entity_id", "number"),
        CheckConstraint("total_minor = net_minor + tax_minor", name="total"),
        Index("ix_credit_note_invoice", "invoice_id"),
        Index("ix_credit_note_issued", "issued_on", "number"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    entity_id: UUID
    number: str = Field(sa_type=Text)
    invoice_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("billing.invoice.id"), nullable=False))
    practice_id: UUID
    issued_on: date
    reason: str = Field(sa_type=Text)
    lines: list[dict[str, Any]] = Field(sa_type=document)  # type: ignore[call-overload]
    positions: list[int] = Field(sa_type=document)  # type: ignore[call-overload]  # of the invoice's lines
    tax: list[dict[str, Any]] = Field(sa_type=document)  # type: ignore[call-overload]
    net_minor: int = Field(sa_type=BigInteger)
    tax_minor: int = Field(sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)
    issued_by: str = Field(default="", sa_type=Text)
    pdf: dict[str, Any] | None = Field(default=None, sa_type=document)  # type: ignore[call-overload]
    created_at: datetime = Field(default_factory=now)


class TaxRateRow(BillingBase, table=True):
    """A rate of tax on a kind of supply from a day on, until the next one of that kind begins."""

    __tablename__ = "tax_rate"
    __table_args__ = (
        check_words("kind", SupplyKind),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000 AND (rate_bp = 0 OR NOT exempt)", name="rate"),
        Index(
            "uq_tax_rate_kind_valid_from", "kind", "valid_from", unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )  # fmt: skip

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: SupplyKind = Field(sa_column=word_column("kind", SupplyKind))
    name: str = Field(sa_type=Text)
    rate_bp: int
    exempt: bool = False
    valid_from: date
    entered_by: str = Field(default="", sa_type=Text)
    entered_at: datetime = Field(default_factory=now)
    withdrawn_by: str = Field(default="", sa_type=Text)
    withdrawn_at: datetime | None = None  # before it began: it never applied


class WaitingRow(BillingBase, table=True):
    """A shipped order that cannot be invoiced yet, or was closed without an invoice; gone once it is invoiced."""

    __tablename__ = "waiting"
    __table_args__ = (
        check_words("waits_for", WaitsFor),
        Index("ix_waiting_open", "since", postgresql_where=text("closed_at IS NULL")),
    )

    order_id: UUID = Field(primary_key=True)
    order_number: str = Field(default="", sa_type=Text)
    practice_id: UUID
    practice_name: str = Field(default="", sa_type=Text)
    shipped_on: date
    waits_for: WaitsFor = Field(sa_column=word_column("waits_for", WaitsFor))
    since: datetime = Field(default_factory=now)
    closed_at: datetime | None = None
    closed_by: str = Field(default="", sa_type=Text)
    closed_reason: str = Field(default="", sa_type=Text)


class TallyRow(BillingBase, table=True):
    """How many invoices of a practice stand in a status; kept by a trigger in the transaction that moves them."""

    __tablename__ = "tally"

    practice_id: UUID = Field(primary_key=True)
    bucket: str = Field(sa_type=Text, primary_key=True)
    count: int = 0


class CardAttemptRow(BillingBase, table=True):
    """One try to pay an invoice by card. The row is there before Stripe is asked, so that no payment is nobody's.

    `live`: its payment page may still take a card; one attempt of an invoice at most.
    """

    __tablename__ = "card_attempt"
    __table_args__ = (
        check_words("state", AttemptState),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("uq_card_attempt_live", "invoice_id", unique=True, postgresql_where=text("live")),
        Index("ix_card_attempt_invoice_id_created_at", "invoice_id", "created_at"),
        Index("ix_card_attempt_asked", "asked_at", postgresql_where=text("live")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    invoice_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("billing.invoice.id"), nullable=False))
    practice_id: UUID
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    state: AttemptState = Field(
        default=AttemptState.OPENED, sa_column=word_column("state", AttemptState, default=AttemptState.OPENED)
    )
    live: bool = True
    session_id: str | None = Field(default=None, sa_type=Text, unique=True)
    url: str = Field(default="", sa_type=Text)
    payment_intent: str | None = Field(default=None, sa_type=Text, unique=True)
    decline: str = Field(default="", sa_type=Text)  # Stripe's word for why the last card was not taken
    declined_at: datetime | None = None
    opened_by: UUID
    opened_by_name: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime
    asked_at: datetime = Field(default_factory=now)  # when Stripe was last asked, or told of it
    settled_at: datetime | None = None


class CardRefundRow(BillingBase, table=True):
    """Money to give back of one attempt; the row is there before Stripe is asked."""

    __tablename__ = "card_refund"
    __table_args__ = (
        check_words("state", RefundState),
        check_words("origin", RefundOrigin),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_card_refund_attempt_id", "attempt_id"),
        Index("ix_card_refund_invoice_id", "invoice_id"),
        Index("ix_card_refund_pending", "asked_at", postgresql_where=text("state = 'pending'")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    attempt_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("billing.card_attempt.id"), nullable=False))
    invoice_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("billing.invoice.id"), nullable=False))
    amount_minor: int = Field(sa_type=BigInteger)
    origin: RefundOrigin = Field(sa_column=word_column("origin", RefundOrigin))
    state: RefundState = Field(
        default=RefundState.PENDING, sa_column=word_column("state", RefundState, default=RefundState.PENDING)
    )
    stripe_id: str | None = Field(default=None, sa_type=Text, unique=True)
    reason: str = Field(default="", sa_type=Text)
    failure: str = Field(default="", sa_type=Text)
    asked_by_name: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(default_factory=now)
    asked_at: datetime = Field(default_factory=now)
    settled_at: datetime | None = None


class StandInRow(BillingBase, table=True):
    """A payment page of the stand-in, and what was paid on it; empty wherever Stripe takes the cards."""

    __tablename__ = "stand_in"
    __table_args__ = (check_words("status", PageStatus),)

    id: str = Field(primary_key=True, sa_type=Text)  # as a session's id at Stripe
    attempt_id: UUID = Field(unique=True)
    invoice_id: UUID
    number: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    status: PageStatus = Field(
        default=PageStatus.OPEN, sa_column=word_column("status", PageStatus, default=PageStatus.OPEN)
    )
    payment_intent: str = Field(sa_type=Text, unique=True)
    refunds: list[dict[str, Any]] = Field(default_factory=list, sa_type=document)  # type: ignore[call-overload]
    expires_at: datetime
