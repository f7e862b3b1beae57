"""Routes, stations and promised days follow from the rules' tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from lims_client.rules import Evaluation, Rules
from lims_client.rules.service import after_working_days

Change = Callable[..., dict[str, Any]]

DAYS = [
    ("an uncut stock pair", {"mount": "uncut", "treatments": []}, 1),
    ("a cut stock pair", {"treatments": []}, 2),
    ("with anti-reflection", {}, 3),
    ("surfaced", {"design": "sv-ff", "treatments": ["hc"]}, 3),
    ("surfaced and coated", {"design": "sv-ff"}, 4),
    ("tinted", {"treatments": ["hc", "tint-solid:40"]}, 3),
    ("with a mirror", {"treatments": ["hc", "mirror-full"]}, 4),
    ("drilled", {"mount": "drill", "material": "153"}, 4),
    ("with a slab-off", {"treatments": ["hc", "slab-off"]}, 5),
    ("in a rush", {"urgency": "rush"}, 2),
    ("expedited", {"design": "sv-ff", "urgency": "expedited"}, 3),
]


@pytest.mark.parametrize(("changes", "days"), [case[1:] for case in DAYS], ids=[case[0] for case in DAYS])
def test_service_days_add_up(
    changes: dict[str, Any], days: int, judge: Callable[..., Evaluation], changed: Change, good: dict[str, Any]
):
    verdict = judge(changed(good, **changes))
    assert verdict.estimated_lead_time_hours == 24 * days
    assert verdict.promised_date is not None


def test_a_promise_counts_working_days_and_skips_holidays(rules: Rules):
    thursday, saturday, christmas = date(2026, 11, 26), date(2026, 11, 28), date(2026, 12, 24)
    assert after_working_days(rules.service, thursday, 2) == date(2026, 11, 30)
    assert after_working_days(rules.service, thursday, 0) == thursday
    assert after_working_days(rules.service, saturday, 0) == date(2026, 11, 30)
    assert after_working_days(rules.service, saturday, 1) == date(2026, 11, 30)
    assert after_working_days(rules.service, christmas, 1) == date(2026, 12, 29)


def test_a_frame_to_come_is_waited_for(judge: Callable[..., Evaluation], changed: Change, good: dict[str, Any]):
    here, to_come = judge(good), judge(changed(good, frame_status="to_come"))
    assert here.promised_date == date(2026, 11, 26)
    assert to_come.promised_date == date(2026, 11, 30)
    assert to_come.estimated_lead_time_hours == here.estimated_lead_time_hours


def test_a_lens_goes_to_surfacing_when_stock_cannot_serve(
    judge: Callable[..., Evaluation], changed: Change, good: dict[str, Any]
):
    def routes(**changes: Any) -> list[str]:
        return [route.value for route in judge(changed(good, **changes)).route.values()]

    assert routes() == ["stock_cut", "stock_cut"]
    assert routes(right__cyl=-2.25, right__ax=10) == ["surfaced", "stock_cut"]
    assert routes(right__prism=[{"amount": 1, "base": "up"}]) == ["surfaced", "stock_cut"]
    assert routes(frame={"A": 58, "B": 36, "DBL": 18, "ED": 62}) == ["surfaced", "surfaced"]
    assert routes(treatments=["hc", "prism-thin"]) == ["surfaced", "surfaced"]
    assert routes(material="152", treatments=[]) == ["surfaced", "surfaced"]
    assert routes(mount="uncut") == ["stock_uncut", "stock_uncut"]


def test_the_way_through_the_lab_has_only_the_stations_the_job_needs(
    judge: Callable[..., Evaluation], changed: Change, good: dict[str, Any], progressive: dict[str, Any]
):
    assert judge(changed(good, mount="uncut")).stations == ("ENTRY", "PICK", "QC", "SHIP")
    assert judge(good).stations == ("ENTRY", "PICK", "TRACE", "BLOCK", "EDGE", "MOUNT", "QC", "SHIP")
    assert "TRACE" not in judge(changed(good, trace="TRCFMT=0")).stations
    way = judge(progressive).stations
    assert way[:3] == ("ENTRY", "PICK", "TAPE")
    assert {"ENGRAVE", "HC", "AR", "QC2", "EDGE", "MOUNT"} <= set(way)
    assert not {"TINT", "DRILL"} & set(way)


def test_the_price_has_a_line_for_each_thing_chosen(
    judge: Callable[..., Evaluation], changed: Change, good: dict[str, Any]
):
    order = changed(
        good,
        colour="ph-grey",
        urgency="rush",
        right__prism=[{"amount": 1, "base": "up"}],
        mount="drill",
        material="153",
    )
    price = judge(order).price
    assert price is not None
    assert [line.what for line in price.lines] == [
        "Right lens: Single vision spherical, 1.53 Trivex",
        "Left lens: Single vision spherical, 1.53 Trivex",
        "Photochromic grey",
        "Hard coat",
        "AR standard",
        "Prism",
        "Glazing: rimless",
        "Rush",
    ]
    assert price.currency == "GBP"
