"""Inspection: ANSI and ISO limits by the tables, in force by date, editable, and a verdict per tolerance."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ils_app.optics.lens.inspection import Reading, inspect
from ils_app.optics.lens.tolerances import (
    Allowed,
    StandardsError,
    in_force,
    load_standards,
    shipped_standards,
    tolerances,
)
from lims_client.optics.powers import transpose

ANSI, ISO = in_force("ANSI Z80.1"), in_force("ISO 21987")

CASES = [
    (ANSI, "sv", (-2.0, -0.5, 90, None), Allowed(0.13, 0.13, 7, None)),
    (ANSI, "sv", (-6.5, 0.0, None, None), Allowed(0.13, 0.13, None, None)),
    (ANSI, "bf", (-8.0, -4.75, 90, 4.25), Allowed(0.255, 0.19, 2, 0.18)),
    (ANSI, "pal", (-8.0, -0.12, 90, 4.0), Allowed(0.1624, 0.16, 14, 0.12)),
    (ANSI, "pal", (0.0, -3.5, 90, 2.0), Allowed(0.16, 0.18, 2, 0.12)),
    (ANSI, "sv", (0.0, -0.11, 90, None), Allowed(0.13, 0.13, None, None)),
    (ISO, "sv", (-2.0, -0.75, 90, None), Allowed(0.12, 0.09, 6, None)),
    (ISO, "sv", (-8.0, -1.0, 90, None), Allowed(0.12, 0.18, 4, None)),
    (ISO, "pal", (-6.0, -1.0, 90, 2.0), Allowed(0.18, 0.18, 4, 0.12)),
    (ISO, "sv", (-21.0, -5.0, 90, None), Allowed(0.37, 0.37, 2, None)),
    (ISO, "sv", (-1.0, -0.12, 90, None), Allowed(0.12, 0.09, None, None)),
]


@pytest.mark.parametrize(("standard", "kind", "lens", "allowed"), CASES)
def test_the_tables_say_what_a_lens_is_allowed(standard: Any, kind: str, lens: Any, allowed: Allowed):
    found = tolerances(standard, kind, *lens)
    assert (found.sphere, found.cyl) == pytest.approx((allowed.sphere, allowed.cyl))
    assert (found.axis, found.add) == (allowed.axis, allowed.add)


def test_an_uncut_lens_has_its_own_axis_limits():
    assert tolerances(ISO, "sv", -1.0, -0.5, 90, mounted=False).axis == 7
    assert tolerances(ANSI, "sv", -1.0, -0.5, 90, mounted=False).axis == 7


def told(standard: Any, kind: str, target: Any, measured: Any) -> dict[tuple[str, str | None], Any]:
    return {(one.tolerance, one.eye): one for one in inspect(standard, kind, target, measured)}


def test_a_pair_is_judged_tolerance_by_tolerance():
    target = {eye: Reading(1.0, -1.0, 90, 2.0, prism_in=0, prism_up=0, height_mm=20, centre_mm=2.5, base_dpt=6)
              for eye in ("R", "L")}  # fmt: skip
    measured = {
        "R": Reading(1.10, -1.20, 92, 2.10, prism_in=0.3, prism_up=0.2, height_mm=20.6, centre_mm=2.9, base_dpt=6.5,
                     warp_dpt=1.2),
        "L": Reading(1.05, -1.0, 86, 2.15, prism_in=0.3, prism_up=-0.2, height_mm=19.5, centre_mm=2.4),
    }  # fmt: skip
    found = told(ANSI, "pal", target, measured)
    failed = {key for key, one in found.items() if not one.passed}
    assert failed == {
        ("cylinder", "R"), ("axis", "L"), ("addition", "L"), ("centre thickness", "R"), ("warp", "R"),
        ("vertical imbalance", None), ("height difference", None),
    }  # fmt: skip
    assert found[("horizontal imbalance", None)].off == pytest.approx(0.6)
    assert found[("sphere", "R")].standard == "ANSI Z80.1-2015"


def test_iso_holds_each_meridian_and_prism_by_what_was_prescribed():
    target = {"R": Reading(-4.0, -2.0, 10, prism_in=3.0), "L": Reading(-4.0)}
    measured = {"R": Reading(-4.10, -2.0, 10, prism_in=3.9), "L": Reading(-4.2, prism_in=0.0)}
    found = told(ISO, "sv", target, measured)
    assert {key[0] for key in found if key[1] == "R"} == {"sphere", "sphere + cylinder", "cylinder", "axis"}
    assert found[("horizontal imbalance", None)].allowed == 1.0
    assert not found[("sphere", "L")].passed


def test_strong_lenses_may_be_off_by_a_decentration_instead():
    target = {eye: Reading(-8.0) for eye in ("R", "L")}
    measured = {"R": Reading(-8.0, prism_in=0.8, prism_up=0.8), "L": Reading(-8.0, prism_in=0.8, prism_up=0.2)}
    found = told(ANSI, "sv", target, measured)
    assert found[("vertical prism", "R")].allowed == pytest.approx(0.8)
    assert found[("vertical imbalance", None)].allowed == pytest.approx(0.8)
    assert found[("horizontal imbalance", None)].allowed == pytest.approx(2.0)
    assert all(one.passed for one in found.values())


def test_what_was_not_measured_is_not_judged():
    assert inspect(ANSI, "sv", {"R": Reading(-2.0)}, {"R": Reading()}) == []
    assert inspect(ANSI, "sv", {"R": Reading(-2.0)}, {"L": Reading(-2.0)}) == []
    with pytest.raises(ValueError, match="'contact' is no kind of lens"):
        inspect(ANSI, "contact", {}, {})


numbers = st.integers(-64, 64).map(lambda eighths: eighths / 8)


@given(numbers, numbers, st.integers(1, 180), st.booleans(), st.booleans(), st.sampled_from(["sv", "pal"]))
def test_either_cylinder_form_gets_the_same_verdict_and_the_target_itself_passes(
    sphere: float, cylinder: float, axis: int, flip: bool, flip_other: bool, kind: str
):
    forms = [(sphere, cylinder, float(axis)), transpose(sphere, cylinder, float(axis))]
    for standard in (ANSI, ISO):
        one, two = (
            inspect(standard, kind, {"R": Reading(*forms[flip])}, {"R": Reading(*forms[other])})
            for other in (flip, flip_other)
        )
        assert one == two
        assert all(verdict.off < 1e-9 for verdict in one)


def test_the_edition_in_force_on_the_day_counts():
    newer = ANSI.model_copy(update={"edition": "2020", "effective_from": date(2027, 1, 1)})
    both = (*shipped_standards(), newer)
    assert in_force("ANSI Z80.1", date(2026, 11, 24), both).edition == "2015"
    assert in_force("ANSI Z80.1", date(2027, 1, 1), both).edition == "2020"
    with pytest.raises(LookupError, match="on 2000-01-01"):
        in_force("ANSI Z80.1", date(2000, 1, 1))


BAD = [
    (lambda one: one["axis"].pop(), r"0: axis: the bands rise"),
    (lambda one: one["families"]["sv"]["powers"][0]["meridian"].update(share=0.1), "either in dioptres or a share"),
    (lambda one: one.update(effectiveFrom="soon"), r"0\.effectiveFrom"),
    (lambda one: one.update(colour="red"), r"0\.colour"),
    (lambda one: one["families"].pop("progressive"), "0: families: progressive missing"),
    (lambda one: one["families"]["sv"]["prismPair"][0].update(prescribedUpTo=2), r"0: sv\.prismPair: the bands rise"),
    (lambda one: one["axis"][0].update(upTo=float("nan")), r"0\.axis\.0\.upTo"),
]


@pytest.mark.parametrize(("edit", "words"), BAD)
def test_a_bad_edit_of_a_standard_is_refused_with_its_place(edit: Any, words: str):
    standards = json.loads(files("ils_app.optics.lens").joinpath("tolerances.json").read_text("utf-8"))
    edit(standards[0])
    with pytest.raises(StandardsError, match=words):
        load_standards(standards)
