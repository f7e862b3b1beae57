"""The results as a file that is kept, and as the table of `docs/performance.md`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- results: begin, written by `python -m bench` -->", "<!-- results: end -->"


@dataclass(frozen=True)
class Result:
    """One figure at one load. `ratio` is value over twin; `met` is None where there is no goal."""

    figure: str
    value: float
    unit: str
    twin: float | None
    ratio: float | None
    goal: str
    met: bool | None
    rounds: int
    machine: str
    date: str


def kept(path: Path = RESULTS) -> list[Result]:
    """The results of earlier runs."""
    if not path.is_file():
        return []
    return [Result(**entry) for entry in json.loads(path.read_text("utf-8"))]


def keep(fresh: Sequence[Result], *, drop: str, order: Sequence[str], path: Path = RESULTS) -> list[Result]:
    """Put fresh results in the place of those whose figure begins with `drop`; sorted by the parts' order."""
    rest = [one for one in kept(path) if not one.figure.startswith(drop)]
    place = {name: number for number, name in enumerate(order)}
    every = [*rest, *fresh]
    every.sort(key=lambda one: place.get(one.figure.partition(":")[0], len(place)))
    path.write_text(json.dumps([asdict(one) for one in every], indent=1, ensure_ascii=False) + "\n", "utf-8")
    return every


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table, with what they were taken on below it."""
    lines = ["| Figure | ILS | Bare twin | Ratio | Goal | Met |", "|---|--:|--:|--:|---|---|"]
    words = {True: "yes", False: "**no**", None: "—"}
    for one in results:
        twin = "—" if one.twin is None else _said(one.twin, one.unit)
        ratio = "—" if one.ratio is None else f"{one.ratio:.2f}"
        lines.append(
            f"| {one.figure} | {_said(one.value, one.unit)} | {twin} | {ratio} | {one.goal} | {words[one.met]} |"
        )
    taken = sorted({(one.date, one.machine, one.rounds) for one in results})
    lines += ["", *(f"Taken {date} on {machine}; medians of {rounds} rounds.  " for date, machine, rounds in taken)]
    return "\n".join(lines).rstrip()


def write_page(results: Sequence[Result], page: Path = PAGE) -> None:
    """Put the table between the markers of the page; what stands around them is written by hand and stays."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{table(results)}\n\n{END}{after}", "utf-8")


def _said(value: float, unit: str) -> str:
    """A value with its unit, with as many figures as mean something.

    >>> _said(1234.5, "ms"), _said(12.34, "/s"), _said(0.5678, "s")
    ('1,234 ms', '12.3 /s', '0.57 s')
    """
    figures = (
        f"{value:,.0f}"
        if abs(value) >= 100 or value == int(value)
        else f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
    )
    return f"{figures} {unit}".strip()
