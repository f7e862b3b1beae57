"""Money that moved outside ILS, recorded by the lab: a practice's bank transfer, and one that went back."""

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from ils_app.billing.ledger import locked_invoice, record_payment, record_refund
from ils_app.billing.models import InvoiceRow
from ils_app.billing.reading import find_for
from ils_app.billing.refunds_under_way import on_its_way
from ils_app.billing.room import room
from ils_app.billing.schemas import EntrySource, Value
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import lab_zone, now, today_in_lab
from ils_app.kernel.errors import Conflict, Invalid
from ils_app.kernel.money import Money
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork


class TransferDraft(Value):
    """A bank transfer as the statement shows it."""

    minor: Annotated[int, Field(gt=0, le=100_000_000)]
    reference: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    on: date


@door("invoices.issue")
async def record_transfer(actor: Actor, invoice_id: UUID, draft: TransferDraft) -> Money:
    """Record a practice's bank transfer; what of it was more than is owed comes back, and a refund of that is due.

    Money that has moved is recorded, whatever the invoice says. Raises Invalid for a day to come; Conflict when this
    reference was recorded on this invoice already.
    """
    async with room.unit_of_work() as uow:
        row = await _own(uow, actor, invoice_id)
        surplus = draft.minor - min(draft.minor, max(row.balance_minor, 0))
        at = _moment(draft.on, row)
        if not await record_payment(
            uow, row.id, draft.minor, source=EntrySource.TRANSFER, reference=draft.reference, who=actor.name, at=at
        ):
            raise _known(draft)
        return Money(minor=surplus, currency=row.currency)


@door("invoices.issue")
async def record_transfer_refund(actor: Actor, invoice_id: UUID, draft: TransferDraft) -> None:
    """Record a bank transfer the lab sent back. Raises Invalid for more than was paid, Conflict for a repeat."""
    async with room.unit_of_work() as uow:
        row = await _own(uow, actor, invoice_id)
        kept = row.paid_minor - row.refunded_minor - await on_its_way(uow.session, row.id)
        if draft.minor > kept:
            most = Money(minor=kept, currency=row.currency)
            raise Invalid(f"{most} was paid and not given back.", fields={"amount": f"At most {most}."})
        at = _moment(draft.on, row)
        if not await record_refund(
            uow, row.id, draft.minor, reference=draft.reference, source=EntrySource.TRANSFER, who=actor.name, at=at
        ):
            raise _known(draft)


async def _own(uow: UnitOfWork, actor: Actor, invoice_id: UUID) -> InvoiceRow:
    await find_for(uow.session, actor, "invoices.issue", invoice_id)
    return await locked_invoice(uow, invoice_id)


def _moment(on: date, row: InvoiceRow) -> datetime:
    """When the money moved: noon at the lab of that day, this moment when it was today."""
    if on > today_in_lab():
        raise Invalid("This day is still to come.", fields={"on": "A day that is over, or today."})
    if on < row.issued_on:
        said = f"{row.number} was issued on {row.issued_on:%d %B %Y}."
        raise Invalid(said, fields={"on": f"{said} Not before that day."})
    return now() if on == today_in_lab() else datetime.combine(on, time(12), lab_zone())


def _known(draft: TransferDraft) -> Conflict:
    return Conflict(
        f"A transfer {draft.reference} is recorded on this invoice already.",
        fields={"reference": "Recorded already: give each transfer its own reference."},
    )
