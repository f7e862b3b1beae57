"""What people type into settings, taken or refused line by line; every refusal of a form is said at once."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from ils_app.auth.words import normal_email
from ils_app.kernel.errors import Invalid
from ils_app.settings.schemas import Currency, Hours, LabDraft, LetterheadDraft, Week

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_ADDRESS_LINES: Final = 4
LONGEST: Final = {"name": 120, "postcode": 16, "country": 60, "phone": 40, "email": 254, "website": 120,
                  "tax_number": 32, "company_number": 32, "bank_details": 200}  # fmt: skip
LONGEST_ADDRESS_LINE: Final = 100
TAKEN_PREFIXES: Final = frozenset({"PO", "INV", "CN", "SALE", "CUST", "JOB"})
"""What other numbers begin with: a scanned code must say what it is of."""

CONTINENTS: Final = (
    "Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/",
    "Pacific/",
)  # fmt: skip
MOST_LEAD_TIME_DAYS: Final = 90
MOST_TERMS_DAYS: Final = 180

_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,5}")
_PHONE = re.compile(r"[0-9+()/.\- ]*(?:(?:ext|x)\.? ?[0-9]{1,6})?", re.I)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.I)


def line(text: str) -> str:
    """One line without surplus space and without what cannot be printed.

    >>> line("  12  Harbour\\tRoad\\x00 ")
    '12 Harbour Road'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def checked_letterhead(draft: LetterheadDraft) -> LetterheadDraft:
    """The letterhead as it is kept. Raises Invalid with a sentence for each line that cannot be."""
    problems: dict[str, str] = {}
    kept: dict[str, str] = {}
    for name, most in LONGEST.items():
        kept[name] = line(getattr(draft, name))
        if len(kept[name]) > most:
            problems[name] = f"Use at most {most} characters."
    address = tuple(found for found in map(line, draft.address_lines) if found)
    if len(address) > MOST_ADDRESS_LINES:
        problems["address_lines"] = f"An address has at most {MOST_ADDRESS_LINES} lines before the postcode."
    elif any(len(one) > LONGEST_ADDRESS_LINE for one in address):
        problems["address_lines"] = f"Use at most {LONGEST_ADDRESS_LINE} characters a line."
    if kept["phone"] and (not _PHONE.fullmatch(kept["phone"]) or sum(map(str.isdigit, kept["phone"])) < 5):
        problems.setdefault("phone", "This is not a telephone number, such as +44 1752 555 010.")
    if kept["email"] and (email := normal_email(kept["email"])) is None:
        problems.setdefault("email", "This is not an email address, such as orders@example.com.")
    elif kept["email"]:
        kept["email"] = email or ""
    if kept["website"] and not _is_website(kept["website"]):
        problems.setdefault("website", "This is not a website, such as www.example.com.")
    refuse(problems)
    return LetterheadDraft(address_lines=address, **kept)


def _is_website(text: str) -> bool:
    parts = urlsplit(text if "://" in text else f"https://{text}")
    return parts.scheme in ("http", "https") and " " not in text and bool(_HOST.fullmatch(parts.netloc))


def checked_lab(draft: LabDraft) -> LabDraft:
    """How the lab is to work, as it is kept. Raises Invalid with a sentence for each setting that cannot be."""
    problems: dict[str, str] = {}
    prefix = line(draft.order_prefix).upper()
    if not _PREFIX.fullmatch(prefix):
        problems["order_prefix"] = "Use 2 to 6 letters and digits, a letter first, such as ORD."
    elif prefix in TAKEN_PREFIXES:
        problems["order_prefix"] = f"{prefix} is what other numbers of ILS begin with. Choose another."
    if not 1 <= draft.lead_time_days <= MOST_LEAD_TIME_DAYS:
        problems["lead_time_days"] = f"Give 1 to {MOST_LEAD_TIME_DAYS} working days."
    if not 0 <= draft.payment_terms_days <= MOST_TERMS_DAYS:
        problems["payment_terms_days"] = f"Give 0 to {MOST_TERMS_DAYS} days."
    if not is_zone(draft.time_zone):
        problems["time_zone"] = "Choose a time zone of the list, such as Europe/London."
    if draft.currency not in set(Currency):
        problems["currency"] = f"Choose one of {', '.join(Currency)}."
    problems |= _week_problems(draft.opening_hours)
    refuse(problems)
    return draft.model_copy(update={"order_prefix": prefix})


def zones() -> list[str]:
    """The time zones a lab can be in: places of the world's list, without its old names and offsets."""
    return ["UTC", *sorted(name for name in available_timezones() if name.startswith(CONTINENTS))]


def is_zone(name: str) -> bool:
    """Whether this names a time zone of that list."""
    return name in set(zones())


def _week_problems(week: Week) -> dict[str, str]:
    found = {
        f"hours_{day.lower()}": "The lab closes after it opens."
        for day, hours in zip(WEEKDAYS, week, strict=True)
        if hours is not None and hours.opens >= hours.closes
    }
    if not any(week):
        found["opening_hours"] = "The lab works on one day of the week at least."
    return found


def hours_of(opens: str, closes: str) -> Hours:
    """Working hours from what a clock field holds (`08:30`). Raises ValueError when one is no time of day."""
    return Hours(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def refuse(problems: dict[str, str]) -> None:
    """Raise Invalid when there are any."""
    if problems:
        first = next(iter(problems.values()))
        more = len(problems) - 1
        said = first if not more else f"{first} {more} more to correct."
        raise Invalid(said, fields=problems)


def changed(old: object, new: object, names: Sequence[str]) -> tuple[str, ...]:
    """The names under which the two hold different things."""
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))
