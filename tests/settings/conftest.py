"""A lab, a practice and a supplier with people in them, and pictures to put on their letters."""

import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select, text

from ils_app.auth import service as auth
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.events import EventRow
from ils_app.kernel.room import Room


@dataclass(frozen=True)
class House:
    """Three organisations, and who asks for them."""

    lab: auth.OrganisationView
    practice: auth.OrganisationView
    other: auth.OrganisationView
    supplier: auth.OrganisationView
    admin: Actor
    manager: Actor
    member: Actor


@pytest.fixture
async def house(database: str) -> House:
    """The lab and those it works with."""
    made = [
        await auth.create_organisation(name=name, kind=auth.OrganisationKind(kind))
        for name, kind in (
            ("Meridian Lens Lab", "lab"),
            ("Harbour Eyecare", "practice"),
            ("Mill Opticians", "practice"),
            ("Lumen Blanks", "supplier"),
        )
    ]
    lab, practice = made[:2]
    return House(
        *made,
        admin=Actor(uuid4(), "Ada Admin", Role.ADMIN, lab.id),
        manager=Actor(uuid4(), "Mo Manager", Role.ECP, practice.id, manager=True),
        member=Actor(uuid4(), "Mia Member", Role.ECP, practice.id),
    )


@pytest.fixture
def facts(database: str) -> Callable[[], Awaitable[list[tuple[str, dict[str, object]]]]]:
    """The facts of this room told so far, in order."""

    async def told() -> list[tuple[str, dict[str, object]]]:
        async with Room("kernel").read() as session:
            rows = (await session.execute(select(EventRow).order_by(EventRow.id))).scalars()
            return [(row.name, row.body) for row in rows if row.name != "OrganisationAdded"]

    return told


@pytest.fixture
def behind_its_back(database: str) -> Callable[[str], Awaitable[None]]:
    """Changes rows as another process would whose note was lost."""

    async def change(statement: str) -> None:
        async with Room("settings").unit_of_work() as uow:
            await uow.session.execute(text(statement))

    return change


def a_picture(kind: str = "PNG", size: tuple[int, int] = (64, 32)) -> bytes:
    """A picture as somebody's drawing program saves it."""
    body = io.BytesIO()
    Image.new("RGB", size, (20, 90, 160)).save(body, kind)
    return body.getvalue()


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Makes a picture of a kind and a size."""
    return a_picture
