"""Taking back what was invoiced: credit notes, whole or in part and never above it, and voiding what nobody paid."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.billing.amounts import credited_tax
from ils_app.billing.errors import CannotVoid, NothingToCredit
from ils_app.billing.events import CreditNoteIssued, InvoiceVoided
from ils_app.billing.ledger import about, enter, locked_invoice
from ils_app.billing.models import CreditNoteRow, InvoiceRow
from ils_app.billing.numbers import CREDIT_NOTE, locked_counter, next_number
from ils_app.billing.reading import find_for, notes_of
from ils_app.billing.room import room
from ils_app.billing.schemas import CreditNoteView, EntryKind, EntrySource, Line, Rate, TaxLine, Value
from ils_app.billing.views import credit_note_of, is_creditable, is_untouched, lines_of, uncredited
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Invalid
from ils_app.kernel.money import Money
from ils_app.kernel.permissions import door

LONGEST_REASON = 300


class CreditPart(Value):
    """How much of a line is taken back, before tax; `position` counts the invoice's lines from nought."""

    position: Annotated[int, Field(ge=0, le=1000)]
    net_minor: Annotated[int, Field(ge=-100_000_000, le=100_000_000)]


@door("invoices.issue")
async def issue_credit_note(
    actor: Actor, invoice_id: UUID, reason: str, parts: Sequence[CreditPart] | None = None
) -> CreditNoteView:
    """Take back parts of an invoice, or with no `parts` named all that is left of it, with a reason.

    The tax goes back with it at the invoice's own rates. Money that was paid is refunded on its own. Raises Invalid
    for more than was invoiced or no reason, NothingToCredit, NoSuchInvoice.
    """
    why = _reason(reason)
    async with room.unit_of_work() as uow:
        await find_for(uow.session, actor, "invoices.issue", invoice_id)
        row = await locked_invoice(uow, invoice_id)
        notes = await notes_of(uow.session, row.id)
        left = uncredited(row, notes)
        if not is_creditable(row):
            raise NothingToCredit(row.number)
        taken = _taken(row, left, parts)
        lines = tuple(lines_of(row)[at].model_copy(update={"net_minor": minor}) for at, minor in taken.items())
        note = await _note(uow.session, row, notes, lines)
        note.positions, note.reason, note.issued_by = list(taken), why, actor.name
        uow.session.add(note)
        await uow.session.flush()
        await enter(
            uow, row, EntryKind.CREDIT, note.total_minor, EntrySource.CREDIT_NOTE, note.number, who=actor.name, note=why
        )
        uow.emit(CreditNoteIssued(**about(row), credit_note_id=note.id))
        await uow.enqueue("billing.send_credit_note", credit_note_id=str(note.id))
        return credit_note_of(note, row)


@door("invoices.issue")
async def void(actor: Actor, invoice_id: UUID, reason: str) -> None:
    """Void an invoice that should never have been issued; it stays on record under its number.

    Raises CannotVoid once anything was paid or credited: a credit note is the way then. Invalid without a reason.
    """
    why = _reason(reason)
    async with room.unit_of_work() as uow:
        await find_for(uow.session, actor, "invoices.issue", invoice_id)
        row = await locked_invoice(uow, invoice_id)
        if row.voided_minor:
            return
        if not is_untouched(row):
            raise CannotVoid(row.number)
        row.void_reason = why
        await enter(uow, row, EntryKind.VOID, row.total_minor, EntrySource.LAB, row.number, who=actor.name, note=why)
        uow.emit(InvoiceVoided(**about(row)))


def _taken(row: InvoiceRow, left: Sequence[int], parts: Sequence[CreditPart] | None) -> dict[int, int]:
    """What is taken back by line, none of it beyond what is left of its line or of the whole."""
    whole = {at: minor for at, minor in enumerate(left) if minor}
    if parts is None:
        return whole
    taken: dict[int, int] = {}
    for part in parts:
        if part.net_minor:
            taken[part.position] = taken.get(part.position, 0) + part.net_minor
    if taken == whole:
        return whole
    problems = {}
    for at, minor in taken.items():
        most = left[at] if at < len(left) else 0
        if not min(0, most) <= minor <= max(0, most):
            sentence = f"At most {Money(minor=most, currency=row.currency)} of this line can be credited."
            problems[f"line_{at}"] = sentence if most else "Nothing of this line is left to credit."
    if not problems and not 0 < sum(taken.values()) <= sum(left):
        problems = {f"line_{at}": "Enter what is taken back." for at in range(1)}
        if sum(taken.values()) > sum(left):
            problems = {f"line_{at}": "That is more than was charged altogether." for at in taken}
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)
    return dict(sorted(taken.items()))


async def _note(
    session: AsyncSession, row: InvoiceRow, notes: Sequence[CreditNoteRow], lines: Sequence[Line]
) -> CreditNoteRow:
    tax = credited_tax([TaxLine.model_validate(one) for one in row.tax], lines, _before(notes))
    net, owed = sum(line.net_minor for line in lines), sum(one.tax_minor for one in tax)
    if net + owed <= 0 or net + owed > row.total_minor - row.credited_minor:
        raise Invalid("That is more than was charged altogether.", fields={"line_0": "Take back less."})
    today = today_in_lab()
    values: dict[str, Any] = {
        "lines": [line.model_dump(mode="json") for line in lines],
        "tax": [one.model_dump(mode="json") for one in tax],
        "net_minor": net, "tax_minor": owed, "total_minor": net + owed,
    }  # fmt: skip
    counter = await locked_counter(session, row.entity_id, CREDIT_NOTE, today.year)
    return CreditNoteRow(
        entity_id=row.entity_id, number=next_number(counter), invoice_id=row.id, practice_id=row.practice_id,
        issued_on=today, **values,
    )  # fmt: skip


def _before(notes: Sequence[CreditNoteRow]) -> Mapping[Rate, tuple[int, int]]:
    """Net and tax credited so far, by rate."""
    sums: dict[Rate, tuple[int, int]] = {}
    for note in notes:
        for one in map(TaxLine.model_validate, note.tax):
            net, tax = sums.get(one.rate, (0, 0))
            sums[one.rate] = (net + one.net_minor, tax + one.tax_minor)
    return sums


def _reason(text: str) -> str:
    why = " ".join(text.split())[:LONGEST_REASON]
    if not why:
        raise Invalid("Say why; the practice is shown it.", fields={"reason": "Say why; the practice is shown it."})
    return why
