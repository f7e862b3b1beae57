"""Inspection tolerances as data: the standards, each with the day it came into force, and what they allow one lens.

A laboratory that edits them keeps the list as JSON; `load_standards` refuses a bad one with its path and a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.alias_generators import to_camel

Family = Literal["sv", "progressive"]

_FAMILIES: Mapping[str, Family] = {
    **dict.fromkeys(("sv", "af", "single_vision", "bf", "tf", "mf", "bifocal", "trifocal", "multifocal"), "sv"),
    **dict.fromkeys(("pal", "progressive", "occ", "occupational"), "progressive"),
}
_NEXT_TO_NOTHING = 1e-9

Band = TypeVar("Band", "PowerBand", "AmountUpTo", "DegreesUpTo")


class StandardsError(ValueError):
    """A list of standards cannot be used; the message names the place and says why."""


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, allow_inf_nan=False
    )


class Amount(_Part):
    """A tolerance: so many dioptres, or a share of the value itself."""

    dpt: float | None = Field(None, gt=0)
    share: float | None = Field(None, gt=0, lt=1)

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Amount:
        if (self.dpt is None) == (self.share is None):
            raise ValueError("a tolerance is either in dioptres or a share")
        return self

    def of(self, value: float) -> float:
        """The tolerance at a value, in dioptres."""
        return self.dpt if self.dpt is not None else (self.share or 0.0) * abs(value)


class AmountUpTo(Amount):
    up_to: float | None = None


class DegreesUpTo(_Part):
    up_to: float | None = None
    deg: float = Field(gt=0)


class PowerBand(_Part):
    """Up to this greatest power: what each meridian is allowed, and the cylinder by its size."""

    up_to: float | None = None
    meridian: Amount
    cylinder: tuple[AmountUpTo, ...] = Field(min_length=1)


class PrismOf(_Part):
    """So many prism dioptres, or what so many millimetres of decentration make above `power_up_to`, the greater."""

    delta: float = Field(gt=0)
    power_up_to: float | None = None
    mm: float | None = None

    def of(self, power_dpt: float) -> float:
        """The tolerance (Δ) for a power in that direction."""
        if self.mm is None or (self.power_up_to is not None and abs(power_dpt) <= self.power_up_to):
            return self.delta
        return max(self.delta, self.mm * abs(power_dpt) / 10)


class PrismPair(_Part):
    prescribed_up_to: float | None = None
    horizontal: PrismOf
    vertical: PrismOf


class Sizes(_Part):
    """What else is measured: each a tolerance either way, but the warp, which is a most."""

    height_mm: float | None = None
    height_pair_mm: float | None = None
    segment_inset_mm: float | None = None
    segment_width_mm: float | None = None
    segment_width_pair_mm: float | None = None
    tilt_deg: float | None = None
    base_dpt: float | None = None
    centre_mm: float | None = None
    warp_max_dpt: float | None = None


class FamilyTolerances(_Part):
    powers: tuple[PowerBand, ...] = Field(min_length=1)
    prism_lens: PrismOf | None = None
    prism_pair: tuple[PrismPair, ...] = ()
    sizes: Sizes = Sizes()


class Standard(_Part):
    """One edition of a standard. `meridians` says whether the strongest or each principal meridian is held to it."""

    name: str = Field(min_length=1)
    edition: str
    effective_from: date
    basis: str = Field("", description="how sure these figures are")
    meridians: Literal["highest", "each"]
    families: dict[Family, FamilyTolerances]
    axis_from_dpt: float = Field(description="a weaker cylinder has no axis to speak of")
    axis: tuple[DegreesUpTo, ...] = Field(min_length=1)
    axis_uncut: tuple[DegreesUpTo, ...] = ()
    add: tuple[AmountUpTo, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _every_kind_of_lens_has_its_family(self) -> Standard:
        missing = sorted(set(_FAMILIES.values()) - set(self.families))
        if missing:
            raise ValueError(f"families: {' and '.join(missing)} missing; lenses of every kind are inspected")
        return self

    @model_validator(mode="after")
    def _every_value_finds_its_band(self) -> Standard:
        lists: list[tuple[str, Sequence[Any]]] = [("axis", self.axis), ("add", self.add)]
        if self.axis_uncut:
            lists.append(("axisUncut", self.axis_uncut))
        for name, family in self.families.items():
            lists.append((f"{name}.powers", family.powers))
            lists += [(f"{name}.powers.{place}.cylinder", band.cylinder) for place, band in enumerate(family.powers)]
        for where, bands in lists:
            _cover(where, [band.up_to for band in bands])
        for name, family in self.families.items():
            if family.prism_pair:  # a standard may have nothing to say of the pair
                _cover(f"{name}.prismPair", [band.prescribed_up_to for band in family.prism_pair])
        return self


def _cover(where: str, limits: Sequence[float | None]) -> None:
    """Raises `ValueError` unless bands with these ends take every value there is."""
    ends = [limit for limit in limits if limit is not None]
    if limits[-1] is not None or len(ends) != len(limits) - 1 or sorted(ends) != ends:
        raise ValueError(f"{where}: the bands rise, and only the last has no end")


_STANDARDS = TypeAdapter(tuple[Standard, ...])


def load_standards(standards: Any) -> tuple[Standard, ...]:
    """Read a list of standards, as JSON holds it; raises `StandardsError` with the place and a sentence."""
    try:
        return _STANDARDS.validate_python(standards)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "standards"
        raise StandardsError(f"{place}: {first['msg'].removeprefix('Value error, ')}") from None


@lru_cache(maxsize=1)
def shipped_standards() -> tuple[Standard, ...]:
    """ANSI Z80.1-2015 and ISO 21987:2017 as public sources tell them."""
    return load_standards(json.loads(files(__package__).joinpath("tolerances.json").read_text("utf-8")))


def in_force(name: str, on: date | None = None, standards: Iterable[Standard] | None = None) -> Standard:
    """The edition of a standard in force on a day (the newest without one).

    Raises `LookupError` when no edition of that name was in force.
    """
    known = [one for one in (shipped_standards() if standards is None else standards) if one.name == name]
    now = [one for one in known if on is None or one.effective_from <= on]
    if not now:
        raise LookupError(f"no edition of {name} is in force" + (f" on {on}" if on is not None else ""))
    return max(now, key=lambda one: one.effective_from)


def family_of(kind: str) -> Family:
    """The column of the tables a lens belongs to: `sv` for single vision and segments, else `progressive`.

    >>> family_of("bf"), family_of("pal")
    ('sv', 'progressive')
    """
    try:
        return _FAMILIES[kind.lower()]
    except KeyError:
        raise ValueError(f"{kind!r} is no kind of lens") from None


@dataclass(frozen=True)
class Allowed:
    """What one lens is allowed, either way: dioptres, degrees; None where the standard has nothing to say."""

    sphere: float
    cyl: float
    axis: float | None
    add: float | None


def tolerances(
    standard: str | Standard,
    kind: str,
    sphere_dpt: float,
    cylinder_dpt: float = 0.0,
    axis_deg: float | None = None,
    add_dpt: float | None = None,
    *,
    mounted: bool = True,
) -> Allowed:
    """What a standard allows a lens of this power. Raises `ValueError` for a kind nobody knows.

    >>> tolerances("ANSI Z80.1", "pal", 2.00, -1.25, 15, 2.00)
    Allowed(sphere=0.16, cyl=0.16, axis=3.0, add=0.12)
    """
    if isinstance(standard, str):
        standard = in_force(standard)
    strongest = max(abs(sphere_dpt), abs(sphere_dpt + cylinder_dpt))
    cylinder = abs(cylinder_dpt)
    band = _band(standard.families[family_of(kind)].powers, strongest)
    axes = standard.axis_uncut if not mounted and standard.axis_uncut else standard.axis
    return Allowed(
        sphere=band.meridian.of(strongest),
        cyl=_band(band.cylinder, cylinder).of(cylinder),
        axis=None if axis_deg is None or cylinder < standard.axis_from_dpt else _band(axes, cylinder).deg,
        add=None if not add_dpt else _band(standard.add, abs(add_dpt)).of(add_dpt),
    )


def _band(bands: Sequence[Band], value: float) -> Band:
    return next(band for band in bands if band.up_to is None or value <= band.up_to + _NEXT_TO_NOTHING)
