"""How the LIMS is, what it delivers, and who wants it delivered."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from lims_client.models.jobs import JobFields, Status
from lims_client.models.wire import Moment, Wire


class HealthStatus(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class Capability(StrEnum):
    """The groups of the contract; ILS hides what a LIMS cannot do."""

    CORE = "core"
    RULES = "rules"
    FLOOR = "floor"
    PRICING = "pricing"


class Health(Wire):
    """What the LIMS says of itself."""

    status: HealthStatus = Field(description="healthy, degraded or unhealthy")
    version: str | None = Field(None, description="the LIMS's own version")
    capabilities: tuple[str, ...] = Field((), description="core, rules, floor, pricing")


class WebhookRequest(Wire):
    """`POST /webhooks/status`; registering the same url again changes it and answers the same id."""

    url: str = Field(description="where to deliver")
    events: tuple[str, ...] = Field(description="`job.status_changed`, `catalog.updated`")
    secret: str = Field(description="`whsec_` + base64 of at least 24 bytes", repr=False)


class WebhookRegistration(Wire):
    id: str = Field(description="what `DELETE /webhooks/{id}` takes")


class StatusEvent(JobFields):
    """A job moved. The short snake_case `{job_id, new_status}` is read too."""

    type: Literal["job.status_changed"] = "job.status_changed"
    job_id: str = Field(description="the LIMS's name for it")
    previous_status: Status | None = Field(None, description="what it was")
    new_status: Status = Field(description="what it is now")
    details: Any = Field(None, description="whatever the LIMS adds")
    error_message: str | None = Field(None, description="when it failed")


class CatalogEvent(Wire):
    """The catalog changed; `fetch_catalog(at_least=event.rules_version)` will not answer from before it."""

    type: Literal["catalog.updated"] = "catalog.updated"
    version: str | None = Field(None, description="the catalog's version")
    rules_version: str = Field(description="the rules published now")
    timestamp: Moment | None = Field(None, description="when")
    summary: Any = Field(None, description="what changed, in a sentence or as data")


WebhookEvent = StatusEvent | CatalogEvent


def event_from_wire(body: bytes | str, *, naive: list[str] | None = None) -> WebhookEvent:
    """Read a webhook's body by its `type`; without one it is a status event.

    Raises `pydantic.ValidationError`, or `ValueError` for a body that is no JSON object or names an unknown type.
    """
    parsed = json.loads(body)
    if not isinstance(parsed, dict):
        raise ValueError("the body is not a JSON object")
    kinds: dict[str, type[StatusEvent] | type[CatalogEvent]] = {
        "job.status_changed": StatusEvent,
        "catalog.updated": CatalogEvent,
    }
    kind = kinds.get(str(parsed.get("type", "job.status_changed")))
    if kind is None:
        raise ValueError(f"unknown event type; the contract knows {', '.join(kinds)}")
    return kind.from_wire(body, naive=naive)
