"""Invited, approved, suspended, reinstated, asked for: each is told once, with its link or its reason."""

import re
from uuid import UUID

import pytest
from pydantic import SecretStr

from ils_app.auth import service as auth
from ils_app.auth.schemas import Grant, InvitationDraft, OrganisationKind, SignUpDraft
from ils_app.kernel.roles import Role
from ils_app.notifications import service

PASSWORD = "violet-meniscus-42"


@pytest.fixture
async def admin(make_person, as_actor):
    """An administrator at the lab."""
    return as_actor(await make_person(Role.ADMIN, name="Ada Winter"))


@pytest.fixture
async def lumen(admin) -> UUID:
    """A supplier."""
    return (await auth.create_organisation(name="Lumen Blanks", kind=OrganisationKind.SUPPLIER)).id


def link_in(text: str, page: str) -> str:
    found = re.search(rf"{page}\?link=(\S+)", text)
    assert found, text
    return found[1]


async def test_an_invited_person_gets_a_link_that_makes_their_account_and_is_kept_nowhere(
    admin, lumen, carrier, work_off, rows
):
    draft = InvitationDraft(
        email="marco@lumen.example", name="Marco Bell", organisation_id=lumen, roles=(Role.SUPPLIER,)
    )
    invitation = await auth.invite(admin, draft)
    await work_off()
    ((message, _),) = carrier.taken
    assert (message.to, message.to_name, message.subject) == (
        "marco@lumen.example", "Marco Bell", "Lumen Blanks invites you to ILS"
    )  # fmt: skip
    link = link_in(message.text, "/invitation")
    assert link in message.html
    stored = rows("SELECT to_jsonb(n)::text FROM notifications.notice n UNION ALL"
                  " SELECT to_jsonb(m)::text FROM notifications.mail m UNION ALL"
                  " SELECT args::text FROM procrastinate_jobs")  # fmt: skip
    assert not [row for (row,) in stored if link.partition(".")[2] in row]
    await auth.send_again(admin, invitation.id)
    await work_off()
    later = link_in(carrier.taken[1][0].text, "/invitation")
    assert later != link
    signed_in = await auth.accept_invitation(later, PASSWORD, address="127.0.0.1")
    assert signed_in.person.email == "marco@lumen.example"


async def test_an_invitation_that_was_taken_back_before_it_left_does_not_leave(admin, lumen, carrier, work_off, rows):
    draft = InvitationDraft(email="marco@lumen.example", name="Marco", organisation_id=lumen, roles=(Role.SUPPLIER,))
    invitation = await auth.invite(admin, draft)
    await service.write(key="before", to="a@b.example", to_name="", subject="s", text="t")
    from ils_app.notifications import accounts

    await accounts.invited(invitation.id, 1)  # as its listener does
    await auth.revoke(admin, invitation.id)
    await work_off()
    assert carrier.addresses == ["a@b.example"]
    assert rows("SELECT state, last_error FROM notifications.mail WHERE address = 'marco@lumen.example'") == [
        ("given_up", "Its link was used, taken back or too old before it left.")
    ]


async def test_a_sign_up_tells_the_administrators_and_its_approval_tells_the_person(
    admin, make_person, as_actor, lumen, carrier, work_off
):
    other_admin, ecp = await make_person(Role.ADMIN), await make_person()
    draft = SignUpDraft(email="new@example.com", name="<b>Newcomer</b>", password=SecretStr(PASSWORD),
                        role=Role.SUPPLIER, organisation="Lumen")  # fmt: skip
    await auth.sign_up(draft, address="127.0.0.1")
    await work_off()
    told = await service.notifications(as_actor(other_admin))
    assert [(row.title, row.href) for row in told.rows] == [
        ("A new account waits for your decision", "/admin/requests")
    ]
    assert await service.unread_count(admin) == 1
    assert await service.unread_count(as_actor(ecp)) == 0
    assert not [message for message, _ in carrier.taken if "Newcomer" in message.text]
    carrier.taken.clear()
    waiting = (await auth.people(admin, search="new@example.com")).rows[0]
    await auth.approve(admin, waiting.user_id, Grant(organisation_id=lumen, roles=(Role.SUPPLIER,)))
    await work_off()
    assert [(message.to, message.subject) for message, _ in carrier.taken] == [
        ("new@example.com", "Your account is approved")
    ]
    await auth.sign_up(draft, address="127.0.0.1")
    await work_off()
    assert carrier.taken[-1][0].subject == "Somebody signed up with your email"


async def test_who_is_turned_down_gets_the_reason(admin, carrier, work_off):
    draft = SignUpDraft(email="new@example.com", name="Newcomer", password=SecretStr(PASSWORD), role=Role.ECP,
                        organisation="Nowhere")  # fmt: skip
    await auth.sign_up(draft, address="127.0.0.1")
    waiting = (await auth.people(admin, search="new@example.com")).rows[0]
    await auth.reject(admin, waiting.user_id, "We know no such practice.")
    await work_off()
    (letter,) = [message for message, _ in carrier.taken if message.to == "new@example.com"]
    assert "We know no such practice." in letter.text


async def test_who_is_suspended_gets_the_reason_each_time_and_hears_of_being_let_in_again(
    admin, make_person, as_actor, carrier, work_off
):
    one = await make_person()
    for reason in ("Left the practice", "Left it once more"):
        await auth.suspend(admin, one.user_id, reason)
        await work_off()
        await auth.reinstate(admin, one.user_id, "Came back")
        await work_off()
    said = [(message.to, message.subject) for message, _ in carrier.taken]
    assert said == [(one.email, "Your account is suspended"), (one.email, "Your account is open again")] * 2
    assert "Left the practice" in carrier.taken[0][0].text
    assert "Left it once more" in carrier.taken[2][0].text
    assert (await service.notifications(as_actor(one))).total == 2


async def test_a_forgotten_password_is_mailed_a_link_to_choose_another(make_person, carrier, work_off):
    one = await make_person()
    await auth.ask_for_password_link(one.email, address="127.0.0.1")
    await auth.ask_for_password_link("nobody@example.com", address="127.0.0.1")
    await work_off()
    ((message, _),) = carrier.taken
    assert (message.to, message.settings_url) == (one.email, "")
    link = link_in(message.text, "/new-password")
    assert (await auth.choose_password(link, "another-meniscus-43", address="127.0.0.1")).person.user_id == one.user_id


async def test_who_has_another_password_is_told_so_whoever_changed_it(admin, make_person, as_actor, carrier, work_off):
    one = await make_person()
    await auth.change_password(as_actor(one), PASSWORD, "another-meniscus-43")
    await work_off()
    await auth.reset_password(admin, one.user_id)
    await work_off()
    await auth.ask_for_password_link(one.email, address="127.0.0.1")
    await work_off()
    link = link_in(carrier.taken[-1][0].text, "/new-password")
    await auth.choose_password(link, "third-meniscus-44", address="127.0.0.1")
    await work_off()
    assert [(message.to, message.subject) for message, _ in carrier.taken] == [
        (one.email, "Your password was changed"),
        (one.email, "Your password was changed by an administrator"),
        (one.email, "Choose a new password for ILS"),
        (one.email, "Your password was changed"),
    ]
