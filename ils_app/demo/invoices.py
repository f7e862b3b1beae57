"""The demo's tax rates, and invoices of what its lab has shipped: most paid, some open, one overdue, one credited."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from ils_app.billing import service as billing
from ils_app.billing.service import CreditPart, InvoicesView, SupplyKind, TaxRateDraft, TransferDraft
from ils_app.demo.people import LAB, Cast, fixed
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import lab_zone, today_in_lab
from ils_app.orders import service as orders
from ils_app.orders.service import ListView
from ils_app.settings import service as settings

VAT_SINCE: Final = date(2011, 1, 4)
VAT_BP: Final = 2000
"""The standard rate of the United Kingdom: what a lab supplies to a practice is standard-rated, lenses too."""
TERMS_DAYS: Final = 14
PAID_AFTER_DAYS: Final = 9


async def seed(cast: Cast) -> int:
    """Enter the rates and issue the invoices that are not there yet; says how many were issued."""
    admin = Actor(fixed("admin@northlight.example"), "Ada Winter", Role.ADMIN, LAB)
    if not await billing.tax_rates(admin):
        for kind in SupplyKind:
            draft = TaxRateDraft(kind=kind, name="VAT", rate_bp=VAT_BP, valid_from=VAT_SINCE)
            await billing.add_tax_rate(admin, draft)
    if not (await billing.counts(admin)).of(InvoicesView.ALL):
        await _terms(admin)
    issued = 0
    for on, order_id in await _shipped(cast.technician):
        if await billing.invoice_of_order(admin, order_id) is not None:
            continue
        invoice_id = await billing.issue_for_order(order_id, taken_over_on=on)
        if invoice_id is not None:
            issued += 1
            await _afterwards(cast.technician, invoice_id, issued, on)
    if issued:
        await billing.remind_overdue()
    return issued


async def _terms(admin: Actor) -> None:
    """The demo's lab is paid within a fortnight."""
    view = await settings.lab_settings(admin)
    draft = settings.LabDraft.model_validate(view.model_dump() | {"payment_terms_days": TERMS_DAYS})
    await settings.set_lab_settings(admin, draft, view.version)


async def _shipped(technician: Actor) -> list[tuple[date, UUID]]:
    """What has left the lab, and on which day; the earliest first."""
    found = []
    for view in (ListView.SHIPPED, ListView.COMPLETED):
        cursor: str | None = None
        while True:
            page = await orders.orders_page(technician, view=view, cursor=cursor, limit=100)
            for row in page.rows:
                if (left := await orders.shipment(row.id)) is not None:
                    found.append((left.shipped_at.astimezone(lab_zone()).date(), row.id))
            cursor = page.next_cursor
            if cursor is None:
                break
    return sorted(found)


async def _afterwards(technician: Actor, invoice_id: UUID, place: int, on: date) -> None:
    """What became of it: the third earliest is forgotten, the second credited in part, old ones are paid."""
    if place == 2:
        part = CreditPart(position=0, net_minor=500)
        await billing.issue_credit_note(technician, invoice_id, "Coating scratched in transit", [part])
    paid_on = on + timedelta(days=PAID_AFTER_DAYS)
    if place != 3 and paid_on <= today_in_lab():
        owed = (await billing.invoice(technician, invoice_id)).balance.minor
        transfer = TransferDraft(minor=owed, reference=f"BACS {4_400 + place}", on=paid_on)
        await billing.record_transfer(technician, invoice_id, transfer)


__all__ = ["seed"]
