"""Reading what people typed: each field by itself, every problem said at once."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import urlsplit

from ils_app.kernel.errors import Invalid

LINE: Final = 120
TEXT: Final = 2000
LARGEST_MONEY_MINOR: Final = 100_000_000_00
LARGEST_QUANTITY: Final = Decimal("999999.999")
AMBIGUOUS: Final = "Is this comma for thousands or for decimals? Write it like 1000 or 2.5."
_EMAIL: Final = re.compile(r"[^\s@<>,;\"]+@[^\s@.]+(\.[^\s@.]+)+")


class Reader:
    """Collects what is wrong, field by field; `done` raises Invalid when anything was."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}

    def done(self, message: str) -> None:
        """Raise Invalid with every field's sentence, unless there is none."""
        if self.problems:
            raise Invalid(message, fields=self.problems)

    def line(self, field: str, text: str, *, needed: str = "", longest: int = LINE) -> str:
        """One line without surplus space. `needed` is what to say when nothing is left."""
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        if not line and needed:
            self.problems[field] = needed
        if len(line) > longest:
            self.problems[field] = f"Use at most {longest} characters."
        return line

    def lines(self, field: str, text: str, *, most: int = 6) -> list[str]:
        """Several lines, the empty ones left out."""
        found = [self.line(field, one) for one in re.split(r"[\r\n]+", text)]
        found = [one for one in found if one]
        if len(found) > most:
            self.problems[field] = f"Use at most {most} lines."
        return found

    def text(self, field: str, text: str, *, longest: int = TEXT) -> str:
        """A paragraph or several."""
        kept = "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c in "\n\t").strip()
        if len(kept) > longest:
            self.problems[field] = f"Use at most {longest} characters."
        return kept

    def email(self, field: str, text: str, *, needed: str = "") -> str:
        """An email address, or nothing."""
        line = self.line(field, text, needed=needed, longest=254)
        if line and not _EMAIL.fullmatch(line):
            self.problems[field] = "This is not an email address."
        return line

    def website(self, field: str, text: str) -> str:
        """A web address; `https://` is put before one that has no scheme."""
        line = self.line(field, text, longest=200)
        if not line:
            return ""
        full = line if "://" in line else f"https://{line}"
        try:
            address = urlsplit(full)
            good = address.scheme in {"http", "https"} and "." in (address.hostname or "") and " " not in full
        except ValueError:
            good = False
        if not good:
            self.problems[field] = "This is not a web address."
        return full

    def whole(self, field: str, text: str, *, least: int = 0, most: int, unit: str) -> int:
        """A whole number in a range."""
        plain = text.strip()
        if not re.fullmatch(r"\d{1,6}", plain, re.ASCII) or not least <= int(plain) <= most:
            self.problems[field] = f"Give whole {unit} from {least} to {most}."
            return least
        return int(plain)

    def percent(self, field: str, text: str) -> Decimal:
        """A tax rate from 0 to 100 per cent, at most three decimals."""
        text = text.strip().removesuffix("%")
        value = _decimal(text)
        if value is None or not 0 <= value <= 100 or value != round(value, 3):
            self.problems[field] = _ambiguous(text) or "Give a rate from 0 to 100 per cent, like 20 or 5.5."
            return Decimal(0)
        return value

    def quantity(self, field: str, text: str) -> Decimal:
        """More than nothing, at most three decimals."""
        value = _decimal(text)
        if value is None or not 0 < value <= LARGEST_QUANTITY or value != round(value, 3):
            self.problems[field] = _ambiguous(text) or "Give a quantity above 0, like 50 or 2.5."
            return Decimal(0)
        return value

    def money_minor(self, field: str, text: str) -> int:
        """An amount of money of at most two decimals, in minor units."""
        value = _decimal(text)
        if value is None or value < 0 or value * 100 != int(value * 100) or value * 100 > LARGEST_MONEY_MINOR:
            self.problems[field] = _ambiguous(text) or "Give a price like 12.50."
            return 0
        return int(value * 100)

    def day(self, field: str, text: str, *, least: date | None = None, earlier: str = "") -> date | None:
        """A day as `YYYY-MM-DD`, or none."""
        plain = text.strip()
        if not plain:
            return None
        try:
            value = date.fromisoformat(plain) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain, re.ASCII) else None
        except ValueError:
            value = None
        if value is None or value.year > 2200:
            self.problems[field] = "Give a day like 2026-12-24."
            return None
        if least is not None and value < least:
            self.problems[field] = earlier
        return value

    def one_of(self, field: str, text: str, words: Callable[[str], object], said: str) -> str:
        """One of some words."""
        if not _takes(words, text):
            self.problems[field] = said
        return text


def _takes(words: Callable[[str], object], text: str) -> bool:
    try:
        words(text)
    except ValueError:
        return False
    return True


def _ambiguous(text: str) -> str:
    """What to say of a number that means a thousand to some and one to others; nothing of any other.

    >>> bool(_ambiguous("1,000")), bool(_ambiguous("1,250.50")), bool(_ambiguous("0,125")), bool(_ambiguous("2,5"))
    (True, False, False, False)
    """
    return AMBIGUOUS if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", _close(text), re.ASCII) else ""


def _close(text: str) -> str:
    """Without the spaces that keep thousands apart."""
    return re.sub(r"[\s\u00a0\u202f']", "", text)


def _decimal(text: str) -> Decimal | None:
    """A number with a point or a comma before its decimals; thousands may stand apart by spaces.

    >>> _decimal("1 250,5"), _decimal("1,250.50"), _decimal("1,000"), _decimal("1e3"), _decimal("x")
    (Decimal('1250.5'), Decimal('1250.50'), None, None, None)
    """
    if _ambiguous(text):
        return None
    plain = _close(text)
    if "," in plain and "." in plain:
        plain = plain.replace(",", "") if plain.rfind(".") > plain.rfind(",") else plain.replace(".", "")
    plain = plain.replace(",", ".")
    if not re.fullmatch(r"\d{1,12}(\.\d{1,6})?", plain, re.ASCII):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None
