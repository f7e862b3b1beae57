"""People of practices and of the lab, and two practices registered."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from ils_app.kernel.actor import Actor, Role

ActorOf = Callable[..., Actor]


@pytest.fixture
def actor_of() -> ActorOf:
    """Makes a person in a role, of an organisation of their own unless one is named."""

    def make(role: Role = Role.ECP, organisation_id: UUID | None = None, *, manager: bool = False) -> Actor:
        return Actor(uuid4(), "Test Person", role, organisation_id or uuid4(), manager=manager)

    return make
