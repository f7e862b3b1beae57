"""Versions of the catalog: kept once each, with who, why and what differs."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from ils_app.catalog import handlers, service
from ils_app.catalog.errors import NoSuchVersion
from ils_app.kernel import database as kernel_database
from ils_app.kernel import live
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden
from ils_app.kernel.roles import Role
from lims_client import LimsUnavailable

Make = Callable[..., Actor]


async def facts() -> list[dict]:
    async with kernel_database.session() as session:
        rows = await session.execute(text("SELECT body FROM kernel.event WHERE name = 'CatalogChanged' ORDER BY id"))
        return list(rows.scalars())


async def test_before_the_lab_has_answered_there_is_no_current_version(lims):
    assert await service.current() is None


async def test_a_refresh_keeps_entries_rules_author_and_note(lims):
    await service.refresh()
    view = await service.current()
    assert view is not None
    assert (view.number, view.rules_version, view.version) == (1, "1", "c1")
    assert (view.author, view.note) == ("engineer-7", "the first set")
    assert view.published_at is not None
    assert view.published_at.isoformat() == "2026-03-02T09:00:00+00:00"
    assert view.entry("ar-std").name == "AR standard"
    assert view.entry("nothing") is None
    assert view.rules == lims.rules
    assert not view.stale


async def test_the_same_catalog_fetched_again_is_one_version_and_one_fact(lims):
    first = await service.refresh()
    second = await service.refresh()
    assert second.number == first.number
    assert second.confirmed_at > first.confirmed_at
    assert await facts() == [{"number": 1, "rules_version": "1", "version": "c1"}]


async def test_a_refresh_asks_the_lab_itself_and_not_a_cache(lims):
    await service.refresh()
    lims.change("2")
    assert (await service.refresh()).rules_version == "2"


async def test_names_are_those_of_the_version_in_force_and_its_document_is_read_once(lims, monkeypatch):
    assert await service.names() == {}
    await service.refresh()
    assert (await service.names())["hc"] == "Hard coat"
    with monkeypatch.context() as patched:
        patched.setattr(service, "current", None)  # not asked again
        assert (await service.names())["hc"] == "Hard coat"
    lims.change("2", hc={"name": "Hard coat II"})
    await service.refresh()
    assert (await service.names())["hc"] == "Hard coat II"


async def test_a_change_is_a_new_version_with_its_difference_and_browsers_are_told(lims, actor: Make):
    await service.refresh()
    heard: list[str] = []

    async def hear(topics):
        heard.extend(topics)

    end = live.subscribe(hear)
    try:
        lims.add_coating("ar-night", "AR Nightdrive")
        lims.change("2", note="night drivers", ar_prem={"available": False}, hc={"leadTime": 48})
        view = await service.refresh()
    finally:
        end()
    assert view.number == 2
    assert view.added == {"ar-night"}
    assert heard == ["catalog"]
    shown = await service.difference(actor(), None, 2)
    assert shown.older == 1
    assert set(shown.sentences) >= {
        "Coating AR Nightdrive is new.",
        "Coating AR premium (hydro+oleophobic) can no longer be ordered.",
        "Coating Hard coat takes 2 days, was 1 day.",
        "AR Nightdrive costs £29.00.",
    }
    assert "Treatment AR Nightdrive is new." not in shown.sentences  # told once
    assert (await service.versions(actor()))[0].note == "night drivers"


async def test_versions_are_listed_newest_first_a_page_at_a_time_and_one_is_current(lims, actor: Make):
    for version in ("1", "2", "3"):
        lims.change(version)
        await service.refresh()
    assert [(one.number, one.current) for one in await service.versions(actor())] == [(3, True), (2, False), (1, False)]
    assert [one.number for one in await service.versions(actor(), before=3, limit=1)] == [2]


async def test_any_two_versions_can_be_compared(lims, actor: Make):
    await service.refresh()
    for version, name in (("2", "Hard coat II"), ("3", "Hard coat III")):
        lims.change(version, hc={"name": name})
        await service.refresh()
    shown = await service.difference(actor(), 1, 3)
    assert (shown.older, shown.newer) == (1, 3)
    assert shown.sentences == ("Coating Hard coat is now called Hard coat III.",)


async def test_the_first_version_differs_from_nothing_and_an_unknown_one_is_not_found(lims, actor: Make):
    await service.refresh()
    shown = await service.difference(actor(), None, 1)
    assert (shown.older, shown.changes) == (None, ())
    with pytest.raises(NoSuchVersion):
        await service.difference(actor(), 1, 9)
    with pytest.raises(NoSuchVersion):
        await service.difference(actor(), None, 9)


async def test_going_back_to_an_earlier_set_is_a_version_of_its_own_with_the_reason_given(lims, actor: Make):
    await service.refresh()
    lims.change("2", hc={"available": False})
    await service.refresh()
    lims.change("1", hc={"available": True})
    view = await service.refresh("1", author="Grace", note="the lab could not coat")
    assert (view.number, view.rules_version, view.author, view.note) == (3, "1", "Grace", "the lab could not coat")
    assert await service.has_had("2")
    assert not await service.has_had("1")


async def test_a_reason_given_after_the_webhook_came_first_is_still_kept(lims):
    await service.refresh()
    lims.change("2")
    await service.refresh("2")
    view = await service.refresh("2", author="Grace", note="why")
    assert (view.number, view.author, view.note) == (2, "Grace", "why")


async def test_refreshes_at_the_same_moment_keep_one_version(lims):
    views = await asyncio.gather(*(service.refresh() for _ in range(6)))
    assert {view.number for view in views} == {1}
    assert len(await facts()) == 1


async def test_an_answer_asked_for_earlier_does_not_undo_a_later_one(lims, monkeypatch):
    from ils_app.catalog import keeping

    await service.refresh()
    early = await keeping.fetch(None)
    lims.change("2")
    await service.refresh()
    async with keeping.room.unit_of_work() as uow:
        row = await keeping.store(uow, early, None)
        assert row.rules_version == "2"
    assert (await service.current()).number == 2


async def test_rules_that_could_not_be_read_are_filled_in_later_without_a_new_version(lims):
    lims.without_rules = True
    assert (await service.refresh()).rules is None
    lims.without_rules = False
    view = await service.refresh()
    assert view.number == 1
    assert view.rules == lims.rules
    assert (view.author, view.note) == ("engineer-7", "the first set")
    lims.without_rules = True
    assert (await service.refresh()).rules == lims.rules


async def test_a_lab_that_does_not_answer_leaves_what_was_known(lims):
    await service.refresh()
    lims.down = True
    with pytest.raises(LimsUnavailable):
        await service.refresh()
    await handlers.look()  # the regular look goes on
    view = await service.current()
    assert view is not None
    assert view.number == 1


async def test_a_version_the_lab_has_not_confirmed_lately_is_stale(lims):
    await service.refresh()
    async with kernel_database.session() as session, session.begin():
        await session.execute(text("UPDATE catalog.version SET confirmed_at = now() - interval '13 minutes'"))
    assert (await service.current()).stale
    await service.refresh()
    assert not (await service.current()).stale


@pytest.mark.parametrize("role", [Role.SUPPLIER])
async def test_a_supplier_sees_no_catalog(lims, actor: Make, role: Role):
    for call in (service.offer, service.versions, service.catalog):
        with pytest.raises(Forbidden):
            await call(actor(role))
    with pytest.raises(Forbidden):
        await service.difference(actor(role), None, 1)


@pytest.mark.parametrize("role", [Role.ECP, Role.LAB, Role.ENGINEER, Role.ADMIN])
async def test_everybody_else_does(lims, actor: Make, role: Role):
    await service.refresh()
    assert (await service.catalog(actor(role))).number == 1
    assert len(await service.versions(actor(role))) == 1
