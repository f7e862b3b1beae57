"""The practices room's pages: the practice's own, and for the lab and the administrator the list and each of them."""

from ils_app.kernel.actor import Actor
from ils_app.kernel.roles import Role
from ils_app.practices import service as practices
from ils_app.practices.pages import practice, practice_list, roster, sites, suppliers
from ils_app.ui import routes
from ils_app.ui.navigation import Place


async def _waiting(actor: Actor) -> int:
    """Practices that cannot order before the administrator has done something."""
    return len(await practices.waiting(actor)) if actor.may("practices.open") else 0


READERS = (Role.LAB, Role.ENGINEER, Role.ADMIN)
PLACES = (
    Place("Practice", "store", routes.OWN_PRACTICE, (Role.ECP,), order=55),
    Place("Practices", "store", routes.PRACTICES, READERS, order=55, count=_waiting, topic="people"),
)

__all__ = ["PLACES", "practice", "practice_list", "roster", "sites", "suppliers"]
