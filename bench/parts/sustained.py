"""Five minutes of twenty orders and a hundred webhooks a second with two hundred open tabs: what grows meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable

from bench.filling import fill
from bench.goals import REPORTED, Goal
from bench.house import DUE, House
from bench.measuring import Sample, medians
from bench.memory import megabytes, open_files, threads
from bench.pages import ECP, LAB, SESSIONS
from bench.parts.submit import PATIENT
from bench.results import Result
from tests.support.running import ROOT

SECONDS = int(os.environ.get("BENCH_SUSTAINED_SECONDS", "300"))
TABS, JOBS, ORDERS = 200, 3_000, 6_000
FIRST_SEQUENCE = 1_000
EVERY_SECONDS = 5.0
CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
)
FIGURES = {
    "app memory": ("MB", 1.05), "worker memory": ("MB", 1.05), "app threads": ("", 1.0),
    "app open files": ("", 1.05), "worker open files": ("", 1.05), "database connections": ("", 1.1),
}  # fmt: skip
"""What must not grow, its unit, and how much the last minute's median may be of the second minute's."""


def measure(house: House) -> Iterable[Result]:
    """One run, however many rounds were asked for: it is five minutes long, and its last minute beside its second."""
    ils = house.ils
    ils.worker.stop()
    fill(ils.database_url, ORDERS)
    ils.start_worker()
    seen, said = _run(house)
    minute = max(1, round(len(seen) * 60 / SECONDS))
    before, after = medians(seen[minute : 2 * minute] or seen[:minute]), medians(seen[-minute:])
    for name, (unit, most) in FIGURES.items():
        goal = Goal(f"≤ {most} × the second minute", ratio_at_most=most)
        yield house.result(f"sustained: {name}, last minute beside the second", after[name], unit,
                           twin=before[name], goal=goal)  # fmt: skip
    queue = Goal("< 1,000 and none left behind", below=1_000)
    yield house.result("sustained: due jobs waiting, last minute", after["due jobs"], "", goal=queue)
    for name, limit in (("orders", 500), ("webhooks", 0)):
        sample = said[name]["sample"]
        quick = Goal(f"< {limit} ms", below=limit) if limit else REPORTED
        yield house.result(f"sustained: {name}, p99", sample["p99"], "ms", goal=quick)
        yield house.result(f"sustained: {name} that failed", sample["failed"], "", goal=Goal("none", below=1))


def _run(house: House) -> tuple[list[Sample], dict[str, dict[str, Sample]]]:
    """What was seen every few seconds, and what became of orders and webhooks."""
    ils = house.ils
    patient = str(ils.sql(PATIENT, ECP)[0][0])
    words = [ils.url, house.token(ECP, "api"), patient, ils.environ["LIMS_WEBHOOK_SECRET"], FIRST_SEQUENCE, JOBS,
             SECONDS, TABS]  # fmt: skip
    environ = {**os.environ, "BENCH_COOKIES": ",".join(house.token(LAB) for _ in range(SESSIONS))}
    command = [sys.executable, "-m", "bench.loads.sustained", *map(str, words)]
    seen: list[Sample] = []
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE) as load:
        assert load.stdout
        if load.stdout.readline() != b"open\n":
            raise RuntimeError("the tabs did not open")
        until = time.monotonic() + SECONDS
        while load.poll() is None and time.monotonic() < until:
            seen.append(_look(house))
            time.sleep(EVERY_SECONDS)
        last = load.stdout.read().splitlines()
    return seen, json.loads(last[-1])


def _look(house: House) -> Sample:
    ils = house.ils
    return {
        "app memory": megabytes(ils.app),
        "worker memory": megabytes(ils.worker),
        "app threads": threads(ils.app),
        "app open files": open_files(ils.app),
        "worker open files": open_files(ils.worker),
        "database connections": float(ils.sql(CONNECTIONS)[0][0]),
        "due jobs": float(ils.sql(DUE)[0][0]),
    }
