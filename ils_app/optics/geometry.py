"""What a lens shape measures: box, effective diameter, circumference, area, mirror, dents, distances from it.

Where a lens sits in its shape (inset, rise, blank) is `lims_client.optics.layout`'s business.

Everything is seen looking at the front of the spectacles, x to the right, y up, millimetres; point 0 of a trace is at
3 o'clock and the trace runs counter-clockwise. So 0° is nasal on a right lens and temporal on a left one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_HULL_POINTS = 400  # enough to find a dent of a millimetre, and quick
COMPARED = 360  # directions in which two shapes are compared


@dataclass(frozen=True)
class Box:
    """The smallest upright rectangle round a shape, millimetres."""

    left_mm: float
    right_mm: float
    bottom_mm: float
    top_mm: float

    @property
    def a_mm(self) -> float:
        """Width: HBOX."""
        return self.right_mm - self.left_mm

    @property
    def b_mm(self) -> float:
        """Height: VBOX."""
        return self.top_mm - self.bottom_mm

    @property
    def centre_mm(self) -> tuple[float, float]:
        """The datum centre."""
        return (self.left_mm + self.right_mm) / 2, (self.bottom_mm + self.top_mm) / 2


@dataclass(frozen=True, eq=False)
class Outline:
    """A closed shape: its points in order, shape (n, 2) with n ≥ 3, and their depths (n,) where they are known.

    >>> circle = Outline.from_radii(np.full(400, 25.0))
    >>> round(circle.circumference_mm, 1), round(circle.area_mm2, 1), round(circle.ed_mm, 2)
    (157.1, 1963.4, 50.0)
    """

    points_mm: Floats
    depths_mm: Floats | None = None

    @classmethod
    def from_radii(cls, radii_mm: Floats, angles_deg: Floats | None = None, depths_mm: Floats | None = None) -> Outline:
        """A shape by its radii from the trace's origin: at equal angles, or at those given (degrees)."""
        if angles_deg is None:
            directions = _unit_circle(len(radii_mm))
        else:
            theta = np.radians(angles_deg)
            directions = np.stack([np.cos(theta), np.sin(theta)], axis=1)
        return cls(radii_mm[:, None] * directions, depths_mm)

    @cached_property
    def box(self) -> Box:
        """The box: A = greatest x less smallest, B = greatest y less smallest."""
        (left, bottom), (right, top) = self.points_mm.min(axis=0).tolist(), self.points_mm.max(axis=0).tolist()
        return Box(left, right, bottom, top)

    @cached_property
    def _steps_mm(self) -> Floats:
        steps = np.empty_like(self.points_mm)
        np.subtract(self.points_mm[1:], self.points_mm[:-1], out=steps[:-1])
        np.subtract(self.points_mm[0], self.points_mm[-1], out=steps[-1])
        return steps

    @cached_property
    def circumference_mm(self) -> float:
        """Length of the polygon seen from the front: Σ√(Δx² + Δy²)."""
        return float(np.hypot(self._steps_mm[:, 0], self._steps_mm[:, 1]).sum())

    @cached_property
    def circumference_3d_mm(self) -> float | None:
        """Length with the depths: Σ√(Δx² + Δy² + Δz²). None when there are none."""
        if self.depths_mm is None:
            return None
        deep = np.roll(self.depths_mm, -1) - self.depths_mm
        return float(np.sqrt((self._steps_mm**2).sum(axis=1) + deep**2).sum())

    @cached_property
    def area_mm2(self) -> float:
        """Area by the shoelace formula; never negative."""
        x, y = self.points_mm[:, 0], self.points_mm[:, 1]
        return abs(float(x @ self._steps_mm[:, 1] - y @ self._steps_mm[:, 0])) / 2

    @cached_property
    def _farthest(self) -> tuple[float, float]:
        x, y = (self.points_mm - self.box.centre_mm).T
        squared = x * x + y * y
        at = int(squared.argmax())
        return 2 * math.sqrt(squared[at]), math.degrees(math.atan2(y[at], x[at])) % 360.0

    @property
    def ed_mm(self) -> float:
        """Effective diameter: twice the greatest distance from the box centre."""
        return self._farthest[0]

    @property
    def ed_axis_deg(self) -> float:
        """Direction of that farthest point from the box centre, 0 ≤ … < 360 counter-clockwise from 3 o'clock."""
        return self._farthest[1]

    def mirrored(self) -> Outline:
        """The other eye's shape: x reflected, run counter-clockwise again, starting at the same side.

        For an even number of equal angles that is r(i) of the other = r((n/2 − i) mod n) of this.
        """
        depths = None if self.depths_mm is None else self.mirrored_values(self.depths_mm)
        return Outline(self.mirrored_values(self.points_mm) * (-1.0, 1.0), depths)

    def mirrored_values(self, values: Floats) -> Floats:
        """What stands at each point (n, …), in the order of the mirrored outline's points."""
        x, y = self.points_mm[::-1].T
        # a hair below 0° is 0°: the reflection of 180° comes back as −1e−16
        start = int(np.argmin((np.arctan2(y, -x) + 1e-9) % math.tau))
        turned: Floats = np.roll(values[::-1], -start, axis=0)
        return turned

    def radii_at(self, directions: int = COMPARED) -> Floats:
        """Distances of the outline from the box centre in that many equal directions (n,), millimetres."""
        x, y = (self.points_mm - self.box.centre_mm).T
        theta = np.arctan2(y, x) % math.tau
        order = np.argsort(theta, kind="stable")
        at = np.arange(directions) * (math.tau / directions)
        radii: Floats = np.interp(at, theta[order], np.hypot(x, y)[order], period=math.tau)
        return radii

    def deepest_dent_mm(self) -> float:
        """How far the outline stands back from a thread laid tightly round it; 0 for a convex shape."""
        stride = max(1, -(-len(self.points_mm) // _HULL_POINTS))
        points = self.points_mm[::stride]
        hull = np.array(_hull(points))
        which = np.searchsorted(hull, np.arange(len(points)), side="right") - 1
        # points before the first hull point lie under the last side, which closes the round
        start, end = points[hull[which]], points[hull[(which + 1) % len(hull)]]
        along = end - start
        length = np.hypot(along[:, 0], along[:, 1])
        away = points - start
        cross = along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]
        return max(0.0, float(np.divide(cross, length, out=np.zeros_like(cross), where=length > 0).max()))

    def holds(self, x_mm: float, y_mm: float) -> bool:
        """Whether a point lies within the outline (even-odd rule)."""
        x, y = self.points_mm.T
        next_x, next_y = np.roll(x, -1), np.roll(y, -1)
        crossing = (y > y_mm) != (next_y > y_mm)
        where = x[crossing] + (y_mm - y[crossing]) * (next_x - x)[crossing] / (next_y - y)[crossing]
        return bool((where > x_mm).sum() % 2)

    def distance_mm(self, x_mm: float, y_mm: float) -> float:
        """Distance of a point from the outline, inside or outside."""
        away = np.array((x_mm, y_mm)) - self.points_mm
        squared = (self._steps_mm**2).sum(axis=1)
        along = (away * self._steps_mm).sum(axis=1)
        share = np.clip(np.divide(along, squared, out=np.zeros_like(along), where=squared > 0), 0.0, 1.0)
        nearest = away - share[:, None] * self._steps_mm
        return float(np.hypot(nearest[:, 0], nearest[:, 1]).min())

    def crosses_itself(self) -> bool:
        """Whether two sides that are not neighbours cross. Quadratic: asked only when the angles do not rise.

        A shape whose radii stand at rising angles within one turn cannot cross itself.
        """
        stride = max(1, len(self.points_mm) // 400)
        start = self.points_mm[::stride]
        end = np.roll(start, -1, axis=0)
        count = len(start)
        for at in range(count - 2):
            others = slice(at + 2, count - 1 if at == 0 else count)
            if _any_crossing(start[at], end[at], start[others], end[others]):
                return True
        return False


def centred(outline: Outline) -> Outline:
    """The shape about its box centre, as layout needs it."""
    return Outline(outline.points_mm - outline.box.centre_mm, outline.depths_mm)


def mirror_difference_mm(right: Outline, left: Outline) -> tuple[float, float]:
    """How far the left shape is from the right one's mirror, about the box centres: mean and greatest."""
    apart = np.abs(right.mirrored().radii_at() - left.radii_at())
    return float(apart.mean()), float(apart.max())


def difference_mm(one: Outline, other: Outline) -> tuple[float, float]:
    """How far two shapes are from each other as they stand, about the box centres: mean and greatest."""
    apart = np.abs(one.radii_at() - other.radii_at())
    return float(apart.mean()), float(apart.max())


def shape_of_box(a_mm: float, b_mm: float, ed_mm: float, points: int = 360) -> Outline:
    """A stand-in for a shape nobody traced: the superellipse of a box whose effective diameter is the given one.

    An ED outside what the box allows is brought to its nearest end. Raises ValueError unless 5 < A, B ≤ 100.

    >>> oval = shape_of_box(52.0, 36.0, 55.0)
    >>> round(oval.box.a_mm, 2), round(oval.box.b_mm, 2), round(oval.ed_mm, 1)
    (52.0, 36.0, 55.0)
    """
    if not (5 < a_mm <= 100 and 5 < b_mm <= 100):
        raise ValueError("a lens is between 5 and 100 mm wide and high")
    cosine, sine = (np.abs(_unit_circle(points)) / (a_mm / 2, b_mm / 2)).T
    largest = np.maximum(cosine, sine)

    def radii(exponent: float) -> Floats:
        # what is raised to a high power is at most 1, so that nothing runs over
        found: Floats = ((cosine / largest) ** exponent + (sine / largest) ** exponent) ** (-1 / exponent) / largest
        return found

    low, high = 2.0, 120.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if 2 * float(radii(middle).max()) < ed_mm else (low, middle)
    return Outline.from_radii(radii((low + high) / 2))


@lru_cache(maxsize=16)
def _unit_circle(count: int) -> Floats:
    theta = np.arange(count) * (math.tau / count)
    circle = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    circle.setflags(write=False)
    return circle


def _hull(points: Floats) -> list[int]:
    """Indices of the convex hull of a shape that runs counter-clockwise, in order, beginning at the first of them.

    A Graham scan that begins at the lowest point; linear, for a shape whose points go round its middle once.
    """
    count = len(points)
    begin = int(np.lexsort((points[:, 0], points[:, 1]))[0])
    x, y = (column.tolist() for column in points.T)
    stack: list[int] = []
    for step in range(count + 1):
        at = (begin + step) % count
        px, py = x[at], y[at]
        while len(stack) >= 2:
            one, two = stack[-2], stack[-1]
            if (x[two] - x[one]) * (py - y[one]) - (y[two] - y[one]) * (px - x[one]) > 0:
                break
            stack.pop()
        stack.append(at)
    return sorted(set(stack))


def _any_crossing(p: Floats, q: Floats, starts: Floats, ends: Floats) -> bool:
    """Whether the side p–q properly crosses any of the sides."""
    along = ends - starts
    first = along[:, 0] * (p[1] - starts[:, 1]) - along[:, 1] * (p[0] - starts[:, 0])
    second = along[:, 0] * (q[1] - starts[:, 1]) - along[:, 1] * (q[0] - starts[:, 0])
    side = q - p
    third = side[0] * (starts[:, 1] - p[1]) - side[1] * (starts[:, 0] - p[0])
    fourth = side[0] * (ends[:, 1] - p[1]) - side[1] * (ends[:, 0] - p[0])
    return bool(((first * second < 0) & (third * fourth < 0)).any())
