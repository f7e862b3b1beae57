"""The lab's ears: whatever happens to an order with a job, its card is read again. Each survives a repeat."""

from ils_app.kernel.jobs import listener
from ils_app.lab.cards import take_card
from ils_app.orders.events import OrderAdopted, OrderMoved, OrderSent


@listener(OrderSent)
async def card_of_new_job(fact: OrderSent) -> None:
    """A job is born: it gets a tray and a card."""
    await take_card(fact.order_id)


@listener(OrderMoved)
async def card_of_moved_job(fact: OrderMoved) -> None:
    """A job stands elsewhere."""
    await take_card(fact.order_id)


@listener(OrderAdopted)
async def card_of_adopted_job(fact: OrderAdopted) -> None:
    """A job born in the LIMS is on the floor too."""
    await take_card(fact.order_id)
