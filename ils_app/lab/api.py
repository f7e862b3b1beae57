"""The HTTP door of the lab room: the board and its acts for programs, and the work ticket."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, Field

from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.kernel.openapi import sends
from ils_app.lab import service
from ils_app.lab.schemas import Board, BoardView, CardList, Filters, MoveResult, Pick, Workbench
from ils_app.settings.following import followed
from lims_client.models import JobStatus

router = APIRouter(prefix=f"{API}/lab", tags=["lab"])

Reader = Annotated[Actor, Depends(asks("board.read"))]
Mover = Annotated[Actor, Depends(asks("orders.move"))]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=150, pattern=r"^[\x21-\x7e]+$")]


class MoveIn(BaseModel):
    """Where to, and the status it was seen in; `expected_status` left out trusts the board."""

    to: JobStatus
    expected_status: JobStatus | None = None
    note: str = Field("", max_length=500)


class HoldIn(BaseModel):
    """Why; the practice is shown it."""

    reason: str = Field(max_length=500)
    expected_status: JobStatus | None = None


class ReleaseIn(BaseModel):
    """A word on it, if there is one."""

    note: str = Field("", max_length=500)


class ShipIn(BaseModel):
    """Who carries the parcel, under which number."""

    carrier: str = Field(max_length=120)
    tracking_number: str = Field(max_length=120)
    expected_status: JobStatus | None = None


class MovesIn(BaseModel):
    """Several jobs, to one status or, without `to`, each to its next."""

    jobs: list[Pick] = Field(min_length=1, max_length=100)
    to: JobStatus | None = None
    note: str = Field("", max_length=500)


def _filters(
    view: BoardView = BoardView.ALL,
    text: Annotated[str, Query(max_length=120)] = "",
    practice_id: UUID | None = None,
    stage: Annotated[str, Query(max_length=40)] = "",
) -> Filters:
    return Filters(view=view, text=text, practice_id=practice_id, stage=stage)


Wanted = Annotated[Filters, Depends(_filters)]


@router.get("/board")
async def read_board(actor: Reader, wanted: Wanted, limit: Annotated[int, Query(ge=1, le=100)] = 12) -> Board:
    """The floor as columns, with true counts."""
    return await service.board(actor, wanted, limit=limit)


@router.get("/orders")
async def read_cards(
    actor: Reader,
    wanted: Wanted,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> CardList:
    """The floor as a list."""
    return await service.cards(actor, wanted, offset=offset, limit=limit)


@router.get("/scan")
async def scan(actor: Reader, code: Annotated[str, Query(min_length=1, max_length=300)]) -> Workbench:
    """The job behind a barcode: order number, job id, tray, or the order's address."""
    return await service.by_code(actor, code)


@router.get("/orders/{order_id}")
async def read_card(order_id: UUID, actor: Reader) -> Workbench:
    """One job, and what you may do to it."""
    return await service.card(actor, order_id)


@router.get("/orders/{order_id}/ticket.pdf", response_class=Response, responses=sends("application/pdf"))
async def ticket(order_id: UUID, actor: Reader) -> Response:
    """The work ticket, to print."""
    body, name = await service.ticket_pdf(actor, order_id), f"ticket-{order_id}.pdf"
    return Response(
        body, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{name}"',
                                                     "cache-control": "no-store"},
    )  # fmt: skip


@router.post("/orders/{order_id}/move")
async def move(order_id: UUID, body: MoveIn, actor: Mover, key: Key = None) -> Workbench:
    """Have the LIMS move a job; 409 says where it is when somebody was first."""
    return await service.move(actor, order_id, body.to, expected_status=body.expected_status, note=body.note, key=key)


@router.post("/orders/{order_id}/hold")
async def hold(order_id: UUID, body: HoldIn, actor: Mover, key: Key = None) -> Workbench:
    """Have the LIMS stop a job."""
    return await service.hold(actor, order_id, body.reason, expected_status=body.expected_status, key=key)


@router.post("/orders/{order_id}/release")
async def release(order_id: UUID, body: ReleaseIn, actor: Mover, key: Key = None) -> Workbench:
    """Have the LIMS let a held job go on."""
    return await service.release(actor, order_id, note=body.note, key=key)


@router.post("/orders/{order_id}/ship")
async def ship(order_id: UUID, body: ShipIn, actor: Mover, key: Key = None) -> Workbench:
    """Have the LIMS ship a packed job."""
    return await service.ship(
        actor, order_id, body.carrier, body.tracking_number, expected_status=body.expected_status, key=key
    )


@router.post("/moves")
async def moves(body: MovesIn, actor: Mover, key: Key = None) -> list[MoveResult]:
    """Move several jobs; each has its own result."""
    return list(await service.move_many(actor, body.jobs, body.to, note=body.note, key=key))


app = service_app("lab", router, holding=followed)
