"""A person's own password: changed with the present one, and not to something easily guessed."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ils_app.auth import hashing, service
from ils_app.auth.errors import (
    LinkOver,
    OwnPassword,
    PasswordMovedOn,
    Slowed,
    WeakPassword,
    WrongCredentials,
    WrongCurrentPassword,
)
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.roles import Role

ADDRESS = "192.0.2.1"
NEW = "amber-lensmeter-77"


async def test_a_changed_password_holds_and_ends_the_other_sessions(make_person, password, facts):
    someone = await make_person()
    here, *elsewhere = [await service.sign_in(someone.email, password, address=ADDRESS) for _ in range(3)]
    await service.change_password(here.person.actor(), password, NEW)
    alive = [await service.person_for(session.token) is not None for session in (here, *elsewhere)]
    assert alive == [True, False, False]
    with pytest.raises(WrongCredentials):
        await service.sign_in(someone.email, password, address=ADDRESS)
    assert await service.sign_in(someone.email, NEW, address=ADDRESS)
    assert facts().count("PasswordChanged") == 1


async def test_a_mailed_link_ends_with_the_password_it_was_to_replace(make_person, admin, password, rows):
    someone = await make_person()

    async def asked() -> str:
        await service.ask_for_password_link(someone.email, address=ADDRESS)
        ((link_id,),) = rows("SELECT id FROM auth.password_link ORDER BY created_at DESC LIMIT 1")
        return (await service.password_link_path(link_id)).partition("link=")[2]

    async def change() -> None:
        await service.change_password((await service.person_for(signed_in.token)).actor(), password, NEW)

    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    for act in (change, lambda: service.reset_password(admin, someone.user_id)):
        link = await asked()
        assert (await service.password_link(link)).email == someone.email
        await act()
        with pytest.raises(LinkOver):
            await service.choose_password(link, "lilac-prism-77", address=ADDRESS)


async def test_nobody_resets_their_own_password_and_loses_the_new_one_with_their_session(make_person, password, facts):
    someone = await make_person(Role.ADMIN)
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    with pytest.raises(OwnPassword, match="under Your account"):
        await service.reset_password(signed_in.person.actor(), someone.user_id)
    assert await service.person_for(signed_in.token)
    assert "PasswordReset" not in facts()


async def test_a_password_is_chosen_by_link_and_ils_set_up_by_somebody(database, rows, setup_key):
    root = await service.create_first_admin("root@lab.example", "Root", password=NEW, key=setup_key)
    await service.ask_for_password_link(root.email, address=ADDRESS)
    ((link_id,),) = rows("SELECT id FROM auth.password_link")
    link = (await service.password_link_path(link_id)).partition("link=")[2]
    await service.choose_password(link, "lilac-prism-77", address=ADDRESS)
    acts = "SELECT name, actor_id FROM kernel.event WHERE name IN ('FirstAdminAdded', 'PasswordChanged') ORDER BY id"
    assert rows(acts) == [("FirstAdminAdded", root.user_id), ("PasswordChanged", root.user_id)]


async def test_a_temporary_password_gives_way_to_one_s_own_in_the_same_session(make_person, admin):
    someone = await make_person()
    temporary = (await service.reset_password(admin, someone.user_id)).password.get_secret_value()
    signed_in = await service.sign_in(someone.email, temporary, address=ADDRESS)
    assert (await service.person_for(signed_in.token)).password_temporary
    await service.change_password(signed_in.person.actor(), temporary, NEW)
    assert not (await service.person_for(signed_in.token)).password_temporary
    assert not (await service.person(admin, someone.user_id)).password_temporary


async def test_a_person_is_called_by_their_new_name_in_every_open_session(make_person, password, facts):
    someone = await make_person()
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    assert (await service.person_for(signed_in.token)).name == someone.name
    for _ in range(2):
        await service.change_name(signed_in.person.actor(), "  Grace   Hopper ")
    assert (await service.person_for(signed_in.token)).name == "Grace Hopper"
    assert facts().count("NameChanged") == 1
    with pytest.raises(Invalid):
        await service.change_name(signed_in.person.actor(), "")


async def test_without_the_present_password_nothing_changes_and_guessing_is_slowed(make_person, password, as_actor):
    someone = await make_person()
    for _ in range(6):
        with pytest.raises(WrongCurrentPassword) as refused:
            await service.change_password(as_actor(someone), "not-the-password", NEW)
        assert "current" in refused.value.fields
    with pytest.raises(Slowed):
        await service.change_password(as_actor(someone), password, NEW)
    assert await service.sign_in(someone.email, password, address=ADDRESS)


@pytest.mark.parametrize(
    "weak", ["", "short-one", "aaaabbbbaaaa", "x" * 257, "violet-meniscus-42", "tab\tand\x00nul", "Ada Lovelace"]
)
async def test_a_weak_new_password_is_refused_in_words(make_person, password, as_actor, weak):
    someone = await make_person(name="Ada Lovelace")
    with pytest.raises(WeakPassword) as refused:
        await service.change_password(as_actor(someone), password, weak)
    assert refused.value.fields["new"].endswith(".")
    assert await service.sign_in(someone.email, password, address=ADDRESS)


async def test_of_two_changes_at_once_one_holds(make_person, password, as_actor):
    someone = await make_person()
    news = [f"{NEW}-{number}" for number in range(3)]
    done = await asyncio.gather(
        *(service.change_password(as_actor(someone), password, new) for new in news), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in done) == ["NoneType", "PasswordMovedOn", "PasswordMovedOn"] or (
        # one that read the row after another's change knows only that the present password is another
        all(answer is None or isinstance(answer, PasswordMovedOn | WrongCurrentPassword) for answer in done)
        and done.count(None) == 1
    )
    assert await service.sign_in(someone.email, news[done.index(None)], address=ADDRESS)


async def test_nobody_s_password_cannot_be_changed(database, admin):
    stranger = Actor(user_id=uuid4(), name="Nobody", role=Role.ECP, organisation_id=uuid4())
    with pytest.raises(NotFound):
        await service.change_password(stranger, "anything", NEW)


def test_temporary_passwords_can_be_read_out_and_are_all_different():
    made = {hashing.temporary_password() for _ in range(500)}
    assert len(made) == 500
    assert not set("".join(made)) & set("il1o0O")
    for word in made:
        hashing.refuse_weak(word, email="ada@example.com", name="Ada")


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=10, max_size=256))
def test_a_long_password_of_several_characters_is_accepted_whatever_the_script(text):
    if len(set(text)) < 4 or not text.isprintable():
        with pytest.raises(WeakPassword) as refused:
            hashing.refuse_weak(text, email="ada@example.com", name="Ada")
        assert set(refused.value.fields) == {"new"}
    else:
        hashing.refuse_weak(text, email="ada@example.com", name="Ada")
