"""`read FILE [--json]`: what a VCA/OMA file holds, what its shapes measure, and what is wrong with it."""

from __future__ import annotations

import argparse
import json
import sys
from decimal import Decimal
from pathlib import Path

from ils_app.optics.findings import Eye
from ils_app.optics.vca import VcaFile, read
from ils_app.optics.vca.file import MOST_BYTES
from ils_app.optics.vca.traces import Trace

_UNREADABLE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE and how to answer."""
    parser.add_argument("file", type=Path, help="a VCA/OMA file (.oma .vca .dat .trc .fil .tr)")
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def run(options: argparse.Namespace) -> int:
    """Print the answer. 0 when the file can be used, 1 when it is refused, 2 when it cannot be opened."""
    data = load(options.file)
    if data is None:
        return _UNREADABLE
    answer = described(read(data))
    print(json.dumps(answer, ensure_ascii=False, indent=1) if options.json else in_words(answer))
    return 1 if answer["status"] == "refused" else 0


def load(path: Path) -> bytes | None:
    """A file's bytes, as many as are looked at; None, with a word to stderr, when it cannot be opened."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        print(f"{path}: {error.strerror}", file=sys.stderr)
        return None


def described(file: VcaFile) -> dict[str, object]:
    """The file as plain values: lengths in mm, angles in degrees, powers in dioptres."""
    eyes = {eye.value: _of_trace(trace) for eye, trace in file.traces.items()}
    rx = {eye.value: _plain(file.prescription(eye).as_dict()) for eye in (Eye.RIGHT, Eye.LEFT)}
    return {
        "status": file.status,
        "eyes": {eye: eyes[eye] for eye in "RL" if eye in eyes},
        "dbl_mm": file.job.dbl_mm,
        "prescription": {eye: of_eye for eye, of_eye in rx.items() if of_eye} or None,
        "job": _plain(file.job.as_dict()),
        "frame": {eye.value: _plain(file.frame(eye).as_dict()) for eye in (Eye.RIGHT, Eye.LEFT)},
        "holes": {eye.value: len(holes) for eye, holes in file.holes.items()},
        "findings": [one.as_dict() for one in file.findings],
    }


def _of_trace(trace: Trace) -> dict[str, object]:
    outline, head = trace.outline, trace.head
    known: dict[str, object] = {
        "points": trace.held if outline is not None or not trace.opaque else None,
        "declared_points": head.points, "format": head.form, "mode": head.mode, "kind": head.kind or None,
        "opaque": trace.opaque, "mirrored": trace.mirrored,
    }  # fmt: skip
    measures = dict.fromkeys(_MEASURES) if outline is None else {
        "a_mm": outline.box.a_mm, "b_mm": outline.box.b_mm,
        "circumference_mm": outline.circumference_mm, "circumference_3d_mm": outline.circumference_3d_mm,
        "ed_mm": outline.ed_mm, "ed_axis_deg": outline.ed_axis_deg, "area_mm2": outline.area_mm2,
        "centre_x_mm": outline.box.centre_mm[0], "centre_y_mm": outline.box.centre_mm[1],
    }  # fmt: skip
    return known | {name: None if value is None else round(value, 4) + 0.0 for name, value in measures.items()}


_MEASURES = ("a_mm", "b_mm", "circumference_mm", "circumference_3d_mm", "ed_mm", "ed_axis_deg", "area_mm2",
             "centre_x_mm", "centre_y_mm")  # fmt: skip


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def in_words(answer: dict[str, object]) -> str:
    """The answer as lines to read."""
    lines = [f"status: {answer['status']}"]
    for part in ("eyes", "prescription"):
        of_part = answer[part]
        if isinstance(of_part, dict):
            for eye, values in of_part.items():
                known = [f"{name} {value}" for name, value in values.items() if value is not None]
                lines.append(f"{part} {eye}: {', '.join(known)}")
    lines.append(f"dbl_mm: {answer['dbl_mm']}")
    findings = answer["findings"]
    assert isinstance(findings, list)
    lines += [f"{one['severity']} {one['code']}{' ' + one['eye'] if one['eye'] else ''}: {one['message']}"
              for one in findings]  # fmt: skip
    return "\n".join(lines)
