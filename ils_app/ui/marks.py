"""The mark of handlers that ask for no role."""

from collections.abc import Callable
from typing import Any

Handler = Callable[..., Any]


def for_anyone(handler: Handler) -> Handler:
    """Mark a handler that changes nothing but this tab's own view, or that works before signing in."""
    handler.__permission__ = "public"  # type: ignore[attr-defined]
    return handler
