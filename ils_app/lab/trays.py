"""Tray numbers: short enough to call across a room, with a check digit, so that a misread one is noticed."""

import re

from ils_app.lab.errors import MisreadTray

_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
_TRAY = re.compile(r"T-?(\d{5,9})-?(\d)", re.IGNORECASE)


def check_digit(figures: str) -> str:
    """Damm's check digit: notices every single wrong figure and every swap of neighbours.

    Source: H. M. Damm, *Total anti-symmetrische Quasigruppen* (2004), the order-10 table.

    >>> check_digit("572")
    '4'
    """
    interim = 0
    for figure in figures:
        interim = int(_DAMM[interim][int(figure)])
    return str(interim)


def tray_number(number: int) -> str:
    """The tray of that number in the sequence.

    >>> tray_number(1)
    'T-00001-3'
    """
    figures = f"{number:05d}"
    return f"T-{figures}-{check_digit(figures)}"


def read_tray(code: str) -> str | None:
    """A scanned or typed tray number, tidied; None when it is none. Raises MisreadTray for a wrong check digit."""
    found = _TRAY.fullmatch(code.strip())
    if found is None:
        return None
    figures, check = found.groups()
    if check_digit(figures) != check:
        raise MisreadTray(code.strip())
    return f"T-{figures}-{check}"
