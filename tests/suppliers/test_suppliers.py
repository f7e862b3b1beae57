"""Suppliers as the lab keeps them: added with their organisation, found, changed, and never lost."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from ils_app.auth import service as auth
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.kernel.roles import Role
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.room import room
from tests.support.supplying import a_contact, a_supplier


async def facts(name: str) -> list[dict]:
    async with room.read() as session:
        rows = await session.execute(
            text("SELECT body FROM kernel.event WHERE name = :name ORDER BY id"), {"name": name}
        )
        return [row[0] for row in rows]


async def test_a_supplier_is_added_with_the_organisation_its_people_sign_in_for(theo):
    added = await suppliers.add_supplier(theo, a_supplier())
    organisation = await auth.organisation_name(added.id)
    assert (organisation.name, organisation.kind) == ("Lumen Blanks", auth.OrganisationKind.SUPPLIER)
    assert (added.payment_days, added.lead_time_days, added.tax_rate_percent) == (30, 5, 20)
    assert added.address_lines == ("8 Foundry Way", "Unit 3")
    assert added.website == "https://lumen.example"
    assert await facts("SupplierAdded") == [{"supplier_id": str(added.id), "name": "Lumen Blanks", "active": True}]


async def test_a_supplier_may_stand_for_an_organisation_there_is_and_for_no_practice(theo):
    there = await auth.create_organisation(name="Lumen Ltd", kind=auth.OrganisationKind.SUPPLIER)
    practice = await auth.create_organisation(name="Harbour", kind=auth.OrganisationKind.PRACTICE)
    assert [one.id for one in await suppliers.free_organisations(theo)] == [there.id]
    added = await suppliers.add_supplier(theo, a_supplier(), organisation_id=there.id)
    assert added.id == there.id
    assert await suppliers.free_organisations(theo) == []
    for wrong in (practice.id, uuid4()):
        with pytest.raises(NotFound):
            await suppliers.add_supplier(theo, a_supplier(name="Another"), organisation_id=wrong)


async def test_an_organisation_has_one_supplier_and_a_name_is_used_once_however_it_is_spelt(theo, lumen):
    for draft, organisation_id in ((a_supplier(name="  LUMEN  blanks!"), None), (a_supplier(name="Other"), lumen.id)):
        with pytest.raises(suppliers.SupplierTaken) as refused:
            await suppliers.add_supplier(theo, draft, organisation_id=organisation_id)
        assert "name" in refused.value.fields
    assert (await suppliers.supplier_counts(theo)).active == 1
    organisations = await auth.organisations_of_kind(auth.OrganisationKind.SUPPLIER)
    assert len(organisations) == 1


async def test_of_two_added_under_one_name_at_once_one_stands(theo):
    done = await asyncio.gather(*[suppliers.add_supplier(theo, a_supplier()) for _ in range(4)], return_exceptions=True)
    assert sum(isinstance(one, suppliers.SupplierView) for one in done) == 1
    assert all(isinstance(one, suppliers.SupplierView | suppliers.SupplierTaken) for one in done)
    assert (await suppliers.supplier_counts(theo)).active == 1


async def test_what_cannot_be_taken_is_said_field_by_field_and_nothing_is_made(theo):
    wrong = a_supplier(
        name=" ", email="nowhere", website="not a site", payment_days="-1", lead_time_days="1.5", currency="JPY",
        tax_treatment="free", tax_rate="120", address="\n".join("x" * 9), account_number="1" * 41, phone="1" * 41,
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await suppliers.add_supplier(theo, wrong)
    assert set(refused.value.fields) == {
        "name", "email", "website", "payment_days", "lead_time_days", "currency", "tax_treatment", "tax_rate",
        "address", "account_number", "phone",
    }  # fmt: skip
    assert all(sentence.endswith(".") for sentence in refused.value.fields.values())
    assert await auth.organisations_of_kind(auth.OrganisationKind.SUPPLIER) == []
    with pytest.raises(Invalid, match="supplier"):
        await suppliers.add_supplier(theo, a_supplier(name="!?"))


async def test_a_change_is_told_and_one_made_on_an_older_reading_is_refused(theo, lumen):
    changed = await suppliers.edit_supplier(theo, lumen.id, a_supplier(name="Lumen Optical"), lumen.version)
    assert changed.name == "Lumen Optical"
    assert changed.version == lumen.version + 1
    with pytest.raises(suppliers.ChangedElsewhere, match="Lumen Optical"):
        await suppliers.edit_supplier(theo, lumen.id, a_supplier(), lumen.version)
    told = (await facts("SupplierChanged"))[-1]
    assert told == {"supplier_id": str(lumen.id), "name": "Lumen Optical", "active": True}


async def test_a_supplier_cannot_take_anothers_name(theo, lumen, other):
    with pytest.raises(suppliers.SupplierTaken):
        await suppliers.edit_supplier(theo, other.id, a_supplier(name="lumen blanks"), other.version)


async def test_an_inactive_supplier_is_kept_found_and_made_active_again(theo, lumen, other):
    await suppliers.set_supplier_active(theo, lumen.id, False)
    again = await suppliers.set_supplier_active(theo, lumen.id, False)
    assert again.active is False
    assert [one["active"] for one in await facts("SupplierChanged") if one["supplier_id"] == str(lumen.id)][-1] is False
    counts = await suppliers.supplier_counts(theo)
    assert (counts.active, counts.inactive) == (1, 1)
    assert [row.name for row in (await suppliers.suppliers_page(theo, active=False)).rows] == ["Lumen Blanks"]
    assert [one.name for one in await suppliers.suppliers_to_choose(theo)] == ["Glasswork Zürich"]
    assert (await suppliers.set_supplier_active(theo, lumen.id, True)).active


async def test_suppliers_are_found_by_any_beginning_of_what_is_known_of_them(theo, lumen, other):
    for words, found in (
        ("lum", "Lumen Blanks"), ("zurich", "Glasswork Zürich"), ("ZÜRICH glass", "Glasswork Zürich"),
        ("NL-44", None), ("fenn", None), ("nobody", ""),
    ):  # fmt: skip
        names = [row.name for row in (await suppliers.suppliers_page(theo, text=words)).rows]
        assert names == ({None: ["Glasswork Zürich", "Lumen Blanks"], "": []}.get(found, [found])), words


async def test_a_page_of_suppliers_says_how_many_there_are_in_all(theo, make_supplier):
    for number in range(5):
        await make_supplier(f"Supplier {number}")
    first = await suppliers.suppliers_page(theo, size=2)
    last = await suppliers.suppliers_page(theo, size=2, page=3)
    assert ([row.name for row in first.rows], first.total) == (["Supplier 0", "Supplier 1"], 5)
    assert [row.name for row in last.rows] == ["Supplier 4"]


async def test_orders_are_mailed_to_one_contact_at_a_time(theo, lumen):
    view = await suppliers.add_contact(theo, lumen.id, a_contact(name="Kim Osei", email="kim@lumen.example"))
    assert view.order_desk.name == "Kim Osei"
    assert [one.gets_orders for one in view.contacts] == [True, False]
    jo = next(one for one in view.contacts if one.name == "Jo Fenn")
    view = await suppliers.edit_contact(theo, lumen.id, jo.id, a_contact(phone="0116 1"))
    assert (view.order_desk.name, view.order_desk.phone) == ("Jo Fenn", "0116 1")
    view = await suppliers.remove_contact(theo, lumen.id, jo.id)
    assert view.order_desk is None
    assert [one.name for one in view.contacts] == ["Kim Osei"]


async def test_a_contact_who_gets_orders_needs_an_address(theo, lumen, other):
    with pytest.raises(Invalid) as refused:
        await suppliers.add_contact(theo, lumen.id, a_contact(name="", email=""))
    assert set(refused.value.fields) == {"name", "email"}
    assert (await suppliers.add_contact(theo, lumen.id, a_contact(email="", gets_orders=False))).order_desk
    for supplier_id, contact_id in ((lumen.id, uuid4()), (lumen.id, other.contacts[0].id)):
        with pytest.raises(NotFound):
            await suppliers.edit_contact(theo, supplier_id, contact_id, a_contact())
        with pytest.raises(NotFound):
            await suppliers.remove_contact(theo, supplier_id, contact_id)


async def test_who_of_a_suppliers_people_can_sign_in_is_shown(theo, lumen):
    assert await suppliers.supplier_users(theo, lumen.id) == []
    await auth.create_user(
        email="marco@lumen.example", name="Marco Bell", password="violet-meniscus-42", organisation_id=lumen.id,
        roles=(Role.SUPPLIER,),
    )  # fmt: skip
    assert [one.name for one in await suppliers.supplier_users(theo, lumen.id)] == ["Marco Bell"]
    assert await suppliers.supplier_is_there(lumen.id)
    assert not await suppliers.supplier_is_there(uuid4())


async def test_a_practice_and_a_supplier_see_no_list_of_suppliers(lumen, marco):
    for actor in (marco, Actor(uuid4(), "Olive", Role.ECP, uuid4())):
        with pytest.raises(Forbidden):
            await suppliers.suppliers_page(actor)
        with pytest.raises(Forbidden):
            await suppliers.supplier(actor, lumen.id)


async def test_a_supplier_that_is_not_there_is_not_found(theo):
    for door in (suppliers.supplier, suppliers.supplier_users):
        with pytest.raises(suppliers.NoSuchSupplier):
            await door(theo, uuid4())
