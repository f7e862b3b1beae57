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
    for order in (VcaOrder({"device": "EDG"}), VcaOrder(right={"dbl_mm": 18.0}), VcaOrder(left={"remark": "thin"})):
        with pytest.raises(OpticsError, match="No record of an order holds"):
            write(order)
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


def fields(order: dict[str, object], *labels: str) -> list[str | None]:
    """What each record of the written order says, and that nothing but it is left out."""
    written, left_out = order_from(order)
    assert left_out == []
    document = read(write(written)).document
    return [record.text if (record := document.first(label)) is not None else None for label in labels]


def test_a_frame_without_prescriptions_is_both_eyes_frame():
    assert fields({"frame": {"A": 52, "B": 36, "DBL": 18}}, "HBOX", "VBOX", "MPD", "DO") == [
        "52.00;52.00", "36.00;36.00", "70.00", "B"]  # fmt: skip


def test_prisms_with_bases_are_written_as_one_amount_and_its_direction():
    order = {"right": {"prism": [{"amount": 2, "base": "in"}, {"amount": 1, "base": "up"}]},
             "left": {"prism": 1.5, "base": "IN"}, "ztilt": 5}  # fmt: skip
    assert fields(order, "PRVM", "PRVA", "ZTILT") == ["2.24;1.50", "26.57;180", "5.00;5.00"]
    assert fields({"left": {"prism": {"amount": 2, "base": 270}}}, "PRVM", "PRVA") == [";2.00", ";270"]
    assert fields({"left": {"prism": []}}, "PRVM", "PRVA") == [None, None]
    assert order_from({"right": {"prism": [{"amount": 2}]}})[1] == ["right.prism"]
    with pytest.raises(OpticsError):
        order_from({"right": {"prism": [{"amount": "much", "base": "in"}]}})


def test_every_word_for_a_mount_is_an_edge_or_is_said_to_be_left_out():
    edges = {"full": "1", "bevel": "1", "semi_rimless": "3", "supra": "3", "nylor": "3", "rimless": "2", "uncut": "-1"}
    assert {mount: fields({"mount": mount}, "ETYP")[0] for mount in edges} == edges
    assert order_from({"mount": "sport"})[1] == ["mount"]
    for unknown in ("glued", 7, ["full"]):
        assert order_from({"mount": unknown})[1] == ["mount"]
    assert order_from({"mount": "full", "frame": {"edge_type": 3}})[1] == ["mount"]


@pytest.mark.parametrize(
    ("order", "left_out"),
    [
        (
            {"device": "EDG", "status": 0, "request": "EDG", "version": "3.0"},
            ["device", "status", "request", "version"],
        ),
        ({"right": {"sph": 1, "remark": "thin", "DBL": 18}}, ["right.remark", "right.DBL"]),
        ({"note": "thin", "frame": {"status": "to_come"}}, ["frame.status", "note"]),
        ({"right": {"sph": 1, "panto": 8, "fh": 18, "seg": 17}, "panto": 9}, ["right.seg", "panto"]),
        ({"right": {"sph": 1, "pd": 31}, "pd": 63}, ["pd"]),
        ({"trace": 7, "radii": [1]}, ["trace", "radii"]),
        ({"trace": pair(list(SHAPE)).decode(), "radii": {"R": []}}, ["radii"]),
        ({"radii": {"Q": []}}, ["radii.Q"]),
        ({"trace": pair(list(SHAPE)).decode() + "DRILLE=R;C;20;0;1.4;20;0;0\r\n"}, []),
        ({"trace": pair(list(SHAPE)).decode() + "DRILLE=R;C;20;0;1.4;20;0;0;1;F;5\r\n"}, ["trace drilling details"]),
        ({"trace": pair(list(SHAPE)).decode() + "DRILLE=Q;C\r\n"}, ["trace drilling details"]),
        ({"trace": {"text": "JOB=1"}}, ["trace"]),
        ({"right": {"sph": 1, "design": " "}}, ["right.design"]),
    ],
)
def test_what_no_record_carries_is_named(order: dict[str, object], left_out: list[str]):
    assert order_from(order)[1] == left_out


@pytest.mark.parametrize("word", ["dünn", "薄い", "👓👓", "thin"])
def test_a_remark_in_any_letters_is_written_on_as_many_lines_as_it_takes(word: str):
    order, _ = order_from({"remark": " ".join([word] * 60)})
    data = write(order)
    assert max(len(line) for line in data.split(b"\r\n")) <= 80
    assert order_of(read(data)).job["remark"] == order.job["remark"]


def test_a_binocular_pd_is_half_for_each_eye():
    assert fields({"right": {"sph": 1}, "left": {"sph": 1}, "pd": 63, "npd": 30}, "IPD", "NPD") == [
        "31.50;31.50", "30.00;30.00"]  # fmt: skip


def test_a_value_is_read_as_its_record_has_it():
    order = {"frame": {"bevel_position": 7, "polish": "1"}, "right": {"material_type": 5}}
    written, _ = order_from(order)
    again = order_of(read(write(written)))
    assert (again.job, again.right) == (written.job, written.right)
    assert (again.job["bevel_position"], again.job["polish"]) == (7, 1)
    for wrong in ({"bevel_position": "abc"}, {"polish": 2.7}, {"ftyp": 2.7}, {"frame": {"A": "wide"}}, {"sph": ""}):
        with pytest.raises(OpticsError):
            order_from(wrong)


def test_a_trace_in_a_file_is_taken_as_check_takes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    order, out, elsewhere = tmp_path / "order.json", tmp_path / "out.oma", tmp_path / "traces"
    elsewhere.mkdir()
    (tmp_path / "R.oma").write_bytes(pair(list(SHAPE)))
    (elsewhere / "deep.oma").write_bytes(pair(list(SHAPE)) + f"ZFMT=1;400;E;L;F\r\n{lines([100] * 400, 'Z')}".encode())
    for trace in ("R.oma", {"file": "R.oma"}):
        order.write_text(json.dumps({**ORDER, "trace": trace}))
        assert main(["write", str(order), str(out)]) == 0
        assert order_of(read(out.read_bytes())).radii[Eye.RIGHT] == SHAPE
    order.write_text(json.dumps({"trace": {"file": "deep.oma"}}))
    capsys.readouterr()
    assert main(["write", str(order), str(out), "--traces", str(elsewhere)]) == 0
    assert "trace depths" in capsys.readouterr().err
    assert main(["write", str(order), str(out)]) == 1
    assert "deep.oma is not there" in capsys.readouterr().err


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
