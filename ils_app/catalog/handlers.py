"""What the catalog room does by itself: applies what a webhook told, and looks every five minutes in case none came."""

from uuid import UUID

from ils_app.catalog import service
from ils_app.catalog.keeping import room
from ils_app.kernel import inbox, jobs, log
from ils_app.kernel.inbox import DeliveryState
from lims_client import LimsError, LimsUnavailable

SOURCE = "lims-catalog-update"
APPLY = "catalog.apply_update"

logger = log.get_logger(__name__)


@jobs.task(APPLY)
async def apply_update(inbox_id: str) -> None:
    """Fetch the catalog a delivery announced. A late or repeated announcement changes nothing.

    With the LIMS away the delivery says so and the job tries again; the five-minute look would catch up too.
    """
    async with room.read() as session:
        announced = (await inbox.take(session, UUID(inbox_id))).subject
    try:
        was = await service.current()
        now = await service.refresh(at_least=announced)
    except LimsError as error:
        said = "The lab did not answer" if isinstance(error, LimsUnavailable) else "The lab's answer could not be used"
        await _close(inbox_id, DeliveryState.FAILED, f"{said}; the job tries again by itself.")
        logger.warning("catalog_update_waits", inbox_id=inbox_id, error=type(error).__name__)
        raise
    fresh = was is None or was.number != now.number
    if fresh or now.rules_version == announced:
        outcome = f"Version {now.number} of the catalog, rules {now.rules_version}, is in force."
        await _close(inbox_id, DeliveryState.APPLIED if fresh else DeliveryState.REPEATED, outcome)
    else:
        outcome = f"Rules {announced} are no longer in force; the lab is at {now.rules_version}."
        await _close(inbox_id, DeliveryState.REPEATED, outcome)


async def _close(inbox_id: str, state: DeliveryState, outcome: str) -> None:
    async with room.unit_of_work() as uow:
        inbox.close(uow, await inbox.take(uow.session, UUID(inbox_id)), state, outcome)


@jobs.periodic("*/5 * * * *", "catalog.look")
async def look() -> None:
    """Ask the LIMS for its catalog: the net under a lost webhook, and the first look when a worker starts."""
    try:
        await service.refresh()
    except LimsUnavailable as error:
        logger.warning("catalog_look_unanswered", error=type(error).__name__)
