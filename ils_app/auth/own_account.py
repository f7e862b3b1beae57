"""What proves a person and what they are called: changed by themselves, or a password replaced by an administrator."""

from uuid import UUID

from pydantic import SecretStr
from sqlmodel import col

from ils_app.auth import attempts, hashing
from ils_app.auth.attempts import Purpose
from ils_app.auth.ending import end_password_links, end_sessions, tell_open_pages
from ils_app.auth.errors import OwnPassword, PasswordMovedOn, WeakPassword, WrongCurrentPassword
from ils_app.auth.events import NameChanged, PasswordChanged, PasswordReset
from ils_app.auth.models import TEMPORARY_PASSWORD_LIFE, PersonRow, SessionRow
from ils_app.auth.room import room
from ils_app.auth.rows import locked_person
from ils_app.auth.schemas import TemporaryPassword
from ils_app.auth.session_cache import TOPIC
from ils_app.auth.sessions import others_of
from ils_app.auth.words import required_line
from ils_app.kernel import clock
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import door


@door("account.own")
async def change_password(actor: Actor, current: str, new: str) -> None:
    """Take a new password for the actor and end their other sessions.

    Raises WrongCurrentPassword, WeakPassword, Slowed after several wrong ones, PasswordMovedOn.
    """
    attempt = await attempts.count(Purpose.OWN_ACCOUNT, str(actor.user_id), None)
    async with room.read() as session:
        row = await session.get(PersonRow, actor.user_id)
    if row is None:
        raise NotFound
    checked = row.password_hash
    if not await hashing.matches(current, checked):
        raise WrongCurrentPassword
    await attempts.forgive(attempt)
    hashing.refuse_weak(new, email=row.email, name=row.name)
    if new == current:
        raise WeakPassword("This is your current password. Choose another.")
    password_hash = await hashing.hashed(new)
    async with room.unit_of_work() as uow:
        row = await locked_person(uow.session, actor.user_id)
        if row.password_hash != checked:
            raise PasswordMovedOn
        row.password_hash, row.temporary_until = password_hash, None
        await end_password_links(uow, actor.user_id)
        await end_sessions(uow, others_of(actor), why="password", by=actor.user_id)
        uow.emit(PasswordChanged(user_id=actor.user_id))
        uow.publish("people")
        if actor.session_id is not None:  # lives on, no longer on a temporary password
            uow.publish(f"{TOPIC}{actor.session_id}")


@door("account.own")
async def change_name(actor: Actor, name: str) -> None:
    """Call the actor by another name from now on; what was written under the old one keeps it. Raises Invalid."""
    name = required_line(name, "name")
    async with room.unit_of_work() as uow:
        row = await locked_person(uow.session, actor.user_id)
        if row.name == name:
            return
        row.name = name
        uow.emit(NameChanged(user_id=actor.user_id))
        await tell_open_pages(uow, actor.user_id)


@door("people.manage")
async def reset_password(actor: Actor, user_id: UUID) -> TemporaryPassword:
    """Replace a person's password by a temporary one, good for a day, and end their sessions.

    Raises OwnPassword for the actor's own, whose session would end before they had read it; NotFound.
    """
    if user_id == actor.user_id:
        raise OwnPassword
    password = hashing.temporary_password()
    password_hash = await hashing.hashed(password)
    expires_at = clock.now() + TEMPORARY_PASSWORD_LIFE
    async with room.unit_of_work() as uow:
        row = await locked_person(uow.session, user_id)
        row.password_hash, row.temporary_until = password_hash, expires_at
        await end_password_links(uow, user_id)
        await end_sessions(uow, col(SessionRow.person_id) == user_id, why="password", by=actor.user_id)
        uow.emit(PasswordReset(user_id=user_id, by=actor.user_id))
        uow.publish("people")
    return TemporaryPassword(user_id=user_id, password=SecretStr(password), expires_at=expires_at)
