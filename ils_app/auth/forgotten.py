"""A forgotten password: a mailed link lets its owner choose another, once. Nobody learns which emails are known."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from ils_app.auth import attempts, hashing, links
from ils_app.auth.attempts import Purpose
from ils_app.auth.ending import end_password_links, end_sessions
from ils_app.auth.errors import LinkOver
from ils_app.auth.events import PasswordChanged, PasswordLinkAsked
from ils_app.auth.models import PASSWORD_LINK_LIFE, OrganisationRow, PasswordLinkRow, PersonRow, SessionRow
from ils_app.auth.room import room
from ils_app.auth.rows import locked_person
from ils_app.auth.schemas import Letter, PersonStatus, SignedIn, Welcome
from ils_app.auth.sign_in import begin_session
from ils_app.auth.words import required_email
from ils_app.kernel import clock
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import anyone, internal

PURPOSE = "password"
PAGE = "/new-password"


@anyone
async def ask_for_password_link(email: str, *, address: str) -> None:
    """Have a link mailed to the owner of an account, if there is one that may sign in.

    The answer and the work are the same for an email that is nobody's. Raises Invalid for what is no email, Slowed.
    """
    normal = required_email(email)
    await attempts.count(Purpose.LINK, normal, address)
    async with room.unit_of_work() as uow:
        wanted = select(PersonRow).where(col(PersonRow.email) == normal, col(PersonRow.status) == PersonStatus.ACTIVE)
        person = (await uow.session.execute(wanted)).scalar_one_or_none()
        row = PasswordLinkRow(person_id=person.id if person else None, expires_at=clock.now() + PASSWORD_LINK_LIFE)
        uow.session.add(row)
        uow.emit(PasswordLinkAsked(link_id=row.id, user_id=row.person_id))


@anyone
async def password_link(link: str) -> Welcome:
    """Whose password a link changes. Raises LinkOver."""
    async with room.read() as session:
        row = _genuine(await session.get(PasswordLinkRow, links.row_named(link) or UUID(int=0)), link)
        person = await session.get_one(PersonRow, row.person_id)
        organisation = await session.get(OrganisationRow, person.organisation_id)
    return Welcome(
        email=person.email,
        name=person.name,
        organisation_name=organisation.name if organisation else "",
        expires_at=row.expires_at,
    )


@anyone
async def choose_password(
    link: str, password: str, *, address: str, agent: str = "", replaces: str | None = None
) -> SignedIn:
    """Take a new password from who holds the link, end every session of theirs and every other link, and sign them in.

    Raises LinkOver, WeakPassword, and what signing in raises for who was suspended meanwhile.
    """
    welcome = await password_link(link)
    hashing.refuse_weak(password, email=welcome.email, name=welcome.name)
    password_hash = await hashing.hashed(password)
    async with room.unit_of_work() as uow:
        row = _genuine(await uow.session.get(PasswordLinkRow, links.row_named(link)), link)
        assert row.person_id
        person = await locked_person(uow.session, row.person_id)  # before any link: so everybody who ends them does
        await uow.session.refresh(row, with_for_update=True)
        _genuine(row, link)
        person.password_hash, person.temporary_until = password_hash, None
        await end_password_links(uow, person.id)
        await end_sessions(uow, col(SessionRow.person_id) == person.id, why="password", by=person.id)
        uow.emit(PasswordChanged(user_id=person.id))
        uow.publish("people")
    return await begin_session(person.id, password_hash, address=address, agent=agent, replaces=replaces)


@internal
async def password_link_path(link_id: UUID) -> str:
    """The path and query of the page, for the mail that is being sent. Raises LinkOver, NotFound."""
    async with room.read() as session:
        row = await session.get(PasswordLinkRow, link_id)
    if row is None:
        raise NotFound
    if not _usable(row):
        raise LinkOver
    return links.path(PAGE, PURPOSE, row.id)


@internal
async def password_letter(link_id: UUID) -> Letter:
    """To whom the link goes, and whether it is still to. Raises NotFound for a link that is nobody's."""
    async with room.read() as session:
        row = await session.get(PasswordLinkRow, link_id)
        if row is None or row.person_id is None:
            raise NotFound
        person = await session.get_one(PersonRow, row.person_id)
        organisation = await session.get(OrganisationRow, person.organisation_id)
    return Letter(
        email=person.email,
        name=person.name,
        organisation_name=organisation.name if organisation else "",
        expires_at=row.expires_at,
        open=_usable(row),
    )


def _genuine(row: PasswordLinkRow | None, link: str) -> PasswordLinkRow:
    if row is None or not links.is_genuine(link, PURPOSE, row.id) or not _usable(row):
        raise LinkOver
    return row


def _usable(row: PasswordLinkRow) -> bool:
    return row.person_id is not None and row.used_at is None and clock.now() < row.expires_at
