"""The suppliers a practice prefers, in order, by names the suppliers room tells."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import psycopg
import pytest

from ils_app.kernel import config
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.practices import api, service
from ils_app.practices.errors import ChangedElsewhere
from ils_app.practices.room import room
from ils_app.practices.schemas import KnownSupplier, PracticeDraft, PracticeView
from ils_app.suppliers.events import SupplierAdded, SupplierChanged
from tests.support.signed_in import signed_in

ActorOf = Callable[..., Actor]


async def a_practice(account: str = "40021") -> PracticeView:
    return await service.register(PracticeDraft(id=uuid4(), name="Shah", account_number=account))


async def a_supplier(name: str, *, active: bool = True, supplier_id: UUID | None = None) -> UUID:
    told = KnownSupplier(id=supplier_id or uuid4(), name=name, active=active)
    await service.know_supplier(told)
    return told.id


def chosen() -> int:
    with psycopg.connect(config.current().require_libpq_url()) as connection:
        found = connection.execute("SELECT count(*) FROM kernel.event WHERE name = 'PreferredSuppliersChosen'")
        return int(found.fetchone()[0])  # type: ignore[index]


@pytest.fixture
def manager(actor_of: ActorOf) -> Callable[[PracticeView], Actor]:
    return lambda practice: actor_of(organisation_id=practice.id, manager=True)


async def test_a_practice_chooses_among_active_suppliers_by_name(database: str, actor_of: ActorOf):
    lumen, apex = await a_supplier("Lumen"), await a_supplier("Apex")
    await a_supplier("Gone", active=False)
    seen = await service.known_suppliers(actor_of())
    assert [(one.id, one.name) for one in seen] == [(apex, "Apex"), (lumen, "Lumen")]


async def test_preferred_suppliers_keep_their_order_and_the_lab_sees_them(database: str, actor_of: ActorOf, manager):
    mine, lumen, apex = await a_practice(), await a_supplier("Lumen"), await a_supplier("Apex")
    first = await service.prefer_suppliers(manager(mine), mine.id, [lumen, apex, lumen], mine.suppliers_version)
    assert [one.name for one in first.suppliers] == ["Lumen", "Apex"]
    again = await service.prefer_suppliers(manager(mine), mine.id, [lumen, apex], first.suppliers_version)
    assert (again, chosen()) == (first, 1)
    turned = await service.prefer_suppliers(manager(mine), mine.id, [apex, lumen], first.suppliers_version)
    seen = await service.practice(actor_of(Role.LAB), mine.id)
    assert [one.name for one in seen.suppliers] == ["Apex", "Lumen"]
    with pytest.raises(ChangedElsewhere) as refusal:
        await service.prefer_suppliers(manager(mine), mine.id, [], first.suppliers_version)
    assert refusal.value.current == turned
    none = await service.prefer_suppliers(manager(mine), mine.id, [], turned.suppliers_version)
    assert (none.suppliers, chosen()) == ((), 3)


async def test_who_is_no_supplier_cannot_be_preferred(database: str, manager):
    mine, lumen = await a_practice(), await a_supplier("Lumen")
    for wanted in ([lumen, uuid4()], [uuid4() for _ in range(30)]):
        with pytest.raises(Invalid) as refusal:
            await service.prefer_suppliers(manager(mine), mine.id, wanted, mine.suppliers_version)
        assert "supplier_ids" in refusal.value.fields
    assert await service.profile(mine.id) == mine


async def test_a_preferred_supplier_is_called_as_the_lab_calls_it_now(database: str, manager):
    mine, lumen = await a_practice(), await a_supplier("Lumen")
    await service.prefer_suppliers(manager(mine), mine.id, [lumen], mine.suppliers_version)
    await a_supplier("Lumen Blanks", active=False, supplier_id=lumen)
    assert [(one.name, one.active) for one in (await service.profile(mine.id)).suppliers] == [("Lumen Blanks", False)]


async def test_suppliers_are_known_from_what_the_suppliers_room_tells_in_whatever_order(
    database: str, actor_of: ActorOf, work_off: Callable[[], Awaitable[None]]
):
    lab, supplier = actor_of(Role.LAB), uuid4()
    added = SupplierAdded(supplier_id=supplier, name="Lumen")
    changed = SupplierChanged(supplier_id=supplier, name="Lumen Blanks", active=True)
    for fact in (added, changed, added):
        async with room.unit_of_work() as uow:
            uow.emit(fact)
        await work_off()
    assert [one.name for one in await service.known_suppliers(lab)] == ["Lumen Blanks"]
    async with room.unit_of_work() as uow:
        uow.emit(SupplierChanged(supplier_id=supplier, name="Lumen Blanks", active=False))
    await work_off()
    assert await service.known_suppliers(lab) == []


async def test_a_foreign_practice_s_suppliers_are_not_found(database: str, manager):
    mine, theirs, lumen = await a_practice("1"), await a_practice("2"), await a_supplier("Lumen")
    with pytest.raises(NotFound):
        await service.prefer_suppliers(manager(mine), theirs.id, [lumen], theirs.suppliers_version)


async def test_the_api_keeps_preferred_suppliers(database: str):
    mine, lumen = await a_practice(), await a_supplier("Lumen")
    async with signed_in(api.app, Role.ADMIN) as client:
        known = await client.get("/api/v1/practices/suppliers")
        assert [one["id"] for one in known.json()] == [str(lumen)]
        body = {"version": mine.suppliers_version, "supplier_ids": [str(lumen)]}
        answer = await client.put(f"/api/v1/practices/{mine.id}/suppliers", json=body)
        assert [one["name"] for one in answer.json()["suppliers"]] == ["Lumen"]
        stale = await client.put(f"/api/v1/practices/{mine.id}/suppliers", json=body)
        assert (stale.status_code, stale.json()["code"]) == (409, "changed_elsewhere")


async def test_the_api_changes_only_what_is_named_of_a_profile(database: str):
    mine = await a_practice()
    async with signed_in(api.app, Role.ADMIN) as client:
        first = await client.patch(f"/api/v1/practices/{mine.id}", json={"version": 1, "email": "desk@shah.example"})
        second = await client.patch(f"/api/v1/practices/{mine.id}", json={"version": 2, "note": "Ring twice."})
        third = await client.put(f"/api/v1/practices/{mine.id}/account", json={"version": 3, "account_number": "50000"})
    assert first.status_code == 200
    assert (second.json()["email"], second.json()["note"]) == ("desk@shah.example", "Ring twice.")
    assert (third.json()["account_number"], third.json()["version"]) == ("50000", 4)
