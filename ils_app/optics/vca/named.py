"""The trace of an order in JSON: its text, written into the order or in a file that the order names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

FindTrace = Callable[[str], bytes | None]
"""The bytes of a trace file an order names, or None."""


class TraceMissing(LookupError):
    """The trace file an order names is not there; the text is its name."""


def trace_text(said: object, find_trace: FindTrace) -> str | None:
    """The text of `"…"`, `{"text": …}` or `{"file": …}`, one character a byte; None when nothing of the kind is said.

    What holds a record is a trace itself, anything else the name of a file. Raises TraceMissing.
    """
    if isinstance(said, Mapping):
        said = said.get("text") or said.get("file")
    if not isinstance(said, str) or not said:
        return None
    if "=" in said:
        return said
    data = find_trace(said)
    if data is None:
        raise TraceMissing(said)
    return data.decode("latin-1")


def bytes_of(text: str) -> bytes:
    """The bytes of a trace's text: one a character as far as they go, else UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
