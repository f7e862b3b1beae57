"""A rule set is data: editing it changes what is said, and a bad edit is refused with its path and a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from lims_client.models import Configuration, Confirmation, Eye, RuleSet
from lims_client.rules import AccountStanding, Evaluation, Rules, RulesError, evaluate, load_rules, rules_of
from lims_client.rules.short_names import from_short_names

Edit = Callable[[dict[str, Any]], None]


def edited(rules: Rules, edit: Edit, version: str = "2") -> Rules:
    wire = json.loads(json.dumps(rules.to_wire()))
    edit(wire)
    return load_rules(wire, version=version)


def listed(wire: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in wire[kind] if one["id"] == name)
    return found


def codes(verdict: Evaluation) -> set[str]:
    return {finding.code for finding in verdict.findings}


def test_the_reference_rules_survive_the_journey_through_json(rules: Rules):
    assert rules_of(RuleSet(version="1", state="published", rules=json.loads(json.dumps(rules.to_wire())))) == rules


def test_forbidding_one_pair_refuses_that_pair_and_no_other(
    rules: Rules, judge: Callable[..., Evaluation], changed: Callable[..., dict[str, Any]], good: dict[str, Any]
):
    def forbid(wire: dict[str, Any]) -> None:
        wire["clashes"].append(
            {"first": "material:167", "second": "treatment:ar-blue", "because": "The blue coat peels off 1.67."}
        )

    draft = edited(rules, forbid)
    pair = changed(good, design="sv-asph", material="167", treatments=["hc", "ar-blue"])
    assert judge(pair).decision == "accept"
    refused = judge(pair, draft)
    assert refused.decision == "reject"
    assert [(one.code, one.message, one.rule_version) for one in refused.findings] == [
        ("TREAT_CLASH", "The blue coat peels off 1.67.", "2")
    ]
    assert judge(changed(pair, material="160"), draft).decision == "accept"


def test_a_new_coating_is_taken_and_one_without_a_price_says_so(
    rules: Rules, judge: Callable[..., Evaluation], changed: Callable[..., dict[str, Any]], good: dict[str, Any]
):
    def add(wire: dict[str, Any]) -> None:
        wire["treatments"].append({"id": "ar-night", "name": "AR night drive", "group": "ar", "needs": ["hard"]})

    order = changed(good, treatments=["hc", "ar-night"])
    assert "COMBO_UNKNOWN" in codes(judge(order))
    taken = judge(order, edited(rules, add))
    assert (taken.decision, codes(taken), taken.price) == ("warn", {"PRICE_NONE"}, None)


@pytest.mark.parametrize(("flag", "words"), [("retired", "no longer made"), ("available", "not available at present")])
def test_what_is_not_made_is_refused_in_words(
    flag: str, words: str, rules: Rules, judge: Callable[..., Evaluation], good: dict[str, Any]
):
    draft = edited(rules, lambda wire: listed(wire, "materials", "150").update({flag: flag == "retired"}))
    verdict = judge(good, draft)
    assert (verdict.decision, codes(verdict)) == ("reject", {"COMBO_RETIRED"})
    assert words in verdict.findings[0].message


def test_a_family_and_a_frame_type_can_be_switched_off(
    rules: Rules, judge: Callable[..., Evaluation], good: dict[str, Any]
):
    assert codes(judge(good, edited(rules, lambda w: listed(w, "families", "single_vision").update(available=False))))
    assert codes(judge(good, edited(rules, lambda w: listed(w, "frameTypes", "full_rim").update(available=False))))


def test_an_entry_for_some_accounts_only_is_refused_to_others(rules: Rules, good: dict[str, Any]):
    draft = edited(rules, lambda wire: listed(wire, "treatments", "ar-std").update(accounts=["HARB-001"]))
    configuration, _ = from_short_names(good, draft)

    def said(account: str | None) -> set[str]:
        return codes(evaluate(configuration.model_copy(update={"account_number": account}), draft))

    assert said("MILL-001") == {"COMBO_NOT_FOR_ACCOUNT"}
    assert said("HARB-001") == said(None) == set()


def test_the_lab_may_weigh_a_finding_otherwise(
    rules: Rules, judge: Callable[..., Evaluation], changed: Callable[..., dict[str, Any]], good: dict[str, Any]
):
    order = changed(good, right__prism=[{"amount": 4, "base": "in"}])
    assert judge(order, edited(rules, lambda wire: wire.update(severities={"PRISM_LARGE": "warn"}))).decision == "warn"


def test_a_ticked_confirmation_counts_no_more_and_stays_in_the_list(
    rules: Rules, judge: Callable[..., Evaluation], changed: Callable[..., dict[str, Any]], good: dict[str, Any]
):
    configuration, _ = from_short_names(changed(good, right__add=2, left__add=2), rules)

    def ticked(*eyes: Eye | None, code: str = "RX_ADD_UNEXPECTED") -> Evaluation:
        ticks = tuple(Confirmation(code=code, eye=eye, by="ecp-1", at=datetime.now(UTC)) for eye in eyes)
        return judge(configuration.model_copy(update={"confirmations": ticks}))

    assert ticked(Eye.RIGHT).decision == "confirm"
    assert ticked(Eye.RIGHT, Eye.LEFT, code="RX_OPP_SIGN").decision == "confirm"
    for both in (ticked(Eye.RIGHT, Eye.LEFT), ticked(None), ticked(Eye.BOTH)):
        assert both.decision == "accept"
        assert [(one.code, one.to_wire()["confirmed"]) for one in both.findings] == [("RX_ADD_UNEXPECTED", True)] * 2


def test_a_confirmed_binocular_pd_is_halved_for_the_layout(
    rules: Rules, judge: Callable[..., Evaluation], changed: Callable[..., dict[str, Any]], good: dict[str, Any]
):
    order = changed(good, right__pd=50, left__pd=50, frame={"A": 68, "B": 30, "DBL": 22, "ED": 69})
    assert "BLANK_TOO_SMALL" not in codes(judge(order))
    configuration, _ = from_short_names(order, rules)
    tick = Confirmation(code="PD_LOOKS_BINO", by="ecp-1", at=datetime.now(UTC))
    assert "BLANK_TOO_SMALL" in codes(judge(configuration.model_copy(update={"confirmations": (tick,)})))


def test_a_traced_frame_is_refused_only_for_what_every_shape_needs(
    judge: Callable[..., Evaluation], changed: Callable[..., dict[str, Any]], good: dict[str, Any]
):
    order = changed(good, design="sv-ff", frame={"A": 60, "B": 34, "DBL": 18, "ED": 66})
    assert "BLANK_TOO_SMALL" in codes(judge(order))
    assert "BLANK_TOO_SMALL" not in codes(judge(changed(order, trace="TRCFMT=1;400;E;R;F")))


def test_an_order_begun_on_older_rules_says_so(rules: Rules, judge: Callable[..., Evaluation], good: dict[str, Any]):
    configuration, _ = from_short_names(good, rules)
    assert codes(judge(configuration.model_copy(update={"rules_version": "0"}))) == {"CATALOG_STALE"}


def test_a_lens_type_alone_stands_for_the_familys_standard(judge: Callable[..., Evaluation]):
    rx = {"odSphere": -1, "osSphere": -1, "pd": 64}
    verdict = judge(Configuration.model_validate({"prescription": rx, "lensType": "single_vision"}))
    assert verdict.price is not None
    assert verdict.price.lines[0].what == "Right lens: Single vision spherical, 1.50 CR-39"
    other = judge(Configuration.model_validate({"prescription": rx, "lensType": "single_vision", "design": "sv-asph"}))
    assert other.price is not None
    assert other.price.lines[0].what == "Right lens: Single vision aspheric, 1.56 Mid-index"


def test_a_lens_type_beside_a_design_of_another_is_refused(judge: Callable[..., Evaluation]):
    rx = {"odSphere": -1, "osSphere": -1, "odAdd": 2, "osAdd": 2, "pd": 64}
    order = {"prescription": rx, "lensType": "bifocal", "design": "pal-plus", "frame": {"status": "uncut"}}
    assert codes(judge(Configuration.model_validate(order))) == {"COMBO_UNKNOWN"}
    nothing = judge(Configuration.model_validate({"prescription": rx, "frame": {"status": "uncut"}}))
    assert codes(nothing) == {"COMBO_UNKNOWN"}


def test_a_balance_lens_is_made_and_not_judged(judge: Callable[..., Evaluation]):
    rx = {"eye": "left", "balance": True, "osSphere": -2, "osPd": 31.5}
    order = {"prescription": rx, "lensType": "single_vision", "frame": {"status": "uncut"}}
    verdict = judge(Configuration.model_validate(order))
    assert (verdict.decision, codes(verdict)) == ("accept", {"RX_BALANCE"})
    assert set(verdict.route) == {Eye.RIGHT, Eye.LEFT}
    assert verdict.price is not None
    assert verdict.price.lines[0].what.startswith("Balance lens")
    both = judge(
        Configuration.model_validate({**order, "prescription": {**rx, "eye": "both", "odSphere": -2, "pd": 63}})
    )
    assert both.decision == "warn"


def test_the_books_decide_for_the_account(rules: Rules, good: dict[str, Any]):
    configuration, _ = from_short_names(good, rules)

    def said(**books: Any) -> set[str]:
        return codes(evaluate(configuration, rules, account=AccountStanding("A-1", **books)))

    assert said() == set()
    assert said(known=False) == {"ACCOUNT_UNKNOWN"}
    assert said(on_stop=True) == {"ACCOUNT_STOP"}
    assert said(credit_limit_minor=5100) == set()
    assert said(credit_limit_minor=5100, balance_minor=1) == {"ACCOUNT_LIMIT"}


BAD: list[tuple[str, Edit, str, str]] = [
    ("a number that is a word", lambda w: w["prism"].update(min="much"), "prism.min", "valid"),
    ("a misspelt field", lambda w: w["frame"].update(aMn=3), "frame.aMn", "not permitted"),
    ("a missing part", lambda w: w.pop("service"), "service", "required"),
    ("two of one id", lambda w: w["materials"].append(deepcopy(w["materials"][0])), "materials.8.id", "twice"),
    ("a design in a material nobody has", lambda w: w["designs"][0]["materials"].append("199"),
     "designs.0.materials", "'199'"),
    ("a standard nobody has", lambda w: w["families"][0].update(design="gold"), "families.0.design", "'gold'"),
    ("a standard of another family", lambda w: w["families"][0].update(design="ft28"), "families.0.design", "bifocal"),
    ("a standard not made in its material", lambda w: w["families"][0].update(material="167"),
     "families.0.material", "not made"),
    ("a standard material nobody has", lambda w: w["families"][0].update(material="1"), "families.0.material", "'1'"),
    ("a standard colour nobody has", lambda w: w["families"][0].update(colour="red"), "families.0.colour", "'red'"),
    ("a range upside down", lambda w: w["materials"][0]["stock"].update(sphereMinDpt=8),
     "materials.0.stock.sphereMinDpt", "lower end"),
    ("a limit upside down", lambda w: w["prescription"]["heightMm"].update(min=40), "prescription.heightMm", "lower"),
    ("half an addition", lambda w: w["designs"][6].pop("addMaxDpt"), "designs.6.addMinDpt", "both ends"),
    ("a selector that is none", lambda w: w["clashes"][0].update(first="mirror"), "clashes.0.first", "selector"),
    ("a price of what nobody has", lambda w: w["prices"]["treatments"].update({"ar-gold": 5}), "prices.treatments",
     "'ar-gold'"),
    ("a price in no design", lambda w: w["prices"]["lenses"].update(gold={"150": 5}), "prices.lenses", "'gold'"),
    ("a negative price", lambda w: w["prices"]["colours"].update(clear=-1), "prices.colours.clear", "greater"),
    ("a package of nothing", lambda w: w["packages"].update(best=["ar-gold"]), "packages.best", "'ar-gold'"),
    ("a route without days", lambda w: w["service"]["routeDays"].pop("surfaced"), "service.routeDays.surfaced", "days"),
    ("an urgency without its factor", lambda w: w["service"]["urgencyFactor"].pop("rush"),
     "service.urgencyFactor.rush", "factor"),
    ("a station without minutes", lambda w: w["routing"]["minutes"].pop("GEN"), "routing.minutes.GEN", "minutes"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "path", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_edit_is_refused_with_its_path_and_a_sentence(edit: Edit, path: str, words: str, rules: Rules):
    with pytest.raises(RulesError) as refused:
        edited(rules, edit)
    problems = {problem.field: problem.message for problem in refused.value.problems}
    assert words in problems[path]
    assert path in str(refused.value)
