"""The lab's calendar, whatever its week and its holidays are."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ils_app.settings import calendar
from ils_app.settings.reading import USUAL
from ils_app.settings.schemas import Holiday, Hours, LabSettings

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
HOURS = st.builds(
    lambda opens, length: Hours(opens=time(opens), closes=time(opens + length)), st.integers(0, 11), st.integers(1, 12)
)
WEEKS = st.tuples(*[st.none() | HOURS] * 7).filter(any)
MOMENTS = st.integers(0, 6 * 365 * 24 * 60).map(lambda m: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=m))
ZONES = st.sampled_from(["Europe/London", "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "UTC"]).map(ZoneInfo)


@st.composite
def labs(draw: st.DrawFn) -> LabSettings:
    """A lab with any week and any holidays."""
    days = draw(st.sets(DAYS, max_size=20))
    holidays = tuple(Holiday(day=day, name="A day off") for day in sorted(days))
    return USUAL.model_copy(
        update={"opening_hours": draw(WEEKS), "holidays": holidays, "zone": draw(ZONES)}
    )  # fmt: skip


@given(labs(), DAYS, st.integers(0, 40))
def test_so_many_working_days_lie_between(lab, start, days):
    found = calendar.working_day_after(lab, days, start)
    passed = [start + timedelta(days=n) for n in range(1, (found - start).days + 1)]
    worked = [day for day in passed if calendar.hours_on(lab, day)]
    assert calendar.hours_on(lab, found)
    if days:
        assert len(worked) == days
    else:
        assert found == start or worked == [found]


@given(labs(), DAYS, st.integers(0, 40))
def test_a_day_more_is_never_earlier(lab, start, days):
    sooner, later = (calendar.working_day_after(lab, n, start) for n in (days, days + 1))
    assert sooner < later or (days == 0 and sooner <= later)


@given(labs(), MOMENTS)
def test_when_it_opens_next_it_is_open_and_before_that_it_is_not(lab, moment):
    opens = calendar.opens_next(lab, moment)
    assert opens > moment
    instant = opens.astimezone(ZoneInfo("UTC"))
    assert calendar.is_open(lab, instant) or not _exists(opens)
    if not calendar.is_open(lab, moment):
        between = moment + (instant - moment) / 2
        assert not calendar.is_open(lab, between) or not _exists(opens)


def _exists(moment: datetime) -> bool:
    """Whether clocks ever show this time: in spring they skip an hour."""
    back = moment.astimezone(ZoneInfo("UTC")).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None) == moment.replace(tzinfo=None)


def test_a_calendar_without_a_working_day_is_refused_and_not_searched_for_ever():
    shut = USUAL.model_copy(update={"opening_hours": (None,) * 7})
    with pytest.raises(calendar.NoWorkingDay):
        calendar.working_day_after(shut, 1, date(2026, 1, 1))
    with pytest.raises(calendar.NoWorkingDay):
        calendar.opens_next(shut, datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")))


def test_one_working_day_is_said_as_one():
    lab = USUAL.model_copy(update={"lead_time_days": 1})
    monday = datetime(2026, 11, 23, 9, tzinfo=lab.zone)
    assert calendar.estimate_sentence(lab, monday).startswith("The lab usually needs 1 working day: about Tuesday 24")
