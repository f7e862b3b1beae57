"""Drafts in, views out: the values that cross the door of the billing room. All frozen; amounts in minor units."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ils_app.kernel.files import FileRef
from ils_app.kernel.money import Money


class Value(BaseModel):
    """A frozen value."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class InvoiceStatus(StrEnum):
    """Where an invoice stands; follows from its entries."""

    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"
    OVERPAID = "overpaid"  # more came in than is owed: a refund is due
    CREDITED = "credited"  # taken back whole, and nothing was paid
    VOID = "void"


OWED = (InvoiceStatus.OPEN, InvoiceStatus.PART_PAID)
"""The statuses in which something is still owed."""


class EntryKind(StrEnum):
    """What moved an invoice's balance."""

    INVOICED = "invoiced"
    PAYMENT = "payment"
    CREDIT = "credit"
    REFUND = "refund"
    VOID = "void"


class EntrySource(StrEnum):
    """Where the word for an entry came from."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    CARD = "card"
    TRANSFER = "transfer"
    LAB = "lab"


class SupplyKind(StrEnum):
    """What is supplied, as far as its tax may differ."""

    LENSES = "lenses"
    GLAZING = "glazing"
    SERVICE = "service"


class WaitsFor(StrEnum):
    """Why a shipped order has no invoice yet."""

    PRICE = "price"
    TAX_RATE = "tax_rate"
    LAB = "lab"  # no lab stands in ILS whose invoice it could be


Rate = tuple[int, bool, str]
"""A rate as it stands on paper: basis points, whether it is an exemption, and what it is called."""


class Line(Value):
    """One line of an invoice or a credit note, before tax, with the rate it was taxed at."""

    what: str
    kind: SupplyKind
    net_minor: int
    rate_id: UUID
    rate_name: str
    rate_bp: int  # basis points: 2000 is 20 %
    exempt: bool = False

    @property
    def rate(self) -> "Rate":
        """The rate it is taxed at; kinds of supply may share one."""
        return self.rate_bp, self.exempt, self.rate_name


class TaxLine(Value):
    """The tax of all lines of one rate: worked out on their sum, rounded half up to the whole minor unit."""

    rate_name: str
    rate_bp: int
    exempt: bool = False
    net_minor: int
    tax_minor: int

    @property
    def rate(self) -> "Rate":
        """The rate it is the tax of."""
        return self.rate_bp, self.exempt, self.rate_name


class Party(Value):
    """Seller or buyer as they stood at the moment of issue."""

    organisation_id: UUID
    name: str
    address_lines: tuple[str, ...] = ()
    account_number: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    tax_number: str = ""
    company_number: str = ""
    bank_details: str = ""
    logo: FileRef | None = None


class Entry(Value):
    """One movement of an invoice's balance: what, how much, when, where the word came from, by whom."""

    id: int
    kind: EntryKind
    minor: int = Field(description="positive raises what is owed, negative lowers it")
    at: datetime
    source: EntrySource
    reference: str
    who: str
    note: str = ""


class CreditNoteView(Value):
    """A credit note."""

    id: UUID
    number: str
    invoice_id: UUID
    invoice_number: str
    practice_id: UUID
    practice_name: str
    issued_on: date
    reason: str
    currency: str
    lines: tuple[Line, ...]
    tax: tuple[TaxLine, ...]
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_by: str


class InvoiceRow(Value):
    """An invoice on a list."""

    id: UUID
    number: str
    status: InvoiceStatus
    practice_id: UUID
    practice_name: str
    order_id: UUID
    order_number: str
    reference: str
    issued_on: date
    due_on: date
    overdue: bool
    total: Money
    balance: Money


class InvoiceView(InvoiceRow):
    """An invoice on its own page, with what this person may do about it."""

    bill_to: Party
    seller: Party
    tax_point_on: date
    terms_days: int
    lines: tuple[Line, ...]
    tax: tuple[TaxLine, ...]
    net: Money
    tax_total: Money
    paid: Money
    credited: Money
    refunded: Money
    entries: tuple[Entry, ...]
    credit_notes: tuple[CreditNoteView, ...]
    uncredited_minor: tuple[int, ...] = Field(description="by line, before tax: what a credit note may still take back")
    void_reason: str
    mailed_at: datetime | None
    reminded_at: datetime | None
    may_pay: bool
    may_credit: bool
    may_void: bool
    may_record_payment: bool
    may_refund: bool


class InvoicesView(StrEnum):
    """The saved views of an invoices list."""

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    REFUND_DUE = "refund_due"
    ALL = "all"


class InvoicePage(Value):
    """One page of a list and the way to the next; cursors are opaque."""

    rows: tuple[InvoiceRow, ...]
    next_cursor: str | None = None


class CreditNotePage(Value):
    """One page of a list and the way to the next; cursors are opaque."""

    rows: tuple[CreditNoteView, ...]
    next_cursor: str | None = None


class Counts(Value):
    """How many invoices stand in each view, for those who ask."""

    by_view: dict[InvoicesView, int]

    def of(self, view: InvoicesView) -> int:
        """The number of one view."""
        return self.by_view.get(view, 0)


class Figures(Value):
    """What is owed and what of it is overdue, one amount a currency, and how many invoices that is."""

    outstanding: tuple[Money, ...]
    overdue: tuple[Money, ...]
    open_count: int
    overdue_count: int


class TaxRateView(Value):
    """A rate of tax on a kind of supply, and from when until when it holds; one that was withdrawn never did."""

    id: UUID
    kind: SupplyKind
    name: str
    rate_bp: int = Field(description="basis points: 2000 is 20 %")
    exempt: bool
    valid_from: date
    valid_until: date | None
    current: bool
    may_withdraw: bool
    entered_by: str
    entered_at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None


class WaitingOrder(Value):
    """A shipped order without an invoice, and what it waits for."""

    order_id: UUID
    order_number: str
    practice_id: UUID
    practice_name: str
    shipped_on: date
    waits_for: WaitsFor
    since: datetime


class Paper(Value):
    """A paper as a file."""

    name: str
    body: bytes
