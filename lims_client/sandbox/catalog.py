"""The catalog that follows from a rule set: what can be chosen, what it costs, takes and does not go with."""

from __future__ import annotations

from typing import Any

from lims_client.models import Catalog, CatalogEntry, Category
from lims_client.rules import Rules
from lims_client.rules.products import Chosen, Clash, Group, Listed, Treatment


def catalog_of(rules: Rules, *, version: str, timestamp: str | None) -> Catalog:
    """The catalog of a published rule set, in the order of the rules."""
    entries = [
        *(_family(rules, place) for place in range(len(rules.families))),
        *(_design(rules, place) for place in range(len(rules.designs))),
        *(_material(rules, place) for place in range(len(rules.materials))),
        *(_colour(rules, place) for place in range(len(rules.colours))),
        *(_treatment(rules, one) for one in rules.treatments),
        *(_frame(rules, place) for place in range(len(rules.frame_types))),
    ]
    body = {"version": version, "rulesVersion": rules.version, "timestamp": timestamp, "entries": entries}
    return Catalog.model_validate(body)


def _priced(rules: Rules, minor: int | None) -> dict[str, Any]:
    return {} if minor is None else {"priceMinor": minor, "currency": rules.prices.currency}


def _status(one: Listed) -> dict[str, Any]:
    facts: dict[str, Any] = {"retired": True} if one.retired else {}
    if one.accounts is not None:
        facts["accounts"] = list(one.accounts)
    return facts


def _clashes(rules: Rules, *chosen: Chosen) -> list[dict[str, Any]]:
    """What the rules say against having this beside something else."""

    def other(clash: Clash) -> str | None:
        if any(one.is_meant_by(clash.first.partition(">")[0]) for one in chosen):
            return clash.second
        if any(one.is_meant_by(clash.second.partition(">")[0]) for one in chosen):
            return clash.first
        return None

    found = [(clash, against) for clash in rules.clashes if (against := other(clash)) is not None]
    return [
        {
            "with": against,
            "because": clash.because,
            "severity": clash.severity,
            **({"unless": clash.unless} if clash.unless else {}),
        }
        for clash, against in found
    ]


def _family(rules: Rules, place: int) -> CatalogEntry:
    family = rules.families[place]
    designs = [one.id for one in rules.designs if one.lens_type is family.id]
    return CatalogEntry(
        id=family.id,
        name=family.name,
        category=Category.LENS_TYPE,
        available=family.available,
        restrictions={"designs": designs},
        metadata={"design": family.design, "material": family.material, "colour": family.colour, "designs": designs},
    )


def _design(rules: Rules, place: int) -> CatalogEntry:
    design = rules.designs[place]
    facts = design.model_dump(
        mode="json",
        by_alias=True,
        exclude_none=True,
        include={
            "lens_type", "materials", "routes", "add_min_dpt", "add_max_dpt", "freeform", "height", "needs", "uses",
            "boost_dpt", "degressions_dpt", "corridor", "segment", "review",
        },
    )  # fmt: skip
    prices = rules.prices.lenses.get(design.id, {})
    route = "surfaced" if "stock" not in design.routes else "stock_cut"
    days = {str(name): number for name, number in rules.service.route_days.items()}
    return CatalogEntry(
        id=design.id,
        name=design.name,
        category=Category.DESIGN,
        description=design.description,
        available=design.available and not design.retired,
        lead_time=days.get(route, 0) * 24,
        restrictions={
            "materials": list(design.materials),
            "needs": list(design.needs),
            "clashes": _clashes(rules, Chosen(kind="design", name=design.id)),
        },
        metadata={**facts, **_status(design), "pricesMinor": prices, "currency": rules.prices.currency},
    )


def _material(rules: Rules, place: int) -> CatalogEntry:
    material = rules.materials[place]
    facts = material.model_dump(
        mode="json",
        by_alias=True,
        exclude_none=True,
        exclude={"id", "name", "description", "available", "retired", "accounts"},
    )
    return CatalogEntry(
        id=material.id,
        name=material.name,
        category=Category.MATERIAL,
        description=material.description,
        available=material.available and not material.retired,
        restrictions={
            "requires": list(material.requires),
            "refuses": list(material.refuses),
            "clashes": _clashes(rules, Chosen(kind="material", name=material.id)),
        },
        metadata={
            **facts,
            **_status(material),
            "designs": [one.id for one in rules.designs if material.id in one.materials],
        },
    )


def _colour(rules: Rules, place: int) -> CatalogEntry:
    colour = rules.colours[place]
    return CatalogEntry(
        id=colour.id,
        name=colour.name,
        category=Category.COLOUR,
        description=colour.description,
        available=colour.available and not colour.retired,
        restrictions={
            "materials": [one.id for one in rules.materials] if colour.materials is None else list(colour.materials),
            "clashes": _clashes(rules, Chosen(kind="colour", name=colour.id)),
        },
        metadata={**_status(colour), **_priced(rules, rules.prices.colours.get(colour.id))},
    )


def _treatment(rules: Rules, one: Treatment) -> CatalogEntry:
    densities = {"densityMinPercent": one.density_min_percent, "densityMaxPercent": one.density_max_percent}
    return CatalogEntry(
        id=one.id,
        name=one.name,
        category=Category.TINT if one.group is Group.TINT else Category.COATING,
        description=one.description,
        available=one.available and not one.retired,
        lead_time=rules.service.group_days.get(one.group, 0) * 24,
        restrictions={
            "materials": [
                material.id
                for material in rules.materials
                if one.group not in material.refuses and (one.materials is None or material.id in one.materials)
            ],
            "needs": list(one.needs),
            "clashes": _clashes(rules, Chosen(kind="treatment", name=one.id), Chosen(kind="group", name=one.group)),
        },
        metadata={
            "group": one.group,
            "onlyOneOfGroup": one.group in rules.one_of_group,
            "review": one.review,
            **{name: float(value) for name, value in densities.items() if value is not None},
            **_status(one),
            **_priced(rules, rules.prices.treatments.get(one.id)),
        },
    )


def _frame(rules: Rules, place: int) -> CatalogEntry:
    style = rules.frame_types[place]
    return CatalogEntry(
        id=style.id,
        name=style.name,
        category=Category.FRAME_TYPE,
        available=style.available,
        lead_time=rules.service.mounting_days.get(style.mounting, 0) * 24,
        restrictions={"impactAtLeast": style.impact_at_least} if style.impact_at_least else {},
        metadata={"mounting": style.mounting, **_priced(rules, rules.prices.mounting.get(style.id))},
    )
