"""Time, in one place, so that a test can hold it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """The machine's clocks. Durations are measured on the monotonic one, so a wall clock that jumps changes nothing."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def now(self) -> datetime:
        """The wall clock, aware, in UTC: for people and for `Retry-After` dates."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)
