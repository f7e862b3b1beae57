"""Organisations as administrators keep them: added, renamed, closed and opened again."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlmodel import col

from ils_app.auth.ending import end_sessions
from ils_app.auth.events import OrganisationAccessChanged, OrganisationAdded, OrganisationRenamed
from ils_app.auth.models import OrganisationRow, PersonRow, SessionRow
from ils_app.auth.room import ORGANISATION, room
from ils_app.auth.rows import hold_admins, refuse_losing_the_last_admin
from ils_app.auth.schemas import OrganisationDraft, OrganisationKind, OrganisationView
from ils_app.auth.session_cache import TOPIC
from ils_app.auth.words import like, required_line
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.room import UnitOfWork


@door("people.manage")
async def organisations(
    actor: Actor, *, search: str = "", kind: OrganisationKind | None = None
) -> list[OrganisationView]:
    """Every organisation by name, with how many people it has."""
    query = _query()
    if search.strip():
        query = query.where(col(OrganisationRow.name).ilike(like(search)))
    if kind is not None:
        query = query.where(col(OrganisationRow.kind) == kind)
    async with room.read() as session:
        found = (await session.execute(query.order_by(func.lower(col(OrganisationRow.name))))).all()
    return [_view(*row) for row in found]


@door("people.manage")
async def add_organisation(
    actor: Actor, draft: OrganisationDraft, organisation_id: UUID | None = None
) -> OrganisationView:
    """Add an organisation; other rooms hear of it and keep what they need to. Raises Invalid.

    Who names its id may do it again: the one there is, is answered.
    """
    if organisation_id is not None:
        async with room.unit_of_work() as uow:
            if await uow.session.get(OrganisationRow, organisation_id) is not None:
                return await _one(uow, organisation_id)
    row = OrganisationRow(id=organisation_id or uuid4(), name=draft.name, kind=draft.kind)
    return await _add(row, by=actor.user_id)


@door("people.manage")
async def rename_organisation(actor: Actor, organisation_id: UUID, name: str) -> OrganisationView:
    """Call an organisation by another name from now on, on every open page. Raises Invalid, NotFound."""
    name = required_line(name, "name")
    async with room.unit_of_work() as uow:
        row = await uow.session.get(OrganisationRow, organisation_id, with_for_update=True)
        if row is None:
            raise NotFound
        if row.name != name:
            uow.emit(OrganisationRenamed(organisation_id=row.id, old=row.name, new=name))
            row.name = name
            await _tell_its_people(uow, row.id)
        return await _one(uow, organisation_id)


async def _tell_its_people(uow: UnitOfWork, organisation_id: UUID) -> None:
    members = select(col(PersonRow.id)).where(col(PersonRow.organisation_id) == organisation_id)
    mine = select(col(SessionRow.id)).where(
        col(SessionRow.person_id).in_(members), col(SessionRow.revoked_at).is_(None)
    )
    uow.publish(
        "people",
        f"{ORGANISATION}{organisation_id}",
        *(f"{TOPIC}{one}" for one in (await uow.session.execute(mine)).scalars()),
    )


@internal
async def create_organisation(
    *, name: str, kind: OrganisationKind, organisation_id: UUID | None = None
) -> OrganisationView:
    """Add an organisation, for the demo and for other rooms that bring its id."""
    return await _add(OrganisationRow(id=organisation_id or uuid4(), name=name, kind=kind), by=None)


@door("people.manage")
async def set_access(actor: Actor, organisation_id: UUID, active: bool) -> OrganisationView:
    """Close an organisation, which ends its people's sessions at once, or open it again.

    Raises LastAdmin when nobody could let anybody in any more, NotFound. A repeat changes nothing.
    """
    async with room.unit_of_work() as uow:
        await hold_admins(uow.session)
        row = await uow.session.get(OrganisationRow, organisation_id, with_for_update=True)
        if row is None:
            raise NotFound
        if row.active is not active:
            row.active = active
            await _carry_through(uow, row, by=actor.user_id)
        return await _one(uow, organisation_id)


async def _carry_through(uow: UnitOfWork, row: OrganisationRow, *, by: UUID) -> None:
    if not row.active:
        await refuse_losing_the_last_admin(uow.session)
        members = select(col(PersonRow.id)).where(col(PersonRow.organisation_id) == row.id)
        await end_sessions(uow, col(SessionRow.person_id).in_(members), why="closed", by=by)
    uow.emit(OrganisationAccessChanged(organisation_id=row.id, active=row.active, by=by))
    uow.publish("people")


async def _add(row: OrganisationRow, *, by: UUID | None) -> OrganisationView:
    row.name = required_line(row.name, "name")
    async with room.unit_of_work() as uow:
        uow.session.add(row)
        uow.emit(OrganisationAdded(organisation_id=row.id, kind=row.kind.value, by=by))
        uow.publish("people")
        return await _one(uow, row.id)


async def _one(uow: UnitOfWork, organisation_id: UUID) -> OrganisationView:
    await uow.session.flush()
    found = (await uow.session.execute(_query().where(col(OrganisationRow.id) == organisation_id))).one()
    return _view(*found)


def _query() -> Any:
    members = (
        select(func.count())
        .where(col(PersonRow.organisation_id) == col(OrganisationRow.id))
        .correlate(OrganisationRow)
        .scalar_subquery()
    )
    return select(OrganisationRow, members)


def _view(row: OrganisationRow, people: int) -> OrganisationView:
    return OrganisationView(
        id=row.id, name=row.name, kind=row.kind, active=row.active, people=people, created_at=row.created_at
    )
