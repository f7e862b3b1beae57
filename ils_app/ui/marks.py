"""Marks of handlers: that ask for no role, and that run because something changed elsewhere."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

Handler = Callable[..., Any]

is_pushed: ContextVar[bool] = ContextVar("is_pushed", default=False)
"""Whether what runs is a push: nobody need sit at the tab, so nothing it does may keep a session from growing idle."""


def for_anyone(handler: Handler) -> Handler:
    """Mark a handler that changes nothing but this tab's own view, or that works before signing in."""
    handler.__permission__ = "public"  # type: ignore[attr-defined]
    return handler


@contextmanager
def push() -> Iterator[None]:
    """Around what runs because something changed elsewhere."""
    token = is_pushed.set(True)
    try:
        yield
    finally:
        is_pushed.reset(token)


def pushed_to_anyone(handler: Callable[..., Awaitable[Any]]) -> Handler:
    """As `for_anyone`, for what a change elsewhere sets off."""

    @wraps(handler)
    async def hears(*args: Any, **kwargs: Any) -> Any:
        with push():
            return await handler(*args, **kwargs)

    hears.__pushed__ = True  # type: ignore[attr-defined]
    return for_anyone(hears)
