"""A call through `lims_client` beside the same call with httpx alone."""

from __future__ import annotations

from collections.abc import Iterable

from bench.goals import Goal
from bench.house import House
from bench.results import Result

CALLS = 400
GOAL = Goal("≤ 1.1 × bare httpx", ratio_at_most=1.1)


def measure(house: House) -> Iterable[Result]:
    """Median milliseconds of one call, ours and bare, turn by turn in one process."""
    sandbox = house.sandbox
    for operation in ("validation", "job"):
        found = house.load("loads.lims_calls", sandbox.base_url, sandbox.api_key, operation, CALLS, house.rounds)
        yield from house.results(f"client: {operation} through lims_client", found, [("p50", "p50", "ms", GOAL)])
