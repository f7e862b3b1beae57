"""The people who work at a practice."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import internal
from ils_app.practices.events import PracticeChanged
from ils_app.practices.models import PersonRow, PracticeRow
from ils_app.practices.reading import person_view
from ils_app.practices.room import room, topic
from ils_app.practices.schemas import PersonDraft, PracticePerson


@internal
async def add_person(practice_id: UUID, draft: PersonDraft) -> PracticePerson:
    """Add someone who prescribes at a practice; an account that already stands for someone is taken as it is."""
    async with room.unit_of_work() as uow:
        if await uow.session.get(PracticeRow, practice_id, with_for_update=True) is None:
            raise NotFound
        if known := await _holder(uow.session, practice_id, draft.user_id):
            return person_view(known)
        row = PersonRow(practice_id=practice_id, **draft.model_dump())
        uow.session.add(row)
        uow.emit(PracticeChanged(practice_id=practice_id))
        uow.publish(topic(practice_id))
        return person_view(row)


async def _holder(session: AsyncSession, practice_id: UUID, user_id: UUID | None) -> PersonRow | None:
    if user_id is None:
        return None
    query = select(PersonRow).where(col(PersonRow.practice_id) == practice_id, col(PersonRow.user_id) == user_id)
    return (await session.execute(query)).scalar_one_or_none()
