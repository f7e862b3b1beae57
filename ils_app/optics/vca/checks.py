"""What is checked of every trace: range, closure, steps, box, girth, the pair, dents, drill holes, bridge."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from ils_app.optics.findings import Eye, Finding, Severity
from ils_app.optics.geometry import Outline, difference_mm, mirror_difference_mm
from ils_app.optics.vca.drills import Hole
from ils_app.optics.vca.fields import Frame, Job, Records
from ils_app.optics.vca.traces import Trace

_FIX = "Trace the frame again."
_WORDS = {Eye.RIGHT: "right", Eye.LEFT: "left"}
_FULL_TRACE = 360  # steps and closure are limits of traces of a point a degree; a coarser one has longer steps
_ASYMMETRIC_MM = 0.3
_ED_ROUNDING_MM = 0.5


def trace_findings(traces: Mapping[Eye, Trace], records: Records) -> Iterator[Finding]:
    """What is wrong with the traces: each by itself, then the pair."""
    seen = [one for one in traces.values() if one.outline is not None]
    for trace in seen:
        if not trace.mirrored:
            yield from _radii(trace)
        if trace.eye in _WORDS and not trace.mirrored:
            yield from _against_declared(trace, Frame(records, trace.eye))
    right, left = traces.get(Eye.RIGHT), traces.get(Eye.LEFT)
    if right and left and right.outline and left.outline and not (right.mirrored or left.mirrored):
        yield from _pair(right.outline, left.outline)
    if not traces:
        yield Finding("TRC_NONE", Severity.INFO, "The file holds no trace.", None, "TRCFMT",
                      "Box sizes alone can be used, or send the frame.")  # fmt: skip


def _radii(trace: Trace) -> Iterator[Finding]:
    radii, eye = trace.radii_mm, trace.eye
    assert radii is not None
    assert trace.outline is not None
    whose = f"the {_WORDS[eye]} eye's trace"
    smallest, greatest = float(radii.min()), float(radii.max())
    if smallest <= 5.0 or greatest > 45.0:
        said = f"Radii of {whose} go from {smallest:.2f} to {greatest:.2f} mm; a lens has more than 5 and at most 45."
        yield Finding("TRC_RANGE", Severity.ERROR, said, eye, "R", _FIX)
        return
    coarse = max(1.0, _FULL_TRACE / len(radii))
    closure = abs(float(radii[0] - radii[-1]))
    if closure > 0.5 * coarse:
        said = f"The outline of {whose} does not close: its ends are {closure:.2f} mm apart."
        grave = Severity.ERROR if closure > 2.0 * coarse else Severity.WARN
        yield Finding("TRC_CLOSURE", grave, said, eye, "R", _FIX)
    steps = np.abs(np.diff(radii))
    if (step := float(steps.max())) > 1.0 * coarse:
        said = f"{whose.capitalize()} jumps {step:.2f} mm from point {int(steps.argmax()) + 1} to the next."
        yield Finding("TRC_SPIKE", Severity.WARN, said, eye, "R", "Look at the drawing; trace again if it shows.")
    if (dent := trace.outline.deepest_dent_mm()) > 1.0:
        said = f"The outline of {whose} is dented inward by {dent:.1f} mm; some edgers refuse such a shape."
        yield Finding("TRC_CONCAVE", Severity.WARN, said, eye, "R", "Ask the lab whether it can edge this shape.")


def _against_declared(trace: Trace, frame: Frame) -> Iterator[Finding]:
    outline, eye = trace.outline, trace.eye
    assert outline is not None
    whose = f"the {_WORDS[eye]} eye's trace"
    box = outline.box
    for name, label, declared, traced in (
        ("wide", "HBOX", frame.hbox_mm, box.a_mm),
        ("high", "VBOX", frame.vbox_mm, box.b_mm),
    ):
        if declared is not None and (apart := abs(traced - declared)) > 0.3:
            said = f"{whose.capitalize()} is {traced:.2f} mm {name}, the file says {label} {declared:.2f}."
            grave = Severity.HOLD if apart > 1.0 else Severity.WARN
            yield Finding("TRC_BOX", grave, said, eye, label, "Check that trace and frame belong together.")
    declared = frame.circumference_mm
    lengths = [one for one in (outline.circumference_mm, outline.circumference_3d_mm) if one is not None]
    if declared is not None and min(abs(one - declared) for one in lengths) > 1.0:
        said = f"The outline of {whose} is {lengths[-1]:.2f} mm long, the file says CIRC {declared:.2f}."
        yield Finding("TRC_CIRC", Severity.WARN, said, eye, "CIRC", "Check that trace and frame belong together.")
    ed = frame.ed_mm
    longer, diagonal = max(box.a_mm, box.b_mm), math.hypot(box.a_mm, box.b_mm)
    if ed is not None and not longer - _ED_ROUNDING_MM <= ed <= diagonal + _ED_ROUNDING_MM:
        said = f"The file says FED {ed:.2f}; a shape of this box has between {longer:.2f} and {diagonal:.2f} mm."
        yield Finding("TRC_ED", Severity.WARN, said, eye, "FED", "Go by the trace's own effective diameter.")
    size = frame.eye_size_mm
    if size is not None and abs(size - (frame.hbox_mm or box.a_mm)) > 10.0:
        said = f"The file says EYESIZ {size:.2f} for a shape {box.a_mm:.2f} mm wide; the trace counts."
        yield Finding("FRM_EYESIZ", Severity.INFO, said, eye, "EYESIZ")


def _pair(right: Outline, left: Outline) -> Iterator[Finding]:
    mean, most = mirror_difference_mm(right, left)
    if mean > 0.5 or most > 2.0:
        said = f"Right and left differ from each other's mirror by {mean:.2f} mm in the mean and {most:.2f} at most."
        grave = Severity.HOLD if mean > 2.0 else Severity.WARN
        yield Finding("TRC_RL", grave, said, Eye.BOTH, "R", "Trace both eyes again.")
    own, _ = mirror_difference_mm(right, right)
    if own > _ASYMMETRIC_MM and difference_mm(right, left)[0] < mean:
        said = "Right and left are the same shape where they should be mirrors: one eye was traced or copied twice."
        yield Finding("TRC_UNMIRRORED", Severity.HOLD, said, Eye.BOTH, "R", "Mirror the left eye, or trace it again.")


def drill_findings(holes: Mapping[Eye, Iterable[Hole]], traces: Mapping[Eye, Trace]) -> Iterator[Finding]:
    """Holes outside the outline or too near its edge; what was mirrored is said once."""
    for eye, of_eye in holes.items():
        trace = traces.get(eye)
        if trace is None or trace.outline is None:
            continue
        centre_x, centre_y = trace.outline.box.centre_mm
        for hole in of_eye:
            if not hole.from_centre:
                continue
            for x, y in {(hole.x_mm, hole.y_mm), (hole.end_x_mm, hole.end_y_mm)}:
                where = f"The {_WORDS[eye]} lens's hole at {x:.2f}, {y:.2f} mm"
                if not trace.outline.holds(centre_x + x, centre_y + y):
                    yield Finding("DRILL_OUTSIDE", Severity.HOLD, f"{where} lies outside the lens.", eye, "DRILLE",
                                  "Correct the drilling record.")  # fmt: skip
                elif (margin := trace.outline.distance_mm(centre_x + x, centre_y + y)) < 1.5:
                    yield Finding("DRILL_EDGE", Severity.WARN, f"{where} is {margin:.2f} mm from the edge.", eye,
                                  "DRILLE", "Holes need 1.5 mm to the edge, or the lens may break there.")  # fmt: skip


def bridge_findings(job: Job) -> Iterator[Finding]:
    """A bridge that no frame has."""
    dbl = job.dbl_mm
    if dbl is not None and not 8.0 <= dbl <= 30.0:
        said = f"The file says DBL {dbl:.2f} mm; frames have 8 to 30."
        yield Finding("FRM_DBL", Severity.WARN, said, None, "DBL", "Measure the bridge again.")
