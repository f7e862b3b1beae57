"""What a practice says about itself."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.kernel.permissions import door
from ils_app.practices.errors import ChangedElsewhere
from ils_app.practices.events import PracticeChanged
from ils_app.practices.models import PracticeRow, SiteRow
from ils_app.practices.reading import profile
from ils_app.practices.room import LIST, room, topic
from ils_app.practices.schemas import PracticeView, ProfileDraft


@door("practices.write")
async def edit_profile(actor: Actor, practice_id: UUID, draft: ProfileDraft, version: int) -> PracticeView:
    """Change the telephone number and the default site; `version` is the one that was read.

    For the practice's manager and the admin. Raises NotFound for a foreign practice, Forbidden for a member who is no
    manager, ChangedElsewhere when someone saved in between, Invalid for a site of another practice.
    """
    actor.must("practices.write", practice_id=practice_id)
    if actor.role is Role.ECP and not actor.manager:
        raise Forbidden
    async with room.unit_of_work() as uow:
        row = await uow.session.get(PracticeRow, practice_id, with_for_update=True)
        if row is None:
            raise NotFound
        if row.version != version:
            raise ChangedElsewhere
        row.phone, row.version, row.updated_at = draft.phone, row.version + 1, now()
        if draft.default_site_id is not None:
            await _make_default(uow.session, practice_id, draft.default_site_id)
        uow.emit(PracticeChanged(practice_id=practice_id))
        uow.publish(topic(practice_id), LIST)
    return await profile(practice_id)


async def _make_default(session: AsyncSession, practice_id: UUID, site_id: UUID) -> None:
    """Exactly one site of a practice is its default, at every moment: the old one gives way first."""
    site = await session.get(SiteRow, site_id)
    if site is None or site.practice_id != practice_id:
        sentence = "Choose one of the practice's own sites."
        raise Invalid(sentence, fields={"default_site_id": sentence})
    mine = col(SiteRow.practice_id) == practice_id
    await session.execute(update(SiteRow).where(mine, col(SiteRow.id) != site_id).values(is_default=False))
    await session.execute(update(SiteRow).where(mine, col(SiteRow.id) == site_id).values(is_default=True))
