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

    sentence = "Invoice {invoice_id} was issued for order {order_id}"


class InvoicePaid(InvoiceFact):
    """Nothing is owed on it any more, and money came in for it."""

    sentence = "Invoice {invoice_id} is paid"


class InvoiceVoided(InvoiceFact):
    """It should never have been issued; its number stays on record."""

    sentence = "Invoice {invoice_id} was voided"


class PaymentReceived(InvoiceFact):
    """Money came in for it."""

    sentence = "A payment for invoice {invoice_id} was received ({source})"

    entry_id: int
    minor: int
    source: str


class PaymentFailed(InvoiceFact):
    """A payment that was begun did not come to pass."""

    sentence = "A payment for invoice {invoice_id} failed: {reason}"

    reason: str = ""


class CreditNoteIssued(InvoiceFact):
    """Part or all of it was taken back."""

    sentence = "A credit note for invoice {invoice_id} was issued"

    credit_note_id: UUID


class RefundMade(InvoiceFact):
    """Money went back for it."""

    sentence = "A refund for invoice {invoice_id} was made ({source})"

    entry_id: int
    minor: int
    source: str


class RefundAsked(InvoiceFact):
    """The lab asked for money to go back to the card it came from."""

    sentence = "A refund for invoice {invoice_id} was asked for"

    minor: int


class ClosedWithoutInvoice(Fact):
    """Nothing is charged for a shipment."""

    sentence = "Order {order_id} of {practice_id} is not invoiced"

    order_id: UUID
    practice_id: UUID


class TaxRatesChanged(Fact):
    """A rate was entered or taken out before it began."""

    sentence = "The rates of tax were changed"

    rate_id: UUID
