"""The HTTP door of the orders room: `/api/v1/orders` for programs, `/api/webhooks/lims-status` for the LIMS."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from ils_app.auth.http import asks
from ils_app.kernel import inbox
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.kernel.openapi import sends
from ils_app.kernel.webhooks import REFUSES, Malformed, Signed, signed_by_lims
from ils_app.orders import service
from ils_app.orders.incoming import EXAMPLE, OrderIn, new_patient, to_draft
from ils_app.orders.moves import status_delivery
from ils_app.orders.schemas import ListView, OrderStatus, OrderView, TimelineEntry
from ils_app.settings.following import followed
from lims_client.models import Finding, JobStatus, StatusEvent

router = APIRouter(tags=["orders"])
webhooks = APIRouter(tags=["orders"])


class PriceOut(BaseModel):
    """The lab's price, minor units."""

    currency: str
    total_minor: int
    lines: list[dict[str, Any]]


class OrderOut(BaseModel):
    """An order as a program sees it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    number: str
    status: OrderStatus
    waiting_for_lab: bool
    job_id: str | None
    job_status: JobStatus | None
    queue_position: int | None
    estimated_completion: datetime | None
    rules_version: str | None
    price: PriceOut | None
    practice_id: UUID
    reference: str
    lens: str
    urgency: str
    reason: str
    cancel_requested: bool
    refused: bool
    findings: list[dict[str, Any]]
    next_try_at: datetime | None
    carrier: str
    tracking_number: str
    placed_at: datetime
    prescription: dict[str, Any] | None


class OrderLine(BaseModel):
    """An order on a list."""

    id: UUID
    number: str
    status: OrderStatus
    job_id: str | None
    job_status: JobStatus | None
    queue_position: int | None
    estimated_completion: datetime | None
    reference: str
    lens: str
    placed_at: datetime


class OrderLines(BaseModel):
    """A page of orders; ask again with `next_cursor` for the next."""

    orders: list[OrderLine]
    next_cursor: str | None


class CancelIn(BaseModel):
    """Why the order is taken back."""

    reason: str = Field(min_length=1, max_length=500)


@router.get(f"{API}/orders")
async def list_orders(
    actor: Annotated[Actor, Depends(asks("orders.read"))],
    view: ListView = ListView.ALL,
    late: bool = False,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> OrderLines:
    """The orders the asker may see, newest first, a page at a time."""
    page = await service.orders_page(actor, view=view, late=late, cursor=cursor, limit=limit)
    lines = [
        OrderLine(
            id=row.id, number=row.number, status=row.status, job_id=row.job_id or None, job_status=row.job_status,
            queue_position=row.queue_position, estimated_completion=row.due_at, reference=row.reference, lens=row.lens,
            placed_at=row.placed_at,
        )
        for row in page.rows
    ]  # fmt: skip
    return OrderLines(orders=lines, next_cursor=page.next_cursor)


@router.post(
    f"{API}/orders",
    status_code=201,
    openapi_extra={"requestBody": {"content": {"application/json": {"example": EXAMPLE}}}},
)
async def create_order(
    body: OrderIn,
    actor: Annotated[Actor, Depends(asks("orders.create"))],
    response: Response,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> OrderOut:
    """Place an order. With `Idempotency-Key`, the same call again answers with the same order.

    A new patient is taken up once the lab can make what is ordered; a refused order leaves nobody behind.
    """
    view = await service.place(actor, to_draft(actor, body), key=idempotency_key, patient=new_patient(body))
    response.headers["location"] = f"{API}/orders/{view.id}"
    return _out(view)


@router.get(f"{API}/orders/{{order_id}}")
async def read_order(order_id: UUID, actor: Annotated[Actor, Depends(asks("orders.read"))]) -> OrderOut:
    """One order."""
    return _out(await service.order(actor, order_id))


@router.get(f"{API}/orders/{{order_id}}/timeline")
async def read_timeline(order_id: UUID, actor: Annotated[Actor, Depends(asks("orders.read"))]) -> list[TimelineEntry]:
    """Everything that happened to an order, newest first."""
    return await service.timeline(actor, order_id)


@router.post(f"{API}/orders/{{order_id}}/cancel")
async def cancel_order(
    order_id: UUID, body: CancelIn, actor: Annotated[Actor, Depends(asks("orders.cancel"))]
) -> OrderOut:
    """Cancel an order the lab has not begun."""
    return _out(await service.cancel(actor, order_id, reason=body.reason))


@router.post(f"{API}/orders/{{order_id}}/resend")
async def resend_order(order_id: UUID, actor: Annotated[Actor, Depends(asks("orders.resend"))]) -> OrderOut:
    """Try the lab again now."""
    return _out(await service.resend(actor, order_id))


@router.get(f"{API}/orders/{{order_id}}/trace", response_class=Response, responses=sends("application/octet-stream"))
async def read_trace(order_id: UUID, actor: Annotated[Actor, Depends(asks("orders.read_rx"))]) -> Response:
    """The attached trace file, as it came."""
    ref, body = await service.attached(actor, order_id)
    return Response(
        body,
        media_type="application/octet-stream",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(ref.name)}"},
    )


@webhooks.post("/api/webhooks/lims-status", status_code=202, responses=REFUSES)
async def lims_status(signed: Annotated[Signed, Depends(signed_by_lims)]) -> dict[str, str]:
    """Keep the delivery exactly once and answer; `handlers.apply_status` does the work."""
    if not isinstance(signed.event, StatusEvent):
        raise Malformed("This route takes job.status_changed; catalog.updated goes to lims-catalog-update.")
    fresh = await inbox.keep(status_delivery(signed.delivery_id, signed.event, signed.body))
    return {"status": "kept" if fresh else "known"}


lims_status.__permission__ = "signed"  # type: ignore[attr-defined]


def _out(view: OrderView) -> OrderOut:
    price = (
        PriceOut(
            currency=view.price.currency,
            total_minor=view.price.minor,
            lines=[line.model_dump() for line in view.price_lines],
        )
        if view.price
        else None
    )
    findings: list[Finding] = list(view.findings)
    return OrderOut(
        id=view.id, number=view.number, status=view.status, waiting_for_lab=view.waiting, job_id=view.job_id or None,
        job_status=view.job_status, queue_position=view.queue_position, estimated_completion=view.due_at,
        rules_version=view.rules_version or None, price=price, practice_id=view.practice_id, reference=view.reference,
        lens=view.lens, urgency=view.urgency, reason=view.reason, cancel_requested=view.cancel_requested,
        refused=view.refused, findings=[finding.to_wire() for finding in findings], next_try_at=view.next_try_at,
        carrier=view.carrier, tracking_number=view.tracking_number, placed_at=view.placed_at,
        prescription=view.prescription,
    )  # fmt: skip


router.include_router(webhooks)
app = service_app("orders", router, holding=followed)
