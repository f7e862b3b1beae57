"""The lab's calendar: which days it works, whether it is open, when it opens again; pure, in the lab's own zone."""

from datetime import date, datetime, timedelta
from typing import Final

from ils_app.settings.schemas import Hours, LabSettings

LONGEST_CLOSED_DAYS: Final = 3660
"""No lab is closed for ten years: what looks further is a calendar without a working day."""

ONE_DAY: Final = timedelta(days=1)


class NoWorkingDay(ValueError):
    """The calendar has no working day within ten years."""


def hours_on(lab: LabSettings, day: date) -> Hours | None:
    """When the lab works on this day; None when it does not."""
    return None if holiday_on(lab, day) is not None else lab.opening_hours[day.weekday()]


def holiday_on(lab: LabSettings, day: date) -> str | None:
    """What is celebrated on this day; None when it is no holiday."""
    return next((holiday.name for holiday in lab.holidays if holiday.day == day), None)


def working_day_after(lab: LabSettings, days: int, start: date) -> date:
    """The day that is `days` working days after `start`, which need not be one itself.

    With 0 it is `start`, or the next working day when the lab is closed then. Raises NoWorkingDay.
    """
    day = start
    left = days
    for _ in range(LONGEST_CLOSED_DAYS):
        if left <= 0 and hours_on(lab, day) is not None:
            return day
        day += ONE_DAY
        if hours_on(lab, day) is not None:
            left -= 1
    raise NoWorkingDay


def is_open(lab: LabSettings, moment: datetime) -> bool:
    """Whether the lab works at this moment (aware)."""
    here = moment.astimezone(lab.zone)
    hours = hours_on(lab, here.date())
    return hours is not None and hours.opens <= here.time() < hours.closes


def opens_next(lab: LabSettings, moment: datetime) -> datetime:
    """When the lab opens the next time after this moment (aware), in its own zone. Raises NoWorkingDay."""
    here = moment.astimezone(lab.zone)
    for ahead in range(LONGEST_CLOSED_DAYS):
        day = here.date() + ahead * ONE_DAY
        hours = hours_on(lab, day)
        if hours is not None and (ahead or here.time() < hours.opens):
            return datetime.combine(day, hours.opens, lab.zone)
    raise NoWorkingDay


def reached(lab: LabSettings, moment: datetime) -> date:
    """The working day on which something sent at this moment (aware) is on the lab's table."""
    here = moment.astimezone(lab.zone)
    hours = hours_on(lab, here.date())
    after_closing = hours is not None and here.time() >= hours.closes
    return working_day_after(lab, 0, here.date() + ONE_DAY if after_closing else here.date())


def closed_sentence(lab: LabSettings, moment: datetime) -> str:
    """Why the lab is closed and when it opens again; empty while it is open."""
    if is_open(lab, moment):
        return ""
    here = moment.astimezone(lab.zone)
    opens = opens_next(lab, moment)
    holiday = holiday_on(lab, here.date())
    today = "closed today" if hours_on(lab, here.date()) is None else "closed now"
    why = f" ({holiday})" if holiday else ""
    return f"The lab is {today}{why}. It opens again {_when(opens, here.date())} at {opens:%H:%M}."


def _when(opens: datetime, today: date) -> str:
    ahead = (opens.date() - today).days
    if ahead == 0:
        return "today"
    if ahead == 1:
        return "tomorrow"
    return f"on {written(opens.date(), today)}"


def written(day: date, today: date) -> str:
    """A day in words, the year only when it is another.

    >>> written(date(2026, 12, 28), date(2026, 12, 24)), written(date(2027, 1, 4), date(2026, 12, 24))
    ('Monday 28 December', 'Monday 4 January 2027')
    """
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%A} {day.day} {day:%B}{year}"


def estimate_sentence(lab: LabSettings, moment: datetime) -> str:
    """What an order usually takes from this moment: an estimate by the calendar, said as one."""
    days = lab.lead_time_days
    about = estimate(lab, moment)
    unit = "working day" if days == 1 else "working days"
    today = moment.astimezone(lab.zone).date()
    return f"The lab usually needs {days} {unit}: about {written(about, today)}."


def estimate(lab: LabSettings, moment: datetime) -> date:
    """When an order sent at this moment is usually ready."""
    return working_day_after(lab, lab.lead_time_days, reached(lab, moment))
