"""The figures of the last minutes: what was counted between then and now, and the times it took.

Prometheus keeps figures for months and for all processes; this keeps half an hour of them, for the people who have only
ILS's own page to look at.
"""

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from ils_app.kernel import live, log, metrics

EVERY_SECONDS: Final = 15.0
KEPT: Final = 121  # half an hour
TOPIC: Final = "system-health"

logger = log.get_logger(__name__)
Labels = frozenset[tuple[str, str]]
_kept: deque[tuple[float, dict[str, dict[Labels, float]]]] = deque(maxlen=KEPT)


@dataclass(frozen=True)
class Trend:
    """What was counted over so many seconds, and what stands now."""

    seconds: float
    then: Mapping[str, Mapping[Labels, float]] = field(repr=False)
    now: Mapping[str, Mapping[Labels, float]] = field(repr=False)

    def value(self, name: str, **labels: str) -> float:
        """A gauge, summed over whatever labels are not named."""
        return sum(_fitting(self.now.get(name, {}), labels).values())

    def more(self, name: str, **labels: str) -> float:
        """By how much a counter has grown. One that began anew counts from nought."""
        before, after = self.then.get(name, {}), _fitting(self.now.get(name, {}), labels)
        return sum(count - before.get(key, 0.0) if count >= before.get(key, 0.0) else count
                   for key, count in after.items())  # fmt: skip

    def quantile(self, share: float, name: str, **labels: str) -> float | None:
        """How long `share` of what a histogram saw took at most, in seconds; None when it saw nothing.

        As Prometheus reckons it: linear within a bucket; past the last bound, that bound.
        """
        bounds = sorted({float(dict(key)["le"]) for key in self.now.get(f"{name}_bucket", {})})
        counts = [self.more(f"{name}_bucket", **labels, le=_written(bound)) for bound in bounds]
        if not counts or counts[-1] <= 0:
            return None
        rank, below, floor = share * counts[-1], 0.0, 0.0
        for bound, count in zip(bounds, counts, strict=True):
            if count >= rank:
                if math.isinf(bound):
                    return floor
                inside = count - below
                return floor + (bound - floor) * ((rank - below) / inside if inside else 1.0)
            below, floor = count, bound
        return floor


async def trend(seconds: float = 900) -> Trend:
    """What happened in the last so many seconds, or since this process began to keep figures."""
    now, moment = await _read(), time.monotonic()
    began, then = next(((at, one) for at, one in _kept if moment - at <= seconds), (moment, now))
    return Trend(moment - began, then, now)


@contextlib.asynccontextmanager
async def kept() -> AsyncIterator[None]:
    """Keep figures every quarter of a minute while the block lasts, and tell this process's pages of it."""
    task = asyncio.create_task(_keep(), name="figures")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep() -> None:
    while True:
        _kept.append((time.monotonic(), await _read()))
        await live.tell_here(TOPIC)
        await asyncio.sleep(EVERY_SECONDS)


async def _read() -> dict[str, dict[Labels, float]]:
    read: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families((await metrics.told()).decode()):
        for sample in family.samples:
            read.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return read


def _fitting(samples: Mapping[Labels, float], labels: Mapping[str, str]) -> dict[Labels, float]:
    return {key: value for key, value in samples.items() if labels.items() <= dict(key).items()}


def _written(bound: float) -> str:
    """A bucket's bound as Prometheus's text format writes it."""
    return "+Inf" if math.isinf(bound) else repr(bound)
