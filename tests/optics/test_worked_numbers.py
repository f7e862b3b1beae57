"""`verify`: the shared worked numbers agree, and a wrong one is told with its place."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from ils_app.optics.lens.worked import agrees, read_vectors, verify
from tests.optics.shared_data import FOLDER

SQUARE = [(25.0, 20.0), (-25.0, 20.0), (-25.0, -20.0), (25.0, -20.0)]


class Square:
    """A trace file with a rectangle of 50 by 40 in it."""

    def outline(self, eye: str) -> list[tuple[float, float]]:
        return SQUARE

    def record(self, label: str) -> list[float | None]:
        return {"BCSGUP": [4.0, None]}[label]


def found(name: str) -> Square | None:
    return Square() if name == "square.oma" else None


def told(sections: dict[str, object]) -> tuple[str, list[str]]:
    tally = verify(read_vectors(json.dumps(sections)), found)
    return tally.last_line(), tally.differences


@pytest.mark.skipif(not (FOLDER / "vectors.json").is_file(), reason="no shared vectors here")
def test_every_shared_worked_number_that_needs_no_trace_agrees():
    tally = verify(read_vectors((FOLDER / "vectors.json").read_text("utf-8")), lambda name: None)
    assert tally.differences == []
    assert tally.notices == []
    assert tally.checked >= 100


def test_a_wrong_number_is_told_with_its_place():
    line, differences = told({"transpose": [{"inp": [-2.0, 1.0, 180], "out": [-1.0, -1.0, 91]}]})
    assert line == "checked=3 differences=1 skipped=0"
    assert differences == ["transpose[0].out[2]: the file says 91, the formula 90"]


def test_a_number_agrees_within_half_a_unit_of_its_last_digit():
    assert agrees(Decimal("-6.01"), -6.005)
    assert not agrees(Decimal("-6.01"), -6.0049)
    assert agrees(Decimal("360.0"), 0.04, turn=360)
    assert not agrees(None, 1.0)


def test_a_missing_number_and_a_missing_result_differ():
    tally = told({"ansi_z80_1_tolerance": [{"inp": ["sv", 0.0, 0.0, None], "out": {"axis": 14}}]})
    assert tally == ("checked=1 differences=1 skipped=0",
                     ["ansi_z80_1_tolerance[0].out.axis: the file says 14, the formula nothing"])  # fmt: skip


def test_an_unknown_section_and_a_missing_trace_are_skipped():
    case = {"file": "gone.oma", "eye": "R", "A": 50, "DBL": 18, "mono_pd": 31, "inset": 3.0, "exact_cut_dia": 68.8}
    line, differences = told({"magic": [1], "minimum_blank": [case]})
    assert (line, differences) == ("checked=1 differences=0 skipped=3", [])


@pytest.mark.parametrize("eye", ["R", "L"])
def test_a_blank_is_measured_on_the_trace(eye: str):
    case = {"file": "square.oma", "eye": eye, "A": 50.0, "ED": 64.03, "DBL": 18, "mono_pd": 31.0,
            "oc_above_centre": 2.0, "inset": 3.0,
            "exact_cut_dia": 71.22, "exact_plus_2": 73.22, "rule_ED_2dec_2": 73.24,
            "rule_ED_dec_2": 69.03}  # fmt: skip
    assert told({"minimum_blank": [case]}) == ("checked=7 differences=0 skipped=0", [])


def test_what_lies_between_the_cross_and_the_centre_is_read_in_the_file():
    case = {"file": "square.oma", "A": 50, "DBL": 20, "B": 40, "IPD": [31, 30], "OCHT": 22, "inset": [4.0, 5.0],
            "drop": [2.0, 2.0], "file_says": {"FCSGUP": [2.0, 2.0], "FCOCUP": [-2.0, 2.0], "why": "…"}}  # fmt: skip
    assert told({"decentration_real": [case]}) == ("checked=8 differences=0 skipped=0", [])
    assert told({"decentration_real": [case | {"file": "gone.oma"}]}) == ("checked=6 differences=0 skipped=2", [])


def test_a_case_that_cannot_be_read_is_a_difference():
    line, differences = told({"sag": [{"inp": [6.0, 1.53]}], "blank_stock": "none", "tilt_drop": "a little"})
    assert line == "checked=3 differences=3 skipped=0"
    assert all("cannot be evaluated" in one for one in differences)
    with pytest.raises(ValueError, match="one JSON object"):
        read_vectors("[]")


OWN: dict[str, object] = {
    "transpose": [{"inp": [0.5, 0.25, 90], "out": [0.75, -0.25, 180]}],
    "vertex": [{"inp": [10.0, 0, None, 12, 0], "out": [11.36, 0.0, None]}],
    "meridian": [{"inp": [-2.0, -1.0, 180, 90], "out": -3.0}],
    "prism_polar_to_cart": [{"inp": ["L", 2.0, 180], "out": {"in_out": 2.0, "up": 0.0, "words": "2.00 IN, 0.00 DOWN"}}],
    "prism_cart_to_polar": [{"inp": ["L", 2, 0], "out": [2.0, 180.0]}],
    "prentice": [{"inp": [2.0, -1.0, 90, 10, 0], "out": [-1.0, 0.0]}],
    "vertical_imbalance_at_near": [{"inp": [[-1.0, 0, None], [-4.0], 10], "out": 3.0}],
    "sag": [{"inp": [6.0, 1.53, 25], "out": 3.6116}],
    "base_curve": [{"rx": [-6, -1, 0], "se": -6.5, "vogel": 2.75, "boddy": 1.0}],
    "surface_power_conversion": {"rule": "…", "examples": [{"F530": 6.0, "n": 1.586, "true": 6.634}]},
    "martin_tilt": [{"inp": [-8.0, 1.5, 10], "out": {"sphere": -8.08, "induced_cyl": -0.251, "axis": "180"}}],
    "ansi_z80_1_tolerance": [{"inp": ["pal", 2.0, -1.25, 15, 2.0], "out": {"sphere": 0.16, "axis": 3, "add": 0.12}}],
    "tilt_drop": "0.5 mm per degree",
    "blank_stock": {"example": "exact_plus_2=65.6 -> blank 70 of [55,60,65,70,75,80]"},
}


@pytest.mark.parametrize("name", OWN)
def test_each_section_is_evaluated_and_a_changed_number_is_noticed(name: str):
    line, differences = told({name: OWN[name]})
    assert differences == []
    assert line.endswith("differences=0 skipped=0")
    changed = json.dumps(OWN[name])
    for right, wrong in (("0.75,", "0.85,"), ("11.36", "11.38"), ("-3.0", "-3.2"), ("[2.0, 180.0]", "[2.0, 0.0]"),
                         ("2.00 IN", "2.00 OUT"), ("[-1.0, 0.0]", "[1.0, 0.0]"), ("3.0}", "-3.0}"),
                         ("3.6116", "3.6118"),
                         ("2.75", "2.77"), ("6.634", "6.636"), ("-0.251", "0.251"), ('"axis": 3', '"axis": 5'),
                         ("0.5 mm", "0.7 mm"), ("blank 70", "blank 75")):  # fmt: skip
        if right in changed:
            changed = changed.replace(right, wrong, 1)
            break
    assert len(told({name: json.loads(changed)})[1]) >= 1
