"""What a process remembers of a room's tables for half a minute, and forgets at once when it changes."""

from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Final, Generic, TypeVar

from ils_app.kernel import database

TRUSTED_SECONDS: Final = 30.0
MOST: Final = 20_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Values by key, each read once; another process's change arrives as a live topic, a lost one with time."""

    def __init__(self, read: Callable[[K], Awaitable[V]]) -> None:
        self._read = read
        self._known: dict[K, tuple[float, V]] = {}
        self._engine: object = None
        self._changes = 0

    async def get(self, key: K) -> V:
        """The value, as it is or was at most half a minute ago."""
        if self._engine is not database.engine():  # another database, or the same one opened anew
            self._engine = database.engine()
            self.forget()
        found = self._known.get(key)
        if found is not None and monotonic() - found[0] < TRUSTED_SECONDS:
            return found[1]
        changes = self._changes
        value = await self._read(key)
        if changes == self._changes:  # nothing was forgotten since the row was read: it may have been this one
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = (monotonic(), value)
        return value

    def forget(self, key: K | None = None) -> None:
        """Read this one again when it is asked for; all of them without a key."""
        self._changes += 1
        if key is None:
            self._known.clear()
        else:
            self._known.pop(key, None)
