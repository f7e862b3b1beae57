"""Facts of the billing room that others may rely on; only ever added to. Ids, and amounts in minor units."""

from uuid import UUID

from ils_app.kernel.events import Fact


class InvoiceFact(Fact):
    """Something happened to one invoice."""

    invoice_id: UUID
    practice_id: UUID
    order_id: UUID


class InvoiceIssued(InvoiceFact):
    """A shipment was invoiced."""


class InvoicePaid(InvoiceFact):
    """Nothing is owed on it any more, and money came in for it."""


class InvoiceVoided(InvoiceFact):
    """It should never have been issued; its number stays on record."""


class PaymentReceived(InvoiceFact):
    """Money came in for it."""

    entry_id: int
    minor: int
    source: str


class PaymentFailed(InvoiceFact):
    """A payment that was begun did not come to pass."""

    reason: str = ""


class CreditNoteIssued(InvoiceFact):
    """Part or all of it was taken back."""

    credit_note_id: UUID


class RefundMade(InvoiceFact):
    """Money went back for it."""

    entry_id: int
    minor: int
    source: str


class TaxRatesChanged(Fact):
    """A rate was entered or taken out before it began."""

    rate_id: UUID
