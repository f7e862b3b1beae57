"""A forgotten password, and setting ILS up: what only the holder of a link or a key can do."""

import asyncio

import pytest
from pydantic import SecretStr

from ils_app.auth import service
from ils_app.auth.errors import (
    AccountSuspended,
    AdminExists,
    LinkOver,
    Slowed,
    WeakPassword,
    WrongCredentials,
    WrongSetupKey,
)
from ils_app.auth.handlers import forget_old_sessions
from ils_app.auth.schemas import PersonStatus, SetupDraft
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.roles import Role

ADDRESS = "192.0.2.1"
NEW = "lilac-prism-77"


async def link_of(rows) -> str:
    ((link_id,),) = rows("SELECT id FROM auth.password_link ORDER BY created_at DESC LIMIT 1")
    return (await service.password_link_path(link_id)).partition("link=")[2]


async def test_the_owner_of_the_email_chooses_another_password_and_everybody_else_is_out(
    make_person, password, rows, facts
):
    someone = await make_person(Role.LAB)
    elsewhere = await service.sign_in(someone.email, password, address=ADDRESS)
    await service.ask_for_password_link(someone.email.upper(), address=ADDRESS)
    assert facts()[-1] == "PasswordLinkAsked"
    link = await link_of(rows)
    assert (await service.password_link(link)).email == someone.email
    with pytest.raises(WeakPassword):
        await service.choose_password(link, "short", address=ADDRESS)
    signed_in = await service.choose_password(link, NEW, address=ADDRESS)
    assert signed_in.person.user_id == someone.user_id
    assert await service.person_for(elsewhere.token) is None
    with pytest.raises(WrongCredentials):
        await service.sign_in(someone.email, password, address=ADDRESS)
    for ask in (service.password_link(link), service.choose_password(link, NEW + "8", address=ADDRESS)):
        with pytest.raises(LinkOver):
            await ask


async def test_one_of_several_links_ends_them_all(make_person, rows):
    someone = await make_person(Role.LAB)
    links = []
    for _ in range(2):
        await service.ask_for_password_link(someone.email, address=ADDRESS)
        links.append(await link_of(rows))
    both = await asyncio.gather(
        *(service.choose_password(link, NEW, address=ADDRESS) for link in links), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in both) == ["LinkOver", "SignedIn"]


async def test_nobody_learns_which_emails_have_an_account(make_person, rows):
    waiting = await make_person(Role.LAB, status=PersonStatus.PENDING)
    for email in ("nobody@lab.example", waiting.email):
        assert await service.ask_for_password_link(email, address=ADDRESS) is None
    for link_id, person_id in rows("SELECT id, person_id FROM auth.password_link"):
        assert person_id is None
        with pytest.raises(NotFound):
            await service.password_letter(link_id)
        with pytest.raises(LinkOver):
            await service.password_link_path(link_id)
    with pytest.raises(Invalid):
        await service.ask_for_password_link("nobody", address=ADDRESS)
    with pytest.raises(Slowed):
        for _ in range(8):
            await service.ask_for_password_link("nobody@lab.example", address=ADDRESS)


async def test_a_link_ends_after_an_hour_and_is_forgotten_after_a_week(make_person, rows, time):
    someone = await make_person(Role.LAB)
    await service.ask_for_password_link(someone.email, address=ADDRESS)
    link = await link_of(rows)
    ((link_id,),) = rows("SELECT id FROM auth.password_link")
    assert (await service.password_letter(link_id)).open
    time.pass_by(hours=1, seconds=1)
    assert not (await service.password_letter(link_id)).open
    with pytest.raises(LinkOver):
        await service.choose_password(link, NEW, address=ADDRESS)
    time.pass_by(days=8)
    await forget_old_sessions()
    assert rows("SELECT 1 FROM auth.password_link") == []
    with pytest.raises(NotFound):
        await service.password_link_path(link_id)


async def test_who_was_suspended_meanwhile_gets_the_password_and_not_in(make_person, admin, rows, client):
    someone = await make_person(Role.LAB)
    await service.ask_for_password_link(someone.email, address=ADDRESS)
    link = await link_of(rows)
    await service.suspend(admin, someone.user_id, "Left the lab")
    answer = await client.post("/auth/new-password", data={"link": link, "password": NEW})
    assert answer.headers["location"] == "/sign-in?problem=suspended"
    with pytest.raises(AccountSuspended, match="Left the lab"):
        await service.sign_in(someone.email, NEW, address=ADDRESS)


async def test_over_http_the_link_signs_in(make_person, rows, client):
    someone = await make_person(Role.LAB)
    await service.ask_for_password_link(someone.email, address=ADDRESS)
    done = await client.post("/auth/new-password", data={"link": await link_of(rows), "password": NEW})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert (await client.get("/api/v1/auth/me")).json()["email"] == someone.email


# ---- setting up


def a_setup(key: str, **changes) -> SetupDraft:
    given = {
        "email": "root@lab.example",
        "name": "Root",
        "password": SecretStr(NEW),
        "organisation": "North",
        **changes,
    }
    return SetupDraft(key=SecretStr(key), **given)


async def test_ils_is_set_up_once_by_who_knows_the_key(database, setup_key, facts):
    assert not await service.is_set_up()
    with pytest.raises(WrongSetupKey) as wrong:
        await service.set_up(a_setup("another-key-entirely"), address=ADDRESS)
    assert set(wrong.value.fields) == {"key"}
    for wrong_field, changes in (
        ("email", {"email": "root"}), ("name", {"name": ""}), ("password", {"password": SecretStr("short")}),
        ("organisation", {"organisation": " "}),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            await service.set_up(a_setup(setup_key, **changes), address=ADDRESS)
        assert wrong_field in refused.value.fields
    assert facts() == []
    await service.set_up(a_setup(setup_key), address=ADDRESS)
    assert await service.is_set_up()
    assert facts() == ["OrganisationAdded", "AccountAdded", "FirstAdminAdded"]
    assert (await service.sign_in("root@lab.example", NEW, address=ADDRESS)).person.roles == (Role.ADMIN,)
    with pytest.raises(AdminExists):
        await service.set_up(a_setup(setup_key, email="second@lab.example"), address=ADDRESS)
    with pytest.raises(WrongSetupKey):
        await service.create_first_admin("x@lab.example", "X", NEW, key="wrong")


async def test_who_guesses_the_key_is_slowed(database):
    with pytest.raises(Slowed):
        for number in range(8):
            with pytest.raises(WrongSetupKey):
                await service.set_up(a_setup(f"a-guessed-key-{number}"), address=ADDRESS)


# ---- organisations


async def test_a_renamed_organisation_is_called_so_on_every_open_session(make_person, admin, password, rows):
    someone = await make_person(Role.SUPPLIER)
    signed_in = await service.sign_in(someone.email, password, address=ADDRESS)
    assert (await service.person_for(signed_in.token)).organisation_name == someone.organisation_name
    renamed = await service.rename_organisation(admin, someone.organisation_id, "  Lumen   Optics ")
    assert renamed.name == "Lumen Optics"
    assert (await service.person_for(signed_in.token)).organisation_name == "Lumen Optics"
    await service.rename_organisation(admin, someone.organisation_id, "Lumen Optics")
    ((body,),) = rows("SELECT body FROM kernel.event WHERE name = 'OrganisationRenamed'")
    assert (body["old"], body["new"]) == (someone.organisation_name, "Lumen Optics")
    with pytest.raises(Invalid):
        await service.rename_organisation(admin, someone.organisation_id, "")
    with pytest.raises(NotFound):
        await service.rename_organisation(admin, admin.user_id, "Nobody")
