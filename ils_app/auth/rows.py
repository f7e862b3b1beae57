"""Queries the verbs of this room share: a person with organisation and roles, what makes a session live."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text
from sqlmodel import col

from ils_app.auth.errors import LastAdmin
from ils_app.auth.models import IDLE, GrantRow, OrganisationRow, PersonRow, SessionRow, SignUpRow
from ils_app.auth.schemas import Person, PersonStatus, PersonView, Wish
from ils_app.kernel.errors import NotFound
from ils_app.kernel.roles import Role

ADMINS_LOCK = 7_215_002  # any number; whoever could take the last administrator away waits for the other


def alive(moment: datetime) -> ColumnElement[bool]:
    """That a session is neither ended nor expired nor idle too long."""
    return and_(
        col(SessionRow.revoked_at).is_(None),
        col(SessionRow.expires_at) > moment,
        col(SessionRow.last_seen_at) > moment - IDLE,
    )


def roles_held() -> Any:
    """A person's roles as an array, their default one first."""
    return (
        select(func.array_agg(aggregate_order_by(col(GrantRow.role), col(GrantRow.place)), type_=ARRAY(Text)))
        .where(col(GrantRow.person_id) == col(PersonRow.id))
        .correlate(PersonRow)
        .scalar_subquery()
    )


async def roles_of(session: AsyncSession, user_id: UUID) -> list[str]:
    """A person's roles, their default one first."""
    query = select(col(GrantRow.role)).where(col(GrantRow.person_id) == user_id).order_by(col(GrantRow.place))
    return list((await session.execute(query)).scalars())


def live_sessions(moment: datetime) -> Select[Any]:
    """Sessions that let somebody in, each with its person, organisation and roles."""
    return (
        select(SessionRow, PersonRow, OrganisationRow, roles_held())
        .join(PersonRow, col(PersonRow.id) == col(SessionRow.person_id))
        .join(OrganisationRow, col(OrganisationRow.id) == col(PersonRow.organisation_id))
        .where(alive(moment), col(PersonRow.status) == PersonStatus.ACTIVE, col(OrganisationRow.active))
    )


def person_of(session: SessionRow, row: PersonRow, organisation: OrganisationRow, roles: list[str]) -> Person:
    """The signed-in person."""
    return Person(
        user_id=row.id,
        name=row.name,
        email=row.email,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        organisation_kind=organisation.kind,
        roles=tuple(Role(role) for role in roles),
        manager=row.manager,
        supervisor=row.supervisor,
        session_id=session.id,
        session_role=session.role,
        expires_at=session.expires_at,
        password_temporary=row.temporary_until is not None,
    )


def accounts() -> Select[Any]:
    """Accounts with organisation, roles and when they were last seen."""
    seen = (
        select(func.max(col(SessionRow.last_seen_at)))
        .where(col(SessionRow.person_id) == col(PersonRow.id))
        .correlate(PersonRow)
        .scalar_subquery()
    )
    return (
        select(PersonRow, OrganisationRow, roles_held(), seen, SignUpRow)
        .outerjoin(OrganisationRow, col(OrganisationRow.id) == col(PersonRow.organisation_id))
        .outerjoin(SignUpRow, col(SignUpRow.person_id) == col(PersonRow.id))
    )


def account_view(
    row: PersonRow,
    organisation: OrganisationRow | None,
    roles: list[str] | None,
    seen: datetime | None,
    wish: SignUpRow | None,
) -> PersonView:
    """An account as an administrator sees it."""
    return PersonView(
        user_id=row.id,
        name=row.name,
        email=row.email,
        status=row.status,
        reason=row.status_reason,
        organisation_id=organisation.id if organisation else None,
        organisation_name=organisation.name if organisation else "",
        organisation_kind=organisation.kind if organisation else None,
        roles=tuple(Role(role) for role in roles or ()),
        manager=row.manager,
        supervisor=row.supervisor,
        password_temporary=row.temporary_until is not None,
        last_seen_at=seen,
        created_at=row.created_at,
        wish=Wish(role=wish.role, organisation=wish.organisation, note=wish.note, at=wish.at) if wish else None,
    )


async def account(session: AsyncSession, user_id: UUID) -> PersonView:
    """One account, as it stands in this transaction. Raises NotFound."""
    await session.flush()
    found = (await session.execute(accounts().where(col(PersonRow.id) == user_id))).first()
    if found is None:
        raise NotFound
    return account_view(*found)


async def locked_person(session: AsyncSession, user_id: UUID) -> PersonRow:
    """The person's row, held until the transaction ends. Raises NotFound."""
    row = await session.get(PersonRow, user_id, with_for_update=True)
    if row is None:
        raise NotFound
    return row


async def hold_admins(session: AsyncSession) -> None:
    """Let nobody else change who is an administrator until this transaction ends. Called before anything is read."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADMINS_LOCK})


async def refuse_losing_the_last_admin(session: AsyncSession) -> None:
    """Raise LastAdmin, so that nothing is kept, when what this transaction has done leaves nobody to let people in."""
    await session.flush()
    if not await any_active_admin(session):
        raise LastAdmin


async def any_active_admin(session: AsyncSession) -> bool:
    """Whether somebody can sign in as an administrator."""
    somebody = exists().where(
        col(GrantRow.role) == Role.ADMIN,
        col(PersonRow.id) == col(GrantRow.person_id),
        col(PersonRow.status) == PersonStatus.ACTIVE,
        col(OrganisationRow.id) == col(PersonRow.organisation_id),
        col(OrganisationRow.active),
    )
    return bool((await session.execute(select(somebody))).scalar())
