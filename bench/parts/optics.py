"""How long a VCA file of two 1,000-point traces takes to be read, checked and measured, and to be drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from bench.goals import Goal
from bench.house import House
from bench.measuring import Sample, in_turns, percentile
from bench.results import Result
from bench.twins import naive_vca
from ils_app.optics.drawing import svg
from ils_app.optics.vca import VcaFile, read
from ils_app.optics.vca.picture import pictures
from tests.support.shapes import oval, pair

POINTS, REPEATS = 1_000, 200
QUICK = Goal("< 3 ms", below=3)


def measure(house: House) -> Iterable[Result]:
    """Both figures, beside a parser that checks nothing and keeps nothing."""
    data = pair(oval(POINTS, nasal=2), head="DBL=18.00\r\nIPD=31.5;32\r\nSEGHT=18\r\n")
    text = data.decode()
    file, shapes = read(data), naive_vca.read(text)
    found = in_turns(
        house.rounds,
        ours=lambda: {"read": _milliseconds(lambda: _measured(data)), "draw": _milliseconds(lambda: _drawn(file))},
        twin=lambda: _twin(text, shapes),
    )
    lines = [
        ("read", "2 × 1,000 points read, checked and measured, p50", "ms", QUICK),
        ("draw", "drawn, p50", "ms", QUICK),
    ]
    yield from house.results("optics:", found, lines)


def _twin(text: str, shapes: dict[str, tuple[naive_vca.Shape, float, float, float]]) -> Sample:
    return {
        "read": _milliseconds(lambda: naive_vca.read(text)),
        "draw": _milliseconds(lambda: naive_vca.draw(shapes)),
    }


def _measured(data: bytes) -> None:
    for trace in read(data).traces.values():
        assert trace.outline is not None
        outline = trace.outline
        _ = outline.box, outline.ed_mm, outline.circumference_mm, outline.area_mm2


def _drawn(file: VcaFile) -> str:
    return svg(pictures(file), file.job.dbl_mm)


def _milliseconds(work: Callable[[], object]) -> float:
    """The median of many times, so that what else the machine does does not count."""
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return percentile(taken, 0.5)
