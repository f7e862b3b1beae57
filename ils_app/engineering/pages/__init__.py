"""The engineering room's pages: catalog and rules, webhook deliveries, how ILS is."""

from ils_app.engineering import service as engineering
from ils_app.engineering.pages import catalog, deliveries, system
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.inbox import DeliveryState
from ils_app.ui import routes
from ils_app.ui.navigation import Place


async def _needing_somebody(actor: Actor) -> int:
    """Deliveries that failed or fit no job, and jobs that gave up."""
    counts = await engineering.delivery_counts(actor)
    return counts.by_state[DeliveryState.FAILED] + counts.by_state[DeliveryState.UNMATCHED] + counts.failed_jobs


READERS = (Role.ECP, Role.LAB, Role.ENGINEER, Role.ADMIN)
PLACES = (
    Place("Catalog and rules", "book-open-check", routes.CATALOG, READERS, order=60),
    Place("Deliveries", "webhook", routes.DELIVERIES, (Role.ENGINEER, Role.ADMIN), order=70, count=_needing_somebody),
    Place("System health", "heart-pulse", routes.SYSTEM_HEALTH, (Role.ENGINEER, Role.ADMIN), order=71),
)

__all__ = ["PLACES", "catalog", "deliveries", "system"]
