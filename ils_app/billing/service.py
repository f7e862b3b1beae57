"""The door of the billing room: everything another room, a page or a route may ask of it."""

from ils_app.billing.errors import NoSuchCreditNote, NoSuchInvoice, NothingOwed
from ils_app.billing.reading import (
    counts,
    credit_note,
    credit_notes_page,
    figures,
    invoice,
    invoice_of_order,
    invoices_for_export,
    invoices_page,
)
from ils_app.billing.schemas import (
    Counts,
    CreditNotePage,
    CreditNoteView,
    Entry,
    EntryKind,
    EntrySource,
    Figures,
    InvoicePage,
    InvoiceRow,
    InvoiceStatus,
    InvoicesView,
    InvoiceView,
    Line,
    Party,
    SupplyKind,
    TaxLine,
    WaitsFor,
)

__all__ = [
    "Counts", "CreditNotePage", "CreditNoteView", "Entry", "EntryKind", "EntrySource", "Figures", "InvoicePage",
    "InvoiceRow", "InvoiceStatus", "InvoiceView", "InvoicesView", "Line", "NoSuchCreditNote", "NoSuchInvoice",
    "NothingOwed", "Party", "SupplyKind", "TaxLine", "WaitsFor", "counts", "credit_note", "credit_notes_page",
    "figures", "invoice", "invoice_of_order", "invoices_for_export", "invoices_page",
]  # fmt: skip
