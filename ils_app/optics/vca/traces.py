"""Traces: the shape of each eye, decoded from a file's datasets, with what could not be decoded said."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ils_app.optics.findings import Eye, Finding, Severity
from ils_app.optics.geometry import Floats, Outline
from ils_app.optics.vca.codecs import MOST_POINTS, NotNumbers, decode
from ils_app.optics.vca.datasets import Dataset, Gathered, Head

LEAST_POINTS = 36
_WORDS = {Eye.RIGHT: "right", Eye.LEFT: "left", Eye.BOTH: "right and left"}


@dataclass(frozen=True, eq=False)
class Trace:
    """One eye's shape as its dataset has it.

    `radii_mm` (n,) from the trace's origin; `angles_deg` (n,) when they are unequal; `outline` None when the data are
    opaque or broken. `mirrored`: made from the other eye. `thickness`: a ring of edge thicknesses came with the radii.
    """

    eye: Eye
    head: Head
    held: int = 0
    radii_mm: Floats | None = None
    angles_deg: Floats | None = None
    outline: Outline | None = None
    opaque: bool = False
    mirrored: bool = False
    thicknesses_mm: Floats | None = None


@dataclass(slots=True)
class Shapes:
    """The traces and thickness rings of a file by eye, and what was found while decoding them."""

    traces: dict[Eye, Trace]
    rings: dict[Eye, Trace]
    findings: list[Finding]


def shapes(gathered: Gathered, vendor: str, *, asking: bool) -> Shapes:
    """The shapes of the datasets. `vendor` is VEN; `asking`: the file negotiates formats and need hold no data."""
    found = Shapes({}, {}, [])
    for dataset in gathered.datasets:
        ring = dataset.head.label == "STHKFMT"
        if dataset.head.form == 0 or (asking and "R" not in dataset.lines):
            continue
        _decode(dataset, vendor, found, found.rings if ring else found.traces)
    if gathered.orphans:
        said = f"{gathered.orphans} lines of radii belong to no trace: TRCFMT is missing before them or was closed."
        found.findings.append(_error("TRC_ORPHAN_R", said, None, "Export the trace again."))
    if gathered.left_out:
        said = f"{gathered.left_out} datasets beyond the first {len(gathered.datasets)} are kept and not read."
        found.findings.append(Finding("VCA_DATASETS", Severity.WARN, said))
    _other_eye(found.traces, found.findings)
    _other_eye(found.rings, [])
    return found


def _decode(dataset: Dataset, vendor: str, found: Shapes, into: dict[Eye, Trace]) -> None:
    head = dataset.head
    if head.side is None or head.form is None:
        said = f"{head.label}={head.said} does not say its format, or whether it is the right eye, the left or both."
        found.findings.append(_error("TRC_FORMAT", said, None, "Export the trace again, as VCA format 1.", head.label))
        return
    trace = _trace(dataset, head.side, vendor, found.findings)
    for eye in (Eye.RIGHT, Eye.LEFT) if head.side is Eye.BOTH else (head.side,):
        known = into.get(eye)
        if known is not None and (known.outline is not None or trace.outline is None):
            said = f"The file holds a second {head.label} for the {_WORDS[eye]} eye; the first one counts."
            found.findings.append(Finding("TRC_TWICE", Severity.WARN, said, eye, head.label))
            continue
        into[eye] = _turned(trace) if head.side is Eye.BOTH and eye is Eye.LEFT else replace(trace, eye=eye)


def _trace(dataset: Dataset, eye: Eye, vendor: str, findings: list[Finding]) -> Trace:
    head = dataset.head
    bare = Trace(eye, head)
    try:
        radii = _numbers(dataset, "R", head.points, vendor)
        if radii is None:
            findings.append(_opaque(head, vendor, eye))
            return replace(bare, opaque=True)
        held = len(radii)
        if not _count(head, held, eye, findings):
            return replace(bare, held=held)
        angles = _angles(dataset, vendor, held, eye, findings)
        if angles is None and head.mode == "U":
            return replace(bare, held=held)
        depths = _depths(dataset, vendor, held, angles, eye, findings)
        ring = _ring(dataset, vendor, held, eye, findings)
    except NotNumbers as error:
        said = f"The trace of the {_WORDS[eye]} eye holds “{error}” where a number belongs."
        findings.append(_error("TRC_NAN", said, eye, "Trace the frame again.", head.label))
        return bare
    radii_mm = np.array(radii) / 100.0
    return replace(bare, held=held, radii_mm=radii_mm, angles_deg=angles, thicknesses_mm=ring,
                   outline=Outline.from_radii(radii_mm, angles, depths))  # fmt: skip


def _numbers(dataset: Dataset, label: str, points: int | None, vendor: str) -> list[float] | None:
    lines = dataset.lines.get(label, ())
    huvitz = vendor.upper().startswith("HUV")
    return decode(dataset.form_of(label), lines, points, huvitz=huvitz) if lines else []


def _degrees(dataset: Dataset, label: str, points: int | None, vendor: str) -> Floats:
    """The angles of `A` or `ZA` in degrees; none when the dataset holds none."""
    angles = np.array(_numbers(dataset, label, points, vendor) or [], dtype=np.float64) / 100.0
    if dataset.form_of(label) in (2, 3, 4):
        angles[angles < 0] += 655.36  # sixteen bits without a sign: an angle is never negative
    return angles


def _count(head: Head, held: int, eye: Eye, findings: list[Finding]) -> bool:
    """Whether there are enough points, and not too many; says so when they are not those declared."""
    declared = "any number of" if head.points is None else f"{head.points:,}"
    said = f"The {_WORDS[eye]} eye's {head.label} declares {declared} points and holds {held:,}"
    if held > MOST_POINTS:
        said = f"The {_WORDS[eye]} eye's {head.label} holds more than {MOST_POINTS:,} points."
        findings.append(_error("TRC_COUNT", said, eye, "Export it with fewer points.", head.label))
    elif held < LEAST_POINTS:
        said += f"; a shape needs at least {LEAST_POINTS}."
        findings.append(_error("TRC_COUNT", said, eye, "Trace the frame again.", head.label))
    elif head.points is not None and head.points != held:
        findings.append(Finding("TRC_COUNT", Severity.WARN, f"{said}.", eye, head.label,
                                "Look at the drawing; trace again when it is not the frame's shape."))  # fmt: skip
    return LEAST_POINTS <= held <= MOST_POINTS


def _angles(dataset: Dataset, vendor: str, held: int, eye: Eye, findings: list[Finding]) -> Floats | None:
    """Unequal angles in degrees, rising from their first; None for equal ones and for such as cannot be used."""
    if dataset.head.mode != "U":
        return None
    angles = _degrees(dataset, "A", held, vendor)
    wrong = _angles_wrong(angles, held)
    if wrong:
        findings.append(_error("TRC_ANGLES", f"The angles of the {_WORDS[eye]} eye's trace {wrong}.", eye,
                               "Trace the frame again.", "A"))  # fmt: skip
        if len(angles) == held and bool(np.isfinite(angles).all()):
            _crossing(np.array(_numbers(dataset, "R", held, vendor)), angles, eye, findings)
        return None
    return angles


def _angles_wrong(angles: Floats, held: int) -> str:
    if len(angles) != held:
        return f"are {len(angles):,} for {held:,} radii"
    steps = np.diff(angles)
    steps[np.flatnonzero(steps < 0)[:1]] += 360.0  # a trace may begin anywhere: its angles pass 360 once
    span = float(steps.sum())
    if (steps <= 0).any():
        return "do not rise from point to point"
    if span > 360.0:
        return f"go round {span:.1f}° instead of once"
    if 360.0 - span > max(10.0, 4 * span / held) or float(steps.max()) > max(10.0, 4 * span / held):
        return "do not go all the way round"
    return ""


def _crossing(radii: Floats, angles: Floats, eye: Eye, findings: list[Finding]) -> None:
    if Outline.from_radii(radii / 100.0, angles).crosses_itself():
        said = f"The outline of the {_WORDS[eye]} eye crosses itself."
        findings.append(_error("TRC_SELFCROSS", said, eye, "Trace the frame again.", "R"))


def _depths(
    dataset: Dataset, vendor: str, held: int, angles: Floats | None, eye: Eye, findings: list[Finding]
) -> Floats | None:
    """Depths in mm at each point of the trace; read between the points when they stand at other angles."""
    points = dataset.depths.points if dataset.depths is not None else held
    numbers = _numbers(dataset, "Z", points, vendor)
    if not numbers:
        return None
    depths = np.array(numbers) / 100.0
    own = _degrees(dataset, "ZA", points, vendor)
    if len(depths) < 3 or len(depths) > MOST_POINTS or (len(own) and len(own) != len(depths)):
        said = f"The depths of the {_WORDS[eye]} eye's trace do not fit it and are not used."
        findings.append(Finding("TRC_DEPTHS", Severity.WARN, said, eye, "Z"))
        return None
    if len(depths) == held and not len(own):
        return depths
    at = angles if angles is not None else np.arange(held) * (360.0 / held)
    from_deg = own if len(own) else np.arange(len(depths)) * (360.0 / len(depths))
    return np.interp(at, from_deg, depths, period=360.0)


def _ring(dataset: Dataset, vendor: str, held: int, eye: Eye, findings: list[Finding]) -> Floats | None:
    """The thicknesses of a ring, in mm, one a point."""
    if dataset.head.label != "STHKFMT":
        return None
    numbers = _numbers(dataset, "T", held, vendor) or []
    if len(numbers) == held:
        return np.array(numbers) / 100.0
    said = f"The thickness ring of the {_WORDS[eye]} eye holds {len(numbers):,} thicknesses for {held:,} radii."
    findings.append(Finding("THK_COUNT", Severity.WARN, said, eye, "T"))
    return None


def _other_eye(traces: dict[Eye, Trace], findings: list[Finding]) -> None:
    """A file with one eye's shape is a pair: the other is its mirror."""
    for eye, missing in ((Eye.RIGHT, Eye.LEFT), (Eye.LEFT, Eye.RIGHT)):
        if eye in traces and missing not in traces and traces[eye].outline is not None:
            traces[missing] = _turned(traces[eye])
            said = f"The file holds the {_WORDS[eye]} eye alone: {_WORDS[missing]} mirrored."
            findings.append(Finding("TRC_ONE_EYE", Severity.INFO, said, missing, "TRCFMT"))
            return


def _turned(trace: Trace) -> Trace:
    eye = Eye.LEFT if trace.eye in (Eye.RIGHT, Eye.BOTH) else Eye.RIGHT
    if trace.outline is None:
        return replace(trace, eye=eye)
    outline = trace.outline.mirrored()
    ring = trace.thicknesses_mm
    if ring is not None:
        ring = trace.outline.mirrored_values(ring)
    return replace(trace, eye=eye, mirrored=True, outline=outline, thicknesses_mm=ring,
                   radii_mm=np.hypot(*outline.points_mm.T), angles_deg=None)  # fmt: skip


def _opaque(head: Head, vendor: str, eye: Eye) -> Finding:
    whose = f"of {vendor[:20]}" if vendor else "of a maker the file does not name"
    said = (
        f"The trace of the {_WORDS[eye]} eye is in format {head.form} {whose}, which only its machines read: it is kept"
    )
    return Finding("TRC_OPAQUE", Severity.WARN, f"{said}, and passed on as it came.", eye, head.label,
                   "Export the trace in a standard format (1 to 4) to see and check it.")  # fmt: skip


def _error(code: str, said: str, eye: Eye | None, fix: str, field: str = "R") -> Finding:
    return Finding(code, Severity.ERROR, said, eye, field, fix)
