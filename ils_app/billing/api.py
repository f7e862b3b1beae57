"""The HTTP door of the billing room: invoices, credit notes and tax rates for programs, and the papers as PDF."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ils_app.auth.http import asks
from ils_app.billing import service
from ils_app.billing.schemas import CreditNotePage, CreditNoteView, InvoicePage, InvoicesView, InvoiceView
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app

router = APIRouter(prefix=API, tags=["billing"])

Reader = Annotated[Actor, Depends(asks("invoices.read"))]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=300)]
Text = Annotated[str, Query(max_length=120)]


@router.get("/invoices")
async def invoices(
    actor: Reader,
    view: InvoicesView = InvoicesView.ALL,
    text: Text = "",
    practice_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> InvoicePage:
    """Invoices you may see, newest first."""
    return await service.invoices_page(actor, view=view, text=text, practice_id=practice_id, cursor=cursor, limit=limit)


@router.get("/invoices/{invoice_id}")
async def invoice(actor: Reader, invoice_id: UUID) -> InvoiceView:
    """One invoice with its lines, tax, entries and credit notes."""
    return await service.invoice(actor, invoice_id)


@router.get("/credit-notes")
async def credit_notes(
    actor: Reader, practice_id: UUID | None = None, cursor: Cursor = None, limit: Limit = 25
) -> CreditNotePage:
    """Credit notes you may see, newest first."""
    return await service.credit_notes_page(actor, practice_id=practice_id, cursor=cursor, limit=limit)


@router.get("/credit-notes/{credit_note_id}")
async def credit_note(actor: Reader, credit_note_id: UUID) -> CreditNoteView:
    """One credit note."""
    return await service.credit_note(actor, credit_note_id)


app = service_app("billing", router)
