"""What practice and lab are told of card payments; each sentence once, in the transaction that made it true."""

from ils_app.billing.card_words import decline_words
from ils_app.billing.models import CardAttemptRow, CardRefundRow, InvoiceRow
from ils_app.kernel.money import Money
from ils_app.kernel.roles import Role
from ils_app.kernel.room import UnitOfWork
from ils_app.notifications import service as notifications
from ils_app.settings.schemas import NotificationKind


async def declined(uow: UnitOfWork, invoice: InvoiceRow, attempt: CardAttemptRow) -> None:
    """A payment that was begun did not come to pass."""
    amount = Money(minor=attempt.amount_minor, currency=attempt.currency)
    await _both(
        uow, invoice, f"card-failed:{attempt.id}",
        title=f"A card payment of {invoice.number} failed",
        text=f"{amount} of {invoice.number} could not be taken: {decline_words(attempt.decline)} "
        "The invoice stays open and can be paid again.",
    )  # fmt: skip


async def too_much_paid(uow: UnitOfWork, invoice: InvoiceRow, attempt: CardAttemptRow, surplus: Money) -> None:
    """More came in than was owed, and goes back by itself."""
    await _both(
        uow, invoice, f"card-surplus:{attempt.id}",
        title=f"More was paid on {invoice.number} than is owed",
        text=f"{surplus} was not owed and goes back to that card by itself; nobody has to do anything.",
    )  # fmt: skip


async def refund_failed(uow: UnitOfWork, invoice: InvoiceRow, refund: CardRefundRow, amount: Money) -> None:
    """Money that was to go back did not arrive."""
    why = f" ({refund.failure.replace('_', ' ')})" if refund.failure else ""
    await _both(
        uow, invoice, f"card-refund-failed:{refund.id}",
        title=f"A refund of {invoice.number} failed",
        text=f"{amount} of {invoice.number} could not be sent back to the card{why}. "
        "The lab has to pay it back another way.",
    )  # fmt: skip


async def refund_after_all(uow: UnitOfWork, invoice: InvoiceRow, refund: CardRefundRow, amount: Money) -> None:
    """Money that was said to have failed on its way goes back all the same; it must not be paid back again."""
    await _both(
        uow, invoice, f"card-refund-after-all:{refund.id}",
        title=f"A refund of {invoice.number} is on its way after all",
        text=f"{amount} of {invoice.number}, of which it was said that it could not be sent back to the card, is at "
        "Stripe and on its way there. It is not to be paid back another way.",
    )  # fmt: skip


async def _both(uow: UnitOfWork, invoice: InvoiceRow, key: str, *, title: str, text: str) -> None:
    """Tell the practice's people and the lab's, in one word each."""
    sides = {"practice": (invoice.practice_id, Role.ECP), "lab": (invoice.entity_id, Role.LAB)}
    for side, (organisation_id, role) in sides.items():
        await notifications.tell(
            key=f"{key}:{side}",
            kind=NotificationKind.PAYMENT,
            title=title,
            text=text,
            href=f"/invoices/{invoice.id}",
            organisation_id=organisation_id,
            roles=(role,),
            uow=uow,
        )
