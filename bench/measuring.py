"""Numbers from repeated work: percentiles of one round, medians over rounds, ours and the twin's in turns."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

Sample = dict[str, float]
"""What one round found, by name."""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 1) of the values does not exceed: the nearest rank.

    >>> percentile([10, 20, 30, 40], 0.5), percentile([10, 20, 30, 40], 0.99)
    (20, 40)
    """
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def medians(samples: Sequence[Sample]) -> Sample:
    """The median of each name over the rounds.

    >>> medians([{"p50": 1.0}, {"p50": 5.0}, {"p50": 2.0}])
    {'p50': 2.0}
    """
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


def in_turns(rounds: int, **measured: Callable[[], Sample]) -> dict[str, Sample]:
    """Medians of each, after as many rounds of all; who goes first changes with every round.

    What the machine does besides thus falls on all alike.
    """
    found: dict[str, list[Sample]] = {name: [] for name in measured}
    order = list(measured)
    for _ in range(rounds):
        for name in order:
            found[name].append(measured[name]())
        order = [*order[1:], order[0]]
    return {name: medians(samples) for name, samples in found.items()}


def spread(latencies_seconds: Sequence[float]) -> Sample:
    """Median, 95th and 99th percentile and worst of latencies, in milliseconds."""
    milliseconds = [seconds * 1000 for seconds in latencies_seconds]
    named = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "worst": 1.0}
    return {name: percentile(milliseconds, share) for name, share in named.items()}
