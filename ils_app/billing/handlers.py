"""The billing room's ears and durable jobs; each survives a repeat."""

from uuid import UUID

from ils_app.billing import card_jobs, issuing, telling, waiting
from ils_app.billing.events import InvoiceVoided, PaymentReceived, RefundMade, TaxRatesChanged
from ils_app.kernel.jobs import listener, periodic, task
from ils_app.orders.events import OrderMoved
from ils_app.orders.service import OrderStatus

LEFT_THE_LAB = {OrderStatus.SHIPPED, OrderStatus.COMPLETED}


@listener(OrderMoved)
async def invoice_of_shipped_order(fact: OrderMoved) -> None:
    """An order left the lab: it gets its one invoice."""
    if fact.new in LEFT_THE_LAB:
        await issuing.issue_for_order(fact.order_id)


@listener(TaxRatesChanged)
async def invoices_that_waited(fact: TaxRatesChanged) -> None:
    """There may be a rate now for what waited for one."""
    await waiting.retry_waiting()


@listener(InvoiceVoided)
async def word_of_void(fact: InvoiceVoided) -> None:
    """An invoice should never have been issued; the practice is told."""
    await telling.tell_void(fact.invoice_id)


@listener(PaymentReceived)
async def word_of_payment(fact: PaymentReceived) -> None:
    """Money arrived; those it concerns are told."""
    await telling.tell_payment(fact)


@listener(RefundMade)
async def word_of_refund(fact: RefundMade) -> None:
    """Money went back; the practice is told."""
    await telling.tell_refund(fact)


@task("billing.send_invoice")
async def send_invoice(invoice_id: str) -> None:
    """Draw and mail an invoice."""
    await telling.send_invoice(UUID(invoice_id))


@task("billing.send_credit_note")
async def send_credit_note(credit_note_id: str) -> None:
    """Draw and mail a credit note."""
    await telling.send_credit_note(UUID(credit_note_id))


@periodic("0 8 * * *", "billing.every_morning")
async def every_morning() -> None:
    """Remind of what is overdue, and try again what waits to be invoiced."""
    await telling.remind_overdue()
    await waiting.retry_waiting()


__all__ = ["card_jobs"]  # its jobs stand in a file of their own, and are known with these
