"""Asking for an account, and what an administrator decides about it."""

import asyncio
from uuid import uuid4

import pytest
from pydantic import SecretStr

from ils_app.auth import service
from ils_app.auth.errors import AccountRejected, NotThatMove, NotYetApproved, RoleDoesNotFit, Slowed, WrongCredentials
from ils_app.auth.schemas import Grant, OrganisationKind, PersonStatus, SignUpDraft
from ils_app.kernel import live
from ils_app.kernel.errors import Invalid
from ils_app.kernel.roles import Role

ADDRESS = "192.0.2.1"


def a_draft(**changes) -> SignUpDraft:
    return SignUpDraft(
        **{
            "email": "Nora@Quay.example",
            "name": " Nora  Quinn ",
            "password": SecretStr("violet-meniscus-42"),
            "role": Role.ECP,
            "organisation": "Quay Opticians",
            "note": "Account QUAY-7",
            **changes,
        }
    )


async def asked(admin, email: str = "nora@quay.example"):
    (row,) = (await service.people(admin, search=email)).rows
    return row


async def test_who_signs_up_waits_and_is_told_so_when_they_sign_in(admin, facts, password):
    await service.sign_up(a_draft(), address=ADDRESS)
    row = await asked(admin)
    assert (row.status, row.name, row.organisation_id, row.roles) == (PersonStatus.PENDING, "Nora Quinn", None, ())
    assert (row.wish.role, row.wish.organisation, row.wish.note) == (Role.ECP, "Quay Opticians", "Account QUAY-7")
    assert facts()[-1] == "PersonSignedUp"
    assert await service.waiting(admin) == 1
    with pytest.raises(NotYetApproved):
        await service.sign_in("nora@quay.example", password, address=ADDRESS)
    with pytest.raises(WrongCredentials):
        await service.sign_in("nora@quay.example", "another-password-1", address=ADDRESS)


async def test_open_pages_of_administrators_hear_of_it(admin):
    heard = []

    async def hear(topics):
        heard.extend(topics)

    end = live.subscribe(hear)
    await service.sign_up(a_draft(), address=ADDRESS)
    end()
    assert "people" in heard


async def test_the_answer_is_the_same_for_an_email_that_has_an_account(admin, make_person, facts, password):
    known = await make_person(Role.LAB)
    assert await service.sign_up(a_draft(email=known.email), address=ADDRESS) is None
    assert facts()[-1] == "SignUpRepeated"
    assert await service.person(admin, known.user_id) == known
    assert (await service.sign_in(known.email, password, address=ADDRESS)).person.name == known.name


async def test_signing_up_twice_is_waiting_once_with_the_first_password(admin, facts, password):
    await service.sign_up(a_draft(), address=ADDRESS)
    await service.sign_up(a_draft(password=SecretStr("another-password-1"), name="Mallory"), address=ADDRESS)
    assert (await asked(admin)).name == "Nora Quinn"
    with pytest.raises(WrongCredentials):
        await service.sign_in("nora@quay.example", "another-password-1", address=ADDRESS)
    await asyncio.gather(*(service.sign_up(a_draft(email="x@quay.example"), address=ADDRESS) for _ in range(3)))
    assert await service.waiting(admin) == 2
    assert facts().count("PersonSignedUp") == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "nora"}, "email"),
        ({"name": " "}, "name"),
        ({"organisation": ""}, "organisation"),
        ({"note": "x" * 501}, "note"),
        ({"password": SecretStr("short")}, "password"),
        ({"password": SecretStr("nora@quay.example")}, "password"),
        ({"role": Role.ADMIN}, "role"),
        ({"role": Role.LAB}, "role"),
        ({"role": None}, "role"),
    ],
)
async def test_what_is_wrong_is_said_by_field_and_nothing_is_kept(admin, facts, wrong, field):
    before = facts()
    with pytest.raises(Invalid) as refused:
        await service.sign_up(a_draft(**wrong), address=ADDRESS)
    assert set(refused.value.fields) == {field}
    assert facts() == before
    assert await service.waiting(admin) == 0


async def test_everything_wrong_is_said_at_once(database):
    with pytest.raises(Invalid) as refused:
        await service.sign_up(SignUpDraft(email="", name="", password="", role=None, organisation=""), address=ADDRESS)
    assert set(refused.value.fields) == {"email", "name", "password", "role", "organisation"}


async def test_who_signs_up_again_and_again_is_slowed(database):
    with pytest.raises(Slowed):
        for _ in range(8):
            await service.sign_up(a_draft(), address=ADDRESS)
    with pytest.raises(Slowed):
        for number in range(30):
            await service.sign_up(a_draft(email=f"n{number}@quay.example"), address="192.0.2.9")


async def test_approved_with_organisation_and_roles_they_sign_in(admin, facts, rows, password):
    quay = await service.create_organisation(name="Quay Opticians", kind=OrganisationKind.PRACTICE)
    await service.sign_up(a_draft(), address=ADDRESS)
    user_id = (await asked(admin)).user_id
    with pytest.raises(Invalid) as refused:
        await service.approve(admin, user_id)
    assert "organisation_id" in refused.value.fields
    view = await service.approve(admin, user_id, Grant(organisation_id=quay.id, roles=(Role.ECP,), manager=True))
    assert (view.status, view.organisation_name, view.roles, view.manager) == (
        PersonStatus.ACTIVE, "Quay Opticians", (Role.ECP,), True,
    )  # fmt: skip
    assert facts()[-1] == "PersonApproved"
    assert rows("SELECT actor_id FROM kernel.event WHERE name = 'PersonApproved'") == [(admin.user_id,)]
    signed_in = await service.sign_in("nora@quay.example", password, address=ADDRESS)
    assert signed_in.person.organisation_id == quay.id
    with pytest.raises(NotThatMove):
        await service.approve(admin, user_id)
    with pytest.raises(NotThatMove):
        await service.reject(admin, user_id, "Too late")


async def test_nobody_is_approved_to_where_they_cannot_be(admin, facts):
    await service.sign_up(a_draft(), address=ADDRESS)
    user_id = (await asked(admin)).user_id
    quay = await service.create_organisation(name="Quay", kind=OrganisationKind.PRACTICE)
    closed = await service.create_organisation(name="Shut", kind=OrganisationKind.PRACTICE)
    await service.set_access(admin, closed.id, False)
    before = facts()
    for grant, error in (
        (Grant(organisation_id=quay.id, roles=(Role.LAB,)), RoleDoesNotFit),
        (Grant(organisation_id=quay.id, roles=()), RoleDoesNotFit),
        (Grant(organisation_id=uuid4(), roles=(Role.ECP,)), Invalid),
        (Grant(organisation_id=closed.id, roles=(Role.ECP,)), Invalid),
    ):
        with pytest.raises(error):
            await service.approve(admin, user_id, grant)
    with pytest.raises(NotThatMove):
        await service.suspend(admin, user_id, "Nobody")
    assert facts() == before
    assert (await asked(admin)).status is PersonStatus.PENDING


async def test_who_is_turned_down_reads_why_and_may_ask_again(admin, facts, password):
    await service.sign_up(a_draft(), address=ADDRESS)
    user_id = (await asked(admin)).user_id
    with pytest.raises(Invalid):
        await service.reject(admin, user_id, "  ")
    view = await service.reject(admin, user_id, "We do not know this practice")
    assert (view.status, view.reason) == (PersonStatus.REJECTED, "We do not know this practice")
    with pytest.raises(AccountRejected, match="We do not know this practice"):
        await service.sign_in("nora@quay.example", password, address=ADDRESS)
    with pytest.raises(WrongCredentials):
        await service.sign_in("nora@quay.example", "another-password-1", address=ADDRESS)
    await service.sign_up(a_draft(organisation="Quay & Sons", password=SecretStr("lilac-prism-77")), address=ADDRESS)
    again = await asked(admin)
    assert (again.status, again.reason, again.user_id) == (PersonStatus.PENDING, "", user_id)
    assert again.wish.organisation == "Quay & Sons"
    with pytest.raises(NotYetApproved):
        await service.sign_in("nora@quay.example", "lilac-prism-77", address=ADDRESS)
    assert facts().count("PersonSignedUp") == 2
    assert facts().count("PersonRejected") == 1


async def test_no_fact_holds_an_email_a_name_or_a_password(admin, rows):
    await service.sign_up(a_draft(), address=ADDRESS)
    (body,) = rows("SELECT body::text FROM kernel.event WHERE name = 'PersonSignedUp'")
    assert not [word for word in ("Nora", "quay", "meniscus") if word in body[0]]
