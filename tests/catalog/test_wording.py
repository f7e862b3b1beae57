"""The difference between two sets of rules, in words."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ils_app.catalog.differences import differences, rule_changes
from ils_app.catalog.schemas import ChangeKind
from lims_client import CatalogEntry
from lims_client.rules.ruleset import reference_rules

Rules = dict[str, Any]


def one(rules: Rules, section: str, entry_id: str) -> dict[str, Any]:
    return next(entry for entry in rules[section] if entry["id"] == entry_id)


def set_in(section: str, entry_id: str, **values: Any) -> Callable[[Rules], None]:
    return lambda rules: one(rules, section, entry_id).update(values)


CASES: list[tuple[Callable[[Rules], Any], ChangeKind, str]] = [
    (
        set_in("materials", "174", available=False),
        ChangeKind.UNAVAILABLE,
        "Material 1.74 Ultra high-index (MR-174) can no longer be ordered.",
    ),
    (set_in("designs", "exec", retired=True), ChangeKind.CHANGED, "Design Bifocal executive is retired."),
    (
        lambda rules: one(rules, "designs", "pal-plus")["materials"].append("174"),
        ChangeKind.ADDED,
        "Design Progressive Plus (variable 11-16) is now made in 1.74 Ultra high-index (MR-174).",
    ),
    (
        lambda rules: one(rules, "designs", "pal-plus")["materials"].remove("167"),
        ChangeKind.REMOVED,
        "Design Progressive Plus (variable 11-16) is no longer made in 1.67 High-index (MR-7).",
    ),
    (
        lambda rules: one(rules, "materials", "150")["surfaced"].update(sphereMinDpt=-12.0),
        ChangeKind.CHANGED,
        "Material 1.50 CR-39, surfaced: spheres down to −12.00, was −10.00.",
    ),
    (
        lambda rules: one(rules, "materials", "150")["requires"].append("hard"),
        ChangeKind.ADDED,
        "Material 1.50 CR-39 now needs hard coats.",
    ),
    (
        lambda rules: rules["clashes"].append(
            {"first": "treatment:ar-blue", "second": "group:tint", "because": "Blue AR looks green over a tint."}
        ),
        ChangeKind.ADDED,
        "Not possible any more: AR blue-attenuating with tints. Blue AR looks green over a tint.",
    ),
    (
        lambda rules: rules["clashes"].pop(0),
        ChangeKind.REMOVED,
        "Possible again: every mirror-… with AR anti-fog.",
    ),
    (
        lambda rules: rules["prices"]["lenses"]["pal-plus"].update({"160": 9950}),
        ChangeKind.PRICE,
        "Progressive Plus (variable 11-16) in 1.60 High-index (MR-8) costs £99.50, was £",
    ),
    (lambda rules: rules["prices"]["treatments"].pop("hc"), ChangeKind.PRICE, "Hard coat has no price any more, was £"),
    (lambda rules: rules["prices"].update(prism=777), ChangeKind.PRICE, "Prism costs £7.77, was £"),
    (
        lambda rules: rules["prices"].update(currency="EUR"),
        ChangeKind.PRICE,
        "Prices, currency: EUR, was GBP.",
    ),
    (
        lambda rules: rules["service"]["groupDays"].update(ar=3),
        ChangeKind.LEAD_TIME,
        "Service time added by anti-reflection: 3 working days, was 1 working day.",
    ),
    (
        lambda rules: rules["service"]["routeDays"].update(surfaced=5),
        ChangeKind.LEAD_TIME,
        "Service time, surfaced: 5 working days, was 3 working days.",
    ),
    (
        lambda rules: rules["service"]["mountingDays"].pop("drill"),
        ChangeKind.LEAD_TIME,
        "Service time added by drill: nothing, was 1 working day.",
    ),
    (
        lambda rules: rules["service"]["holidays"].append("2027-05-03"),
        ChangeKind.LEAD_TIME,
        "2027-05-03 is a holiday.",
    ),
    (
        lambda rules: rules["service"].update(frameTransitDays=4),
        ChangeKind.LEAD_TIME,
        "Service, frame transit days: 4, was 2.",
    ),
    (
        lambda rules: rules["prism"].update(reviewOver=2.5),
        ChangeKind.CHANGED,
        "Prism, review over: 2.5, was 3.",
    ),
    (
        lambda rules: rules["treatments"].append({"id": "ar-night", "name": "AR Nightdrive", "group": "ar"}),
        ChangeKind.ADDED,
        "Treatment AR Nightdrive is new.",
    ),
    (lambda rules: rules["treatments"].pop(), ChangeKind.REMOVED, "Treatment "),
    (
        lambda rules: rules["routing"]["stockUncut"].pop(0),
        ChangeKind.CHANGED,
        "Routing, stock uncut: ",
    ),
    (lambda rules: rules["oneOfGroup"].append("uv"), ChangeKind.ADDED, "Taken only once, uv: added, uv."),
    (
        lambda rules: rules["oneOfGroup"].remove("tint"),
        ChangeKind.REMOVED,
        "Taken only once, tint: taken out, was tint.",
    ),
]


@pytest.mark.parametrize(("change", "kind", "sentence"), CASES, ids=[case[2][:40] for case in CASES])
def test_every_kind_of_change_is_told_in_one_sentence(change: Callable[[Rules], Any], kind: ChangeKind, sentence: str):
    before = reference_rules().to_wire()
    after = copy.deepcopy(before)
    change(after)
    (told,) = rule_changes(before, after)
    assert told.text.startswith(sentence)
    assert told.kind is kind
    assert told.before != told.after


def test_rules_in_another_order_are_no_difference():
    before = reference_rules().to_wire()
    after = copy.deepcopy(before)
    for section in ("materials", "designs", "clashes"):
        after[section].reverse()
    assert list(rule_changes(before, after)) == []


def test_a_clash_whose_reason_changes_is_told_as_a_change():
    before = reference_rules().to_wire()
    after = copy.deepcopy(before)
    after["clashes"][0]["because"] = "It peels."
    (told,) = rule_changes(before, after)
    assert told.text == "Still not possible: every mirror-… with AR anti-fog. It peels."


def test_entries_that_come_go_and_return_are_told_without_rules():
    was = [CatalogEntry(id="a", name="A", category="coating"), CatalogEntry(id="b", name="B", category="odd_thing")]
    now = [
        CatalogEntry(id="a", name="A", category="coating", description="Thin.", lead_time=5),
        CatalogEntry(id="c", name="C", category="tint", available=False),
    ]
    assert [change.text for change in differences(was, now)] == [
        "Tint C is new.",
        "Odd thing B is gone.",
        "Coating A takes 5 hours, was no extra time.",
        "Coating A is described anew: “Thin.”",
    ]
    back = [CatalogEntry(id="c", name="C", category="tint")]
    assert [change.text for change in differences([now[1]], back)] == ["Tint C can be ordered again."]
