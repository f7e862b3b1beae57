"""The formulae: each one's printed example runs, and what must hold for every lens holds."""

from __future__ import annotations

import doctest
import importlib
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lims_client.optics import layout, powers, prism, surfaces

MODULES = [
    *(f"lims_client.optics.{name}" for name in ("powers", "prism", "layout", "surfaces")),
    *(f"ils_app.optics.lens.{name}" for name in ("thickness", "tolerances", "worked")),
    *(f"ils_app.optics.{name}" for name in ("geometry", "json_text", "vca.packets")),
]
spheres = st.integers(-160, 100).map(lambda eighths: eighths / 8)
cylinders = st.integers(-48, 48).map(lambda eighths: eighths / 8)
axes = st.integers(1, 180).map(float)


@pytest.mark.parametrize("name", MODULES)
def test_every_printed_example_runs(name: str):
    module = importlib.import_module(name)
    result = doctest.testmod(module)
    public = [
        one for key, one in vars(module).items()
        if hasattr(one, "__code__") and not key.startswith("_") and one.__module__ == name
    ]  # fmt: skip
    assert result.failed == 0
    if name.startswith("lims_client"):
        assert all(">>>" in (one.__doc__ or "") for one in public), [one.__name__ for one in public]


@given(spheres, cylinders, axes)
def test_transposing_twice_is_the_same_lens_and_once_the_same_powers(sphere: float, cylinder: float, axis: float):
    other = powers.transpose(sphere, cylinder, axis)
    assert powers.transpose(*other) == (sphere, cylinder, axis)
    for meridian in range(0, 180, 15):
        assert powers.meridian_power_dpt(*other, meridian) == pytest.approx(
            powers.meridian_power_dpt(sphere, cylinder, axis, meridian), abs=1e-9
        )


@given(spheres, cylinders, axes, st.floats(6, 20), st.floats(0, 20))
def test_a_vertex_change_there_and_back_is_the_same_lens(
    sphere: float, cylinder: float, axis: float, a: float, b: float
):
    there = powers.at_vertex(sphere, cylinder, axis, a, b)
    assert powers.at_vertex(*there, b, a) == pytest.approx((sphere, cylinder, axis), abs=1e-9)


def test_a_vertex_no_lens_can_serve_is_refused():
    with pytest.raises(ValueError, match="no lens at 0 mm"):
        powers.power_at_vertex_dpt(100.0, 10, 0)


@given(st.sampled_from("RL"), st.floats(0.25, 20), st.floats(0, 359.9))
def test_a_prism_by_base_and_back_is_the_same_prism(side: str, amount: float, base: float):
    back = prism.prism_polar(side, *prism.prism_by_base(side, amount, base))  # type: ignore[arg-type]
    assert back[0] == pytest.approx(amount)
    assert min(abs(back[1] - base), 360 - abs(back[1] - base)) < 1e-6


def test_base_in_is_towards_the_nose_of_either_eye():
    assert prism.prism_words(*prism.prism_by_base("R", 2, 0)).startswith("2.00 IN")
    assert prism.prism_words(*prism.prism_by_base("L", 2, 180)).startswith("2.00 IN")
    assert prism.prism_words(*prism.prism_by_base("R", 2, 270)).endswith("2.00 DOWN")
    assert prism.prism_words(*prism.prism_by_base("L", 2, 270)).endswith("2.00 DOWN")


@given(spheres, cylinders, axes, st.floats(-20, 20), st.floats(-20, 20))
def test_prentice_is_the_same_in_either_cylinder_form(s: float, c: float, axis: float, x: float, y: float):
    assert prism.prentice(*powers.transpose(s, c, axis), x, y) == pytest.approx(
        prism.prentice(s, c, axis, x, y), abs=1e-9
    )


@given(
    st.lists(st.tuples(st.floats(-40, 40), st.floats(-30, 30)), min_size=3, max_size=30),
    st.tuples(st.floats(-8, 8), st.floats(-8, 8)),
)
def test_the_smallest_blank_holds_every_point_and_the_long_rule_is_never_short(
    outline: list[tuple[float, float]], centre: tuple[float, float]
):
    blank = layout.minimum_blank_mm(outline, centre)
    assert all(2 * math.dist(point, centre) <= blank for point in outline)
    effective = layout.minimum_cut_mm(outline, (0, 0))
    assert layout.blank_by_rule_mm(effective, layout.decentration_mm(*centre)) >= blank - 1e-9
    wider = [(x * 1.1, y * 1.1) for x, y in outline]
    assert layout.minimum_cut_mm(wider, (0, 0)) >= effective


@given(st.floats(0.25, 12), st.floats(1.49, 1.75), st.floats(0, 30))
def test_a_sag_is_that_of_its_sphere_and_turns_with_the_sign(power: float, index: float, radius: float):
    sag = surfaces.sag_mm(power, index, radius)
    sphere = 1000 * (index - 1) / power
    assert sag == pytest.approx(sphere - math.sqrt(sphere**2 - radius**2))
    assert surfaces.sag_mm(-power, index, radius) == pytest.approx(-sag)
    assert surfaces.sag_mm(0, index, radius) == 0


def test_a_surface_wider_than_its_sphere_is_refused():
    with pytest.raises(ValueError, match=r"not 80 mm wide"):
        surfaces.sag_mm(20, 1.5, 40)


def test_a_pair_takes_one_base_only_when_its_powers_are_near():
    both = {"plus": (1.0, 2.0), "minus": (-1.5, -3.0), "mixed": (-0.5, 0.5)}
    found = {name: surfaces.bases_of_pair(*eyes, (5.0, 6.0)) for name, eyes in both.items()}
    assert found == {"plus": (6.0, 6.0), "minus": (5.0, 5.0), "mixed": (6.0, 6.0)}
    assert surfaces.bases_of_pair(1.0, 3.0, (5.0, 6.0)) == (5.0, 6.0)
    assert surfaces.base_of_chart_dpt([(-1, 1, 4.0)], 1) is None


@given(st.floats(-10, 8), st.floats(-4, 0), axes, st.floats(10, 28))
def test_a_lens_is_never_thinner_than_its_minima(sphere: float, cylinder: float, axis: float, radius: float):
    ring = [(radius * math.cos(turn / 8), radius * math.sin(turn / 8)) for turn in range(50)]
    front = surfaces.true_power_dpt(6.0, 1.6)
    assume(abs(sphere + cylinder - front) * radius < 550)
    edge = surfaces.edge_of(
        surfaces.LensForm(sphere, cylinder, axis, 1.6, front), ring, centre_min_mm=1.3, edge_min_mm=0.9
    )
    assert edge.centre_mm >= 1.3
    assert edge.thinnest_mm >= 0.9 - 1e-4
    assert edge.centre_mm == pytest.approx(1.3) or edge.thinnest_mm == pytest.approx(0.9, abs=1e-4)
    assert edge.thickest_mm >= edge.thinnest_mm
