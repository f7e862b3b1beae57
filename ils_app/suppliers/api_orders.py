"""The HTTP door to purchase orders: `/api/v1/purchase-orders`, for the lab, and for a supplier its own."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API
from ils_app.kernel.money import Money
from ils_app.kernel.openapi import sends
from ils_app.suppliers import service
from ils_app.suppliers.order_schemas import (
    MOST_LINES,
    Happened,
    LineDraft,
    OrderList,
    PurchaseOrderDraft,
    PurchaseOrdersPage,
    PurchaseOrderView,
)

router = APIRouter(tags=["purchase orders"])
Writer = Annotated[Actor, Depends(asks("purchase_orders.manage"))]
Reader = Annotated[Actor, Depends(asks("purchase_orders.read"))]
Fulfiller = Annotated[Actor, Depends(asks("purchase_orders.fulfil"))]
Figure = Annotated[Decimal, Field(max_digits=20, decimal_places=10)]
"""Written out in full it is no longer than its digits: 1e200 is no quantity of anything."""
ORDERS, ORDER = f"{API}/purchase-orders", f"{API}/purchase-orders/{{purchase_order_id}}"
EXAMPLE: dict[str, Any] = {
    "supplier_id": "6f0e3b0a-9f3e-4a52-9f0e-2f9a1a3f7c11", "reference": "Spring stock",
    "lines": [{"description": "CR-39 blank 70 mm, base 4", "part_number": "LB-70-4", "quantity": "50", "unit": "pcs",
               "unit_price_minor": 1250, "tax_rate_percent": "20"}],
}  # fmt: skip


class LineIn(BaseModel):
    """A line as a program gives it: the price in minor units."""

    description: str = Field(max_length=500)
    part_number: str = Field("", max_length=200)
    quantity: Figure
    unit: str = Field("pcs", max_length=100)
    unit_price_minor: int = Field(ge=0, lt=10**15)
    tax_rate_percent: Figure = Decimal(0)

    def draft(self, position: int) -> LineDraft:
        """As it would have been typed."""
        price = Money(minor=self.unit_price_minor).plain
        return LineDraft(
            key=str(position), description=self.description, part_number=self.part_number,
            quantity=f"{self.quantity:f}", unit=self.unit, unit_price=price, tax_rate=f"{self.tax_rate_percent:f}",
        )  # fmt: skip


class OrderIn(BaseModel):
    """A purchase order as it is to be written."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE}, hide_input_in_errors=True)

    supplier_id: UUID
    reference: str = Field("", max_length=500)
    notes: str = Field("", max_length=5000)
    expected_on: date | None = None
    lines: list[LineIn] = Field(default_factory=list, max_length=MOST_LINES)

    def draft(self) -> PurchaseOrderDraft:
        """As it would have been typed."""
        return PurchaseOrderDraft(
            supplier_id=self.supplier_id, reference=self.reference, notes=self.notes,
            expected_on=self.expected_on.isoformat() if self.expected_on else "",
            lines=tuple(line.draft(position) for position, line in enumerate(self.lines, 1)),
        )  # fmt: skip


class OrderChange(OrderIn):
    """A draft as it is to be; `version` is the one that was read."""

    version: int


class SendIn(BaseModel):
    """`version` is the one that was read: what leaves is what was looked at."""

    version: int


class AcknowledgeIn(BaseModel):
    """When it will be there, and what the supplier calls it."""

    confirmed_on: date
    supplier_reference: str = Field("", max_length=200)
    remark: str = Field("", max_length=1000)


class ShipIn(BaseModel):
    """A parcel."""

    carrier: str = Field(max_length=200)
    tracking_number: str = Field("", max_length=200)
    remark: str = Field("", max_length=1000)


class DeliverIn(BaseModel):
    """When it was handed over; today when left out."""

    delivered_on: date | None = None


class CountIn(BaseModel):
    """What arrived, by line id; `version` is the one that was read."""

    version: int
    counted: dict[UUID, Figure] = Field(max_length=MOST_LINES)
    remark: str = Field("", max_length=1000)


class ReasonIn(BaseModel):
    """Why."""

    reason: str = Field("", max_length=1000)


@router.get(ORDERS)
async def list_orders(
    actor: Reader,
    view: OrderList = OrderList.ALL,
    text: Annotated[str, Query(max_length=200)] = "",
    supplier_id: UUID | None = None,
    late: bool = False,
    unsent: bool = False,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 25,
) -> PurchaseOrdersPage:
    """Purchase orders, newest first, a page at a time; a supplier sees those that were sent to it."""
    return await service.orders_page(
        actor, view=view, text=text, supplier_id=supplier_id, late=late, unsent=unsent, page=page, size=size
    )


@router.get(f"{API}/purchase-orders.csv", response_class=Response, responses=sends("text/csv"))
async def export_orders(
    actor: Reader,
    view: OrderList = OrderList.ALL,
    text: Annotated[str, Query(max_length=200)] = "",
    supplier_id: UUID | None = None,
    late: bool = False,
    unsent: bool = False,
) -> Response:
    """The list as CSV, at most ten thousand rows."""
    body = await service.export_orders(actor, view=view, text=text, supplier_id=supplier_id, late=late, unsent=unsent)
    return Response(
        body,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="purchase-orders.csv"'},
    )


@router.post(ORDERS, status_code=201)
async def begin_order(actor: Writer, body: OrderIn, response: Response) -> PurchaseOrderView:
    """Begin a draft; the answer names what is still wrong with it."""
    view = await service.begin_order(actor, body.draft())
    response.headers["location"] = f"{ORDERS}/{view.id}"
    return view


@router.get(ORDER)
async def read_order(actor: Reader, purchase_order_id: UUID) -> PurchaseOrderView:
    """One purchase order."""
    return await service.purchase_order(actor, purchase_order_id)


@router.put(ORDER)
async def save_order(actor: Writer, purchase_order_id: UUID, body: OrderChange) -> PurchaseOrderView:
    """Write a draft anew."""
    return await service.save_order(actor, purchase_order_id, body.draft(), body.version)


@router.get(f"{ORDER}/timeline")
async def read_timeline(actor: Reader, purchase_order_id: UUID) -> list[Happened]:
    """What happened to an order, newest first."""
    return await service.order_timeline(actor, purchase_order_id)


@router.get(f"{ORDER}/pdf", response_class=Response, responses=sends("application/pdf"))
async def read_pdf(actor: Reader, purchase_order_id: UUID) -> Response:
    """The order on paper: as it was mailed, or as a draft would be."""
    ref, body = await service.order_paper(actor, purchase_order_id)
    return Response(
        body,
        media_type="application/pdf",
        headers={
            "content-disposition": f"inline; filename*=UTF-8''{quote(ref.name)}",
            "x-content-type-options": "nosniff",
        },
    )


@router.post(f"{ORDER}/send", status_code=202)
async def send_order(actor: Writer, purchase_order_id: UUID, body: SendIn) -> PurchaseOrderView:
    """Have it mailed to the supplier's order desk; it is *sent* once the mail has left."""
    return await service.send_order(actor, purchase_order_id, body.version)


@router.post(f"{ORDER}/again", status_code=201)
async def order_again(actor: Writer, purchase_order_id: UUID) -> PurchaseOrderView:
    """Begin a draft with the same lines."""
    return await service.order_again(actor, purchase_order_id)


@router.post(f"{ORDER}/acknowledge")
async def acknowledge_order(actor: Fulfiller, purchase_order_id: UUID, body: AcknowledgeIn) -> PurchaseOrderView:
    """Say that the order is taken, and when it will be there."""
    return await service.acknowledge_order(
        actor, purchase_order_id, confirmed_on=body.confirmed_on.isoformat(),
        supplier_reference=body.supplier_reference, remark=body.remark,
    )  # fmt: skip


@router.post(f"{ORDER}/ship")
async def ship_order(actor: Fulfiller, purchase_order_id: UUID, body: ShipIn) -> PurchaseOrderView:
    """Say that a parcel has left."""
    return await service.ship_order(
        actor, purchase_order_id, carrier=body.carrier, tracking_number=body.tracking_number, remark=body.remark
    )


@router.post(f"{ORDER}/deliver")
async def deliver_order(actor: Fulfiller, purchase_order_id: UUID, body: DeliverIn) -> PurchaseOrderView:
    """Say that everything was handed over."""
    day = body.delivered_on.isoformat() if body.delivered_on else ""
    return await service.deliver_order(actor, purchase_order_id, delivered_on=day)


@router.post(f"{ORDER}/receipts")
async def receive_order(actor: Writer, purchase_order_id: UUID, body: CountIn) -> PurchaseOrderView:
    """Count in what arrived."""
    counted = {line_id: f"{quantity:f}" for line_id, quantity in body.counted.items()}
    return await service.receive_order(actor, purchase_order_id, counted, version=body.version, remark=body.remark)


@router.post(f"{ORDER}/close")
async def close_order(actor: Writer, purchase_order_id: UUID, body: ReasonIn) -> PurchaseOrderView:
    """Say that the rest is not coming."""
    return await service.close_order(actor, purchase_order_id, body.reason)


@router.post(f"{ORDER}/cancel")
async def cancel_order(actor: Writer, purchase_order_id: UUID, body: ReasonIn) -> PurchaseOrderView:
    """Take the order back before it is shipped."""
    return await service.cancel_order(actor, purchase_order_id, body.reason)
