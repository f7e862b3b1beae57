"""The audit: every act with who and what in words, found by both, a page at a time, and taken along as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from ils_app.admin import service as admin_room
from ils_app.admin.schemas import Area, AuditFilter
from ils_app.auth import service as auth
from ils_app.billing.events import InvoiceIssued
from ils_app.kernel import facts
from ils_app.kernel.actor import Actor, acting_as
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.events import Fact
from ils_app.kernel.roles import Role
from ils_app.kernel.room import Room
from ils_app.orders import service as orders
from ils_app.orders.events import OrderSubmitted
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft


async def acts(admin, **wanted):
    return list((await admin_room.audit(admin, AuditFilter(**wanted), limit=100)).rows)


async def tell(*facts: Fact) -> None:
    async with Room("kernel").unit_of_work() as uow:
        for fact in facts:
            uow.emit(fact)


async def test_an_act_says_who_did_what_to_whom_as_what(admin, ask):
    asked = await ask()
    await auth.reject(admin, asked.user_id, "We do not know this practice")
    newest = (await acts(admin))[0]
    assert newest.what == "The request of Nora Quinn was turned down: We do not know this practice"
    assert (newest.who, newest.role, newest.area) == ("Ada Winter", Role.ADMIN, Area.AUTH)
    assert newest.href == f"/admin/people?person={asked.user_id}"
    assert ("Person", "Nora Quinn") in newest.details
    asking = next(row for row in await acts(admin) if row.name == "PersonSignedUp")
    assert (asking.who, asking.what) == ("Nora Quinn", "Nora Quinn asked for an account as Eye-care professional")
    by_itself = next(row for row in await acts(admin) if row.name == "OrganisationAdded")
    assert (by_itself.who, by_itself.what) == ("ILS", "North Lab was added as a lab")
    assert (await admin_room.act(admin, newest.id)) == newest
    with pytest.raises(NotFound):
        await admin_room.act(admin, 987654321)


async def test_acts_are_found_by_who_by_what_they_are_about_by_area_and_by_day(admin, ask):
    asked, other = await ask(), await ask(organisation="Mill")
    await auth.reject(admin, asked.user_id, "Unknown")
    order_id, practice_id = uuid4(), uuid4()
    await tell(OrderSubmitted(order_id=order_id, practice_id=practice_id))
    assert "ILS" not in {row.who for row in await acts(admin, by_people=True)}
    assert {row.who for row in await acts(admin, by_people=True, area=Area.ORDERS)} == set()
    assert {row.name for row in await acts(admin, who="ada winter")} == {"PersonRejected"}
    assert {row.name for row in await acts(admin, who=asked.email)} == {"PersonSignedUp"}
    assert await acts(admin, who="nobody at all") == []
    about = await acts(admin, about=asked.email)
    assert [row.name for row in about] == ["PersonRejected", "PersonSignedUp"]
    assert [row.name for row in await acts(admin, about=str(order_id))] == ["OrderSubmitted"]
    assert [row.name for row in await acts(admin, about="North Lab")][-1] == "OrganisationAdded"
    assert [row.name for row in await acts(admin, about=other.email, who="Ada")] == []
    assert [row.name for row in await acts(admin, about=asked.email, who="Ada")] == ["PersonRejected"]
    assert {row.area for row in await acts(admin, area=Area.ORDERS)} == {Area.ORDERS}
    assert await acts(admin, area=Area.LAB) == []
    assert [row.name for row in await acts(admin, area=Area.AUTH, about=asked.email, who="Nora")] == ["PersonSignedUp"]
    today = today_in_lab()
    assert len(await acts(admin, since=today, until=today)) == len(await acts(admin))
    assert await acts(admin, until=today - timedelta(days=2)) == []
    assert await acts(admin, since=today + timedelta(days=2)) == []
    with pytest.raises(Invalid):
        await acts(admin, since=today, until=today - timedelta(days=1))


async def test_pages_follow_each_other_without_a_gap_or_a_repeat(admin):
    await tell(*(OrderSubmitted(order_id=uuid4(), practice_id=uuid4()) for _ in range(25)))
    everything = [row.id for row in await acts(admin)]
    for wanted in (AuditFilter(), AuditFilter(area=Area.ORDERS)):
        seen, cursor = [], None
        while True:
            page = await admin_room.audit(admin, wanted, cursor=cursor, limit=7)
            seen += [row.id for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        expected = everything if wanted.area is None else everything[:25]
        assert seen == expected
    for nonsense in ("x", "2026-01-01~1", "~"):
        with pytest.raises(Invalid):
            await admin_room.audit(admin, cursor=nonsense)


async def test_of_a_patient_the_audit_says_only_that_there_is_one(admin):
    practice = uuid4()
    ecp = Actor(uuid4(), "Olive", Role.ECP, practice)
    patient = await patients.add(ecp, PatientDraft.read({"given_name": "Zelda", "family_name": "Quillfeather"}))
    newest = (await acts(admin))[0]
    assert ("Patient", "a patient") in newest.details
    exported = "".join([line async for line in await admin_room.export(admin)])
    for word in ("Zelda", "Quillfeather", str(patient.id), str(patient.id)[:8]):
        assert word not in repr(newest) + exported


OURS = sorted(name for name, kind in Fact.known.items() if kind.__module__.startswith("ils_app."))


@pytest.mark.parametrize("name", OURS)
def test_every_fact_has_words(name):
    kind = Fact.known[name]
    told = kind.sentence or (kind.__doc__ or "").strip().partition("\n")[0]
    assert len(told) > 8
    assert told != (Fact.__doc__ or "").partition("\n")[0]


async def test_ids_that_name_nothing_are_told_as_what_they_are(admin):
    await tell(InvoiceIssued(invoice_id=uuid4(), practice_id=uuid4(), order_id=uuid4()))
    assert (await acts(admin))[0].what == "Invoice without a number was issued for order without a number"


async def test_a_fact_older_than_its_fields_and_one_of_a_room_that_is_gone_are_still_told(admin, rows):
    for name, body in (("PersonApproved", f'{{"user_id": "{admin.user_id}"}}'), ("TeapotBroken", '{"why": "old"}')):
        rows("INSERT INTO kernel.event (name, body, at) VALUES (%s, %s::jsonb, now())", name, body)
    gone, old = (await acts(admin))[:2]
    assert (gone.what, gone.area) == ("TeapotBroken", None)
    assert old.what == "Ada Winter was approved"


async def test_the_file_holds_what_the_list_holds_and_that_it_was_taken_is_recorded(admin, ask):
    asked = await ask()
    await auth.reject(admin, asked.user_id, "=cmd()")
    listed = await acts(admin, about=asked.email)
    lines = [line async for line in await admin_room.export(admin, AuditFilter(about=asked.email))]
    table = list(csv.DictReader(io.StringIO("".join(lines))))
    assert [row["what"] for row in table] == [row.what for row in listed]
    assert [row["number"] for row in table] == [str(row.id) for row in listed]
    newest = (await acts(admin))[0]
    assert (newest.what, newest.who) == ("The audit list was exported, by about", "Ada Winter")
    assert asked.email not in repr(newest)


async def test_a_spreadsheet_is_given_no_formula(admin, ask):
    draft = auth.PersonDraft(
        email="x@north.example", name="=1+1", organisation_id=admin.organisation_id, roles=(Role.ADMIN,)
    )
    odd = (await auth.add_person(admin, draft)).person
    actor = Actor(odd.user_id, odd.name, Role.ADMIN, admin.organisation_id)
    await auth.reject(actor, (await ask()).user_id, 'She said "no", twice')
    lines = [line async for line in await admin_room.export(admin, AuditFilter(who=str(odd.user_id)))]
    (row,) = csv.DictReader(io.StringIO("".join(lines)))
    assert row["who"] == "'=1+1"
    assert row["what"] == 'The request of Nora Quinn was turned down: She said "no", twice'


async def test_the_file_is_whole_however_long_it_is(admin, rows):
    rows(
        "INSERT INTO kernel.event (name, body, at) SELECT 'CatalogChanged', '{}', now() - n * interval '1 second' "
        "FROM generate_series(1, 2345) n"
    )
    lines = [line async for line in await admin_room.export(admin, AuditFilter(area=Area.CATALOG))]
    assert len(lines) == 1 + 2345


async def test_no_page_takes_long_among_a_hundred_thousand_facts(admin, rows):
    """The benchmark with a million is in `bench`; here, that an index answers each question."""
    rows(
        "INSERT INTO kernel.event (name, body, at, actor_id, subjects) SELECT "
        "(ARRAY['OrderSubmitted','OrderMoved','PersonSignedIn','PatientAdded'])[1 + n % 4], '{}', "
        "now() - n * interval '1 minute', md5((n % 500)::text)::uuid, ARRAY[md5((n % 9000)::text)::uuid] "
        "FROM generate_series(1, 100000) n"
    )
    rows("ANALYZE kernel.event")
    someone, something = rows(
        "SELECT actor_id, subjects[1] FROM kernel.event WHERE id = (SELECT max(id) FROM kernel.event)"
    )[0]
    await acts(admin)  # connections and plans
    started = datetime.now(UTC)
    for wanted in ({}, {"who": str(someone)}, {"about": str(something)}, {"area": Area.ORDERS}, {"area": Area.LAB},
                   {"until": today_in_lab() - timedelta(60)}, {"who": str(someone), "area": Area.LAB}):  # fmt: skip
        await admin_room.audit(admin, AuditFilter(**wanted))
    assert (datetime.now(UTC) - started).total_seconds() < 3.5


async def test_a_search_that_means_too_much_is_refused_in_words_and_exported_by_nobody(admin, rows):
    rows(
        "INSERT INTO auth.person (id, email, name, password_hash, status, status_reason, demo, manager, supervisor,"
        " created_at) SELECT gen_random_uuid(), 'p' || n || '@quay.example', 'Quinn ' || n, '', 'pending', '', false,"
        " false, false, now() FROM generate_series(1, 51) n"
    )
    before = rows("SELECT count(*) FROM kernel.event")
    for field in ("who", "about"):
        for read in (admin_room.audit, admin_room.export):
            with pytest.raises(Invalid) as refused:
                await read(admin, AuditFilter(**{field: "quinn"}))
            assert refused.value.fields == {field: "This may mean 51 people, more than 50. Write more of the name."}
    assert rows("SELECT count(*) FROM kernel.event") == before
    assert await acts(admin, who="quinn 51") == []


async def test_an_order_is_found_by_its_whole_number(admin, rows, monkeypatch):
    order_id = uuid4()
    await tell(OrderSubmitted(order_id=order_id, practice_id=uuid4()))

    async def known(actor, code):
        if code != "ORD-2026-000007":
            raise NotFound
        return SimpleNamespace(id=order_id)

    monkeypatch.setattr(orders, "order_of_code", known)
    assert [row.name for row in await acts(admin, about="ORD-2026-000007")] == ["OrderSubmitted"]
    assert await acts(admin, about="ORD-2026-00000") == []


async def test_of_very_many_people_or_kinds_nothing_is_left_out(admin):
    actors = [uuid4() for _ in range(facts.MOST_BRANCHES + 5)]
    for one in actors:
        with acting_as(Actor(one, "Somebody", Role.LAB, uuid4())):
            await tell(OrderSubmitted(order_id=uuid4(), practice_id=uuid4()))
    names = [f"Nothing{number}" for number in range(facts.MOST_BRANCHES)] + ["OrderSubmitted"]
    async with Room("kernel").read() as session:
        for wanted in (facts.Wanted(actors=actors), facts.Wanted(names=names)):
            found = await facts.listed(session, wanted, limit=100)
            assert [row.actor_id for row in found] == actors[::-1]
