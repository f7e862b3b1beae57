"""Small changes to rules, each as a value; what cannot be is said by place."""

import copy
import json
from typing import Any

import pytest

from ils_app.engineering.edits import (
    EDITS,
    AddCoating,
    Allow,
    AnyEdit,
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
from ils_app.engineering.errors import RulesInvalid
from lims_client.rules.ruleset import load_rules, reference_rules

Rules = dict[str, Any]


@pytest.fixture
def rules() -> Rules:
    return reference_rules().to_wire()


def one(rules: Rules, section: str, entry_id: str) -> Rules:
    return next(entry for entry in rules[section] if entry["id"] == entry_id)


def test_an_entry_is_taken_out_of_the_offer_and_the_given_rules_stay_as_they_are(rules: Rules):
    before = copy.deepcopy(rules)
    after = edited(rules, [Availability(section="materials", id="174", available=False)])
    assert one(after, "materials", "174")["available"] is False
    assert rules == before


def test_an_entry_is_called_otherwise_and_keeps_its_description(rules: Rules):
    described = one(rules, "materials", "150")["description"]
    after = one(edited(rules, [Wording(section="materials", id="150", name="Organic 1.5")]), "materials", "150")
    assert (after["name"], after["description"]) == ("Organic 1.5", described)


def test_a_design_is_made_in_another_material_and_no_longer_in_one(rules: Rules):
    after = edited(
        rules,
        [
            MadeIn(design="pal-plus", material="174", made=True),
            MadeIn(design="pal-plus", material="174", made=True),
            MadeIn(design="pal-plus", material="167", made=False),
        ],
    )
    made = one(after, "designs", "pal-plus")["materials"]
    assert made.count("174") == 1
    assert "167" not in made


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (PriceLine(what="lenses", id="pal-plus", material="160", minor=9900), ("lenses", "pal-plus", "160")),
        (PriceLine(what="treatments", id="hc", minor=9900), ("treatments", "hc")),
        (PriceLine(what="colours", id="ph-grey", minor=9900), ("colours", "ph-grey")),
        (PriceLine(what="mounting", id="rimless", minor=9900), ("mounting", "rimless")),
        (PriceLine(what="urgency", id="rush", minor=9900), ("urgency", "rush")),
        (PriceLine(what="prism", minor=9900), ("prism",)),
    ],
)
def test_every_price_can_be_set(rules: Rules, edit: PriceLine, place: tuple[str, ...]):
    value: Any = edited(rules, [edit])["prices"]
    for step in place:
        value = value[step]
    assert value == 9900


def test_a_price_can_be_taken_out(rules: Rules):
    after = edited(rules, [PriceLine(what="treatments", id="hc", minor=None)])
    assert "hc" not in after["prices"]["treatments"]


def test_service_days_and_power_ranges_are_set(rules: Rules):
    after = edited(
        rules,
        [
            ServiceDays(of="groupDays", id="ar", days=3),
            PowerRange(material="150", route="surfaced", sphere_min_dpt=-12, sphere_max_dpt=9, cylinder_max_dpt=5),
            PowerRange(material="152", route="stock", sphere_min_dpt=-4, sphere_max_dpt=4, cylinder_max_dpt=2),
        ],
    )
    loaded = load_rules(after)
    assert after["service"]["groupDays"]["ar"] == 3
    assert loaded.material["150"].surfaced.sphere_min_dpt == -12
    assert loaded.material["152"].stock.cylinder_max_dpt == 2


def test_a_pair_is_forbidden_once_and_allowed_again_whichever_way_round_it_is_named(rules: Rules):
    forbid = Forbid(first="treatment:ar-blue", second="group:tint", because="It looks green.", fix="Leave one out.")
    turned = Forbid(first="group:tint", second="treatment:ar-blue", because="It looks very green.")
    clashes = edited(rules, [forbid, turned])["clashes"]
    assert len(clashes) == len(rules["clashes"]) + 1
    assert clashes[-1]["because"] == "It looks very green."
    back = edited(rules, [forbid, Allow(first="group:tint", second="treatment:ar-blue")])
    assert back["clashes"] == rules["clashes"]


def test_a_new_coating_has_its_price_needs_and_hours(rules: Rules):
    after = edited(
        rules,
        [AddCoating(id="ar-x", name="AR X", needs=("hard",), price_minor=100, hours=1.5, description="Thin.")],
    )
    loaded = load_rules(after)
    assert loaded.treatment["ar-x"].minutes == 90
    assert loaded.treatment["ar-x"].description == "Thin."
    assert loaded.prices.treatments["ar-x"] == 100


def test_the_rest_is_changed_as_text_by_section_or_whole(rules: Rules):
    after = edited(rules, [ReplaceSection(section="oneOfGroup", text='["hard", "ar"]')])
    assert after["oneOfGroup"] == ["hard", "ar"]
    after["drill"]["holesMax"] = 4
    assert edited(rules, [ReplaceSection(text=json.dumps(after))]) == after


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (Availability(section="materials", id="999", available=True), "id"),
        (MadeIn(design="pal-plus", material="999", made=True), "id"),
        (PriceLine(what="lenses", id="pal-plus", minor=1), "material"),
        (PriceLine(what="treatments", id="none", minor=1), "prices.treatments"),
        (Allow(first="treatment:hc", second="treatment:uv400"), "first"),
        (Forbid(first="not a selector", second="group:tint", because="x"), "clashes.18.first"),
        (AddCoating(id="hc", name="Again", price_minor=1), "id"),
        (ReplaceSection(section="prism", text="{"), "text"),
        (ReplaceSection(text="[]"), "text"),
        (ReplaceSection(section="unheardOf", text="1"), "unheardOf"),
        (
            PowerRange(material="150", route="stock", sphere_min_dpt=6, sphere_max_dpt=-6, cylinder_max_dpt=2),
            "materials.0.stock.sphereMinDpt",
        ),
        (MadeIn(design="ft28", material="150", made=False), "families.1.material"),
    ],
    ids=lambda value: value.kind if hasattr(value, "kind") else str(value),
)
def test_what_cannot_be_is_said_at_its_place(rules: Rules, edit: AnyEdit, field: str):
    with pytest.raises(RulesInvalid) as refused:
        edited(rules, [edit])
    place = next((one for one in refused.value.fields if one.startswith(field.partition(".18")[0])), None)
    assert place is not None, refused.value.fields
    assert refused.value.fields[place]


def test_rules_in_another_shape_are_changed_as_text_only(rules: Rules):
    theirs = {"dialect": "another maker's"}
    assert edited(theirs, [ReplaceSection(section="lenses", text="[1]")]) == {**theirs, "lenses": [1]}
    with pytest.raises(RulesInvalid, match="as text"):
        edited(theirs, [PriceLine(what="prism", minor=1)])


def test_changes_are_read_from_json_by_their_kind():
    (edit,) = EDITS.validate_python([{"kind": "price", "what": "prism", "minor": 5}])
    assert edit == PriceLine(what="prism", minor=5)
