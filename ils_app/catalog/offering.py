"""Turns a version of the catalog into what an order form offers. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ils_app.catalog.schemas import CatalogView, Choice, Offer, TreatmentGroup
from ils_app.catalog.wording import GROUPS
from ils_app.kernel import log
from lims_client.models import CatalogEntry, Category, Urgency
from lims_client.rules.ruleset import Rules, RulesError, load_rules

NOT_OFFERED = "The lab does not offer this at present."
URGENCIES = {
    Urgency.STANDARD: ("Standard", "In the lab's usual time."),
    Urgency.EXPEDITED: ("Expedited", "Ahead of standard work."),
    Urgency.RUSH: ("Rush", "As fast as the lab can."),
}

logger = log.get_logger(__name__)


def offer_of(catalog: CatalogView) -> Offer:
    """The offer of one version. Rules that ILS cannot read leave it without reasons: the LIMS has the last word."""
    rules = _read(catalog)

    def choices(category: Category) -> tuple[Choice, ...]:
        entries = (entry for entry in catalog.entries if entry.category == category)
        return tuple(_choice(entry, catalog, rules) for entry in entries)

    return Offer(
        number=catalog.number,
        rules_version=catalog.rules_version,
        version=catalog.version,
        currency=rules.prices.currency if rules else "GBP",
        families=choices(Category.LENS_TYPE),
        designs=choices(Category.DESIGN),
        materials=choices(Category.MATERIAL),
        colours=choices(Category.COLOUR),
        treatments=_grouped(choices(Category.COATING), rules),
        tints=choices(Category.TINT),
        frame_types=choices(Category.FRAME_TYPE),
        urgencies=_urgencies(rules),
        confirmed_at=catalog.confirmed_at,
        stale=catalog.stale,
        rules=rules,
    )


def _read(catalog: CatalogView) -> Rules | None:
    if not catalog.rules:
        return None
    try:
        return load_rules(catalog.rules, version=catalog.rules_version)
    except RulesError as error:
        logger.warning("catalog_rules_unread", rules_version=catalog.rules_version, problems=len(error.problems))
        return None


def _choice(entry: CatalogEntry, catalog: CatalogView, rules: Rules | None) -> Choice:
    return Choice(
        id=entry.id,
        name=entry.name,
        category=entry.category,
        description=entry.description or "",
        group=_group(entry, rules),
        available=entry.available,
        lead_time_hours=None if entry.lead_time is None else float(entry.lead_time),
        price_minor=_price(entry, rules),
        is_new=entry.id in catalog.added,
        reason="" if entry.available else NOT_OFFERED,
    )


def _group(entry: CatalogEntry, rules: Rules | None) -> str:
    if rules is not None and entry.category == Category.DESIGN and entry.id in rules.design:
        return rules.design[entry.id].lens_type
    if rules is not None and entry.id in rules.treatment:
        return rules.treatment[entry.id].group
    for key in ("group", "family", "lensType"):
        if isinstance(said := entry.metadata.get(key), str):
            return said
    return ""


def _price(entry: CatalogEntry, rules: Rules | None) -> int | None:
    if rules is None:
        said: Any = entry.metadata.get("priceMinor")
        return said if isinstance(said, int) else None
    prices = rules.prices
    match entry.category:
        case Category.DESIGN:
            return min(prices.lenses.get(entry.id, {}).values(), default=None)
        case Category.COLOUR:
            return prices.colours.get(entry.id)
        case Category.COATING | Category.TINT:
            return prices.treatments.get(entry.id)
        case Category.FRAME_TYPE:
            return next((minor for kind, minor in prices.mounting.items() if kind == entry.id), None)
    return None


def _grouped(coatings: Iterable[Choice], rules: Rules | None) -> tuple[TreatmentGroup, ...]:
    """Coatings by kind, in the lab's own order of kinds."""
    groups: dict[str, list[Choice]] = {}
    for choice in coatings:
        groups.setdefault(choice.group or "other", []).append(choice)
    exclusive = {str(group) for group in rules.one_of_group} if rules else set()
    return tuple(
        TreatmentGroup(id=group, label=GROUPS.get(group, group), exclusive=group in exclusive, choices=tuple(listed))
        for group, listed in groups.items()
    )


def _urgencies(rules: Rules | None) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            id=urgency,
            name=name,
            category="urgency",
            description=description,
            price_minor=rules.prices.urgency.get(urgency) if rules else None,
        )
        for urgency, (name, description) in URGENCIES.items()
    )
