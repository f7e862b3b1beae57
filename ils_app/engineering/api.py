"""Rules and deliveries over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from ils_app.auth.http import asks
from ils_app.engineering import service
from ils_app.engineering.deliveries import PAGE
from ils_app.engineering.edits import AnyEdit
from ils_app.engineering.schemas import (
    DeliveryPage,
    FailedJob,
    RuleDifference,
    RuleSetLine,
    RuleSetView,
    Simulation,
    SystemHealth,
)
from ils_app.engineering.trying import LAST
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.kernel.inbox import DeliveryState, DeliveryView

router = APIRouter(prefix=API)
Reader = Annotated[Actor, Depends(asks("catalog.read"))]
Engineer = Annotated[Actor, Depends(asks("catalog.publish"))]
Watcher = Annotated[Actor, Depends(asks("deliveries.read"))]
HealthReader = Annotated[Actor, Depends(asks("health.read"))]
Named = Annotated[str | None, Query(max_length=200, pattern=r"^[\w:.-]*$")]
Replayer = Annotated[Actor, Depends(asks("deliveries.replay"))]


class NewDraft(BaseModel):
    """What a draft begins with."""

    note: str
    based_on: str | None = Field(None, description="a version; the one in force when absent")


class Changes(BaseModel):
    """Small changes, all or none."""

    edits: list[AnyEdit] = Field(min_length=1, max_length=100)
    seen: str | None = Field(None, description="`seen` of the rule set as it was read; 409 if it is another by now")


class Reason(BaseModel):
    """Why a set is put in force."""

    note: str
    seen: str | None = Field(None, description="`seen` of the draft as it was read; 409 if it is another by now")


@router.get("/rules", tags=["rules"])
async def rule_sets(actor: Reader) -> list[RuleSetLine]:
    """Every rule set, newest first; drafts only to engineers."""
    return await service.rule_sets(actor)


@router.post("/rules", tags=["rules"], status_code=201)
async def start_draft(actor: Engineer, body: NewDraft) -> RuleSetView:
    """A new draft, a copy of the set in force or of another."""
    return await service.start_draft(actor, body.note, based_on=body.based_on)


@router.get("/rules/{version}", tags=["rules"])
async def rule_set(actor: Reader, version: str) -> RuleSetView:
    """One rule set with its rules."""
    return await service.rule_set(actor, version)


@router.get("/rules/{version}/difference", tags=["rules"])
async def difference(actor: Reader, version: str, against: str | None = None) -> RuleDifference:
    """How a rule set differs from another: from the set in force, or that one from its base."""
    return await service.difference(actor, version, against=against)


@router.post("/rules/{version}/changes", tags=["rules"])
async def change(actor: Engineer, version: str, body: Changes) -> RuleSetView:
    """Change a draft."""
    return await service.change(actor, version, body.edits, seen=body.seen)


@router.post("/rules/{version}/simulate", tags=["rules"])
async def simulate(actor: Engineer, version: str, last: Annotated[int, Query(ge=1, le=LAST)] = LAST) -> Simulation:
    """Who gains and who loses among the last orders, if this were in force."""
    return await service.simulate(actor, version, last=last)


@router.post("/rules/{version}/publish", tags=["rules"])
async def publish(actor: Engineer, version: str, body: Reason) -> RuleSetView:
    """Put a draft in force."""
    return await service.publish(actor, version, body.note, seen=body.seen)


@router.post("/rules/{version}/rollback", tags=["rules"])
async def roll_back(actor: Engineer, version: str, body: Reason) -> RuleSetView:
    """Put a retired set in force again."""
    return await service.roll_back(actor, version, body.note)


@router.get("/deliveries", tags=["deliveries"])
async def deliveries(
    actor: Watcher,
    state: DeliveryState | None = None,
    source: Named = None,
    request_id: Named = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = PAGE,
) -> DeliveryPage:
    """Webhook deliveries with their outcome, newest first."""
    return await service.deliveries(
        actor, state=state, source=source, request_id=request_id, cursor=cursor, limit=limit
    )


@router.post("/deliveries/{delivery_id}/replay", tags=["deliveries"], status_code=202)
async def replay(actor: Replayer, delivery_id: UUID) -> DeliveryView:
    """Have a delivery worked again."""
    return await service.replay(actor, delivery_id)


@router.get("/jobs/failed", tags=["deliveries"])
async def failed_jobs(actor: Watcher, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> list[FailedJob]:
    """Durable jobs that have given up."""
    return await service.failed_jobs(actor, limit=limit)


@router.post("/jobs/{job_id}/retry", tags=["deliveries"], status_code=202)
async def retry_job(actor: Replayer, job_id: int) -> None:
    """Give a job that has given up back to the queue."""
    await service.retry_job(actor, job_id)


@router.get("/system-health", tags=["deliveries"])
async def system_health(actor: HealthReader) -> SystemHealth:
    """How ILS is now and has been for a quarter of an hour."""
    return await service.system_health(actor)


app = service_app("engineering", router)
