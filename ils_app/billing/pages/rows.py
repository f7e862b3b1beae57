"""Invoices as the lines and words the pages show."""

from dataclasses import dataclass
from datetime import date

from ils_app.billing.service import EntryKind, InvoiceRow, InvoiceStatus
from ils_app.ui import feedback, layout, routes, tables

WORDS = {
    InvoiceStatus.OPEN: ("Open", "info"),
    InvoiceStatus.PART_PAID: ("Part paid", "warn"),
    InvoiceStatus.PAID: ("Paid", "ok"),
    InvoiceStatus.OVERPAID: ("Refund due", "hold"),
    InvoiceStatus.CREDITED: ("Credited", "idle"),
    InvoiceStatus.VOID: ("Void", "idle"),
}
ENTRY_WORDS = {
    EntryKind.INVOICED: ("Invoiced", "info"),
    EntryKind.PAYMENT: ("Payment", "ok"),
    EntryKind.CREDIT: ("Credited", "hold"),
    EntryKind.REFUND: ("Refunded", "warn"),
    EntryKind.VOID: ("Voided", "idle"),
}
SOURCE_WORDS = {"card": "by card", "transfer": "by bank transfer"}


@dataclass(frozen=True)
class Line:
    """An invoice on a list."""

    id: str
    href: str
    number: str
    practice: str
    order: str
    reference: str
    issued: str
    due: str
    status: str
    tone: str
    total: str
    balance: str


def line(row: InvoiceRow) -> Line:
    """The invoice in words."""
    status, tone = status_words(row.status, overdue=row.overdue)
    return Line(
        id=str(row.id), href=routes.invoice(row.id), number=row.number, practice=row.practice_name,
        order=row.order_number, reference=row.reference, issued=day(row.issued_on), due=day(row.due_on), status=status,
        tone=tone, total=str(row.total), balance=str(row.balance) if row.balance.minor else "–",
    )  # fmt: skip


def status_words(status: InvoiceStatus, *, overdue: bool) -> tuple[str, str]:
    """The status as a word and its tone."""
    return ("Overdue", "bad") if overdue else WORDS[status]


def day(on: date) -> str:
    """A day, short: 7 Mar 2026."""
    return f"{on.day} {on:%b %Y}"


def columns(*, with_practice: bool) -> list[tables.Column]:
    """The columns of a list of invoices; the practice only where there are several."""
    practice = [tables.Column("Practice", lambda row: row.practice)] if with_practice else []
    return [
        tables.Column("Invoice", lambda row: layout.mono(row.number)),
        tables.Column(
            "Status",
            lambda row: feedback.glow(
                feedback.toned_badge(row.status, row.tone), of=row.id + ":status", value=row.status
            ),
        ),
        *practice,
        tables.Column("Order", lambda row: layout.mono(row.order), secondary=with_practice),
        tables.Column(
            "Your reference" if not with_practice else "Reference", lambda row: row.reference, secondary=True
        ),
        tables.Column("Issued", lambda row: row.issued, secondary=True),
        tables.Column("Due", lambda row: row.due),
        tables.Column("Total", lambda row: row.total, align="end", secondary=True),
        tables.Column("Owed", lambda row: row.balance, align="end"),
    ]
