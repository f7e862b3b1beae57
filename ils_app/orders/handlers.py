"""The durable work of the orders room; each piece survives a repeat."""

from uuid import UUID

from ils_app.kernel.jobs import periodic, task
from ils_app.orders import cancel, moves, submit


@task("orders.send_to_lab")
async def send_to_lab(order_id: str) -> None:
    """The net under `submit`: finds the work done, or does it, or says when it is tried again."""
    await submit.send_to_lab(UUID(order_id))


@task("orders.cancel_job", attempts=30)
async def cancel_job(order_id: str) -> None:
    """Carry a requested cancellation to the LIMS; tried again until it answers."""
    await cancel.cancel_job(UUID(order_id))


@task("orders.apply_status")
async def apply_status(inbox_id: str) -> None:
    """Work one status delivery."""
    await moves.apply_status(UUID(inbox_id))


@task("orders.match_deliveries")
async def match_deliveries(job_id: str) -> None:
    """Work what was said of a job before its order knew it."""
    await moves.match_deliveries(job_id)


@periodic("*/2 * * * *", "orders.reconcile")
async def reconcile() -> None:
    """Catch what lost webhooks would have told."""
    await moves.reconcile()
    await submit.send_forgotten()
