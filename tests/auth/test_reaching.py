"""Whom other rooms can reach."""

from uuid import uuid4

import pytest

from ils_app.auth import service as auth
from ils_app.auth.schemas import OrganisationKind, PersonStatus
from ils_app.kernel.errors import NotFound
from ils_app.kernel.roles import Role


async def somebody(name, organisation_id, *roles, status=PersonStatus.ACTIVE):
    return await auth.create_user(
        email=f"{name.lower()}@example.test", name=name, password="violet-meniscus-42",
        organisation_id=organisation_id, roles=roles, status=status,
    )  # fmt: skip


async def test_only_active_people_are_reached_and_each_narrowing_holds(database):
    lab = await auth.create_organisation(name="The lab", kind=OrganisationKind.LAB)
    practice = await auth.create_organisation(name="Harbour", kind=OrganisationKind.PRACTICE)
    ada = await somebody("Ada", lab.id, Role.ADMIN, Role.LAB)
    await somebody("Lee", lab.id, Role.LAB)
    await somebody("Pat", practice.id, Role.ECP)
    await somebody("Quinn", practice.id, Role.ECP, status=PersonStatus.PENDING)
    assert [one.name for one in await auth.recipients()] == ["Ada", "Lee", "Pat"]
    assert [one.name for one in await auth.recipients(organisation_id=practice.id)] == ["Pat"]
    assert [one.name for one in await auth.recipients(roles=(Role.ADMIN,))] == ["Ada"]
    assert [one.email for one in await auth.recipients(user_ids=[ada.user_id])] == ["ada@example.test"]


async def test_the_lab_is_the_oldest_one_and_an_unknown_organisation_is_not_found(database):
    assert await auth.the_lab() is None
    first = await auth.create_organisation(name="First", kind=OrganisationKind.LAB)
    await auth.create_organisation(name="Second", kind=OrganisationKind.LAB)
    lab = await auth.the_lab()
    assert lab is not None
    assert (lab.id, lab.name) == (first.id, "First")
    assert (await auth.organisation_name(first.id)).kind is OrganisationKind.LAB
    with pytest.raises(NotFound):
        await auth.organisation_name(uuid4())
