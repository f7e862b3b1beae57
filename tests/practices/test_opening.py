"""A practice that was added in auth orders once an administrator has given it an account number and a site."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from ils_app.auth import service as auth
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.practices import api, service
from ils_app.practices.errors import AccountTaken, AlreadyOpen, NotYetOpen
from ils_app.practices.schemas import PracticeDraft, SiteDraft
from tests.support.signed_in import an_admin, signed_in

ActorOf = Callable[..., Actor]
SITE = SiteDraft(code="MAIN", name="Main Street", address_lines=("1 Main Street",), postcode="BA1 1AA")


async def an_organisation(name: str = "Shah Opticians", kind: str = "practice") -> auth.OrganisationView:
    return await auth.create_organisation(name=name, kind=auth.OrganisationKind(kind))


def a_draft(organisation: auth.OrganisationView, account: str = "40021", **more: object) -> PracticeDraft:
    given = {"id": organisation.id, "name": organisation.name, "account_number": account, "sites": (SITE,)}
    return PracticeDraft.model_validate({**given, **more})


async def test_a_practice_that_was_added_waits_until_it_is_opened(database: str, actor_of: ActorOf):
    added, admin = await an_organisation(), actor_of(Role.ADMIN)
    await an_organisation("Lumen", "supplier")
    assert [(one.id, one.name) for one in await service.waiting(admin)] == [(added.id, "Shah Opticians")]
    opened = await service.open_practice(admin, a_draft(added))
    assert (opened.account_number, opened.name) == ("40021", "Shah Opticians")
    assert opened.default_site is not None
    assert await service.waiting(admin) == []


async def test_a_practice_that_waits_says_so_to_its_people_and_to_other_rooms(database: str, actor_of: ActorOf):
    added = await an_organisation()
    with pytest.raises(NotYetOpen) as refusal:
        await service.practice(actor_of(organisation_id=added.id), added.id)
    assert "account number" in refusal.value.message
    with pytest.raises(NotYetOpen):
        await service.profile(added.id)
    with pytest.raises(NotFound) as foreign:
        await service.practice(actor_of(), added.id)
    assert foreign.value.code == "not_found"
    with pytest.raises(NotFound):
        await service.profile((await an_organisation("Lumen", "supplier")).id)


async def test_a_closed_practice_does_not_wait(database: str, actor_of: ActorOf):
    added, admin = await an_organisation(), actor_of(Role.ADMIN)
    await an_admin()
    await auth.set_access(admin, added.id, False)
    assert await service.waiting(admin) == []


async def test_opening_again_with_the_same_account_number_changes_nothing(database: str, actor_of: ActorOf):
    added, admin = await an_organisation(), actor_of(Role.ADMIN)
    first = await service.open_practice(admin, a_draft(added))
    assert await service.open_practice(admin, a_draft(added)) == first
    with pytest.raises(AlreadyOpen):
        await service.open_practice(admin, a_draft(added, "50000"))
    assert await service.profile(added.id) == first


async def test_an_account_number_opens_one_practice_only(database: str, actor_of: ActorOf):
    admin = actor_of(Role.ADMIN)
    await service.open_practice(admin, a_draft(await an_organisation()))
    with pytest.raises(AccountTaken):
        await service.open_practice(admin, a_draft(await an_organisation("Abbey Optical")))
    assert [one.name for one in await service.waiting(admin)] == ["Abbey Optical"]


async def test_a_practice_opens_with_a_site_and_only_as_a_practice(database: str, actor_of: ActorOf):
    admin = actor_of(Role.ADMIN)
    with pytest.raises(Invalid) as refusal:
        await service.open_practice(admin, a_draft(await an_organisation(), sites=()))
    assert "sites" in refusal.value.fields
    for nowhere in (
        await an_organisation("Lumen", "supplier"),
        (await an_organisation()).model_copy(update={"id": uuid4()}),
    ):
        with pytest.raises(NotFound):
            await service.open_practice(admin, a_draft(nowhere))


@pytest.mark.parametrize("role", [Role.ECP, Role.LAB, Role.ENGINEER, Role.SUPPLIER])
async def test_only_an_admin_opens_a_practice(database: str, actor_of: ActorOf, role: Role):
    added = await an_organisation()
    actor = actor_of(role, added.id, manager=True)
    for asked in (service.open_practice(actor, a_draft(added)), service.waiting(actor)):
        with pytest.raises(Forbidden):
            await asked


async def test_the_api_opens_a_practice_that_waits(database: str):
    added = await an_organisation()
    async with signed_in(api.app, Role.ADMIN) as client:
        assert [one["id"] for one in (await client.get("/api/v1/practices/waiting")).json()] == [str(added.id)]
        body = a_draft(added).model_dump(mode="json")
        opened = await client.post("/api/v1/practices", json=body)
        assert (opened.status_code, opened.json()["account_number"]) == (201, "40021")
        assert (await client.get("/api/v1/practices/waiting")).json() == []
