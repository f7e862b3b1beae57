"""Who is told what about purchase orders: the supplier's people of new and cancelled ones, the lab of the rest."""

from typing import Any, Final
from uuid import UUID

from ils_app.auth import service as auth
from ils_app.kernel.permissions import internal
from ils_app.kernel.roles import Role
from ils_app.notifications import service as notifications
from ils_app.settings import service as settings
from ils_app.suppliers.events import PurchaseOrderMoved
from ils_app.suppliers.models import PurchaseOrderRow
from ils_app.suppliers.moves import Act
from ils_app.suppliers.order_records import find_order
from ils_app.suppliers.room import room

TO_THE_LAB: Final = {
    Act.ACKNOWLEDGE: "{supplier} has acknowledged {number}{when}.",
    Act.SHIP: "{supplier} has shipped a parcel of {number}.",
    Act.DELIVER: "{supplier} says that {number} is delivered: count in what arrived.",
}
TITLES: Final = {
    Act.ACKNOWLEDGE: "{number} is acknowledged",
    Act.SHIP: "{number} is on its way",
    Act.DELIVER: "{number} is delivered",
}


TOLD: Final = {Act.LEAVE, Act.CANCEL, *TO_THE_LAB}


@internal
async def tell_of(fact: PurchaseOrderMoved) -> None:
    """Tell whom a move concerns, once however often this is heard."""
    if fact.act not in TOLD or (fact.act == Act.LEAVE and fact.old == fact.new):
        return
    async with room.read() as session:
        order = await find_order(session, fact.purchase_order_id)
    act = Act(fact.act)
    if act is Act.LEAVE:
        await _supplier(order, fact, f"New purchase order {order.number}", "The lab has sent you an order. "
                        "Please acknowledge it, with the day on which it will be there.")  # fmt: skip
    elif act is Act.CANCEL and order.sent_at is not None:
        why = f"The lab has cancelled {order.number}" + (f": {order.cancel_reason}" if order.cancel_reason else ".")
        await _supplier(
            order, fact, f"{order.number} is cancelled", why, once=f"purchase-order-cancelled-told:{order.id}"
        )
        await _write_cancelled(order, why)
    elif act in TO_THE_LAB and fact.by_supplier:
        await _lab(order, fact, act)


async def _supplier(order: PurchaseOrderRow, fact: PurchaseOrderMoved, title: str, text: str, once: str = "") -> None:
    about = _about(order, fact, title, text)
    about |= {"key": once} if once else {}  # two facts may say the same: cancelled, and that its mail left after all
    await notifications.tell(**about, organisation_id=order.supplier_id, roles=(Role.SUPPLIER,))


async def _lab(order: PurchaseOrderRow, fact: PurchaseOrderMoved, act: Act) -> None:
    lab = await auth.the_lab()
    if lab is None:
        return
    when = f" for {order.confirmed_on:%d %B}" if order.confirmed_on else ""
    said = {"supplier": order.supplier_name, "number": order.number, "when": when}
    about = _about(order, fact, TITLES[act].format(**said), TO_THE_LAB[act].format(**said))
    await notifications.tell(**about, organisation_id=lab.id, roles=(Role.LAB,))


async def _write_cancelled(order: PurchaseOrderRow, why: str) -> None:
    """The order desk got the order by mail, so it gets this by mail too, account or not."""
    lab = await auth.the_lab()
    await notifications.write(
        key=f"purchase-order-cancelled:{order.id}", to=order.sent_to, to_name=order.sent_to_name,
        subject=f"Purchase order {order.number} is cancelled", text=f"{why}\n\nPlease deliver nothing of it.",
        href=f"/purchase-orders/{order.id}", sender_organisation_id=lab.id if lab else None,
    )  # fmt: skip


def _about(order: PurchaseOrderRow, fact: PurchaseOrderMoved, title: str, text: str) -> dict[str, Any]:
    return {
        "key": f"purchase-order-moved:{order.id}:{fact.moved_id}",
        "kind": settings.NotificationKind.PURCHASE_ORDER,
        "title": title,
        "text": text,
        "href": page_of(order.id),
    }


def page_of(order_id: UUID) -> str:
    """The page of an order."""
    return f"/purchase-orders/{order_id}"
