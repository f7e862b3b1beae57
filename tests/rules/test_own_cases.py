"""Orders of our own, each wrong (or right) in one way, with the finding they must get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lims_client.rules import Evaluation, Rules
from lims_client.rules.short_names import from_short_names

REJECT, HOLD, CONFIRM, WARN, ACCEPT = "reject", "hold", "confirm", "warn", "accept"

SINGLE_VISION: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("a plain pair is made", {}, ACCEPT, None),
    ("a missing sphere", {"right__sph": None, "right__cyl": -1, "right__ax": 90}, REJECT, "RX_SPHERE_MISSING"),
    ("a sphere off its step", {"right__sph": -2.1}, REJECT, "RX_STEP"),
    ("an eighth where the design takes quarters", {"right__sph": -2.12}, REJECT, "RX_STEP"),
    ("a sphere no lens has", {"right__sph": -25}, REJECT, "RX_RANGE"),
    ("a decimal point forgotten", {"right__sph": -200}, REJECT, "RX_RANGE"),
    ("a cylinder no lens has", {"right__cyl": -6.25, "right__ax": 90}, REJECT, "RX_RANGE"),
    ("a missing axis", {"right__cyl": -1}, REJECT, "RX_AXIS_MISSING"),
    ("an axis over 180", {"right__cyl": -1, "right__ax": 181}, REJECT, "RX_AXIS_RANGE"),
    ("half a degree", {"right__cyl": -1, "right__ax": 90.5}, REJECT, "RX_AXIS_RANGE"),
    ("axis 0 is axis 180", {"right__cyl": -1, "right__ax": 0}, ACCEPT, None),
    ("an axis without a cylinder", {"right__ax": 90}, CONFIRM, "RX_AXIS_ORPHAN"),
    ("opposite signs", {"right__sph": 1}, CONFIRM, "RX_OPP_SIGN"),
    ("anisometropia", {"right__sph": -4}, WARN, "RX_ANISO"),
    ("an addition in single vision", {"right__add": 2}, CONFIRM, "RX_ADD_UNEXPECTED"),
    ("one eye without saying so", {"right": None}, ACCEPT, "RX_ONE_EYE"),
    ("a prism without a base", {"right__prism": [{"amount": 2}]}, REJECT, "PRISM_BASE_MISSING"),
    ("in and out at once", {"right__prism": [{"amount": 1, "base": "in"}, {"amount": 1, "base": "out"}]}, REJECT,
     "PRISM_CONFLICT"),
    ("a large prism", {"right__prism": [{"amount": 4, "base": "in"}]}, HOLD, "PRISM_LARGE"),
    ("a prism over the limit", {"right__prism": [{"amount": 8.25, "base": "up"}]}, REJECT, "PRISM_RANGE"),
    ("two directions over the limit together",
     {"right__prism": [{"amount": 6, "base": "up"}, {"amount": 6, "base": "in"}]}, REJECT, "PRISM_RANGE"),
    ("a negative prism", {"right__prism": [{"amount": -2, "base": "up"}]}, REJECT, "PRISM_RANGE"),
    ("a prism off its step", {"right__prism": [{"amount": 1.1, "base": "up"}]}, WARN, "RX_STEP"),
    ("a missing PD", {"right__pd": None}, REJECT, "PD_MISSING"),
    ("a PD nobody has", {"right__pd": 42}, REJECT, "PD_RANGE"),
    ("an unusual PD", {"right__pd": 36, "left__pd": 36}, WARN, "PD_RANGE"),
    ("a binocular PD in a monocular field", {"right__pd": 62, "left__pd": 62}, CONFIRM, "PD_LOOKS_BINO"),
    ("unequal PDs", {"right__pd": 34, "left__pd": 30}, WARN, "PD_ASYM"),
    ("PDs that do not add up", {"pd": 66}, REJECT, "PD_RANGE"),
    ("PDs that add up", {"pd": 63}, ACCEPT, None),
    ("a near PD wider than the far one", {"npd": 65}, REJECT, "PD_NEAR_GT_FAR"),
    ("a monocular PD as the binocular one", {"right__pd": None, "left__pd": None, "pd": 32}, REJECT, "PD_RANGE"),
    ("a vertex distance out of range", {"bvd": 30}, REJECT, "RX_RANGE"),
    ("a design nobody has", {"design": "sv-gold"}, REJECT, "COMBO_UNKNOWN"),
    ("a design not made in the material", {"material": "167"}, REJECT, "COMBO_UNKNOWN"),
    ("a colour not made in the material", {"colour": "ph-extra"}, REJECT, "COMBO_UNKNOWN"),
    ("a coating nobody has", {"treatments": ["hc", "ar-gold"]}, REJECT, "COMBO_UNKNOWN"),
    ("a power the material is not made in", {"right__sph": -11}, REJECT, "COMBO_POWER"),
    ("the other meridian outside", {"right__sph": -9, "right__cyl": -2, "right__ax": 90}, REJECT, "COMBO_POWER"),
    ("two hard coats", {"treatments": ["hc", "hc-tint", "ar-std"]}, REJECT, "TREAT_CLASH"),
    ("two anti-reflection coatings", {"treatments": ["hc", "ar-std", "ar-prem"]}, REJECT, "TREAT_CLASH"),
    ("anti-reflection under a mirror", {"treatments": ["hc", "ar-std", "mirror-full"]}, REJECT, "TREAT_CLASH"),
    ("a mirror with the back coated", {"treatments": ["hc", "ar-back", "mirror-full"]}, ACCEPT, None),
    ("anti-reflection without a hard coat", {"treatments": ["ar-std"]}, REJECT, "TREAT_NEEDS"),
    ("mid-index without a hard coat", {"material": "156", "treatments": []}, REJECT, "TREAT_NEEDS"),
    ("a hard coat on glass", {"material": "152", "treatments": ["hc"]}, REJECT, "TREAT_MATERIAL"),
    ("a tint on glass", {"material": "152", "treatments": ["tint-solid:40"]}, REJECT, "TREAT_MATERIAL"),
    ("a tint too dark for the material", {"material": "156", "treatments": ["hc", "tint-solid:75"]}, REJECT,
     "TINT_DENSITY"),
    ("a tint without a density", {"treatments": ["hc", "tint-solid"]}, REJECT, "TINT_DENSITY"),
    ("a tint too light to see", {"treatments": ["hc", {"code": "tint-solid", "density": 2}]}, REJECT, "TINT_DENSITY"),
    ("a tint on a photochromic", {"colour": "ph-grey", "treatments": ["hc", "tint-solid:40"]}, REJECT, "TREAT_CLASH"),
    ("a light tint on a photochromic", {"colour": "ph-grey", "treatments": ["hc", "tint-solid:20"]}, ACCEPT, None),
    ("tinted polycarbonate on the wrong coat", {"material": "159", "treatments": ["hc", "tint-solid:40"]}, REJECT,
     "TREAT_NEEDS"),
    ("tinted polycarbonate", {"material": "159", "treatments": ["hc-tint", "tint-solid:40"]}, ACCEPT, None),
    ("drilled 1.50", {"mount": "drill"}, REJECT, "MOUNT_DRILL"),
    ("drilled Trivex", {"mount": "drill", "material": "153"}, ACCEPT, None),
    ("drilled 1.67", {"mount": "drill", "design": "sv-asph", "material": "167"}, HOLD, "MOUNT_DRILL"),
    ("a strong cylinder drilled",
     {"mount": "drill", "material": "153", "right__cyl": -3, "right__ax": 10}, HOLD, "MOUNT_POWER"),
    ("1.50 in a safety frame", {"mount": "safety"}, REJECT, "MOUNT_IMPACT"),
    ("1.50 in a sport frame", {"mount": "sport"}, WARN, "MOUNT_IMPACT"),
    ("polycarbonate in a safety frame", {"mount": "safety", "material": "159"}, ACCEPT, None),
    ("a frame wider than any", {"frame__A": 90}, REJECT, "FRAME_BOX"),
    ("a frame without its bridge", {"frame__DBL": None}, WARN, "FRAME_BOX"),
    ("an ED that cannot be", {"frame__ED": 80}, WARN, "FRAME_ED"),
    ("no frame at all", {"frame": None, "mount": None}, WARN, "FRAME_MISSING"),
    ("uncut on purpose", {"mount": "uncut"}, ACCEPT, None),
    ("a frame to come", {"frame_status": "to_come"}, ACCEPT, "FRAME_TO_COME"),
    ("a frame no blank covers", {"frame": {"A": 70, "B": 50, "DBL": 20, "ED": 76}}, REJECT, "BLANK_TOO_SMALL"),
    ("an account over its limit", {"account": "over its limit"}, HOLD, "ACCOUNT_LIMIT"),
    ("a weak lenticular", {"design": "lent"}, REJECT, "COMBO_POWER"),
    ("a lenticular", {"design": "lent", "material": "167", "right__sph": -12, "left__sph": -12}, HOLD, "LAB_REVIEW"),
]  # fmt: skip

MULTIFOCAL: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("a progressive is made", {}, ACCEPT, None),
    ("a missing addition", {"right__add": None}, REJECT, "RX_ADD_MISSING"),
    ("an addition no lens has", {"right__add": 4.25}, REJECT, "RX_RANGE"),
    ("an addition the design lacks", {"design": "occ-room", "right__add": 3.5, "left__add": 3.5}, REJECT, "COMBO_ADD"),
    ("a missing height", {"right__fh": None}, REJECT, "FH_MISSING"),
    ("an uncut progressive needs no height", {"right__fh": None, "left__fh": None, "mount": "uncut"}, ACCEPT, None),
    ("a height too low for the corridor", {"right__fh": 14}, REJECT, "FH_LOW"),
    ("a height over the frame", {"right__fh": 36.5}, REJECT, "FH_HIGH"),
    ("too little lens above the cross", {"right__fh": 27}, REJECT, "FH_ABOVE_CROSS"),
    ("a low segment", {"design": "ft28", "right__fh": 11}, REJECT, "SEG_LOW"),
    ("a bifocal", {"design": "ft28"}, ACCEPT, None),
    ("too much prism for a multifocal", {"right__prism": [{"amount": 5.5, "base": "in"}]}, REJECT, "PRISM_RANGE"),
    ("an individual design unmeasured", {"design": "pal-pro"}, REJECT, "NEEDS_POW"),
    ("an individual design measured", {"design": "pal-pro", "bvd": 12, "panto": 8, "ztilt": 5}, ACCEPT, None),
]

_ALL = [("sv", *case) for case in SINGLE_VISION] + [("pal", *case) for case in MULTIFOCAL]


@pytest.mark.parametrize(("base", "name", "changes", "decision", "code"), _ALL, ids=[case[1] for case in _ALL])
def test_one_thing_wrong_gets_its_finding_and_nothing_worse(
    base: str,
    name: str,
    changes: dict[str, Any],
    decision: str,
    code: str | None,
    judge: Callable[..., Evaluation],
    changed: Callable[..., dict[str, Any]],
    good: dict[str, Any],
    progressive: dict[str, Any],
):
    verdict = judge(changed(good if base == "sv" else progressive, **changes))
    said = {finding.code: finding for finding in verdict.findings}
    assert verdict.decision == decision, said.keys()
    if code is not None:
        assert code in said
        assert {one.code for one in verdict.findings if one.severity == decision} <= {code}
        assert said[code].rule_version == "1"


def test_every_finding_is_a_sentence_that_names_its_field(
    judge: Callable[..., Evaluation],
    changed: Callable[..., dict[str, Any]],
    good: dict[str, Any],
    progressive: dict[str, Any],
):
    for base, _, changes, _, _ in _ALL:
        for finding in judge(changed(good if base == "sv" else progressive, **changes)).findings:
            assert not finding.message[0].islower(), finding
            assert finding.message[-1] in ".?", finding
            assert finding.field, finding
            assert finding.fix or finding.severity == "info", finding
            assert "None" not in finding.message + (finding.fix or ""), finding


def test_the_missing_axis_is_said_as_an_optician_would(
    judge: Callable[..., Evaluation], changed: Callable[..., dict[str, Any]], good: dict[str, Any]
):
    finding = judge(changed(good, right__cyl=-1)).findings[0]
    assert finding.message == "Right axis is missing: a cylinder needs one (1 to 180)."
    assert (finding.field, finding.eye) == ("odAxis", "right")


def test_the_price_of_every_pair_on_the_list_is_known(rules: Rules, judge: Callable[..., Evaluation]):
    for design in rules.designs:
        for material in design.materials:
            eye = {"sph": -2, "pd": 32}
            order = {"right": eye, "left": eye, "design": design.id, "material": material}
            verdict = judge(order)
            assert verdict.price is not None
            assert verdict.price.total_minor == sum(line.minor for line in verdict.price.lines) > 0
            assert not {"PRICE_NONE", "COMBO_UNKNOWN"} & {finding.code for finding in verdict.findings}


def test_short_names_become_the_contracts_configuration(rules: Rules):
    configuration, account = from_short_names(
        {
            "right": {"sph": "-2.00", "cyl": -1.0, "ax": 90, "pd": 31.5, "prism": [{"amount": 2, "base": "in"}]},
            "balance": True,
            "design": "sv-asph",
            "material": "167",
            "treatments": ["hc", {"code": "tint-solid", "density": 40}],
            "frame": {"A": 52, "B": 36, "DBL": 18, "status": "to come"},
            "mount": "groove",
            "npd": 60,
            "account": {"number": "A-1", "on_stop": True},
            "trace": "TRCFMT=0",
        },
        rules,
    )
    assert configuration.to_wire() == {
        "prescription": {
            "eye": "right", "balance": True, "odSphere": -2.0, "odCylinder": -1.0, "odAxis": 90.0, "odPd": 31.5,
            "odPrism": [{"amount": 2.0, "base": "in"}], "osPrism": [], "nearPd": 60.0,
        },
        "lensType": "single_vision", "design": "sv-asph", "material": "167", "coatings": ["hc"],
        "tint": {"entry": "tint-solid", "density": 40.0},
        "frame": {"type": "semi_rimless", "a": 52.0, "b": 36.0, "dbl": 18.0, "status": "to_come"},
        "trace": {"format": "vca", "text": "TRCFMT=0"}, "urgency": "standard", "confirmations": [],
    }  # fmt: skip
    assert account is not None
    assert account.on_stop
