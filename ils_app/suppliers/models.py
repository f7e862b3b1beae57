"""The tables of the suppliers room; private to the room."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.clock import now
from ils_app.kernel.columns import check_words, document, room_metadata, word_column
from ils_app.suppliers.words import DocumentKind, PurchaseOrderStatus, TaxTreatment


class SuppliersBase(SQLModel, registry=registry(metadata=room_metadata("suppliers"))):
    """Tables of this room and no other."""


BASE = SuppliersBase


def _lines(name: str) -> Column[Any]:
    return Column(name, ARRAY(Text), nullable=False)


def _found_by() -> Column[Any]:
    return Column("search_vector", TSVECTOR, Computed("to_tsvector('simple', search)", persisted=True))


def _belongs(name: str, to: str) -> Column[Any]:
    return Column(name, Uuid, ForeignKey(f"suppliers.{to}.id"), nullable=False)


class SupplierRow(SuppliersBase, table=True):
    """Somebody the lab buys from. Its id is its organisation's id in auth; it is never deleted."""

    __tablename__ = "supplier"
    __table_args__ = (
        UniqueConstraint("name_key"),
        check_words("tax_treatment", TaxTreatment),
        CheckConstraint("payment_days >= 0 AND lead_time_days >= 0", name="days"),
        CheckConstraint("tax_rate_percent >= 0 AND tax_rate_percent <= 100", name="tax_rate"),
        Index("ix_supplier_search_vector", "search_vector", postgresql_using="gin"),
        Index("ix_supplier_active_name_key", "active", "name_key"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    name: str = Field(sa_type=Text)
    name_key: str = Field(sa_type=Text)  # the name folded, by which it is sorted and told apart
    active: bool = True
    account_number: str = Field(default="", sa_type=Text)  # the lab's, with them
    address_lines: list[str] = Field(default_factory=list, sa_column=_lines("address_lines"))
    postcode: str = Field(default="", sa_type=Text)
    country: str = Field(default="", sa_type=Text)
    phone: str = Field(default="", sa_type=Text)
    email: str = Field(default="", sa_type=Text)
    website: str = Field(default="", sa_type=Text)
    tax_number: str = Field(default="", sa_type=Text)
    payment_days: int = 30
    lead_time_days: int = 5  # working days of the lab
    currency: str = Field(default="GBP", sa_type=Text)
    tax_treatment: TaxTreatment = Field(
        default=TaxTreatment.DOMESTIC,
        sa_column=word_column("tax_treatment", TaxTreatment, default=TaxTreatment.DOMESTIC),
    )
    tax_rate_percent: Decimal = Field(default=Decimal(0), sa_type=Numeric(6, 3))
    notes: str = Field(default="", sa_type=Text)
    search: str = Field(default="", sa_type=Text)
    search_vector: Any = Field(default=None, sa_column=_found_by())
    created_at: datetime = Field(default_factory=now)
    changed_at: datetime = Field(default_factory=now)


class ContactRow(SuppliersBase, table=True):
    """Somebody at a supplier; at most one of them is who purchase orders are mailed to."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_supplier_id", "supplier_id"),
        Index("uq_contact_supplier_id_orders", "supplier_id", unique=True, postgresql_where=text("gets_orders")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    supplier_id: UUID = Field(sa_column=_belongs("supplier_id", "supplier"))
    name: str = Field(sa_type=Text)
    role: str = Field(default="", sa_type=Text)
    email: str = Field(default="", sa_type=Text)
    phone: str = Field(default="", sa_type=Text)
    gets_orders: bool = False


class PurchaseOrderRow(SuppliersBase, table=True):
    """What the lab orders from a supplier. `draft` is what was typed; from *send* on the lines stand in their table."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("send_key"),
        check_words("status", PurchaseOrderStatus),
        check_words("tax_treatment", TaxTreatment),
        CheckConstraint("total_minor = subtotal_minor + tax_minor", name="total"),
        Index("ix_purchase_order_created", "created_at", "id"),
        Index("ix_purchase_order_status_created", "status", "created_at", "id"),
        Index("ix_purchase_order_supplier_created", "supplier_id", "created_at", "id"),
        Index("ix_purchase_order_search_vector", "search_vector", postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    version: int = 1
    number: str = Field(sa_type=Text)
    supplier_id: UUID = Field(sa_column=_belongs("supplier_id", "supplier"))
    supplier_name: str = Field(sa_type=Text)
    status: PurchaseOrderStatus = Field(
        default=PurchaseOrderStatus.DRAFT,
        sa_column=word_column("status", PurchaseOrderStatus, default=PurchaseOrderStatus.DRAFT),
    )
    draft: dict[str, Any] = Field(default_factory=dict, sa_type=document)  # type: ignore[call-overload]
    reference: str = Field(default="", sa_type=Text)
    supplier_reference: str = Field(default="", sa_type=Text)
    notes: str = Field(default="", sa_type=Text)

    currency: str = Field(default="GBP", sa_type=Text)
    tax_treatment: TaxTreatment = Field(
        default=TaxTreatment.DOMESTIC,
        sa_column=word_column("tax_treatment", TaxTreatment, default=TaxTreatment.DOMESTIC),
    )
    subtotal_minor: int = Field(default=0, sa_type=BigInteger)
    tax_minor: int = Field(default=0, sa_type=BigInteger)
    total_minor: int = Field(default=0, sa_type=BigInteger)

    account_number: str = Field(default="", sa_type=Text)
    supplier_address: list[str] = Field(default_factory=list, sa_column=_lines("supplier_address"))
    payment_days: int = 0
    sent_to: str = Field(default="", sa_type=Text)
    sent_to_name: str = Field(default="", sa_type=Text)
    send_key: str | None = Field(default=None, sa_type=Text)  # of the mail under way, or of the one that left
    send_attempt: int = 0
    sending_since: datetime | None = None
    send_error: str = Field(default="", sa_type=Text)
    paper: dict[str, Any] | None = Field(default=None, sa_type=document)  # type: ignore[call-overload]

    expected_on: date | None = None
    confirmed_on: date | None = None
    delivered_on: date | None = None
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    shipped_at: datetime | None = None
    closed_at: datetime | None = None  # everything was counted, or the rest is not coming
    closed_reason: str = Field(default="", sa_type=Text)
    cancel_reason: str = Field(default="", sa_type=Text)

    entered_by: UUID
    entered_by_name: str = Field(sa_type=Text)
    search: str = Field(default="", sa_type=Text)
    search_vector: Any = Field(default=None, sa_column=_found_by())
    created_at: datetime = Field(default_factory=now)
    changed_at: datetime = Field(default_factory=now)

    @property
    def sending(self) -> bool:
        """On its way to the supplier's mailbox: nobody may change it until the mail left or was given up."""
        return self.sending_since is not None

    @property
    def written(self) -> bool:
        """The supplier never got it and is not about to: what was typed is all there is, and lines of it are none."""
        return self.sent_at is None and not self.sending


class LineRow(SuppliersBase, table=True):
    """One line of a purchase order as it was sent, and how much of it has been counted in."""

    __tablename__ = "purchase_order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("received_quantity >= 0 AND received_quantity <= quantity", name="received"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    order_id: UUID = Field(sa_column=_belongs("order_id", "purchase_order"))
    position: int
    description: str = Field(sa_type=Text)
    part_number: str = Field(default="", sa_type=Text)
    quantity: Decimal = Field(sa_type=Numeric(12, 3))
    unit: str = Field(sa_type=Text)
    unit_price_minor: int = Field(sa_type=BigInteger)
    tax_rate_percent: Decimal = Field(sa_type=Numeric(6, 3))
    net_minor: int = Field(sa_type=BigInteger)
    received_quantity: Decimal = Field(default=Decimal(0), sa_type=Numeric(12, 3))


class ReceiptRow(SuppliersBase, table=True):
    """What somebody at the lab counted in at one moment; append-only."""

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_order_id", "order_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    order_id: UUID = Field(sa_column=_belongs("order_id", "purchase_order"))
    at: datetime = Field(default_factory=now)
    user_id: UUID
    who: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)


class ReceiptLineRow(SuppliersBase, table=True):
    """How much of a line a receipt counted."""

    __tablename__ = "receipt_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    receipt_id: UUID = Field(
        sa_column=Column("receipt_id", Uuid, ForeignKey("suppliers.receipt.id"), primary_key=True, nullable=False)
    )
    line_id: UUID = Field(
        sa_column=Column(
            "line_id", Uuid, ForeignKey("suppliers.purchase_order_line.id"), primary_key=True, nullable=False
        )
    )
    quantity: Decimal = Field(sa_type=Numeric(12, 3))


class ShipmentRow(SuppliersBase, table=True):
    """A parcel the supplier sent; an order may come in several."""

    __tablename__ = "shipment"
    __table_args__ = (Index("ix_shipment_order_id", "order_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    order_id: UUID = Field(sa_column=_belongs("order_id", "purchase_order"))
    at: datetime = Field(default_factory=now)
    who: str = Field(sa_type=Text)
    carrier: str = Field(sa_type=Text)
    tracking_number: str = Field(default="", sa_type=Text)
    note: str = Field(default="", sa_type=Text)


class TimelineRow(SuppliersBase, table=True):
    """One thing that happened to a purchase order; append-only."""

    __tablename__ = "timeline"
    __table_args__ = (
        check_words("old", PurchaseOrderStatus),
        check_words("new", PurchaseOrderStatus),
        Index("ix_timeline_order_at", "order_id", "at", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    order_id: UUID
    at: datetime = Field(default_factory=now)
    who: str = Field(sa_type=Text)
    what: str = Field(sa_type=Text)
    old: PurchaseOrderStatus | None = Field(
        default=None, sa_column=word_column("old", PurchaseOrderStatus, nullable=True)
    )
    new: PurchaseOrderStatus | None = Field(
        default=None, sa_column=word_column("new", PurchaseOrderStatus, nullable=True)
    )
    why: str = Field(default="", sa_type=Text)
    inside: bool = Field(default=False, sa_column=Column("inside", Boolean, nullable=False))  # not the supplier's


class DocumentRow(SuppliersBase, table=True):
    """A technical document of a supplier: what it is; each version of it is a file."""

    __tablename__ = "document"
    __table_args__ = (
        check_words("kind", DocumentKind),
        Index("ix_document_supplier_id", "supplier_id"),
        Index("ix_document_valid_until", "valid_until"),
        Index("ix_document_search_vector", "search_vector", postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    version: int = 1
    supplier_id: UUID = Field(sa_column=_belongs("supplier_id", "supplier"))
    kind: DocumentKind = Field(sa_column=word_column("kind", DocumentKind))
    title: str = Field(sa_type=Text)
    number: int = 1  # of the version that counts
    valid_until: date | None = None  # of the version that counts; its last day
    withdrawn_at: datetime | None = None
    search: str = Field(default="", sa_type=Text)
    search_vector: Any = Field(default=None, sa_column=_found_by())
    created_at: datetime = Field(default_factory=now)
    changed_at: datetime = Field(default_factory=now)


class DocumentVersionRow(SuppliersBase, table=True):
    """One version of a document, kept for ever; the file itself lies in the kernel's store."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    document_id: UUID = Field(sa_column=_belongs("document_id", "document"))
    number: int
    file: dict[str, Any] = Field(sa_type=document)  # type: ignore[call-overload]
    content_type: str = Field(sa_type=Text)
    valid_until: date | None = None
    user_id: UUID
    who: str = Field(sa_type=Text)
    at: datetime = Field(default_factory=now)
    reminded_days: int | None = None  # how near its end it was when it was last reminded of
