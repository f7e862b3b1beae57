"""The first administrator: made once, by whoever knows the key that ILS was started with."""

import hmac

from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import col

from ils_app.auth import attempts, hashing
from ils_app.auth.adding import add
from ils_app.auth.attempts import Purpose
from ils_app.auth.errors import AdminExists, WeakPassword, WrongSetupKey
from ils_app.auth.events import FirstAdminAdded, OrganisationAdded
from ils_app.auth.models import OrganisationRow, PersonRow
from ils_app.auth.room import room
from ils_app.auth.rows import any_active_admin, hold_admins
from ils_app.auth.schemas import OrganisationKind, PersonStatus, PersonView, SetupDraft
from ils_app.auth.words import required_email, required_line
from ils_app.kernel import config
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import anyone, internal
from ils_app.kernel.roles import Role
from ils_app.kernel.room import UnitOfWork


@anyone
async def is_set_up() -> bool:
    """Whether somebody can sign in as an administrator."""
    async with room.read() as session:
        return await any_active_admin(session)


@anyone
async def set_up(draft: SetupDraft, *, address: str) -> None:
    """Make the first administrator from the page.

    Raises AdminExists once there is one, WrongSetupKey and Slowed for who guesses, Invalid.
    """
    if await is_set_up():
        raise AdminExists
    attempt = await attempts.count(Purpose.SETUP, "", address)
    _refuse_wrong_key(draft.key.get_secret_value())
    await attempts.forgive(attempt)
    await _create(draft.email, draft.name, draft.password, draft.organisation)


@internal
async def create_first_admin(
    email: str, name: str, password: str, *, key: str, organisation_name: str = "The lab"
) -> PersonView:
    """Add the first administrator, to the lab there is or to a new one of that name.

    Raises WrongSetupKey, AdminExists once anybody can sign in as one, WeakPassword, Invalid, EmailTaken.
    """
    _refuse_wrong_key(key)
    return await _create(email, name, SecretStr(password), organisation_name)


def _refuse_wrong_key(given: str) -> None:
    wanted = config.current().admin_setup_key.get_secret_value()
    if not hmac.compare_digest(given.strip().encode("utf-8", "replace"), wanted.encode()):
        raise WrongSetupKey


async def _create(email: str, name: str, password: SecretStr, organisation_name: str) -> PersonView:
    email, name = required_email(email), required_line(name, "name")
    organisation_name = required_line(organisation_name, "organisation")
    try:
        hashing.refuse_weak(password.get_secret_value(), email=email, name=name)
    except WeakPassword as weak:
        raise Invalid(weak.message, fields={"password": weak.message}) from None
    password_hash = await hashing.hashed(password.get_secret_value())
    async with room.unit_of_work() as uow:
        await hold_admins(uow.session)
        if await any_active_admin(uow.session):
            raise AdminExists
        lab = await _lab(uow, organisation_name)
        row = PersonRow(
            email=email, name=name, password_hash=password_hash, status=PersonStatus.ACTIVE, organisation_id=lab.id
        )
        view = await add(uow, row, (Role.ADMIN,), by=None)
        uow.emit(FirstAdminAdded(user_id=row.id))
        return view


async def _lab(uow: UnitOfWork, name: str) -> OrganisationRow:
    labs = select(OrganisationRow).where(col(OrganisationRow.kind) == OrganisationKind.LAB, col(OrganisationRow.active))
    found = await uow.session.execute(labs.order_by(col(OrganisationRow.created_at)).limit(1))
    lab = found.scalar_one_or_none()
    if lab is None:
        lab = OrganisationRow(name=name, kind=OrganisationKind.LAB)
        uow.session.add(lab)
        await uow.session.flush()
        uow.emit(OrganisationAdded(organisation_id=lab.id, kind=lab.kind.value, by=None))
    return lab
