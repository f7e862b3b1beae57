"""The mark every door carries: the row of the permission table that it asks for.

A row the table does not have cannot be asked for: `door` refuses an unknown name at import.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

from ils_app.kernel.actor import Actor, acting_as
from ils_app.kernel.errors import Forbidden
from ils_app.kernel.roles import TABLE

PUBLIC: Final = "public"
"""The row of what anybody may call: signing in, and what a page shows before it."""

SYSTEM: Final = "system"
"""The row of what no person may call: handlers, schedules and commands."""

P = ParamSpec("P")
R = TypeVar("R")
Door = Callable[Concatenate[Actor, P], Coroutine[Any, Any, R]]


def door(row: str) -> Callable[[Door[P, R]], Door[P, R]]:
    """Mark a door with its row and refuse roles that lack it; the door itself checks whose row it is.

    The first argument is the actor. Raises Forbidden before anything is read or written. Facts told inside are the
    actor's doing.
    """
    if row not in TABLE:
        raise LookupError(f"the permission table has no row {row!r}")

    def mark(function: Door[P, R]) -> Door[P, R]:
        @wraps(function)
        async def guarded(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if actor.scope(row) is None:
                raise Forbidden
            with acting_as(actor):
                return await function(actor, *args, **kwargs)

        guarded.__permission__ = row  # type: ignore[attr-defined]
        return cast("Door[P, R]", guarded)

    return mark


F = TypeVar("F", bound=Callable[..., object])


def internal(function: F) -> F:
    """Mark a public function of a door that only the system calls: no person, no route and no page."""
    function.__permission__ = SYSTEM  # type: ignore[attr-defined]
    return function


def anyone(function: F) -> F:
    """Mark a public function that asks for no permission, such as signing in."""
    function.__permission__ = PUBLIC  # type: ignore[attr-defined]
    return function


__all__ = ["PUBLIC", "SYSTEM", "TABLE", "anyone", "door", "internal"]
