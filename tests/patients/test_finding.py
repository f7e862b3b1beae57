"""Finding a practice's patients, through the door and on a real database."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.patients import service
from ils_app.patients.schemas import PatientDraft

ActorOf = Callable[..., Actor]
Draft = Callable[..., PatientDraft]


@pytest.fixture
async def ecp(database: str, actor_of: ActorOf, draft: Draft) -> Actor:
    """Someone at a practice with a handful of patients."""
    actor = actor_of()
    for entered in (
        draft("Eleanor", "Marsh", "14/03/1961", "PMS-778"),
        draft("Zoë", "O'Brien", "2 Feb 1990"),
        draft("Ana María", "de la Cruz", "14/03/1985"),
        draft("Łukasz", "Wójcik-Nowak"),
        draft("小明", "王", "1961-12-01"),
        draft("Martha", "Eldridge", "", "12-03/77"),
    ):
        await service.add(actor, entered)
    return actor


TYPED = [
    ("marsh", "Marsh"),
    ("mar", "Marsh Eldridge de la Cruz"),
    ("el mar", "Eldridge Marsh"),
    ("mar el", "Eldridge Marsh"),
    ("MARSH, Eleanor", "Marsh"),
    ("zoe", "O'Brien"),
    ("obrien", "O'Brien"),
    ("o'b", "O'Brien"),
    ("o brien", "O'Brien"),
    ("cruz ana", "de la Cruz"),
    ("delacruz", "de la Cruz"),
    ("nowak", "Wójcik-Nowak"),
    ("wojcik-n", "Wójcik-Nowak"),
    ("luk", "Wójcik-Nowak"),
    ("王", "王"),
    ("小", "王"),
    ("CUST-001001", "Marsh"),
    ("cust 1002", "O'Brien"),
    ("cust1003", "de la Cruz"),
    ("1004", "Wójcik-Nowak"),
    ("001005", "王"),
    ("pms-778", "Marsh"),
    ("PMS778", "Marsh"),
    ("778", "Marsh"),
    ("12-03/77", "Eldridge"),
    ("14/03/1961", "Marsh"),
    ("14.3.61", "Marsh"),
    ("14 Mar 1961", "Marsh"),
    ("1961-03-14", "Marsh"),
    ("14031961", "Marsh"),
    ("1961-12", "王"),
    ("14/03", "Marsh de la Cruz"),
    ("14/03/19", "Marsh de la Cruz"),
    ("14/03/196", "Marsh"),
    ("14 march 85", "de la Cruz"),
    ("cruz 14/03", "de la Cruz"),
    ("14/03/1961 el", "Marsh"),
    ("marsh 15/03/1961", ""),
    ("smith", ""),
    ("%", ""),
    ("'", ""),
    ("& | ! :*", ""),
    ("\x00", ""),
]


async def test_a_patient_is_found_by_what_anyone_may_type(ecp: Actor):
    everyone = ("Marsh", "O'Brien", "de la Cruz", "Wójcik-Nowak", "王", "Eldridge")
    for typed, found in TYPED:
        seen = {patient.family_name for patient in await service.search(ecp, typed)}
        assert seen == {name for name in everyone if name in found}, typed


async def test_nothing_typed_lists_by_family_name(ecp: Actor):
    listed = [patient.family_name for patient in await service.search(ecp, "  ")]
    assert listed == ["de la Cruz", "Eldridge", "Marsh", "O'Brien", "Wójcik-Nowak", "王"]


async def test_whole_words_and_family_names_come_first(ecp: Actor, draft: Draft):
    await service.add(ecp, draft("Bo", "Martin"))
    await service.add(ecp, draft("Bo", "Mar"))
    assert [patient.family_name for patient in await service.search(ecp, "mar", limit=3)] == ["Mar", "Marsh", "Martin"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=40))
async def test_no_text_breaks_the_search(ecp: Actor, typed: str):
    assert len(await service.search(ecp, typed)) <= 6
    assert (await service.page(ecp, typed)).total <= 6


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_name=st.text(st.characters(categories=["L"]), min_size=1, max_size=20),
    family_name=st.text(st.characters(categories=["L"]), min_size=1, max_size=20),
)
async def test_a_patient_is_found_by_any_beginning_of_their_names_in_any_script(
    database: str, actor_of: ActorOf, draft: Draft, given_name: str, family_name: str
):
    actor = actor_of()
    try:
        entered = draft(given_name, family_name)
    except Invalid:
        return  # nothing but marks
    added = await service.add(actor, entered)
    for typed in (family_name, given_name, f"{given_name} {family_name}", family_name[:1].upper() + family_name[1:]):
        assert await service.search(actor, typed) == [added], typed


async def test_pages_follow_each_other_by_name_without_gap_or_repeat(database: str, actor_of: ActorOf, draft: Draft):
    actor = actor_of()
    for n in range(12):
        await service.add(actor, draft(f"Kim {chr(97 + n)}", "Smith"), even_if_alike=True)
    await service.add(actor, draft("Ann", "Other"))
    whole = await service.page(actor, "smith", limit=100)
    assert (len(whole.items), whole.total, whole.next) == (12, 12, None)
    first = await service.page(actor, "smith", limit=5)
    second = await service.page(actor, "smith", limit=5, after=first.next)
    third = await service.page(actor, "smith", limit=5, after=second.next)
    assert first.items + second.items + third.items == whole.items
    assert (first.total, third.total, third.next) == (12, 12, None)
    assert (await service.page(actor)).total == 13


async def test_a_page_after_a_foreign_patient_is_refused(ecp: Actor, actor_of: ActorOf, draft: Draft):
    theirs = await service.add(actor_of(), draft("Ann", "Other"))
    for after in (theirs.id, uuid4()):
        with pytest.raises(Invalid):
            await service.page(ecp, after=after)


async def test_the_patients_of_another_practice_are_never_found(ecp: Actor, actor_of: ActorOf):
    stranger = actor_of()
    for typed in ("", "marsh", "CUST-001001", "14/03/1961"):
        assert await service.search(stranger, typed) == []
        assert (await service.page(stranger, typed)).total == 0
    with pytest.raises(NotFound):
        await service.search(stranger, "marsh", practice_id=ecp.organisation_id)
    with pytest.raises(NotFound):
        await service.page(stranger, practice_id=ecp.organisation_id)


@pytest.mark.parametrize("role", [Role.LAB, Role.ENGINEER, Role.SUPPLIER, Role.ADMIN])
async def test_only_the_practice_goes_through_its_patients(ecp: Actor, actor_of: ActorOf, role: Role):
    for organisation_id in (None, ecp.organisation_id):
        for asked in (service.search, service.page):
            with pytest.raises(Forbidden):
                await asked(actor_of(role, organisation_id), "marsh")
