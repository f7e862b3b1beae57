"""An invoice's row as the values that leave the room, for the person who asks."""

from collections.abc import Sequence
from typing import Any

from ils_app.billing.models import CreditNoteRow, EntryRow, InvoiceRow
from ils_app.billing.schemas import (
    OWED,
    CreditNoteView,
    Entry,
    InvoiceStatus,
    InvoiceView,
    Line,
    Party,
    TaxLine,
)
from ils_app.billing.schemas import InvoiceRow as InvoiceOnList
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.money import Money


def row_of(row: InvoiceRow) -> InvoiceOnList:
    """An invoice on a list."""
    return InvoiceOnList(**_row_fields(row))


def view_of(
    row: InvoiceRow, entries: Sequence[EntryRow], notes: Sequence[CreditNoteRow], actor: Actor, *, going_back: int
) -> InvoiceView:
    """An invoice on its own page, with what this person may do about it.

    `going_back` is what is on its way back to cards, in minor units: it cannot be given back another way.
    """
    issues = actor.may("invoices.issue")
    left = uncredited(row, notes)
    owed = row.status in OWED
    return InvoiceView(
        **_row_fields(row),
        bill_to=Party.model_validate(row.bill_to),
        seller=Party.model_validate(row.seller),
        tax_point_on=row.tax_point_on,
        terms_days=row.terms_days,
        lines=lines_of(row),
        tax=tuple(TaxLine.model_validate(one) for one in row.tax),
        net=Money(minor=row.net_minor, currency=row.currency),
        tax_total=Money(minor=row.tax_minor, currency=row.currency),
        paid=Money(minor=row.paid_minor, currency=row.currency),
        credited=Money(minor=row.credited_minor, currency=row.currency),
        refunded=Money(minor=row.refunded_minor, currency=row.currency),
        entries=tuple(_entry(one) for one in entries),
        credit_notes=tuple(credit_note_of(one, row) for one in notes),
        uncredited_minor=left,
        void_reason=row.void_reason,
        mailed_at=row.mailed_at,
        reminded_at=row.reminded_at,
        may_pay=owed and actor.may("invoices.pay", practice_id=row.practice_id),
        may_credit=issues and is_creditable(row),
        may_void=issues and is_untouched(row),
        may_record_payment=issues,
        may_refund=issues and row.paid_minor - row.refunded_minor > going_back,
    )


def credit_note_of(note: CreditNoteRow, invoice: InvoiceRow) -> CreditNoteView:
    """A credit note, with the invoice it takes back of."""
    return CreditNoteView(
        id=note.id,
        number=note.number,
        invoice_id=note.invoice_id,
        invoice_number=invoice.number,
        practice_id=note.practice_id,
        practice_name=invoice.practice_name,
        issued_on=note.issued_on,
        reason=note.reason,
        currency=invoice.currency,
        lines=tuple(Line.model_validate(one) for one in note.lines),
        tax=tuple(TaxLine.model_validate(one) for one in note.tax),
        net_minor=note.net_minor,
        tax_minor=note.tax_minor,
        total_minor=note.total_minor,
        issued_by=note.issued_by,
    )


def lines_of(row: InvoiceRow) -> tuple[Line, ...]:
    """The lines as issued."""
    return tuple(Line.model_validate(one) for one in row.lines)


def uncredited(row: InvoiceRow, notes: Sequence[CreditNoteRow]) -> tuple[int, ...]:
    """By line of the invoice, before tax: what no credit note has taken back."""
    left = [line["net_minor"] for line in row.lines]
    for note in notes:
        for position, line in zip(note.positions, note.lines, strict=True):
            left[position] -= line["net_minor"]
    return tuple(left)


def is_untouched(row: InvoiceRow) -> bool:
    """True while nothing but its issue has happened to it, so that it can be voided."""
    return row.status is InvoiceStatus.OPEN and not (row.paid_minor or row.credited_minor or row.refunded_minor)


def is_creditable(row: InvoiceRow) -> bool:
    """True while something of it can be taken back. A void one stands at nothing, whatever was paid on it later.

    What of each line is left says less: under a discount the remains cancel one another out.
    """
    return not row.voided_minor and row.credited_minor < row.total_minor


def _entry(row: EntryRow) -> Entry:
    return Entry(**row.model_dump())


def _row_fields(row: InvoiceRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "practice_id": row.practice_id,
        "practice_name": row.practice_name,
        "order_id": row.order_id,
        "order_number": row.order_number,
        "reference": row.reference,
        "issued_on": row.issued_on,
        "due_on": row.due_on,
        "overdue": row.status in OWED and row.due_on < today_in_lab(),
        "total": Money(minor=row.total_minor, currency=row.currency),
        "balance": Money(minor=row.balance_minor, currency=row.currency),
    }
