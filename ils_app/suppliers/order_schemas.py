"""Purchase orders as they cross the door: drafts in, views out. All frozen; none is a table row."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field, model_validator

from ils_app.kernel.money import Money
from ils_app.suppliers.schemas import Value
from ils_app.suppliers.words import PurchaseOrderStatus, TaxTreatment

MOST_LINES = 300


class LineDraft(Value):
    """A line as it was typed; `key` names it while it is written."""

    key: str = Field(max_length=40)
    description: str = Field("", max_length=2000)
    part_number: str = Field("", max_length=500)
    quantity: str = Field("", max_length=100)
    unit: str = Field("pcs", max_length=100)
    unit_price: str = Field("", max_length=100)
    tax_rate: str = Field("", max_length=100)

    @property
    def empty(self) -> bool:
        """Nothing was written in it yet."""
        return not any(map(str.strip, (self.description, self.part_number, self.quantity, self.unit_price)))


class PurchaseOrderDraft(Value):
    """A purchase order as it is being written. Every figure is the text that was typed, so that nothing is lost."""

    supplier_id: UUID
    reference: str = Field("", max_length=500)
    notes: str = Field("", max_length=5000)
    expected_on: str = Field("", max_length=40)  # empty: by the supplier's lead time
    lines: tuple[LineDraft, ...] = Field((), max_length=MOST_LINES)

    @model_validator(mode="before")
    @classmethod
    def _without_nul(cls, given: Any) -> Any:
        """Drop the one character no keyboard writes and no PostgreSQL text can hold."""
        return _clean(given)


def _clean(given: Any) -> Any:
    if isinstance(given, str):
        return given.replace("\x00", "")
    if isinstance(given, dict):
        return {name: _clean(value) for name, value in given.items()}
    return [_clean(one) for one in given] if isinstance(given, list | tuple) else given


class LineView(Value):
    """A line of an order. `id` is None while it is a draft."""

    id: UUID | None
    position: int
    description: str
    part_number: str
    quantity: Decimal
    unit: str
    unit_price: Money
    tax_rate_percent: Decimal
    net: Money
    received: Decimal

    @property
    def remaining(self) -> Decimal:
        """What has not been counted yet."""
        return self.quantity - self.received


class TaxView(Value):
    """The tax of one rate."""

    rate_percent: Decimal
    net: Money
    tax: Money


class ReceiptView(Value):
    """What was counted in at one moment: how much of which line."""

    id: UUID
    at: datetime
    who: str
    note: str
    counted: tuple[tuple[str, Decimal, str], ...]  # description, quantity, unit


class ShipmentView(Value):
    """A parcel on its way."""

    id: UUID
    at: datetime
    who: str
    carrier: str
    tracking_number: str
    note: str


class Happened(Value):
    """One thing that happened: when, who, from where to where, and why."""

    id: int
    at: datetime
    who: str
    what: str
    old: PurchaseOrderStatus | None
    new: PurchaseOrderStatus | None
    why: str


class PurchaseOrderLine(Value):
    """A purchase order on a list. `due_on` is what the supplier confirmed, else what the lab expects."""

    id: UUID
    number: str
    supplier_id: UUID
    supplier_name: str
    status: PurchaseOrderStatus
    sending: bool
    send_failed: bool
    to_count: bool  # delivered, and not everything is counted yet
    reference: str
    total: Money
    due_on: date | None
    late: bool
    created_at: datetime
    sent_at: datetime | None
    changed_at: datetime


class PurchaseOrderView(PurchaseOrderLine):
    """A purchase order on its own page, with what the person who asks may do to it."""

    version: int
    written: bool  # only typed so far, or discarded before the supplier had it
    draft: PurchaseOrderDraft | None
    problems: dict[str, str]  # of a draft, by field: "reference", "<key>_quantity"
    supplier_reference: str
    notes: str
    account_number: str
    supplier_address: tuple[str, ...]
    payment_days: int
    tax_treatment: TaxTreatment
    lines: tuple[LineView, ...]
    subtotal: Money
    taxes: tuple[TaxView, ...]
    receipts: tuple[ReceiptView, ...]
    shipments: tuple[ShipmentView, ...]
    sent_to: str
    sent_to_name: str
    sending_since: datetime | None
    send_error: str
    expected_on: date | None
    confirmed_on: date | None
    delivered_on: date | None
    acknowledged_at: datetime | None
    shipped_at: datetime | None
    closed_at: datetime | None
    closed_reason: str
    cancel_reason: str
    entered_by_name: str
    may_edit: bool
    may_send: bool
    may_acknowledge: bool
    may_ship: bool
    may_deliver: bool
    may_receive: bool
    may_close: bool
    may_cancel: bool


class OrderList(StrEnum):
    """The saved views of the list of purchase orders."""

    ALL = "all"
    DRAFTS = "drafts"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    IN_TRANSIT = "in_transit"
    TO_COUNT = "to_count"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class PurchaseOrdersPage(Value):
    """One page of purchase orders; `total` counts all that match."""

    rows: tuple[PurchaseOrderLine, ...]
    total: int
    page: int
    size: int


class PurchaseOrderCounts(Value):
    """How many purchase orders stand where, for the person who asks."""

    by_list: dict[OrderList, int]
    late: int
    not_sent: int  # drafts whose mail came back

    def of(self, view: OrderList) -> int:
        """The number of one view."""
        return self.by_list.get(view, 0)
