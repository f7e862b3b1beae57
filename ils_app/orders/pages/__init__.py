"""The pages of the orders room, and what it hands to the shell: places, the search, the banner."""

from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import lab_zone
from ils_app.kernel.lims import silent_since
from ils_app.orders import service as orders
from ils_app.orders.pages import home, new_order, order, order_list
from ils_app.orders.service import ListView
from ils_app.ui import routes
from ils_app.ui.navigation import Found, Place

READERS = (Role.ECP, Role.LAB, Role.ENGINEER, Role.ADMIN)


async def needing_attention(actor: Actor) -> int:
    """How many orders wait for this person's practice."""
    return (await orders.counts(actor)).of(ListView.ATTENTION)


async def search(actor: Actor, text: str) -> list[Found]:
    """Orders by number, patient, reference, job id or practice, for the top bar."""
    if not actor.may("orders.read"):
        return []
    return [
        Found(
            routes.order(row.id), row.number, f"{row.patient_name} · {row.practice_name}", row.status.replace("_", " ")
        )
        for row in await orders.find_orders(actor, text)
        if row.number
    ]


async def banner(actor: Actor) -> str:
    """That the lab does not answer, and since when, while orders wait for it."""
    if not actor.may("orders.read"):
        return ""
    waiting = await orders.waiting_for_lab(actor)
    since = silent_since() or waiting.since
    if since is None or (silent_since() is None and not waiting.count):
        return ""
    said = f"The lab's system has not answered since {since.astimezone(lab_zone()):%H:%M}"
    if not waiting.count:
        return f"{said}: orders can be placed all the same and will be sent by themselves."
    if waiting.count == 1:
        return f"{said}: 1 order is waiting and will be sent by itself."
    return f"{said}: {waiting.count} orders are waiting and will be sent by themselves."


PLACES = (
    Place("Today", "layout-dashboard", routes.HOME, (Role.ECP,), order=10),
    Place("New order", "plus", routes.NEW_ORDER, (Role.ECP, Role.LAB), order=11, shortcut="N"),
    Place("Orders", "list", routes.ORDERS, READERS, order=20, count=needing_attention),
)

__all__ = ["PLACES", "banner", "home", "new_order", "order", "order_list", "search"]
