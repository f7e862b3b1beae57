"""The admin room over HTTP: the audit as JSON and as a file, letting people in, and the dashboard's numbers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query
from fastapi.responses import StreamingResponse

from ils_app.admin import service
from ils_app.admin.schemas import Admission, Area, AuditEntry, AuditFilter, AuditPage, Overview
from ils_app.auth.http import asks
from ils_app.auth.schemas import PersonView
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.kernel.openapi import sends
from ils_app.settings.following import followed

router = APIRouter(prefix=API, tags=["admin"])

Reader = Annotated[Actor, Depends(asks("audit.read"))]
Admin = Annotated[Actor, Depends(asks("people.manage"))]


def wanted(
    who: Annotated[str, Query(description="a name, an email or an id")] = "",
    about: Annotated[str, Query(description="a person, an organisation, an order's number, or any id")] = "",
    area: Area | None = None,
    since: Annotated[date | None, Query(description="the first of the lab's days")] = None,
    until: Annotated[date | None, Query(description="the last of the lab's days")] = None,
    by_people: Annotated[bool, Query(description="without what ILS did by itself")] = False,
) -> AuditFilter:
    """Which part of the audit a request asks for."""
    return AuditFilter(who=who, about=about, area=area, since=since, until=until, by_people=by_people)


Part = Annotated[AuditFilter, Depends(wanted)]


@router.get("/audit")
async def audit(
    actor: Reader, part: Part, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> AuditPage:
    """Every act, the newest first, a page at a time."""
    return await service.audit(actor, part, cursor=cursor, limit=limit)


@router.get("/audit/{fact_id}")
async def act(actor: Reader, fact_id: Annotated[int, Path(ge=0, lt=2**63)]) -> AuditEntry:
    """One act."""
    return await service.act(actor, fact_id)


@router.get("/audit.csv", response_class=StreamingResponse, responses=sends("text/csv"))
async def audit_csv(actor: Reader, part: Part) -> StreamingResponse:
    """The same as a file, whole. That it was taken stands in the audit too."""
    return await _file(actor, part)


@router.post("/audit/export", response_class=StreamingResponse, include_in_schema=False)
async def export(
    actor: Reader,
    who: Annotated[str, Form()] = "",
    about: Annotated[str, Form()] = "",
    area: Annotated[str, Form()] = "",
    since: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
    by: Annotated[str, Form()] = "",
) -> StreamingResponse:
    """The file, for the page's own button: what was typed into its filters belongs in no address."""
    return await _file(actor, AuditFilter.read(who=who, about=about, area=area, since=since, until=until, by=by))


async def _file(actor: Actor, part: AuditFilter) -> StreamingResponse:
    lines = await service.export(actor, part)
    headers = {"content-disposition": 'attachment; filename="ils-audit.csv"', "cache-control": "no-store"}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/users/{user_id}/admit")
async def admit(user_id: UUID, admission: Admission, actor: Admin) -> PersonView:
    """Let somebody in who signed up, with the new practice or supplier they work at."""
    return await service.admit(actor, user_id, admission)


@router.get("/overview")
async def overview(actor: Admin) -> Overview:
    """What needs an administrator now."""
    return await service.overview(actor)


app = service_app("admin", router, holding=followed)
