"""People, organisations and a client for the auth room's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from ils_app.auth import hashing, service
from ils_app.auth.schemas import OrganisationKind, PersonView
from ils_app.auth.session_cache import cache
from ils_app.kernel import clock, config
from ils_app.kernel.actor import Actor
from ils_app.kernel.roles import Role

PASSWORD = "violet-meniscus-42"
KIND_OF = {
    Role.ECP: OrganisationKind.PRACTICE,
    Role.LAB: OrganisationKind.LAB,
    Role.ENGINEER: OrganisationKind.LAB,
    Role.SUPPLIER: OrganisationKind.SUPPLIER,
    Role.ADMIN: OrganisationKind.LAB,
}

MakePerson = Callable[..., Awaitable[PersonView]]


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """Each test has its own database, so what this process remembers of another's must go."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm at a hundredth of the cost."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    monkeypatch.setattr(hashing, "hasher", cheap)
    hashing._nobodys_hash.cache_clear()


@pytest.fixture
def password() -> str:
    """Everybody's password."""
    return PASSWORD


@pytest.fixture
async def make_person(database: str) -> MakePerson:
    """Adds a person in a new organisation of the kind their first role needs, or in the one given."""

    async def make(*roles: Role, organisation_id: UUID | None = None, **more: object) -> PersonView:
        roles = roles or (Role.ECP,)
        number = uuid4().hex[:8]
        if organisation_id is None:
            made = await service.create_organisation(name=f"Org {number}", kind=KIND_OF[roles[0]])
            organisation_id = made.id
        given = {"email": f"{roles[0]}.{number}@example.com", "name": f"Person {number}", "password": PASSWORD, **more}
        return await service.create_user(organisation_id=organisation_id, roles=roles, **given)  # type: ignore[arg-type]

    return make


@pytest.fixture
async def admin(make_person: MakePerson) -> Actor:
    """An administrator without a session."""
    return actor_of(await make_person(Role.ADMIN))


@pytest.fixture
def as_actor() -> Callable[[PersonView], Actor]:
    """A person in their first role, without a session."""
    return actor_of


def actor_of(person: PersonView) -> Actor:
    return Actor(
        user_id=person.user_id,
        name=person.name,
        role=person.roles[0],
        organisation_id=person.organisation_id,
        manager=person.manager,
        supervisor=person.supervisor,
    )


@pytest.fixture
async def client(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without pages: it keeps cookies and names our origin, and follows no redirect by itself."""
    from ils_app.auth.api import app

    origin = config.current().public_url
    transport = httpx.ASGITransport(app=app, client=("192.0.2.77", 50000))
    async with httpx.AsyncClient(transport=transport, base_url=origin, headers={"origin": origin}) as browser:
        yield browser


@pytest.fixture
def facts(rows: Callable[..., list[tuple[Any, ...]]]) -> Callable[[], list[str]]:
    """The names of the facts told so far, in order."""
    return lambda: [name for (name,) in rows("SELECT name FROM kernel.event ORDER BY id")]


class Clock:
    """The real time plus what a test lets pass."""

    def __init__(self, real: Callable[[], datetime]) -> None:
        self.real, self.passed = real, timedelta()

    def __call__(self) -> datetime:
        return self.real() + self.passed

    def pass_by(self, **time: float) -> None:
        self.passed += timedelta(**time)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that a test can let pass."""
    moving = Clock(clock.now)
    monkeypatch.setattr(clock, "now", moving)
    return moving


@pytest.fixture
def in_production() -> Callable[[], AbstractContextManager[None]]:
    """A block in which this process believes that it is in production."""

    @contextmanager
    def block() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            real = config.current().model_copy(
                update={"ils_env": config.Environment.PRODUCTION, "public_url": "https://ils.example"}
            )
            patch.setattr(config, "current", lambda: real)
            yield

    return block


@pytest.fixture
def rows(database: str) -> Callable[..., list[tuple[Any, ...]]]:
    """What the tables really hold, read past the room."""

    def fetch(query: str, *args: object) -> list[tuple[Any, ...]]:
        address = database.replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(query, args)
            return cursor.fetchall() if cursor.description else []

    return fetch


@pytest.fixture
def setup_key(database: str) -> str:
    """What only the operator of this ILS knows."""
    return config.current().admin_setup_key.get_secret_value()
