"""The one database of this process: its engine, opened once and closed with the process, and the gate before it."""

import asyncio
import contextlib
import select
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from ils_app.kernel import config
from ils_app.kernel.gate import Gate

CONNECTIONS = 15
"""How many sessions are open at once, and how many connections are kept. Who comes later waits in turn."""
NESTED = 15
"""Connections beyond those, for who opens a second session within the first: they cannot wait for each other."""
STUCK_SECONDS = 10
TRUSTED_SECONDS = 30.0

_engine: AsyncEngine | None = None
_sessions: async_sessionmaker[AsyncSession] | None = None
_gate: Gate | None = None
_inside: set[asyncio.Task[Any] | None] = set()


def engine() -> AsyncEngine:
    """This process's engine, made on first use. Parameters never reach an error text: patients are in them."""
    global _engine, _sessions, _gate
    if _engine is None:
        _engine = create_async_engine(
            config.require_database(),
            pool_size=CONNECTIONS,
            max_overflow=NESTED,
            pool_timeout=STUCK_SECONDS,
            hide_parameters=True,
        )
        event.listen(_engine.sync_engine, "checkout", _look_before_use)
        event.listen(_engine.sync_engine, "connect", _note_use)
        event.listen(_engine.sync_engine, "checkin", _note_use)
        _sessions = async_sessionmaker(_engine, expire_on_commit=False)
        _gate = Gate(CONNECTIONS, stuck_seconds=STUCK_SECONDS)
    return _engine


@contextlib.asynccontextmanager
async def session() -> AsyncIterator[AsyncSession]:
    """A new session, when it is this task's turn; `Room` decides when it commits.

    A burst waits here and is served in the order it came, instead of running into the pool's time limit. A task that
    has a session already does not wait behind those who wait for it. Raises SQLAlchemy's TimeoutError when no session
    has ended for ten seconds: then the database is stuck.
    """
    engine()
    assert _sessions is not None
    assert _gate is not None
    this = asyncio.current_task()
    if this in _inside:
        async with _sessions() as opened:
            yield opened
        return
    async with contextlib.AsyncExitStack() as held:
        try:
            await held.enter_async_context(_gate.turn())
        except TimeoutError:
            raise NoConnection("no session has ended for a while") from None
        _inside.add(this)
        held.callback(_inside.discard, this)
        yield await held.enter_async_context(_sessions())


async def close() -> None:
    """Close every connection of this process."""
    global _engine, _sessions, _gate
    if _engine is not None:
        await _engine.dispose()
    _engine = _sessions = _gate = None


def _look_before_use(connection: Any, record: Any, _: Any) -> None:
    """Have a connection that died in the pool replaced, without asking the server every time.

    A server that went away has closed its end: then there is something to read where nobody should be speaking. One
    that a firewall forgot without a word is asked, once it has lain idle for a while.
    """
    if monotonic() - record.info.get("used_at", 0.0) < TRUSTED_SECONDS and not _speaks(connection.driver_connection):
        return
    assert _engine is not None
    dialect: Any = _engine.dialect
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _note_use(_: Any, record: Any) -> None:
    record.info["used_at"] = monotonic()


def _speaks(connection: Any) -> bool:
    """Whether the server's end sent something, its farewell included, or there is no connection any more."""
    if connection.closed:
        return True
    readable = select.poll()
    readable.register(connection.fileno(), select.POLLIN)
    return bool(readable.poll(0))
