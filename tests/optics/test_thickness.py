"""Thickness and weight from a shape: the fast answer is the formula's, and heavier or thicker where it must be."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ils_app.optics.geometry import shape_of_box
from ils_app.optics.lens.shape import points_of
from ils_app.optics.lens.thickness import Material, Power, bases_for, thickness
from lims_client.optics.layout import Point, about
from lims_client.optics.surfaces import LensForm, edge_of, true_power_dpt

CR39, HIGH = Material(1.498, 1.32, 1.8, 1.0), Material(1.665, 1.36, 1.2, 0.9)
CHART = [(-99, -8, 0.5), (-8, -4, 2.0), (-4, -1, 4.0), (-1, 1.5, 5.0), (1.5, 4, 6.0), (4, 99, 8.0)]


def outline_of_box(a_mm: float, b_mm: float, ed_mm: float, points: int = 360) -> tuple[Point, ...]:
    return points_of(shape_of_box(a_mm, b_mm, ed_mm, points))


@given(st.floats(-8, 7), st.floats(-3, 0), st.floats(1, 180), st.floats(-6, 6), st.floats(-4, 4), st.floats(-3, 3))
@settings(max_examples=60, deadline=None)
def test_the_arrays_say_what_the_formula_says(s: float, c: float, axis: float, x: float, y: float, wedge: float):
    outline = outline_of_box(52, 36, 55, points=48)
    base = bases_for({"R": Power(s, c)}, CHART)["R"]
    fast = thickness(Power(s, c, axis, prism=(wedge, 0)), CR39, outline, (x, y), base)
    form = LensForm(s, c, axis, CR39.index, true_power_dpt(base, CR39.index), (wedge, 0))
    slow = edge_of(form, about(outline, (x, y)), centre_min_mm=1.8, edge_min_mm=1.0)
    assume(slow.thickest_mm < 15)
    assert fast.centre_mm == pytest.approx(slow.centre_mm, abs=1e-5)
    assert fast.edge_mm == pytest.approx(slow.edge_mm, abs=1e-5)


def test_the_weight_of_a_flat_plate_is_its_area_wherever_the_centre_lies():
    outline = outline_of_box(50, 40, 64)
    area = abs(sum(x * outline[n - 1][1] - outline[n - 1][0] * y for n, (x, y) in enumerate(outline))) / 2
    for centre in ((0.0, 0.0), (5.0, 3.0), (40.0, 0.0)):
        plate = thickness(Power(0.0), Material(1.5, 1.3, 2.0, 1.0), outline, centre, 0.0)
        assert plate.weight_g == pytest.approx(area * 2.0 * 1.3 / 1000, rel=1e-9)


def test_the_weight_of_a_lens_is_that_of_its_two_caps():
    ring = [(20 * math.cos(turn * math.pi / 500), 20 * math.sin(turn * math.pi / 500)) for turn in range(1000)]
    lens = thickness(Power(-4.0), CR39, ring, (0.0, 0.0), 4.0)
    front = 1000 * 0.498 / true_power_dpt(4.0, 1.498)
    edge = lens.thickest_mm
    back_sag = edge - lens.centre_mm + (front - math.sqrt(front**2 - 400))
    sags = (front - math.sqrt(front**2 - 400), back_sag)
    under = [math.pi * 400 * sag - math.pi * sag * (3 * 400 + sag**2) / 6 for sag in sags]
    volume = lens.centre_mm * math.pi * 400 - under[0] + under[1]
    assert lens.weight_g == pytest.approx(volume * 1.32 / 1000, rel=1e-3)


def test_a_higher_index_is_thinner_and_lighter_and_a_bigger_frame_is_not():
    def made(material: Material, a: float) -> Any:
        return thickness(Power(-6.0, -1.5, 10), material, outline_of_box(a, 36, a + 5), (5.5, 2), 2.0)

    thick, thin, wide = made(CR39, 52), made(HIGH, 52), made(CR39, 56)
    assert thin.thickest_mm < thick.thickest_mm < wide.thickest_mm
    assert thin.weight_g < thick.weight_g < wide.weight_g
    assert thick.estimated


def test_a_plus_lens_has_its_least_edge_and_a_minus_lens_its_least_centre():
    outline = outline_of_box(52, 36, 55)
    plus = thickness(Power(4.0), CR39, outline, (3, 0), 6.0)
    minus = thickness(Power(-4.0), CR39, outline, (3, 0), 2.0)
    assert (plus.thinnest_mm, minus.centre_mm) == pytest.approx((1.0, 1.8), abs=1e-4)
    assert plus.centre_mm > plus.thickest_mm
    assert minus.thickest_mm > minus.thinnest_mm > minus.centre_mm


def test_an_unknown_power_in_the_chart_is_said():
    with pytest.raises(ValueError, match=r"no row for \+9\.00 D"):
        bases_for({"R": Power(9.0)}, [(-1, 1, 5.0)])
    assert bases_for({"R": Power(1.0, add_dpt=2.0), "L": Power(-4.5)}, CHART) == {"R": 6.0, "L": 2.0}


def test_a_shape_nobody_traced_fills_its_box():
    for ed in (10.0, 52.0, 55.0, 62.0, 90.0):
        ring = outline_of_box(52, 36, ed)
        assert max(x for x, _ in ring) - min(x for x, _ in ring) == pytest.approx(52)
        assert max(y for _, y in ring) - min(y for _, y in ring) == pytest.approx(36)
        effective = 2 * max(math.hypot(x, y) for x, y in ring)
        assert effective + 1e-6 >= 52
        assert effective <= math.hypot(52, 36) + 1e-6
