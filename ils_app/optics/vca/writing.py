"""Writing a complete job file for a lab machine from an order, and reading the order back from such a file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ils_app.optics.findings import Eye, Finding, OpticsError, Severity
from ils_app.optics.vca import codecs
from ils_app.optics.vca.drills import Hole
from ils_app.optics.vca.fields import Frame, Job, Lens, Prescription
from ils_app.optics.vca.file import VcaFile
from ils_app.optics.vca.packets import ESC
from ils_app.optics.vca.traces import Trace

LONGEST_LINE = 80
_RADII_A_LINE = 10
_BINARY_A_LINE = 64
_VERSION = "3.12"
_END = b"\r\n"
Value = Decimal | float | int | str | None

# The records of an order in the order in which they are written: what stands once, and what has a value for each eye.
# What a machine says of itself or of a session (DEV, REQ, STATUS …) is no order's.
OF_JOB = {name: Job.names()[name] for name in (
    "job", "account", "account_name", "eyes", "remark", "dbl_mm", "frame_pd_mm", "frame_type", "edge_type",
    "frame_maker", "frame_name", "bevel_position", "polish",
)}  # fmt: skip
BY_EYE = Prescription.names() | Lens.names() | Frame.names()


@dataclass(frozen=True)
class VcaOrder:
    """An order as its records: values by the names of the typed access, and the traced shape.

    `job` for what stands once; `right` and `left` for prescription, lens and frame of each eye. `radii` by eye in
    hundredths of a millimetre at equal angles.
    """

    job: dict[str, Value] = field(default_factory=dict)
    right: dict[str, Value] = field(default_factory=dict)
    left: dict[str, Value] = field(default_factory=dict)
    radii: dict[Eye, tuple[int, ...]] = field(default_factory=dict)
    holes: tuple[Hole, ...] = ()


def write(order: VcaOrder, *, form: int = 1) -> bytes:
    """The order as a VCA file, lines of at most 80 bytes; traces in format 1 (ASCII) or 4 (packed).

    Raises OpticsError for a value that no record can hold, a name that has no record and any other format.
    """
    if form not in (1, 4):
        raise _refused(f"Traces are written in format 1 or 4, not {form}.", "TRCFMT")
    for group, records in ((order.job, OF_JOB), (order.right, BY_EYE), (order.left, BY_EYE)):
        unknown = [name for name, value in group.items() if value is not None and name not in records]
        if unknown:
            raise _refused(f"No record of an order holds {', '.join(unknown)}.", unknown[0])
    lines = [b"OMAV=" + _VERSION.encode()]
    for name, one in OF_JOB.items():
        if order.job.get(name) is not None:
            lines += _remarks(str(order.job[name])) if one.label == "REM" else [_line(one.label, [order.job[name]])]
    for name, one in BY_EYE.items():
        right, left = order.right.get(name), order.left.get(name)
        if right is not None or left is not None:
            lines.append(_line(one.label, [right, left]))
    lines += [_drilled(hole) for hole in order.holes]
    for eye, radii in order.radii.items():
        lines.append(b"TRCFMT=%d;%d;E;%s;F" % (form, len(radii), eye.value.encode()))
        lines += _ascii(radii) if form == 1 else _packed(radii)
    return b"".join([line + _END for line in lines])


def order_of(file: VcaFile) -> VcaOrder:
    """The order that a file holds; what `write` wrote comes back the same."""
    sides = []
    for eye in (Eye.RIGHT, Eye.LEFT):
        views = (file.prescription(eye), file.lens(eye), file.frame(eye))
        sides.append({name: value for view in views for name, value in view.as_dict().items()})
    job = {name: value for name, value in Job(file.records).as_dict().items() if name in OF_JOB}
    if "remark" in job:
        job["remark"] = " ".join(one.text for one in file.document.all("REM"))
    radii = {eye: radii_of(trace) for eye, trace in file.traces.items()
             if trace.outline is not None and not trace.mirrored}  # fmt: skip
    holes = tuple(hole for of_eye in file.holes.values() for hole in of_eye)
    return VcaOrder(job, sides[0], sides[1], radii, holes)  # type: ignore[arg-type]


def radii_of(trace: Trace) -> tuple[int, ...]:
    """A trace's radii in hundredths of a millimetre at equal angles.

    What stands at unequal angles is read off the outline, from the box centre: its radii alone are another shape.
    """
    outline, radii_mm = trace.outline, trace.radii_mm
    assert outline is not None
    if radii_mm is None or trace.angles_deg is not None:
        radii_mm = outline.radii_at(trace.held)
    return tuple(round(one * 100) for one in radii_mm.tolist())


def _remarks(text: str) -> list[bytes]:
    """A remark on as many lines as it takes, broken between words."""
    room = LONGEST_LINE - len("REM=")
    parts: list[str] = []
    for width in range(room, room // 4 - 1, -1):  # a letter is one to four bytes
        parts = textwrap.wrap(text, width, break_on_hyphens=False)
        if all(len(one.encode()) <= room for one in parts):
            break
    return [_line("REM", [one]) for one in parts]


def _line(label: str, values: Sequence[Value]) -> bytes:
    fields = [_text(label, one) for one in values]
    line = f"{label}={';'.join(fields)}".encode()
    if len(line) > LONGEST_LINE and len(set(fields)) == 1:  # one value is both eyes'
        line = f"{label}={fields[0]}".encode()
    if len(line) > LONGEST_LINE:
        raise _refused(f"{label} would take {len(line)} bytes; a record has at most {LONGEST_LINE}.", label)
    return line


def _text(label: str, value: Value) -> str:
    """A value as its field: powers and lengths with two places, whole numbers and words as they are."""
    if value is None:
        return ""
    if isinstance(value, (Decimal, float)):
        number = Decimal(str(value))
        if not number.is_finite() or not -1_000_000 < number < 1_000_000:
            raise _refused(f"{label} cannot be {value}.", label)
        if label in ("AX", "PRVA") and number == number.to_integral_value():
            return str(int(number))
        exponent = number.as_tuple().exponent
        places = min(max(2, -exponent if isinstance(exponent, int) else 2), 4)
        return str(number.quantize(Decimal(1).scaleb(-places)) + 0)
    said = str(value).strip()
    if any(mark in said for mark in ';"\r\n') or any(mark < " " for mark in said) or said == "?":
        raise _refused(f"{label} cannot hold “{said[:20]}”: a record has no semicolon, quote or line break.", label)
    return said


def _drilled(hole: Hole) -> bytes:
    places = (hole.x_mm, hole.y_mm, hole.diameter_mm, hole.end_x_mm, hole.end_y_mm)
    said = ";".join(f"{one:.2f}" for one in places)
    depth = "0" if hole.depth_mm is None else f"{hole.depth_mm:g}"
    return f"DRILLE={hole.eye.value};{hole.reference};{said};{depth}".encode()


def _ascii(radii: Sequence[int]) -> Iterator[bytes]:
    for at in range(0, len(radii), _RADII_A_LINE):
        yield b"R=" + ";".join([str(one) for one in radii[at : at + _RADII_A_LINE]]).encode()


def _packed(radii: Iterable[int]) -> Iterator[bytes]:
    """Packed radii in lines; an escape and the byte that it escapes stay on one line."""
    data = codecs.encode(4, list(radii))
    at = 0
    while at < len(data):
        end = at + _BINARY_A_LINE
        if data[end - 1 : end] == ESC:
            end -= 1
        yield b"R=" + data[at:end]
        at = end


def _refused(said: str, label: str) -> OpticsError:
    return OpticsError(Finding("VCA_WRITE", Severity.ERROR, said, None, label, "Shorten or correct the value."))
