"""People to tell, what they wish to hear, and a mail provider that takes what a test lets it take."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from ils_app.auth import hashing
from ils_app.auth import service as auth
from ils_app.auth.schemas import OrganisationKind, PersonView
from ils_app.auth.session_cache import cache
from ils_app.kernel import mail_provider
from ils_app.kernel.actor import Actor
from ils_app.kernel.live import EVERYTHING
from ils_app.kernel.mail import Message, NotSent
from ils_app.kernel.roles import Role
from ils_app.settings import reading as settings_reading

PASSWORD = "violet-meniscus-42"
KIND_OF = {Role.ECP: OrganisationKind.PRACTICE, Role.SUPPLIER: OrganisationKind.SUPPLIER}


@pytest.fixture(autouse=True)
async def _fresh_memory(database: str) -> None:
    """Each test has its own database, so what this process remembers of another's must go."""
    cache.clear()
    await settings_reading.hear([EVERYTHING])


@pytest.fixture(autouse=True)
def _cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm at a hundredth of the cost."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    monkeypatch.setattr(hashing, "hasher", cheap)


class Carrier:
    """Stands where the provider would: keeps what it takes, and refuses with `refuses` while that is set."""

    name = "a carrier"

    def __init__(self) -> None:
        self.taken: list[tuple[Message, str]] = []
        self.asked = 0
        self.refuses: Exception | None = None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def send(self, message: Message, key: str) -> str:
        """Take a mail, or not."""
        self.asked += 1
        if self.refuses is not None:
            raise self.refuses
        self.taken.append((message, key))
        if self.meanwhile is not None:
            await self.meanwhile()
        return f"taken-{len(self.taken)}"

    @property
    def addresses(self) -> list[str]:
        """To whom, sorted."""
        return sorted(message.to for message, _ in self.taken)


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    """The way out of this ILS."""
    one = Carrier()
    monkeypatch.setattr(mail_provider, "chosen", lambda: one)
    yield one
    assert one.refuses is None or isinstance(one.refuses, NotSent | RuntimeError)


@pytest.fixture
async def make_person(database: str) -> Callable[..., Awaitable[PersonView]]:
    """Adds a person in a new organisation of the kind their role needs, or in the one given."""

    async def make(role: Role = Role.ECP, *, organisation_id: UUID | None = None, **more: Any) -> PersonView:
        number = uuid4().hex[:8]
        if organisation_id is None:
            kind = KIND_OF.get(role, OrganisationKind.LAB)
            organisation_id = (await auth.create_organisation(name=f"Org {number}", kind=kind)).id
        given = {"email": f"{role}.{number}@example.com", "name": f"Person {number}", "password": PASSWORD, **more}
        return await auth.create_user(organisation_id=organisation_id, roles=(role,), **given)

    return make


@pytest.fixture
def as_actor() -> Callable[[PersonView], Actor]:
    """A person in their first role, without a session."""
    return lambda one: Actor(one.user_id, one.name, one.roles[0], one.organisation_id, manager=one.manager)


@pytest.fixture
def rows(database: str) -> Callable[..., list[tuple[Any, ...]]]:
    """What the tables really hold, read past the room; changes made here are the test's own."""

    def fetch(query: str, *args: object) -> list[tuple[Any, ...]]:
        address = database.replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(query, args)
            return cursor.fetchall() if cursor.description else []

    return fetch
