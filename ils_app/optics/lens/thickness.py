"""How thick and how heavy a pair comes out: centre, edge all round and weight, from the shape and the prescription.

An estimate for spherical and toric surfaces; aspheric and freeform lenses come out thinner. Millimetres, dioptres and
grams.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lims_client.optics.layout import Point
from lims_client.optics.powers import spherical_equivalent_dpt
from lims_client.optics.surfaces import base_of_chart_dpt, bases_of_pair, chart_equivalent_dpt, true_power_dpt

Floats = npt.NDArray[np.float64]

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(8)
_WITHIN_TRIANGLE, _WEIGHTS = (_NODES + 1) / 2, _NODE_WEIGHTS / 2


@dataclass(frozen=True)
class Power:
    """One eye: sphere, cylinder, axis, addition; `prism` is its base vector on the page (+x right, +y up) in Δ."""

    sphere_dpt: float
    cylinder_dpt: float = 0.0
    axis_deg: float | None = None
    add_dpt: float = 0.0
    prism: Point = (0.0, 0.0)

    @property
    def equivalent_dpt(self) -> float:
        return spherical_equivalent_dpt(self.sphere_dpt, self.cylinder_dpt)

    @property
    def chart_dpt(self) -> float:
        return chart_equivalent_dpt(self.sphere_dpt, self.cylinder_dpt, self.add_dpt)


@dataclass(frozen=True)
class Material:
    """What a lens is made of and its minima; `edge_min_mm` is the one of the mount it goes into."""

    index: float
    density_g_per_cm3: float
    centre_min_mm: float
    edge_min_mm: float


@dataclass(frozen=True)
class Thickness:
    """One lens as it comes out. `edge_mm` belongs to the outline, point by point; `base_dpt` is nominal (1.530)."""

    base_dpt: float
    centre_mm: float
    edge_mm: tuple[float, ...]
    weight_g: float
    estimated: bool = True

    @property
    def thinnest_mm(self) -> float:
        return min(self.edge_mm)

    @property
    def thickest_mm(self) -> float:
        return max(self.edge_mm)


def bases_for(
    powers: Mapping[str, Power], chart: Iterable[tuple[float, float, float]], *, pair_within_dpt: float = 2.0
) -> dict[str, float]:
    """The nominal base of each eye (`R`, `L`): by the chart, then by the pair rule when both eyes are made.

    Raises `ValueError` when the chart has no row for an eye.

    >>> chart = [(-99, -4, 2.0), (-4, -1, 4.0), (-1, 99, 6.0)]
    >>> bases_for({"R": Power(-3.75), "L": Power(-4.25)}, chart)
    {'R': 2.0, 'L': 2.0}
    """
    rows = list(chart)
    bases: dict[str, float] = {}
    for eye, power in powers.items():
        base = base_of_chart_dpt(rows, power.chart_dpt)
        if base is None:
            raise ValueError(f"the base chart has no row for {power.chart_dpt:+.2f} D")
        bases[eye] = base
    if len(bases) == 2:
        right, left = bases_of_pair(
            powers["R"].equivalent_dpt, powers["L"].equivalent_dpt, (bases["R"], bases["L"]), apart_dpt=pair_within_dpt
        )
        return {"R": right, "L": left}
    return bases


def thickness(
    power: Power, material: Material, outline: Sequence[Point] | Floats, centre: Point, base_dpt: float
) -> Thickness:
    """Centre, edge and weight of one lens cut to an outline (n points about the box centre) with its optical centre.

    The formula is `lims_client.optics.surfaces.thickness_mm`; the centre is the material's least, raised until the
    thinnest point of the edge has its minimum. The weight is the integral over the outline: triangles from the optical
    centre, eight Gauss points along each, so it is right for every outline, however it lies about the centre.

    >>> square = [(20, 20), (-20, 20), (-20, -20), (20, -20)]
    >>> plate = thickness(Power(0.0), Material(1.5, 1.3, 2.0, 1.0), square, (0, 0), 0.0)
    >>> plate.centre_mm, round(plate.thickest_mm, 3), round(plate.weight_g, 3)
    (2.0, 2.0, 4.16)
    """
    ring = np.asarray(outline, dtype=np.float64) - np.asarray(centre, dtype=np.float64)
    front = true_power_dpt(base_dpt, material.index)
    centre_mm = material.centre_min_mm
    for _ in range(12):
        edge = _thickness(power, material.index, front, centre_mm, ring)
        wanted = max(material.centre_min_mm, centre_mm + material.edge_min_mm - float(edge.min()))
        if abs(wanted - centre_mm) < 1e-6:
            break
        centre_mm = wanted
    following = np.roll(ring, -1, axis=0)
    twice_area = ring[:, 0] * following[:, 1] - ring[:, 1] * following[:, 0]
    middle = (ring + following) / 2
    along = np.asarray(
        [_thickness(power, material.index, front, centre_mm, middle * share) for share in _WITHIN_TRIANGLE]
    )
    volume_mm3 = abs(float(twice_area @ (along.T @ (_WEIGHTS * _WITHIN_TRIANGLE))))
    return Thickness(
        base_dpt=base_dpt,
        centre_mm=centre_mm,
        edge_mm=tuple(float(value) for value in edge),
        weight_g=volume_mm3 * material.density_g_per_cm3 / 1000,
    )


def _thickness(power: Power, index: float, front_dpt: float, centre_mm: float, points: Floats) -> Floats:
    x, y = points[:, 0], points[:, 1]
    radius = np.hypot(x, y)
    across = np.arctan2(y, x) - math.radians(power.axis_deg or 0.0)
    back = power.sphere_dpt + power.cylinder_dpt * np.sin(across) ** 2
    back = back - front_dpt / (1 - centre_mm / 1000 / index * front_dpt)
    wedge = (power.prism[0] * x + power.prism[1] * y) / (100 * (index - 1))
    result: Floats = (
        centre_mm - _sag(np.full_like(radius, front_dpt), index, radius) + _sag(-back, index, radius) + wedge
    )
    return result


def _sag(power_dpt: Floats, index: float, radius_mm: Floats) -> Floats:
    """r − √(r² − y²), written as y²/(r + √(r² − y²)), which holds for flat surfaces too; a half sphere at most."""
    bend = power_dpt / (1000 * (index - 1))
    with np.errstate(divide="ignore"):
        radius = np.minimum(radius_mm, np.where(bend == 0, np.inf, 1 / np.abs(bend)))
    result: Floats = radius**2 * bend / (1 + np.sqrt(np.maximum(1 - (radius * bend) ** 2, 0)))
    return result
