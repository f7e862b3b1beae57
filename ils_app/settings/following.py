"""Keeping a process's clock in the lab's zone: at its start, on every change, and by the clock where a note is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from ils_app.kernel import config, log
from ils_app.settings import reading

EVERY_SECONDS: Final = 30.0

logger = log.get_logger(__name__)


@contextlib.asynccontextmanager
async def followed() -> AsyncIterator[None]:
    """Have `clock.lab_zone` follow the lab's settings for as long as the block lasts."""
    await _look()
    task = asyncio.create_task(_keep_looking(), name="settings-followed")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep_looking() -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await _look()


async def _look() -> None:
    """Read how the lab works; a database that is not there yet is asked again later."""
    try:
        await reading.lab()
    except (SQLAlchemyError, OSError, config.ConfigError) as error:
        logger.warning("lab_settings_unread", error=type(error).__name__)
