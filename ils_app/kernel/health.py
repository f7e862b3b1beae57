"""Is this process alive, is what it needs there, and what has it counted: `/health`, `/ready` and `/metrics`."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text

from ils_app.kernel import config, database, metrics
from ils_app.kernel.errors import NotFound
from ils_app.kernel.jobs import STALLED_SECONDS
from ils_app.kernel.lims import lims
from ils_app.kernel.this_machine import asked_here
from lims_client.models import HealthStatus

CHECK_SECONDS = 2.0
OK = "ok"

router = APIRouter(tags=["health"])


class NotReady(Exception):
    """What is missing, in a sentence."""


@router.get("/health")
async def health() -> dict[str, str]:
    """This process answers."""
    return {"status": "alive"}


@router.get("/ready", responses={503: {"description": "Something ILS needs is missing, and which."}})
async def ready() -> JSONResponse:
    """Whether everything this process needs is there, and which part is not; 503 when one is missing.

    A LIMS that is away does not make ILS unready: orders are taken and wait. It is said all the same.
    """
    found = await parts()
    missing = [name for name, said in found.items() if said != OK and name != "lims"]
    return JSONResponse({"status": "not ready" if missing else "ready", **found}, status_code=503 if missing else 200)


async def parts() -> dict[str, str]:
    """What ILS stands on, each `ok` or what is wrong with it: database, migrations, worker, lims."""
    checks: dict[str, Callable[[], Awaitable[None]]] = {
        "database": _database,
        "migrations": _migrations,
        "worker": _worker,
        "lims": _lims,
    }
    return dict(zip(checks, await asyncio.gather(*(_asked(check) for check in checks.values())), strict=True))


def scraper(request: Request) -> None:
    """Let in who brings `METRICS_TOKEN`; without one, only this machine, and nobody in production. Raises NotFound."""
    settings = config.current()
    if settings.metrics_token is None:
        allowed = asked_here(request) and not settings.production
    else:
        wanted = f"Bearer {settings.metrics_token.get_secret_value()}"
        allowed = hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode())
    if not allowed:
        raise NotFound


@router.get("/metrics", dependencies=[Depends(scraper)], include_in_schema=False)
async def figures() -> Response:
    """What this process counts, for Prometheus."""
    return Response(await metrics.told(), media_type=metrics.CONTENT_TYPE)


async def _asked(check: Callable[[], Awaitable[None]]) -> str:
    try:
        await asyncio.wait_for(check(), CHECK_SECONDS)
    except NotReady as missing:
        return str(missing)
    except TimeoutError:
        return "does not answer"
    except Exception as error:  # whatever it is, a probe must say it and not fall over
        return f"fails: {type(error).__name__}"
    return OK


async def _database() -> None:
    async with database.session() as session:
        await session.execute(text("SELECT 1"))


async def _migrations() -> None:
    async with database.session() as session:
        present = (await session.execute(text("SELECT version_num FROM public.alembic_version"))).scalar_one_or_none()
    if present != (wanted := latest_migration()):
        raise NotReady(f"the tables are at {present}, this ILS needs {wanted}: run `python -m ils_app migrate`")


async def _worker() -> None:
    query = text("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :s)")
    async with database.session() as session:
        alive = (await session.execute(query, {"s": STALLED_SECONDS})).scalar_one()
    if not alive:
        raise NotReady("no worker is alive: run `python -m ils_app worker`, or leave ILS_WORKER out")


async def _lims() -> None:
    said = await lims().health(deadline_seconds=CHECK_SECONDS)
    if said.status is not HealthStatus.HEALTHY:
        raise NotReady(f"{said.status}: {said.reason}")


def latest_migration() -> str | None:
    """The migration this code needs."""
    script = Config(toml_file=Path(__file__).parents[2] / "pyproject.toml")
    return ScriptDirectory.from_config(script).get_current_head()
