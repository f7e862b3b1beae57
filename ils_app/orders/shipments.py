"""What of an order its invoice needs, once it has left the lab."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from ils_app.kernel.money import Money
from ils_app.kernel.permissions import internal
from ils_app.orders.models import Order, TimelineRow
from ils_app.orders.records import room
from ils_app.orders.schemas import OrderStatus, PriceLine, Shipment
from lims_client.models import Price


@internal
async def shipment(order_id: UUID) -> Shipment | None:
    """The parcel an order went out in, with the price the LIMS gave; None while it has not left. No patient.

    It left when its timeline first says so, however it went on; a completed order whose shipping nobody told of left
    when it was completed.
    """
    left: Any = (
        select(col(TimelineRow.at))
        .where(col(TimelineRow.order_id) == order_id, col(TimelineRow.new) == OrderStatus.SHIPPED)
        .order_by(col(TimelineRow.at))
        .limit(1)
    )
    async with room.read() as session:
        order = await session.get(Order, order_id)
        shipped_at = (await session.execute(left)).scalar_one_or_none()
    if order is None or order.status is OrderStatus.CANCELLED:
        return None
    if shipped_at is None and order.status in {OrderStatus.SHIPPED, OrderStatus.COMPLETED}:
        shipped_at = order.lims_at or order.changed_at
    if shipped_at is None:
        return None
    price = Price.model_validate(order.price) if order.price else None
    return Shipment(
        order_id=order.id,
        number=order.number or "",
        practice_id=order.practice_id,
        practice_name=order.practice_name,
        account_number=order.account_number,
        reference=order.reference,
        lens=order.lens,
        shipped_at=shipped_at,
        price=Money(minor=price.total_minor, currency=price.currency) if price else None,
        price_lines=tuple(PriceLine(what=line.what, minor=line.minor) for line in price.lines) if price else (),
    )
