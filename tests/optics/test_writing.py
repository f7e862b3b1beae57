"""Writing job files: a lab machine reads them, and so does our reader, to the same order."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ils_app.optics.__main__ import main
from ils_app.optics.findings import Eye, OpticsError
from ils_app.optics.geometry import difference_mm
from ils_app.optics.vca import read
from ils_app.optics.vca.orders import order_from
from ils_app.optics.vca.writing import VcaOrder, order_of, write
from tests.support.shapes import lines, oval, pair

SHAPE = tuple(oval(nasal=2))
ORDER = {
    "id": "G1", "right": {"sph": -2.0, "cyl": -1.25, "ax": 90, "add": 2, "pd": 31.5, "fh": 18, "prism": 1, "base": 270},
    "left": {"sph": "-1.75", "pd": 32, "fh": 18}, "design": "pal-core-14", "material": "160", "mount": "groove",
    "treatments": ["hc", "ar-std"], "frame": {"A": 52, "B": 36, "DBL": 18, "ED": 55, "ftyp": 2}, "rush": True,
}  # fmt: skip


@pytest.mark.parametrize("form", [1, 4])
def test_an_order_written_and_read_back_is_the_same_order(form: int):
    order, left_out = order_from({**ORDER, "trace": pair(list(SHAPE)).decode(), "remark": "thin, please " * 12})
    assert left_out == ["rush"]
    data = write(order, form=form)
    again = order_of(read(data))
    assert {**again.job, "remark": ""} == {**order.job, "remark": ""}
    assert again.job["remark"] == str(order.job["remark"])
    assert (again.right, again.left, again.radii, again.holes) == (order.right, order.left, order.radii, order.holes)
    assert all(len(line) <= 80 for line in data.split(b"\r\n"))
    assert read(data).status == "ok"
    assert b"DO=B\r\n" in data
    assert b"ETYP=3\r\n" in data
    assert b"AX=90;\r\n" in data


power = st.integers(-120, 120).map(lambda quarter: Decimal(quarter) / 4)
eye = st.fixed_dictionaries(
    {"sphere_dpt": power},
    optional={"cylinder_dpt": power, "axis_deg": st.integers(1, 180).map(float),
              "pd_mm": st.floats(20, 40).map(lambda mm: round(mm, 2)),
              "design": st.text("abcXYZ 0-9", min_size=1, max_size=20).map(str.strip).filter(bool)})  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(eye, eye, st.lists(st.integers(501, 4500), min_size=36, max_size=60).map(tuple), st.sampled_from([1, 4]))
def test_whatever_can_be_written_is_read_back(right: dict, left: dict, radii: tuple[int, ...], form: int):
    order = VcaOrder({"job": "7"}, right, left, {Eye.RIGHT: radii})
    again = order_of(read(write(order, form=form)))
    assert (again.job, again.right, again.left, again.radii) == (order.job, right, left, order.radii)


def test_what_no_record_can_hold_is_refused_by_its_name():
    for job in ({"job": "a;b"}, {"job": "x" * 90}, {"remark": "two\x07"}, {"dbl_mm": float("nan")}, {"job": "?"}):
        with pytest.raises(OpticsError) as refused:
            write(VcaOrder(job=job))
        assert refused.value.finding.code == "VCA_WRITE"
    with pytest.raises(OpticsError):
        write(VcaOrder(), form=3)
    for wrong in (
        {"right": []},
        {"right": {"sph": "much"}},
        {"frame": {"ftyp": "1e9999999"}},
        {"trace": "<html>"},
        {"radii": {"R": [1, 2]}},
    ):
        with pytest.raises(OpticsError):
            order_from(wrong)


def test_one_eye_and_a_shape_in_millimetres():
    order, _ = order_from({"right": {"sph": 1}, "radii": {"R": [one / 100 for one in SHAPE]}, "treatments": "hc"})
    assert order.job["eyes"] == "R"
    assert order.radii[Eye.RIGHT] == SHAPE
    file = read(write(order, form=4))
    assert file.prescription(Eye.LEFT).sphere_dpt is None
    assert file.traces[Eye.LEFT].mirrored


@pytest.mark.parametrize("form", [1, 4])
def test_a_shape_at_unequal_angles_is_written_as_the_same_shape(form: int):
    angles = [round(36000 * (at / 400 + 0.03 * math.sin(math.tau * at / 400))) for at in range(400)]
    radii = [
        round(100 / math.hypot(math.cos(t) / 26, math.sin(t) / 18)) for t in (math.radians(a / 100) for a in angles)
    ]
    file = read(f"TRCFMT=1;400;U;R;F\r\n{lines(radii)}{lines(angles, 'A')}".encode())
    again = read(write(order_of(file), form=form))
    traced, written = file.traces[Eye.RIGHT].outline, again.traces[Eye.RIGHT].outline
    assert traced is not None
    assert written is not None
    assert difference_mm(traced, written)[1] < 0.02
    assert (written.box.a_mm, written.box.b_mm) == pytest.approx((52, 36), abs=0.03)


def test_the_command_writes_a_job_and_says_what_it_cannot_carry(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    order, out = tmp_path / "order.json", tmp_path / "out.oma"
    order.write_text(json.dumps(ORDER))
    assert main(["write", str(order), str(out), "--format", "4"]) == 0
    assert "rush" in capsys.readouterr().err
    assert read(out.read_bytes()).job.job == "G1"
    for wrong in ("[]", "{", '{"right": {"sph": "x"}}', "[" * 5000):
        order.write_text(wrong)
        assert main(["write", str(order), str(out)]) == 1
    assert main(["write", str(tmp_path / "none"), str(out)]) == 2
    order.write_text("{}")
    assert main(["write", str(order), str(tmp_path / "no" / "out.oma")]) == 2
