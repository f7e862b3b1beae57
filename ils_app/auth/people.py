"""Accounts as administrators keep them: added, approved, given roles, suspended, let in again."""

from uuid import UUID, uuid4

from sqlalchemy import delete, exists, func, or_, select
from sqlmodel import col

from ils_app.auth import hashing
from ils_app.auth.adding import add, grant, open_organisation
from ils_app.auth.ending import end_sessions, tell_open_pages
from ils_app.auth.events import PersonApproved, PersonReinstated, PersonSuspended, RolesChanged
from ils_app.auth.models import TEMPORARY_PASSWORD_LIFE, GrantRow, OrganisationRow, PersonRow, SessionRow
from ils_app.auth.room import room
from ils_app.auth.rows import (
    account,
    account_view,
    accounts,
    hold_admins,
    locked_person,
    refuse_losing_the_last_admin,
    roles_of,
)
from ils_app.auth.schemas import (
    Grant,
    PeoplePage,
    PersonAdded,
    PersonDraft,
    PersonStatus,
    PersonView,
    TemporaryPassword,
)
from ils_app.auth.words import LONGEST_REASON, like, required_line
from ils_app.kernel import clock
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.roles import Role

LARGEST_PAGE = 100


@door("people.manage")
async def people(
    actor: Actor,
    *,
    search: str = "",
    status: PersonStatus | None = None,
    role: Role | None = None,
    organisation_id: UUID | None = None,
    oldest_first: bool = False,
    page: int = 1,
    size: int = 25,
) -> PeoplePage:
    """Accounts by name, or by how long they are there; `search` looks in names, emails and organisations."""
    query = accounts()
    if search.strip():
        pattern = like(search)
        columns = (col(PersonRow.name), col(PersonRow.email), col(OrganisationRow.name))
        query = query.where(or_(*(column.ilike(pattern) for column in columns)))
    if status is not None:
        query = query.where(col(PersonRow.status) == status)
    if role is not None:
        query = query.where(exists().where(col(GrantRow.person_id) == col(PersonRow.id), col(GrantRow.role) == role))
    if organisation_id is not None:
        query = query.where(col(PersonRow.organisation_id) == organisation_id)
    page, size = max(page, 1), min(max(size, 1), LARGEST_PAGE)
    first = col(PersonRow.created_at) if oldest_first else func.lower(col(PersonRow.name))
    ordered = query.order_by(first, col(PersonRow.id))
    async with room.read() as session:
        total = await session.scalar(select(func.count()).select_from(query.subquery()))
        found = (await session.execute(ordered.limit(size).offset((page - 1) * size))).all()
    return PeoplePage(rows=[account_view(*row) for row in found], total=total or 0, page=page, size=size)


@door("people.manage")
async def person(actor: Actor, user_id: UUID) -> PersonView:
    """One account. Raises NotFound."""
    async with room.read() as session:
        return await account(session, user_id)


@door("people.manage")
async def add_person(actor: Actor, draft: PersonDraft) -> PersonAdded:
    """Add an active account with a temporary password, which is in the answer and nowhere else.

    Raises Invalid with its fields, RoleDoesNotFit, EmailTaken.
    """
    password = hashing.temporary_password()
    password_hash = await hashing.hashed(password)
    async with room.unit_of_work() as uow:
        row = PersonRow(
            email=draft.email,
            name=draft.name,
            password_hash=password_hash,
            temporary_until=clock.now() + TEMPORARY_PASSWORD_LIFE,
            status=PersonStatus.ACTIVE,
            organisation_id=draft.organisation_id,
            manager=draft.manager,
            supervisor=draft.supervisor,
        )
        view = await add(uow, row, draft.roles, by=actor.user_id)
    assert row.temporary_until
    temporary = TemporaryPassword(user_id=row.id, password=password, expires_at=row.temporary_until)
    return PersonAdded(person=view, temporary=temporary)


@door("people.manage")
async def set_roles(
    actor: Actor,
    user_id: UUID,
    roles: tuple[Role, ...],
    *,
    manager: bool | None = None,
    supervisor: bool | None = None,
) -> PersonView:
    """Give a person exactly these roles, the first their default; it holds from their next step on.

    `manager` and `supervisor` stay as they are when None. Raises RoleDoesNotFit, LastAdmin, NotFound.
    """
    async with room.unit_of_work() as uow:
        await hold_admins(uow.session)
        row = await locked_person(uow.session, user_id)
        old = tuple(map(Role, await roles_of(uow.session, user_id)))
        row.manager = row.manager if manager is None else manager
        row.supervisor = row.supervisor if supervisor is None else supervisor
        await uow.session.execute(delete(GrantRow).where(col(GrantRow.person_id) == user_id))
        new = await grant(uow, row, roles, by=actor.user_id)
        if Role.ADMIN in old:
            await refuse_losing_the_last_admin(uow.session)
        uow.emit(
            RolesChanged(
                user_id=user_id, old=old, new=new, manager=row.manager, supervisor=row.supervisor, by=actor.user_id
            )
        )
        await tell_open_pages(uow, user_id)
        return await account(uow.session, user_id)


@door("people.manage")
async def approve(actor: Actor, user_id: UUID, given: Grant | None = None) -> PersonView:
    """Let a pending account in, to work where and as what is given; who was given both before needs neither again.

    Raises Invalid for who signed up and is given nothing, RoleDoesNotFit, NotThatMove, NotFound.
    """
    async with room.unit_of_work() as uow:
        row = await locked_person(uow.session, user_id)
        if given is not None:
            await open_organisation(uow, given)
            row.organisation_id, row.manager, row.supervisor = given.organisation_id, given.manager, given.supervisor
            await uow.session.execute(delete(GrantRow).where(col(GrantRow.person_id) == user_id))
            await grant(uow, row, given.roles, by=actor.user_id)
        if row.organisation_id is None:
            raise Invalid("Say where they work.", fields={"organisation_id": "Choose one."})
        row.move(PersonStatus.ACTIVE, only_from=PersonStatus.PENDING)
        view = await account(uow.session, user_id)
        uow.emit(
            PersonApproved(user_id=user_id, by=actor.user_id, organisation_id=row.organisation_id, roles=view.roles)
        )
        uow.publish("people")
        return view


@door("people.manage")
async def suspend(actor: Actor, user_id: UUID, reason: str) -> PersonView:
    """Shut a person out at once, with a reason they are shown. Raises Invalid, LastAdmin, NotThatMove, NotFound."""
    reason = required_line(reason, "reason", longest=LONGEST_REASON)
    async with room.unit_of_work() as uow:
        await hold_admins(uow.session)
        row = await locked_person(uow.session, user_id)
        row.move(PersonStatus.SUSPENDED, reason=reason)
        if Role.ADMIN in await roles_of(uow.session, user_id):
            await refuse_losing_the_last_admin(uow.session)
        await end_sessions(uow, col(SessionRow.person_id) == user_id, why="suspended", by=actor.user_id)
        uow.emit(PersonSuspended(user_id=user_id, reason=reason, by=actor.user_id))
        uow.publish("people")
        return await account(uow.session, user_id)


@door("people.manage")
async def reinstate(actor: Actor, user_id: UUID, reason: str) -> PersonView:
    """Let a suspended person in again; the reason is kept with the fact. Raises Invalid, NotThatMove, NotFound."""
    reason = required_line(reason, "reason", longest=LONGEST_REASON)
    async with room.unit_of_work() as uow:
        row = await locked_person(uow.session, user_id)
        row.move(PersonStatus.ACTIVE, only_from=PersonStatus.SUSPENDED)
        uow.emit(PersonReinstated(user_id=user_id, reason=reason, by=actor.user_id))
        uow.publish("people")
        return await account(uow.session, user_id)


@internal
async def create_user(
    *,
    email: str,
    name: str,
    password: str,
    organisation_id: UUID,
    roles: tuple[Role, ...],
    manager: bool = False,
    supervisor: bool = False,
    status: PersonStatus = PersonStatus.ACTIVE,
    demo: bool = False,
    user_id: UUID | None = None,
) -> PersonView:
    """Add an account with a password of its own, for the demo and for commands. `demo` people sign in by one click."""
    hashing.refuse_weak(password, email=email, name=name)
    password_hash = await hashing.hashed(password)
    async with room.unit_of_work() as uow:
        row = PersonRow(
            id=user_id or uuid4(),
            email=email,
            name=name,
            password_hash=password_hash,
            status=status,
            organisation_id=organisation_id,
            manager=manager,
            supervisor=supervisor,
            demo=demo,
        )
        return await add(uow, row, roles, by=None)
