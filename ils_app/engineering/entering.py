"""Reads a form of the catalog page into a typed change, and lists what its fields offer. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pydantic import ValidationError

from ils_app.catalog.wording import GROUPS, SECTIONS, Names, power, spoken
from ils_app.engineering.edits import EDITS, AnyEdit
from ils_app.kernel.errors import Invalid
from ils_app.kernel.money import Money

Pair = tuple[str, str]  # value and label of one entry of a select
Written = Mapping[str, str]

KINDS: Final[tuple[Pair, ...]] = (
    ("price", "A price"),
    ("availability", "What is offered"),
    ("add_coating", "A new coating"),
    ("forbid", "Forbid a pair"),
    ("allow", "Allow a pair again"),
    ("made_in", "A material of a design"),
    ("power_range", "A range of powers"),
    ("service_days", "Service days"),
    ("wording", "A name or description"),
    ("replace", "Anything else, as text"),
)
SEVERITIES: Final[tuple[Pair, ...]] = (
    ("reject", "Cannot be made"),
    ("hold", "The lab looks first"),
    ("confirm", "The practice confirms"),
    ("warn", "Only a warning"),
)
_NUMBER = {"days": "a whole number of days", "minor": "an amount such as 29.00", "hours": "a number of hours"}


def offered_by(rules: Mapping[str, Any]) -> dict[str, list[Pair]]:
    """What each select of the page offers under these rules, by the name of its field."""
    if "prices" not in rules or "service" not in rules:
        return {**{name: [] for name in _LISTS}, "section": [("", "All of it"), *((key, spoken(key)) for key in rules)]}
    names = Names.of({}, rules)
    return {name: list(listed(rules, names)) for name, listed in _LISTS.items()}


def read_edit(form: Written) -> AnyEdit:
    """The change a form describes. Raises Invalid with a sentence for each field that cannot be read."""
    kind = form.get("kind", "")
    reader = _READERS.get(kind)
    if reader is None:
        raise Invalid("Choose what to change.", fields={"kind": "Choose what to change."})
    try:
        return EDITS.validate_python([{"kind": kind, **reader(form)}])[0]
    except ValidationError as error:
        fields = {str(line["loc"][-1]): _sentence(str(line["loc"][-1]), line["msg"]) for line in error.errors()}
        raise Invalid("Some fields cannot be read.", fields=fields) from None


def section_text(rules: Mapping[str, Any], section: str) -> str:
    """One section of the rules, or all of them, as text to edit."""
    return json.dumps(rules.get(section) if section else rules, indent=2, ensure_ascii=False)


def powers_now(rules: Mapping[str, Any], chosen: str) -> dict[str, str]:
    """The powers a material is had in by a route (`material:route`; "" is the first), by field; "" where none."""
    materials = rules.get("materials") or []
    material, _, route = (chosen or (f"{materials[0]['id']}:stock" if materials else "")).partition(":")
    box = next((one.get(route) for one in materials if one["id"] == material), None) or {}
    keys = {"sphere_min_dpt": "sphereMinDpt", "sphere_max_dpt": "sphereMaxDpt", "cylinder_max_dpt": "cylinderMaxDpt"}
    return {field: f"{box[key]:g}" if key in box else "" for field, key in keys.items()}


def _sentence(field: str, said: str) -> str:
    return f"Enter {_NUMBER[field]}." if field in _NUMBER else f"{said}."


def _split(value: str, parts: int) -> list[str]:
    found = value.split(":")
    return [*found, *([""] * (parts - len(found)))]


def _number(form: Written, field: str, words: str) -> Decimal:
    text = form.get(field, "").strip().replace("−", "-").replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise Invalid("Some fields cannot be read.", fields={field: f"Enter {words}."})
    return value


def _minor(form: Written) -> int:
    amount = _number(form, "minor", _NUMBER["minor"]) * 100
    if amount != amount.to_integral_value():
        raise Invalid("Some fields cannot be read.", fields={"minor": "At most two decimals."})
    return int(amount)


def _price(form: Written) -> dict[str, Any]:
    what, entry_id, material = _split(form.get("priced", ""), 3)
    minor = _minor(form) if form.get("minor", "").strip() else None  # an empty field takes the price out
    return {"what": what, "id": entry_id, "material": material, "minor": minor}


def _availability(form: Written) -> dict[str, Any]:
    section, entry_id = _split(form.get("entry", ""), 2)
    return {"section": section, "id": entry_id, "available": form.get("available") == "yes"}


def _wording(form: Written) -> dict[str, Any]:
    section, entry_id = _split(form.get("entry", ""), 2)
    name, description = form.get("name", "").strip(), form.get("description", "").strip()
    if not name and not description:
        raise Invalid("Nothing was entered.", fields={"name": "Enter a name or a description."})
    return {"section": section, "id": entry_id, "name": name or None, "description": description or None}


def _made_in(form: Written) -> dict[str, Any]:
    return {"design": form.get("design"), "material": form.get("material"), "made": form.get("made") == "yes"}


def _service_days(form: Written) -> dict[str, Any]:
    of, entry_id = _split(form.get("service", ""), 2)
    return {"of": of, "id": entry_id, "days": form.get("days", "").strip()}


def _power_range(form: Written) -> dict[str, Any]:
    material, route = _split(form.get("powers", ""), 2)
    fields = ("sphere_min_dpt", "sphere_max_dpt", "cylinder_max_dpt")
    return {"material": material, "route": route} | {one: float(_number(form, one, "a power")) for one in fields}


def _forbid(form: Written) -> dict[str, Any]:
    because = form.get("because", "").strip()
    if not because:
        raise Invalid("Some fields cannot be read.", fields={"because": "Say why, as an optician will read it."})
    words = {key: form.get(key) for key in ("first", "second", "severity")}
    return {**words, "because": because, "fix": form.get("fix", "").strip() or None}


def _allow(form: Written) -> dict[str, Any]:
    first, _, second = form.get("pair", "").partition("|")
    if not second:
        raise Invalid("Some fields cannot be read.", fields={"pair": "Choose the pair."})
    return {"first": first, "second": second}


def _add_coating(form: Written) -> dict[str, Any]:
    name = form.get("name", "").strip()
    if not name:
        raise Invalid("Some fields cannot be read.", fields={"name": "Enter the name."})
    return {
        "id": form.get("id", "").strip() or _id_from(name),
        "name": name,
        "group": form.get("group", "ar"),
        "needs": [form["needs"]] if form.get("needs") else [],
        "price_minor": _minor(form),
        "hours": form.get("hours", "").strip() or 0,
        "description": form.get("description", "").strip() or None,
    }


def _id_from(name: str) -> str:
    """An id for a name nobody has given one.

    >>> _id_from("AR Night-Drive 2")
    'ar-night-drive-2'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]


def _replace(form: Written) -> dict[str, Any]:
    return {"section": form.get("section", ""), "text": form.get("text", "")}


_READERS: Final[dict[str, Callable[[Written], dict[str, Any]]]] = {
    "price": _price,
    "availability": _availability,
    "wording": _wording,
    "made_in": _made_in,
    "service_days": _service_days,
    "power_range": _power_range,
    "forbid": _forbid,
    "allow": _allow,
    "add_coating": _add_coating,
    "replace": _replace,
}


def _entries(rules: Mapping[str, Any], names: Names) -> Iterator[Pair]:
    for section, word in SECTIONS.items():
        for one in rules.get(section, ()):
            state = "" if one.get("available", True) else " (not offered)"
            yield f"{section}:{one['id']}", f"{word} · {one['name']}{state}"


def _prices(rules: Mapping[str, Any], names: Names) -> Iterator[Pair]:
    prices, currency = rules["prices"], names.currency

    def shown(minor: int | None) -> str:
        return "no price" if minor is None else str(Money(minor=minor, currency=currency))

    for what, section in (("treatments", "treatments"), ("colours", "colours"), ("mounting", "frameTypes")):
        for one in rules.get(section, ()):
            yield f"{what}:{one['id']}", f"{one['name']} · {shown(prices.get(what, {}).get(one['id']))}"
    for design in rules.get("designs", ()):
        for material in design["materials"]:
            minor = prices["lenses"].get(design["id"], {}).get(material)
            label = f"{design['name']} in {names.name('materials', material)} · {shown(minor)}"
            yield f"lenses:{design['id']}:{material}", label
    for urgency, minor in prices.get("urgency", {}).items():
        yield f"urgency:{urgency}", f"{urgency.capitalize()} · {shown(minor)}"
    yield "prism", f"Prism · {shown(prices.get('prism', 0))}"


def _services(rules: Mapping[str, Any], names: Names) -> Iterator[Pair]:
    service = rules["service"]
    for route, days in service["routeDays"].items():
        yield f"routeDays:{route}", f"{route.replace('_', ' ').capitalize()} · {days}"
    for group, label in GROUPS.items():
        yield f"groupDays:{group}", f"{label} add · {service.get('groupDays', {}).get(group, 0)}"
    for mounting in ("bevel", "groove", "drill"):
        yield (
            f"mountingDays:{mounting}",
            f"{mounting.capitalize()} adds · {service.get('mountingDays', {}).get(mounting, 0)}",
        )


def _powers(rules: Mapping[str, Any], names: Names) -> Iterator[Pair]:
    for one in rules["materials"]:
        for route in ("stock", "surfaced"):
            box = one.get(route)
            now = "none"
            if box:
                ends = f"{power(box['sphereMinDpt'])} to {power(box['sphereMaxDpt'])}"
                now = f"{ends}, cylinder {box['cylinderMaxDpt']:g}"
            yield f"{one['id']}:{route}", f"{one['name']}, {route} · {now}"


def _listed(section: str) -> Callable[[Mapping[str, Any], Names], Iterator[Pair]]:
    def pairs(rules: Mapping[str, Any], names: Names) -> Iterator[Pair]:
        yield from ((one["id"], one["name"]) for one in rules.get(section, ()))

    return pairs


def _selectors(rules: Mapping[str, Any], names: Names) -> Iterator[Pair]:
    kinds = {"treatments": "treatment", "materials": "material", "colours": "colour", "designs": "design"}
    kinds |= {"families": "family", "frameTypes": "frame"}
    for group, label in GROUPS.items():
        yield f"group:{group}", f"Every treatment · {label}"
    for section, kind in kinds.items():
        for one in rules.get(section, ()):
            yield f"{kind}:{one['id']}", f"{SECTIONS[section]} · {one['name']}"


def _clashes(rules: Mapping[str, Any], names: Names) -> Iterator[Pair]:
    for clash in rules.get("clashes", ()):
        first, second = names.selector(clash["first"]), names.selector(clash["second"])
        yield f"{clash['first']}|{clash['second']}", f"{first} with {second}"


def _sections(rules: Mapping[str, Any], names: Names) -> Sequence[Pair]:
    return [*((key, spoken(key).capitalize()) for key in rules if key != "format"), ("", "All of it")]


_LISTS: Final[dict[str, Callable[[Mapping[str, Any], Names], Iterator[Pair] | Sequence[Pair]]]] = {
    "entry": _entries,
    "priced": _prices,
    "service": _services,
    "powers": _powers,
    "design": _listed("designs"),
    "material": _listed("materials"),
    "selector": _selectors,
    "pair": _clashes,
    "section": _sections,
}
