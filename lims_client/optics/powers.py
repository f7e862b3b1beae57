"""Sphere, cylinder and axis: the same lens written otherwise, its power along a meridian and at another distance."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TypeVar

Dioptres = TypeVar("Dioptres", float, Decimal)


def transpose(
    sphere_dpt: Dioptres, cylinder_dpt: Dioptres, axis_deg: Dioptres | None
) -> tuple[Dioptres, Dioptres, Dioptres | None]:
    """The same lens in the other cylinder form: S + C, -C, axis + 90 kept in 1 to 180; floats or exact decimals.

    Source: flat transposition, any dispensing text (e.g. Jalie, *Principles of Ophthalmic Lenses*).

    >>> transpose(-2.00, 1.00, 180)
    (-1.0, -1.0, 90)
    >>> transpose(Decimal("0.00"), Decimal("2.50"), Decimal(35))
    (Decimal('2.50'), Decimal('-2.50'), Decimal('125'))
    """
    if axis_deg is not None:
        axis_deg = (axis_deg + 90) % 180
        if axis_deg == 0:
            axis_deg += 180
    return sphere_dpt + cylinder_dpt, -cylinder_dpt, axis_deg


def meridian_power_dpt(sphere_dpt: float, cylinder_dpt: float, axis_deg: float | None, meridian_deg: float) -> float:
    """The power along a meridian: F(θ) = S + C·sin²(θ − axis). Without an axis the cylinder counts as along 180.

    >>> meridian_power_dpt(-2.00, -1.00, 30, 90)
    -2.75
    """
    between_rad = math.radians(meridian_deg - (axis_deg or 0.0))
    return sphere_dpt + cylinder_dpt * math.sin(between_rad) ** 2


def spherical_equivalent_dpt(sphere_dpt: float, cylinder_dpt: float) -> float:
    """The mean power of a lens: S + C/2.

    >>> spherical_equivalent_dpt(-6.00, -1.00)
    -6.5
    """
    return sphere_dpt + cylinder_dpt / 2


def power_at_vertex_dpt(power_dpt: float, from_mm: float, to_mm: float) -> float:
    """The power that does at `to_mm` from the eye what `power_dpt` does at `from_mm`: F / (1 − (d₁ − d₂)·F).

    Source: effectivity, e.g. Tunnacliffe, *Introduction to Visual Optics*. Raises `ValueError` where the image lies at
    the new place itself, so that no lens there could do it.

    >>> round(power_at_vertex_dpt(10.0, 12, 0), 2)
    11.36
    """
    left = 1 - (from_mm - to_mm) / 1000 * power_dpt
    if left == 0:
        raise ValueError(f"no lens at {to_mm} mm does what {power_dpt} D does at {from_mm} mm")
    return power_dpt / left


def at_vertex(
    sphere_dpt: float, cylinder_dpt: float, axis_deg: float | None, from_mm: float, to_mm: float
) -> tuple[float, float, float | None]:
    """A prescription for another vertex distance: each principal meridian by itself, then sphere and cylinder again.

    Raises `ValueError` as `power_at_vertex_dpt`.

    >>> [round(value, 3) for value in at_vertex(-8.00, -3.00, 180, 14, 12)]
    [-7.874, -2.889, 180]
    """
    sphere = power_at_vertex_dpt(sphere_dpt, from_mm, to_mm)
    other = power_at_vertex_dpt(sphere_dpt + cylinder_dpt, from_mm, to_mm)
    return sphere, other - sphere, axis_deg


def vertex_matters(sphere_dpt: float, cylinder_dpt: float, tested_mm: float, worn_mm: float) -> bool:
    """Whether to speak of the vertex distance: tested and worn differ, and some meridian is of 4.00 D or more.

    >>> vertex_matters(-3.75, -0.50, 12, 14), vertex_matters(-3.75, 0, 12, 14)
    (True, False)
    """
    return tested_mm != worn_mm and max(abs(sphere_dpt), abs(sphere_dpt + cylinder_dpt)) >= 4.0


def axis_apart_deg(one_deg: float, other_deg: float) -> float:
    """How far two axes lie apart, 0 to 90: 5 and 175 are 10 apart.

    >>> axis_apart_deg(5, 175)
    10
    """
    apart = abs(one_deg - other_deg) % 180
    return min(apart, 180 - apart)


def tilted(sphere_dpt: float, index: float, tilt_deg: float) -> tuple[float, float]:
    """What a tilted sphere does (Martin): the sphere S(1 + sin²α/2n) and the cylinder it induces, S'·tan²α.

    The induced cylinder's axis is 180 for pantoscopic tilt and 90 for wrap.

    >>> [round(value, 3) for value in tilted(-8.00, 1.5, 10)]
    [-8.08, -0.251]
    """
    tilt_rad = math.radians(tilt_deg)
    sphere = sphere_dpt * (1 + math.sin(tilt_rad) ** 2 / (2 * index))
    return sphere, sphere * math.tan(tilt_rad) ** 2
