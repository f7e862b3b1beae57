"""Final inspection: targets and measured values in, a verdict for each tolerance out.

The target of a compensated lens is what its designer says is to be measured (INS records), not the ordered
prescription; the caller hands in whichever counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ils_app.optics.lens.tolerances import FamilyTolerances, PrismPair, Sizes, Standard, family_of, tolerances
from lims_client.optics.powers import axis_apart_deg, meridian_power_dpt, transpose

Eye = Literal["R", "L"]


@dataclass(frozen=True)
class Reading:
    """One lens, as it should be or as it was measured; None for what is not asked or was not measured.

    Dioptres, degrees, prism dioptres at the prism reference point (in and up positive), millimetres; `warp_dpt` is how
    much the base differs between its meridians.
    """

    sphere_dpt: float | None = None
    cylinder_dpt: float = 0.0
    axis_deg: float | None = None
    add_dpt: float | None = None
    prism_in: float | None = None
    prism_up: float | None = None
    height_mm: float | None = None
    segment_inset_mm: float | None = None
    segment_width_mm: float | None = None
    tilt_deg: float | None = None
    base_dpt: float | None = None
    centre_mm: float | None = None
    warp_dpt: float | None = None

    def in_minus_form(self) -> Reading:
        """The same lens with a minus cylinder."""
        if self.sphere_dpt is None or self.cylinder_dpt <= 0:
            return self
        sphere, cylinder, axis = transpose(self.sphere_dpt, self.cylinder_dpt, self.axis_deg)
        return replace(self, sphere_dpt=sphere, cylinder_dpt=cylinder, axis_deg=axis)


@dataclass(frozen=True)
class Verdict:
    """One tolerance: what it was held to and how far off it was. `eye` is None for what concerns the pair."""

    tolerance: str
    eye: Eye | None
    target: float
    measured: float
    off: float
    allowed: float
    unit: str
    standard: str

    @property
    def passed(self) -> bool:
        return self.off <= self.allowed + 1e-9


def inspect(
    standard: Standard,
    kind: str,
    targets: Mapping[Eye, Reading],
    measured: Mapping[Eye, Reading],
    *,
    mounted: bool = True,
) -> list[Verdict]:
    """A verdict for each tolerance of a standard that both target and measurement speak of, right eye first.

    Either cylinder form may be given on either side. `kind` is the lens's (`sv`, `bf`, `pal`, …; `ValueError` for one
    nobody knows); eyes missing on either side are left out. All pass exactly when the pair does.
    """
    family = standard.families[family_of(kind)]
    label = f"{standard.name}-{standard.edition}"
    eyes: tuple[Eye, ...] = tuple(eye for eye in ("R", "L") if eye in targets and eye in measured)
    wanted = {eye: targets[eye].in_minus_form() for eye in eyes}
    found = {eye: measured[eye].in_minus_form() for eye in eyes}
    verdicts: list[Verdict] = []
    for eye in eyes:
        verdicts += _power(standard, kind, eye, wanted[eye], found[eye], label, mounted=mounted)
        verdicts += _prism_of_lens(family, eye, wanted[eye], found[eye], label)
        verdicts += _sizes(family.sizes, eye, wanted[eye], found[eye], label)
    if len(eyes) == 2:
        verdicts += _imbalance(family.prism_pair, wanted, found, label)
        verdicts += _pair_sizes(family.sizes, wanted, found, label)
    return verdicts


def _power(
    standard: Standard, kind: str, eye: Eye, target: Reading, found: Reading, label: str, *, mounted: bool
) -> Iterator[Verdict]:
    if target.sphere_dpt is None or found.sphere_dpt is None:
        return
    allowed = tolerances(
        standard, kind, target.sphere_dpt, target.cylinder_dpt, target.axis_deg, target.add_dpt, mounted=mounted
    )
    flat = ("sphere", target.sphere_dpt, found.sphere_dpt)
    steep = ("sphere + cylinder", target.sphere_dpt + target.cylinder_dpt, found.sphere_dpt + found.cylinder_dpt)
    meridians = (flat, steep)
    if standard.meridians == "highest":
        strongest = steep if abs(steep[1]) > abs(flat[1]) else flat
        meridians = (("sphere", strongest[1], strongest[2]),)  # type: ignore[assignment]
    elif target.cylinder_dpt == 0 and found.cylinder_dpt == 0:
        meridians = (flat,)  # type: ignore[assignment]
    for name, should, is_dpt in meridians:
        yield Verdict(name, eye, should, is_dpt, abs(is_dpt - should), allowed.sphere, "D", label)
    off = abs(found.cylinder_dpt - target.cylinder_dpt)
    yield Verdict("cylinder", eye, target.cylinder_dpt, found.cylinder_dpt, off, allowed.cyl, "D", label)
    if allowed.axis is not None and target.axis_deg is not None and found.axis_deg is not None:
        apart = axis_apart_deg(found.axis_deg, target.axis_deg)
        yield Verdict("axis", eye, target.axis_deg, found.axis_deg, apart, allowed.axis, "°", label)
    if allowed.add is not None and target.add_dpt is not None and found.add_dpt is not None:
        off = abs(found.add_dpt - target.add_dpt)
        yield Verdict("addition", eye, target.add_dpt, found.add_dpt, off, allowed.add, "D", label)


def _meridian(reading: Reading, meridian_deg: float) -> float:
    return meridian_power_dpt(reading.sphere_dpt or 0.0, reading.cylinder_dpt, reading.axis_deg, meridian_deg)


def _prism_of_lens(
    family: FamilyTolerances, eye: Eye, target: Reading, found: Reading, label: str
) -> Iterator[Verdict]:
    if family.prism_lens is None or (found.prism_in is None and found.prism_up is None):
        return
    for name, should, is_delta, meridian in (
        ("horizontal prism", target.prism_in, found.prism_in, 180),
        ("vertical prism", target.prism_up, found.prism_up, 90),
    ):
        if is_delta is not None:
            should = should or 0.0
            allowed = family.prism_lens.of(_meridian(target, meridian))
            yield Verdict(name, eye, should, is_delta, abs(is_delta - should), allowed, "Δ", label)


def _imbalance(
    bands: tuple[PrismPair, ...], wanted: Mapping[Eye, Reading], found: Mapping[Eye, Reading], label: str
) -> Iterator[Verdict]:
    """The pair's prism: horizontally what both turn the same way adds up (in and in), vertically they cancel."""
    if not bands:
        return
    prescribed = max(((one.prism_in or 0.0) ** 2 + (one.prism_up or 0.0) ** 2) ** 0.5 for one in wanted.values())
    band = next(one for one in bands if one.prescribed_up_to is None or prescribed <= one.prescribed_up_to + 1e-9)
    right, left = found["R"], found["L"]
    if right.prism_in is not None and left.prism_in is not None:
        should = (wanted["R"].prism_in or 0.0) + (wanted["L"].prism_in or 0.0)
        is_delta = right.prism_in + left.prism_in
        allowed = band.horizontal.of(max((_meridian(one, 180) for one in wanted.values()), key=abs))
        yield Verdict("horizontal imbalance", None, should, is_delta, abs(is_delta - should), allowed, "Δ", label)
    if right.prism_up is not None and left.prism_up is not None:
        should = (wanted["R"].prism_up or 0.0) - (wanted["L"].prism_up or 0.0)
        is_delta = right.prism_up - left.prism_up
        allowed = band.vertical.of(max((_meridian(one, 90) for one in wanted.values()), key=abs))
        yield Verdict("vertical imbalance", None, should, is_delta, abs(is_delta - should), allowed, "Δ", label)


_MEASURES = (
    ("height", "height_mm", "height_mm", "mm"),
    ("segment inset", "segment_inset_mm", "segment_inset_mm", "mm"),
    ("segment width", "segment_width_mm", "segment_width_mm", "mm"),
    ("segment tilt", "tilt_deg", "tilt_deg", "°"),
    ("base curve", "base_dpt", "base_dpt", "D"),
    ("centre thickness", "centre_mm", "centre_mm", "mm"),
)


def _sizes(sizes: Sizes, eye: Eye, target: Reading, found: Reading, label: str) -> Iterator[Verdict]:
    for name, limit, value, unit in _MEASURES:
        allowed: float | None = getattr(sizes, limit)
        should: float | None = getattr(target, value)
        measured: float | None = getattr(found, value)
        if value == "tilt_deg" and should is None:
            should = 0.0
        if allowed is not None and should is not None and measured is not None:
            yield Verdict(name, eye, should, measured, abs(measured - should), allowed, unit, label)
    if sizes.warp_max_dpt is not None and found.warp_dpt is not None:
        yield Verdict("warp", eye, 0.0, found.warp_dpt, abs(found.warp_dpt), sizes.warp_max_dpt, "D", label)


def _pair_sizes(
    sizes: Sizes, wanted: Mapping[Eye, Reading], found: Mapping[Eye, Reading], label: str
) -> Iterator[Verdict]:
    for name, allowed, value in (
        ("height difference", sizes.height_pair_mm, "height_mm"),
        ("segment width difference", sizes.segment_width_pair_mm, "segment_width_mm"),
    ):
        targets = [getattr(wanted[eye], value) for eye in ("R", "L")]
        values = [getattr(found[eye], value) for eye in ("R", "L")]
        if allowed is None or None in values or None in targets:
            continue
        should, measured = targets[0] - targets[1], values[0] - values[1]
        yield Verdict(name, None, should, measured, abs(measured - should), allowed, "mm", label)
