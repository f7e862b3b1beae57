"""The HTTP door of the billing room: invoices, credit notes and tax rates for programs, and the papers as PDF."""

import csv
import io
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from ils_app.auth.http import asks
from ils_app.billing import service, stripe_api
from ils_app.billing.schemas import (
    Counts,
    CreditNotePage,
    CreditNoteView,
    Figures,
    InvoicePage,
    InvoiceRow,
    InvoicesView,
    InvoiceView,
    Paper,
    TaxRateView,
    WaitingOrder,
)
from ils_app.billing.service import CreditPart, PriceDraft, TaxRateDraft, TransferDraft
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.kernel.openapi import sends
from ils_app.kernel.spreadsheets import as_text
from ils_app.settings.following import followed

router = APIRouter(prefix=API, tags=["billing"])

Reader = Annotated[Actor, Depends(asks("invoices.read"))]
Issuer = Annotated[Actor, Depends(asks("invoices.issue"))]
TaxKeeper = Annotated[Actor, Depends(asks("tax.manage"))]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=300)]
Text = Annotated[str, Query(max_length=120)]
Minor = Annotated[int, Field(gt=0, le=100_000_000, description="pence, cents")]
HEAD = ("Number", "Status", "Practice", "Order", "Reference", "Issued", "Due", "Currency", "Total", "Balance")


class ReasonIn(BaseModel):
    """Why; the practice is shown it."""

    reason: str = Field(min_length=1, max_length=300)


class CreditIn(ReasonIn):
    """What is taken back, by line before tax; all that is left when `parts` is left out."""

    parts: list[CreditPart] | None = Field(None, min_length=1, max_length=100)


class TransferIn(BaseModel):
    """A bank transfer as the statement shows it."""

    minor: Minor
    reference: str = Field(min_length=1, max_length=80)
    on: date

    def draft(self) -> TransferDraft:
        """The same for the door."""
        return TransferDraft(minor=self.minor, reference=self.reference, on=self.on)


class PriceIn(BaseModel):
    """What is charged, line by line before tax, where the LIMS gave no price."""

    lines: list[PriceDraft] = Field(min_length=1, max_length=20)


class IssuedOut(BaseModel):
    """The invoice that was issued."""

    invoice_id: UUID


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


@router.get("/invoices/counts")
async def counts(actor: Reader, practice_id: UUID | None = None) -> Counts:
    """How many invoices stand in each view."""
    return await service.counts(actor, practice_id=practice_id)


@router.get("/invoices/figures")
async def figures(actor: Reader, practice_id: UUID | None = None) -> Figures:
    """What is owed, and what of it is overdue."""
    return await service.figures(actor, practice_id=practice_id)


@router.get("/invoices.csv", response_class=Response, responses=sends("text/csv"))
async def invoices_csv(
    actor: Reader, view: InvoicesView = InvoicesView.ALL, text: Text = "", practice_id: UUID | None = None
) -> Response:
    """A view of the list as CSV, for a spreadsheet."""
    rows = await service.invoices_for_export(actor, view=view, text=text, practice_id=practice_id)
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(HEAD)
    for row in rows:
        write.writerow([as_text(cell) for cell in _cells(row)])
    headers = {"content-disposition": 'attachment; filename="invoices.csv"', "cache-control": "no-store"}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/invoices/waiting")
async def waiting_orders(actor: Issuer) -> list[WaitingOrder]:
    """Shipped orders that wait to be invoiced, and for what."""
    return list(await service.waiting_orders(actor))


@router.post("/invoices/waiting/{order_id}/retry")
async def try_again(actor: Issuer, order_id: UUID) -> IssuedOut:
    """Invoice a waiting order if that can be done by now; 409 says what is still missing."""
    return IssuedOut(invoice_id=await service.try_again(actor, order_id))


@router.post("/invoices/waiting/{order_id}/price")
async def price_order(actor: Issuer, order_id: UUID, body: PriceIn) -> IssuedOut:
    """Invoice a waiting order at a price you enter, where the LIMS gave none."""
    return IssuedOut(invoice_id=await service.price_order(actor, order_id, body.lines))


@router.post("/invoices/waiting/{order_id}/close", status_code=204)
async def close_without_invoice(actor: Issuer, order_id: UUID, body: ReasonIn) -> None:
    """Charge nothing for a waiting order."""
    await service.close_without_invoice(actor, order_id, body.reason)


@router.get("/invoices/{invoice_id}")
async def invoice(actor: Reader, invoice_id: UUID) -> InvoiceView:
    """One invoice with its lines, tax, entries and credit notes."""
    return await service.invoice(actor, invoice_id)


@router.get("/invoices/{invoice_id}/invoice.pdf", response_class=Response, responses=sends("application/pdf"))
async def invoice_pdf(actor: Reader, invoice_id: UUID) -> Response:
    """The invoice as it was mailed."""
    return _pdf(await service.invoice_pdf(actor, invoice_id))


@router.post("/invoices/{invoice_id}/credit-notes", status_code=201)
async def issue_credit_note(actor: Issuer, invoice_id: UUID, body: CreditIn) -> CreditNoteView:
    """Take back an invoice, whole or in part."""
    return await service.issue_credit_note(actor, invoice_id, body.reason, body.parts)


@router.post("/invoices/{invoice_id}/void", status_code=204)
async def void(actor: Issuer, invoice_id: UUID, body: ReasonIn) -> None:
    """Void an invoice nothing was paid or credited on; its number stays on record."""
    await service.void(actor, invoice_id, body.reason)


@router.post("/invoices/{invoice_id}/transfers", status_code=204)
async def record_transfer(actor: Issuer, invoice_id: UUID, body: TransferIn) -> None:
    """Record the practice's bank transfer; one of more than is owed leaves a refund due, as the invoice then says."""
    await service.record_transfer(actor, invoice_id, body.draft())


@router.post("/invoices/{invoice_id}/transfer-refunds", status_code=204)
async def record_transfer_refund(actor: Issuer, invoice_id: UUID, body: TransferIn) -> None:
    """Record a bank transfer that was sent back."""
    await service.record_transfer_refund(actor, invoice_id, body.draft())


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


@router.get(
    "/credit-notes/{credit_note_id}/credit-note.pdf", response_class=Response, responses=sends("application/pdf")
)
async def credit_note_pdf(actor: Reader, credit_note_id: UUID) -> Response:
    """The credit note as it was mailed."""
    return _pdf(await service.credit_note_pdf(actor, credit_note_id))


@router.get("/tax-rates")
async def tax_rates(actor: TaxKeeper) -> list[TaxRateView]:
    """Every rate that was ever entered."""
    return list(await service.tax_rates(actor))


@router.post("/tax-rates", status_code=201)
async def add_tax_rate(actor: TaxKeeper, body: TaxRateDraft) -> TaxRateView:
    """Enter a rate that begins tomorrow or later, or on any day before the first of its kind."""
    return await service.add_tax_rate(actor, body)


@router.delete("/tax-rates/{rate_id}", status_code=204)
async def withdraw_tax_rate(actor: TaxKeeper, rate_id: UUID) -> None:
    """Take out a rate that has not begun."""
    await service.withdraw_tax_rate(actor, rate_id)


def _pdf(paper: Paper) -> Response:
    headers = {"content-disposition": f'inline; filename="{paper.name}"', "cache-control": "no-store"}
    return Response(paper.body, media_type="application/pdf", headers=headers)


def _cells(row: InvoiceRow) -> tuple[str, ...]:
    return (
        row.number, "overdue" if row.overdue else row.status.value, row.practice_name, row.order_number, row.reference,
        row.issued_on.isoformat(), row.due_on.isoformat(), row.total.currency, row.total.plain,
        row.balance.plain,
    )  # fmt: skip


app = service_app("billing", router, stripe_api.router, holding=followed)
