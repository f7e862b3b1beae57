"""A client of a room's API that is signed in as somebody, through the auth room as it really is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from ils_app.auth import service as auth
from ils_app.kernel.roles import Role

PASSWORD = "violet-meniscus-42"
KINDS = {Role.ECP: "practice", Role.SUPPLIER: "supplier"}


@asynccontextmanager
async def signed_in(
    app: FastAPI, role: Role = Role.ECP, organisation_id: UUID | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Make an organisation with this id and a person in it, and speak to the app with that person's token."""
    kind = auth.OrganisationKind(KINDS.get(role, "lab"))
    organisation = await auth.create_organisation(name="Test", kind=kind, organisation_id=organisation_id)
    email = f"{uuid4().hex}@example.test"
    await auth.create_user(
        email=email, name="Test Person", password=PASSWORD, organisation_id=organisation.id, roles=(role,)
    )
    session = await auth.sign_in(email, PASSWORD, address="127.0.0.1", kind=auth.SessionKind.API)
    headers = {"authorization": f"Bearer {session.token}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test", headers=headers) as client:
        yield client


async def an_admin() -> None:
    """Somebody who can let people in, without whom nobody may be shut out."""
    lab = await auth.create_organisation(name="Lab", kind=auth.OrganisationKind.LAB)
    await auth.create_user(
        email="ada@example.test", name="Ada", password=PASSWORD, organisation_id=lab.id, roles=(Role.ADMIN,)
    )
