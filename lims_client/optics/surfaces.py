"""The two surfaces of a lens: sag, base curve, back power and thickness. Spherical and toric surfaces only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lims_client.optics.layout import Point
from lims_client.optics.powers import meridian_power_dpt, spherical_equivalent_dpt

TOOL_INDEX = 1.530
"""The index base curves are named in."""


def sag_mm(power_dpt: float, index: float, radius_mm: float) -> float:
    """How deep a surface is over a half-chord: r − √(r² − y²), r = 1000(n − 1)/F; negative for a negative power.

    Raises `ValueError` where the half-chord is wider than the sphere.

    >>> round(sag_mm(6.00, 1.53, 25), 4)
    3.6116
    """
    if power_dpt == 0:
        return 0.0
    curvature_mm = 1000 * (index - 1) / power_dpt
    under = curvature_mm**2 - radius_mm**2
    if under < 0:
        raise ValueError(f"a surface of {power_dpt} D in {index} is not {2 * radius_mm} mm wide")
    return curvature_mm - math.copysign(math.sqrt(under), curvature_mm)


def true_power_dpt(nominal_dpt: float, index: float) -> float:
    """The power a surface named at 1.530 has in a material: F₁.₅₃·(n − 1)/0.530.

    >>> round(true_power_dpt(6.00, 1.586), 3)
    6.634
    """
    return nominal_dpt * (index - 1) / (TOOL_INDEX - 1)


def back_power_dpt(vertex_power_dpt: float, front_dpt: float, centre_mm: float, index: float) -> float:
    """The back surface that gives a back vertex power: F₂ = Fv − F₁/(1 − (t/n)·F₁).

    >>> round(back_power_dpt(-6.00, 2.00, 1.8, 1.498), 3)
    -8.005
    """
    return vertex_power_dpt - front_dpt / (1 - centre_mm / 1000 / index * front_dpt)


def base_by_vogel_dpt(sphere_dpt: float, cylinder_dpt: float = 0.0) -> float:
    """Vogel's base curve: plus SE + 6, minus SE/2 + 6 (2020mag.com, *Choosing base curves*).

    >>> base_by_vogel_dpt(-6.00, -1.00), base_by_vogel_dpt(4.00)
    (2.75, 10.0)
    """
    equivalent = spherical_equivalent_dpt(sphere_dpt, cylinder_dpt)
    return equivalent + 6 if equivalent > 0 else equivalent / 2 + 6


def base_by_boddy_dpt(sphere_dpt: float, cylinder_dpt: float = 0.0, add_dpt: float = 0.0) -> float:
    """Boddy's base curve: minus 4.25 + (SE + add)/2, plus 3.50 + add/2 + SE (studylib 6913275).

    >>> base_by_boddy_dpt(-6.00, -1.00), base_by_boddy_dpt(4.00, 0, 2.00)
    (1.0, 8.5)
    """
    equivalent = spherical_equivalent_dpt(sphere_dpt, cylinder_dpt)
    return 3.5 + add_dpt / 2 + equivalent if equivalent > 0 else 4.25 + (equivalent + add_dpt) / 2


def base_of_chart_dpt(chart: Iterable[tuple[float, float, float]], equivalent_dpt: float) -> float | None:
    """The base a chart names for a spherical equivalent; its rows are (from, to, base), half-open [from, to).

    >>> base_of_chart_dpt([(-99, 0, 4.0), (0, 99, 6.0)], 0)
    6.0
    """
    return next((base for low, high, base in chart if low <= equivalent_dpt < high), None)


def chart_equivalent_dpt(sphere_dpt: float, cylinder_dpt: float, add_dpt: float = 0.0) -> float:
    """What the chart is entered with: the spherical equivalent, and a quarter of a multifocal's addition.

    >>> chart_equivalent_dpt(1.00, 0, 2.00)
    1.5
    """
    return spherical_equivalent_dpt(sphere_dpt, cylinder_dpt) + add_dpt / 4


def bases_of_pair(
    right_dpt: float, left_dpt: float, bases: tuple[float, float], *, apart_dpt: float = 2.0
) -> tuple[float, float]:
    """The pair rule: eyes whose spherical equivalents differ by less than 2.00 take one base.

    Both plus the steeper, both minus the flatter, mixed the steeper; further apart each its own (opticaled.com).

    >>> bases_of_pair(-3.75, -4.25, (4.0, 2.0)), bases_of_pair(1.00, 2.00, (5.0, 6.0))
    ((2.0, 2.0), (6.0, 6.0))
    >>> bases_of_pair(-6.00, -1.00, (2.0, 4.0))
    (2.0, 4.0)
    """
    if abs(right_dpt - left_dpt) >= apart_dpt:
        return bases
    one = min(bases) if right_dpt < 0 and left_dpt < 0 else max(bases)
    return one, one


@dataclass(frozen=True)
class LensForm:
    """A lens to be made: its power, its index, its true front power and the prism (base vector, Δ) ground in."""

    sphere_dpt: float
    cylinder_dpt: float
    axis_deg: float | None
    index: float
    front_dpt: float
    prism: Point = (0.0, 0.0)


def thickness_mm(lens: LensForm, centre_mm: float, x_mm: float, y_mm: float) -> float:
    """The thickness at a point from the optical centre: CT − s(F₁, ρ) + s(−F₂(θ), ρ) + P·p/(100(n − 1)).

    An estimate for spherical surfaces; aspheric and freeform lenses come out thinner. Where a surface would be wider
    than its sphere the half sphere is taken, so the answer is then too small rather than none.

    >>> lens = LensForm(-6.00, 0, None, 1.498, true_power_dpt(2.0, 1.498))
    >>> round(thickness_mm(lens, 1.8, 0, 0), 2), round(thickness_mm(lens, 1.8, 28, 0), 2)
    (1.8, 6.86)
    """
    radius = math.hypot(x_mm, y_mm)
    power = meridian_power_dpt(lens.sphere_dpt, lens.cylinder_dpt, lens.axis_deg, math.degrees(math.atan2(y_mm, x_mm)))
    back = back_power_dpt(power, lens.front_dpt, centre_mm, lens.index)
    wedge = (lens.prism[0] * x_mm + lens.prism[1] * y_mm) / (100 * (lens.index - 1))
    return centre_mm - _sag(lens.front_dpt, lens.index, radius) + _sag(-back, lens.index, radius) + wedge


def _sag(power_dpt: float, index: float, radius_mm: float) -> float:
    widest = abs(1000 * (index - 1) / power_dpt) if power_dpt else math.inf
    return sag_mm(power_dpt, index, min(radius_mm, widest))


@dataclass(frozen=True)
class Edge:
    """The thickness all round an outline, point by point, with the centre thickness that belongs to it."""

    centre_mm: float
    edge_mm: tuple[float, ...]

    @property
    def thinnest_mm(self) -> float:
        return min(self.edge_mm)

    @property
    def thickest_mm(self) -> float:
        return max(self.edge_mm)


def edge_of(lens: LensForm, outline: Sequence[Point], *, centre_min_mm: float, edge_min_mm: float) -> Edge:
    """Centre and edge of a lens cut to an outline seen from its optical centre.

    A minus lens has the material's least centre and its edge follows; where the edge would be under its minimum the
    centre is raised until the thinnest point has it (repeated, for the back surface follows the centre).

    >>> ring = [(25.0, 0.0), (0.0, 18.0), (-25.0, 0.0), (0.0, -18.0)]
    >>> plus = edge_of(LensForm(4.00, 0, None, 1.498, 8.0), ring, centre_min_mm=1.8, edge_min_mm=1.0)
    >>> round(plus.centre_mm, 2), round(plus.thinnest_mm, 2)
    (3.6, 1.0)
    """
    centre = centre_min_mm
    for _ in range(12):
        edge = tuple(thickness_mm(lens, centre, x, y) for x, y in outline)
        short = edge_min_mm - min(edge)
        wanted = max(centre_min_mm, centre + short)
        if abs(wanted - centre) < 1e-6:
            break
        centre = wanted
    return Edge(centre, edge)
