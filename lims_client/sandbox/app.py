"""The sandbox as an ASGI application: its routes, its refusals in the contract's words, its running parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lims_client.models import ErrorBody, Problem
from lims_client.sandbox import contract_routes, floor_routes, page_routes, rules_routes, sandbox_routes
from lims_client.sandbox.asked import Asked
from lims_client.sandbox.faults import Faults
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.problems import Refusal
from lims_client.version import VERSION

ABOUT = "A small but real LIMS that speaks the contract of lims_client. Bearer key; camelCase; times with a zone."


def build_app(lab: Lab, *, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The application over an opened lab, which it closes at its end. `transport` carries the webhooks (for tests)."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with lab.running(transport):
            yield

    app = FastAPI(
        title="LIMS sandbox",
        version=VERSION,
        description=ABOUT,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        responses={400: {"model": ErrorBody, "description": "The body is not what the contract says"}},
    )
    app.state.lab = lab
    for routes in (
        contract_routes.open_routes,
        contract_routes.routes,
        rules_routes.routes,
        floor_routes.routes,
        sandbox_routes.routes,
        page_routes.routes,
    ):
        app.include_router(routes)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_middleware(Faults, control=lab.control, chance=lab.chance)
    app.add_middleware(Asked)
    return app


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refusal):
        raise error
    headers = {"www-authenticate": "Bearer"} if error.http_status == 401 else None
    return JSONResponse(error.body(), status_code=error.http_status, headers=headers)


async def _malformed(_: Request, error: Exception) -> JSONResponse:
    """400, by field, and never with the values: they may be a patient's."""
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [
        Problem(
            field=".".join(str(step) for step in line["loc"] if step not in ("body", "query")) or None,
            message=str(line["msg"]),
            code=str(line["type"]),
        )
        for line in error.errors()
    ]
    refusal = Refusal(400, "malformed", "The request is not what the contract says.", errors=problems)
    return JSONResponse(refusal.body(), status_code=400)


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
    return JSONResponse(Refusal(error.status_code, code, str(error.detail)).body(), status_code=error.status_code)
