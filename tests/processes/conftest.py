"""A world with people in it, and room for several processes on its database, with Redis between them."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from ils_app.auth import hashing
from tests.support.fleet import Fleet, fleet_environ
from tests.support.redis_server import Redis, running_redis
from tests.support.sandbox_process import SandboxProcess, start_sandbox
from tests.support.world import World, a_world


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox LIMS; its jobs stand still."""
    with start_sandbox(tmp_path_factory.mktemp("lims"), paused=True) as running:
        yield running


@pytest.fixture(scope="module")
async def world(postgres: str, sandbox: SandboxProcess) -> AsyncIterator[World]:
    """Two practices, the lab, and somebody in each role, signed in."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(hashing, "hasher", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
        async with a_world(postgres, sandbox) as made:
            yield made


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
