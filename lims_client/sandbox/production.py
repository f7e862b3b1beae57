"""The production clock: the lab's own time, and what moves when it passes."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

import structlog

from lims_client.models import JobStatus
from lims_client.sandbox.control import ControlBox
from lims_client.sandbox.jobs import Jobs
from lims_client.sandbox.moves import NEXT, Moves

log = structlog.get_logger("lims_sandbox.production")

TICK_SECONDS = 0.2
INTAKE_SECONDS = 240.0
"""The lab takes one job from the head of its queue each four minutes."""
WAIT_SECONDS = (600.0, 2400.0)
"""How long a job lies before a station."""
PACKED_SECONDS = (1800.0, 7200.0)
SHIPPED_SECONDS = (24 * 3600.0, 40 * 3600.0)
MOVES_A_TICK = 200
REWORK_REASONS = ("INSP-PWR power out of tolerance", "INSP-COS cosmetic", "COAT-PIT pits, dust under coat")
HOLD_REASONS = (
    "LOST the tray is being looked for",
    "FRAME-BRK the frame broke",
    "MAT-DEF no blank of this power in stock",
)


class Production:
    """Keeps the lab's time in seconds, which runs `speed` times as fast as ours and stands while paused."""

    def __init__(self, jobs: Jobs, control: ControlBox, chance: random.Random) -> None:
        self._jobs, self._control, self._chance = jobs, control, chance
        self.moves = Moves(jobs, self.set_off)
        self.seconds = float(jobs.database.setting("lab_seconds", "0"))
        self._next_intake = float(jobs.database.setting("next_intake", "0"))
        self._kept = self.seconds

    async def run(self) -> None:
        """Let time pass until cancelled."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            this = time.monotonic()
            if not self._control.now.paused:
                self.pass_time((this - last) * self._control.now.speed)
            last = this

    def pass_time(self, seconds: float) -> int:
        """Let so many seconds of lab time pass; how many moves that made (a burst goes on in the next tick)."""
        self.seconds += seconds
        with self._jobs.database.transaction():
            made = self._intake()
            for row in self._due(MOVES_A_TICK - made):
                self._move_on(row)
                made += 1
            if made or self.seconds - self._kept > 5 * max(1.0, self._control.now.speed):
                self.keep()
        return made

    def keep(self) -> None:
        """Remember the lab's time for the next start."""
        self._jobs.database.keep_setting("lab_seconds", repr(self.seconds))
        self._jobs.database.keep_setting("next_intake", repr(self._next_intake))
        self._kept = self.seconds

    def _intake(self) -> int:
        taken = 0
        while self._next_intake <= self.seconds and taken < MOVES_A_TICK // 2:
            row = self._jobs.database.one(
                "SELECT job_id FROM job WHERE status = 'queued' AND (due IS NULL OR due <= :now) "
                "ORDER BY rank, number LIMIT 1",
                now=self.seconds,
            )
            if row is None:
                self._next_intake = self.seconds
                break
            self.moves.step(row["job_id"])
            self._next_intake = max(self._next_intake, self.seconds - INTAKE_SECONDS * MOVES_A_TICK) + INTAKE_SECONDS
            taken += 1
        return taken

    def _due(self, limit: int) -> list[Any]:
        return self._jobs.database.all(
            "SELECT * FROM job WHERE due <= :now AND status != 'queued' ORDER BY due LIMIT :limit",
            now=self.seconds,
            limit=limit,
        )

    def set_off(self, job_id: str) -> None:
        """Say when a job that has just arrived somewhere moves on."""
        row = self._jobs.row(job_id)
        status = JobStatus(row["status"])
        if status not in NEXT or status is JobStatus.QUEUED:
            return
        self._jobs.database.run(
            "UPDATE job SET due = :due WHERE number = :number", due=self.seconds + self._stay(row), number=row["number"]
        )

    def _stay(self, row: Any) -> float:
        if row["status"] == "shipped":
            return self._chance.uniform(*SHIPPED_SECONDS)
        if row["status"] == "ready_for_shipping":
            return self._chance.uniform(*PACKED_SECONDS)
        stations = json.loads(row["stations"])
        minutes = self._jobs.rule_sets.published.routing.minutes
        station = stations[min(row["stop"], len(stations) - 1)] if stations else ""
        return 60.0 * minutes.get(station, 5) + self._chance.uniform(*WAIT_SECONDS)

    def _move_on(self, row: Any) -> None:
        status, job_id, control = JobStatus(row["status"]), row["job_id"], self._control.now
        stations: list[str] = json.loads(row["stations"])
        following = row["stop"] + 1
        if (
            status is JobStatus.IN_PRODUCTION
            and following < len(stations)
            and stations[following] not in ("QC", "SHIP")
        ):
            if self._chance.random() < control.hold_rate / max(1, len(stations)):
                self.moves.move(job_id, JobStatus.ON_HOLD, reason=self._chance.choice(HOLD_REASONS))
                return
            self._jobs.record(
                row, status, previous=status, station=stations[following], reason=row["reason"],
                announce=control.station_events, stop=following,
            )  # fmt: skip
            self.set_off(job_id)
        elif status is JobStatus.QUALITY_CHECK and self._chance.random() < control.rework_rate:
            self.moves.move(job_id, JobStatus.IN_PRODUCTION, reason=self._chance.choice(REWORK_REASONS))
        else:
            self.moves.step(job_id)
