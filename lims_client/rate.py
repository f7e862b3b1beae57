"""How fast the LIMS may be asked, in lanes, so that creating a job never waits behind somebody's typing."""

from __future__ import annotations

from enum import StrEnum

from lims_client.clock import Clock


class Lane(StrEnum):
    """`JOBS` is for creating jobs only."""

    JOBS = "jobs"
    OTHER = "other"


class LaneFull(Exception):  # the caller turns it into an error of the tree
    """The turn would come only after so many seconds, which is later than the caller can wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the next turn is in {seconds:.1f} s")
        self.seconds = seconds


class Bucket:
    """Tokens that refill evenly: a tenth of the minute's budget may go at once, and no 60 s ever see more than all."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._capacity = max(1.0, per_minute / 10)
        self._per_second = max(1.0, per_minute - self._capacity) / 60
        self._tokens = self._capacity
        self._clock, self._filled_at = clock, clock.monotonic()

    async def turn(self, *, within_seconds: float) -> None:
        """Wait for a turn, first come first served; raise `LaneFull` at once when it comes too late.

        Below zero the tokens are promises to those who wait; one who is cancelled gives the promise back.
        """
        now = self._clock.monotonic()
        self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        wait = max(0.0, (1 - self._tokens) / self._per_second)
        if wait > within_seconds:
            raise LaneFull(wait)
        self._tokens -= 1
        if wait > 0:
            try:
                await self._clock.sleep(wait)
            except BaseException:
                self._tokens += 1
                raise


class Lanes:
    """The minute's budget, a fifth of it kept for creating jobs. None means as fast as one likes."""

    def __init__(self, rate_per_minute: int | None, clock: Clock) -> None:
        if rate_per_minute is not None and rate_per_minute < 2:
            raise ValueError("rate_per_minute must be at least 2, or None for no limit")
        self._buckets: dict[Lane, Bucket] = {}
        if rate_per_minute is not None:
            jobs = max(1, rate_per_minute // 5)
            self._buckets = {Lane.JOBS: Bucket(jobs, clock), Lane.OTHER: Bucket(rate_per_minute - jobs, clock)}

    async def turn(self, lane: Lane, *, within_seconds: float) -> None:
        """Wait for a turn in that lane; raises `LaneFull`."""
        if bucket := self._buckets.get(lane):
            await bucket.turn(within_seconds=within_seconds)
