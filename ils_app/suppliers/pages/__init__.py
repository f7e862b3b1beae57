"""The pages of the suppliers room, and what it hands to the shell: places with their counts, and the search."""

from ils_app.kernel.actor import Actor
from ils_app.kernel.roles import Role
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.pages import document_list, home, order, order_form, order_list, supplier, supplier_list
from ils_app.suppliers.service import DocumentList, OrderList
from ils_app.ui import routes
from ils_app.ui.navigation import Found, Place

KEEPERS = (Role.LAB, Role.ENGINEER, Role.ADMIN)
SUPPLIER = (Role.SUPPLIER,)


async def orders_to_see_to(actor: Actor) -> int:
    """For the lab: delivered and not counted in, or not sent. For a supplier: new ones to acknowledge."""
    counts = await suppliers.order_counts(actor)
    if actor.role is Role.SUPPLIER:
        return counts.of(OrderList.SENT)
    return counts.of(OrderList.TO_COUNT) + counts.not_sent


async def documents_to_see_to(actor: Actor) -> int:
    """Documents that ended or are about to."""
    counts = await suppliers.document_counts(actor)
    return counts.of(DocumentList.EXPIRING) + counts.of(DocumentList.EXPIRED)


async def search(actor: Actor, text: str) -> list[Found]:
    """Purchase orders and suppliers, for the top bar."""
    found = []
    if actor.may("purchase_orders.read"):
        found += [
            Found(routes.purchase_order(row.id), row.number, row.supplier_name, row.status.replace("_", " "))
            for row in await suppliers.find_purchase_orders(actor, text, limit=5)
        ]
    if actor.may("suppliers.manage"):
        page = await suppliers.suppliers_page(actor, text=text, size=3)
        found += [Found(routes.supplier(row.id), row.name, row.contact, "supplier") for row in page.rows]
    return found


PLACES = (
    Place("Today", "layout-dashboard", routes.SUPPLIES, SUPPLIER, order=10),
    Place("Purchase orders", "clipboard-list", routes.PURCHASE_ORDERS, SUPPLIER, order=20, count=orders_to_see_to),
    Place("Documents", "file-badge", routes.DOCUMENTS, SUPPLIER, order=30, count=documents_to_see_to),
    Place("Purchase orders", "clipboard-list", routes.PURCHASE_ORDERS, KEEPERS, group="Buying", order=50,
          count=orders_to_see_to),
    Place("Suppliers", "factory", routes.SUPPLIERS, KEEPERS, group="Buying", order=51),
    Place("Documents", "file-badge", routes.DOCUMENTS, KEEPERS, group="Buying", order=52, count=documents_to_see_to),
)  # fmt: skip

__all__ = [
    "PLACES", "document_list", "home", "order", "order_form", "order_list", "search", "supplier", "supplier_list",
]  # fmt: skip
