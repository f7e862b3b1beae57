"""Cells for a spreadsheet, which runs what begins like a formula."""

import re
from typing import Final

_AMOUNT: Final = re.compile(r"-\d+(\.\d+)?", re.ASCII)


def as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe keeps it words. A negative amount is none.

    >>> as_text("=1+1"), as_text("Lumen"), as_text("-12.34"), as_text("-1+cmd")
    ("'=1+1", 'Lumen', '-12.34', "'-1+cmd")
    """
    risky = cell[:1] in {"=", "+", "-", "@", "\t", "\r"} and not _AMOUNT.fullmatch(cell)
    return f"'{cell}" if risky else cell
