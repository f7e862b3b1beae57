"""Whether the database answers this process: looked at by the clock, and at once where somebody met it silent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import exc, text

from ils_app.kernel import database, log
from ils_app.kernel.clock import now

TOPIC: Final = "database"
"""Told in this process alone: each finds out for itself."""
LOOK_SECONDS: Final = 5.0
AGAIN_SECONDS: Final = 1.0
"""Between two looks while it is away."""

logger = log.get_logger(__name__)
_silent_since: datetime | None = None
_suspected = False
_wake: asyncio.Event | None = None


def silent_since() -> datetime | None:
    """Since when the database has not answered this process; None while it does."""
    return _silent_since


def suspect() -> None:
    """Somebody met it silent: have the watch look now, and tell when it answers, however short the gap was."""
    global _suspected
    _suspected = True
    if _wake is not None:
        _wake.set()


@contextlib.asynccontextmanager
async def watched(on_change: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Keep an eye on the database while the block lasts; `on_change` is awaited when it falls silent and comes back."""
    global _wake, _silent_since, _suspected
    _wake = asyncio.Event()
    task = asyncio.create_task(_watch(on_change, _wake), name="database-watch")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        _wake, _silent_since, _suspected = None, None, False


async def _watch(on_change: Callable[[], Awaitable[None]], wake: asyncio.Event) -> None:
    global _silent_since, _suspected
    while True:
        answers = await _answers()
        changed = answers is not (_silent_since is None)
        if changed:
            _silent_since = None if answers else now()
            logger.warning("database_reachability_changed", answers=answers)
        if changed or (answers and _suspected):
            _suspected = _suspected and not answers
            try:
                await on_change()
            except Exception:  # who cannot be told now reads it with the next page; the watch goes on
                logger.exception("database_change_untold")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), LOOK_SECONDS if answers else AGAIN_SECONDS)
        wake.clear()


async def _answers() -> bool:
    try:
        async with database.session() as session:
            line: Any = (await (await session.connection()).get_raw_connection()).driver_connection
            line.patience = database.PING_SECONDS
            await session.execute(text("SELECT 1"))  # through the engine: its silence ends every connection of the pool
            line.patience = database.ANSWER_SECONDS
    except exc.TimeoutError:  # every connection is in use: it is busy, and there
        return _silent_since is None
    except Exception as error:  # whatever it is, nobody can work with it
        logger.warning("database_silent", error=type(error).__name__)
        return False
    return True
