"""What a configuration asks for, read against the rules: lenses in minus form and the entries it names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

from lims_client.models import Configuration, Eye, Frame, FrameStatus, FrameType, LensType, Prescription, Prism
from lims_client.optics.powers import transpose
from lims_client.rules.products import Chosen, Colour, Design, FrameStyle, Group, Listed, Material, Mounting, Treatment
from lims_client.rules.ruleset import Rules
from lims_client.rules.traced import TracedFrame

ZERO = Decimal(0)
_FAR_OFF = Decimal(9999)
_WRITTEN_EIGHTHS = frozenset({12, 13, 37, 38, 62, 63, 87, 88})

Prefix = Literal["od", "os"]


def within_reason(value: Decimal) -> Decimal:
    """The number itself, or +/-9999 for one no lens could have, so that arithmetic on it stays exact and quick."""
    return max(min(value, _FAR_OFF), -_FAR_OFF)


def nominal_dpt(value: Decimal) -> Decimal:
    """The power meant by a written one: `.12 .37 .62 .87` stand for eighths of a dioptre.

    >>> nominal_dpt(Decimal("-2.12"))
    Decimal('-2.125')
    """
    value = within_reason(value)
    hundredths = value * 100
    if hundredths == hundredths.to_integral_value() and int(abs(hundredths)) % 100 in _WRITTEN_EIGHTHS:
        return (value * 8).to_integral_value() / 8
    return value


def transposed(
    sphere_dpt: Decimal, cylinder_dpt: Decimal, axis_deg: Decimal | None
) -> tuple[Decimal, Decimal, Decimal | None]:
    """The same lens in the other cylinder form: S + C, -C, axis + 90 kept in 1 to 180.

    >>> transposed(Decimal("-2.00"), Decimal("1.00"), Decimal(180))
    (Decimal('-1.00'), Decimal('-1.00'), Decimal('90'))
    """
    return transpose(sphere_dpt, cylinder_dpt, None if axis_deg is None else within_reason(axis_deg))


@dataclass(frozen=True)
class Lens:
    """One lens to be made. `sphere` and `cylinder` are nominal and in minus form, and `minus_axis` belongs to them;
    `axis` is as it was typed."""

    eye: Eye
    prefix: Prefix
    sphere: Decimal | None
    cylinder: Decimal
    axis: Decimal | None
    add: Decimal | None
    prisms: tuple[Prism, ...]
    height: Decimal | None
    balance: bool = False
    minus_axis: Decimal | None = None

    @property
    def steep(self) -> Decimal:
        """Sphere + cylinder: the power of the other meridian."""
        return (self.sphere or ZERO) + self.cylinder

    @property
    def equivalent(self) -> Decimal | None:
        """Spherical equivalent in dioptres."""
        return None if self.sphere is None else self.sphere + self.cylinder / 2

    def field(self, name: str) -> str:
        """The wire name of one of its fields, e.g. `odAxis`."""
        return self.prefix + name


@dataclass(frozen=True)
class Order:
    """A configuration read against the rules. What it names and the rules lack is in `unknown` (field, name)."""

    configuration: Configuration
    rules: Rules
    lenses: tuple[Lens, ...]
    lens_type: LensType | None
    design: Design | None
    material: Material | None
    colour: Colour | None
    treatments: tuple[Treatment, ...]
    tint_percent: Decimal | None
    style: FrameStyle | None
    unknown: tuple[tuple[str, str], ...]
    shape: TracedFrame | None = None

    @property
    def rx(self) -> Prescription:
        return self.configuration.prescription

    @property
    def frame(self) -> Frame | None:
        return self.configuration.frame

    @property
    def uncut(self) -> bool:
        """No frame to cut the lenses for."""
        return self.frame is None or self.frame.status is FrameStatus.UNCUT

    @property
    def mounting(self) -> Mounting | None:
        return None if self.uncut or self.style is None else self.style.mounting

    @cached_property
    def groups(self) -> frozenset[Group]:
        return frozenset(treatment.group for treatment in self.treatments)

    @property
    def tints(self) -> tuple[Treatment, ...]:
        return tuple(treatment for treatment in self.treatments if treatment.group is Group.TINT)

    def lens(self, eye: Eye) -> Lens | None:
        return next((lens for lens in self.lenses if lens.eye is eye), None)

    @cached_property
    def listed(self) -> tuple[tuple[str, Listed], ...]:
        """Every entry chosen, with the field that chose it."""
        products = (("design", self.design), ("material", self.material), ("colour", self.colour))
        chosen: list[tuple[str, Listed]] = [(field, one) for field, one in products if one is not None]
        return (*chosen, *((self.field_of(one), one) for one in self.treatments))

    def field_of(self, treatment: Treatment) -> str:
        tint = self.configuration.tint
        return "tint" if tint is not None and tint.entry == treatment.id else "coatings"

    @cached_property
    def chosen(self) -> tuple[tuple[str, Chosen], ...]:
        """Everything chosen as selectors see it, with the field that chose it."""
        found: list[tuple[str, Chosen]] = []
        if self.lens_type is not None:
            found.append(("lensType", Chosen(kind="family", name=self.lens_type)))
        for kind, one in (("design", self.design), ("material", self.material), ("colour", self.colour)):
            if one is not None:
                found.append((kind, Chosen(kind=kind, name=one.id)))
        for treatment in self.treatments:
            percent = self.tint_percent if treatment.group is Group.TINT else None
            field = self.field_of(treatment)
            found.append((field, Chosen(kind="treatment", name=treatment.id, percent=percent)))
            found.append((field, Chosen(kind="group", name=treatment.group, percent=percent)))
        if self.style is not None:
            found.append(("frame.type", Chosen(kind="frame", name=self.style.id)))
        return tuple(found)


def read(configuration: Configuration, rules: Rules, shape: TracedFrame | None = None) -> Order:
    """Read a configuration and its traced frame against the rules; whatever it holds, this does not raise."""
    unknown: list[tuple[str, str]] = []
    lens_type, design = _design(configuration, rules, unknown)
    family = rules.family.get(lens_type) if lens_type is not None else None

    material_id = configuration.material
    if material_id is None and family is not None:
        material_id = family.material
        if design is not None and material_id not in design.materials:
            material_id = design.materials[0]
    colour_id = configuration.colour or (family.colour if family is not None else None)
    material = rules.material.get(material_id) if material_id is not None else None
    colour = rules.colour.get(colour_id) if colour_id is not None else None
    if material is None and material_id is not None:
        unknown.append(("material", material_id))
    if colour is None and colour_id is not None:
        unknown.append(("colour", colour_id))

    tint = configuration.tint
    return Order(
        configuration=configuration,
        rules=rules,
        lenses=_lenses(configuration.prescription),
        lens_type=lens_type,
        design=design,
        material=material,
        colour=colour,
        treatments=_treatments(configuration, rules, unknown),
        tint_percent=within_reason(tint.density) if tint is not None and tint.density is not None else None,
        style=_style(configuration, rules),
        unknown=tuple(unknown),
        shape=shape,
    )


def _design(
    configuration: Configuration, rules: Rules, unknown: list[tuple[str, str]]
) -> tuple[LensType | None, Design | None]:
    lens_type = configuration.lens_type
    if configuration.design is None:
        if lens_type is None:
            return None, None
        family = rules.family.get(lens_type)
        if family is None:
            unknown.append(("lensType", lens_type))
            return lens_type, None
        return lens_type, rules.design.get(family.design)
    design = rules.design.get(configuration.design)
    if design is None:
        unknown.append(("design", configuration.design))
    return lens_type or (design.lens_type if design is not None else None), design


def _treatments(configuration: Configuration, rules: Rules, unknown: list[tuple[str, str]]) -> tuple[Treatment, ...]:
    named = [("coatings", name) for name in configuration.coatings]
    if configuration.tint is not None:
        named.append(("tint", configuration.tint.entry))
    found: dict[str, Treatment] = {}
    for field, name in named:
        for one in rules.packages.get(name, (name,)):
            treatment = rules.treatment.get(one)
            if treatment is None or (field == "tint" and treatment.group is not Group.TINT):
                unknown.append((field, name))
            else:
                found[treatment.id] = treatment
    return tuple(found.values())


def _style(configuration: Configuration, rules: Rules) -> FrameStyle | None:
    if configuration.frame is None:
        return None
    wanted = configuration.frame.type or FrameType.FULL_RIM
    return next((style for style in rules.frame_types if style.id is wanted), None)


def _lenses(rx: Prescription) -> tuple[Lens, ...]:
    right, left = _lens(rx, Eye.RIGHT, "od"), _lens(rx, Eye.LEFT, "os")
    if rx.eye is Eye.BOTH:
        there = tuple(lens for lens in (right, left) if _is_there(rx, lens))
        return there or (right, left)
    made, other = (right, left) if rx.eye is Eye.RIGHT else (left, right)
    if not rx.balance:
        return (made,)
    twin = Lens(other.eye, other.prefix, made.sphere, made.cylinder, made.axis, made.add, (), made.height, balance=True)
    return (made, twin) if made is right else (twin, made)


def _is_there(rx: Prescription, lens: Lens) -> bool:
    typed = (getattr(rx, f"{lens.prefix}_{name}") for name in ("sphere", "cylinder", "axis", "add"))
    return any(value is not None for value in typed) or bool(lens.prisms)


def _lens(rx: Prescription, eye: Eye, prefix: Prefix) -> Lens:
    def value(name: str) -> Decimal | None:
        typed: Decimal | None = getattr(rx, f"{prefix}_{name}")
        return None if typed is None else within_reason(typed)

    sphere, axis = value("sphere"), value("axis")
    sphere = None if sphere is None else nominal_dpt(sphere)
    cylinder = nominal_dpt(value("cylinder") or ZERO)
    minus_axis = axis
    if cylinder > 0 and sphere is not None:
        sphere, cylinder, minus_axis = transposed(sphere, cylinder, axis)
    prisms = rx.od_prism if prefix == "od" else rx.os_prism
    return Lens(eye, prefix, sphere, cylinder, axis, value("add"), prisms, value("height"), minus_axis=minus_axis)
