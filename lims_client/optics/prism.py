"""Prism: polar and by base, what decentring induces, and the imbalance of two lenses at near."""

from __future__ import annotations

import math
from typing import Literal

from lims_client.optics.powers import meridian_power_dpt

Side = Literal["R", "L"]


def prism_by_base(side: Side, amount: float, base_deg: float) -> tuple[float, float]:
    """(in, up) of a prism given by its base's direction 0 to 360; negative is out or down. Prism dioptres.

    x = M·cos a, y = M·sin a on the page; the nose is at +x for the right lens and at −x for the left.

    >>> [round(value, 3) + 0.0 for value in prism_by_base("R", 1.50, 180)]
    [-1.5, 0.0]
    >>> [round(value, 3) + 0.0 for value in prism_by_base("L", 1.50, 180)]
    [1.5, 0.0]
    """
    base_rad = math.radians(base_deg)
    x = amount * math.cos(base_rad)
    return (x if side == "R" else -x), amount * math.sin(base_rad)


def prism_polar(side: Side, inward: float, up: float) -> tuple[float, float]:
    """(amount, base in degrees, 0 up to 360) of a horizontal and a vertical prism: M = √(h² + v²), a = atan2(v, x).

    >>> [round(value, 3) for value in prism_polar("R", 2, 1)]
    [2.236, 26.565]
    """
    x = inward if side == "R" else -inward
    return math.hypot(x, up), math.degrees(math.atan2(up, x)) % 360


def prism_words(inward: float, up: float) -> str:
    """The two prisms as they are written: amount and base, horizontal first.

    >>> prism_words(-1.5, 0)
    '1.50 OUT, 0.00 UP'
    """
    return f"{abs(inward):.2f} {'IN' if inward >= 0 else 'OUT'}, {abs(up):.2f} {'UP' if up >= 0 else 'DOWN'}"


def prentice(
    sphere_dpt: float, cylinder_dpt: float, axis_deg: float | None, x_mm: float, y_mm: float
) -> tuple[float, float]:
    """The prism (base vector on the page, Δ) a lens has at a point (x, y) from its optical centre.

    Prentice's rule with a cylinder, P = −M·c with c in centimetres and
    M = [[S + C·sin²α, −C·sin α·cos α], [same, S + C·cos²α]] (Long, *Am. J. Optom.* 1976).

    >>> [round(value, 3) + 0.0 for value in prentice(4.00, 0, None, 5, 0)]
    [-2.0, 0.0]
    """
    axis_rad = math.radians(axis_deg or 0.0)
    sine, cosine = math.sin(axis_rad), math.cos(axis_rad)
    across = -cylinder_dpt * sine * cosine
    x_cm, y_cm = x_mm / 10, y_mm / 10
    return (
        -((sphere_dpt + cylinder_dpt * sine**2) * x_cm + across * y_cm),
        -(across * x_cm + (sphere_dpt + cylinder_dpt * cosine**2) * y_cm),
    )


def unwanted_prism(power_dpt: float, off_mm: float) -> float:
    """The prism (Δ) of an eye that looks `off_mm` beside the optical centre: F·d/10.

    >>> unwanted_prism(-6.00, 4.5)
    -2.7
    """
    return power_dpt * off_mm / 10


def near_imbalance(
    right: tuple[float, float, float | None], left: tuple[float, float, float | None], depth_mm: float
) -> float:
    """The vertical imbalance (Δ, right less left) where the eyes read, `depth_mm` under the centres.

    (F₉₀ right − F₉₀ left)·depth/10; from 1.5 Δ it is worth a word, from 3 Δ a slab-off.

    >>> near_imbalance((-1.00, 0, 180), (-4.00, 0, 180), 10)
    3.0
    """
    return (meridian_power_dpt(*right, 90) - meridian_power_dpt(*left, 90)) * depth_mm / 10
