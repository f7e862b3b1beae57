"""Accounts and organisations as administrators keep them."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ils_app.auth import service
from ils_app.auth.adding import ROLES_AT
from ils_app.auth.errors import (
    AccountSuspended,
    AdminExists,
    EmailTaken,
    LastAdmin,
    NotThatMove,
    RoleDoesNotFit,
    WrongCredentials,
)
from ils_app.auth.models import MOVES, PersonRow
from ils_app.auth.schemas import OrganisationDraft, OrganisationKind, PersonDraft, PersonStatus
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from ils_app.kernel.roles import Role

ADDRESS = "192.0.2.1"
A_REASON = "Asked to pause while on leave"


# ---- adding


async def test_an_added_person_signs_in_with_the_temporary_password(make_person, admin, facts):
    lab = (await make_person(Role.LAB)).organisation_id
    draft = PersonDraft(
        email=" Grace@Lab.Example ", name=" Grace  Hopper ", organisation_id=lab, roles=(Role.ENGINEER, Role.LAB)
    )
    added = await service.add_person(admin, draft)
    assert (added.person.email, added.person.name) == ("grace@lab.example", "Grace Hopper")
    assert (added.person.roles, added.person.status) == ((Role.ENGINEER, Role.LAB), PersonStatus.ACTIVE)
    assert added.person.password_temporary
    word = added.temporary.password.get_secret_value()
    assert word not in repr(added)
    signed_in = await service.sign_in("grace@lab.example", word, address=ADDRESS)
    assert signed_in.person.password_temporary
    assert facts().count("AccountAdded") == 3


async def test_an_email_belongs_to_one_account_however_it_is_written(make_person, admin):
    someone = await make_person(Role.LAB)
    draft = PersonDraft(
        email=someone.email.upper(), name="Other", organisation_id=someone.organisation_id, roles=(Role.LAB,)
    )
    with pytest.raises(EmailTaken) as taken:
        await service.add_person(admin, draft)
    assert "email" in taken.value.fields
    assert (await service.people(admin, search=someone.email)).total == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"email": "a@" + "b" * 251 + ".c"}, "email"),
        ({"name": " \x00 "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"roles": ()}, "roles"),
        ({"roles": (Role.ECP,)}, "roles"),
        ({"organisation_id": uuid4()}, "organisation_id"),
    ],
)
async def test_an_account_that_cannot_be_is_refused_by_field(make_person, admin, wrong, field, facts):
    lab = (await make_person(Role.LAB)).organisation_id
    before = facts()
    given_ = {"email": "ada@example.com", "name": "Ada", "organisation_id": lab, "roles": (Role.LAB,), **wrong}
    with pytest.raises(Invalid) as refused:
        await service.add_person(admin, PersonDraft(**given_))
    assert field in refused.value.fields
    assert facts() == before


@pytest.mark.parametrize("kind", OrganisationKind)
@pytest.mark.parametrize("role", Role)
async def test_people_hold_the_roles_that_fit_their_organisation(make_person, database, kind, role):
    organisation = await service.create_organisation(name="Somewhere", kind=kind)
    if role in ROLES_AT[kind]:
        person = await make_person(role, organisation_id=organisation.id)
        assert person.roles == (role,)
    else:
        with pytest.raises(RoleDoesNotFit):
            await make_person(role, organisation_id=organisation.id)


# ---- finding


async def test_people_are_found_by_name_email_and_organisation_a_page_at_a_time(make_person, admin):
    ada = await make_person(Role.ECP, name="Ada Lovelace_1")
    grace = await make_person(Role.LAB, name="grace hopper", status=PersonStatus.PENDING)
    for text in ("LOVELACE_", ada.email, ada.organisation_name):
        assert [row.user_id for row in (await service.people(admin, search=text)).rows] == [ada.user_id]
    assert (await service.people(admin, search="Love%ace")).total == 0
    assert [row.name for row in (await service.people(admin)).rows][:2] == ["Ada Lovelace_1", "grace hopper"]
    second = await service.people(admin, page=2, size=1)
    assert (second.total, second.page, [row.user_id for row in second.rows]) == (3, 2, [grace.user_id])
    assert (await service.people(admin, page=-4, size=0)).rows[0].user_id == ada.user_id
    for only in (
        {"status": PersonStatus.PENDING},
        {"role": Role.LAB},
        {"organisation_id": grace.organisation_id},
    ):
        assert [row.user_id for row in (await service.people(admin, **only)).rows] == [grace.user_id]
    assert await service.person(admin, ada.user_id) == ada
    with pytest.raises(NotFound):
        await service.person(admin, uuid4())


async def test_an_administrator_sees_when_somebody_was_last_there(make_person, admin, password):
    someone = await make_person()
    assert someone.last_seen_at is None
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    seen = (await service.person(admin, someone.user_id)).last_seen_at
    assert seen is not None
    assert abs((signed_in.expires_at - seen).days - 7) <= 1


# ---- roles


async def test_changed_roles_hold_at_once_in_every_session(make_person, admin, password, facts):
    someone = await make_person(Role.LAB)
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    assert (await service.person_for(signed_in.token)).roles == (Role.LAB,)
    wanted = (Role.ENGINEER, Role.LAB, Role.ENGINEER)
    view = await service.set_roles(admin, someone.user_id, wanted, supervisor=True)
    assert (view.roles, view.supervisor, view.manager) == ((Role.ENGINEER, Role.LAB), True, False)
    person = await service.person_for(signed_in.token)
    assert (person.roles, person.supervisor) == ((Role.ENGINEER, Role.LAB), True)
    assert person.actor().role is Role.ENGINEER
    assert facts()[-1] == "RolesChanged"
    kept = await service.set_roles(admin, someone.user_id, (Role.LAB,))
    assert kept.supervisor, "what is not named stays"
    with pytest.raises(Forbidden):
        (await service.person_for(signed_in.token)).actor(Role.ENGINEER)


async def test_roles_that_do_not_fit_change_nothing(make_person, admin, facts):
    someone = await make_person(Role.LAB)
    before = facts()
    for roles in ((), (Role.SUPPLIER,), (Role.LAB, Role.ECP)):
        with pytest.raises(RoleDoesNotFit):
            await service.set_roles(admin, someone.user_id, roles, supervisor=True)
    assert await service.person(admin, someone.user_id) == someone
    assert facts() == before
    with pytest.raises(NotFound):
        await service.set_roles(admin, uuid4(), (Role.LAB,))


# ---- approved, suspended, let in again


async def test_a_suspended_person_is_out_at_once_and_reads_why(make_person, admin, password, facts):
    someone = await make_person()
    sessions = [await service.sign_in(someone.email, password, address=ADDRESS) for _ in range(2)]
    view = await service.suspend(admin, someone.user_id, f"  {A_REASON}\n")
    assert (view.status, view.reason) == (PersonStatus.SUSPENDED, A_REASON)
    assert [await service.person_for(session.token) for session in sessions] == [None, None]
    with pytest.raises(AccountSuspended, match=A_REASON):
        await service.sign_in(someone.email, password, address=ADDRESS)
    assert facts()[-3:] == ["SessionEnded", "SessionEnded", "PersonSuspended"]
    back = await service.reinstate(admin, someone.user_id, "Leave is over")
    assert (back.status, back.reason) == (PersonStatus.ACTIVE, "")
    assert await service.sign_in(someone.email, password, address=ADDRESS)
    assert [await service.person_for(session.token) for session in sessions] == [None, None], "old sessions stay over"


async def test_who_was_shut_out_reads_why_by_the_token_they_still_hold(make_person, admin, password):
    someone, stranger = await make_person(), await make_person()
    token = (await service.sign_in(someone.email, password, address=ADDRESS)).token
    ended = (await service.sign_in(stranger.email, password, address=ADDRESS)).token
    assert await service.shut_out(token) is None, "still inside"
    await service.sign_out(ended)
    await service.suspend(admin, someone.user_id, A_REASON)
    assert A_REASON in (await service.shut_out(token)).message
    for nothing in (ended, "no token", "", None):
        assert await service.shut_out(nothing) is None
    await service.reinstate(admin, someone.user_id, "Back")
    assert await service.shut_out(token) is None
    await service.set_access(admin, someone.organisation_id, False)
    assert "closed" in (await service.shut_out(token)).message


async def test_suspending_and_reinstating_need_a_reason(make_person, admin):
    someone = await make_person()
    for act in (service.suspend, service.reinstate):
        for reason in ("", "  \n", "x" * 501):
            with pytest.raises(Invalid) as refused:
                await act(admin, someone.user_id, reason)
            assert "reason" in refused.value.fields
        with pytest.raises(NotFound):
            await act(admin, uuid4(), A_REASON)


async def test_a_pending_account_is_approved_before_it_signs_in(make_person, admin, password):
    someone = await make_person(status=PersonStatus.PENDING)
    assert (await service.approve(admin, someone.user_id)).status is PersonStatus.ACTIVE
    assert await service.sign_in(someone.email, password, address=ADDRESS)


@pytest.mark.parametrize("was", PersonStatus)
@pytest.mark.parametrize(
    ("act", "allowed"),
    [
        ("approve", {PersonStatus.PENDING}),
        ("suspend", {PersonStatus.PENDING, PersonStatus.ACTIVE}),
        ("reinstate", {PersonStatus.SUSPENDED}),
    ],
)
async def test_each_act_is_possible_in_its_own_states_only(make_person, admin, was, act, allowed, facts):
    someone = await make_person(status=was)
    before = facts()
    call = getattr(service, act)
    reason = () if act == "approve" else (A_REASON,)
    if was in allowed:
        assert (await call(admin, someone.user_id, *reason)).status is not was
    else:
        with pytest.raises(NotThatMove):
            await call(admin, someone.user_id, *reason)
        assert (await service.person(admin, someone.user_id)).status is was
        assert facts() == before


def test_the_table_of_moves_is_exactly_what_an_account_can_do():
    for was in PersonStatus:
        for to in PersonStatus:
            row = PersonRow(status=was, name="Ada", organisation_id=uuid4())
            if to in MOVES[was]:
                row.move(to, reason="why")
                assert (row.status, row.status_reason) == (to, "why")
            else:
                with pytest.raises(NotThatMove):
                    row.move(to)
                assert row.status is was


# ---- the last administrator


async def test_the_last_active_administrator_cannot_be_taken_away(make_person, admin, facts):
    mine = await service.person(admin, admin.user_id)
    out = await make_person(Role.ADMIN, organisation_id=mine.organisation_id)
    await service.suspend(admin, out.user_id, A_REASON)
    before = facts()
    with pytest.raises(LastAdmin):
        await service.suspend(admin, admin.user_id, A_REASON)
    with pytest.raises(LastAdmin):
        await service.set_roles(admin, admin.user_id, (Role.LAB,))
    with pytest.raises(LastAdmin):
        await service.set_access(admin, mine.organisation_id, False)
    assert await service.person(admin, admin.user_id) == mine
    assert facts() == before
    await service.set_roles(admin, admin.user_id, (Role.LAB, Role.ADMIN))
    second = await make_person(Role.ADMIN)
    await service.set_roles(admin, admin.user_id, (Role.LAB,))
    assert (await service.people(admin, role=Role.ADMIN, status=PersonStatus.ACTIVE)).rows[0].user_id == second.user_id


async def test_two_administrators_who_suspend_each_other_do_not_both_succeed(make_person, as_actor):
    for _ in range(4):
        one, two = await make_person(Role.ADMIN), await make_person(Role.ADMIN)
        first, second = as_actor(one), as_actor(two)
        for earlier in (await service.people(first, role=Role.ADMIN, status=PersonStatus.ACTIVE)).rows:
            if earlier.user_id not in {one.user_id, two.user_id}:
                await service.suspend(first, earlier.user_id, A_REASON)
        done = await asyncio.gather(
            service.suspend(first, two.user_id, A_REASON),
            service.suspend(second, one.user_id, A_REASON),
            return_exceptions=True,
        )
        assert sorted(isinstance(answer, LastAdmin) for answer in done) == [False, True]
        assert (await service.people(first, role=Role.ADMIN, status=PersonStatus.ACTIVE)).total == 1


ACTS = st.lists(
    st.tuples(st.sampled_from(["suspend", "reinstate", "admin", "lab", "close", "open"]), st.integers(0, 2)),
    max_size=12,
)


@given(ACTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_administrators_do_somebody_can_still_let_people_in(database, make_person, acts):
    existing = (await service.people(as_actor_of_anyone(), search="admin.")).rows
    people = existing or [await make_person(Role.ADMIN) for _ in range(3)]
    actor = as_actor_of_anyone()
    for act, index in acts:
        user_id, organisation_id = people[index].user_id, people[index].organisation_id
        try:
            match act:
                case "suspend":
                    await service.suspend(actor, user_id, A_REASON)
                case "reinstate":
                    await service.reinstate(actor, user_id, A_REASON)
                case "admin":
                    await service.set_roles(actor, user_id, (Role.ADMIN,))
                case "lab":
                    await service.set_roles(actor, user_id, (Role.LAB,))
                case "close":
                    await service.set_access(actor, organisation_id, False)
                case "open":
                    await service.set_access(actor, organisation_id, True)
        except Conflict:
            pass
        open_ones = {row.id for row in await service.organisations(actor) if row.active}
        left = (await service.people(actor, role=Role.ADMIN, status=PersonStatus.ACTIVE, size=100)).rows
        assert any(row.organisation_id in open_ones for row in left)


def as_actor_of_anyone():
    return Actor(user_id=uuid4(), name="A test", role=Role.ADMIN, organisation_id=uuid4())


async def test_the_first_administrator_is_made_once_and_only_while_there_is_none(database, password, facts, setup_key):
    first = await service.create_first_admin(
        "Root@Lab.example", "Root", password, key=setup_key, organisation_name="North Lab"
    )
    assert (first.roles, first.organisation_name) == ((Role.ADMIN,), "North Lab")
    assert first.organisation_kind is OrganisationKind.LAB
    before = facts()
    with pytest.raises(AdminExists):
        await service.create_first_admin("second@lab.example", "Second", password, key=setup_key)
    assert facts() == before
    assert (await service.sign_in("root@lab.example", password, address=ADDRESS)).person.roles == (Role.ADMIN,)


async def test_two_first_administrators_at_once_are_one(make_person, database, password, setup_key):
    lab = await make_person(Role.LAB)
    made = await asyncio.gather(
        *(service.create_first_admin(f"a{n}@lab.example", f"A{n}", password, key=setup_key) for n in range(4)),
        return_exceptions=True,
    )
    assert sorted(isinstance(answer, AdminExists) for answer in made) == [False, True, True, True]
    (admin,) = [answer for answer in made if not isinstance(answer, AdminExists)]
    assert admin.organisation_id == lab.organisation_id, "the lab there is"


# ---- organisations


async def test_organisations_are_listed_found_and_counted(make_person, admin, facts):
    added = await service.add_organisation(
        admin, OrganisationDraft(name=" Northern  Frames ", kind=OrganisationKind.SUPPLIER)
    )
    assert (added.name, added.people, added.active) == ("Northern Frames", 0, True)
    assert facts()[-1] == "OrganisationAdded"
    await make_person(Role.SUPPLIER, organisation_id=added.id)
    (found,) = await service.organisations(admin, search="northern", kind=OrganisationKind.SUPPLIER)
    assert (found.id, found.people) == (added.id, 1)
    assert await service.organisations(admin, search="northern", kind=OrganisationKind.LAB) == []
    with pytest.raises(Invalid):
        await service.add_organisation(admin, OrganisationDraft(name="  ", kind=OrganisationKind.LAB))


async def test_a_closed_organisation_s_people_are_out_at_once_and_back_when_it_opens(
    make_person, admin, password, facts
):
    someone = await make_person(Role.SUPPLIER)
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    assert await service.person_for(signed_in.token)
    closed = await service.set_access(admin, someone.organisation_id, False)
    assert not closed.active
    assert await service.person_for(signed_in.token) is None
    told = facts()
    assert told[-2:] == ["SessionEnded", "OrganisationAccessChanged"]
    await service.set_access(admin, someone.organisation_id, False)
    assert facts() == told, "a repeat changes nothing"
    await service.set_access(admin, someone.organisation_id, True)
    assert await service.sign_in(someone.email, password, address=ADDRESS)
    with pytest.raises(NotFound):
        await service.set_access(admin, uuid4(), False)


async def test_the_demo_and_other_rooms_bring_their_own_ids(database, make_person, admin):
    organisation_id, user_id = uuid4(), uuid4()
    made = await service.create_organisation(
        name="Clear View", kind=OrganisationKind.PRACTICE, organisation_id=organisation_id
    )
    someone = await make_person(Role.ECP, organisation_id=organisation_id, user_id=user_id, manager=True)
    assert (made.id, someone.user_id, someone.manager) == (organisation_id, user_id, True)


async def test_a_password_that_was_reset_no_longer_lets_in_and_neither_do_open_sessions(
    make_person, admin, password, facts
):
    someone = await make_person()
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    assert await service.person_for(signed_in.token)
    temporary = await service.reset_password(admin, someone.user_id)
    word = temporary.password.get_secret_value()
    assert word not in repr(temporary)
    assert await service.person_for(signed_in.token) is None
    with pytest.raises(WrongCredentials):
        await service.sign_in(someone.email, password, address=ADDRESS)
    assert (await service.sign_in(someone.email, word, address=ADDRESS)).person.password_temporary
    assert "PasswordReset" in facts()
    with pytest.raises(NotFound):
        await service.reset_password(admin, uuid4())
