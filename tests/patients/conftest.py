"""People of practices and of the lab, and patients as they are entered."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ils_app.kernel import config, live
from ils_app.kernel.actor import Actor, Role
from ils_app.patients.schemas import PatientDraft


@pytest.fixture
def actor_of() -> Callable[..., Actor]:
    """Makes a person in a role, of an organisation of their own unless one is named."""

    def make(role: Role = Role.ECP, organisation_id: UUID | None = None) -> Actor:
        return Actor(uuid4(), "Test Person", role, organisation_id or uuid4())

    return make


@pytest.fixture
def draft() -> Callable[..., PatientDraft]:
    """Reads a patient as a form sends it: `draft("Eleanor", "Marsh", "14/03/1961")`."""

    def read(given: str, family: str, born: str = "", reference: str = "") -> PatientDraft:
        form = {"given_name": given, "family_name": family, "date_of_birth": born, "reference": reference}
        return PatientDraft.read(form)

    return read


@pytest.fixture
def rows(database: str) -> Callable[[str], list[tuple[Any, ...]]]:
    """Asks the database what stands in it."""

    def ask(query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(config.current().require_libpq_url()) as connection:
            return connection.execute(query).fetchall()

    return ask


@pytest.fixture
def published() -> Iterator[list[str]]:
    """The live topics told so far."""
    heard: list[str] = []

    async def hear(topics: Any) -> None:
        heard.extend(topics)

    end = live.subscribe(hear)
    yield heard
    end()
