"""Invitations: an administrator says who is to come, where and as what; a mailed link makes the account, once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from ils_app.auth import hashing, links
from ils_app.auth.adding import add, grant, open_organisation
from ils_app.auth.errors import AlreadyAsked, AlreadyInvited, EmailTaken, LinkOver, NotThatMove
from ils_app.auth.events import InvitationAccepted, InvitationRevoked, PersonInvited
from ils_app.auth.models import INVITATION_LIFE, GrantRow, InvitationRow, OrganisationRow, PersonRow
from ils_app.auth.room import room
from ils_app.auth.schemas import (
    Grant,
    InvitationDraft,
    InvitationsPage,
    InvitationState,
    InvitationView,
    Letter,
    PersonStatus,
    SignedIn,
    Welcome,
)
from ils_app.auth.sign_in import begin_session
from ils_app.auth.words import like, required_email, required_line
from ils_app.kernel import clock
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import anyone, door, internal
from ils_app.kernel.roles import Role
from ils_app.kernel.room import UnitOfWork

PURPOSE = "invitation"
PAGE = "/invitation"
LARGEST_PAGE = 100


@door("people.manage")
async def invite(actor: Actor, draft: InvitationDraft) -> InvitationView:
    """Invite somebody; the mail goes by itself.

    Raises Invalid by field, RoleDoesNotFit, EmailTaken for who has an account, AlreadyAsked for who signed up,
    AlreadyInvited.
    """
    email, name = required_email(draft.email), required_line(draft.name, "name")
    given = Grant(**draft.model_dump(exclude={"email", "name"}))
    row = InvitationRow(
        email=email,
        name=name,
        organisation_id=given.organisation_id,
        roles=[role.value for role in dict.fromkeys(given.roles)],
        manager=given.manager,
        supervisor=given.supervisor,
        invited_by=actor.user_id,
        expires_at=clock.now() + INVITATION_LIFE,
    )
    async with room.unit_of_work() as uow:
        await open_organisation(uow, given)
        await _refuse_known(uow, email)
        uow.session.add(row)
        try:
            await uow.session.flush()
        except IntegrityError as error:
            raise AlreadyInvited from error
        return await _sent(uow, row)


@door("people.manage")
async def send_again(actor: Actor, invitation_id: UUID) -> InvitationView:
    """Send an invitation again, with a new link that lasts anew; the one before ends. Raises NotThatMove, NotFound."""
    async with room.unit_of_work() as uow:
        row = await _open_row(uow, invitation_id)
        await open_organisation(uow, _grant_of(row))
        row.sent, row.expires_at = row.sent + 1, clock.now() + INVITATION_LIFE
        return await _sent(uow, row)


@door("people.manage")
async def revoke(actor: Actor, invitation_id: UUID) -> InvitationView:
    """Have an invitation let nobody in any more. Raises NotThatMove when it was accepted or revoked, NotFound."""
    async with room.unit_of_work() as uow:
        row = await _open_row(uow, invitation_id)
        row.ended_at = clock.now()
        uow.emit(InvitationRevoked(invitation_id=row.id, organisation_id=row.organisation_id))
        uow.publish("people")
        return await _one(uow, row.id)


@door("people.manage")
async def invitations(
    actor: Actor,
    *,
    search: str = "",
    state: InvitationState | None = None,
    ending_within: timedelta | None = None,
    page: int = 1,
    size: int = 25,
) -> InvitationsPage:
    """Invitations, the latest first; `search` looks in names, emails and organisations.

    With `ending_within` those nobody has accepted that end within this time.
    """
    query = _query()
    if search.strip():
        columns = (col(InvitationRow.name), col(InvitationRow.email), col(OrganisationRow.name))
        query = query.where(or_(*(column.ilike(like(search)) for column in columns)))
    if state is not None:
        query = query.where(_in_state(state))
    if ending_within is not None:
        query = query.where(_ending(ending_within))
    page, size = max(page, 1), min(max(size, 1), LARGEST_PAGE)
    ordered = query.order_by(col(InvitationRow.created_at).desc(), col(InvitationRow.id))
    async with room.read() as session:
        total = await session.scalar(select(func.count()).select_from(query.subquery()))
        found = (await session.execute(ordered.limit(size).offset((page - 1) * size))).all()
    return InvitationsPage(rows=[_view(*row) for row in found], total=total or 0, page=page, size=size)


@door("people.manage")
async def invitations_ending(actor: Actor, within: timedelta) -> int:
    """How many invitations nobody has accepted end within this time."""
    query = select(func.count()).select_from(InvitationRow).where(_ending(within))
    async with room.read() as session:
        return int(await session.scalar(query) or 0)


@anyone
async def invitation(link: str) -> Welcome:
    """What the holder of a link is welcomed with. Raises LinkOver."""
    async with room.read() as session:
        found = await session.get(InvitationRow, links.row_named(link) or UUID(int=0))
        row = _genuine(found, link)
        organisation = await session.get_one(OrganisationRow, row.organisation_id)
        if not organisation.active:
            raise LinkOver
        return Welcome(email=row.email, name=row.name, organisation_name=organisation.name, expires_at=row.expires_at)


@anyone
async def accept_invitation(
    link: str, password: str, *, address: str, agent: str = "", replaces: str | None = None
) -> SignedIn:
    """Make the invited person's account with this password, once, and sign them in.

    Who has signed up meanwhile with the same email becomes the one invited: only the link proves whose email it is.
    Raises LinkOver, WeakPassword, EmailTaken for who got an account meanwhile.
    """
    welcome = await invitation(link)
    hashing.refuse_weak(password, email=welcome.email, name=welcome.name)
    password_hash = await hashing.hashed(password)
    async with room.unit_of_work() as uow:
        row = _genuine(await uow.session.get(InvitationRow, links.row_named(link), with_for_update=True), link)
        await open_organisation(uow, _grant_of(row))
        person = await _person(uow, row, password_hash)
        row.ended_at, row.user_id = clock.now(), person.id
        uow.emit(
            InvitationAccepted(
                invitation_id=row.id, user_id=person.id, organisation_id=row.organisation_id, roles=_roles(row)
            )
        )
        uow.publish("people")
    return await begin_session(person.id, password_hash, address=address, agent=agent, replaces=replaces)


@internal
async def invitation_link(invitation_id: UUID) -> str:
    """The path and query of an open invitation's page, for the mail that is being sent. Raises LinkOver, NotFound."""
    async with room.read() as session:
        row = await session.get(InvitationRow, invitation_id)
    if row is None:
        raise NotFound
    if _state(row) is not InvitationState.OPEN:
        raise LinkOver
    return links.path(PAGE, PURPOSE, row.id, row.sent)


@internal
async def invitation_letter(invitation_id: UUID) -> Letter:
    """To whom an invitation goes, and whether it is still to. Raises NotFound."""
    async with room.read() as session:
        row = await session.get(InvitationRow, invitation_id)
        if row is None:
            raise NotFound
        organisation = await session.get_one(OrganisationRow, row.organisation_id)
    return Letter(
        email=row.email,
        name=row.name,
        organisation_name=organisation.name,
        expires_at=row.expires_at,
        open=_state(row) is InvitationState.OPEN,
    )


async def _person(uow: UnitOfWork, row: InvitationRow, password_hash: str) -> PersonRow:
    """The account the invitation makes: a new one, or that of somebody who signed up and was not let in."""
    found = select(PersonRow).where(col(PersonRow.email) == row.email).with_for_update()
    person = (await uow.session.execute(found)).scalar_one_or_none()
    if person is None:
        person = PersonRow(
            email=row.email,
            name=row.name,
            password_hash=password_hash,
            status=PersonStatus.ACTIVE,
            organisation_id=row.organisation_id,
            manager=row.manager,
            supervisor=row.supervisor,
        )
        await add(uow, person, _roles(row), by=row.invited_by)
        return person
    if person.status not in {PersonStatus.PENDING, PersonStatus.REJECTED}:
        raise EmailTaken
    person.name, person.password_hash, person.organisation_id = row.name, password_hash, row.organisation_id
    person.manager, person.supervisor = row.manager, row.supervisor
    if person.status is PersonStatus.REJECTED:
        person.move(PersonStatus.PENDING)
    person.move(PersonStatus.ACTIVE)
    await uow.session.execute(delete(GrantRow).where(col(GrantRow.person_id) == person.id))
    await grant(uow, person, _roles(row), by=row.invited_by)
    return person


async def _refuse_known(uow: UnitOfWork, email: str) -> None:
    status = await uow.session.scalar(select(col(PersonRow.status)).where(col(PersonRow.email) == email))
    if status in {PersonStatus.ACTIVE, PersonStatus.SUSPENDED}:
        raise EmailTaken
    if status is PersonStatus.PENDING:
        raise AlreadyAsked


def _genuine(row: InvitationRow | None, link: str) -> InvitationRow:
    if row is None or not links.is_genuine(link, PURPOSE, row.id, row.sent) or _state(row) is not InvitationState.OPEN:
        raise LinkOver
    return row


async def _open_row(uow: UnitOfWork, invitation_id: UUID) -> InvitationRow:
    row = await uow.session.get(InvitationRow, invitation_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.ended_at is not None:
        raise NotThatMove(f"This invitation was {_state(row).value} already.")
    return row


async def _sent(uow: UnitOfWork, row: InvitationRow) -> InvitationView:
    uow.emit(PersonInvited(invitation_id=row.id, organisation_id=row.organisation_id, roles=_roles(row), sent=row.sent))
    uow.publish("people")
    return await _one(uow, row.id)


async def _one(uow: UnitOfWork, invitation_id: UUID) -> InvitationView:
    await uow.session.flush()
    return _view(*(await uow.session.execute(_query().where(col(InvitationRow.id) == invitation_id))).one())


def _roles(row: InvitationRow) -> tuple[Role, ...]:
    return tuple(map(Role, row.roles))


def _grant_of(row: InvitationRow) -> Grant:
    return Grant(organisation_id=row.organisation_id, roles=_roles(row), manager=row.manager, supervisor=row.supervisor)


def _state(row: InvitationRow) -> InvitationState:
    if row.ended_at is not None:
        return InvitationState.ACCEPTED if row.user_id else InvitationState.REVOKED
    return InvitationState.OPEN if clock.now() < row.expires_at else InvitationState.EXPIRED


def _ending(within: timedelta) -> Any:
    return and_(_in_state(InvitationState.OPEN), col(InvitationRow.expires_at) <= clock.now() + within)


def _in_state(state: InvitationState) -> Any:
    ended, moment = col(InvitationRow.ended_at).is_not(None), clock.now()
    return {
        InvitationState.ACCEPTED: and_(ended, col(InvitationRow.user_id).is_not(None)),
        InvitationState.REVOKED: and_(ended, col(InvitationRow.user_id).is_(None)),
        InvitationState.OPEN: and_(~ended, col(InvitationRow.expires_at) > moment),
        InvitationState.EXPIRED: and_(~ended, col(InvitationRow.expires_at) <= moment),
    }[state]


def _query() -> Any:
    return select(InvitationRow, OrganisationRow).join(
        OrganisationRow, col(OrganisationRow.id) == col(InvitationRow.organisation_id)
    )


def _view(row: InvitationRow, organisation: OrganisationRow) -> InvitationView:
    return InvitationView(
        id=row.id,
        email=row.email,
        name=row.name,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        roles=_roles(row),
        manager=row.manager,
        supervisor=row.supervisor,
        state=_state(row),
        sent=row.sent,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
