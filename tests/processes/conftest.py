"""A world with people in it, and room for several processes on its database, with Redis between them."""

from collections.abc import Iterator

import pytest

from tests.support.fleet import Fleet, fleet_environ
from tests.support.redis_server import Redis, running_redis
from tests.support.sandbox_process import SandboxProcess
from tests.support.world import World
from tests.support.worlds import cheap_argon2, sandbox, world

__all__ = ["cheap_argon2", "fleet", "redis", "sandbox", "world"]


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    """A Redis between the processes."""
    with running_redis() as server:
        yield server


@pytest.fixture
def fleet(
    world: World, sandbox: SandboxProcess, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    """No process yet; whatever a test starts is ended after it."""
    folder = tmp_path_factory.mktemp("fleet")
    one = Fleet(folder, fleet_environ(world.database_url, sandbox, folder, REDIS_URL=redis.url))
    try:
        yield one
    finally:
        one.close()
        sandbox.control(latency_ms=0, outage=False)
