"""Traces that the tests make themselves: shapes by formula, as VCA files."""

from __future__ import annotations

import math
from collections.abc import Sequence


def oval(points: int = 400, *, nasal: float = 0.0) -> list[int]:
    """Radii in hundredths of a millimetre of an oval 52 × 36; `nasal` lifts the upper nasal corner, mm."""
    out = []
    for at in range(points):
        theta = math.tau * at / points
        radius = 1 / math.hypot(math.cos(theta) / 26, math.sin(theta) / 18)
        lift = nasal * math.exp(-(((theta - math.radians(35)) / 0.35) ** 2))
        out.append(round(100 * (radius + lift)))
    return out


def mirrored(radii: Sequence[int]) -> list[int]:
    """The other eye's radii, for an even number of equal angles."""
    count = len(radii)
    return [radii[(count // 2 - at) % count] for at in range(count)]


def lines(radii: Sequence[float], label: str = "R") -> str:
    """Ten numbers a line, as files have them."""
    rows = [radii[at : at + 10] for at in range(0, len(radii), 10)]
    return "".join(f"{label}={';'.join(str(one) for one in row)}\r\n" for row in rows)


def pair(right: Sequence[int], left: Sequence[int] | None = None, *, head: str = "DBL=18.00\r\n") -> bytes:
    """A file with both eyes' traces; the left one is the right one's mirror when it is not given."""
    left = mirrored(right) if left is None else left
    eyes = (("R", right), ("L", left))
    return (head + "".join(f"TRCFMT=1;{len(of)};E;{eye};F\r\n{lines(of)}" for eye, of in eyes)).encode("latin-1")
