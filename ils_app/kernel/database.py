"""The one database of this process: its engine, opened once and closed with the process, and the gate before it.

Nothing waits for a database for ever. A server that is reached and slow ends the statement itself; one that says
nothing at all, behind a line that swallows every byte, is given up by this side, and its connection with it.
"""

import asyncio
import contextlib
import select
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from time import monotonic
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import errors as postgres_errors
from sqlalchemy import event, exc
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from ils_app.kernel import config
from ils_app.kernel.errors import Upstream
from ils_app.kernel.gate import Gate

CONNECTIONS = 15
"""How many sessions are open at once, and how many connections are kept. Who comes later waits in turn."""
NESTED = 15
"""Connections beyond those, for who opens a second session within the first: they cannot wait for each other."""
STUCK_SECONDS = 10
TRUSTED_SECONDS = 30.0
CONNECT_SECONDS: Final = 5
STATEMENT_SECONDS: Final = 15
ANSWER_SECONDS: Final = 18.0
"""For one answer, whatever was asked: longer than a statement may take, so that the server's own word comes first."""
PING_SECONDS: Final = 3.0
"""For a connection from the pool to show that somebody is still at its other end."""
IDLE_SECONDS: Final = 30
"""For a transaction in which nothing happens: the locks of a process that was cut off must not outlive it for long."""
LISTEN_SECONDS: Final = 60.0
AWAY: Final = (
    exc.OperationalError, exc.InterfaceError, exc.TimeoutError, psycopg.OperationalError, psycopg.InterfaceError,
)  # fmt: skip
"""What says that the database could not be reached or did not answer in time; a broken query is none of these."""

_engine: AsyncEngine | None = None
_sessions: async_sessionmaker[AsyncSession] | None = None
_gate: Gate | None = None
_inside: set[asyncio.Task[Any] | None] = set()


class DatabaseAway(Upstream):
    """The database could not be reached, or did not answer in time."""

    code = "database_away"

    def __init__(self) -> None:
        super().__init__(
            "ILS cannot reach its database just now. What you sent may not have been kept: look again in a moment."
        )


class Connection(psycopg.AsyncConnection[Any]):
    """A connection that gives up on a server that says nothing, instead of waiting for it."""

    patience: float = ANSWER_SECONDS

    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for one answer. Past our patience: psycopg's OperationalError, and the connection is closed."""
        if timeout is not None:
            return await super().wait(gen, interval, timeout)
        try:
            return await super().wait(gen, interval, self.patience)
        except postgres_errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError("the database does not answer") from None

    def notifies(self, *, timeout: float | None = None, stop_after: int | None = None) -> AsyncGenerator[Any]:
        """As psycopg's, but it ends after a minute: nobody can tell a quiet line from a dead one."""
        return super().notifies(timeout=LISTEN_SECONDS if timeout is None else timeout, stop_after=stop_after)


def connect_options(url: str) -> dict[str, Any]:
    """What every connection to this address is opened with; what the address itself says goes first."""
    ours = {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": int(ANSWER_SECONDS * 1000),
        "options": f"-c statement_timeout={STATEMENT_SECONDS}s -c idle_in_transaction_session_timeout={IDLE_SECONDS}s",
    }
    given = parse_qs(urlsplit(url).query)
    return {name: value for name, value in ours.items() if name not in given}


def engine() -> AsyncEngine:
    """This process's engine, made on first use. Parameters never reach an error text: patients are in them."""
    global _engine, _sessions, _gate
    if _engine is None:
        url = config.require_database()
        _engine = create_async_engine(
            url,
            connect_args={**connect_options(url), "async_creator_fn": Connection.connect},
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
    async with _turn():
        assert _sessions is not None
        async with _sessions() as opened:
            yield opened


async def at_once(statement: str, values: Mapping[str, Any]) -> Any:
    """Run one statement that is a transaction of its own, in one round trip; its first row. Waits as `session` does."""
    async with _turn(), engine().connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        return (await connection.exec_driver_sql(statement, values)).first()


@contextlib.asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    engine()
    assert _gate is not None
    this = asyncio.current_task()
    if this in _inside:
        yield
        return
    async with contextlib.AsyncExitStack() as held:
        try:
            await held.enter_async_context(_gate.turn())
        except TimeoutError:
            raise NoConnection("no session has ended for a while") from None
        _inside.add(this)
        held.callback(_inside.discard, this)
        yield


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
    connection.driver_connection.patience = PING_SECONDS
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error
    connection.driver_connection.patience = ANSWER_SECONDS


def _note_use(_: Any, record: Any) -> None:
    record.info["used_at"] = monotonic()


def _speaks(connection: Any) -> bool:
    """Whether the server's end sent something, its farewell included, or there is no connection any more."""
    if connection.closed:
        return True
    readable = select.poll()
    readable.register(connection.fileno(), select.POLLIN)
    return bool(readable.poll(0))
