"""Letting in who signed up, so that they can work at once; a try that broke off is taken up where it stood."""

import asyncio
from uuid import uuid4

import pytest

from ils_app.admin import service as admin_room
from ils_app.admin.schemas import Admission, NewPlace
from ils_app.auth import service as auth
from ils_app.auth.errors import RoleDoesNotFit
from ils_app.kernel.errors import Conflict, Invalid, NotFound
from ils_app.kernel.roles import Role
from ils_app.practices import service as practices
from ils_app.practices.errors import AccountTaken

PASSWORD = "violet-meniscus-42"


def a_place(**changes) -> NewPlace:
    given = {
        "name": "Quay Opticians", "account_number": "QUAY-7", "site_code": "MAIN", "site_name": "Quay side",
        "address": "1 The Quay\nPlymouth", "postcode": "PL1 1AA", **changes,
    }  # fmt: skip
    return NewPlace(**given)


def as_new(**changes) -> Admission:
    return Admission(role=Role.ECP, manager=True, new=a_place(**changes))


async def test_a_new_practice_can_order_as_soon_as_its_first_person_is_let_in(admin, ask):
    asked = await ask()
    view = await admin_room.admit(admin, asked.user_id, as_new())
    assert (view.status, view.roles, view.manager) == (auth.PersonStatus.ACTIVE, (Role.ECP,), True)
    signed_in = await auth.sign_in(asked.email, PASSWORD, address="192.0.2.1")
    actor = signed_in.person.actor()
    practice = await practices.practice(actor, actor.organisation_id)
    assert (practice.name, practice.account_number) == ("Quay Opticians", "QUAY-7")
    assert practice.default_site.code == "MAIN"
    assert practice.default_site.address_lines == ("1 The Quay", "Plymouth")
    assert await practices.waiting(admin) == []


async def test_a_supplier_needs_no_account_with_the_lab(admin, ask):
    asked = await ask(Role.SUPPLIER, "Lumen Blanks")
    view = await admin_room.admit(admin, asked.user_id, Admission(role=Role.SUPPLIER, new=NewPlace(name="Lumen")))
    assert (view.roles, view.organisation_name) == ((Role.SUPPLIER,), "Lumen")
    assert view.organisation_kind is auth.OrganisationKind.SUPPLIER


async def test_somebody_is_let_in_at_a_practice_there_is(admin, ask):
    first, second = await ask(), await ask()
    at = (await admin_room.admit(admin, first.user_id, as_new())).organisation_id
    view = await admin_room.admit(admin, second.user_id, Admission(role=Role.ECP, organisation_id=at))
    assert (view.organisation_id, view.manager) == (at, False)


async def test_everything_wrong_with_a_new_practice_is_said_at_once_and_nothing_is_kept(admin, ask, rows):
    asked = await ask()
    before = rows("SELECT count(*) FROM kernel.event")
    with pytest.raises(Invalid) as refused:
        await admin_room.admit(
            admin, asked.user_id, as_new(name="", account_number=" ", phone="x", site_code="", country="Great Britain")
        )
    assert {"name", "account_number", "phone", "site_code", "country"} <= set(refused.value.fields)
    for admission, field in (
        (Admission(role=Role.ECP), "organisation_id"),
        (Admission(role=Role.ECP, organisation_id=uuid4()), "organisation_id"),
        (Admission(role=Role.LAB, new=a_place()), "role"),
        (Admission(role=Role.SUPPLIER, new=NewPlace(name=" ")), "name"),
    ):
        with pytest.raises(Invalid) as refused:
            await admin_room.admit(admin, asked.user_id, admission)
        assert field in refused.value.fields
    with pytest.raises(RoleDoesNotFit):
        await admin_room.admit(admin, asked.user_id, Admission(role=Role.ECP, organisation_id=admin.organisation_id))
    with pytest.raises(NotFound):
        await admin_room.admit(admin, uuid4(), as_new())
    assert rows("SELECT count(*) FROM kernel.event") == before
    assert (await auth.person(admin, asked.user_id)).status is auth.PersonStatus.PENDING


async def test_a_taken_account_number_is_said_and_the_next_try_makes_no_second_organisation(admin, ask, rows):
    await admin_room.admit(admin, (await ask()).user_id, as_new())
    asked = await ask()
    with pytest.raises(AccountTaken):
        await admin_room.admit(admin, asked.user_id, as_new(name="Harbour"))
    assert [one.name for one in await practices.waiting(admin)] == ["Harbour"]
    view = await admin_room.admit(admin, asked.user_id, as_new(name="Harbour Eyes", account_number="HARB-2"))
    assert view.organisation_name == "Harbour Eyes"
    assert rows("SELECT count(*) FROM auth.organisation WHERE kind = 'practice'") == [(2,)]
    assert (await practices.profile(view.organisation_id)).account_number == "HARB-2"


async def test_two_administrators_decide_once(admin, ask):
    asked = await ask()
    both = await asyncio.gather(
        *(admin_room.admit(admin, asked.user_id, as_new()) for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(answer, auth.PersonView) for answer in both) == 1
    with pytest.raises(Conflict, match="decided already"):
        await admin_room.admit(admin, asked.user_id, as_new())
