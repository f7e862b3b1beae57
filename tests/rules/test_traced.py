"""With a traced shape the engine measures: the exact blank, the edge in a groove, thick lenses, wrapped frames."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims_client.models import Eye, Finding, Severity
from lims_client.optics import layout
from lims_client.rules import Evaluation, TracedFrame, evaluate, reference_rules
from lims_client.rules.blanks import blank_need
from lims_client.rules.centration import centration
from lims_client.rules.order import read
from lims_client.rules.short_names import from_short_names

RULES = reference_rules()


def ellipse(a_mm: float, b_mm: float) -> tuple[tuple[float, float], ...]:
    turns = (2 * math.pi * point / 360 for point in range(360))
    return tuple((a_mm / 2 * math.cos(turn), b_mm / 2 * math.sin(turn)) for turn in turns)


def frame(a_mm: float = 52, b_mm: float = 36, **said: Any) -> TracedFrame:
    return TracedFrame({eye: ellipse(a_mm, b_mm) for eye in (Eye.RIGHT, Eye.LEFT)}, **said)


def judge(order: dict[str, Any], shape: TracedFrame) -> Evaluation:
    configuration, _ = from_short_names(order | {"trace": "TRCFMT=…"}, RULES)
    return evaluate(configuration, RULES, trace_reader=lambda text: shape)


def codes(verdict: Evaluation) -> dict[str, str]:
    return {one.code: one.severity.value for one in verdict.findings}


Change = Callable[..., dict[str, Any]]


def test_the_traced_outline_decides_the_blank(changed: Change, good: dict[str, Any]):
    wide = changed(good, frame={"A": 64, "B": 40, "DBL": 20, "ED": 70}, right__pd=35, left__pd=35, design="sv-ff")
    assert codes(judge(wide, frame(64, 40))) == {"NEEDS_POW": "info"}
    too_wide = judge(wide | {"right": {"sph": -2.0, "pd": 30}, "left": {"sph": -2.0, "pd": 30}}, frame(64, 40))
    assert codes(too_wide)["BLANK_TOO_SMALL"] == "reject"
    assert too_wide.findings[0].message == ("Right lens needs a blank of 90 mm; the largest is 80 mm, 10 mm short.")


def test_a_pair_on_one_base_has_that_base_s_blanks(changed: Change, good: dict[str, Any]):
    # the right lens alone would go on base 6, which has blanks up to 75 mm; with the left one it goes on base 8
    steep = changed(good, right__sph=3.75, left__sph=4.25, right__pd=28, left__pd=28, design="sv-ff", material="160",
                    frame={"A": 55, "B": 36, "DBL": 18})  # fmt: skip
    said = [one for one in judge(steep, frame(55, 36)).findings if one.code == "BLANK_TOO_SMALL"]
    assert [one.eye for one in said] == [Eye.RIGHT, Eye.LEFT]
    assert all("the largest is 70 mm" in one.message for one in said)


@given(st.floats(40, 68), st.floats(25, 40), st.floats(28, 36), st.integers(18, 24))
def test_the_blank_of_a_mere_box_is_the_plain_formula_s(a_mm: float, b_mm: float, pd_mm: float, height_mm: int):
    a_mm, b_mm, pd_mm = round(a_mm, 1), round(max(b_mm, height_mm + 10), 1), round(pd_mm, 1)
    eye = {"sph": 1.0, "add": 2.0, "pd": pd_mm, "fh": height_mm}
    said = {"right": eye, "left": eye, "design": "pal-plus", "material": "160", "treatments": ["hc"], "mount": "full",
            "frame": {"A": a_mm, "B": b_mm, "DBL": 18}}  # fmt: skip
    order = read(from_short_names(said, RULES)[0], RULES)
    need = blank_need(order, order.lenses[0], centration(order))
    off = layout.decentration_mm(layout.inset_mm(a_mm, 18, pd_mm), layout.rise_mm(height_mm, b_mm))
    effective = layout.ed_without_trace_mm(a_mm, b_mm, layout.Style.RECTANGLE)
    assert need is not None
    assert float(need.estimated) == pytest.approx(layout.blank_by_rule_mm(effective, off))


def test_the_order_s_box_is_held_against_the_trace(changed: Change, good: dict[str, Any]):
    def said(**sizes: float) -> set[tuple[str, str | None, str]]:
        found = judge(changed(good, **{f"frame__{name}": size for name, size in sizes.items()}), frame()).findings
        return {(one.severity.value, one.field, (one.eye or Eye.BOTH).value) for one in found if one.code == "TRC_BOX"}

    assert said(A=52.3, B=36.3) == said(A=51.7) == set()
    assert said(A=52.5) == {("warn", "frame.a", "right"), ("warn", "frame.a", "left")}
    assert said(B=34.9) == {("hold", "frame.b", "right"), ("hold", "frame.b", "left")}


def test_stock_serves_when_the_exact_blank_does(changed: Change, good: dict[str, Any]):
    order = changed(good, frame={"A": 58, "B": 36, "DBL": 18, "ED": 62}, right__pd=33, left__pd=33)
    without = evaluate(from_short_names(order, RULES)[0], RULES)
    assert {route.value for route in without.route.values()} == {"surfaced"}
    assert {route.value for route in judge(order, frame(58, 36)).route.values()} == {"stock_cut"}


def test_a_groove_needs_its_edge_all_round(changed: Change, good: dict[str, Any]):
    weak = changed(good, mount="groove", right__sph=-0.5, left__sph=-5, design="sv-ff")
    verdict = judge(weak, frame())
    said = next(one for one in verdict.findings if one.code == "MOUNT_GROOVE")
    assert (said.severity, said.eye, said.field) == (Severity.HOLD, Eye.RIGHT, "frame.type")
    assert "a groove in 1.50 CR-39 needs 2.2 mm" in said.message
    assert "MOUNT_GROOVE" not in codes(judge(changed(weak, mount="full"), frame()))
    assert "MOUNT_GROOVE" not in codes(judge(changed(weak, right__sph=2.0, left__sph=2.0), frame()))
    assert "MOUNT_GROOVE" not in codes(evaluate(from_short_names(weak, RULES)[0], RULES))


def test_a_thick_edge_or_centre_is_said(changed: Change, good: dict[str, Any]):
    assert codes(judge(changed(good, right__sph=-9, left__sph=-9), frame())) == {"THICK_EDGE": "warn"}
    higher = changed(good, right__sph=-9, left__sph=-9, design="sv-asph", material="174")
    assert codes(judge(higher, frame())) == {}
    plus = changed(good, right__sph=8, left__sph=8, right__pd=27, left__pd=27, frame__A=58)
    assert codes(judge(plus, frame(58, 40)))["THICK_CENTRE"] == "warn"


def test_a_wrapped_frame_needs_a_steep_base(changed: Change, good: dict[str, Any]):
    assert codes(judge(good, frame(curve_dpt=8.0)))["BASE_FRAME_CURVE"] == "hold"
    assert codes(judge(changed(good, right__sph=3, left__sph=3), frame(curve_dpt=6.0))) == {}
    assert codes(judge(changed(good, right__sph=5, left__sph=5), frame(curve_dpt=4.0)))["BASE_FRAME_CURVE"] == "warn"
    assert codes(judge(good, frame(curve_dpt=0.0))) == {}


def test_what_the_reader_found_counts(good: dict[str, Any]):
    crossed = Finding(
        code="TRC_SELFCROSS", severity=Severity.REJECT, message="The outline crosses itself.", field="trace"
    )
    verdict = judge(good, frame(findings=(crossed,)))
    assert (verdict.decision, verdict.findings[0].rule_version) == ("reject", "1")


def test_a_shape_without_a_bridge_or_outline_is_judged_by_what_there_is(changed: Change, good: dict[str, Any]):
    assert judge(good, TracedFrame()).decision == "accept"
    assert judge(changed(good, frame__DBL=None), frame()).decision in {"accept", "warn"}
    assert judge(changed(good, right__cyl=-1), frame()).decision == "reject"


def test_the_axis_of_a_plus_form_is_turned_with_it(changed: Change, good: dict[str, Any]):
    plus = judge(changed(good, right__sph=-9, right__cyl=3, right__ax=90, left__sph=-9), frame())
    minus = judge(changed(good, right__sph=-6, right__cyl=-3, right__ax=180, left__sph=-9), frame())
    assert plus.findings == minus.findings


def test_eyes_far_apart_at_near_are_warned_of_and_held_without_a_slab_off(changed: Change, progressive: dict[str, Any]):
    def pair(right: float, left: float, **more: Any) -> str:
        order = changed(progressive, right__sph=right, left__sph=left, **more)
        return evaluate(from_short_names(order, RULES)[0], RULES).decision.value

    assert pair(2.0, 1.0) == "accept"
    assert pair(2.5, 1.0) == "warn"
    assert pair(4.0, 1.0) == "hold"
    slab = evaluate(
        from_short_names(
            changed(progressive, right__sph=4, left__sph=1, treatments=["hc", "ar-std", "slab-off"]), RULES
        )[0],
        RULES,
    )
    assert {one.severity.value for one in slab.findings if one.code == "RX_ANISO"} == {"warn"}


@given(st.floats(40, 68), st.floats(1, 6), st.integers(28, 36), st.integers(-80, 48).map(lambda eighths: eighths / 8))
@settings(max_examples=40, deadline=None)
def test_a_bigger_traced_frame_is_never_easier(a_mm: float, more: float, pd: int, sphere: float):
    eye = {"sph": round(sphere * 4) / 4, "pd": pd}
    order = {"right": eye, "left": eye, "design": "sv-ff", "material": "160", "treatments": ["hc"], "mount": "full",
             "frame": {"A": a_mm, "B": 34, "DBL": 18}}  # fmt: skip

    def gravest(width: float) -> set[str]:
        return set(codes(judge(order, frame(width, 34)))) & {"BLANK_TOO_SMALL", "THICK_EDGE"}

    assert gravest(a_mm) <= gravest(a_mm + more)


@pytest.mark.parametrize("eye", ["right", "left"])
def test_one_eye_alone_is_measured_too(eye: str, good: dict[str, Any], changed: Change):
    other = "left" if eye == "right" else "right"
    verdict = judge(changed(good, **{other: None, f"{eye}__sph": -9}), frame())
    assert codes(verdict)["THICK_EDGE"] == "warn"
