"""The catalog over HTTP, and the webhook that says it has changed."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel

from ils_app.auth.http import asks
from ils_app.catalog import handlers, service
from ils_app.catalog.schemas import CatalogView, DifferenceView, VersionView
from ils_app.kernel import inbox
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.kernel.webhooks import REFUSES, Malformed, Signed, signed_by_lims
from lims_client import CatalogEvent

router = APIRouter()
webhooks = APIRouter()
Reader = Annotated[Actor, Depends(asks("catalog.read"))]
LAST_NUMBER = 2**31 - 1  # that the column holds


class CatalogAnswer(BaseModel):
    """The catalog in force. `stale`: the lab has not confirmed it lately."""

    number: int
    rules_version: str
    version: str
    published_at: datetime | None
    fetched_at: datetime
    stale: bool
    entries: list[dict[str, Any]]

    @classmethod
    def of(cls, view: CatalogView) -> "CatalogAnswer":
        """The answer for one version; entries in the LIMS's own words."""
        fields = view.model_dump(include=set(cls.model_fields) - {"entries"})
        return cls(**fields, entries=[entry.to_wire() for entry in view.entries])


@router.get(
    f"{API}/catalog",
    tags=["catalog"],
    response_model=CatalogAnswer,
    responses={304: {"description": "The version the caller has is still in force."}},
)
async def catalog(
    actor: Reader, response: Response, if_none_match: Annotated[str | None, Header()] = None
) -> CatalogAnswer | Response:
    """What the lab offers now, entries as the LIMS describes them; `ETag` and `304`."""
    view = await service.catalog(actor)
    tag = f'"{view.number}-{view.etag}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if tag in [given.strip().removeprefix("W/") for given in (if_none_match or "").split(",")]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return CatalogAnswer.of(view)


@router.get(f"{API}/catalog/versions", tags=["catalog"])
async def versions(
    actor: Reader,
    before: Annotated[
        int | None, Query(ge=0, le=LAST_NUMBER, description="the lowest number of the page above")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=service.VERSIONS_SHOWN)] = 25,
) -> list[VersionView]:
    """The versions kept, newest first."""
    return await service.versions(actor, before=before, limit=limit)


@router.get(f"{API}/catalog/versions/{{number}}/difference", tags=["catalog"])
async def difference(
    actor: Reader,
    number: Annotated[int, Path(ge=0, le=LAST_NUMBER)],
    against: Annotated[
        int | None, Query(ge=0, le=LAST_NUMBER, description="an older version; the one it replaced when absent")
    ] = None,
) -> DifferenceView:
    """How a version differs from an older one, in words and as data."""
    return await service.difference(actor, against, number)


@webhooks.post("/api/webhooks/lims-catalog-update", tags=["webhooks"], status_code=202, responses=REFUSES)
async def lims_catalog_update(signed: Annotated[Signed, Depends(signed_by_lims)]) -> None:
    """Keep the delivery exactly once and answer; `handlers.apply_update` does the work."""
    if not isinstance(signed.event, CatalogEvent):
        raise Malformed("This route takes catalog.updated; a job's status goes to /api/webhooks/lims-status.")
    delivery = inbox.Delivery(
        source=handlers.SOURCE,
        delivery_id=signed.delivery_id,
        subject=signed.event.rules_version,
        body=signed.body,
        task=handlers.APPLY,
    )
    await inbox.keep(delivery)


router.include_router(webhooks)
app = service_app("catalog", router)
