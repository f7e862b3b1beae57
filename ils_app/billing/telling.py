"""What people are told about invoices, each thing once: its paper at issue, money that moved, that it is overdue."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from ils_app.billing.card_calls import cards
from ils_app.billing.card_schemas import Cards
from ils_app.billing.documents import kept_credit_note, kept_invoice
from ils_app.billing.events import PaymentReceived, RefundMade
from ils_app.billing.ledger import locked_invoice
from ils_app.billing.models import CreditNoteRow, EntryRow, InvoiceRow
from ils_app.billing.papers import written
from ils_app.billing.room import room, topics
from ils_app.billing.schemas import OWED, EntrySource
from ils_app.kernel import log
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.money import Money
from ils_app.kernel.permissions import internal
from ils_app.kernel.roles import Role
from ils_app.notifications import service as notifications
from ils_app.settings.service import NotificationKind

MOST_AT_ONCE = 500

logger = log.get_logger(__name__)


async def send_invoice(invoice_id: UUID) -> None:
    """Draw an invoice and mail it to its practice's people; a repeat sends nothing, nor does one that was voided."""
    ref = await kept_invoice(invoice_id)
    async with room.unit_of_work() as uow:
        row = await locked_invoice(uow, invoice_id)
        if row.mailed_at is not None or row.voided_minor:
            return
        total = Money(minor=row.total_minor, currency=row.currency)
        await notifications.tell(
            key=f"invoice:{row.id}",
            kind=NotificationKind.INVOICE,
            title=f"Invoice {row.number}: {total}, due {written(row.due_on)}",
            text=f"Order {row.order_number} has been shipped. Its invoice is attached. {_how_to_pay()}",
            href=_page(row),
            organisation_id=row.practice_id,
            roles=(Role.ECP,),
            attachments=(ref,),
            uow=uow,
        )
        row.mailed_at = now()
        uow.publish(*topics(row.id, row.practice_id))


async def send_credit_note(credit_note_id: UUID) -> None:
    """Draw a credit note and mail it to the practice's people; a repeat sends nothing."""
    ref = await kept_credit_note(credit_note_id)
    async with room.unit_of_work() as uow:
        note = await uow.session.get(CreditNoteRow, credit_note_id)
        assert note is not None
        row = await locked_invoice(uow, note.invoice_id)
        total = Money(minor=note.total_minor, currency=row.currency)
        await notifications.tell(
            key=f"credit-note:{note.id}",
            kind=NotificationKind.INVOICE,
            title=f"Credit note {note.number}: {total} of invoice {row.number}",
            text=f"The lab has taken back {total} of invoice {row.number}. The credit note is attached.",
            href=_page(row),
            organisation_id=row.practice_id,
            roles=(Role.ECP,),
            attachments=(ref,),
            uow=uow,
        )


async def tell_void(invoice_id: UUID) -> None:
    """Tell the practice's people that nothing is to be paid on an invoice, and why."""
    async with room.unit_of_work() as uow:
        row = await locked_invoice(uow, invoice_id)
        total = Money(minor=row.total_minor, currency=row.currency)
        await notifications.tell(
            key=f"invoice-void:{row.id}",
            kind=NotificationKind.INVOICE,
            title=f"Invoice {row.number} is void",
            text=f"The lab has voided invoice {row.number} of {total}: {row.void_reason.rstrip('.')}. "
            "Nothing is to be paid on it.",
            href=_page(row),
            organisation_id=row.practice_id,
            roles=(Role.ECP,),
            uow=uow,
        )


async def tell_payment(fact: PaymentReceived) -> None:
    """Tell the practice that its money arrived, and the lab when it came by card: nobody there has recorded it.

    Of a refund that came back to the lab both were told when it failed.
    """
    if fact.source == EntrySource.LAB:
        return
    async with room.unit_of_work() as uow:
        row = await locked_invoice(uow, fact.invoice_id)
        paid, rest = Money(minor=fact.minor, currency=row.currency), await _rest_then(uow.session, row, fact.entry_id)
        left = _left(Money(minor=rest, currency=row.currency))
        told: dict[str, Any] = {
            "kind": NotificationKind.PAYMENT, "title": f"Payment received: {paid} for invoice {row.number}",
            "href": _page(row), "uow": uow,
        }  # fmt: skip
        await notifications.tell(
            key=f"payment:{fact.entry_id}", text=f"Thank you. {paid} arrived for invoice {row.number}. {left}",
            organisation_id=row.practice_id, roles=(Role.ECP,), **told,
        )  # fmt: skip
        if fact.source == EntrySource.CARD:
            await notifications.tell(
                key=f"payment-lab:{fact.entry_id}", organisation_id=row.entity_id, roles=(Role.LAB, Role.ADMIN),
                text=f"{row.practice_name} paid {paid} by card for invoice {row.number}. {left}", **told,
            )  # fmt: skip


async def tell_refund(fact: RefundMade) -> None:
    """Tell the practice that money is on its way back."""
    async with room.unit_of_work() as uow:
        row = await locked_invoice(uow, fact.invoice_id)
        gone = Money(minor=fact.minor, currency=row.currency)
        way = "to the card it was paid with" if fact.source == EntrySource.CARD else "by bank transfer"
        await notifications.tell(
            key=f"refund:{fact.entry_id}",
            kind=NotificationKind.PAYMENT,
            title=f"Refund: {gone} of invoice {row.number}",
            text=f"The lab has sent {gone} of invoice {row.number} back {way}.",
            href=_page(row),
            organisation_id=row.practice_id,
            roles=(Role.ECP,),
            uow=uow,
        )


@internal
async def remind_overdue() -> int:
    """Remind practices of invoices that are overdue, once for each invoice; says how many were reminded of."""
    query: Any = select(col(InvoiceRow.id)).where(
        col(InvoiceRow.status).in_(OWED), col(InvoiceRow.due_on) < today_in_lab(), col(InvoiceRow.reminded_at).is_(None)
    )
    async with room.read() as session:
        late = list((await session.execute(query.order_by(col(InvoiceRow.due_on)).limit(MOST_AT_ONCE))).scalars())
    return sum([await _remind(invoice_id) for invoice_id in late])


async def _remind(invoice_id: UUID) -> bool:
    async with room.unit_of_work() as uow:
        row = await locked_invoice(uow, invoice_id)
        if row.status not in OWED or row.reminded_at is not None:
            return False
        owed = Money(minor=row.balance_minor, currency=row.currency)
        await notifications.tell(
            key=f"invoice-overdue:{row.id}",
            kind=NotificationKind.INVOICE,
            title=f"Overdue: {owed} of invoice {row.number} was due {written(row.due_on)}",
            text=f"{owed} is owed on invoice {row.number} for order {row.order_number}. {_how_to_pay()} "
            "If your payment is on its way, there is nothing to do.",
            href=_page(row),
            organisation_id=row.practice_id,
            roles=(Role.ECP,),
            uow=uow,
        )
        row.reminded_at = now()
        uow.publish(*topics(row.id, row.practice_id))
        return True


async def _rest_then(session: Any, row: InvoiceRow, entry_id: int) -> int:
    """What was left to pay just after an entry, however long ago that was."""
    minors = select(col(EntryRow.minor)).where(col(EntryRow.invoice_id) == row.id, col(EntryRow.id) <= entry_id)
    return sum((await session.execute(minors)).scalars())


def _how_to_pay() -> str:
    """Which ways there are."""
    if cards() is Cards.NONE:
        return "It can be paid by bank transfer, with the invoice's number as reference."
    return "It can be paid by card in ILS, or by bank transfer with the invoice's number as reference."


def _left(rest: Money) -> str:
    """What a payment left: something owed, nothing, or too much."""
    if rest.minor > 0:
        return f"{rest} is still owed on it."
    over = rest.model_copy(update={"minor": -rest.minor})
    return f"A refund of {over} is due." if rest.minor < 0 else "It is settled."


def _page(row: InvoiceRow) -> str:
    return f"/invoices/{row.id}"
