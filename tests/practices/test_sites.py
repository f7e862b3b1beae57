"""Where lenses are sent: sites are added, changed and closed, and an order keeps the one it names."""

from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest

from ils_app.kernel import config
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.practices import api, service
from ils_app.practices.errors import ChangedElsewhere, CodeTaken, DefaultStays, SiteIsClosed
from ils_app.practices.schemas import PracticeDraft, PracticeView, SiteChange, SiteDraft
from tests.support.signed_in import signed_in

ActorOf = Callable[..., Actor]
MAIN, HILL = SiteDraft(code="MAIN", name="Main Street"), SiteDraft(code="HILL", name="Hill Street")


async def a_practice(account: str = "40021", sites: tuple[SiteDraft, ...] = (MAIN, HILL)) -> PracticeView:
    return await service.register(PracticeDraft(id=uuid4(), name="Shah", account_number=account, sites=sites))


def the(practice: PracticeView, code: str) -> UUID:
    site = practice.site(code)
    assert site is not None
    return site.id


def emitted() -> list[str]:
    with psycopg.connect(config.current().require_libpq_url()) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM kernel.event ORDER BY id")][1:]


@pytest.fixture
def manager(actor_of: ActorOf) -> Callable[[PracticeView], Actor]:
    return lambda practice: actor_of(organisation_id=practice.id, manager=True)


async def test_the_first_site_of_a_practice_is_its_default(database: str, manager):
    mine = await a_practice(sites=())
    first = await service.add_site(manager(mine), mine.id, MAIN)
    second = await service.add_site(manager(mine), mine.id, HILL)
    assert [site.code for site in first.sites if site.default] == ["MAIN"]
    assert [site.code for site in second.sites if site.default] == ["MAIN"]
    third = await service.add_site(manager(mine), mine.id, SiteDraft(code="QUAY", name="Quay", default=True))
    assert [site.code for site in third.sites if site.default] == ["QUAY"]
    assert emitted() == ["SiteAdded", "DefaultSiteChosen", "SiteAdded", "SiteAdded", "DefaultSiteChosen"]


async def test_a_code_stands_for_one_site_even_when_that_is_closed(database: str, manager):
    mine = await a_practice()
    await service.close_site(manager(mine), mine.id, the(mine, "HILL"))
    with pytest.raises(CodeTaken) as refusal:
        await service.add_site(manager(mine), mine.id, SiteDraft(code="hill", name="Another"))
    assert "code" in refusal.value.fields


async def test_a_site_is_called_and_addressed_otherwise_but_keeps_its_code(database: str, manager):
    mine = await a_practice()
    site = mine.sites[0]
    change = SiteChange(name="Market", address_lines=("1 Market",), postcode="PL1 1AA", country="ie")
    changed = await service.edit_site(manager(mine), mine.id, site.id, change, site.version)
    assert (changed.sites[0].name, changed.sites[0].code) == ("Market", "MAIN")
    assert changed.sites[0].address == "1 Market, PL1 1AA, IE"
    with pytest.raises(ChangedElsewhere) as refusal:
        await service.edit_site(manager(mine), mine.id, site.id, change, site.version)
    assert refusal.value.current == changed.sites[0]
    assert emitted() == ["SiteChanged"]


async def test_a_closed_site_stays_readable_and_is_no_choice(database: str, manager):
    mine = await a_practice()
    hill = the(mine, "HILL")
    closed = await service.close_site(manager(mine), mine.id, hill)
    assert await service.close_site(manager(mine), mine.id, hill) == closed
    assert [site.code for site in closed.open_sites] == ["MAIN"]
    kept = closed.site("HILL")
    assert kept is not None
    assert not kept.open
    with pytest.raises(SiteIsClosed):
        await service.choose_default_site(manager(mine), mine.id, hill)
    opened = await service.reopen_site(manager(mine), mine.id, hill)
    assert await service.reopen_site(manager(mine), mine.id, hill) == opened
    assert [site.code for site in opened.open_sites] == ["MAIN", "HILL"]
    assert emitted() == ["SiteClosed", "SiteReopened"]


async def test_the_default_site_is_not_closed_before_another_is_chosen(database: str, manager):
    mine = await a_practice()
    main, hill = the(mine, "MAIN"), the(mine, "HILL")
    with pytest.raises(DefaultStays):
        await service.close_site(manager(mine), mine.id, main)
    chosen = await service.choose_default_site(manager(mine), mine.id, hill)
    assert await service.choose_default_site(manager(mine), mine.id, hill) == chosen
    assert [site.code for site in chosen.sites if site.default] == ["HILL"]
    assert [site.code for site in (await service.close_site(manager(mine), mine.id, main)).open_sites] == ["HILL"]
    assert emitted() == ["DefaultSiteChosen", "SiteClosed"]


async def test_a_site_of_another_practice_is_not_found_through_ones_own(database: str, manager):
    mine, theirs = await a_practice("1"), await a_practice("2")
    site = the(theirs, "HILL")
    change = SiteChange(name="Mine now")
    for asked in (
        service.edit_site(manager(mine), mine.id, site, change, 1),
        service.close_site(manager(mine), mine.id, site),
        service.reopen_site(manager(mine), mine.id, site),
        service.choose_default_site(manager(mine), mine.id, site),
        service.close_site(manager(mine), theirs.id, site),
    ):
        with pytest.raises(NotFound):
            await asked
    assert await service.profile(theirs.id) == theirs


def test_a_site_that_cannot_be_is_refused_at_its_fields():
    with pytest.raises(Invalid) as refusal:
        SiteDraft.read({"code": " ", "country": "Great Britain", "postcode": "x" * 41})
    assert set(refusal.value.fields) == {"code", "name", "country", "postcode"}


async def test_the_api_keeps_the_sites_of_a_practice(database: str):
    mine = await a_practice()
    base = f"/api/v1/practices/{mine.id}"
    async with signed_in(api.app, Role.ADMIN) as client:
        added = await client.post(f"{base}/sites", json={"code": "QUAY", "name": "Quay"})
        assert added.status_code == 201
        site = next(one for one in added.json()["sites"] if one["code"] == "QUAY")
        body = {"version": site["version"], "name": "Quayside"}
        changed = await client.put(f"{base}/sites/{site['id']}", json=body)
        assert (changed.status_code, changed.json()["sites"][-1]["name"]) == (200, "Quayside")
        assert (await client.put(f"{base}/sites/{site['id']}", json=body)).status_code == 409
        assert (await client.post(f"{base}/sites/{site['id']}/close")).json()["sites"][-1]["open"] is False
        assert (await client.post(f"{base}/sites/{site['id']}/reopen")).status_code == 200
        chosen = await client.put(f"{base}/default-site", json={"site_id": site["id"]})
        assert [one["code"] for one in chosen.json()["sites"] if one["default"]] == ["QUAY"]
