"""The contract's core: health, catalog, validation, and jobs as they are made and read."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from lims_client.models import (
    Capability,
    Catalog,
    Configuration,
    CreateJobRequest,
    ErrorBody,
    Health,
    HealthStatus,
    Job,
    JobPage,
    JobState,
    ValidationResult,
)
from lims_client.sandbox.access import OneLab, with_key
from lims_client.sandbox.problems import Refusal
from lims_client.version import VERSION

MOST_KEY_CHARACTERS = 200

open_routes = APIRouter(tags=["core"])
routes = APIRouter(tags=["core"], dependencies=[Depends(with_key)], responses={401: {"model": ErrorBody}})


async def key_header(idempotency_key: Annotated[str | None, Header()] = None) -> str | None:
    """The `Idempotency-Key`, at most 200 characters."""
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= MOST_KEY_CHARACTERS:
        raise Refusal(400, "key_invalid", f"An Idempotency-Key has 1 to {MOST_KEY_CHARACTERS} characters.")
    return idempotency_key


Key = Annotated[str | None, Depends(key_header)]


@open_routes.get("/health", response_model=Health)
async def health() -> JSONResponse:
    """How the LIMS is, and which groups of the contract it speaks."""
    return JSONResponse(Health(status=HealthStatus.HEALTHY, version=VERSION, capabilities=tuple(Capability)).to_wire())


@routes.get("/catalog", response_model=Catalog, responses={304: {"description": "Unchanged"}})
async def catalog(request: Request, lab: OneLab) -> Response:
    """Everything that can be chosen under the published rules; answers 304 to the tag of the present one."""
    published = lab.rule_sets.catalog
    headers = {"etag": published.etag, "cache-control": "private, no-cache"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if published.etag in known:
        return Response(status_code=304, headers=headers)
    return Response(published.body, media_type="application/json", headers=headers)


@routes.post("/validation", response_model=ValidationResult)
async def validation(configuration: Configuration, lab: OneLab) -> JSONResponse:
    """Judge a configuration by the published rules. A rejected one is an answer, too."""
    return JSONResponse(lab.jobs.evaluate(configuration).to_validation(lab.settings.zone).to_wire())


@routes.post(
    "/jobs/create",
    response_model=Job,
    status_code=201,
    responses={200: {"model": Job}, 400: {"model": ErrorBody}, 409: {"model": ErrorBody}, 422: {"model": ErrorBody}},
)
async def create_job(request: CreateJobRequest, lab: OneLab, key: Key) -> JSONResponse:
    """Have a configuration made: 201 for a new job, 200 for the one this key made before, 422 when it is rejected."""
    if key is None:
        raise Refusal(400, "key_missing", "Creating a job needs an Idempotency-Key.")
    job, new = lab.jobs.create(request, key=key)
    return JSONResponse(job, status_code=201 if new else 200)


@routes.get("/jobs", response_model=JobPage)
async def list_jobs(
    lab: OneLab,
    updated_since: Annotated[datetime | None, Query(alias="updatedSince")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> JSONResponse:
    """The jobs changed since then, oldest change first; follow `nextCursor`."""
    if updated_since is not None and updated_since.utcoffset() is None:
        raise Refusal(400, "time_without_zone", "updatedSince needs a zone, e.g. 2026-11-24T10:00:00Z.")
    return JSONResponse(lab.jobs.page(updated_since=updated_since, cursor=cursor, limit=limit))


@routes.get("/jobs/{job_id}", response_model=Job, responses={404: {"model": ErrorBody}})
async def get_job(job_id: str, lab: OneLab) -> JSONResponse:
    """A job with its history."""
    return JSONResponse(lab.jobs.get(job_id))


@routes.get("/jobs/{job_id}/status", response_model=JobState, responses={404: {"model": ErrorBody}})
async def get_job_status(job_id: str, lab: OneLab) -> JSONResponse:
    """How far a job has got."""
    return JSONResponse(lab.jobs.state(job_id))
