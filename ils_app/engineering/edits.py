"""Small changes to a draft's rules, each a typed value that is applied to the rules as data. Pure."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ils_app.engineering.errors import RulesInvalid
from lims_client.models import Severity
from lims_client.rules.products import Group
from lims_client.rules.ruleset import RulesError, load_rules

Document = dict[str, Any]
Section = Literal["families", "materials", "designs", "colours", "treatments", "frameTypes"]


class Edit(BaseModel):
    """What every change has: a `kind`, nothing misspelt."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Availability(Edit):
    """Offer an entry, or take it out of the offer."""

    kind: Literal["availability"] = "availability"
    section: Section
    id: str
    available: bool


class Wording(Edit):
    """Call or describe an entry otherwise; what is None stays."""

    kind: Literal["wording"] = "wording"
    section: Section
    id: str
    name: str | None = None
    description: str | None = None


class MadeIn(Edit):
    """Make a design in a material, or no longer."""

    kind: Literal["made_in"] = "made_in"
    design: str
    material: str
    made: bool


class PriceLine(Edit):
    """What something costs, in minor units without tax; None takes its price out.

    `id` is a design (then `material` too), a colour, a treatment, a frame type or an urgency; prism has none.
    """

    kind: Literal["price"] = "price"
    what: Literal["lenses", "colours", "treatments", "mounting", "urgency", "prism"]
    id: str = ""
    material: str = ""
    minor: int | None = Field(ge=0, le=100_000_000)


class ServiceDays(Edit):
    """Working days a route takes, or a kind of treatment or mounting adds."""

    kind: Literal["service_days"] = "service_days"
    of: Literal["routeDays", "groupDays", "mountingDays"]
    id: str
    days: int = Field(ge=0, le=60)


class PowerRange(Edit):
    """The powers a material is had in, by route, in dioptres."""

    kind: Literal["power_range"] = "power_range"
    material: str
    route: Literal["stock", "surfaced"]
    sphere_min_dpt: float
    sphere_max_dpt: float
    cylinder_max_dpt: float = Field(ge=0)


class Forbid(Edit):
    """Two things that no longer go together, with the sentence an optician reads."""

    kind: Literal["forbid"] = "forbid"
    first: str
    second: str
    because: str = Field(min_length=1, max_length=300)
    fix: str | None = None
    severity: Severity = Severity.REJECT


class Allow(Edit):
    """Take a forbidden pair out."""

    kind: Literal["allow"] = "allow"
    first: str
    second: str


class AddCoating(Edit):
    """A new coating with its price a lens, what it needs under it, and its hours in the lab."""

    kind: Literal["add_coating"] = "add_coating"
    id: str
    name: str
    group: Group = Group.AR
    needs: tuple[Group, ...] = ()
    price_minor: int = Field(ge=0, le=100_000_000)
    hours: float = Field(0, ge=0, le=1000)
    description: str | None = None


class ReplaceSection(Edit):
    """The rest, as JSON text: one section of the rules, or all of them when `section` is empty."""

    kind: Literal["replace"] = "replace"
    section: str = ""
    text: str = Field(max_length=1_000_000)


AnyEdit = Annotated[
    Availability
    | Wording
    | MadeIn
    | PriceLine
    | ServiceDays
    | PowerRange
    | Forbid
    | Allow
    | AddCoating
    | ReplaceSection,
    Field(discriminator="kind"),
]
EDITS: TypeAdapter[list[AnyEdit]] = TypeAdapter(list[AnyEdit])


def edited(rules: Document, edits: Sequence[AnyEdit]) -> Document:
    """The rules after these changes, in their order; the given ones stay as they are.

    Raises RulesInvalid, whose fields say what cannot be, when a change names what is not there or the outcome is not
    a usable set of rules. Rules in a LIMS's own shape are changed as text only, and judged by that LIMS.
    """
    ours = not _problems(rules)
    changed = copy.deepcopy(rules)
    for edit in edits:
        if not ours and not isinstance(edit, ReplaceSection):
            raise RulesInvalid("These rules are in the LIMS's own shape: change them as text.")
        changed = _APPLY[edit.kind](changed, edit)
    if ours and (fields := _problems(changed)):
        raise RulesInvalid("These rules cannot be used.", fields=fields)
    return changed


def _problems(rules: Document) -> dict[str, str]:
    """A sentence for every place that cannot be."""
    try:
        load_rules(rules)
    except RulesError as error:
        return {problem.field or "rules": problem.message for problem in error.problems}
    return {}


def _entry(rules: Document, section: str, entry_id: str) -> Document:
    found = next((one for one in rules.get(section, ()) if one.get("id") == entry_id), None)
    if found is None:
        raise RulesInvalid(f"There is no {entry_id!r} among the {section}.", fields={"id": "Choose one of the list."})
    entry: Document = found
    return entry


def _availability(rules: Document, edit: Availability) -> Document:
    _entry(rules, edit.section, edit.id)["available"] = edit.available
    return rules


def _wording(rules: Document, edit: Wording) -> Document:
    entry = _entry(rules, edit.section, edit.id)
    entry.update({key: value for key in ("name", "description") if (value := getattr(edit, key)) is not None})
    return rules


def _made_in(rules: Document, edit: MadeIn) -> Document:
    design = _entry(rules, "designs", edit.design)
    _entry(rules, "materials", edit.material)
    others = [one for one in design["materials"] if one != edit.material]
    design["materials"] = [*others, edit.material] if edit.made else others
    return rules


def _price(rules: Document, edit: PriceLine) -> Document:
    prices = rules["prices"]
    if edit.what == "prism":
        prices["prism"] = edit.minor or 0
        return rules
    book, key = prices.setdefault(edit.what, {}), edit.id
    if edit.what == "lenses":
        if not edit.material:
            raise RulesInvalid("A lens has a price in a material.", fields={"material": "Choose the material."})
        book, key = book.setdefault(edit.id, {}), edit.material
    if edit.minor is None:
        book.pop(key, None)
    else:
        book[key] = edit.minor
    return rules


def _service_days(rules: Document, edit: ServiceDays) -> Document:
    rules["service"].setdefault(edit.of, {})[edit.id] = edit.days
    return rules


def _power_range(rules: Document, edit: PowerRange) -> Document:
    box = _entry(rules, "materials", edit.material).setdefault(edit.route, {})
    box["sphereMinDpt"], box["sphereMaxDpt"] = edit.sphere_min_dpt, edit.sphere_max_dpt
    box["cylinderMaxDpt"] = edit.cylinder_max_dpt
    return rules


def _forbid(rules: Document, edit: Forbid) -> Document:
    clash = edit.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
    rules["clashes"] = [*_other_clashes(rules, edit), clash]
    return rules


def _allow(rules: Document, edit: Allow) -> Document:
    others = _other_clashes(rules, edit)
    if len(others) == len(rules.get("clashes", ())):
        raise RulesInvalid("This pair is not forbidden.", fields={"first": "Choose a pair of the list."})
    rules["clashes"] = others
    return rules


def _other_clashes(rules: Document, edit: Forbid | Allow) -> list[Document]:
    pair = {edit.first, edit.second}
    return [one for one in rules.get("clashes", ()) if {one["first"], one["second"]} != pair]


def _add_coating(rules: Document, edit: AddCoating) -> Document:
    treatments = rules.setdefault("treatments", [])
    if any(one["id"] == edit.id for one in treatments):
        raise RulesInvalid(f"There is a treatment {edit.id!r} already.", fields={"id": "Choose another id."})
    coating: Document = {"id": edit.id, "name": edit.name, "group": edit.group.value}
    coating |= {"needs": [group.value for group in edit.needs], "minutes": round(edit.hours * 60)}
    if edit.description:
        coating["description"] = edit.description
    treatments.append(coating)
    rules["prices"].setdefault("treatments", {})[edit.id] = edit.price_minor
    return rules


def _replace(rules: Document, edit: ReplaceSection) -> Document:
    try:
        value = json.loads(edit.text)
    except json.JSONDecodeError as error:
        where = f"Line {error.lineno}, column {error.colno}: {error.msg}."
        raise RulesInvalid("This is not JSON.", fields={"text": where}) from None
    if edit.section:
        rules[edit.section] = value
        return rules
    if not isinstance(value, dict):
        raise RulesInvalid("The rules are a JSON object.", fields={"text": "Begin with { and end with }."})
    return value


_APPLY: dict[str, Callable[[Document, Any], Document]] = {
    "availability": _availability,
    "wording": _wording,
    "made_in": _made_in,
    "price": _price,
    "service_days": _service_days,
    "power_range": _power_range,
    "forbid": _forbid,
    "allow": _allow,
    "add_coating": _add_coating,
    "replace": _replace,
}
