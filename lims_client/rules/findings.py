"""How a finding is written: its shape, and numbers and eyes in the words an optician uses."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from lims_client.models import Eye, Finding, Severity

REJECT, HOLD, CONFIRM, WARN, INFO = Severity.REJECT, Severity.HOLD, Severity.CONFIRM, Severity.WARN, Severity.INFO


def finding(
    code: str,
    severity: Severity,
    message: str,
    *,
    field: str | None = None,
    eye: Eye | None = None,
    fix: str | None = None,
) -> Finding:
    """A finding; the engine stamps the version of the rules on it."""
    return Finding(code=code, severity=severity, message=message, field=field, eye=eye, fix=fix)


def side(eye: Eye) -> str:
    """`Right`, `Left` or `Both`, to begin a sentence."""
    return eye.value.capitalize()


def power(value_dpt: Decimal) -> str:
    """A power as it is written on a prescription: `-2.25`, `+1.00`, `0.00`."""
    value_dpt = value_dpt.quantize(Decimal("0.01")) if abs(value_dpt) < 10_000 else value_dpt
    return f"{value_dpt:+f}" if value_dpt else "0.00"


def plain(value: Decimal) -> str:
    """A number without trailing zeros: `31.5`, `64`."""
    text = f"{value.quantize(Decimal('0.01')) if abs(value) < 10_000 else value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def listing(names: Iterable[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    *first, end = list(names) or [""]
    return f"{', '.join(first)} {last} {end}" if first else end
