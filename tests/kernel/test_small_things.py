"""Files, money, days and errors: the small things every room leans on."""

import stat
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ils_app.kernel import clock, config, errors, files
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.files import MAX_BYTES
from ils_app.kernel.money import Money


async def test_a_file_comes_back_as_it_was_kept_and_only_its_owner_may_read_it(ils_home):
    body = bytes(range(256)) * 3
    ref = await files.keep("/tmp/../x/trace.oma", body)
    assert (ref.name, ref.size_bytes) == ("trace.oma", 768)
    assert await files.read(ref) == body
    path = config.current().home / ".ils" / "files" / str(ref.id)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.glob("*.part")) == []


async def test_two_files_of_one_name_are_two_files(ils_home):
    first, second = await files.keep("a.oma", b"1=1"), await files.keep("a.oma", b"2=2")
    assert (await files.read(first), await files.read(second)) == (b"1=1", b"2=2")


async def test_a_file_that_is_gone_or_changed_is_not_found(ils_home):
    ref = await files.keep("a.oma", b"1=1")
    path = config.current().home / ".ils" / "files" / str(ref.id)
    path.write_bytes(b"2=2")
    with pytest.raises(NotFound, match="not to be found"):
        await files.read(ref)
    path.unlink()
    with pytest.raises(NotFound, match="not to be found"):
        await files.read(ref)


async def test_an_empty_or_large_file_is_refused_with_its_size(ils_home):
    with pytest.raises(Invalid) as empty:
        await files.keep("a.oma", b"")
    assert empty.value.fields == {"file": "The file is empty."}
    with pytest.raises(Invalid) as large:
        await files.keep("a.oma", b"x" * (MAX_BYTES + 100_000))
    assert large.value.fields == {"file": "1.1 MB is too large."}
    assert (await files.keep("n" * 300, b"x" * MAX_BYTES)).name == "n" * 120


@pytest.mark.parametrize(("money", "shown"), [
    (Money(minor=0), "£0.00"), (Money(minor=5), "£0.05"), (Money(minor=-5), "-£0.05"),
    (Money(minor=123456), "£1,234.56"),
    (Money(minor=100, currency="EUR"), "€1.00"), (Money(minor=100, currency="USD"), "$1.00"),
    (Money(minor=-100, currency="CHF"), "-CHF 1.00"),
])  # fmt: skip
def test_money_as_a_person_reads_it(money, shown):
    assert str(money) == shown


@given(st.integers(-(10**12), 10**12))
def test_money_loses_no_penny_in_its_words(minor):
    digits = "".join(c for c in str(Money(minor=minor)) if c.isdigit() or c == "-")
    assert int(digits) == minor


def test_the_day_at_the_lab_is_not_the_day_in_utc(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    assert clock.today_in_lab() == date(2026, 7, 2)  # summer time
    monkeypatch.setattr(clock, "_lab_zone", ZoneInfo("America/New_York"))
    assert clock.today_in_lab() == date(2026, 7, 1)


def test_the_present_is_aware_and_in_utc():
    assert clock.now().utcoffset().total_seconds() == 0


def test_the_five_families_have_their_numbers_and_a_room_adds_only_names():
    families = {kind.__name__: kind.status for kind in errors.IlsError.__subclasses__()}
    wanted = {"Invalid": 422, "Forbidden": 403, "NotFound": 404, "Conflict": 409, "Upstream": 503}
    assert wanted.items() <= families.items()
    named = Invalid("No.", code="own", fields={"a": "b"})
    assert (named.code, named.fields, str(named)) == ("own", {"a": "b"}, "No.")
