"""Drawings: everything that is known of a lens stands where it belongs."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from ils_app.optics.__main__ import main
from ils_app.optics.drawing import LensPicture, ViewFrom, svg
from ils_app.optics.findings import Eye
from ils_app.optics.geometry import shape_of_box
from ils_app.optics.vca import read
from ils_app.optics.vca.picture import pictures
from lims_client.optics.layout import Style, ed_without_trace_mm
from tests.support.shapes import oval, pair

HEAD = (
    "DBL=18.00\nHBOX=52;52\nIPD=31.00;32.00\nSEGHT=20;20\nPRVM=2.00;\nPRVA=180;\nLTYPE=FT;PR\nSWIDTH=28\n"
    "DRILLE=B;C;-22;3;1.4;-20;3;0;1;F\n"
)


def drawn(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def classes(picture: ElementTree.Element, eye: str) -> dict[str, ElementTree.Element]:
    (group,) = (one for one in picture.iter() if one.get("data-eye") == eye)
    return {one.get("class", ""): one for one in group.iter()}


def test_each_lens_is_drawn_about_its_box_centre_with_all_that_is_known_of_it():
    file = read(pair(oval(nasal=2), head=HEAD))
    text = svg(pictures(file), file.job.dbl_mm)
    picture = drawn(text)
    right, left = classes(picture, "R"), classes(picture, "L")
    assert right.keys() >= {"box", "datum", "ed", "blank", "outline", "cross", "oc", "prism", "segment", "hole"}
    assert "prism" not in left
    assert right["segment"].tag.endswith("path")
    assert left["segment"].tag.endswith("circle")
    points = np.array(
        [[float(one) for one in pair_.split(",")] for pair_ in right["outline"].get("points", "").split()]
    )
    assert points.min(axis=0) == pytest.approx(-points.max(axis=0), abs=0.02)
    assert "NASAL" in text
    assert "TEMP" in text
    assert "DBL 18.0" in text
    inset = float(right["oc"].get("cx", "")), float(left["oc"].get("cx", ""))
    a_mm = float(right["box"].get("width", ""))
    assert inset == (pytest.approx((a_mm + 18) / 2 - 31, abs=0.01), pytest.approx(-((a_mm + 18) / 2 - 32), abs=0.01))


def rises(head: str) -> dict[str, float]:
    """How high cross and optical centre of the right lens stand, mm."""
    file = read(pair(oval(), head=head))
    (lens, _) = pictures(file)
    assert lens.cross is not None
    assert lens.optical_centre is not None
    return {"cross": lens.cross.rise_mm, "centre": lens.optical_centre.rise_mm}


@pytest.mark.parametrize(
    ("records", "cross", "centre"),
    [
        ("SEGHT=20", 2.0, 2.0),
        ("SEGHT=20\nOCHT=16", 2.0, -2.0),
        ("OCHT=16", -2.0, -2.0),
        ("LTYPE=FT\nSEGHT=14", -4.0, 0.0),
        ("LTYPE=EX\nSEGHT=14", -4.0, 0.0),
        ("LTYPE=FT\nSEGHT=14\nOCHT=19", -4.0, 1.0),
        ("LTYPE=FT\nOCHT=19", 0.0, 1.0),
        ("LTYPE=PR\nSEGHT=20\nFCOCIN=1;1\nFCOCUP=-1.5;-1.5", 2.0, -1.5),
    ],
)
def test_the_optical_centre_stands_at_its_own_height(records: str, cross: float, centre: float):
    assert rises(f"DBL=18\nIPD=31\n{records}\n") == pytest.approx({"cross": cross, "centre": centre}, abs=0.02)


def test_a_segment_whose_height_nobody_gave_is_not_drawn():
    head = "DBL=18\nIPD=31\nOCHT=19\nLTYPE=RD\n"
    assert [lens.segment for lens in pictures(read(pair(oval(), head=head)))] == [None, None]


def test_what_is_measured_on_a_stand_in_is_called_an_estimate():
    box = read(b"HBOX=52\nVBOX=36\nDBL=18\nIPD=31\n")
    assert "ED 53.0 (estimate)  blank" in svg(pictures(box), 18.0)
    assert "estimate" not in svg(pictures(read(pair(oval(), head=HEAD))), 18.0)


def test_the_right_lens_is_on_the_left_from_the_front_and_on_the_right_for_the_wearer():
    file = read(pair(oval(), head=HEAD))
    for view, side in ((ViewFrom.FRONT, -1), (ViewFrom.WEARER, 1)):
        text = svg(pictures(file), file.job.dbl_mm, view=view)
        label = re.search(r'<text x="([-\d.]+)"[^>]*>R</text>', text)
        assert label is not None
        assert float(label[1]) * side > 0
        assert f"scale({'1' if side < 0 else '-1'},-1)" in text


def test_thickness_is_a_ring_from_green_to_red_and_one_that_does_not_fit_is_not_drawn():
    outline = shape_of_box(52, 36, 56)
    thick = np.linspace(1.0, 6.0, len(outline.points_mm))
    text = svg([LensPicture(Eye.RIGHT, outline, thicknesses_mm=thick)], None)
    assert "edge 1.0 to 6.0" in text
    hues = [int(one) for one in re.findall(r"hsl\((\d+),", text)]
    assert hues == sorted(hues, reverse=True)
    assert (hues[0], hues[-1]) == (119, 1)
    assert "hsl(" not in svg([LensPicture(Eye.RIGHT, outline, thicknesses_mm=thick[:9])], None)


@pytest.mark.parametrize(("style", "more"), [("round", 0.0), ("oval", 1.0), ("rectangle", 5.0), ("aviator", 6.0)])
def test_without_a_trace_a_shape_has_the_box_and_the_effective_diameter_of_its_style(style: str, more: float):
    outline = shape_of_box(52, 40, ed_without_trace_mm(52, 40, Style(style)))
    assert (outline.box.a_mm, outline.box.b_mm) == (pytest.approx(52), pytest.approx(40))
    assert outline.ed_mm == pytest.approx(52 + more, abs=0.05)
    with pytest.raises(ValueError):
        shape_of_box(52, 2, 53)


def test_the_command_draws_a_trace_or_a_box_and_says_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out.svg"
    for name, data, status in (
        ("trace", pair(oval()), 0), ("box", b"HBOX=52\nVBOX=36\nDBL=18\n", 0),
        ("none", b"JOB=1\n", 1), ("web", b"<p>", 1),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        out.unlink(missing_ok=True)
        assert main(["draw", str(tmp_path / name), str(out)]) == status
        assert out.exists() is (status == 0)
    assert "web page" in capsys.readouterr().err
    assert main(["draw", str(tmp_path / "missing"), str(out)]) == 2
    assert main(["draw", str(tmp_path / "trace"), str(tmp_path / "no" / "out.svg")]) == 2
