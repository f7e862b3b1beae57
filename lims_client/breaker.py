"""A circuit breaker: after enough failures in a row the LIMS is left alone for a while, then tried gently."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from time import monotonic

from lims_client.errors import LimsError, LimsUnavailable


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Refused(Exception):  # the caller turns it into an error of the tree
    """The breaker does not let this attempt through; the next one may pass in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"open for {seconds:.1f} s more")
        self.seconds = seconds


class Breaker:
    """Closed until `failures` in a row, open for `open_seconds`, then one probe at a time until `successes` of them.

    A failed probe opens it again for the whole time. An attempt that began before the breaker last changed its mind
    says nothing about the present and is not counted; one that was cancelled is neither success nor failure, it only
    frees its place. Times are monotonic seconds, so a clock that is set forward or back neither opens nor closes it.
    For one event loop; nothing in it awaits, so no lock is needed.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        open_seconds: float = 60,
        successes: int = 3,
        clock: Callable[[], float] = monotonic,
        on_change: Callable[[BreakerState, BreakerState], None] | None = None,
    ) -> None:
        self._failures, self._open_seconds, self._successes = failures, open_seconds, successes
        self._clock, self._on_change = clock, on_change
        self._state = BreakerState.CLOSED
        self._count = 0  # failures in a row while closed, successes while half open
        self._opened_at = 0.0
        self._probing = False
        self._epoch = 0  # grows with every change of state; an attempt of an earlier epoch is not counted

    # What a refused caller is told while somebody else's probe is under way, in seconds.
    PROBE_WAIT_SECONDS = 1.0

    @property
    def state(self) -> BreakerState:
        """What it is now; an open breaker whose time is over is half open."""
        self._seconds_left_open()
        return self._state

    def seconds_to_next_try(self) -> float:
        """0 when an attempt would be let through now."""
        left = self._seconds_left_open()
        return self.PROBE_WAIT_SECONDS if self._state is BreakerState.HALF_OPEN and self._probing else left

    def _seconds_left_open(self) -> float:
        """Above 0 exactly while open: the clock is read once, so that no moment is both open and over."""
        if self._state is not BreakerState.OPEN:
            return 0.0
        left = self._open_seconds - (self._clock() - self._opened_at)
        if left <= 0:
            self._become(BreakerState.HALF_OPEN)
        return max(left, 0.0)

    def check(self) -> None:
        """Raise `Refused` if an attempt would not be let through now."""
        if (seconds := self.seconds_to_next_try()) > 0:
            raise Refused(seconds)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around one attempt: `LimsUnavailable` counts as a failure, every answer as a success.

        Raises `Refused` instead of running it when the breaker is open or a probe is under way.
        """
        self.check()
        epoch = self._epoch
        probe = self._state is BreakerState.HALF_OPEN
        self._probing = probe
        try:
            yield
        except LimsUnavailable:
            self._settle(epoch, failed=True)
            raise
        except LimsError:  # a business answer, or a strange one: the LIMS is there
            self._settle(epoch, failed=False)
            raise
        else:
            self._settle(epoch, failed=False)
        finally:
            if probe:  # nothing but a probe ends its half-open time, so the place is still its own
                self._probing = False

    def _settle(self, epoch: int, *, failed: bool) -> None:
        if epoch != self._epoch:
            return
        if self._state is BreakerState.HALF_OPEN:
            self._count += 1
            if failed:
                self._become(BreakerState.OPEN)
            elif self._count >= self._successes:
                self._become(BreakerState.CLOSED)
        else:
            self._count = self._count + 1 if failed else 0
            if self._count >= self._failures:
                self._become(BreakerState.OPEN)

    def _become(self, state: BreakerState) -> None:
        before, self._state = self._state, state
        self._count, self._probing = 0, False
        self._epoch += 1
        if state is BreakerState.OPEN:
            self._opened_at = self._clock()
        if self._on_change:
            self._on_change(before, state)
