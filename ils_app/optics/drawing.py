"""Both lenses as SVG, in millimetres: shape, box, datum, centration, segment, blank, holes, thickness.

The front view (right lens on the left) is what labs print; the wearer's view is its mirror.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from ils_app.optics.findings import Eye
from ils_app.optics.geometry import Floats, Outline

_MARGIN_MM = 14.0
_RING_PIECES = 72
_SHAPE, _BOX, _CENTRE, _NEAR, _BLANK, _TEXT = "#1f2937", "#94a3b8", "#b91c1c", "#7c3aed", "#0369a1", "#475569"
_DEFAULT_DBL_MM = 18.0


class ViewFrom(StrEnum):
    """From where one looks: front (what labs print) or the wearer's side."""

    FRONT = "front"
    WEARER = "wearer"


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a lens from its box centre, mm: inset towards the nose, rise upward."""

    inset_mm: float
    rise_mm: float

    def on_page(self, eye: Eye) -> tuple[float, float]:
        """The same place as x and y of the front view: the nose is at +x of the right lens and −x of the left."""
        return -self.inset_mm if eye is Eye.LEFT else self.inset_mm, self.rise_mm


@dataclass(frozen=True, slots=True)
class Segment:
    """What is for reading: `flat` (chord and arc below), `round`, or `zone` (a progressive's near point).

    `top` is the middle of the upper edge, for a zone its middle; `width_mm` the chord or diameter.
    """

    kind: str
    top: Point
    width_mm: float


@dataclass(frozen=True, eq=False, slots=True)
class LensPicture:
    """One lens: its outline about the box centre and what is marked on it; what is None is not drawn.

    `thicknesses_mm` (n,): edge thickness at each point of the outline, for the heat ring. `slots`: start x, y, end x,
    y and diameter of each hole as seen from the front. `estimated`: the outline is a stand-in, and what is measured on
    it is labelled as an estimate.
    """

    eye: Eye
    outline: Outline
    cross: Point | None = None
    optical_centre: Point | None = None
    segment: Segment | None = None
    blank_mm: float | None = None
    prism_base_deg: float | None = None
    slots: Sequence[tuple[float, float, float, float, float]] = ()
    thicknesses_mm: Floats | None = None
    estimated: bool = False


def svg(lenses: Sequence[LensPicture], dbl_mm: float | None, *, view: ViewFrom = ViewFrom.FRONT) -> str:
    """The drawing of one or two lenses; viewBox in mm, y flipped once, on the outer group."""
    bridge = _DEFAULT_DBL_MM if dbl_mm is None else dbl_mm
    places = {one.eye: _place_mm(one, bridge) for one in lenses}
    side = -1 if view is ViewFrom.WEARER else 1
    reach = [_reach(one) for one in lenses]
    half = max([abs(places[one.eye]) + wide for one, (wide, _) in zip(lenses, reach, strict=True)], default=40.0)
    high = max([tall for _, tall in reach], default=30.0)
    half, high = half + _MARGIN_MM, high + _MARGIN_MM
    size = f'viewBox="{-half:.2f} {-high:.2f} {2 * half:.2f} {2 * high:.2f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif" fill="none">',
        f"<title>Lenses, {view.value} view</title>",
        f'<g transform="scale({side},-1)" stroke-width="0.3">',
    ]
    for one in lenses:
        parts.append(f'<g transform="translate({places[one.eye]:.2f},0)" data-eye="{one.eye.value}">')
        parts += _lens(one)
        parts.append("</g>")
    parts.append(f'</g><g fill="{_TEXT}" font-size="3" text-anchor="middle">')
    parts += _words(lenses, places, side, dbl_mm, high)
    parts.append("</g></svg>")
    return "\n".join(parts)


def _place_mm(lens: LensPicture, dbl_mm: float) -> float:
    away = (dbl_mm + lens.outline.box.a_mm) / 2
    return away if lens.eye is Eye.LEFT else -away


def _reach(lens: LensPicture) -> tuple[float, float]:
    """How far a lens's drawing goes from its box centre, sideways and up or down."""
    box = lens.outline.box
    wide, high = box.a_mm / 2, box.b_mm / 2
    circle = lens.outline.ed_mm / 2
    if lens.blank_mm is not None:
        centre = lens.optical_centre or Point(0.0, 0.0)
        wide = max(wide, lens.blank_mm / 2 + abs(centre.inset_mm))
        high = max(high, lens.blank_mm / 2 + abs(centre.rise_mm))
    return max(wide, circle), max(high, circle)


def _lens(lens: LensPicture) -> Iterator[str]:
    box, eye = lens.outline.box, lens.eye
    half_a, half_b = box.a_mm / 2, box.b_mm / 2
    yield (f'<g stroke="{_BOX}"><rect class="box" x="{-half_a:.2f}" y="{-half_b:.2f}" width="{box.a_mm:.2f}" '
           f'height="{box.b_mm:.2f}" stroke-dasharray="1.5 1"/>'
           f'<path class="datum" d="M{-half_a - 3:.2f} 0H{half_a + 3:.2f}"/>'
           f'<circle class="ed" r="{lens.outline.ed_mm / 2:.2f}" stroke-dasharray="0.5 1"/></g>')  # fmt: skip
    if lens.blank_mm is not None:
        x, y = (lens.optical_centre or Point(0.0, 0.0)).on_page(eye)
        yield f'<circle class="blank" cx="{x:.2f}" cy="{y:.2f}" r="{lens.blank_mm / 2:.2f}" stroke="{_BLANK}"/>'
    yield f'<polygon class="outline" points="{_points(lens.outline)}" stroke="{_SHAPE}" stroke-width="0.5"/>'
    if lens.thicknesses_mm is not None:
        yield from _heat_ring(lens.outline, lens.thicknesses_mm)
    if lens.segment is not None:
        yield _segment(lens.segment, eye)
    if lens.cross is not None:
        x, y = lens.cross.on_page(eye)
        yield (f'<path class="cross" d="M{x - 3:.2f} {y:.2f}h6M{x:.2f} {y - 3:.2f}v6" stroke="{_CENTRE}"/>')
    if lens.optical_centre is not None:
        x, y = lens.optical_centre.on_page(eye)
        yield f'<circle class="oc" cx="{x:.2f}" cy="{y:.2f}" r="0.8" fill="{_CENTRE}"/>'
        if lens.prism_base_deg is not None:
            yield _arrow(x, y, lens.prism_base_deg)
    for start_x, start_y, end_x, end_y, diameter in lens.slots:
        # a line of no length has no direction: a hair of it makes the round cap show everywhere
        yield (f'<path class="hole" d="M{start_x:.2f} {start_y:.2f}L{end_x + 0.001:.3f} {end_y:.2f}" stroke="{_SHAPE}" '
               f'stroke-linecap="round" stroke-width="{diameter:.2f}"/>')  # fmt: skip


def _points(outline: Outline) -> str:
    flat = (outline.points_mm - outline.box.centre_mm).ravel().tolist()
    return ("%.2f,%.2f " * (len(flat) // 2) % tuple(flat)).rstrip()


def _heat_ring(outline: Outline, thicknesses_mm: Floats) -> Iterator[str]:
    """The outline again, a little inside, coloured from the thinnest (green) to the thickest (red)."""
    points = (outline.points_mm - outline.box.centre_mm) * 0.96
    count = len(points)
    if len(thicknesses_mm) != count or not bool(np.isfinite(thicknesses_mm).all()):
        return
    low, high = float(thicknesses_mm.min()), float(thicknesses_mm.max())
    bounds = [round(piece * count / _RING_PIECES) for piece in range(_RING_PIECES + 1)]
    yield f'<g class="thickness" stroke-width="1.4" data-least="{low:.2f}" data-most="{high:.2f}">'
    for start, end in pairwise(bounds):
        middle = float(thicknesses_mm[(start + end) // 2 % count])
        share = (middle - low) / (high - low) if high > low else 0.0
        (x, y), (to_x, to_y) = points[start % count].tolist(), points[end % count].tolist()
        yield f'<path d="M{x:.2f} {y:.2f}L{to_x:.2f} {to_y:.2f}" stroke="hsl({120 * (1 - share):.0f},70%,42%)"/>'
    yield "</g>"


def _segment(segment: Segment, eye: Eye) -> str:
    x, y = segment.top.on_page(eye)
    radius = segment.width_mm / 2
    if segment.kind == "flat":
        drawn = f"M{x - radius:.2f} {y:.2f}H{x + radius:.2f}A{radius:.2f} {radius:.2f} 0 0 0 {x - radius:.2f} {y:.2f}Z"
        return f'<path class="segment" d="{drawn}" stroke="{_NEAR}"/>'
    middle = y - radius if segment.kind == "round" else y
    return f'<circle class="segment" cx="{x:.2f}" cy="{middle:.2f}" r="{radius:.2f}" stroke="{_NEAR}"/>'


def _arrow(x: float, y: float, base_deg: float) -> str:
    angle = math.radians(base_deg)
    to_x, to_y = x + 7 * math.cos(angle), y + 7 * math.sin(angle)
    ends = [(to_x - 2 * math.cos(angle + turn), to_y - 2 * math.sin(angle + turn)) for turn in (-0.5, 0.5)]
    barbs = "".join(f"M{to_x:.2f} {to_y:.2f}L{end_x:.2f} {end_y:.2f}" for end_x, end_y in ends)
    return f'<path class="prism" d="M{x:.2f} {y:.2f}L{to_x:.2f} {to_y:.2f}{barbs}" stroke="{_NEAR}"/>'


def _words(
    lenses: Iterable[LensPicture], places: dict[Eye, float], side: int, dbl_mm: float | None, high: float
) -> Iterator[str]:
    """Labels, outside the flipped group so that they stand upright."""
    for one in lenses:
        box, nose = one.outline.box, -1 if one.eye is Eye.LEFT else 1
        x, half_a, half_b = side * places[one.eye], box.a_mm / 2, box.b_mm / 2
        nasal = side * nose
        yield f'<text x="{x:.2f}" y="{-high + 5:.2f}" font-size="5">{one.eye.value}</text>'
        sure = " (estimate)" if one.estimated else ""
        sizes = f"A {box.a_mm:.1f}  B {box.b_mm:.1f}  ED {one.outline.ed_mm:.1f}{sure}"
        sizes += "" if one.blank_mm is None else f"  blank {one.blank_mm:.1f}{sure}"
        yield f'<text x="{x:.2f}" y="{high - 3:.2f}">{sizes}</text>'
        yield f'<text x="{x + nasal * (half_a - 6):.2f}" y="{half_b + 3.5:.2f}" font-size="2.4">NASAL</text>'
        yield f'<text x="{x - nasal * (half_a - 6):.2f}" y="{half_b + 3.5:.2f}" font-size="2.4">TEMP</text>'
        if one.thicknesses_mm is not None and len(one.thicknesses_mm):
            thin, thick = float(one.thicknesses_mm.min()), float(one.thicknesses_mm.max())
            yield f'<text x="{x:.2f}" y="{high - 7:.2f}">edge {thin:.1f} to {thick:.1f}</text>'
    if dbl_mm is not None:
        yield f'<text x="0" y="-1.5">DBL {dbl_mm:.1f}</text>'
