"""The places lenses are sent to: added, changed, closed and opened again, never removed, because orders name them."""

from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork
from ils_app.practices.errors import ChangedElsewhere, CodeTaken, DefaultStays, SiteIsClosed
from ils_app.practices.events import DefaultSiteChosen, SiteAdded, SiteChanged, SiteClosed, SiteReopened
from ils_app.practices.holding import held, must_write
from ils_app.practices.models import SiteRow
from ils_app.practices.reading import profile, site_view
from ils_app.practices.room import room, topic
from ils_app.practices.schemas import PracticeView, SiteChange, SiteDraft

# Each of these doors is for the practice's manager and the admin: NotFound for a foreign practice or site, Forbidden
# for a member who is no manager.


@door("practices.write")
async def add_site(actor: Actor, practice_id: UUID, draft: SiteDraft) -> PracticeView:
    """Add a place to send lenses to; the first is the default. Raises CodeTaken."""
    must_write(actor, practice_id)
    async with room.unit_of_work() as uow:
        await held(uow, practice_id)
        mine = await _all(uow, practice_id)
        if any(site.code.casefold() == draft.code.casefold() for site in mine):
            raise CodeTaken
        row = SiteRow(
            practice_id=practice_id,
            address_lines=list(draft.address_lines),
            **draft.model_dump(exclude={"address_lines", "default"}),
        )
        uow.session.add(row)
        await uow.session.flush()
        uow.emit(SiteAdded(practice_id=practice_id, site_id=row.id, code=row.code))
        if draft.default or not any(site.is_default for site in mine):
            await _make_default(uow, row)
        uow.publish(topic(practice_id))
    return await profile(practice_id)


@door("practices.write")
async def edit_site(actor: Actor, practice_id: UUID, site_id: UUID, change: SiteChange, version: int) -> PracticeView:
    """Change a site's name and address; `version` is the site's as it was read. Raises ChangedElsewhere."""
    must_write(actor, practice_id)
    async with room.unit_of_work() as uow:
        row = await _held(uow, practice_id, site_id)
        if row.version != version:
            raise ChangedElsewhere(site_view(row))
        row.name, row.address_lines = change.name, list(change.address_lines)
        row.postcode, row.country, row.version = change.postcode, change.country, row.version + 1
        uow.emit(SiteChanged(practice_id=practice_id, site_id=row.id, code=row.code))
        uow.publish(topic(practice_id))
    return await profile(practice_id)


@door("practices.write")
async def close_site(actor: Actor, practice_id: UUID, site_id: UUID) -> PracticeView:
    """Send nothing new to a site; what was ordered there keeps it. A repeat changes nothing. Raises DefaultStays."""
    must_write(actor, practice_id)
    async with room.unit_of_work() as uow:
        row = await _held(uow, practice_id, site_id)
        if row.is_default:
            raise DefaultStays
        if row.closed_at is None:
            row.closed_at, row.version = now(), row.version + 1
            uow.emit(SiteClosed(practice_id=practice_id, site_id=row.id, code=row.code))
            uow.publish(topic(practice_id))
    return await profile(practice_id)


@door("practices.write")
async def reopen_site(actor: Actor, practice_id: UUID, site_id: UUID) -> PracticeView:
    """Let orders be sent to a closed site again. A repeat changes nothing."""
    must_write(actor, practice_id)
    async with room.unit_of_work() as uow:
        row = await _held(uow, practice_id, site_id)
        if row.closed_at is not None:
            row.closed_at, row.version = None, row.version + 1
            uow.emit(SiteReopened(practice_id=practice_id, site_id=row.id, code=row.code))
            uow.publish(topic(practice_id))
    return await profile(practice_id)


@door("practices.write")
async def choose_default_site(actor: Actor, practice_id: UUID, site_id: UUID) -> PracticeView:
    """Send lenses here unless an order says otherwise. A repeat changes nothing. Raises SiteIsClosed."""
    must_write(actor, practice_id)
    async with room.unit_of_work() as uow:
        row = await _held(uow, practice_id, site_id)
        if row.closed_at is not None:
            raise SiteIsClosed
        if not row.is_default:
            await _make_default(uow, row)
            uow.publish(topic(practice_id))
    return await profile(practice_id)


async def _all(uow: UnitOfWork, practice_id: UUID) -> list[SiteRow]:
    query = select(SiteRow).where(col(SiteRow.practice_id) == practice_id)
    return list((await uow.session.execute(query)).scalars())


async def _held(uow: UnitOfWork, practice_id: UUID, site_id: UUID) -> SiteRow:
    await held(uow, practice_id)
    row = await uow.session.get(SiteRow, site_id)
    if row is None or row.practice_id != practice_id:
        raise NotFound
    return row


async def _make_default(uow: UnitOfWork, row: SiteRow) -> None:
    """Exactly one site of a practice is its default, at every moment: the old one gives way first."""
    mine = col(SiteRow.practice_id) == row.practice_id
    await uow.session.execute(update(SiteRow).where(mine, col(SiteRow.is_default)).values(is_default=False))
    await uow.session.execute(update(SiteRow).where(col(SiteRow.id) == row.id).values(is_default=True))
    uow.emit(DefaultSiteChosen(practice_id=row.practice_id, site_id=row.id, code=row.code))
