"""Reading VCA/OMA files: what they hold, byte for byte, and what is wrong with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ils_app.optics.__main__ import main
from ils_app.optics.findings import Eye
from ils_app.optics.lens.shape import points_of
from ils_app.optics.vca import codecs, packets, read
from ils_app.optics.vca.fields import Given
from lims_client.optics.layout import inset_mm, minimum_blank_mm
from tests.optics.shared_data import SAMPLES
from tests.support.shapes import lines, mirrored, oval, pair

PLAIN = oval()


def codes(data: bytes) -> dict[str, str]:
    return {one.code: one.severity.value for one in read(data).findings}


def test_the_real_files_measure_what_they_declare_and_are_written_as_they_were_read():
    files = sorted(SAMPLES.glob("*.oma"))
    if not files:
        pytest.skip("no shared trace files here")
    print(f"{len(files)} real files")
    for path in files:
        data = path.read_bytes()
        file = read(data)
        assert bytes(file.document) == data
        assert file.status == ("opaque" if path.name == "TRCFMT6.oma" else "ok"), file.findings
        for eye, trace in file.traces.items():
            if trace.outline is None:
                continue
            declared = file.frame(eye)
            for said, measured in (
                (declared.hbox_mm, trace.outline.box.a_mm),
                (declared.vbox_mm, trace.outline.box.b_mm),
            ):
                assert said is None or abs(said - measured) < 0.05
            if declared.circumference_mm is not None:
                assert abs(declared.circumference_mm - trace.outline.circumference_mm) < 0.1
            assert trace.held == trace.head.points


def test_a_minimum_blank_is_the_worked_number():
    path = SAMPLES / "R1000_3.oma"
    if not path.exists():
        pytest.skip("no shared trace files here")
    outline = read(path.read_bytes()).traces[Eye.RIGHT].outline
    assert outline is not None
    dbl_mm, a_mm = 19.0, outline.box.a_mm
    for pd_mm, rise_mm, blank_mm in ((31.5, 0.0, 54.83), (31.5, 3.0, 54.02), (29.0, 4.0, 59.09)):
        found = minimum_blank_mm(points_of(outline), (inset_mm(a_mm, dbl_mm, pd_mm), rise_mm))
        assert found == pytest.approx(blank_mm, abs=0.005)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("extra", [b"", b"\x1a"])
def test_line_ends_byte_order_marks_and_a_closing_sub_are_accepted_and_kept(end: str, extra: bytes):
    data = b"\xef\xbb\xbf" + pair(PLAIN).replace(b"\r\n", end.encode()).rstrip() + b"  " + extra
    file = read(data)
    assert not file.findings
    assert bytes(file.document) == data
    assert file.traces[Eye.LEFT].held == len(PLAIN)


def test_changing_a_record_changes_that_line_alone():
    data = pair(PLAIN, head='JOB="1506"\r\nCIRC= 145.60; 145.45\nHBOX=1;2\n_VENDOR=\xff\xfe;?\r\nREM=a\r\nREM=b\r\n')
    document = read(data).document
    document.put("HBOX", "52.00;52.00")
    assert bytes(document) == data.replace(b"HBOX=1;2\n", b"HBOX=52.00;52.00\n")
    document.put("ACCN", "7")
    assert bytes(document).endswith(b"ACCN=7\r\n")
    assert read(data).job.job == "1506"
    assert read(data).frame(Eye.LEFT).circumference_mm == 145.45
    with pytest.raises(ValueError):
        document.put("REM", "two\r\nlines")


def test_unknown_empty_absent_and_malformed_are_told_apart_and_never_zero():
    file = read(b"SPH=-1.00;\nCYL=?;-0.50\nAX=;90\nADD=two\nIPD=31.5\nDBL=0\n")
    right, left = file.prescription(Eye.RIGHT), file.prescription(Eye.LEFT)
    assert (str(right.sphere_dpt), left.sphere_dpt) == ("-1.00", None)
    assert (right.pd_mm, left.pd_mm) == (31.5, 31.5)
    assert [right.given(one) for one in ("cylinder_dpt", "axis_deg", "add_dpt", "prism_dpt")] == [
        Given.UNKNOWN, Given.EMPTY, Given.MALFORMED, Given.ABSENT]  # fmt: skip
    assert (right.cylinder_dpt, right.axis_deg, right.add_dpt, right.prism_dpt) == (None, None, None, None)
    assert left.given("sphere_dpt") is Given.EMPTY
    for no_number in (b"two", b"1e99999999", b"1e-9x", b"Infinity", b"0" * 40):
        assert codes(b"ADD=" + no_number + b"\n")["VCA_VALUE"] == "warn"


def changed(at: int, radius: float) -> bytes:
    return pair([*PLAIN[:at], radius, *PLAIN[at + 1 :]], PLAIN)  # type: ignore[list-item]


WRONG = {
    "TRC_NONE": (b"JOB=1\n", "info"),
    "TRC_COUNT": (pair(PLAIN).replace(b"TRCFMT=1;400;E;R", b"TRCFMT=1;402;E;R"), "warn"),
    "TRC_ORPHAN_R": (b"JOB=1\nR=2500;2500\n", "error"),
    "TRC_NAN": (pair(PLAIN).replace(b"2600;", b"?;", 1), "error"),
    "TRC_RANGE": (changed(3, 4600), "error"),
    "TRC_CLOSURE": (changed(0, PLAIN[-1] + 60), "warn"),
    "TRC_SPIKE": (changed(100, PLAIN[100] + 150), "warn"),
    "TRC_BOX": (pair(PLAIN, head="HBOX=52.50;52.00\n"), "warn"),
    "TRC_CIRC": (pair(PLAIN, head="CIRC=120\n"), "warn"),
    "TRC_ED": (pair(PLAIN, head="FED=45\n"), "warn"),
    "TRC_RL": (pair(PLAIN, [one + 80 for one in PLAIN]), "warn"),
    "TRC_UNMIRRORED": (pair(oval(nasal=4), oval(nasal=4)), "hold"),
    "TRC_ONE_EYE": (f"TRCFMT=1;400;E;L;F\n{lines(PLAIN)}".encode(), "info"),
    "TRC_OPAQUE": (b"VEN=NDKVCA\nTRCFMT=6;400;E;R;F\nR=616161\n", "warn"),
    "TRC_FORMAT": (b"TRCFMT=x;400;E;Q;F\n" + lines(PLAIN).encode(), "error"),
    "TRC_TWICE": (pair(PLAIN) + f"TRCFMT=1;400;E;R;F\n{lines(PLAIN)}".encode(), "warn"),
    "FRM_DBL": (pair(PLAIN, head="DBL=35\n"), "warn"),
    "FRM_EYESIZ": (pair(PLAIN, head="EYESIZ=20\n"), "info"),
    "DRILL_OUTSIDE": (pair(PLAIN) + b"DRILLE=B;C;27;0;1.4;27;0;0;1;F\n", "hold"),
    "DRILL_EDGE": (pair(PLAIN) + b"DRILLE=R;C;25;0;1.4\n", "warn"),
    "DRILL_REFERENCE": (pair(PLAIN) + b"DRILLE=B;E;2;0;1.4\n", "info"),
    "DRILL_FORM": (pair(PLAIN) + b"DRILLE=Q;C\nDRILLE=0\n", "warn"),
    "VCA_CASE": (b"job=1\n", "info"),
    "VCA_CRC": (b"\x1cJOB=1\r\x1eCRC=1\r\x1d", "error"),
    "VCA_EMPTY": (b"\r\n\x1a", "error"),
    "VCA_SIZE": (b"JOB=1\n" * 200_000, "error"),
    "VCA_LINES": (b"X=\n" * 40_001, "error"),
    "VCA_ENCODING": ("JOB=1\r\n".encode("utf-16"), "error"),
    "VCA_NOT_VCA": (b"<!DOCTYPE html><p class=x>404</p>", "error"),
    "VCA_DATASETS": (b"TRCFMT=1;400;E;R;F\n" * 70, "warn"),
}


@pytest.mark.parametrize("code", WRONG)
def test_each_malformation_has_its_code(code: str):
    data, severity = WRONG[code]
    assert codes(data).get(code) == severity
    assert code not in codes(pair(PLAIN))
    assert all(len(one.message) > 15 for one in read(data).findings)
    assert bytes(read(data).document) == data


@pytest.mark.parametrize("other", [b"{}", b"MZ\x90=\x00", b"\x00\x01\x02=" * 40, b"no records at all", b"1=2\n"])
def test_what_is_no_vca_file_is_refused(other: bytes):
    assert codes(other) == {"VCA_NOT_VCA": "error"}
    assert read(other).status == "refused"


def test_graver_cases_are_graver():
    assert codes(pair(PLAIN[:20]))["TRC_COUNT"] == "error"
    assert codes(pair(PLAIN * 11))["TRC_COUNT"] == "error"
    assert codes(changed(0, PLAIN[-1] + 260))["TRC_CLOSURE"] == "error"
    assert codes(pair(PLAIN, head="VBOX=38\n"))["TRC_BOX"] == "hold"
    assert codes(pair(PLAIN, [one + 250 for one in PLAIN]))["TRC_RL"] == "hold"
    assert "TRC_CONCAVE" in codes(pair([one - (300 if 95 < at < 105 else 0) for at, one in enumerate(PLAIN)]))


def test_unequal_angles_are_used_and_wrong_ones_refused():
    def unequal(angles: list[int]) -> bytes:
        return f"TRCFMT=1;400;U;B;F\n{lines(PLAIN)}{lines(angles, 'A')}".encode()

    equal = [at * 90 for at in range(400)]
    file = read(unequal(equal))
    assert not file.findings
    assert file.traces[Eye.RIGHT].outline.box.a_mm == pytest.approx(52.0, abs=0.01)  # type: ignore[union-attr]
    assert codes(unequal(equal[200:] + equal[:200])) == {}
    back = [*equal[:50], *equal[60:49:-1], *equal[61:]]
    for wrong in (equal[:-1], [0, *equal[:-1]], [at * 45 for at in range(400)], [at * 180 for at in range(400)], back):
        assert codes(unequal(wrong))["TRC_ANGLES"] == "error"
    looped = [round(one) for one in (*range(0, 24000, 120), *range(12000, 32000, 100))]
    assert codes(unequal(looped)).keys() >= {"TRC_ANGLES", "TRC_SELFCROSS"}


def test_datasets_are_closed_by_any_other_label_and_rings_are_not_traces():
    ring = f"STHKFMT=1;40;E;R\n{lines(oval(40))}{lines([350] * 40, 'T')}"
    file = read(ring.encode() + pair(PLAIN))
    assert file.traces[Eye.RIGHT].held == 400
    assert list(file.rings[Eye.LEFT].thicknesses_mm) == [3.5] * 40  # type: ignore[arg-type]
    broken = pair(PLAIN).replace(b"TRCFMT=1;400;E;L", b"JOB=1\r\nOTHER=1;400;E;L")
    assert "TRC_ORPHAN_R" in codes(broken)
    assert codes(ring.replace("T=350", "Q=350").encode())["THK_COUNT"] == "warn"


def test_depths_lengthen_the_outline_and_are_read_between_their_angles():
    depths = lines([200 + at % 2 * 50 for at in range(400)], "Z")
    file = read(f"TRCFMT=1;400;E;R;F\n{lines(PLAIN)}ZFMT=1;400;E;R;F\n{depths}".encode())
    outline = file.traces[Eye.RIGHT].outline
    assert outline is not None
    assert (outline.circumference_3d_mm or 0) > outline.circumference_mm + 10
    coarse = read(f"TRCFMT=1;400;E;R;F\n{lines(PLAIN)}ZFMT=1;4;U;R;F\nZ=0;100;0;100\nZA=0;9000;18000;27000\n".encode())
    assert coarse.traces[Eye.RIGHT].outline.depths_mm[50] == pytest.approx(0.5)  # type: ignore[union-attr,index]
    assert codes(f"TRCFMT=1;400;E;R;F\n{lines(PLAIN)}Z=1;2\n".encode())["TRC_DEPTHS"] == "warn"


def test_binary_angles_of_depths_go_all_the_way_round():
    angles, depths = list(range(0, 36000, 3000)), [100 * at for at in range(12)]
    tail = b"ZFMT=2;12;U;R;F\r\nZ=" + codecs.encode(2, depths)
    tail += b"\r\nZA=" + packets.escape(b"".join(one.to_bytes(2, "little") for one in angles)) + b"\r\n"
    file = read(f"TRCFMT=1;360;E;R;F\r\n{lines(oval(360))}".encode() + tail)
    outline = file.traces[Eye.RIGHT].outline
    assert outline is not None
    assert outline.depths_mm is not None
    assert outline.depths_mm[::30].tolist() == pytest.approx(list(range(12)))


def test_a_file_that_negotiates_formats_needs_no_radii():
    assert "TRC_COUNT" not in codes(b"REQ=INI\nTRCFMT=1;400;E;R\nTRCFMT=4;?;E;L\nDEF=T\nD=SPH;CYL\nENDDEF\n")


def test_huvitz_differences_are_decoded_for_huvitz_alone():
    for form, sign in ((5, -1), (6, 1)):
        rows = [PLAIN[at : at + 10] for at in range(0, 400, 10)]
        text = "".join(
            "R=" + ";".join(str(one if at == 0 else sign * (one - row[at - 1])) for at, one in enumerate(row)) + "\n"
            for row in rows
        )
        data = f"TRCFMT={form};400;E;B;F\n{text}"
        assert list(read(f"VEN=HUVITZ\n{data}".encode()).traces[Eye.RIGHT].radii_mm * 100) == pytest.approx(PLAIN)  # type: ignore[operator]
        assert read(data.encode()).status == "opaque"


@pytest.mark.parametrize("form", [2, 3, 4])
@pytest.mark.parametrize("framed", [True, False])
def test_binary_traces_are_read_in_a_packet_and_in_a_file(form: int, framed: bool):
    escaped = codecs.encode(form, PLAIN)
    records = b"VEN=X\rTRCFMT=%d;400;E;B;F\rR=" % form + escaped + b"\rDBL=18\r"
    data = packets.frame(records) if framed else records
    file = read(data)
    assert bytes(file.document) == data
    assert [round(one * 100) for one in file.traces[Eye.RIGHT].radii_mm] == PLAIN  # type: ignore[union-attr]
    assert file.job.dbl_mm == 18.0
    if framed:
        file.document.put("DBL", "19")
        assert read(bytes(file.document)).status == "ok"
        assert b"DBL=19\r\x1eCRC=" in bytes(file.document)
    bare = records.replace(escaped, packets.unescape(escaped))
    assert list(read(bare).traces[Eye.RIGHT].radii_mm) == list(file.traces[Eye.RIGHT].radii_mm)  # type: ignore[arg-type]


def test_checksums_are_those_of_the_standard_in_every_way_of_writing_them():
    assert packets.checksum(b"123456789") == 0x31C3
    assert packets.frame(b"REQ=INI\r") == b"\x1cREQ=INI\r\x1eCRC=13402\r\x1d"
    for said in (b"13402", b"013402", b"", b"345A"):
        assert read(b"\x06\x1cREQ=INI\r\x1eCRC=" + said + b"\r\x1d\x06").status == "ok"


def test_a_checksum_in_small_letters_is_told_by_its_label_and_its_digits_are_no_label():
    (case,) = [one for one in read(b"\x1cREQ=INI\r\x1ecrc=13402\r\x1d").findings if one.code == "VCA_CASE"]
    assert (case.field, case.message) == ("CRC", "Labels in small letters are read like capitals: CRC.")
    assert "VCA_CASE" not in codes(b"\x1cREQ=INI\r\x1eCRC=345a\r\x1d")


radii = st.lists(st.integers(501, 4500), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(radii, st.sampled_from([2, 3, 4]))
def test_unpacking_what_was_packed_gives_it_back(numbers: list[int], form: int):
    assert codecs.decode(form, [codecs.encode(form, numbers)], len(numbers), huvitz=False) == numbers


SYNTAX = st.sampled_from(
    [b"R=", b"A=", b"TRCFMT=1;40;E;R;F", b"TRCFMT=4;40;U;B", b"ZFMT=", b"STHKFMT=1;36;E;L", b"T=", b"Z=", b"\r", b"\n",
     b"\x1c", b"\x1d", b"\x1eCRC=", b"\x1b", b";", b"?", b"2500;" * 40, b"VEN=HUVITZ", b"DRILLE=B;C;", b"SPH=1e999"]
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(SYNTAX, st.binary(max_size=20)), max_size=30).map(b"".join))
def test_whatever_the_bytes_are_reading_returns_and_keeps_them(data: bytes):
    file = read(data)
    assert bytes(file.document) == data


@pytest.mark.parametrize("number", [b"1e999", b"1e300", b"nan", b"inf", b"2_500", b"--5", b"", b"0x10"])
def test_what_only_a_computer_takes_for_a_number_is_none(number: bytes):
    data = pair(PLAIN).replace(b"2600;", number + b";", 1)
    assert codes(data)["TRC_NAN"] == "error"
    assert codes(data.replace(b"\r\n", b";\r\n"))["TRC_NAN"] == "error"


def test_a_blank_last_field_is_no_number_that_is_missing():
    assert codes(pair(PLAIN).replace(b"\r\n", b";\r\n").replace(b"F;", b"F").replace(b"18.00;", b"18.00")) == {}


def test_mirroring_twice_is_the_shape_again_and_agrees_with_the_rule():
    outline = read(pair(oval(nasal=3))).traces[Eye.RIGHT].outline
    assert outline is not None
    assert outline.mirrored().mirrored().points_mm == pytest.approx(outline.points_mm, abs=1e-9)
    left = read(pair(oval(nasal=3))).traces[Eye.LEFT].outline
    assert outline.mirrored().points_mm == pytest.approx(left.points_mm, abs=1e-9)  # type: ignore[union-attr]
    assert mirrored(mirrored(PLAIN)) == PLAIN


def test_the_command_says_it_in_json_and_in_words_and_its_status_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    good, bad = tmp_path / "good.oma", tmp_path / "bad.oma"
    good.write_bytes(pair(PLAIN, head="DBL=18\nSPH=-2.00;-1.75\n"))
    bad.write_bytes(b"<html></html>")
    assert main(["read", str(good), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["status"] == "ok"
    assert said["eyes"]["R"]["a_mm"] == pytest.approx(52.0, abs=0.02)
    assert said["prescription"]["L"] == {"sphere_dpt": -1.75}
    assert main(["read", str(bad)]) == 1
    assert "error VCA_NOT_VCA" in capsys.readouterr().out
    assert main(["read", str(tmp_path / "none.oma")]) == 2


def test_the_command_needs_neither_pages_nor_database():
    program = "import sys, ils_app.optics.commands.read; print({'reflex', 'sqlalchemy'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"
    )
