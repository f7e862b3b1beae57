"""The engineering room's outside: a real sandbox LIMS in its own process, spoken to by the real client."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ils_app.kernel import lims as kernel_lims
from ils_app.kernel.actor import Actor
from ils_app.kernel.roles import Role
from lims_client import LimsClient, Timing
from tests.support.sandbox_process import SandboxProcess, start_sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    """A sandbox LIMS of this test's own, its production clock standing still."""
    with start_sandbox(tmp_path, paused=True) as process:
        yield process


@pytest.fixture
async def lims(sandbox: SandboxProcess, database: str) -> AsyncIterator[LimsClient]:
    """ILS's client for it; nothing is tried twice, so that an outage is seen at once."""
    client = LimsClient(
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        webhook_secret=sandbox.webhook_secret,
        timing=Timing(attempts=1),
    )
    kernel_lims.use(client)
    yield client
    kernel_lims.use(None)
    await client.aclose()


@pytest.fixture
def actor() -> Callable[..., Actor]:
    """Makes somebody in a role."""

    def make(role: Role = Role.ENGINEER, organisation_id: UUID | None = None) -> Actor:
        return Actor(user_id=uuid4(), name="Grace", role=role, organisation_id=organisation_id or uuid4())

    return make
