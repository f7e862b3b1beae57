"""The live bus: "what stands behind this topic has changed", told to every process that shows it.

A topic carries no data but the id of the request it was done for; who hears it reads again what its person may see, so
a lost note heals with the next one.
Processes without Redis hear each other through PostgreSQL's NOTIFY, which leaves with the commit itself; with
`REDIS_URL` through Redis. Inside a process nothing but a function call stands between change and listener.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import monotonic
from typing import Any
from uuid import uuid4

import psycopg
from redis import asyncio as redis

from ils_app.kernel import config, database, log, redis_line

CHANNEL = "ils_live"
ORIGIN = uuid4().hex
RECONNECT_SECONDS = 1.0
BEAT_SECONDS = 5.0
"""Without a note for so long the relay asks whether anybody is still at the other end."""
MUTE_SECONDS = 5.0
"""How long nothing is handed to a Redis that did not take a note: no door waits for it again and again."""
EVERYTHING = "*"
"""The topic of all topics: notes were lost while the relay was away, so whatever is shown is read again."""

Listener = Callable[[Sequence[str]], Awaitable[None]]

logger = log.get_logger(__name__)
_listeners: list[Listener] = []
_redis: redis.Redis | None = None
_mute_until = 0.0
_unsaid = False  # a note was not handed over; whoever missed it is told that everything may have changed


def subscribe(listener: Listener) -> Callable[[], None]:
    """Have `listener` called with the topics of every change; answers the function that ends it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener) if listener in _listeners else None


def note(topics: Sequence[str]) -> str | None:
    """What the transaction itself tells other processes; None when Redis carries it after the commit."""
    return None if _redis_url() else _sentence(topics)


def _sentence(topics: Sequence[str]) -> str:
    """Who says it, for which request it was done, and what has changed."""
    return json.dumps([ORIGIN, log.request_id() or "", *topics])


async def spread(topics: Sequence[str]) -> None:
    """Tell this process's listeners, and with Redis the others' too. Called after the commit."""
    await _hear(topics)
    if url := _redis_url():
        await _tell_others(url, topics)


async def _tell_others(url: str, topics: Sequence[str]) -> None:
    global _mute_until, _unsaid
    if monotonic() < _mute_until:
        _unsaid = True
        return
    told = [EVERYTHING] if _unsaid else topics
    _unsaid = False
    try:
        await _client(url).publish(CHANNEL, _sentence(told))
    except (redis.RedisError, OSError) as error:
        # The change itself is safe; what was not said is made up for as soon as Redis takes notes again.
        _mute_until, _unsaid = monotonic() + MUTE_SECONDS, True
        logger.warning("live_note_lost", error=type(error).__name__)


async def _make_up(url: str) -> None:
    """Say now what could not be said."""
    global _mute_until
    if _unsaid:
        _mute_until = 0.0
        await _tell_others(url, [EVERYTHING])


async def publish(*topics: str) -> None:
    """Tell every process outside any transaction, for what is true without a row changing."""
    if sentence := note(topics):
        async with database.session() as session, session.begin():
            connection = await session.connection()
            await connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (CHANNEL, sentence))
    await spread(topics)


async def tell_here(*topics: str) -> None:
    """Tell this process's pages alone, for what every process finds out by itself."""
    await _hear(topics)


@contextlib.asynccontextmanager
async def relay() -> AsyncIterator[None]:
    """Hear other processes for as long as this one lives."""
    task = asyncio.create_task(_keep_hearing(_from_redis if _redis_url() else _from_postgres), name="live-relay")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await _close_redis()


async def _hear(topics: Sequence[str]) -> None:
    for listener in list(_listeners):
        try:
            await listener(topics)
        except Exception:  # the change is made; what one page cannot show must not undo the door or deafen the others
            logger.exception("live_listener_failed")


async def _take(payload: str | bytes) -> None:
    try:
        origin, asked_by, *topics = json.loads(payload)
    except (ValueError, TypeError):
        logger.warning("live_note_unreadable")
        return
    if origin != ORIGIN:
        with log.for_request(asked_by):
            await _hear(topics)


async def _keep_hearing(source: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]) -> None:
    lost = False

    async def opened() -> None:
        if lost:
            await _hear([EVERYTHING])

    while True:
        try:
            await source(opened)
        except (psycopg.Error, redis.RedisError, OSError) as error:
            logger.warning("live_relay_lost", error=type(error).__name__)
        lost = True
        await asyncio.sleep(RECONNECT_SECONDS)


async def _from_postgres(opened: Callable[[], Awaitable[None]]) -> None:
    url = config.current().require_libpq_url()
    options = database.connect_options(url)
    async with await database.Connection.connect(url, autocommit=True, **options) as connection:
        connection.patience = database.PING_SECONDS
        await connection.execute(f"LISTEN {CHANNEL}")
        await opened()
        while True:
            async for notice in connection.notifies(timeout=BEAT_SECONDS):
                await _take(notice.payload)
            await connection.execute("SELECT 1")


async def _from_redis(opened: Callable[[], Awaitable[None]]) -> None:
    url = _redis_url()
    assert url
    async with redis_line.listener(url) as ear, ear.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        await _next(channel, redis_line.ANSWER_SECONDS)
        await opened()
        asked = False
        while True:
            await _make_up(url)
            message = await _next(channel, redis_line.ANSWER_SECONDS if asked else BEAT_SECONDS)
            if message is None and asked:
                raise redis.TimeoutError
            asked = message is None
            if asked:
                await channel.ping()
            elif message["type"] == "message":
                await _take(message["data"])


async def _next(channel: Any, seconds: float) -> Any:
    """The next thing Redis says, None when it says nothing for so long."""
    return await channel.get_message(timeout=seconds)


def _redis_url() -> str | None:
    url = config.current().redis_url
    return url or None


def _client(url: str) -> redis.Redis:
    global _redis
    if _redis is None:
        _redis = redis_line.client(url)
    return _redis


async def _close_redis() -> None:
    global _redis, _mute_until, _unsaid
    _mute_until, _unsaid = 0.0, False
    if _redis is not None:
        await _redis.aclose()
        _redis = None
