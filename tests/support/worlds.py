"""Fixtures of a whole world, for the suites that try everything on everybody: import them into a conftest."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from ils_app.auth import hashing
from tests.support.sandbox_process import SandboxProcess, start_sandbox
from tests.support.world import World, a_world

__all__ = ["cheap_argon2", "sandbox", "world"]


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox LIMS; its jobs stand still."""
    with start_sandbox(tmp_path_factory.mktemp("lims"), paused=True) as running:
        yield running


@pytest.fixture(scope="module")
def cheap_argon2() -> Iterator[None]:
    """The same algorithm at a hundredth of the cost."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(hashing, "hasher", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
        yield


@pytest.fixture(scope="module")
async def world(postgres: str, sandbox: SandboxProcess, cheap_argon2: None) -> AsyncIterator[World]:
    """Two practices, the lab, and somebody in each role, signed in."""
    async with a_world(postgres, sandbox) as made:
        yield made
