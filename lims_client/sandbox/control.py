"""What a person may do to the sandbox while it runs: slow it, break it, pause it; kept across restarts."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from lims_client.sandbox.database import Database
from lims_client.sandbox.moments import now

Share = Annotated[float, Field(ge=0, le=1)]


class OutageMode(StrEnum):
    """What callers see while it is away: a 503, a proxy's HTML 502, or no answer at all."""

    UNAVAILABLE = "503"
    HTML = "html"
    SILENCE = "silence"


class Control(BaseModel):
    """The switches as they stand. `outage_until` is a Unix time; `outage_open` means until further notice."""

    speed: float = Field(1, ge=0, le=1_000_000)
    paused: bool = False
    latency_ms: float = Field(0, ge=0, le=120_000)
    error_rate: Share = 0
    duplicate_rate: Share = 0
    reorder: bool = False
    outage_until: float = 0
    outage_open: bool = False
    outage_mode: OutageMode = OutageMode.UNAVAILABLE
    rework_rate: Share = 0
    hold_rate: Share = 0
    station_events: bool = False

    def outage_seconds(self) -> float:
        """Seconds of outage left; 0 when there is none."""
        return max(0.0, self.outage_until - now().timestamp())

    @property
    def away(self) -> bool:
        return self.outage_open or self.outage_seconds() > 0

    def shown(self) -> dict[str, Any]:
        """As `GET /sandbox/control` answers it: `outage` is true, false, or the seconds left."""
        body = self.model_dump(mode="json", exclude={"outage_until", "outage_open"})
        left = self.outage_seconds()
        body["outage"] = True if self.outage_open else (round(left, 1) if left else False)
        return body


class ControlChange(BaseModel):
    """A PATCH: only what is named changes."""

    model_config = ConfigDict(extra="forbid")

    speed: float | None = Field(None, ge=0, le=1_000_000, description="times real time")
    paused: bool | None = Field(None, description="jobs stand still")
    latency_ms: float | None = Field(None, ge=0, le=120_000, description="added to every answer")
    error_rate: Share | None = Field(None, description="share of calls that fail, half of them after doing the work")
    duplicate_rate: Share | None = Field(None, description="share of webhooks sent twice")
    reorder: bool | None = Field(None, description="webhooks overtake each other")
    outage: bool | Annotated[float, Field(ge=0, le=86_400)] | None = Field(None, description="true, false or seconds")
    outage_mode: OutageMode | None = Field(None, description="503, html or silence")
    rework_rate: Share | None = Field(None, description="share of inspections that send a job back")
    hold_rate: Share | None = Field(None, description="share of jobs the lab stops on its own")
    station_events: bool | None = Field(None, description="a webhook for each station, not only for each status")


class ControlBox:
    """The switches, in memory for every request and in the database for the next start."""

    def __init__(self, database: Database) -> None:
        self._database = database
        kept = database.setting("control")
        self.now = Control.model_validate_json(kept) if kept else Control()

    def change(self, wanted: ControlChange) -> Control:
        values: dict[str, Any] = wanted.model_dump(exclude_none=True, exclude={"outage"})
        if wanted.outage is not None:
            values["outage_open"] = wanted.outage is True
            lasts = 0.0 if isinstance(wanted.outage, bool) else float(wanted.outage)
            values["outage_until"] = now().timestamp() + lasts if lasts else 0
        self.now = self.now.model_copy(update=values)
        self._database.keep_setting("control", self.now.model_dump_json())
        return self.now
