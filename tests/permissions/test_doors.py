"""Every door, tried by every role: those without the row are refused, and nobody reaches what is another's."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden, IlsError, NotFound
from ils_app.kernel.roles import TABLE, Role, Scope
from tests.support.door_calls import DOORS, at, at_nothing
from tests.support.surfaces import Door, doors
from tests.support.world import World

OWN, ALL, ORDERED = Scope.OWN, Scope.ALL, Scope.ORDERED
GUARDED = {door.id: door for door in doors() if door.row in TABLE}
REFUSED = [(name, role) for name, door in GUARDED.items() for role in Role if role not in TABLE[str(door.row)]]
AIMED = [name for name in GUARDED if name in DOORS and DOORS[name].aimed]
ELSEWHERE = [
    (name, role)
    for name in AIMED
    for role in Role
    if TABLE[str(GUARDED[name].row)].get(role) is OWN and GUARDED[name].row not in ("account.own", "notifications.own")
]
NO_LIST = {"patients.page", "patients.search"}  # for who sees only patients of an order
NARROWED = {  # everybody's list narrowed to nobody's is empty
    "orders.orders_page", "orders.counts", "billing.invoices_page", "billing.invoices_for_export", "billing.counts",
    "billing.figures", "billing.credit_notes_page", "suppliers.orders_page", "suppliers.order_counts",
    "suppliers.export_orders", "suppliers.documents_page", "suppliers.document_counts",
}  # fmt: skip
TAKEN_ON_TRUST = {"patients.take_for_order"}  # patients cannot ask practices, their equals; orders asks before
NOT_THERE = [
    (name, role)
    for name in AIMED
    for role, scope in TABLE[str(GUARDED[name].row)].items()
    if (scope, name) not in product((ORDERED,), NO_LIST)
    if (scope, name) not in product((ALL,), NARROWED | TAKEN_ON_TRUST)
]
READS_OWN = [
    "practices.practices", "practices.find_practices", "orders.orders_page", "orders.counts", "orders.find_orders",
    "orders.due_next", "orders.recently_changed", "patients.page", "patients.search", "billing.invoices_page",
    "billing.counts",
    "billing.invoices_for_export", "billing.figures", "billing.credit_notes_page",
]  # fmt: skip


def test_every_door_has_its_calls():
    assert set(DOORS) == set(GUARDED)


async def refusal(door: Door, actor: Actor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> IlsError:
    with pytest.raises(IlsError) as refused:
        await door.function(actor, *args, **kwargs)
    return refused.value


@pytest.fixture
def unchanged(world: World):
    """Fails a test after which any row of any table, or any kept file, is another than before."""
    before, files = world.written(), kept_files()
    yield
    assert world.written() == before
    assert kept_files() == files


def kept_files() -> int:
    from ils_app.kernel import config

    return len(list((Path(config.current().home) / ".ils" / "files").glob("*")))


@pytest.mark.parametrize(("name", "role"), REFUSED)
async def test_a_role_without_the_row_is_forbidden_and_nothing_is_written(world, unchanged, name, role):
    for args, kwargs in DOORS[name].calls(at(world, world.harbour)):
        error = await refusal(GUARDED[name], world.actors[role], args, kwargs)
        assert (type(error), error.status, error.code) == (Forbidden, 403, "forbidden")
        assert error.message == "Your role does not allow this."
        assert error.fields == {}


@pytest.mark.parametrize(("name", "role"), ELSEWHERE)
async def test_what_is_another_practice_s_is_not_found_as_if_it_were_not_there(world, unchanged, name, role):
    actor = world.actors[role]
    assert actor.organisation_id in (world.mill.id, world.own_supply.id)
    foreign, absent = DOORS[name].calls(at(world, world.harbour)), DOORS[name].calls(at_nothing(world))
    for (args, kwargs), (nothing, named) in zip(foreign, absent, strict=True):
        theirs = await refusal(GUARDED[name], actor, args, kwargs)
        none = await refusal(GUARDED[name], actor, nothing, named)
        assert isinstance(theirs, NotFound), theirs
        assert (theirs.status, theirs.code, theirs.fields) == (404, "not_found", {})
        assert (type(theirs), theirs.message) == (type(none), none.message)


@pytest.mark.parametrize(("name", "role"), NOT_THERE)
async def test_what_is_not_there_is_not_found_by_anybody(world, unchanged, name, role):
    for args, kwargs in DOORS[name].calls(at_nothing(world)):
        error = await refusal(GUARDED[name], world.actors[role], args, kwargs)
        assert isinstance(error, NotFound), error
        assert (error.status, error.code) == (404, "not_found")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_a_session_of_somebody_else_is_not_found(world, unchanged, role):
    other = Role.ADMIN if role is Role.SUPPLIER else Role.SUPPLIER
    error = await refusal(GUARDED["auth.end_session"], world.actors[role], (world.session_of[other],), {})
    assert isinstance(error, NotFound)


@pytest.mark.parametrize("role", Role)
async def test_what_somebody_else_was_told_is_not_found(world, unchanged, role):
    error = await refusal(GUARDED["notifications.mark_read"], world.actors[role], (world.notification_id,), {})
    assert isinstance(error, NotFound)
    told = await GUARDED["notifications.notifications"].function(world.actors[role])
    assert world.notification_id not in [row.id for row in told.rows]


@pytest.mark.parametrize("name", READS_OWN)
async def test_a_list_for_a_practice_holds_nothing_of_another(world, name):
    args, kwargs = DOORS[name].calls(at(world, world.mill))[0]
    if name == "patients.search":
        args = ("zyzzyva",)
    answer = repr(await GUARDED[name].function(world.actors[Role.ECP], *args, **kwargs))
    assert not [word for word in (*world.harbour.words, str(world.harbour.id)) if word in answer]


SUPPLIERS_OWN = ("orders_page", "order_counts", "export_orders", "find_purchase_orders", "documents_page")


@pytest.mark.parametrize("name", SUPPLIERS_OWN)
async def test_a_list_for_a_supplier_holds_nothing_of_another(world, name):
    args = ("po",) if name == "find_purchase_orders" else ()
    answer = repr(await GUARDED[f"suppliers.{name}"].function(world.actors[Role.SUPPLIER], *args))
    assert not [word for word in world.supply.words if word in answer]
    assert name == "order_counts" or [word for word in world.own_supply.words if word in answer]


@pytest.mark.parametrize("role", [Role.LAB, Role.ENGINEER])
@pytest.mark.parametrize("name", ["patients.search", "patients.page"])
async def test_who_sees_only_patients_of_an_order_goes_through_no_list(world, unchanged, name, role):
    args, kwargs = DOORS[name].calls(at(world, world.harbour))[0]
    assert type(await refusal(GUARDED[name], world.actors[role], args, kwargs)) is Forbidden


@pytest.mark.parametrize("role", [Role.LAB, Role.ENGINEER])
async def test_who_sees_only_patients_of_an_order_opens_none_by_its_id(world, unchanged, role):
    for name in ("patients.patient", "patients.readers"):
        args, kwargs = DOORS[name].calls(at(world, world.harbour))[0]
        assert isinstance(await refusal(GUARDED[name], world.actors[role], args, kwargs), NotFound)


@pytest.mark.parametrize("role", [Role.LAB, Role.ENGINEER, Role.ADMIN])
async def test_a_practice_s_draft_is_its_own_business(world, unchanged, role):
    for name in ("orders.order", "orders.timeline"):
        error = await refusal(GUARDED[name], world.actors[role], (world.harbour.draft_id,), {})
        assert isinstance(error, NotFound)


@pytest.mark.parametrize("name", ["orders.order", "orders.timeline", "orders.find_orders", "orders.recently_changed",
                                  "orders.due_next", "orders.orders_page", "orders.order_of_code"])  # fmt: skip
async def test_an_administrator_reads_orders_without_patient_and_prescription(world, name):
    args, kwargs = DOORS[name].calls(at(world, world.harbour))[0]
    args = (world.harbour.number,) if name == "orders.find_orders" else args
    answer = await GUARDED[name].function(world.actors[Role.ADMIN], *args, **kwargs)
    assert world.harbour.number in repr(answer) or name == "orders.timeline"
    assert not [
        word for word in (world.harbour.family_name, str(world.harbour.patient_id), "-2.00") if word in repr(answer)
    ]


async def test_an_administrator_finds_no_order_by_its_patient(world):
    assert not await GUARDED["orders.find_orders"].function(world.actors[Role.ADMIN], world.harbour.family_name)
    assert await GUARDED["orders.find_orders"].function(world.actors[Role.LAB], world.harbour.family_name)


@pytest.mark.parametrize("role", [Role.ECP, Role.LAB, Role.ADMIN])
@pytest.mark.parametrize("name", ["engineering.rule_set", "engineering.difference"])
async def test_a_draft_of_the_rules_is_not_found_by_who_may_not_publish(world, unchanged, name, role):
    draft = await refusal(GUARDED[name], world.actors[role], (world.rules_draft,), {})
    none = await refusal(GUARDED[name], world.actors[role], ("9999",), {})
    assert isinstance(draft, NotFound)
    assert draft.message == none.message
    against = await refusal(
        GUARDED["engineering.difference"], world.actors[role], (world.rules_version,), {"against": world.rules_draft}
    )
    assert isinstance(against, NotFound)


@pytest.mark.parametrize("name", [name for name, door in GUARDED.items() if door.row == "practices.write"])
async def test_a_member_who_is_no_manager_changes_nothing_of_the_practice(world, unchanged, name):
    actor = world.actors[Role.ECP]
    member = Actor(actor.user_id, actor.name, actor.role, actor.organisation_id, manager=False)
    args, kwargs = DOORS[name].calls(at(world, world.mill))[0]
    assert type(await refusal(GUARDED[name], member, args, kwargs)) is Forbidden
    args, kwargs = DOORS[name].calls(at(world, world.harbour))[0]
    assert type(await refusal(GUARDED[name], member, args, kwargs)) is NotFound


async def test_the_lab_is_not_shown_a_practice_s_own_draft_that_corrects_an_order(world):
    """The practice has begun a correction; what it is writing there is its own business until it is sent."""
    actor, submit = world.harbour.actor, GUARDED["orders.submit"].function
    again = await GUARDED["orders.duplicate"].function(actor, world.harbour.order_id)
    order = await submit(actor, again.id, world.draft(world.harbour))
    correct = GUARDED["orders.cancel_and_correct"]
    draft = await correct.function(actor, order.id)
    assert (await correct.function(actor, order.id)).id == draft.id
    assert isinstance(await refusal(correct, world.actors[Role.LAB], (order.id,), {}), NotFound)
