"""Signing in and out, through the door."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ils_app.auth import hashing, service
from ils_app.auth.errors import (
    AccountSuspended,
    NotYetApproved,
    OrganisationClosed,
    Refused,
    TemporaryPasswordOver,
    WrongCredentials,
)
from ils_app.auth.schemas import PersonStatus, SessionKind
from ils_app.auth.words import normal_email
from ils_app.kernel.errors import Forbidden, NotFound
from ils_app.kernel.roles import Role

ADDRESS = "192.0.2.1"


@pytest.fixture
def checked(monkeypatch):
    """The hashes that passwords were really checked against."""
    seen = []
    real = hashing.hasher.verify
    monkeypatch.setattr(
        hashing.hasher, "verify", lambda password, known: (seen.append(known), real(password, known))[1]
    )
    return seen


async def test_a_person_with_the_right_password_gets_a_session(make_person, password):
    someone = await make_person(Role.LAB, Role.ENGINEER)
    signed_in = await service.sign_in(f"  {someone.email.upper()} ", password, address=ADDRESS)
    person = await service.person_for(signed_in.token)
    assert person == signed_in.person
    assert (person.email, person.organisation_name) == (someone.email, someone.organisation_name)
    assert person.roles == (Role.LAB, Role.ENGINEER)
    assert person.actor().role is Role.LAB
    assert person.actor(Role.ENGINEER).session_id == person.session_id


async def test_a_person_is_active_only_in_roles_they_hold(make_person, password):
    someone = await make_person(Role.LAB, Role.ENGINEER)
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    for role in Role:
        if role in someone.roles:
            assert signed_in.person.actor(role).role is role
        else:
            with pytest.raises(Forbidden):
                signed_in.person.actor(role)


async def test_an_unknown_account_and_a_wrong_password_get_the_same_answer(make_person, password):
    someone = await make_person()
    refusals = []
    for email, typed in ((someone.email, "not-the-password"), ("nobody@example.com", password), ("no email", password)):
        with pytest.raises(WrongCredentials) as refused:
            await service.sign_in(email, typed, address=ADDRESS)
        refusals.append((refused.value.message, refused.value.code, refused.value.status, refused.value.fields))
    assert len(set(map(str, refusals))) == 1


async def test_an_unknown_account_costs_a_password_check_like_a_known_one(make_person, checked):
    someone = await make_person()
    for email in (someone.email, "nobody@example.com", "no email", "nul\x00@example.com"):
        checked.clear()
        with pytest.raises(WrongCredentials):
            await service.sign_in(email, "not-the-password", address=ADDRESS)
        assert len(checked) == 1, email
        assert checked[0].split("$")[1:4] == hashing.hasher.hash("anything").split("$")[1:4]  # the same cost


async def test_the_password_of_nobodys_hash_lets_nobody_in(make_person, checked, password):
    someone = await make_person()
    for typed in ("", "x" * 100_000, password + "\x00", "\ud800", password[:-1]):
        checked.clear()
        with pytest.raises(WrongCredentials):
            await service.sign_in(someone.email, typed, address="")
        assert len(checked) == 1
        await service.sign_in(someone.email, password, address="")  # so that the next is not slowed


async def test_only_who_has_the_password_learns_the_state_of_an_account(make_person, admin, password):
    waiting = await make_person(status=PersonStatus.PENDING)
    suspended, closed = await make_person(), await make_person(Role.SUPPLIER)
    await service.suspend(admin, suspended.user_id, "Left the practice")
    await service.set_access(admin, closed.organisation_id, False)
    for person, refusal in ((waiting, NotYetApproved), (suspended, AccountSuspended), (closed, OrganisationClosed)):
        with pytest.raises(WrongCredentials):
            await service.sign_in(person.email, "not-the-password", address=ADDRESS)
        with pytest.raises(refusal) as refused:
            await service.sign_in(person.email, password, address=ADDRESS)
        assert ("Left the practice" in refused.value.message) is (refusal is AccountSuspended)


async def test_no_token_and_no_password_is_stored(make_person, password, rows):
    someone = await make_person()
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS, agent="Mozilla/5.0 Firefox/140.0")
    await service.sign_out(signed_in.token)
    for schema, table in rows(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_schema IN ('auth', 'kernel') OR table_name LIKE 'procrastinate%%'"
    ):
        stored = str(rows(f'SELECT * FROM "{schema}"."{table}"'))
        assert signed_in.token not in stored
        assert password not in stored
    assert rows("SELECT address, agent FROM auth.session") == [("192.0.2.x", "Firefox")]


async def test_signing_in_ends_the_session_that_came_with_the_request(make_person, password, facts):
    someone, other = await make_person(), await make_person()
    before = await service.sign_in(other.email, password, address=ADDRESS)
    elsewhere = await service.sign_in(other.email, password, address=ADDRESS)
    with pytest.raises(WrongCredentials):
        await service.sign_in(someone.email, "not-the-password", address=ADDRESS, replaces=before.token)
    assert await service.person_for(before.token)
    after = await service.sign_in(someone.email, password, address=ADDRESS, replaces=before.token)
    assert await service.person_for(before.token) is None
    assert await service.person_for(elsewhere.token)
    assert (await service.person_for(after.token)).user_id == someone.user_id
    assert facts()[-2:] == ["SessionEnded", "PersonSignedIn"]


async def test_a_session_that_came_with_the_request_and_is_no_one_s_changes_nothing(make_person, password, facts):
    someone = await make_person()
    await service.sign_in(someone.email, password, address=ADDRESS, replaces="not-a-token")
    assert "SessionEnded" not in facts()


async def test_signing_out_ends_the_session_at_once_and_twice_is_once(make_person, password, facts):
    someone = await make_person()
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    assert await service.person_for(signed_in.token)
    await service.sign_out(signed_in.token)
    assert await service.person_for(signed_in.token) is None
    await service.sign_out(signed_in.token)
    await service.sign_out("never-a-token")
    assert facts().count("SessionEnded") == 1


async def test_a_password_replaced_while_it_is_checked_no_longer_lets_in(make_person, admin, password, monkeypatch):
    someone = await make_person()
    real = hashing.matches

    async def replaced_meanwhile(typed, known):
        answer = await real(typed, known)
        await service.reset_password(admin, someone.user_id)
        return answer

    monkeypatch.setattr(hashing, "matches", replaced_meanwhile)
    with pytest.raises(WrongCredentials):
        await service.sign_in(someone.email, password, address=ADDRESS)


async def test_a_program_s_token_has_the_role_it_asked_for_and_no_other(make_person, password):
    someone = await make_person(Role.LAB, Role.ENGINEER)
    wish = {"address": ADDRESS, "kind": SessionKind.API}
    signed_in = await service.sign_in(someone.email, password, role=Role.ENGINEER, **wish)
    person = await service.person_for(signed_in.token)
    assert person.actor().role is Role.ENGINEER
    assert person.actor(Role.ENGINEER).role is Role.ENGINEER
    with pytest.raises(Forbidden):
        person.actor(Role.LAB)
    with pytest.raises(Forbidden):
        await service.sign_in(someone.email, password, role=Role.ADMIN, **wish)


async def test_a_token_whose_role_was_taken_away_is_good_for_nothing(make_person, admin, password):
    someone = await make_person(Role.LAB, Role.ENGINEER)
    signed_in = await service.sign_in(
        someone.email, password, address=ADDRESS, kind=SessionKind.API, role=Role.ENGINEER
    )
    await service.set_roles(admin, someone.user_id, (Role.LAB,))
    with pytest.raises(Forbidden):
        (await service.person_for(signed_in.token)).actor()


async def test_a_temporary_password_is_for_a_browser_and_for_a_day(make_person, admin, time):
    someone = await make_person()
    temporary = (await service.reset_password(admin, someone.user_id)).password.get_secret_value()
    with pytest.raises(TemporaryPasswordOver):
        await service.sign_in(someone.email, temporary, address=ADDRESS, kind=SessionKind.API)
    signed_in = await service.sign_in(someone.email, temporary, address=ADDRESS)
    assert signed_in.person.password_temporary
    time.pass_by(hours=24)
    with pytest.raises(TemporaryPasswordOver):
        await service.sign_in(someone.email, temporary, address=ADDRESS)


async def test_demo_people_sign_in_by_one_click_outside_production_only(make_person, password, in_production):
    demo = await make_person(Role.LAB, demo=True)
    plain = await make_person()
    assert [person.email for person in await service.demo_people()] == [demo.email]
    signed_in = await service.sign_in_demo(demo.email, address=ADDRESS)
    assert signed_in.person.user_id == demo.user_id
    for email in (plain.email, "nobody@example.com", "no email"):
        with pytest.raises(NotFound):
            await service.sign_in_demo(email, address=ADDRESS)
    with in_production():
        assert await service.demo_people() == []
        with pytest.raises(NotFound):
            await service.sign_in_demo(demo.email, address=ADDRESS)
        with pytest.raises(WrongCredentials):
            await service.sign_in(demo.email, password, address=ADDRESS)


async def test_a_suspended_demo_person_is_neither_listed_nor_let_in(make_person, admin):
    demo = await make_person(Role.LAB, demo=True)
    await service.suspend(admin, demo.user_id, "Trying out what happens")
    assert await service.demo_people() == []
    with pytest.raises(AccountSuspended):
        await service.sign_in_demo(demo.email, address=ADDRESS)


async def test_somebody_suspended_while_signing_in_ends_up_without_a_session(make_person, admin, password):
    for _ in range(5):
        someone = await make_person()
        signed_in, _ = await asyncio.gather(
            service.sign_in(someone.email, password, address=""),
            service.suspend(admin, someone.user_id, "At that very moment"),
            return_exceptions=True,
        )
        if isinstance(signed_in, service.SignedIn):
            assert await service.person_for(signed_in.token) is None
        else:
            assert isinstance(signed_in, AccountSuspended)


@given(email=st.text(max_size=300), typed=st.text(max_size=300), agent=st.text(max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_typed_is_refused_in_words(database, email, typed, agent):
    with pytest.raises(Refused):
        await service.sign_in(email, typed, address="", agent=agent, replaces=typed)


@given(st.text(max_size=60) | st.emails())
@settings(max_examples=500, deadline=None)
def test_an_email_has_one_spelling(text):
    normal = normal_email(text)
    if normal is not None:
        assert normal_email(normal) == normal
        assert normal_email(f"\t{normal} ") == normal
