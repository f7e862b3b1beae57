"""Payment pages that still take a card for what is owed no longer: a durable job looks at them and closes them."""

from typing import Final

from sqlalchemy import select
from sqlmodel import col

from ils_app.billing.models import CardAttemptRow, InvoiceRow
from ils_app.kernel.room import UnitOfWork

SETTLE: Final = "billing.settle_attempt"


async def settle_outdated(uow: UnitOfWork, invoice: InvoiceRow) -> None:
    """Have the open page of an invoice looked at when it asks for another amount than is owed by now."""
    query = select(col(CardAttemptRow.id)).where(
        col(CardAttemptRow.invoice_id) == invoice.id,
        col(CardAttemptRow.live),
        col(CardAttemptRow.amount_minor) != invoice.balance_minor,
    )
    for attempt_id in (await uow.session.execute(query)).scalars():
        await uow.enqueue(SETTLE, once=f"outdated:{attempt_id}", attempt_id=str(attempt_id))
