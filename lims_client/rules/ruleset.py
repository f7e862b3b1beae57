"""A rule set's `rules` as one frozen model, and the door that refuses a badly edited one in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic.alias_generators import to_camel

from lims_client.models import LensType, Problem, RuleSet, Severity, Urgency
from lims_client.rules.limits import (
    BalanceLimits,
    Blanks,
    DrillLimits,
    FrameCurveLimits,
    FrameLimits,
    HistoryLimits,
    PrescriptionLimits,
    Prices,
    PrismLimits,
    RouteName,
    Routing,
    Service,
    Span,
    ThicknessLimits,
)
from lims_client.rules.products import (
    Clash,
    Colour,
    Design,
    Family,
    FrameStyle,
    Group,
    Identifier,
    Listed,
    Material,
    Part,
    Treatment,
)

OneListed = TypeVar("OneListed", bound=Listed)


class RulesError(ValueError):
    """The rules cannot be used; `problems` says what is wrong, by path."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in self.problems))


class Rules(Part):
    """Everything the engine and the catalog follow from. `version` names the rule set and is not part of its JSON."""

    version: str = Field("", exclude=True)
    format: Literal[1] = 1
    families: tuple[Family, ...] = Field(min_length=1)
    materials: tuple[Material, ...] = Field(min_length=1)
    designs: tuple[Design, ...] = Field(min_length=1)
    colours: tuple[Colour, ...] = Field(min_length=1)
    treatments: tuple[Treatment, ...] = ()
    packages: dict[Identifier, tuple[Identifier, ...]] = Field({}, description="one name for several treatments")
    frame_types: tuple[FrameStyle, ...]
    one_of_group: tuple[Group, ...] = Field((), description="groups of which a lens takes only one treatment")
    clashes: tuple[Clash, ...] = ()
    prescription: PrescriptionLimits
    prism: PrismLimits
    frame: FrameLimits
    balance: BalanceLimits
    drill: DrillLimits
    thickness: ThicknessLimits = ThicknessLimits()
    frame_curve: FrameCurveLimits = FrameCurveLimits()
    history: HistoryLimits = HistoryLimits()
    blanks: Blanks
    routing: Routing
    service: Service
    prices: Prices
    severities: dict[str, Severity] = Field({}, description="by code, where the lab sees it otherwise")

    @cached_property
    def material(self) -> Mapping[str, Material]:
        return {one.id: one for one in self.materials}

    @cached_property
    def design(self) -> Mapping[str, Design]:
        return {one.id: one for one in self.designs}

    @cached_property
    def colour(self) -> Mapping[str, Colour]:
        return {one.id: one for one in self.colours}

    @cached_property
    def treatment(self) -> Mapping[str, Treatment]:
        return {one.id: one for one in self.treatments}

    @cached_property
    def family(self) -> Mapping[LensType, Family]:
        return {one.id: one for one in self.families}

    def to_wire(self) -> dict[str, Any]:
        """The JSON a LIMS keeps and publishes."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def load_rules(rules: Mapping[str, Any], *, version: str = "") -> Rules:
    """Read a rule set's `rules`.

    Raises `RulesError`, whose problems name the path and say in a sentence what is wrong there.
    """
    try:
        loaded = Rules.model_validate({**rules, "version": version})
    except ValidationError as error:
        raise RulesError(
            Problem(field=_path(line["loc"]), message=_sentence(line["msg"]), code=line["type"])
            for line in error.errors(include_url=False, include_input=False, include_context=False)
        ) from None
    problems = tuple(_contradictions(loaded))
    if problems:
        raise RulesError(problems)
    return loaded


def rules_of(rule_set: RuleSet) -> Rules:
    """The rules of a rule set as the LIMS sent it; raises `RulesError`."""
    return load_rules(rule_set.rules, version=rule_set.version)


@lru_cache(maxsize=1)
def reference_rules() -> Rules:
    """The rule set the project ships: plausible figures for a lab to start from, not one maker's."""
    return load_rules(json.loads(files(__package__).joinpath("reference.json").read_text("utf-8")), version="1")


def _path(place: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in place) or "rules"


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")


def _contradictions(rules: Rules) -> Iterable[Problem]:
    yield from _repeated_ids(rules)
    yield from _families_that_cannot_be_made(rules)
    yield from _names_nobody_has(rules)
    yield from _ranges_upside_down(rules)
    yield from _gaps_in_service(rules)


def _repeated_ids(rules: Rules) -> Iterable[Problem]:
    for where in ("families", "materials", "designs", "colours", "treatments", "frame_types"):
        seen: set[str] = set()
        for place, one in enumerate(getattr(rules, where)):
            if one.id in seen:
                yield Problem(
                    field=f"{to_camel(where)}.{place}.id", message=f"{one.id!r} is there twice; an id names one thing."
                )
            seen.add(one.id)


def _families_that_cannot_be_made(rules: Rules) -> Iterable[Problem]:
    for place, family in enumerate(rules.families):
        design, material = rules.design.get(family.design), rules.material.get(family.material)
        if design is None:
            yield Problem(field=f"families.{place}.design", message=f"There is no design {family.design!r}.")
        elif design.lens_type is not family.id:
            yield Problem(
                field=f"families.{place}.design",
                message=f"{design.name} is a {design.lens_type} design; the standard of {family.name} must be its own.",
            )
        elif material is not None and material.id not in design.materials:
            yield Problem(
                field=f"families.{place}.material",
                message=f"{design.name} is not made in {material.name}, so the two cannot both be the standard.",
            )
        if material is None:
            yield Problem(field=f"families.{place}.material", message=f"There is no material {family.material!r}.")
        if family.colour not in rules.colour:
            yield Problem(field=f"families.{place}.colour", message=f"There is no colour {family.colour!r}.")


def _names_nobody_has(rules: Rules) -> Iterable[Problem]:
    def unknown(names: Iterable[str], known: Mapping[str, object], field: str, kind: str) -> Iterable[Problem]:
        return (Problem(field=field, message=f"There is no {kind} {n!r}.") for n in names if n not in known)

    for where in ("designs", "colours", "treatments"):
        for place, one in enumerate(getattr(rules, where)):
            yield from unknown(one.materials or (), rules.material, f"{where}.{place}.materials", "material")
    for name, parts in rules.packages.items():
        yield from unknown(parts, rules.treatment, f"packages.{name}", "treatment")
    prices = rules.prices
    yield from unknown(prices.lenses, rules.design, "prices.lenses", "design")
    for design, by_material in prices.lenses.items():
        yield from unknown(by_material, rules.material, f"prices.lenses.{design}", "material")
    yield from unknown(prices.colours, rules.colour, "prices.colours", "colour")
    yield from unknown(prices.treatments, rules.treatment, "prices.treatments", "treatment")


def _ranges_upside_down(rules: Rules) -> Iterable[Problem]:
    def span(field: str, low: Any, high: Any) -> Iterable[Problem]:
        if low is not None and high is not None and low > high:
            yield Problem(
                field=field, message=f"The range runs from {low:f} down to {high:f}; the lower end comes first."
            )

    for place, material in enumerate(rules.materials):
        for name in ("stock", "surfaced"):
            box = getattr(material, name)
            if box is not None:
                yield from span(f"materials.{place}.{name}.sphereMinDpt", box.sphere_min_dpt, box.sphere_max_dpt)
    for place, design in enumerate(rules.designs):
        yield from span(f"designs.{place}.addMinDpt", design.add_min_dpt, design.add_max_dpt)
        if (design.add_min_dpt is None) != (design.add_max_dpt is None):
            yield Problem(field=f"designs.{place}.addMinDpt", message="An addition needs both ends of its range.")
    for part in ("prescription", "frame"):
        for name, value in getattr(rules, part):
            if isinstance(value, Span):
                yield from span(f"{part}.{to_camel(name)}", value.min, value.max)


def _gaps_in_service(rules: Rules) -> Iterable[Problem]:
    for route in RouteName:
        if route not in rules.service.route_days:
            yield Problem(field=f"service.routeDays.{route}", message="The working days of this route are missing.")
        for stop in rules.routing.stops(route):
            if stop.station not in rules.routing.minutes:
                yield Problem(
                    field=f"routing.minutes.{stop.station}", message="This station's standard minutes are missing."
                )
    for urgency in Urgency:
        if urgency not in rules.service.urgency_factor:
            yield Problem(field=f"service.urgencyFactor.{urgency}", message="The factor of this urgency is missing.")
