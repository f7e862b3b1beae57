"""An order beside the patient's earlier ones: the same again, and big changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from lims_client.models import Configuration
from lims_client.rules import EarlierOrder, evaluate, reference_rules
from lims_client.rules.short_names import from_short_names

RULES, TODAY = reference_rules(), date(2026, 11, 23)


def configuration(order: dict[str, Any], number: str | None = None) -> Configuration:
    return from_short_names(order, RULES)[0].model_copy(update={"order_number": number})


def said(order: dict[str, Any], *earlier: EarlierOrder, number: str | None = None) -> dict[str, Any]:
    verdict = evaluate(configuration(order, number), RULES, today=TODAY, earlier=earlier)
    return {one.code: one for one in verdict.findings}


def before(order: dict[str, Any], days: int, number: str | None = None) -> EarlierOrder:
    return EarlierOrder(configuration(order), TODAY - timedelta(days=days), number)


def test_the_same_prescription_within_a_fortnight_is_asked_about(good: dict[str, Any]):
    found = said(good, before(good, 14, "ORD-1"))
    assert found["DUP_ORDER"].severity == "confirm"
    assert "as order ORD-1" in found["DUP_ORDER"].message
    assert said(good, before(good, 15)) == {}
    assert said(good) == {}


def test_an_order_is_never_its_own_duplicate(good: dict[str, Any]):
    assert said(good, before(good, 1, "ORD-1"), number="ORD-1") == {}


def test_the_other_cylinder_form_is_the_same_prescription(changed: Callable[..., dict[str, Any]], good: dict[str, Any]):
    minus = changed(good, right__sph=-1, right__cyl=-1, right__ax=90)
    plus = changed(good, right__sph=-2, right__cyl=1, right__ax=180)
    assert set(said(plus, before(minus, 3))) == {"DUP_ORDER"}


CHANGES = [
    ("a usual change", {"right__sph": -2.75}, None),
    ("a sphere", {"right__sph": -3.0}, "right"),
    ("a new cylinder", {"left__cyl": -1.0, "left__ax": 90}, "left"),
]


@pytest.mark.parametrize(("changes", "eye"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_a_big_change_since_the_last_order_is_asked_about(
    changes: dict[str, Any], eye: str | None, changed: Callable[..., dict[str, Any]], good: dict[str, Any]
):
    found = said(changed(good, **changes), before(good, 300))
    assert (found["RX_CHANGE_BIG"].eye.value if "RX_CHANGE_BIG" in found else None) == eye


@pytest.mark.parametrize(("cylinder", "axis", "asked"), [(-1.5, 100, False), (-1.5, 101, True), (-0.5, 110, False),
                                                         (-0.5, 111, True)])  # fmt: skip
def test_the_axis_of_a_weak_cylinder_may_change_more(
    cylinder: float, axis: int, asked: bool, changed: Callable[..., dict[str, Any]], good: dict[str, Any]
):
    old = changed(good, right__cyl=cylinder, right__ax=90)
    found = said(changed(good, right__cyl=cylinder, right__ax=axis), before(old, 300))
    assert ("RX_CHANGE_BIG" in found) is asked
    assert not asked or found["RX_CHANGE_BIG"].field == "odAxis"


def test_the_newest_order_counts(changed: Callable[..., dict[str, Any]], good: dict[str, Any]):
    assert said(good, before(changed(good, right__sph=-4), 400), before(good, 200)) == {}
