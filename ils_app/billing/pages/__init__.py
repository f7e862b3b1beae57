"""The pages of the billing room, and what it hands to the shell: places, finds, and an order's invoice beside it."""

from uuid import UUID

from ils_app.billing import service as billing
from ils_app.billing.pages import invoice, invoice_list, stand_in, tax, waiting
from ils_app.billing.pages.rows import status_words
from ils_app.billing.service import InvoicesView
from ils_app.kernel.actor import Actor, Role
from ils_app.ui import routes
from ils_app.ui.navigation import Beside, Found, Place

READERS = (Role.ECP, Role.LAB, Role.ADMIN)


async def overdue(actor: Actor) -> int:
    """How many invoices are overdue, of those this person may see."""
    return (await billing.counts(actor)).of(InvoicesView.OVERDUE)


async def search(actor: Actor, text: str) -> list[Found]:
    """Invoices by number, order, practice or reference, for the top bar."""
    if not actor.may("invoices.read") or not text.strip():
        return []
    found = await billing.invoices_page(actor, text=text, limit=4)
    return [
        Found(
            routes.invoice(row.id), row.number, f"{row.total} · {row.practice_name}",
            status_words(row.status, overdue=row.overdue)[0].lower(),
        )
        for row in found.rows
    ]  # fmt: skip


async def beside_order(actor: Actor, order_id: UUID) -> list[Beside]:
    """The invoice of an order, on the order's own page."""
    row = await billing.invoice_of_order(actor, order_id) if actor.may("invoices.read") else None
    if row is None:
        return []
    return [
        Beside("Invoice", row.number, routes.invoice(row.id), status_words(row.status, overdue=row.overdue)[0].lower())
    ]


PLACES = (
    Place("Invoices", "receipt", routes.INVOICES, READERS, order=40, count=overdue),
    Place("Tax", "percent", routes.TAX, (Role.ADMIN,), group="Administration", order=76),
)

__all__ = ["PLACES", "beside_order", "invoice", "invoice_list", "search", "stand_in", "tax", "waiting"]
