"""Drill holes: DRILLE records, by eye, in the coordinates of the drawing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ils_app.optics.findings import Eye, Finding, Severity
from ils_app.optics.vca.fields import number
from ils_app.optics.vca.records import Document

MOST_HOLES = 64


@dataclass(frozen=True, slots=True)
class Hole:
    """A hole, or a slot from (x, y) to (end_x, end_y): millimetres from the reference, as seen from the front.

    `reference`: C box centre, E edge, B box. Only holes that count from the centre are drawn and checked.
    """

    eye: Eye
    reference: str
    x_mm: float
    y_mm: float
    diameter_mm: float
    end_x_mm: float
    end_y_mm: float
    depth_mm: float | None

    @property
    def slot(self) -> bool:
        """Whether it is longer than round."""
        return (self.x_mm, self.y_mm) != (self.end_x_mm, self.end_y_mm)

    @property
    def from_centre(self) -> bool:
        """Whether the place counts from the box centre."""
        return self.reference.startswith("C")


def holes(document: Document) -> tuple[dict[Eye, list[Hole]], list[Finding]]:
    """The holes by eye: B is the right lens and its mirror; holes of one eye alone are mirrored to the other."""
    found: dict[Eye, list[Hole]] = {Eye.RIGHT: [], Eye.LEFT: []}
    findings: list[Finding] = []
    count = 0
    for record in document.all("DRILLE"):
        fields = [one.strip().strip('"').strip() for one in record.text[:400].split(";")]
        if fields[0] in ("0", "", "?"):
            continue
        count += 1
        hole = _hole(fields) if count <= MOST_HOLES else None
        if hole is None:
            said = f"DRILLE={record.text[:60]} is no hole that can be read; it is kept as it came."
            if count <= MOST_HOLES + 1:
                findings.append(Finding("DRILL_FORM", Severity.WARN, said, None, "DRILLE"))
            continue
        if hole.eye is Eye.BOTH:
            found[Eye.RIGHT].append(replace(hole, eye=Eye.RIGHT))
            found[Eye.LEFT].append(_mirrored(hole, Eye.LEFT))
        else:
            found[hole.eye].append(hole)
        if not hole.from_centre:
            where = "edge" if hole.reference[:1] == "E" else "box"
            said = f"A hole is placed from the {where}: it is not drawn or checked."
            findings.append(Finding("DRILL_REFERENCE", Severity.INFO, said, None, "DRILLE"))
    for eye, other in ((Eye.RIGHT, Eye.LEFT), (Eye.LEFT, Eye.RIGHT)):
        if found[eye] and not found[other]:
            found[other] = [_mirrored(one, other) for one in found[eye]]
            break
    return found, findings


def _hole(fields: list[str]) -> Hole | None:
    eye = {"R": Eye.RIGHT, "L": Eye.LEFT, "B": Eye.BOTH}.get(fields[0].upper())
    x, y, diameter, end_x, end_y, depth = _numbers(fields[2:8])
    if eye is None or x is None or y is None or diameter is None or diameter <= 0:
        return None
    return Hole(eye, fields[1].upper()[:4] or "C", x, y, diameter,
                x if end_x is None else end_x, y if end_y is None else end_y, depth)  # fmt: skip


def _numbers(texts: list[str]) -> Iterator[float | None]:
    for text in texts + [""] * (6 - len(texts)):
        value = number(text)
        yield None if value is None else float(value)


def _mirrored(hole: Hole, eye: Eye) -> Hole:
    return replace(hole, eye=eye, x_mm=-hole.x_mm, end_x_mm=-hole.end_x_mm)
