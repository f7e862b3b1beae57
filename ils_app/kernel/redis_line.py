"""The way to Redis: nothing waits for it for ever, and a connection that died is tried once more."""

from typing import Any, Final

from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 3.0


def options(*, retries: int = 1) -> dict[str, Any]:
    """What every client of ours is made with. The library alone would wait for ever, and try ten seconds long."""
    return {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), retries, supported_errors=(NotConnected,)),
    }


def client(url: str) -> redis.Redis:
    """A client for this address."""
    return redis.Redis.from_url(url, **options())


def listener(url: str) -> redis.Redis:
    """A client to hear with: it says so when its connection is lost, instead of quietly making another."""
    return redis.Redis.from_url(url, **options(retries=0))


class StateStore(redis.Redis):
    """A client for whoever also listens through it and knows no time limits: words have ours, listening has none."""

    ears: redis.Redis

    def pubsub(self, **more: Any) -> Any:
        """An ear that may hear nothing for long."""
        return self.ears.pubsub(**more)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close both."""
        await self.ears.aclose(close_connection_pool)
        await super().aclose(close_connection_pool)


def state_store(url: str) -> StateStore:
    """Where Reflex keeps what open pages hold."""
    store = StateStore.from_url(url, **options())
    assert isinstance(store, StateStore)
    store.ears = redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_keepalive=True)
    return store
