"""The durable work of the suppliers room; each piece survives a repeat."""

from uuid import UUID

from ils_app.kernel.jobs import listener, periodic, task
from ils_app.notifications.events import MailGaveUp, MailLeft
from ils_app.suppliers import expiring, sending, telling
from ils_app.suppliers.events import PurchaseOrderMoved


@task("suppliers.send_order")
async def send_order(order_id: str, key: str) -> None:
    """Make the paper of an order and write the mail with it."""
    await sending.send_by_mail(UUID(order_id), key)


@listener(MailLeft)
async def mail_left(fact: MailLeft) -> None:
    """The mail with an order left: it is sent."""
    await sending.mail_left(fact.key)


@listener(MailGaveUp)
async def mail_gave_up(fact: MailGaveUp) -> None:
    """The mail with an order did not leave: it is a draft again."""
    await sending.mail_gave_up(fact.key)


@listener(PurchaseOrderMoved)
async def tell_of_move(fact: PurchaseOrderMoved) -> None:
    """Tell the other side."""
    await telling.tell_of(fact)


@periodic("*/5 * * * *", "suppliers.send_stuck")
async def send_stuck() -> None:
    """Orders whose sending got stuck before their mail was written."""
    await sending.send_stuck()


@periodic("20 * * * *", "suppliers.remind_of_expiry")
async def remind_of_expiry() -> None:
    """Documents that are about to end."""
    await expiring.remind_of_expiry()
