"""Whom other rooms can reach: active people with their addresses, the lab, and what an organisation is called."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlmodel import col

from ils_app.auth.models import GrantRow, InvitationRow, OrganisationRow, PersonRow
from ils_app.auth.room import room
from ils_app.auth.schemas import Contact, Names, OrganisationKind, OrganisationName, PersonStatus, Recipient
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import internal
from ils_app.kernel.roles import Role


@internal
async def recipients(
    *, organisation_id: UUID | None = None, roles: Collection[Role] = (), user_ids: Collection[UUID] = ()
) -> list[Recipient]:
    """Active people of open organisations: of one organisation, holding any of some roles, or these; by name.

    Everything given narrows; nothing given is everybody.
    """
    query = (
        select(PersonRow)
        .join(OrganisationRow, col(OrganisationRow.id) == col(PersonRow.organisation_id))
        .where(col(PersonRow.status) == PersonStatus.ACTIVE, col(OrganisationRow.active))
    )
    if organisation_id is not None:
        query = query.where(col(PersonRow.organisation_id) == organisation_id)
    if roles:
        held = exists().where(col(GrantRow.person_id) == col(PersonRow.id), col(GrantRow.role).in_(roles))
        query = query.where(held)
    if user_ids:
        query = query.where(col(PersonRow.id).in_(user_ids))
    async with room.read() as session:
        found = (await session.execute(query.order_by(col(PersonRow.name), col(PersonRow.id)))).scalars().all()
    return [
        Recipient(
            user_id=row.id, name=row.name, email=row.email, organisation_id=row.organisation_id, manager=row.manager
        )
        for row in found
        if row.organisation_id is not None
    ]


@internal
async def names(ids: Collection[UUID]) -> Names:
    """What these ids stand for, those of others left out."""
    wanted = list(ids)
    if not wanted:
        return Names(people={}, organisations={}, invitations={})
    async with room.read() as session:
        found = [
            {row[0]: row[1] for row in await session.execute(select(key, name).where(key.in_(wanted)))}
            for key, name in (
                (col(PersonRow.id), col(PersonRow.name)),
                (col(OrganisationRow.id), col(OrganisationRow.name)),
                (col(InvitationRow.id), col(InvitationRow.email)),
            )
        ]
    return Names(people=found[0], organisations=found[1], invitations=found[2])


@internal
async def contact(user_id: UUID) -> Contact:
    """Somebody's name and address, whether they may sign in or not. Raises NotFound."""
    async with room.read() as session:
        row = await session.get(PersonRow, user_id)
    if row is None:
        raise NotFound
    return Contact(name=row.name, email=row.email)


@internal
async def organisation_name(organisation_id: UUID) -> OrganisationName:
    """What an organisation is called, for other rooms. Raises NotFound."""
    async with room.read() as session:
        row = await session.get(OrganisationRow, organisation_id)
    if row is None:
        raise NotFound
    return _name(row)


@internal
async def organisations_of_kind(kind: OrganisationKind) -> list[OrganisationName]:
    """Every organisation of a kind, by name, for other rooms."""
    query = select(OrganisationRow).where(col(OrganisationRow.kind) == kind)
    async with room.read() as session:
        found = (await session.execute(query.order_by(func.lower(col(OrganisationRow.name))))).scalars()
        return [_name(row) for row in found]


@internal
async def the_lab() -> OrganisationName | None:
    """The lab whose ILS this is: the oldest open one; None before there is any."""
    labs = select(OrganisationRow).where(col(OrganisationRow.kind) == OrganisationKind.LAB, col(OrganisationRow.active))
    async with room.read() as session:
        row = (await session.execute(labs.order_by(col(OrganisationRow.created_at)).limit(1))).scalar_one_or_none()
    return None if row is None else _name(row)


def _name(row: OrganisationRow) -> OrganisationName:
    return OrganisationName(id=row.id, name=row.name, kind=row.kind, active=row.active)
