"""The door of the practices room, on a real database."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from ils_app.auth import service as auth
from ils_app.kernel import config
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.practices import api, service
from ils_app.practices.errors import AccountTaken, ChangedElsewhere
from ils_app.practices.schemas import PersonDraft, PracticeDraft, ProfileDraft, SiteDraft
from tests.support.signed_in import an_admin, signed_in

ActorOf = Callable[..., Actor]

HIGH_STREET = SiteDraft(code="HS1", name="High Street", address_lines=("12 High Street", "Bath"), postcode="BA1 5AB")
STATION = SiteDraft(code="ST2", name="Station", address_lines=("1 Station Road",), postcode="BA1 1SU", default=True)


def a_practice(account: str = "40021", **more: object) -> PracticeDraft:
    """A practice with two sites and two people."""
    people = (PersonDraft(name="Priya Shah", registration="01-12345"), PersonDraft(name="Ann Lee"))
    given = {"id": uuid4(), "name": "Shah Opticians", "account_number": account, "phone": "01225 446 600"}
    return PracticeDraft.model_validate({**given, "sites": (HIGH_STREET, STATION), "people": people, **more})


def emitted() -> list[str]:
    """The names of the facts recorded so far, in order."""
    with psycopg.connect(config.current().require_libpq_url()) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM kernel.event ORDER BY id")]


async def test_a_registered_practice_is_read_with_its_account_sites_and_people(database: str, actor_of: ActorOf):
    draft = a_practice()
    await service.register(draft)
    seen = await service.practice(actor_of(organisation_id=draft.id), draft.id)
    assert (seen.name, seen.account_number, seen.phone, seen.active) == (
        "Shah Opticians",
        "40021",
        "01225 446 600",
        True,
    )
    assert [site.code for site in seen.sites] == ["ST2", "HS1"]  # the default first
    assert seen.sites[1].address == "12 High Street, Bath, BA1 5AB, GB"
    assert [person.name for person in seen.people] == ["Ann Lee", "Priya Shah"]
    assert emitted() == ["PracticeRegistered"]


async def test_the_first_site_is_the_default_when_none_is_marked(database: str):
    sites = (HIGH_STREET, STATION.model_copy(update={"default": False}))
    seen = await service.register(a_practice(sites=sites))
    assert seen.default_site is not None
    assert seen.default_site.code == "HS1"
    assert seen.site("ST2") is not None
    assert seen.site("nowhere") is None


async def test_a_practice_without_sites_has_no_default(database: str):
    assert (await service.register(a_practice(sites=()))).default_site is None


async def test_registering_a_practice_again_changes_nothing(database: str):
    draft = a_practice()
    first = await service.register(draft)
    assert await service.register(draft.model_copy(update={"name": "Other"})) == first
    assert emitted() == ["PracticeRegistered"]


async def test_an_account_number_stands_for_one_practice(database: str):
    draft = await service.register(a_practice("40021"))
    with pytest.raises(AccountTaken) as refusal:
        await service.register(a_practice("40021"))
    assert "account_number" in refusal.value.fields
    assert refusal.value.__cause__ is None
    assert await service.practice_of_account(" 40021 ") == draft.id
    assert await service.practice_of_account("4002") is None
    assert emitted() == ["PracticeRegistered"]


async def test_a_foreign_practice_looks_like_none_at_all(database: str, actor_of: ActorOf):
    theirs = await service.register(a_practice())
    stranger = actor_of(manager=True)
    with pytest.raises(NotFound):
        await service.practice(stranger, theirs.id)
    with pytest.raises(NotFound):
        await service.edit_profile(stranger, theirs.id, ProfileDraft(), theirs.version)
    with pytest.raises(NotFound):
        await service.practice(actor_of(Role.LAB), uuid4())
    assert await service.practices(stranger) == []


@pytest.mark.parametrize("role", [Role.LAB, Role.ENGINEER, Role.ADMIN])
async def test_the_lab_and_the_admin_see_every_practice_by_name(database: str, actor_of: ActorOf, role: Role):
    await service.register(a_practice("2", name="Young Eyes"))
    await service.register(a_practice("1", name="Abbey Optical"))
    actor = actor_of(role)
    seen = await service.practices(actor)
    assert [practice.name for practice in seen] == ["Abbey Optical", "Young Eyes"]
    assert [len(practice.sites) for practice in seen] == [2, 2]
    assert await service.practice(actor, seen[0].id) == seen[0]


async def test_an_ecp_sees_their_own_practice_only(database: str, actor_of: ActorOf):
    mine = await service.register(a_practice("1"))
    await service.register(a_practice("2"))
    assert await service.practices(actor_of(organisation_id=mine.id)) == [mine]


async def test_a_supplier_sees_no_practice(database: str, actor_of: ActorOf):
    mine = await service.register(a_practice())
    supplier = actor_of(Role.SUPPLIER, mine.id)
    for asked in (service.practices(supplier), service.practice(supplier, mine.id)):
        with pytest.raises(Forbidden):
            await asked


async def test_the_manager_changes_contacts_and_the_note_for_the_lab(database: str, actor_of: ActorOf):
    mine = await service.register(a_practice())
    manager = actor_of(organisation_id=mine.id, manager=True)
    entered = {
        "phone": " 020  7946 0000",
        "email": "desk@shah.example",
        "website": "shah.example",
        "note": "Ring twice.",
    }
    changed = await service.edit_profile(manager, mine.id, ProfileDraft.read(entered), mine.version)
    assert (changed.phone, changed.email, changed.website, changed.note, changed.version) == (
        "020 7946 0000",
        "desk@shah.example",
        "https://shah.example",
        "Ring twice.",
        mine.version + 1,
    )
    assert await service.practice(actor_of(Role.LAB), mine.id) == changed
    assert emitted() == ["PracticeRegistered", "PracticeChanged"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("phone", "call me"),
        ("email", "desk@shah"),
        ("website", "not a site"),
        ("website", "javascript:alert(1)"),
        ("note", "x" * 2001),
    ],
)
def test_contacts_that_cannot_be_are_refused_with_a_sentence_at_the_field(name: str, typed: str):
    with pytest.raises(Invalid) as refusal:
        ProfileDraft.read({name: typed})
    assert set(refusal.value.fields) == {name}
    assert refusal.value.fields[name].endswith(".")


async def test_a_profile_saved_elsewhere_is_not_overwritten(database: str, actor_of: ActorOf):
    mine = await service.register(a_practice())
    admin = actor_of(Role.ADMIN)
    await service.edit_profile(admin, mine.id, ProfileDraft(phone="020 7946 0000"), mine.version)
    with pytest.raises(ChangedElsewhere) as refusal:
        await service.edit_profile(admin, mine.id, ProfileDraft(), mine.version)
    assert refusal.value.current == await service.profile(mine.id)
    assert (await service.profile(mine.id)).phone == "020 7946 0000"
    with pytest.raises(NotFound):
        await service.edit_profile(admin, uuid4(), ProfileDraft(), 1)


async def test_the_admin_gives_another_account_number_and_nobody_else_can(database: str, actor_of: ActorOf):
    mine, _ = await service.register(a_practice("1")), await service.register(a_practice("2"))
    admin = actor_of(Role.ADMIN)
    changed = await service.change_account(admin, mine.id, " 40 9 ", mine.version)
    assert (changed.account_number, changed.version) == ("40 9", mine.version + 1)
    assert await service.change_account(admin, mine.id, "40 9", changed.version) == changed
    with pytest.raises(AccountTaken):
        await service.change_account(admin, mine.id, "2", changed.version)
    with pytest.raises(Invalid):
        await service.change_account(admin, mine.id, " ", changed.version)
    with pytest.raises(ChangedElsewhere):
        await service.change_account(admin, mine.id, "3", mine.version)
    with pytest.raises(Forbidden):
        await service.change_account(actor_of(organisation_id=mine.id, manager=True), mine.id, "3", changed.version)
    assert await service.profile(mine.id) == changed
    assert emitted()[2:] == ["AccountNumberChanged"]


async def test_a_practice_follows_its_organisation_when_that_is_closed_or_renamed(
    database: str, actor_of: ActorOf, work_off: Callable[[], Awaitable[None]]
):
    await an_admin()
    added = await auth.create_organisation(name="Shah", kind=auth.OrganisationKind.PRACTICE)
    mine = await service.register(a_practice(id=added.id))
    for active in (False, True):
        await auth.set_access(actor_of(Role.ADMIN), mine.id, active)
        await work_off()
        seen = await service.profile(mine.id)
        assert (seen.active, seen.name) == (active, "Shah")
    await auth.rename_organisation(actor_of(Role.ADMIN), mine.id, "Shah and Daughters")
    await work_off()
    seen = await service.profile(mine.id)
    assert (seen.name, seen.version) == ("Shah and Daughters", mine.version + 3)
    await service.follow(mine.id, name="Shah and Daughters", active=True)
    assert await service.profile(mine.id) == seen


async def test_an_organisation_that_is_no_open_practice_leaves_nothing_to_follow(database: str):
    await service.follow(uuid4(), name="Nobody", active=False)
    assert emitted() == []


@pytest.mark.parametrize("role", [Role.ECP, Role.LAB, Role.ENGINEER, Role.SUPPLIER])
async def test_who_is_neither_manager_nor_admin_changes_no_profile(database: str, actor_of: ActorOf, role: Role):
    mine = await service.register(a_practice())
    with pytest.raises(Forbidden):
        await service.edit_profile(actor_of(role, mine.id), mine.id, ProfileDraft(), mine.version)
    assert await service.profile(mine.id) == mine


async def test_the_api_answers_with_the_practices_one_may_see(database: str):
    mine, theirs = await service.register(a_practice("1")), await service.register(a_practice("2"))
    async with signed_in(api.app, Role.ECP, mine.id) as client:
        listed = await client.get("/api/v1/practices")
        own = await client.get(f"/api/v1/practices/{mine.id}")
        foreign = await client.get(f"/api/v1/practices/{theirs.id}")
    assert listed.status_code == 200
    assert [UUID(practice["id"]) for practice in listed.json()] == [mine.id]
    assert own.json()["account_number"] == "1"
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")


async def test_the_api_answers_nobody_with_401(database: str):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://ils") as client:
        assert (await client.get("/api/v1/practices")).status_code == 401
