"""The words for a place in the rules: what an engineer and an optician call it, and what its values mean there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ils_app.kernel.money import Money
from lims_client.models import CatalogEntry

SECTIONS: Mapping[str, str] = {
    "families": "Family",
    "materials": "Material",
    "designs": "Design",
    "colours": "Colour",
    "treatments": "Treatment",
    "frameTypes": "Frame type",
}
CATEGORIES: Mapping[str, str] = {
    "lens_type": "Family",
    "design": "Design",
    "material": "Material",
    "colour": "Colour",
    "coating": "Coating",
    "tint": "Tint",
    "frame_type": "Frame type",
}
GROUPS: Mapping[str, str] = {
    "hard": "Hard coats",
    "ar": "Anti-reflection",
    "mirror": "Mirrors",
    "tint": "Tints",
    "uv": "UV",
    "edge": "Edge",
    "prism": "Prism",
    "slab": "Slab-off",
    "other": "Other",
}
FIELDS: Mapping[str, str] = {
    "sphereMinDpt": "lowest sphere",
    "sphereMaxDpt": "highest sphere",
    "cylinderMaxDpt": "greatest cylinder",
    "addMinDpt": "lowest addition",
    "addMaxDpt": "highest addition",
    "tintMaxPercent": "densest tint, per cent",
    "lensType": "family",
    "min": "from",
    "max": "to",
    "oneOfGroup": "taken only once",
}
UNITS: Mapping[str, str] = {
    "Dpt": " in dioptres",
    "Mm": " in millimetres",
    "Deg": " in degrees",
    "Percent": " in per cent",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids in two sets of rules are called, and the currency their prices are in."""

    by_section: Mapping[str, Mapping[str, str]]
    currency: str

    @classmethod
    def of(cls, before: Mapping[str, Any], after: Mapping[str, Any]) -> Names:
        """The names of both sides; the newer one's win."""
        found: dict[str, dict[str, str]] = {}
        for rules in (before, after):
            for section in SECTIONS:
                names = {one["id"]: one.get("name", one["id"]) for one in rules.get(section, ()) if "id" in one}
                found.setdefault(section, {}).update(names)
        currency = after.get("prices", {}).get("currency") or before.get("prices", {}).get("currency") or "GBP"
        return cls(found, currency)

    def name(self, section: str, entry_id: str) -> str:
        """What an id is called in one section; the id itself where nobody named it."""
        return self.by_section.get(section, {}).get(entry_id, entry_id)

    def any(self, entry_id: str) -> str:
        """What an id is called, wherever it is listed."""
        return next((names[entry_id] for names in self.by_section.values() if entry_id in names), entry_id)

    def selector(self, selector: str) -> str:
        """A rule's selector in words: `treatment:mirror-*` is “every mirror-…”."""
        kind, _, rest = selector.partition(":")
        name, _, percent = rest.partition(">")
        if kind == "group":
            shown = GROUPS.get(name, name).lower()
        elif "*" in name:
            shown = f"every {name.replace('*', '…')}"
        else:
            shown = self.any(name)
        return shown + (f" over {percent} %" if percent else "")


def category_word(entry: CatalogEntry) -> str:
    """What kind of thing an entry is."""
    return CATEGORIES.get(entry.category, entry.category.replace("_", " ").capitalize())


def hours(value: Decimal | float | None) -> str:
    """A lead time as it is read: hours, whole days as days."""
    if value is None:
        return "no extra time"
    number = float(value)
    if number and number % 24 == 0:
        days = int(number // 24)
        return "1 day" if days == 1 else f"{days} days"
    return f"{number:g} hours"


def power(value: Any) -> str:
    """A power in dioptres with its sign.

    >>> power(-2)
    '−2.00'
    """
    return f"{float(value):+.2f}".replace("-", "−")


def spoken(field: str) -> str:
    """A field of the rules in words.

    >>> spoken("edgeDistanceMinMm")
    'edge distance min in millimetres'
    """
    if field in FIELDS:
        return FIELDS[field]
    unit = next((suffix for suffix in UNITS if field.endswith(suffix)), "")
    words = re.sub(r"(?<=[a-z0-9])([A-Z])", r" \1", field.removesuffix(unit)).lower().replace("_", " ")
    return words + UNITS.get(unit, "")


def in_words(value: Any, names: Names) -> str:
    """A JSON value as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        shown = (f"{spoken(key)} {in_words(one, names)}" for key, one in value.items() if key != "id")
        return "; ".join(shown)
    if isinstance(value, list):
        return ", ".join(in_words(one, names) for one in value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return names.any(str(value))


def noun(path: tuple[str, ...], names: Names) -> str:
    """Where in the rules something is: “Material 1.74, surfaced, highest sphere”."""
    head, *rest = path
    listed = head in SECTIONS and bool(rest)
    words = [f"{SECTIONS[head]} {names.name(head, rest[0])}", *rest[1:]] if listed else [head, *rest]
    shown = ", ".join(named if (named := names.any(word)) != word else spoken(word) for word in words)
    return shown[:1].upper() + shown[1:]


Phrase = Callable[[tuple[str, ...], Any, Any, Names], str | None]


def sentence_for(path: tuple[str, ...], before: Any, after: Any, names: Names) -> str | None:
    """The sentence for a place that has one; None for the rest, which are told plainly."""
    phrase = _PHRASES.get(path[0])
    return phrase(path, before, after, names) if phrase else None


def _listed(path: tuple[str, ...], before: Any, after: Any, names: Names) -> str | None:
    section, entry_id, *rest = path
    what = f"{SECTIONS[section]} {names.name(section, entry_id)}"
    match rest:
        case []:
            return f"{what} is new." if before is None else f"{what} is gone."
        case ["available"]:
            return f"{what} can {'be ordered again' if after is not False else 'no longer be ordered'}."
        case ["retired"]:
            return f"{what} is {'retired' if after else 'no longer retired'}."
        case ["materials", material]:
            made = "is now made" if before is None else "is no longer made"
            return f"{what} {made} in {names.name('materials', material)}."
        case ["stock" | "surfaced" as route, "sphereMinDpt" | "sphereMaxDpt" as end] if before and after:
            end_word = "down to" if end == "sphereMinDpt" else "up to"
            return f"{what}, {route}: spheres {end_word} {power(after)}, was {power(before)}."
        case ["requires" | "refuses" | "needs" as how, group]:
            verb = {"requires": "needs", "refuses": "refuses", "needs": "needs"}[how]
            now = "now" if before is None else "no longer"
            return f"{what} {now} {verb} {GROUPS.get(group, group).lower()}."
    return None


def _clash(path: tuple[str, ...], before: Any, after: Any, names: Names) -> str | None:
    if path[2:] == ("because",):
        first, second, *_ = path[1].split("|")
        return f"Still not possible: {names.selector(first)} with {names.selector(second)}. {after}"
    clash = after if before is None else before
    if len(path) != 2 or not isinstance(clash, Mapping):
        return None
    pair = f"{names.selector(clash['first'])} with {names.selector(clash['second'])}"
    if before is None:
        return f"Not possible any more: {pair}. {clash['because']}"
    return f"Possible again: {pair}."


def _price(path: tuple[str, ...], before: Any, after: Any, names: Names) -> str | None:
    match path[1:]:
        case ["lenses", design, material]:
            what = f"{names.name('designs', design)} in {names.name('materials', material)}"
        case ["lenses" | "colours" | "treatments" | "mounting" | "urgency", thing]:
            what = names.any(thing).replace("_", " ")
        case ["prism"]:
            what = "Prism"
        case _:
            return None
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        return None
    return _costs(what[:1].upper() + what[1:], before, after, names.currency)


def _costs(what: str, before: int | None, after: int | None, currency: str) -> str:
    if after is None:
        return f"{what} has no price any more, was {Money(minor=before or 0, currency=currency)}."
    now = f"{what} costs {Money(minor=after, currency=currency)}"
    return f"{now}." if before is None else f"{now}, was {Money(minor=before, currency=currency)}."


def _service(path: tuple[str, ...], before: Any, after: Any, names: Names) -> str | None:
    match path[1:]:
        case ["routeDays", route]:
            what = f"Service time, {route.replace('_', ' ')}"
        case ["groupDays", group]:
            what = f"Service time added by {GROUPS.get(group, group).lower()}"
        case ["mountingDays", mounting]:
            what = f"Service time added by {mounting}"
        case ["holidays", day]:
            return f"{day} is {'a holiday' if before is None else 'no longer a holiday'}."
        case _:
            return None
    return f"{what}: {_days(after)}, was {_days(before)}."


def _days(value: int | None) -> str:
    if value is None:
        return "nothing"
    return "1 working day" if value == 1 else f"{value} working days"


_PHRASES: Mapping[str, Phrase] = {
    **dict.fromkeys(SECTIONS, _listed),
    "clashes": _clash,
    "prices": _price,
    "service": _service,
}
