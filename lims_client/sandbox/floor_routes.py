"""The contract's floor: what the lab does to a job, and who is told of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from lims_client.models import (
    AdvanceRequest,
    CancelRequest,
    ErrorBody,
    HoldRequest,
    Job,
    ReleaseRequest,
    RemakeRequest,
    WebhookRegistration,
)
from lims_client.sandbox.access import OneLab, with_key
from lims_client.sandbox.contract_routes import Key

routes = APIRouter(
    tags=["floor"],
    dependencies=[Depends(with_key)],
    responses={401: {"model": ErrorBody}, 404: {"model": ErrorBody}, 409: {"model": ErrorBody}},
)


class Registration(BaseModel):
    """Where to deliver; without a secret the sandbox signs with its own."""

    url: str = Field(max_length=2000)
    events: Annotated[list[str], Field(max_length=10)]
    secret: str | None = Field(None, max_length=500)


@routes.post("/jobs/{job_id}/advance", response_model=Job)
async def advance(job_id: str, request: AdvanceRequest, lab: OneLab, key: Key) -> JSONResponse:
    """Move a job on: to the next step, or to `to` where that is a legal move (rework included)."""
    return JSONResponse(lab.production.moves.advance(job_id, request, key))


@routes.post("/jobs/{job_id}/hold", response_model=Job)
async def hold(job_id: str, request: HoldRequest, lab: OneLab, key: Key) -> JSONResponse:
    """Stop a job until it is released."""
    return JSONResponse(lab.production.moves.hold(job_id, request, key))


@routes.post("/jobs/{job_id}/release", response_model=Job)
async def release(job_id: str, request: ReleaseRequest, lab: OneLab, key: Key) -> JSONResponse:
    """Let a held job go on where it was, or at `to`."""
    return JSONResponse(lab.production.moves.release(job_id, request, key))


@routes.post("/jobs/{job_id}/cancel", response_model=Job)
async def cancel(job_id: str, request: CancelRequest, lab: OneLab, key: Key) -> JSONResponse:
    """Cancel a job that has not left the lab."""
    return JSONResponse(lab.production.moves.cancel(job_id, request, key))


@routes.post("/jobs/{job_id}/remake", response_model=Job)
async def remake(job_id: str, request: RemakeRequest, lab: OneLab, key: Key) -> JSONResponse:
    """Make a job again; the answer is the new job, which names the old in `remakeOf`."""
    return JSONResponse(lab.production.moves.remake(job_id, request, key))


@routes.post("/webhooks/status", response_model=WebhookRegistration)
async def register(request: Registration, lab: OneLab) -> JSONResponse:
    """Register for deliveries; the same url again changes it and answers the same id."""
    return JSONResponse({"id": lab.outbox.register(request.url, request.events, request.secret)})


@routes.delete("/webhooks/{webhook_id}", status_code=204)
async def unregister(webhook_id: str, lab: OneLab) -> Response:
    """Deliver there no more; what was still to be delivered is dropped."""
    lab.outbox.forget(webhook_id)
    return Response(status_code=204)
