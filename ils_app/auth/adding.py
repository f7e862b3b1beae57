"""How an account comes to be: its row, where it works, the roles that fit there, and the fact of it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ils_app.auth.errors import EmailTaken, RoleDoesNotFit
from ils_app.auth.events import AccountAdded
from ils_app.auth.models import GrantRow, OrganisationRow, PersonRow
from ils_app.auth.rows import account
from ils_app.auth.schemas import Grant, OrganisationKind, PersonView
from ils_app.auth.words import required_email, required_line
from ils_app.kernel import clock
from ils_app.kernel.errors import Invalid
from ils_app.kernel.roles import Role
from ils_app.kernel.room import UnitOfWork

ROLES_AT: Final = {
    OrganisationKind.PRACTICE: frozenset({Role.ECP, Role.ADMIN}),
    OrganisationKind.LAB: frozenset({Role.LAB, Role.ENGINEER, Role.ADMIN}),
    OrganisationKind.SUPPLIER: frozenset({Role.SUPPLIER, Role.ADMIN}),
}


async def add(uow: UnitOfWork, row: PersonRow, roles: tuple[Role, ...], *, by: UUID | None) -> PersonView:
    """Add an account with its roles, and tell who may see it. Raises Invalid, RoleDoesNotFit, EmailTaken."""
    row.email, row.name = required_email(row.email), required_line(row.name, "name")
    uow.session.add(row)
    assert row.organisation_id
    granted = await grant(uow, row, roles, by=by)
    uow.emit(AccountAdded(user_id=row.id, organisation_id=row.organisation_id, roles=granted, by=by))
    uow.publish("people")
    return await account(uow.session, row.id)


async def grant(uow: UnitOfWork, row: PersonRow, roles: tuple[Role, ...], *, by: UUID | None) -> tuple[Role, ...]:
    """Write the roles a person of this organisation may hold, without repeats, in the order given."""
    distinct = tuple(dict.fromkeys(roles))
    if not distinct:
        raise RoleDoesNotFit("Choose at least one role.")
    with uow.session.no_autoflush:
        await fitting_organisation(uow, row.organisation_id, distinct)
    try:
        await uow.session.flush()
    except IntegrityError as error:
        raise EmailTaken from error
    moment = clock.now()
    for place, role in enumerate(distinct):
        uow.session.add(GrantRow(person_id=row.id, role=role, place=place, granted_by=by, granted_at=moment))
    await uow.session.flush()
    return distinct


async def fitting_organisation(uow: UnitOfWork, organisation_id: UUID | None, roles: Sequence[Role]) -> OrganisationRow:
    """The organisation whose people may hold these roles. Raises Invalid, RoleDoesNotFit."""
    organisation = await uow.session.get(OrganisationRow, organisation_id) if organisation_id else None
    if organisation is None:
        raise Invalid("There is no such organisation.", fields={"organisation_id": "Choose one of the list."})
    if not roles:
        raise RoleDoesNotFit("Choose at least one role.")
    for role in roles:
        if role not in ROLES_AT[organisation.kind]:
            raise RoleDoesNotFit(f"Nobody at a {organisation.kind.value} can be {role.label}.")
    return organisation


async def open_organisation(uow: UnitOfWork, given: Grant) -> OrganisationRow:
    """As `fitting_organisation`, for people who are to come: one whose people may sign in."""
    with uow.session.no_autoflush:
        organisation = await fitting_organisation(uow, given.organisation_id, given.roles)
    if not organisation.active:
        raise Invalid("This organisation is closed.", fields={"organisation_id": "Open it first, or choose another."})
    return organisation
