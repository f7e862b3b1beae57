"""The roster: who works at a practice, as what, and whether orders can be in their name."""

from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest

from ils_app.auth import service as auth
from ils_app.kernel import config
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.practices import api, service
from ils_app.practices.errors import AccountStandsFor, ChangedElsewhere
from ils_app.practices.models import StaffRole
from ils_app.practices.schemas import PersonDraft, PracticeDraft, PracticeView, SiteDraft
from tests.support.signed_in import PASSWORD, signed_in

ActorOf = Callable[..., Actor]
MIRA = PersonDraft(name="Mira Sol", role=StaffRole.OPTOMETRIST, registration="01-23456", body="GOC")


async def a_practice(account: str = "40021") -> PracticeView:
    """A practice with its organisation, so that people of it can have accounts."""
    added = await auth.create_organisation(name=f"Practice {account}", kind=auth.OrganisationKind.PRACTICE)
    sites = (SiteDraft(code="MAIN", name="Main"),)
    return await service.register(PracticeDraft(id=added.id, name=added.name, account_number=account, sites=sites))


async def an_account(practice: PracticeView, name: str = "Olive Vance", *, manager: bool = False) -> UUID:
    made = await auth.create_user(
        email=f"{uuid4().hex}@example.test",
        name=name,
        password=PASSWORD,
        organisation_id=practice.id,
        roles=(Role.ECP,),
        manager=manager,
    )
    return made.user_id


def emitted() -> list[str]:
    with psycopg.connect(config.current().require_libpq_url()) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM kernel.event ORDER BY id")]
    return [name for name in names if name.startswith("Staff")]


@pytest.fixture
def manager(actor_of: ActorOf) -> Callable[[PracticeView], Actor]:
    return lambda practice: actor_of(organisation_id=practice.id, manager=True)


async def test_somebody_is_added_with_profession_registration_and_register(database: str, manager):
    mine = await a_practice()
    added = await service.add_staff(manager(mine), mine.id, MIRA)
    assert (added.name, added.role.label, added.registration, added.body) == (
        "Mira Sol",
        "Optometrist",
        "01-23456",
        "GOC",
    )
    assert (await service.profile(mine.id)).people == (added,)
    assert emitted() == ["StaffAdded"]


async def test_orders_are_in_the_name_of_who_is_there_and_of_a_profession_that_orders(database: str, manager):
    mine = await a_practice()
    names = {role: role.label for role in StaffRole}
    people = {
        role: await service.add_staff(manager(mine), mine.id, PersonDraft(name=name, role=role))
        for role, name in names.items()
    }
    await service.staff_left(manager(mine), mine.id, people[StaffRole.OPHTHALMOLOGIST].id)
    seen = await service.profile(mine.id)
    assert {person.role for person in seen.prescribers} == {*StaffRole} - {
        StaffRole.OPTICAL_ASSISTANT,
        StaffRole.FRONT_DESK,
        StaffRole.OPHTHALMOLOGIST,
    }
    assert seen.people[-1].role is StaffRole.OPHTHALMOLOGIST  # who has left stands last


async def test_who_has_left_stays_on_record_and_may_return(database: str, manager):
    mine = await a_practice()
    added = await service.add_staff(manager(mine), mine.id, MIRA)
    left = await service.staff_left(manager(mine), mine.id, added.id)
    assert (left.active, left.orders) == (False, False)
    assert await service.staff_left(manager(mine), mine.id, added.id) == left
    back = await service.staff_returned(manager(mine), mine.id, added.id)
    assert (back.active, back.orders) == (True, True)
    assert emitted() == ["StaffAdded", "StaffLeft", "StaffReturned"]


async def test_two_who_change_one_person_do_not_overwrite_each_other(database: str, manager):
    mine = await a_practice()
    added = await service.add_staff(manager(mine), mine.id, MIRA)
    renamed = MIRA.model_copy(update={"name": "Mira Sol-Reyes"})
    changed = await service.edit_staff(manager(mine), mine.id, added.id, renamed, added.version)
    assert changed.name == "Mira Sol-Reyes"
    with pytest.raises(ChangedElsewhere) as refusal:
        await service.edit_staff(manager(mine), mine.id, added.id, MIRA, added.version)
    assert refusal.value.current == changed


async def test_an_account_on_the_roster_is_of_the_practice_and_stands_for_one_person(database: str, manager):
    mine, theirs = await a_practice("1"), await a_practice("2")
    own, foreign = await an_account(mine), await an_account(theirs)
    linked = await service.add_staff(manager(mine), mine.id, MIRA.model_copy(update={"user_id": own}))
    assert linked.user_id == own
    for stranger in (foreign, uuid4()):
        with pytest.raises(Invalid) as refusal:
            await service.add_staff(manager(mine), mine.id, MIRA.model_copy(update={"user_id": stranger}))
        assert "user_id" in refusal.value.fields
    other = await service.add_staff(manager(mine), mine.id, PersonDraft(name="Ann Lee"))
    with pytest.raises(AccountStandsFor, match="Mira Sol"):
        await service.edit_staff(
            manager(mine), mine.id, other.id, PersonDraft(name="Ann Lee", user_id=own), other.version
        )
    kept = await service.edit_staff(
        manager(mine), mine.id, linked.id, MIRA.model_copy(update={"user_id": own, "body": "GMC"}), linked.version
    )
    assert (kept.user_id, kept.body) == (own, "GMC")


async def test_whoever_is_suspended_keeps_their_account_when_the_roster_is_changed(database: str, manager, actor_of):
    mine = await a_practice()
    own, other = await an_account(mine), await an_account(mine, "Sam Ito")
    linked = await service.add_staff(manager(mine), mine.id, MIRA.model_copy(update={"user_id": own}))
    for user_id in (own, other):
        await auth.suspend(actor_of(Role.ADMIN), user_id, "On leave")
    kept = await service.edit_staff(
        manager(mine), mine.id, linked.id, MIRA.model_copy(update={"user_id": own, "body": "GMC"}), linked.version
    )
    assert (kept.user_id, kept.body) == (own, "GMC")
    with pytest.raises(Invalid, match="active account"):
        await service.edit_staff(
            manager(mine), mine.id, linked.id, MIRA.model_copy(update={"user_id": other}), kept.version
        )


async def test_somebody_of_another_practice_is_not_found_through_ones_own(database: str, manager):
    mine, theirs = await a_practice("1"), await a_practice("2")
    person = await service.add_staff(manager(theirs), theirs.id, MIRA)
    for asked in (
        service.edit_staff(manager(mine), mine.id, person.id, MIRA, person.version),
        service.staff_left(manager(mine), mine.id, person.id),
        service.staff_left(manager(mine), theirs.id, person.id),
        service.add_staff(manager(mine), theirs.id, MIRA),
    ):
        with pytest.raises(NotFound):
            await asked
    assert (await service.profile(theirs.id)).people == (person,)


async def test_members_are_the_practice_s_accounts_with_who_manages(database: str, actor_of: ActorOf):
    mine, theirs = await a_practice("1"), await a_practice("2")
    await an_account(mine, "Sam Ito")
    await an_account(mine, "Olive Vance", manager=True)
    await an_account(theirs, "Priya Nair")
    seen = await service.members(actor_of(organisation_id=mine.id), mine.id)
    assert [(member.name, member.manager) for member in seen] == [("Olive Vance", True), ("Sam Ito", False)]
    assert await service.members(actor_of(Role.LAB), mine.id) == seen
    with pytest.raises(NotFound):
        await service.members(actor_of(organisation_id=mine.id), theirs.id)
    supplier = await auth.create_organisation(name="Lumen", kind=auth.OrganisationKind.SUPPLIER)
    with pytest.raises(NotFound):
        await service.members(actor_of(Role.LAB), supplier.id)


async def test_the_api_keeps_the_roster(database: str):
    mine = await a_practice()
    base = f"/api/v1/practices/{mine.id}"
    async with signed_in(api.app, Role.ADMIN) as client:
        added = await client.post(f"{base}/staff", json={"name": "Mira Sol", "role": "optometrist", "body": "GOC"})
        assert (added.status_code, added.json()["role"]) == (201, "optometrist")
        person = added.json()
        body = {"version": person["version"], "name": "Mira Sol", "role": "front_desk"}
        changed = await client.put(f"{base}/staff/{person['id']}", json=body)
        assert (changed.json()["role"], changed.json()["orders"]) == ("front_desk", False)
        assert (await client.put(f"{base}/staff/{person['id']}", json=body)).status_code == 409
        assert (await client.post(f"{base}/staff/{person['id']}/leave")).json()["active"] is False
        assert (await client.post(f"{base}/staff/{person['id']}/return")).json()["active"] is True
        assert (await client.get(f"{base}/members")).json() == []
        odd = await client.post(f"{base}/staff", json={"name": "X", "role": "wizard"})
        assert odd.status_code == 422
