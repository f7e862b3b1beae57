"""Signing up: somebody asks for an account, and waits for an administrator. Nobody learns which emails have one."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from ils_app.auth import attempts, hashing
from ils_app.auth.attempts import Purpose
from ils_app.auth.events import PersonRejected, PersonSignedUp, SignUpRepeated
from ils_app.auth.models import PersonRow, SignUpRow
from ils_app.auth.room import room
from ils_app.auth.rows import account, locked_person
from ils_app.auth.schemas import PersonStatus, PersonView, SignUpDraft, Wish
from ils_app.auth.words import LONGEST_REASON, line_or_none, required_email, required_line
from ils_app.kernel import clock
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import anyone, door
from ils_app.kernel.roles import Role
from ils_app.kernel.room import UnitOfWork

MAY_SIGN_UP: Final = (Role.ECP, Role.SUPPLIER)
"""What one may ask to become; the lab's own people are added or invited."""


@anyone
async def sign_up(draft: SignUpDraft, *, address: str) -> None:
    """Ask for an account. The answer is the same whether the email has one already.

    Somebody who waits already, or has an account, changes nothing by it; who was turned down asks again. Raises
    Invalid with every field that is wrong, Slowed (429) after several from one address.
    """
    email, name, wish = _read(draft)
    await attempts.count(Purpose.SIGN_UP, email, address)
    password_hash = await hashing.hashed(draft.password.get_secret_value())
    new = PersonRow(email=email, name=name, password_hash=password_hash, status=PersonStatus.PENDING)
    try:
        async with room.unit_of_work() as uow:
            found = select(PersonRow).where(col(PersonRow.email) == email).with_for_update()
            await _ask(uow, (await uow.session.execute(found)).scalar_one_or_none(), new, wish)
    except IntegrityError:
        return  # the same email at the same moment: one of them waits


async def _ask(uow: UnitOfWork, known: PersonRow | None, new: PersonRow, wish: Wish) -> None:
    if known is not None and known.status is not PersonStatus.REJECTED:
        uow.emit(SignUpRepeated(user_id=known.id))
        return
    if known is None:
        known = new
        uow.session.add(known)
        await uow.session.flush()
    else:
        known.move(PersonStatus.PENDING)
        known.name, known.password_hash, known.created_at = new.name, new.password_hash, clock.now()
    await uow.session.merge(SignUpRow(person_id=known.id, **wish.model_dump()))
    uow.emit(PersonSignedUp(user_id=known.id, role=wish.role))
    uow.publish("people")


def _read(draft: SignUpDraft) -> tuple[str, str, Wish]:
    """Email, name and wish as they are kept, or every problem with what was written at once."""
    problems: dict[str, str] = {}

    def checked(field: str, check: Callable[[], str | None]) -> str:
        try:
            return check() or ""
        except Invalid as refused:
            problems[field] = next(iter(refused.fields.values()))
            return ""

    def strong() -> None:
        hashing.refuse_weak(draft.password.get_secret_value(), email=draft.email, name=draft.name)

    email = checked("email", lambda: required_email(draft.email))
    name = checked("name", lambda: required_line(draft.name, "name"))
    organisation = checked("organisation", lambda: required_line(draft.organisation, "organisation"))
    note = checked("note", lambda: line_or_none(draft.note, "note", longest=LONGEST_REASON))
    checked("password", strong)
    if draft.role not in MAY_SIGN_UP:
        problems["role"] = "Choose one."
    if problems or draft.role is None:
        raise Invalid("Some of this is missing or wrong.", fields=problems)
    return email, name, Wish(role=draft.role, organisation=organisation, note=note, at=clock.now())


@door("people.manage")
async def waiting(actor: Actor) -> int:
    """How many accounts wait for an administrator."""
    query = select(func.count()).select_from(PersonRow).where(col(PersonRow.status) == PersonStatus.PENDING)
    async with room.read() as session:
        return int(await session.scalar(query) or 0)


@door("people.manage")
async def reject(actor: Actor, user_id: UUID, reason: str) -> PersonView:
    """Turn a request for an account down, with a reason the person is shown. Raises Invalid, NotThatMove, NotFound."""
    reason = required_line(reason, "reason", longest=LONGEST_REASON)
    async with room.unit_of_work() as uow:
        row = await locked_person(uow.session, user_id)
        row.move(PersonStatus.REJECTED, reason=reason)
        uow.emit(PersonRejected(user_id=user_id, reason=reason))
        uow.publish("people")
        return await account(uow.session, user_id)
