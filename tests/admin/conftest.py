"""Administrators, people who ask, and facts in number, for the admin room's tests."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from ils_app.auth import hashing
from ils_app.auth import service as auth
from ils_app.auth.session_cache import cache
from ils_app.kernel.actor import Actor
from ils_app.kernel.roles import Role

PASSWORD = "violet-meniscus-42"


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """What this process remembers of another test's database must go."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm at a hundredth of the cost."""
    monkeypatch.setattr(hashing, "hasher", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
    hashing._nobodys_hash.cache_clear()


@pytest.fixture
async def admin(database: str) -> Actor:
    """An administrator of the lab."""
    lab = await auth.create_organisation(name="North Lab", kind=auth.OrganisationKind.LAB)
    person = await auth.create_user(
        email="ada@north.example", name="Ada Winter", password=PASSWORD, organisation_id=lab.id, roles=(Role.ADMIN,)
    )
    return Actor(person.user_id, person.name, Role.ADMIN, lab.id)


@pytest.fixture
def ask(admin: Actor) -> Callable[..., Awaitable[auth.PersonView]]:
    """Somebody signs up."""

    async def signed_up(role: Role = Role.ECP, organisation: str = "Quay Opticians") -> auth.PersonView:
        email = f"{uuid4().hex[:8]}@quay.example"
        draft = auth.SignUpDraft(
            email=email, name="Nora Quinn", password=SecretStr(PASSWORD), role=role, organisation=organisation
        )
        await auth.sign_up(draft, address=f"192.0.2.{uuid4().int % 250}")
        (row,) = (await auth.people(admin, search=email)).rows
        return row

    return signed_up


@pytest.fixture
def rows(database: str) -> Callable[..., list[tuple[Any, ...]]]:
    """What the tables really hold, read and written past the room."""

    def fetch(query: str, *args: object) -> list[tuple[Any, ...]]:
        address = database.replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(query, args or None)
            return cursor.fetchall() if cursor.description else []

    return fetch
