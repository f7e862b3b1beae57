"""Invitations: whom they let in, once, for a while, and that their tokens are kept nowhere."""

import asyncio
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from ils_app.auth import service
from ils_app.auth.errors import AlreadyAsked, AlreadyInvited, EmailTaken, LinkOver, NotThatMove, WeakPassword
from ils_app.auth.schemas import InvitationDraft, InvitationState, OrganisationKind, PersonStatus, SignUpDraft
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.roles import Role

ADDRESS = "192.0.2.1"
PASSWORD = "lilac-prism-77"


@pytest.fixture
async def lumen(database):
    return await service.create_organisation(name="Lumen Blanks", kind=OrganisationKind.SUPPLIER)


def a_draft(organisation_id: UUID, **changes) -> InvitationDraft:
    given = {"email": "Marco@Lumen.example", "name": "Marco Bell", "roles": (Role.SUPPLIER,), **changes}
    return InvitationDraft(organisation_id=organisation_id, **given)


async def link_of(invitation) -> str:
    return (await service.invitation_link(invitation.id)).partition("link=")[2]


async def accepted(link: str, password: str = PASSWORD):
    return await service.accept_invitation(link, password, address=ADDRESS)


async def test_an_invited_person_makes_their_account_and_is_signed_in(admin, lumen, facts, rows):
    invited = await service.invite(admin, a_draft(lumen.id))
    assert (invited.email, invited.state, invited.sent) == ("marco@lumen.example", InvitationState.OPEN, 1)
    assert facts()[-1] == "PersonInvited"
    path = await service.invitation_link(invited.id)
    assert path.startswith("/invitation?link=")
    link = await link_of(invited)
    welcome = await service.invitation(link)
    assert (welcome.name, welcome.organisation_name) == ("Marco Bell", "Lumen Blanks")
    signed_in = await accepted(link)
    assert (signed_in.person.roles, signed_in.person.organisation_id) == ((Role.SUPPLIER,), lumen.id)
    assert (await service.person_for(signed_in.token)).email == "marco@lumen.example"
    (one,) = (await service.invitations(admin)).rows
    assert one.state is InvitationState.ACCEPTED
    assert "InvitationAccepted" in facts()
    assert "AccountAdded" in facts()


async def test_a_link_works_once(admin, lumen):
    link = await link_of(await service.invite(admin, a_draft(lumen.id)))
    at_once = await asyncio.gather(*(accepted(link) for _ in range(3)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in at_once) == ["LinkOver", "LinkOver", "SignedIn"]
    for ask in (service.invitation(link), accepted(link)):
        with pytest.raises(LinkOver):
            await ask


async def test_a_link_ends_when_it_runs_out_is_revoked_or_is_sent_again(admin, lumen, time):
    invited = await service.invite(admin, a_draft(lumen.id))
    first = await link_of(invited)
    time.pass_by(days=7, seconds=1)
    assert (await service.invitations(admin)).rows[0].state is InvitationState.EXPIRED
    with pytest.raises(LinkOver):
        await accepted(first)
    with pytest.raises(LinkOver):
        await service.invitation_link(invited.id)
    assert not (await service.invitation_letter(invited.id)).open
    again = await service.send_again(admin, invited.id)
    assert (again.state, again.sent) == (InvitationState.OPEN, 2)
    second = await link_of(invited)
    assert second != first
    with pytest.raises(LinkOver):
        await accepted(first)
    assert (await service.invitation(second)).email == "marco@lumen.example"
    assert (await service.revoke(admin, invited.id)).state is InvitationState.REVOKED
    with pytest.raises(LinkOver):
        await accepted(second)
    for act in (service.revoke, service.send_again):
        with pytest.raises(NotThatMove):
            await act(admin, invited.id)
        with pytest.raises(NotFound):
            await act(admin, uuid4())
    third = await service.invite(admin, a_draft(lumen.id))
    assert third.state is InvitationState.OPEN


FORGED = ["", ".", "nonsense", "3a4894292b9d4b1a9f3502291d4b2368.abc", "{id}", "{id}.", "{id}.{other}", "\udc80.x"]


@pytest.mark.parametrize("forged", FORGED)
async def test_a_forged_link_opens_nothing(admin, lumen, forged):
    invited = await service.invite(admin, a_draft(lumen.id))
    other = await service.invite(admin, a_draft(lumen.id, email="other@lumen.example"))
    token = (await link_of(other)).partition(".")[2]
    link = forged.format(id=invited.id.hex, other=token)
    for ask in (service.invitation, accepted):
        with pytest.raises(LinkOver):
            await ask(link)


async def test_a_closed_organisation_s_invitations_let_nobody_in(admin, lumen):
    link = await link_of(await service.invite(admin, a_draft(lumen.id)))
    await service.set_access(admin, lumen.id, False)
    with pytest.raises(LinkOver):
        await accepted(link)
    with pytest.raises(Invalid):
        await service.invite(admin, a_draft(lumen.id, email="other@lumen.example"))


async def test_a_weak_password_is_refused_and_the_link_still_works(admin, lumen):
    link = await link_of(await service.invite(admin, a_draft(lumen.id)))
    with pytest.raises(WeakPassword):
        await accepted(link, "short")
    assert (await accepted(link)).person.name == "Marco Bell"


async def test_nobody_is_invited_twice_or_who_is_there_already(admin, lumen, make_person, facts):
    known = await make_person(Role.LAB)
    await service.invite(admin, a_draft(lumen.id))
    wish = SignUpDraft(
        email="w@lumen.example", name="W", password=SecretStr(PASSWORD), role=Role.SUPPLIER, organisation="Lumen"
    )
    await service.sign_up(wish, address=ADDRESS)
    before = facts()
    for email, error in (
        ("MARCO@lumen.example", AlreadyInvited), (known.email, EmailTaken), ("w@lumen.example", AlreadyAsked),
    ):  # fmt: skip
        with pytest.raises(error) as refused:
            await service.invite(admin, a_draft(lumen.id, email=email))
        assert "email" in refused.value.fields
    for wrong, field in (
        ({"email": "x"}, "email"), ({"name": ""}, "name"), ({"roles": (Role.ECP,)}, "roles"), ({"roles": ()}, "roles"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            await service.invite(admin, a_draft(lumen.id, **{"email": "new@lumen.example", **wrong}))
        assert field in refused.value.fields
    with pytest.raises(Invalid):
        await service.invite(admin, a_draft(uuid4(), email="new@lumen.example"))
    assert facts() == before


async def test_who_signed_up_meanwhile_becomes_who_was_invited(admin, lumen):
    """Anybody can sign up with somebody's email; only its owner has the link."""
    link = await link_of(await service.invite(admin, a_draft(lumen.id)))
    wish = SignUpDraft(
        email="marco@lumen.example",
        name="Mallory",
        password=SecretStr("mallory-knows-1"),
        role=Role.ECP,
        organisation="M",
    )
    await service.sign_up(wish, address=ADDRESS)
    signed_in = await accepted(link)
    assert (signed_in.person.name, signed_in.person.roles) == ("Marco Bell", (Role.SUPPLIER,))
    with pytest.raises(Exception, match="do not belong together"):
        await service.sign_in("marco@lumen.example", "mallory-knows-1", address=ADDRESS)
    assert (await service.person(admin, signed_in.person.user_id)).status is PersonStatus.ACTIVE


async def test_who_was_turned_down_can_be_invited_after_all(admin, lumen):
    wish = SignUpDraft(
        email="marco@lumen.example", name="Marco", password=SecretStr(PASSWORD), role=Role.ECP, organisation="M"
    )
    await service.sign_up(wish, address=ADDRESS)
    (asked,) = (await service.people(admin, search="marco")).rows
    await service.reject(admin, asked.user_id, "Not an optician")
    signed_in = await accepted(await link_of(await service.invite(admin, a_draft(lumen.id))))
    assert signed_in.person.user_id == asked.user_id


async def test_who_got_an_account_meanwhile_is_not_made_another(admin, lumen, make_person):
    link = await link_of(await service.invite(admin, a_draft(lumen.id)))
    await make_person(Role.SUPPLIER, email="marco@lumen.example")
    with pytest.raises(EmailTaken):
        await accepted(link)


async def test_invitations_are_found_by_state_and_text_a_page_at_a_time(admin, lumen):
    one = await service.invite(admin, a_draft(lumen.id))
    two = await service.invite(admin, a_draft(lumen.id, email="two@lumen.example", name="Two_%"))
    await service.revoke(admin, one.id)
    assert [row.id for row in (await service.invitations(admin)).rows] == [two.id, one.id]
    assert [row.id for row in (await service.invitations(admin, state=InvitationState.OPEN)).rows] == [two.id]
    assert [row.id for row in (await service.invitations(admin, state=InvitationState.REVOKED)).rows] == [one.id]
    for state in (InvitationState.ACCEPTED, InvitationState.EXPIRED):
        assert (await service.invitations(admin, state=state)).total == 0
    assert [row.id for row in (await service.invitations(admin, search="two_%")).rows] == [two.id]
    assert (await service.invitations(admin, page=2, size=1)).rows[0].id == one.id


async def test_the_token_is_in_no_table(admin, lumen, rows):
    invited = await service.invite(admin, a_draft(lumen.id))
    link = await link_of(invited)
    token = link.partition(".")[2]
    await accepted(link)
    tables = rows(
        "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    )
    for (table,) in tables:
        assert not rows(f"SELECT 1 FROM {table} t WHERE to_jsonb(t)::text LIKE %s", f"%{token}%"), table


async def test_the_letter_names_whom_and_where(admin, lumen):
    invited = await service.invite(admin, a_draft(lumen.id))
    letter = await service.invitation_letter(invited.id)
    assert (letter.email, letter.name, letter.organisation_name, letter.open) == (
        "marco@lumen.example", "Marco Bell", "Lumen Blanks", True,
    )  # fmt: skip
    for ask in (service.invitation_letter, service.invitation_link):
        with pytest.raises(NotFound):
            await ask(uuid4())
    known = await service.names([invited.id, lumen.id, admin.user_id, uuid4()])
    assert (known.invitations, known.organisations) == ({invited.id: "marco@lumen.example"}, {lumen.id: "Lumen Blanks"})
    assert list(known.people) == [admin.user_id]
    assert (await service.names([])).people == {}


async def test_over_http_the_link_is_posted_with_a_password_and_signs_in(admin, lumen, client):
    link = await link_of(await service.invite(admin, a_draft(lumen.id)))
    weak = await client.post("/auth/invitation", data={"link": link, "password": "short"})
    assert weak.status_code == 303
    assert weak.headers["location"].startswith(f"/invitation?link={link}&problem=")
    assert "short" not in weak.headers["location"]
    foreign = await client.post("/auth/invitation", data={"link": link}, headers={"origin": "http://evil.example"})
    assert foreign.status_code == 403
    done = await client.post("/auth/invitation", data={"link": link, "password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert (await client.get("/api/v1/auth/me")).json()["email"] == "marco@lumen.example"
    over = await client.post("/auth/invitation", data={"link": link, "password": PASSWORD})
    assert "problem=link_over" in over.headers["location"]


async def test_administrators_invite_over_http_too(make_person, lumen, client, password):
    root = await make_person(Role.ADMIN)
    await client.post("/auth/sign-in", data={"email": root.email, "password": password})
    body = {**a_draft(lumen.id).model_dump(mode="json")}
    made = await client.post("/api/v1/invitations", json=body)
    assert made.status_code == 201
    assert "token" not in made.text
    assert "link" not in made.text
    invitation_id = made.json()["id"]
    assert (await client.post("/api/v1/invitations", json=body)).status_code == 409
    assert (await client.get("/api/v1/invitations?state=open")).json()["total"] == 1
    assert (await client.post(f"/api/v1/invitations/{invitation_id}/send")).json()["sent"] == 2
    assert (await client.delete(f"/api/v1/invitations/{invitation_id}")).json()["state"] == "revoked"
    renamed = await client.put(f"/api/v1/organisations/{lumen.id}/name", json={"name": "Lumen Optics"})
    assert renamed.json()["name"] == "Lumen Optics"
    wish = SignUpDraft(
        email="w@lumen.example", name="W", password=SecretStr(PASSWORD), role=Role.SUPPLIER, organisation="Lumen"
    )
    await service.sign_up(wish, address=ADDRESS)
    waiting = (await client.get("/api/v1/users?status=pending")).json()["rows"][0]
    assert waiting["wish"]["organisation"] == "Lumen"
    refused = await client.post(f"/api/v1/users/{waiting['user_id']}/reject", json={"reason": "Unknown"})
    assert refused.json()["status"] == "rejected"
