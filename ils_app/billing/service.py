"""The door of the billing room: everything another room, a page or a route may ask of it."""

from ils_app.billing.cards import came_back, cards_of, pay_by_card, refund_card
from ils_app.billing.crediting import CreditPart, issue_credit_note, void
from ils_app.billing.documents import credit_note_pdf, invoice_pdf
from ils_app.billing.errors import (
    CannotVoid,
    NoSuchCreditNote,
    NoSuchInvoice,
    NoSuchTaxRate,
    NothingOwed,
    NothingToCredit,
    NotWaiting,
)
from ils_app.billing.issuing import issue_for_order
from ils_app.billing.reading import (
    counts,
    credit_note,
    credit_notes_page,
    figures,
    invoice,
    invoice_numbers,
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
    Paper,
    Party,
    SupplyKind,
    TaxLine,
    TaxRateView,
    WaitingOrder,
    WaitsFor,
)
from ils_app.billing.stand_in import stand_in_decline, stand_in_page, stand_in_pay
from ils_app.billing.tax import TaxRateDraft, add_tax_rate, tax_rates, withdraw_tax_rate
from ils_app.billing.telling import remind_overdue
from ils_app.billing.transfers import TransferDraft, record_transfer, record_transfer_refund
from ils_app.billing.waiting import (
    PriceDraft,
    close_without_invoice,
    price_order,
    retry_waiting,
    try_again,
    waiting_count,
    waiting_orders,
)

__all__ = [
    "CannotVoid", "Counts", "CreditNotePage", "CreditNoteView", "CreditPart", "Entry", "EntryKind",
    "EntrySource", "Figures", "InvoicePage", "InvoiceRow", "InvoiceStatus", "InvoiceView", "InvoicesView",
    "Line", "NoSuchCreditNote", "NoSuchInvoice", "NoSuchTaxRate", "NotWaiting", "NothingOwed",
    "NothingToCredit", "Paper", "Party", "PriceDraft", "SupplyKind", "TaxLine", "TaxRateDraft", "TaxRateView",
    "TransferDraft", "WaitingOrder", "WaitsFor", "add_tax_rate", "close_without_invoice", "counts",
    "credit_note", "credit_note_pdf", "credit_notes_page", "figures", "invoice", "invoice_numbers", "invoice_of_order",
    "invoice_pdf", "invoices_for_export", "invoices_page", "issue_credit_note", "issue_for_order",
    "price_order", "record_transfer", "record_transfer_refund", "remind_overdue", "retry_waiting", "tax_rates",
    "try_again", "void", "waiting_count", "waiting_orders", "withdraw_tax_rate",
]  # fmt: skip
__all__ += ["came_back", "cards_of", "pay_by_card", "refund_card"]
__all__ += ["stand_in_decline", "stand_in_page", "stand_in_pay"]
