"""A gate before what there is only so much of: a burst waits in turn and all of it is served."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from time import monotonic


class Gate:
    """Lets so many in at once, the others in the order they came, for as long as the queue moves.

    How long somebody waits is no reason to turn them away; that nobody came out for `stuck_seconds` is.
    """

    def __init__(self, places: int, *, stuck_seconds: float) -> None:
        self._free, self._stuck_seconds = places, stuck_seconds
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._moved_at = monotonic()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place for as long as the block lasts. Raises TimeoutError when those inside do not come out any more."""
        await self._enter()
        try:
            yield
        finally:
            self._leave()

    async def _enter(self) -> None:
        if self._free:
            self._free -= 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            while not place.done():
                await asyncio.wait((place,), timeout=self._stuck_seconds)
                if not place.done() and monotonic() - self._moved_at >= self._stuck_seconds:
                    raise TimeoutError
        except BaseException:
            if place.done():
                self._leave()  # it was given away in the moment its owner went
            else:
                self._waiting.remove(place)
            raise

    def _leave(self) -> None:
        self._moved_at = monotonic()
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._free += 1
