"""Many at once: a number of callers, each asking again as soon as it was answered, until enough was asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bench.measuring import Sample, spread

Answer = TypeVar("Answer")


@dataclass
class Crowd(Generic[Answer]):
    """What a crowd found: how long each answer took, in seconds, the answers, and what went wrong instead."""

    latencies: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lasted: float = 0.0

    def sample(self) -> Sample:
        """Percentiles in milliseconds, answers per second, seconds until the last one, and how many calls failed."""
        rates = {"per_second": len(self.latencies) / self.lasted, "last": self.lasted, "failed": len(self.failures)}
        return {**spread(self.latencies), **rates}


async def crowd(callers: Sequence[Callable[[], Awaitable[Answer]]], times: int) -> Crowd[Answer]:
    """Let every caller call, all beginning at once, until there were this many calls."""
    found: Crowd[Answer] = Crowd()
    left = times

    async def one(call: Callable[[], Awaitable[Answer]]) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            began = time.perf_counter()
            try:
                found.answers.append(await call())
            except Exception as error:  # under load a call may fail: that is a finding, and the others go on
                found.failures.append(f"{type(error).__name__}: {error}"[:200])
            else:
                found.latencies.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one(call) for call in callers))
    found.lasted = time.perf_counter() - began
    return found
