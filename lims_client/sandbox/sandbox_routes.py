"""What only a sandbox has: its switches, steps, accounts, and jobs that are born or set down in it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lims_client.models import CreateJobRequest, ErrorBody, Job
from lims_client.sandbox.access import OneLab, with_key
from lims_client.sandbox.accounts import Account
from lims_client.sandbox.contract_routes import Key
from lims_client.sandbox.control import ControlChange
from lims_client.sandbox.problems import Refusal
from lims_client.sandbox.seeding import SeedJob, set_down

routes = APIRouter(
    prefix="/sandbox", tags=["sandbox"], dependencies=[Depends(with_key)], responses={401: {"model": ErrorBody}}
)


MADE_BEFORE: dict[int | str, dict[str, Any]] = {
    200: {"model": Job},
    409: {"model": ErrorBody},
    422: {"model": ErrorBody},
}


class Step(BaseModel):
    """Which job to move; every job when absent. `seconds` of lab time may pass instead."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    job_id: str | None = None
    seconds: float | None = Field(None, ge=0, le=10_000_000)


@routes.get("/control")
async def switches(lab: OneLab) -> dict[str, Any]:
    """The switches as they stand."""
    return lab.control.now.shown()


@routes.patch("/control")
async def change_switches(change: ControlChange, lab: OneLab) -> dict[str, Any]:
    """Change some switches; the others stay."""
    return lab.control.change(change).shown()


@routes.post("/step", responses={404: {"model": ErrorBody}, 409: {"model": ErrorBody}})
async def step(lab: OneLab, wanted: Step | None = None) -> dict[str, int]:
    """Move everything (or one job) to its next status, paused or not; or let lab time pass."""
    wanted = wanted or Step()
    if wanted.seconds is not None:
        return {"moved": lab.production.pass_time(wanted.seconds)}
    if wanted.job_id is None:
        return {"moved": lab.production.moves.step_all()}
    if not lab.production.moves.can_step(wanted.job_id):
        raise Refusal(409, "illegal_move", "This job is not on its way.", job=lab.jobs.get(wanted.job_id))
    lab.production.moves.step(wanted.job_id)
    return {"moved": 1}


@routes.get("/accounts")
async def accounts(lab: OneLab) -> list[dict[str, Any]]:
    """Every account."""
    return lab.accounts.all()


@routes.post("/accounts", status_code=201, response_model=Account)
async def open_account(account: Account, lab: OneLab) -> Account:
    """Open an account, or change the one of that number."""
    return lab.accounts.keep(account)


@routes.put("/accounts/{number}", response_model=Account)
async def change_account(number: str, account: Account, lab: OneLab) -> Account:
    """Change an account: put it on stop, give it a limit, settle its balance."""
    if account.account_number != number:
        raise Refusal(400, "number_differs", "The number in the body is not the one in the address.")
    return lab.accounts.keep(account)


@routes.post("/jobs", status_code=201, response_model=Job, responses=MADE_BEFORE)
async def born_here(request: CreateJobRequest, lab: OneLab, key: Key) -> JSONResponse:
    """A job that begins in the LIMS (a telephone order), for the account it names; it is announced."""
    if request.account_number is None:
        raise Refusal(422, "account_missing", "A job that begins in the LIMS names its account.")
    job, new = lab.jobs.create(request, key=key, origin="lims")
    return JSONResponse(job, status_code=201 if new else 200)


@routes.post("/seed-job", status_code=201, response_model=Job, responses=MADE_BEFORE)
async def seed_job(request: SeedJob, lab: OneLab, key: Key) -> JSONResponse:
    """Set a job down in any status with a history of the past; not announced unless asked."""
    job, new = set_down(lab, request, key=key)
    return JSONResponse(job, status_code=201 if new else 200)


@routes.get("/deliveries")
async def deliveries(lab: OneLab, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> dict[str, Any]:
    """The latest webhooks and how they went, who is registered, and how many still wait."""
    return {
        "pending": lab.outbox.pending(),
        "webhooks": lab.outbox.registered(),
        "deliveries": lab.outbox.deliveries(limit),
    }


@routes.post("/deliveries/hurry")
async def hurry(lab: OneLab) -> dict[str, int]:
    """Try at once everything that waits for its next try."""
    lab.outbox.hurry()
    return {"pending": lab.outbox.pending()}


@routes.get("/summary")
async def summary(lab: OneLab) -> dict[str, Any]:
    """The lab at a glance: jobs by status, its time, the rules in force."""
    return {
        "jobs": lab.jobs.counts(),
        "labSeconds": lab.production.seconds,
        "rulesVersion": lab.rule_sets.published.version,
        "now": datetime.now(lab.settings.zone).isoformat(),
    }
