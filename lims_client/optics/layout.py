"""Where a lens sits in its frame: decentration, the smallest blank, heights and corridors, in millimetres."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum

Point = tuple[float, float]

CRIB_MM = 2.0
CRIB_UNCUT_MM = 3.0
"""What a blank has over the lens it becomes: cut at the lab, or sent uncut."""


def inset_mm(a_mm: float, dbl_mm: float, monocular_pd_mm: float) -> float:
    """How far towards the nose the optical centre lies from the box centre: (A + DBL)/2 − monocular PD.

    >>> inset_mm(51.0, 20.0, 31.0)
    4.5
    """
    return (a_mm + dbl_mm) / 2 - monocular_pd_mm


def rise_mm(height_mm: float, b_mm: float) -> float:
    """How far above the box centre a height from the lower box tangent lies: height − B/2.

    >>> round(rise_mm(22.0, 39.01), 3)
    2.495
    """
    return height_mm - b_mm / 2


def decentration_mm(inset: float, rise: float) -> float:
    """The whole way from the box centre to the optical centre: √(inset² + rise²).

    >>> decentration_mm(3.0, 4.0)
    5.0
    """
    return math.hypot(inset, rise)


def frame_pd_mm(a_right_mm: float, a_left_mm: float, dbl_mm: float) -> float:
    """The distance between the box centres: DBL and the mean of both A.

    >>> frame_pd_mm(52.0, 52.4, 18.0)
    70.2
    """
    return dbl_mm + (a_right_mm + a_left_mm) / 2


def minimum_cut_mm(outline: Iterable[Point], centre: Point) -> float:
    """The diameter of the smallest circle about the optical centre that holds the outline: 2·max|p − OC|.

    >>> minimum_cut_mm([(25, 20), (-25, 20), (-25, -20), (25, -20)], (5, 0))
    72.11102550927978
    """
    return 2 * max(math.hypot(x - centre[0], y - centre[1]) for x, y in outline)


def minimum_blank_mm(outline: Iterable[Point], centre: Point, crib_mm: float = CRIB_MM) -> float:
    """The smallest blank for a traced outline: the smallest circle and the crib allowance.

    Source: R. Shanbaum (Ocuco), *How big is big enough*: with a trace, use the algorithm.

    >>> round(minimum_blank_mm([(25, 20), (-25, 20), (-25, -20), (25, -20)], (5, 0)), 2)
    74.11
    """
    return minimum_cut_mm(outline, centre) + crib_mm


def blank_by_rule_mm(ed_mm: float, decentration: float, crib_mm: float = CRIB_MM) -> float:
    """The blank without a trace: ED + 2 decentrations + allowance; never short, so it refuses jobs that would cut.

    >>> blank_by_rule_mm(49.48, 2.0)
    55.48
    """
    return ed_mm + 2 * decentration + crib_mm


def blank_by_short_rule_mm(ed_mm: float, inset: float, crib_mm: float = CRIB_MM) -> float:
    """The rule still met in print, ED + horizontal decentration + allowance: too small as a rule, here to compare with.

    >>> blank_by_short_rule_mm(49.48, 2.0)
    53.48
    """
    return ed_mm + abs(inset) + crib_mm


def blank_of(diameters_mm: Iterable[float], needed_mm: float) -> float | None:
    """The smallest of the diameters that is big enough, or None.

    >>> blank_of([55, 60, 65, 70, 75, 80], 65.6)
    70
    """
    return min((diameter for diameter in diameters_mm if diameter >= needed_mm), default=None)


class Style(StrEnum):
    """Frame shapes with what their ED has over A."""

    ROUND = "round"
    OVAL = "oval"
    RECTANGLE = "rectangle"
    AVIATOR = "aviator"


_OVER_A_MM = {Style.ROUND: 0.0, Style.OVAL: 1.0, Style.RECTANGLE: 5.0, Style.AVIATOR: 6.0}


def ed_without_trace_mm(a_mm: float, b_mm: float, style: Style | None = None) -> float:
    """The effective diameter of a shape nobody traced, never over the box's diagonal.

    By style: round A, oval A + 1, rectangle A + 5 (4 to 6), aviator A + 6; without a style the diagonal √(A² + B²),
    which no shape exceeds.

    >>> ed_without_trace_mm(52.0, 36.0, Style.OVAL), round(ed_without_trace_mm(52.0, 36.0), 2)
    (53.0, 63.25)
    """
    diagonal = math.hypot(a_mm, b_mm)
    return diagonal if style is None else min(max(a_mm, b_mm) + _OVER_A_MM[style], diagonal)


def corridor_mm(fitting_height_mm: float, shortest_mm: float, longest_mm: float, below_mm: float = 4.0) -> float | None:
    """The corridor a variable progressive takes: height less 4, at most the longest; None where even the shortest is
    too long.

    Source: 2020mag (4 to 5 mm of near zone under the corridor).

    >>> corridor_mm(18.0, 11, 16), corridor_mm(24.0, 11, 16), corridor_mm(14.0, 11, 16)
    (14.0, 16, None)
    """
    left = fitting_height_mm - below_mm
    return None if left < shortest_mm else min(left, longest_mm)


def near_inset_mm(far_pd_mm: float | None = None, near_pd_mm: float | None = None) -> float:
    """How far towards the nose a segment sits from the distance centre, per eye; 2.0 when a PD is not known.

    >>> near_inset_mm(31.5, 29.5), near_inset_mm()
    (2.0, 2.0)
    """
    return 2.0 if far_pd_mm is None or near_pd_mm is None else far_pd_mm - near_pd_mm


def centre_drop_mm(pantoscopic_deg: float) -> float:
    """How far under the pupil the optical centre belongs: 0.5 mm for each degree of pantoscopic tilt.

    >>> centre_drop_mm(8)
    4.0
    """
    return pantoscopic_deg * 0.5


def about(outline: Sequence[Point], centre: Point) -> list[Point]:
    """The outline seen from a point.

    >>> about([(1.0, 2.0)], (1.0, 1.0))
    [(0.0, 1.0)]
    """
    return [(x - centre[0], y - centre[1]) for x, y in outline]
