"""JSON as it comes from outside: read, or refused with one kind of error, however it is broken."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ils_app.optics.findings import Finding, OpticsError, Severity

_DEEPEST = 64  # orders, rules and worked numbers have fewer than ten; what is read is walked through and printed again


def parse(data: bytes | str, *, exact: bool = False) -> Any:
    """What a JSON text says, with or without a byte order mark; `exact` keeps each number as it is printed.

    Raises OpticsError for what is no JSON, is nested too deeply or holds a number nothing can hold.

    >>> parse(b'{"sph": -2.50}', exact=True)
    {'sph': Decimal('-2.50')}
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data.removeprefix("\ufeff")
        read = json.loads(text, parse_float=Decimal, parse_int=Decimal) if exact else json.loads(text)
    except RecursionError:
        raise _refused("it is nested too deeply") from None
    except ArithmeticError:
        raise _refused("it holds a number that is too large") from None
    except ValueError as error:
        raise _refused(str(error)) from error
    if _deeper_than(read, _DEEPEST):
        raise _refused("it is nested too deeply")
    return read


def _deeper_than(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        inner: list[Any] = []
        for one in level:
            inner += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        if not inner:
            return False
        level = inner
    return True


def _refused(why: str) -> OpticsError:
    return OpticsError(
        Finding("JSON_UNREADABLE", Severity.ERROR, f"This JSON cannot be read: {why}.", fix="Correct it.")
    )
