"""Reading what was typed: never an error but a sentence, never another lens, and every finding finds its field."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lims_client.rules
from ils_app.orders.reading import MEASURES, WRITTEN_FIELDS, form_field, number, read, transposed
from ils_app.orders.schemas import OrderDraft, Ticked
from lims_client.models import Configuration, Frame, Prescription, PrismBase, Tint

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
typed = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[+\-\u2212\u2013]?\d{0,4}[.,]?\d{0,4}\s?\u00b0?", fullmatch=True),
    st.sampled_from(
        ["pl", "PLANO", "\u221e", "DS", "in", "OUT", "180", "0", "-0", "1e5", "NaN", "Infinity", "\u0660", "\u00b2"]
    ),
)
words = st.one_of(
    st.text(max_size=8), st.sampled_from(["both", "right", "left", "single_vision", "rush", "to_come", ""])
)
any_draft = st.builds(
    OrderDraft,
    written=st.dictionaries(st.sampled_from(WRITTEN_FIELDS), typed),
    eye=words, balance=st.booleans(), lens_type=words, design=st.text(max_size=8), material=st.text(max_size=8),
    colour=st.text(max_size=8), coatings=st.lists(st.text(max_size=6)).map(tuple), tint=st.text(max_size=6),
    frame_type=words, frame_status=words, urgency=words,
    confirmations=st.lists(
        st.builds(Ticked, code=st.text(max_size=5), eye=st.none() | words, by=st.just("x"), at=st.just(NOON))
    ).map(tuple),
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(any_draft)
def test_reading_never_raises_and_names_only_fields_of_the_form(draft):
    reading = read(draft)
    assert set(reading.problems) <= {*WRITTEN_FIELDS, "eye", "lens_type", "frame_type", "frame_status", "urgency"}
    assert all(said.endswith((".", "?")) for said in reading.problems.values())
    wire = json.dumps(reading.configuration.to_wire())
    assert Configuration.from_wire(wire.encode()) is not None


@settings(max_examples=300, deadline=None)
@given(typed)
def test_a_number_is_read_or_refused_with_a_value_error(text):
    try:
        value = number(text)
    except ValueError:
        return
    assert value is None or value.is_finite()


@pytest.mark.parametrize(("text", "value"), [
    ("", None), ("  ", None), ("-2.25", "-2.25"), ("\u22122,25", "-2.25"), ("\u20132", "-2"), ("+.5", "0.5"),
    ("3.", "3"), ("PL", "0"), ("Plano", "0"), ("\u221e", "0"), ("ds", "0"), ("00.250", "0.25"),
])  # fmt: skip
def test_a_figure_as_opticians_write_it(text, value):
    assert number(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    "text", ["two", "1e3", "1_0", "--1", "+-1", ".", "+", "-", "1.2.3", "1234", "0x1", "1 2", "nan", "inf"]
)
def test_what_is_no_figure_is_refused(text):
    with pytest.raises(ValueError):
        number(text)


def meridians(sphere, cylinder, axis):
    """The power in each principal meridian: along the axis the sphere, across it sphere and cylinder."""
    return {axis % 180: sphere, (axis + 90) % 180: sphere + cylinder}


quarter = st.integers(-80, 80).map(lambda n: Decimal(n) / 4)


@given(quarter, quarter.filter(bool), st.integers(1, 180))
def test_transposition_is_the_same_lens_and_its_own_inverse(sphere, cylinder, axis):
    turned = transposed(sphere, cylinder, axis)
    assert meridians(*turned) == meridians(sphere, cylinder, axis)
    assert 1 <= turned[2] <= 180
    assert transposed(*turned) == (sphere, cylinder, axis)


@given(quarter, st.integers(1, 40).map(lambda n: Decimal(n) / 4), st.integers(0, 180))
def test_plus_cylinders_reach_the_lab_as_minus_and_the_written_form_is_kept(sphere, cylinder, axis):
    draft = OrderDraft(written={"od_sphere": f"{sphere:+}", "od_cylinder": f"+{cylinder}", "od_axis": f"{axis}\u00b0"})
    rx = read(draft).configuration.prescription
    assert rx.od_cylinder == -cylinder
    assert meridians(rx.od_sphere, rx.od_cylinder, int(rx.od_axis)) == meridians(sphere, cylinder, axis)
    assert draft.written["od_cylinder"] == f"+{cylinder}"


def test_a_cylinder_without_an_axis_is_left_as_it_is_for_the_rules_to_say():
    rx = read(OrderDraft(written={"od_sphere": "-1", "od_cylinder": "+2"})).configuration.prescription
    assert (rx.od_sphere, rx.od_cylinder, rx.od_axis) == (-1, 2, None)


@pytest.mark.parametrize(("field", "text", "said"), [
    ("od_sphere", "minus", "Right sphere cannot be read"), ("os_add", "250", "is a decimal point missing"),
    ("od_sphere", "-225", "Right sphere of -225 is beyond 30"), ("os_cylinder", "13", "beyond 12"),
    ("od_axis", "90.5", "whole number of degrees"), ("od_axis", "-90", "whole number"), ("od_axis", "\u00b2", "whole"),
    ("os_base", "sideways", "one of in, out, up and down"), ("frame_a", "wide", "Frame A cannot be read"),
    ("wrap_angle", "201", "Wrap angle of 201 is beyond"), ("os_pd", "315", "Left PD of 315 is beyond 100"),
])  # fmt: skip
def test_what_cannot_be_meant_is_said_beside_its_field(field, text, said):
    written = {"od_sphere": "-1", "os_sphere": "-1", "os_prism": "1", field: text}
    problems = read(OrderDraft(written=written)).problems
    assert list(problems) == [field]
    assert said in problems[field]


def test_an_eye_with_figures_but_no_sphere_is_asked_for_it():
    problems = read(OrderDraft(written={"od_add": "2", "os_cylinder": "-1", "os_axis": "90"})).problems
    assert set(problems) == {"od_sphere", "os_sphere"}


@pytest.mark.parametrize(("eye", "absent"), [("right", "os"), ("left", "od")])
def test_an_eye_that_is_not_ordered_has_no_fields(eye, absent):
    written = {f"{one}_{part}": "1" for one in ("od", "os") for part in ("sphere", "add", "prism", "pd", "height")}
    wire = read(OrderDraft(eye=eye, balance=True, written=written)).configuration.to_wire()["prescription"]
    assert not [name for name, value in wire.items() if name.startswith(absent) and value]
    assert (wire["eye"], wire["balance"]) == (eye, True)


@pytest.mark.parametrize("field", ["eye", "lens_type", "frame_type", "frame_status", "urgency"])
def test_a_word_no_form_offers_is_a_problem_and_not_an_error(field):
    assert set(read(OrderDraft(**{field: "<script>"})).problems) == {field}


def wire_paths() -> list[str]:
    """Every path of a configuration's wire form that a finding may point at."""
    rx = [f"prescription.{info.alias}" for info in Prescription.model_fields.values()]
    frame = [f"frame.{info.alias}" for info in Frame.model_fields.values()]
    tint = [f"tint.{info.alias}" for info in Tint.model_fields.values()]
    top = [info.alias for info in Configuration.model_fields.values()]
    bare = [path.partition(".")[2] for path in rx]
    return [*top, *rx, *bare, *frame, *tint, "prescription.odPrism.0.base", "prescription.odPrism[1].amount"]


FORM = {
    *WRITTEN_FIELDS, *OrderDraft.model_fields, "account_number", "trace", "frame", "prescription", "coating",
    "order_number", "rules_version",
}  # fmt: skip


@pytest.mark.parametrize("path", wire_paths())
def test_every_path_of_the_lims_is_a_field_of_the_form(path):
    assert form_field(path) in FORM


@pytest.mark.parametrize(("path", "field"), [
    (None, ""), ("", ""), ("prescription.odAxis", "od_axis"), ("odAxis", "od_axis"), ("frame.b", "frame_b"),
    ("frame.ed", "frame_ed"), ("frame.type", "frame_type"), ("frame", "frame"), ("tint.entry", "tint"),
    ("tint.density", "tint_density"), ("lensType", "lens_type"), ("shipTo", "ship_to"), ("nearPd", "near_pd"),
    ("prescription.osPrism.0.base", "os_prism"), ("coatings[0]", "coatings"), ("pantoscopicTilt", "pantoscopic_tilt"),
])  # fmt: skip
def test_a_path_names_its_field(path, field):
    assert form_field(path) == field


def test_every_path_the_rules_can_say_is_a_field_of_the_form():
    folder = Path(str(files(lims_client.rules)))
    said = {name for module in folder.glob("*.py") if module.stem not in ("ruleset", "products", "limits")
            for name in re.findall(r'field="([\w.]+)"', module.read_text("utf-8"))}  # fmt: skip
    assert {"frame.type", "tint.density", "odSphere"} <= said
    assert {name: form_field(name) for name in said if form_field(name) not in FORM} == {}


def test_bases_are_read_in_any_case():
    rx = read(OrderDraft(written={"od_sphere": "0", "od_prism": "-1.5", "od_base": "IN"})).configuration.prescription
    assert (rx.od_prism[0].amount, rx.od_prism[0].base) == (Decimal("1.5"), PrismBase.IN)
    assert set(MEASURES) <= set(WRITTEN_FIELDS)
