"""How long lists, board and order page take, with ten thousand orders and with a million."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable

from bench.filling import fill
from bench.goals import Goal
from bench.house import House
from bench.results import Result
from ils_app.kernel import postgres
from tests.support.running import ROOT

SMALL, LARGE = 10_000, 1_000_000
CALLS = 60
QUICK = Goal("< 100 ms", below=100)
FLAT = Goal("≤ 1.2 ×", ratio_at_most=1.2)


def measure(house: House) -> Iterable[Result]:
    """95th percentiles of each door's call at both sizes, and how they grow."""
    server = postgres.temporary(house.folder / "postgres", durable=True)
    house.held.callback(server.stop)
    environ = {"DATABASE_URL": server.url, "ILS_HOME": str(house.folder)}
    subprocess.run([sys.executable, "-m", "ils_app", "migrate"], cwd=ROOT, env={**os.environ, **environ}, check=True,
                   capture_output=True)  # fmt: skip
    before: dict[str, float] = {}
    filled = 0
    for size in (SMALL, LARGE):
        seconds = fill(server.url, size, already=filled)
        filled = size
        yield house.result(f"lists: filling the database up to {size:,} orders", seconds, "s")
        found = house.load("loads.reading", size, CALLS, house.rounds, environ=environ)
        for name, both in found.items():
            yield from house.results(f"lists: {name}, {size:,} orders", both, [("p95", "p95", "ms", QUICK)])
            if name in before:
                yield house.result(f"lists: {name}, growth of p95", both["ours"]["p95"], "ms", twin=before[name],
                                   goal=FLAT)  # fmt: skip
            before[name] = both["ours"]["p95"]
