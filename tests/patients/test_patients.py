"""Patients added once, changed by one hand at a time, read on record; through the door, on a real database."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from pydantic import ValidationError

from ils_app.kernel import clock, config
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.patients import service
from ils_app.patients.errors import ChangedElsewhere, LooksLike
from ils_app.patients.models import ReadFor
from ils_app.patients.schemas import PatientDraft, PatientView

ActorOf = Callable[..., Actor]
Draft = Callable[..., PatientDraft]
Rows = Callable[[str], list[tuple[Any, ...]]]

FACTS = "SELECT name FROM kernel.event ORDER BY id"


@pytest.fixture
def ecp(database: str, actor_of: ActorOf) -> Actor:
    """Someone at a practice."""
    return actor_of()


async def test_a_new_patient_has_a_number_and_is_told_by_id_only(
    ecp: Actor, draft: Draft, rows: Rows, published: list[str]
):
    added = await service.add(ecp, draft(" Eleanor ", "Marsh", "14/03/1961", " PMS-778 "))
    assert (added.number, added.version, added.practice_id) == ("CUST-001001", 1, ecp.organisation_id)
    assert (added.given_name, added.family_name, added.reference) == ("Eleanor", "Marsh", "PMS-778")
    assert (added.date_of_birth, added.name, added.born) == (date(1961, 3, 14), "Marsh, Eleanor", "14 Mar 1961")
    assert rows("SELECT name, body FROM kernel.event") == [
        ("PatientAdded", {"patient_id": str(added.id), "practice_id": str(ecp.organisation_id)})
    ]
    assert published == [f"patients:practice:{ecp.organisation_id}"]
    assert (await service.add(ecp, draft("Tom", "Whitfield"))).number == "CUST-001002"


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"given_name", "family_name"}),
        ({"given_name": "  ", "family_name": "Marsh"}, {"given_name"}),
        ({"given_name": "E", "family_name": "-"}, {"family_name"}),
        ({"given_name": "E", "family_name": "7"}, {"family_name"}),
        ({"given_name": "E\x00", "family_name": "M\ud800"}, {"given_name", "family_name"}),
        ({"given_name": "E" * 81, "family_name": "Marsh"}, {"given_name"}),
        ({"given_name": "E", "family_name": "Marsh", "date_of_birth": "soon"}, {"date_of_birth"}),
        ({"given_name": "E", "family_name": "Marsh", "date_of_birth": "31/02/1961"}, {"date_of_birth"}),
        ({"given_name": "E", "family_name": "Marsh", "date_of_birth": "01/01/1899"}, {"date_of_birth"}),
        ({"given_name": "E", "family_name": "Marsh", "date_of_birth": "01/01/2999"}, {"date_of_birth"}),
        ({"given_name": "E", "family_name": "Marsh", "reference": "x" * 41}, {"reference"}),
        ({"given_name": "E", "family_name": "Marsh", "reference": "a\x07"}, {"reference"}),
    ],
)
def test_what_is_no_patient_is_refused_field_by_field_in_words(form: dict[str, str], fields: set[str]):
    with pytest.raises(Invalid) as refusal:
        PatientDraft.read(form)
    assert set(refusal.value.fields) == fields
    assert all(sentence.endswith(".") for sentence in refusal.value.fields.values())


def test_a_name_never_shows_in_an_error_or_a_printed_value():
    planted = "Zebedee"
    with pytest.raises(ValidationError) as refusal:
        PatientDraft(given_name=planted, family_name=planted * 20)
    assert planted not in str(refusal.value)
    view = PatientView.model_construct(given_name=planted, family_name=planted, reference=planted, date_of_birth=None)
    assert planted not in repr(PatientDraft(given_name=planted, family_name=planted, reference=planted)) + repr(view)
    assert planted not in str(LooksLike([view])) + str(ChangedElsewhere(view))


async def test_a_patient_who_looks_like_one_the_practice_has_is_offered_and_not_added(
    ecp: Actor, draft: Draft, rows: Rows
):
    had = await service.add(ecp, draft("Eleanor", "Marsh", "14/03/1961"))
    for entered in (
        draft("eleanor", "MARSH"),
        draft("Elenor", "Marsh"),
        draft("Marsh", "Eleanor"),
        draft("Eleanor", "Mrash"),
        draft("E.", "Marsh"),
        draft("Ellie", "Marsh", "14/03/1961"),
        draft("Eleanor", "Whitfield", "14/03/1961"),
    ):
        with pytest.raises(LooksLike) as offer:
            await service.add(ecp, entered)
        assert offer.value.candidates == (had,)
    assert rows(FACTS) == [("PatientAdded",)]


async def test_the_likeliest_is_offered_first_and_five_at_most(ecp: Actor, draft: Draft):
    for n in range(6):
        await service.add(ecp, draft("Eleanor", "Marsh", f"{n + 1}/03/1961"), even_if_alike=True)
    with pytest.raises(LooksLike) as offer:
        await service.add(ecp, draft("Eleanor", "Marsh", "06/03/1961"))
    assert len(offer.value.candidates) == 5
    assert offer.value.candidates[0].date_of_birth == date(1961, 3, 6)


async def test_a_person_s_word_that_it_is_someone_else_adds_the_patient(ecp: Actor, draft: Draft):
    one = await service.add(ecp, draft("Eleanor", "Marsh"))
    other = await service.add(ecp, draft("Eleanor", "Marsh"), even_if_alike=True)
    assert one.id != other.id
    assert one.number != other.number


async def test_another_practice_s_patients_are_not_offered(ecp: Actor, actor_of: ActorOf, draft: Draft):
    await service.add(actor_of(), draft("Eleanor", "Marsh", "14/03/1961"))
    added = await service.add(ecp, draft("Eleanor", "Marsh", "14/03/1961"))
    assert added.practice_id == ecp.organisation_id


async def test_two_clicks_at_once_add_one_patient(ecp: Actor, draft: Draft, rows: Rows):
    clicks = [service.add(ecp, draft("Eleanor", "Marsh")) for _ in range(4)]
    done = await asyncio.gather(*clicks, return_exceptions=True)
    assert [type(outcome) for outcome in done].count(LooksLike) == 3
    assert rows("SELECT count(*) FROM patients.patient") == [(1,)]


async def test_a_change_is_saved_found_and_told(ecp: Actor, draft: Draft, rows: Rows, published: list[str]):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    published.clear()
    changed = await service.edit(ecp, patient.id, draft("Eleanor", "Whitfield", "14/03/1961", "R7"), patient.version)
    assert (changed.family_name, changed.version, changed.number) == ("Whitfield", 2, patient.number)
    assert await service.search(ecp, "whitf r7 14/03/1961") == [changed]
    assert await service.search(ecp, "marsh") == []
    assert await service.profile(patient.id) == changed
    assert rows(FACTS) == [("PatientAdded",), ("PatientChanged",)]
    assert published == [f"patients:practice:{ecp.organisation_id}"]


async def test_two_tabs_on_one_patient_never_overwrite_each_other(ecp: Actor, draft: Draft):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    theirs = await service.edit(ecp, patient.id, draft("Ellen", "Marsh"), patient.version)
    with pytest.raises(ChangedElsewhere) as refusal:
        await service.edit(ecp, patient.id, draft("Helen", "Marsh"), patient.version)
    assert refusal.value.current == theirs
    kept = await service.edit(ecp, patient.id, draft("Helen", "Marsh"), refusal.value.current.version)
    assert (kept.given_name, kept.version) == ("Helen", 3)


async def test_two_saves_at_once_leave_one_that_must_look_again(ecp: Actor, draft: Draft):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    saves = [service.edit(ecp, patient.id, draft(name, "Marsh"), 1) for name in ("Ellen", "Helen")]
    done = await asyncio.gather(*saves, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in done) == ["ChangedElsewhere", "PatientView"]


async def test_saving_what_is_already_so_changes_nothing(ecp: Actor, draft: Draft, rows: Rows):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    await service.edit(ecp, patient.id, draft("Ellen", "Marsh"), 1)
    again = await service.edit(ecp, patient.id, draft("Ellen", "Marsh"), 1)  # a retry of the same save
    assert again.version == 2
    assert rows(FACTS) == [("PatientAdded",), ("PatientChanged",)]


async def test_who_read_a_patient_is_recorded_with_role_and_reason(ecp: Actor, actor_of: ActorOf, draft: Draft):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    lab = actor_of(Role.LAB)
    assert await service.patient(ecp, patient.id) == patient
    assert await service.for_order(lab, patient.id, patient.practice_id) == patient
    reads = await service.readers(ecp, patient.id)
    assert [(read.user_id, read.role, read.why) for read in reads] == [
        (lab.user_id, Role.LAB, ReadFor.ORDER),
        (ecp.user_id, Role.ECP, ReadFor.OPENED),
    ]
    assert reads[0].at > reads[1].at


async def test_a_page_that_refreshes_itself_is_one_read(ecp: Actor, draft: Draft, monkeypatch: pytest.MonkeyPatch):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    for _ in range(3):
        await service.patient(ecp, patient.id)
    assert len(await service.readers(ecp, patient.id)) == 1
    later = clock.now() + service.READ_AGAIN_AFTER + timedelta(seconds=1)
    monkeypatch.setattr(service, "now", lambda: later)
    await service.patient(ecp, patient.id)
    latest, first = await service.readers(ecp, patient.id)
    assert latest.at == later > first.at


@pytest.mark.parametrize(
    "verb", ["UPDATE patients.patient_read SET why = 'order'", "DELETE FROM patients.patient_read"]
)
async def test_the_record_of_reads_is_append_only(ecp: Actor, draft: Draft, verb: str):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    await service.patient(ecp, patient.id)
    with (
        psycopg.connect(config.current().require_libpq_url()) as connection,
        pytest.raises(psycopg.errors.RaiseException),
    ):
        connection.execute(verb)


async def test_a_refused_read_is_not_recorded(ecp: Actor, actor_of: ActorOf, draft: Draft):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    with pytest.raises(NotFound):
        await service.patient(actor_of(), patient.id)
    assert await service.readers(ecp, patient.id) == []


async def test_a_foreign_patient_looks_like_none_at_every_door(ecp: Actor, actor_of: ActorOf, draft: Draft):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    stranger = actor_of()
    for asked in (
        service.patient(stranger, patient.id),
        service.readers(stranger, patient.id),
        service.edit(stranger, patient.id, draft("Ellen", "Marsh"), 1),
        service.for_order(stranger, patient.id, patient.practice_id),
        service.for_order(stranger, patient.id, stranger.organisation_id),
        service.take_for_order(stranger, patient.practice_id, draft("Eleanor", "Marsh")),
        service.for_order(actor_of(Role.LAB), patient.id, uuid4()),
        service.patient(ecp, uuid4()),
        service.edit(ecp, uuid4(), draft("Ellen", "Marsh"), 1),
        service.profile(uuid4()),
        service.of_practice(patient.id, stranger.organisation_id),
    ):
        with pytest.raises(NotFound):
            await asked
    assert await service.profile(patient.id) == patient
    assert await service.of_practice(patient.id, patient.practice_id) == patient
    assert await service.readers(ecp, patient.id) == []


@pytest.mark.parametrize("role", [Role.LAB, Role.ENGINEER])
async def test_the_lab_sees_a_patient_only_on_an_order(ecp: Actor, actor_of: ActorOf, draft: Draft, role: Role):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    actor = actor_of(role, ecp.organisation_id)
    for asked in (service.patient, service.readers):
        with pytest.raises(NotFound):
            await asked(actor, patient.id)
    assert await service.for_order(actor, patient.id, patient.practice_id) == patient


@pytest.mark.parametrize("role", [Role.SUPPLIER, Role.ADMIN])
async def test_supplier_and_admin_see_no_patient_at_all(ecp: Actor, actor_of: ActorOf, draft: Draft, role: Role):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    actor = actor_of(role, ecp.organisation_id)
    for asked in (
        service.patient(actor, patient.id),
        service.readers(actor, patient.id),
        service.for_order(actor, patient.id, patient.practice_id),
        service.take_for_order(actor, patient.practice_id, draft("Eleanor", "Marsh")),
    ):
        with pytest.raises(Forbidden):
            await asked


@pytest.mark.parametrize("role", [Role.LAB, Role.ENGINEER, Role.SUPPLIER, Role.ADMIN])
async def test_only_the_practice_adds_and_changes_patients(
    ecp: Actor, actor_of: ActorOf, draft: Draft, rows: Rows, role: Role
):
    patient = await service.add(ecp, draft("Eleanor", "Marsh"))
    actor = actor_of(role, ecp.organisation_id)
    for asked in (
        service.add(actor, draft("Tom", "Whitfield")),
        service.edit(actor, patient.id, draft("Ellen", "Marsh"), 1),
    ):
        with pytest.raises(Forbidden):
            await asked
    assert rows(FACTS) == [("PatientAdded",)]


async def test_the_lab_orders_for_the_practice_s_own_patient_when_name_and_birthday_are_the_same(
    ecp: Actor, actor_of: ActorOf, draft: Draft
):
    had = await service.add(ecp, draft("Eleanor", "Marsh", "14/03/1961"))
    lab = actor_of(Role.LAB)
    assert await service.take_for_order(lab, had.practice_id, draft("ELEANOR", "marsh", "1961-03-14")) == had
    assert [read.why for read in await service.readers(ecp, had.id)] == [ReadFor.ORDER]


async def test_the_lab_is_never_shown_whom_a_patient_merely_looks_like(ecp: Actor, actor_of: ActorOf, draft: Draft):
    had = await service.add(ecp, draft("Eleanor", "Marsh", "14/03/1961"))
    for entered in (draft("Eleanor", "Marsh"), draft("Elenor", "Marsh", "14/03/1961")):
        taken = await service.take_for_order(actor_of(Role.LAB), had.practice_id, entered)
        assert taken.id != had.id
        assert taken.practice_id == had.practice_id
    assert await service.readers(ecp, had.id) == []


async def test_the_practice_is_asked_when_its_order_brings_a_patient_who_is_merely_alike(ecp: Actor, draft: Draft):
    had = await service.add(ecp, draft("Eleanor", "Marsh", "14/03/1961"))
    assert await service.take_for_order(ecp, had.practice_id, draft("Eleanor", "Marsh", "14/03/1961")) == had
    alike = draft("Elenor", "Marsh")
    with pytest.raises(LooksLike) as offer:
        await service.take_for_order(ecp, had.practice_id, alike)
    assert offer.value.candidates == (had,)
    other = await service.take_for_order(ecp, had.practice_id, alike, even_if_alike=True)
    assert other.id != had.id
