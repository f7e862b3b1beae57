"""The durable work of the orders room; each piece survives a repeat."""

from uuid import UUID

from ils_app.kernel.jobs import listener, periodic, task
from ils_app.orders import cancel, moves, place, sending, telling
from ils_app.orders.events import OrderAdopted, OrderMoved, OrderRefused, OrderSent


@task("orders.send_to_lab")
async def send_to_lab(order_id: str) -> None:
    """The net under `submit`: finds the work done, or does it, or says when it is tried again."""
    await sending.send_to_lab(UUID(order_id))


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


@listener(OrderSent)
async def tell_of_received_order(fact: OrderSent) -> None:
    """Tell the practice that the lab has it."""
    await telling.received(fact.order_id)


@listener(OrderAdopted)
async def tell_of_adopted_order(fact: OrderAdopted) -> None:
    """Tell the practice of an order the lab entered for it; one taken over with its past is no news."""
    if not fact.taken_over:
        await telling.received(fact.order_id)


@listener(OrderRefused)
async def tell_of_refused_order(fact: OrderRefused) -> None:
    """Tell the practice that the lab cannot make it as ordered."""
    await telling.refused(fact.order_id)


@listener(OrderMoved)
async def tell_of_moved_order(fact: OrderMoved) -> None:
    """Tell the practice of a hold and of a parcel."""
    await telling.moved(fact)


@periodic("*/2 * * * *", "orders.reconcile")
async def reconcile() -> None:
    """Catch what lost webhooks would have told, and what a process that died has left."""
    await moves.reconcile()
    await sending.send_forgotten()
    await place.forget_unplaced()
