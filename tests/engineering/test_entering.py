"""What is typed on the catalog page, read into typed changes; what cannot be read is said by field."""

import json
from typing import Any

import pytest

from ils_app.engineering.edits import (
    AddCoating,
    Allow,
    Availability,
    Forbid,
    MadeIn,
    PowerRange,
    PriceLine,
    ReplaceSection,
    ServiceDays,
    Wording,
    edited,
)
from ils_app.engineering.entering import KINDS, offered_by, powers_now, read_edit, section_text
from ils_app.kernel.errors import Invalid
from ils_app.kernel.money import Money
from lims_client.rules.ruleset import reference_rules

RULES = reference_rules().to_wire()


@pytest.mark.parametrize(
    ("form", "edit"),
    [
        (
            {"kind": "price", "priced": "lenses:pal-plus:160", "minor": "99.5"},
            PriceLine(what="lenses", id="pal-plus", material="160", minor=9950),
        ),
        ({"kind": "price", "priced": "treatments:hc", "minor": " "}, PriceLine(what="treatments", id="hc", minor=None)),
        ({"kind": "price", "priced": "prism", "minor": "3"}, PriceLine(what="prism", minor=300)),
        (
            {"kind": "availability", "entry": "materials:174", "available": "no"},
            Availability(section="materials", id="174", available=False),
        ),
        (
            {"kind": "wording", "entry": "materials:174", "name": " 1.74 ", "description": ""},
            Wording(section="materials", id="174", name="1.74"),
        ),
        (
            {"kind": "made_in", "design": "pal-plus", "material": "174", "made": "yes"},
            MadeIn(design="pal-plus", material="174", made=True),
        ),
        (
            {"kind": "service_days", "service": "groupDays:ar", "days": "2"},
            ServiceDays(of="groupDays", id="ar", days=2),
        ),
        (
            {
                "kind": "power_range",
                "powers": "150:surfaced",
                "sphere_min_dpt": "−12,25",
                "sphere_max_dpt": "+9",
                "cylinder_max_dpt": "6.00",
            },
            PowerRange(material="150", route="surfaced", sphere_min_dpt=-12.25, sphere_max_dpt=9, cylinder_max_dpt=6),
        ),
        (
            {"kind": "forbid", "first": "group:ar", "second": "material:152", "because": " No. ", "severity": "warn"},
            Forbid(first="group:ar", second="material:152", because="No.", severity="warn"),
        ),
        (
            {"kind": "allow", "pair": "treatment:mirror-*|treatment:ar-fog"},
            Allow(first="treatment:mirror-*", second="treatment:ar-fog"),
        ),
        (
            {"kind": "add_coating", "name": "AR Night-Drive 2", "needs": "hard", "minor": "29", "hours": "12"},
            AddCoating(id="ar-night-drive-2", name="AR Night-Drive 2", needs=("hard",), price_minor=2900, hours=12),
        ),
        (
            {"kind": "add_coating", "id": "x", "name": "X", "needs": "", "minor": "0", "group": "uv"},
            AddCoating(id="x", name="X", group="uv", price_minor=0),
        ),
        ({"kind": "replace", "section": "prism", "text": "{}"}, ReplaceSection(section="prism", text="{}")),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_each_form_is_read_into_its_change(form: dict[str, str], edit: Any):
    assert read_edit(form) == edit


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "kind"),
        ({"kind": "wish"}, "kind"),
        ({"kind": "price", "priced": "treatments:hc", "minor": "dear"}, "minor"),
        ({"kind": "price", "priced": "treatments:hc", "minor": "1.005"}, "minor"),
        ({"kind": "price", "priced": "treatments:hc", "minor": "-1"}, "minor"),
        ({"kind": "price", "priced": "", "minor": "1"}, "what"),
        ({"kind": "service_days", "service": "groupDays:ar", "days": "soon"}, "days"),
        ({"kind": "power_range", "powers": "150:stock", "sphere_min_dpt": "inf"}, "sphere_min_dpt"),
        ({"kind": "forbid", "first": "group:ar", "second": "group:uv", "because": " "}, "because"),
        ({"kind": "wording", "entry": "materials:150"}, "name"),
        ({"kind": "add_coating", "name": ""}, "name"),
        ({"kind": "add_coating", "name": "X", "minor": "1", "hours": "long"}, "hours"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(form: dict[str, str], field: str):
    with pytest.raises(Invalid) as refused:
        read_edit(form)
    assert refused.value.fields[field].endswith(".")


def test_every_select_offers_what_the_rules_hold_with_what_it_is_now():
    offered = offered_by(RULES)
    price = Money(minor=RULES["prices"]["treatments"]["hc"])
    assert dict(offered["priced"])["treatments:hc"] == f"Hard coat · {price}"
    assert dict(offered["entry"])["materials:174"] == "Material · 1.74 Ultra high-index (MR-174)"
    assert dict(offered["service"])["groupDays:ar"] == "Anti-reflection add · 1"
    assert dict(offered["powers"])["150:surfaced"] == "1.50 CR-39, surfaced · −10.00 to +8.00, cylinder 6"
    assert dict(offered["powers"])["152:stock"].endswith("· none")
    assert dict(offered["pair"])["treatment:mirror-*|treatment:ar-fog"] == "every mirror-… with AR anti-fog"
    assert dict(offered["selector"])["group:ar"] == "Every treatment · Anti-reflection"
    assert dict(offered["section"])["oneOfGroup"] == "Taken only once"


def test_whatever_a_select_offers_can_be_chosen():
    offered = offered_by(RULES)
    forms = [{"kind": "price", "priced": value, "minor": "1"} for value, _ in offered["priced"]]
    forms += [{"kind": "availability", "entry": value, "available": "yes"} for value, _ in offered["entry"]]
    forms += [{"kind": "service_days", "service": value, "days": "1"} for value, _ in offered["service"]]
    forms += [{"kind": "allow", "pair": value} for value, _ in offered["pair"]]
    forms += [
        {"kind": "forbid", "first": value, "second": "frame:sport", "because": "x", "severity": "warn"}
        for value, _ in offered["selector"]
    ]
    powers = {"sphere_min_dpt": "-1", "sphere_max_dpt": "1", "cylinder_max_dpt": "1"}
    forms += [{"kind": "power_range", "powers": value, **powers} for value, _ in offered["powers"]]
    for form in forms:
        edited(RULES, [read_edit(form)])
    assert len(forms) > 200


def test_a_section_is_shown_as_text_that_can_be_given_back():
    for section, _ in offered_by(RULES)["section"]:
        text = section_text(RULES, section)
        assert edited(RULES, [read_edit({"kind": "replace", "section": section, "text": text})]) == RULES
    assert json.loads(section_text(RULES, "")) == RULES


def test_rules_in_another_shape_offer_only_their_sections():
    offered = offered_by({"dialect": 1})
    assert offered["section"] == [("", "All of it"), ("dialect", "dialect")]
    assert offered["priced"] == []


def test_every_kind_of_change_can_be_chosen():
    for kind, _ in KINDS:
        with pytest.raises(Invalid) as refused:
            read_edit({"kind": kind, "text": "x" * 1_000_001})
        assert "kind" not in refused.value.fields


def test_a_range_starts_with_the_present_powers_of_the_chosen_material_and_route():
    box = {"sphereMinDpt": -6, "sphereMaxDpt": 4.5, "cylinderMaxDpt": 2}
    rules = {"materials": [{"id": "150", "stock": box}, {"id": "160", "surfaced": {**box, "sphereMinDpt": -12}}]}
    now = {"sphere_min_dpt": "-6", "sphere_max_dpt": "4.5", "cylinder_max_dpt": "2"}
    assert powers_now(rules, "150:stock") == powers_now(rules, "") == now
    assert powers_now(rules, "160:surfaced") == now | {"sphere_min_dpt": "-12"}
    assert powers_now(rules, "160:stock") == powers_now({}, "") == dict.fromkeys(now, "")
