"""The papers as files: drawn once, kept, and the same from then on for whoever downloads or is mailed them."""

import asyncio
import contextlib
from uuid import UUID

from ils_app.billing.card_calls import cards
from ils_app.billing.card_schemas import Cards
from ils_app.billing.ledger import locked_invoice
from ils_app.billing.models import CreditNoteRow, InvoiceRow
from ils_app.billing.papers import draw_credit_note, draw_invoice
from ils_app.billing.reading import credit_note_for, find_for
from ils_app.billing.room import room
from ils_app.billing.schemas import Paper, Party
from ils_app.kernel import config, files
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import NotFound
from ils_app.kernel.files import FileRef
from ils_app.kernel.permissions import door


@door("invoices.read")
async def invoice_pdf(actor: Actor, invoice_id: UUID) -> Paper:
    """The invoice as it was mailed. Raises NoSuchInvoice."""
    async with room.read() as session:
        row = await find_for(session, actor, "invoices.read", invoice_id)
    return Paper(name=f"{row.number}.pdf", body=await files.read(await kept_invoice(row.id)))


@door("invoices.read")
async def credit_note_pdf(actor: Actor, credit_note_id: UUID) -> Paper:
    """The credit note as it was mailed. Raises NoSuchCreditNote."""
    async with room.read() as session:
        note, _ = await credit_note_for(session, actor, credit_note_id)
    return Paper(name=f"{note.number}.pdf", body=await files.read(await kept_credit_note(note.id)))


async def kept_invoice(invoice_id: UUID) -> FileRef:
    """The invoice's file; drawn and kept now if it was not yet."""
    async with room.read() as session:
        row = await session.get(InvoiceRow, invoice_id)
        assert row is not None
    if row.pdf is not None:
        return FileRef.model_validate(row.pdf)
    link = f"{config.current().public_url}/invoices/{row.id}"
    by_card = cards() is not Cards.NONE
    body = await asyncio.to_thread(draw_invoice, row, logo=await _logo(row), link=link, by_card=by_card)
    ref = await files.keep(f"{row.number}.pdf", body)
    async with room.unit_of_work() as uow:
        row = await locked_invoice(uow, invoice_id)
        row.pdf = row.pdf or ref.model_dump(mode="json")
        kept = FileRef.model_validate(row.pdf)
    return await _the_first(kept, ref)


async def kept_credit_note(credit_note_id: UUID) -> FileRef:
    """The credit note's file; drawn and kept now if it was not yet."""
    async with room.read() as session:
        note = await session.get(CreditNoteRow, credit_note_id)
        assert note is not None
        row = await session.get(InvoiceRow, note.invoice_id)
        assert row is not None
    if note.pdf is not None:
        return FileRef.model_validate(note.pdf)
    ref = await files.keep(
        f"{note.number}.pdf", await asyncio.to_thread(draw_credit_note, note, row, logo=await _logo(row))
    )
    async with room.unit_of_work() as uow:
        found = await uow.session.get(CreditNoteRow, credit_note_id, with_for_update=True)
        assert found is not None
        found.pdf = found.pdf or ref.model_dump(mode="json")
        kept = FileRef.model_validate(found.pdf)
    return await _the_first(kept, ref)


async def _the_first(kept: FileRef, drawn: FileRef) -> FileRef:
    """The paper of whoever was first; one that was drawn at the same time is the same, and nothing names its file."""
    if drawn.id != kept.id:
        await files.forget(drawn)
    return kept


async def _logo(row: InvoiceRow) -> bytes | None:
    ref = Party.model_validate(row.seller).logo
    if ref is not None:
        with contextlib.suppress(NotFound):
            return await files.read(ref)
    return None
