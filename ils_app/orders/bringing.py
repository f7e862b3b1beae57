"""Taking over orders that were placed earlier or elsewhere, with the jobs the LIMS has of them."""

from datetime import datetime
from uuid import UUID

from ils_app.kernel.actor import Actor
from ils_app.kernel.permissions import internal
from ils_app.orders.drafts import describe, practice_for
from ils_app.orders.events import OrderAdopted
from ils_app.orders.models import Order
from ils_app.orders.moves import apply, tell_history
from ils_app.orders.records import find, next_number, note, remember_words, room
from ils_app.orders.schemas import OrderDraft, OrderStatus
from lims_client.models import Job


@internal
async def is_there(order_id: UUID) -> bool:
    """Whether an order of this id was taken over before."""
    async with room.read() as session:
        return await session.get(Order, order_id) is not None


@internal
async def draw_number() -> str:
    """A number for an order that is about to be taken over; its job carries it too."""
    return await next_number()


@internal
async def bring_in(
    actor: Actor, draft: OrderDraft, job: Job, *, order_id: UUID, number: str, placed_at: datetime
) -> None:
    """Take over an order as this person placed it then, with all its job has been through. A repeat is ignored."""
    order = Order(id=order_id, practice_id=practice_for(actor, draft), practice_name="", entered_by=actor.user_id)
    await describe(actor, order, draft)
    order.number, order.status, order.version = number, OrderStatus.SUBMITTED, 2
    order.placed_at = order.sent_at = placed_at
    order.configuration = {"prescription": job.prescription.to_wire()} if job.prescription else None
    order.findings = [finding.to_wire() for finding in job.findings]
    async with room.unit_of_work() as uow:
        if await uow.session.get(Order, order_id) is not None:
            return
        uow.session.add(order)
        await uow.session.flush()
        order = await find(uow.session, order_id, for_update=True)
        await note(
            uow, order, actor.name, "Order placed", old=OrderStatus.DRAFT, new=OrderStatus.SUBMITTED, at=placed_at
        )
        await tell_history(uow, order, job)
        await apply(uow, order, job, previous=job.history[-1].previous_status if job.history else None)
        order.changed_at = job.timestamp or placed_at
        remember_words(order)
        uow.emit(OrderAdopted(order_id=order.id, practice_id=order.practice_id, job_id=job.job_id, taken_over=True))
