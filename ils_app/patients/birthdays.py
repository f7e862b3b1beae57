"""Dates of birth, read as people type them."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

EARLIEST_YEAR = 1900

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_GAP = r"[\s,./-]*"
_NAMED = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])"
)
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{1,4})"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        # 1961-03-14, 1961/3/14, 1961-03
        rf"(?<!\d)(?P<year>\d{{4}})[./-](?P<month>\d{{1,2}})(?:[./-]{_DAY})?(?!\d)",
        # 14 Mar 1961, 14th March, 14-mar-61, 14mar1961
        rf"(?<!\w){_DAY}(?:st|nd|rd|th)?{_GAP}{_NAMED}(?:{_GAP}{_YEAR})?(?!\w)",
        # March 14, 1961
        rf"(?<!\w){_NAMED}[\s.-]*{_DAY}(?:st|nd|rd|th)?(?:{_GAP}{_YEAR})?(?!\w)",
        # 14/03/1961, 14.3.61, 14-03-
        rf"(?<!\d){_DAY}[./-](?P<month>\d{{1,2}})(?:[./-]{_YEAR}?)?(?!\d)",
        # 14 03 1961
        rf"(?<!\d){_DAY}\s(?P<month>\d{{1,2}})\s(?P<year>\d{{4}})(?!\d)",
    )
)


@dataclass(frozen=True, slots=True)
class Born:
    """A date of birth as far as it has been typed: any of its parts may still be missing.

    `year` holds the digits typed: four are a year, two are its last two or its first two, one and three its first.
    """

    month: int
    day: int | None = None
    year: str = ""

    def on(self, today: date) -> date | None:
        """The whole date, None while something is missing. Two digits of a year mean the last that is not to come."""
        if self.day is None or len(self.year) not in (2, 4):
            return None
        if len(self.year) == 4:
            return _date(int(self.year), self.month, self.day)
        century = today.year // 100 * 100
        for first in (century, century - 100):
            found = _date(first + int(self.year), self.month, self.day)
            if found is not None and found <= today:
                return found
        return None


def find(text: str) -> tuple[Born, str] | None:
    """The date of birth in what someone typed, with the text that is left; None when there is none.

    Day before month, unless only the other order can be a date.

    >>> find("smith 14/03/1961")
    (Born(month=3, day=14, year='1961'), 'smith  ')
    >>> find("14 Mar 61")
    (Born(month=3, day=14, year='61'), ' ')
    """
    for form in _FORMS:
        for match in form.finditer(text):
            if born := _born(match):
                return born, f"{text[: match.start()]} {text[match.end() :]}"
    return None


def read(text: str, *, today: date) -> date | None:
    """The one date this text is, None when it is none or more than that.

    >>> read("14/3/61", today=date(2026, 1, 1))
    datetime.date(1961, 3, 14)
    """
    if re.fullmatch(r"[0-9]{8}", typed := text.strip()):  # 14031961, as forms without separators have it
        return _date(int(typed[4:]), int(typed[2:4]), int(typed[:2]))
    found = find(typed)
    if found is None or found[1].strip():
        return None
    return found[0].on(today)


def shown(born: date | None) -> str:
    """A date of birth as it is shown: 14 Mar 1961."""
    return f"{born.day} {_MONTHS[born.month - 1].title()} {born.year}" if born else ""


def _born(match: re.Match[str]) -> Born | None:
    parts = match.groupdict()
    name, year = parts.get("name"), parts["year"] or ""
    day = int(parts["day"]) if parts["day"] else None
    month = _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["month"])
    year_first = bool(year) and match.start("year") == match.start()
    if month > 12 and day is not None and not year_first:
        day, month = month, day
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    return Born(month, day, year)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
