"""The people who work at a practice: their profession, their registration, and whether they have an account here."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork
from ils_app.practices.errors import AccountStandsFor, ChangedElsewhere
from ils_app.practices.events import StaffAdded, StaffChanged, StaffLeft, StaffReturned
from ils_app.practices.holding import held, must_write
from ils_app.practices.models import PersonRow
from ils_app.practices.reading import person_view
from ils_app.practices.room import room, topic
from ils_app.practices.schemas import Member, PersonDraft, PracticePerson

# Each of these doors but `members` is for the practice's manager and the admin: NotFound for a foreign practice or
# person, Forbidden for a member who is no manager.


@door("practices.read")
async def members(actor: Actor, practice_id: UUID) -> list[Member]:
    """Who may sign in for a practice, by name, and who of them manages it. Raises NotFound for a foreign one."""
    actor.must("practices.read", practice_id=practice_id)
    if (await auth.organisation_name(practice_id)).kind is not auth.OrganisationKind.PRACTICE:
        raise NotFound
    return [
        Member(user_id=one.user_id, name=one.name, email=one.email, manager=one.manager)
        for one in await auth.recipients(organisation_id=practice_id)
    ]


@door("practices.write")
async def add_staff(actor: Actor, practice_id: UUID, draft: PersonDraft) -> PracticePerson:
    """Add somebody to the roster. Raises Invalid for an account of elsewhere, AccountStandsFor for one in use."""
    must_write(actor, practice_id)
    await _must_be_of(practice_id, draft.user_id)
    async with room.unit_of_work() as uow:
        await held(uow, practice_id)
        await _must_be_free(uow, practice_id, draft.user_id)
        row = PersonRow(practice_id=practice_id, **draft.model_dump())
        uow.session.add(row)
        uow.emit(StaffAdded(practice_id=practice_id, person_id=row.id))
        uow.publish(topic(practice_id))
        return person_view(row)


@door("practices.write")
async def edit_staff(
    actor: Actor, practice_id: UUID, person_id: UUID, draft: PersonDraft, version: int
) -> PracticePerson:
    """Change what the roster says of somebody; `version` is the person's as it was read.

    Raises ChangedElsewhere, Invalid for an account of elsewhere, AccountStandsFor for one in use.
    """
    must_write(actor, practice_id)
    async with room.read() as session:
        known = await session.get(PersonRow, person_id)
    if known is None or known.user_id != draft.user_id:  # the account they have stays theirs while it is suspended
        await _must_be_of(practice_id, draft.user_id)
    async with room.unit_of_work() as uow:
        row = await _held(uow, practice_id, person_id)
        if row.version != version:
            raise ChangedElsewhere(person_view(row))
        if draft.user_id != row.user_id:
            await _must_be_free(uow, practice_id, draft.user_id)
        for name, value in draft.model_dump().items():
            setattr(row, name, value)
        row.version += 1
        uow.emit(StaffChanged(practice_id=practice_id, person_id=person_id))
        uow.publish(topic(practice_id))
        return person_view(row)


@door("practices.write")
async def staff_left(actor: Actor, practice_id: UUID, person_id: UUID) -> PracticePerson:
    """Somebody no longer works here: no new order is in their name, old ones keep it. A repeat changes nothing."""
    return await _set_left(actor, practice_id, person_id, left=True)


@door("practices.write")
async def staff_returned(actor: Actor, practice_id: UUID, person_id: UUID) -> PracticePerson:
    """Somebody who had left works here again. A repeat changes nothing."""
    return await _set_left(actor, practice_id, person_id, left=False)


async def _set_left(actor: Actor, practice_id: UUID, person_id: UUID, *, left: bool) -> PracticePerson:
    must_write(actor, practice_id)
    async with room.unit_of_work() as uow:
        row = await _held(uow, practice_id, person_id)
        if (row.left_at is not None) is not left:
            row.left_at, row.version = now() if left else None, row.version + 1
            fact = StaffLeft if left else StaffReturned
            uow.emit(fact(practice_id=practice_id, person_id=person_id))
            uow.publish(topic(practice_id))
        return person_view(row)


async def _must_be_of(practice_id: UUID, user_id: UUID | None) -> None:
    """An account on the roster is one of the practice's own."""
    if user_id is not None and not await auth.recipients(organisation_id=practice_id, user_ids=[user_id]):
        sentence = "Choose an active account of this practice."
        raise Invalid(sentence, fields={"user_id": sentence})


async def _must_be_free(uow: UnitOfWork, practice_id: UUID, user_id: UUID | None) -> None:
    if user_id is None:
        return
    query = select(PersonRow).where(col(PersonRow.practice_id) == practice_id, col(PersonRow.user_id) == user_id)
    if holder := (await uow.session.execute(query)).scalar_one_or_none():
        raise AccountStandsFor(holder.name)


async def _held(uow: UnitOfWork, practice_id: UUID, person_id: UUID) -> PersonRow:
    await held(uow, practice_id)
    row = await uow.session.get(PersonRow, person_id)
    if row is None or row.practice_id != practice_id:
        raise NotFound
    return row
