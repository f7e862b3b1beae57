"""What stands on an organisation's documents: written by an administrator, or by a practice's own manager."""

import asyncio
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.auth import service as auth
from ils_app.kernel import clock, files
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden, NotFound
from ils_app.kernel.files import FileRef
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork
from ils_app.settings import pictures, reading, words
from ils_app.settings.errors import ChangedElsewhere
from ils_app.settings.events import LetterheadChanged
from ils_app.settings.models import LetterheadRow
from ils_app.settings.room import letterhead_topic, room
from ils_app.settings.schemas import Letterhead, LetterheadDraft, LetterheadView, Picture

NAMES: Final = (
    "name", "address_lines", "postcode", "country", "phone", "email", "website", "tax_number", "company_number",
    "bank_details",
)  # fmt: skip


@door("settings.letterhead")
async def letterhead_view(actor: Actor, organisation_id: UUID) -> LetterheadView:
    """An organisation's letterhead: an administrator's any, a practice's own. Raises NotFound."""
    actor.must("settings.letterhead", practice_id=organisation_id)
    known = await auth.organisation_name(organisation_id)
    async with room.read() as session:
        return _view(await session.get(LetterheadRow, organisation_id), known)


@door("settings.letterhead")
async def set_letterhead(actor: Actor, organisation_id: UUID, draft: LetterheadDraft, version: int) -> LetterheadView:
    """Have an organisation's documents say this from now on; those that are out stay as they are.

    An empty name, or the one the organisation has anyway, follows the organisation. For an administrator and the
    practice's manager. Raises Invalid field by field, ChangedElsewhere, Forbidden, NotFound.
    """
    known = await _own(actor, organisation_id)
    wanted = words.checked_letterhead(draft)
    if wanted.name == known.name:
        wanted.name = ""
    async with room.unit_of_work() as uow:
        row = await _row(uow.session, organisation_id)
        if row.version != version:
            raise ChangedElsewhere
        if changed := words.changed(_draft(row), wanted, NAMES):
            for name in NAMES:
                value = getattr(wanted, name)
                setattr(row, name, list(value) if name == "address_lines" else value)
            row.version = row.version + 1
            _tell(uow, row, actor, changed)
        await uow.session.flush()
        return _view(row, known)


@door("settings.letterhead")
async def put_logo(actor: Actor, organisation_id: UUID, name: str, body: bytes) -> LetterheadView:
    """Print this picture on an organisation's documents. Raises NotThatPicture, Forbidden, NotFound."""
    known = await _own(actor, organisation_id)
    await asyncio.to_thread(pictures.checked, body)  # decoding takes a while: not in the loop
    ref = await files.keep(name or "logo", body)
    return await _set_logo(actor, known, ref)


@door("settings.letterhead")
async def remove_logo(actor: Actor, organisation_id: UUID) -> LetterheadView:
    """Print no picture any more. A repeat changes nothing. Raises Forbidden, NotFound."""
    return await _set_logo(actor, await _own(actor, organisation_id), None)


@door("settings.letterhead")
async def logo_picture(actor: Actor, organisation_id: UUID) -> Picture:
    """The logo of a letterhead this person may read. Raises NotFound when there is none."""
    actor.must("settings.letterhead", practice_id=organisation_id)
    return await _picture(await reading.letterhead(organisation_id))


@door("settings.read")
async def lab_logo(actor: Actor) -> Picture:
    """The lab's logo, for everybody who works with it. Raises NotFound when there is none."""
    known = await auth.the_lab()
    if known is None:
        raise NotFound
    return await _picture(await reading.letterhead(known.id))


async def _picture(letterhead: Letterhead) -> Picture:
    body = await reading.logo(letterhead)
    if body is None:
        raise NotFound("There is no logo.")
    return Picture(body=body, media_type=pictures.media_type(body) or "application/octet-stream")


async def _own(actor: Actor, organisation_id: UUID) -> auth.OrganisationName:
    """The organisation, when this person may write its letterhead."""
    actor.must("settings.letterhead", practice_id=organisation_id)
    if actor.role is Role.ECP and not actor.manager:
        raise Forbidden
    return await auth.organisation_name(organisation_id)


async def _set_logo(actor: Actor, known: auth.OrganisationName, ref: FileRef | None) -> LetterheadView:
    """A logo has no version of its own: the last one put is the one, and what is typed beside it is left alone."""
    async with room.unit_of_work() as uow:
        row = await _row(uow.session, known.id)
        if row.logo is not None or ref is not None:
            row.logo = ref.model_dump(mode="json") if ref else None
            _tell(uow, row, actor, ("logo",))
        await uow.session.flush()
        return _view(row, known)


async def _row(session: AsyncSession, organisation_id: UUID) -> LetterheadRow:
    """The organisation's row, locked; made empty (version 0) when there is none."""
    empty = LetterheadRow(organisation_id=organisation_id, version=0).model_dump(exclude={"logo"})
    await session.execute(insert(LetterheadRow).values(empty).on_conflict_do_nothing())
    row = await session.get(LetterheadRow, organisation_id, with_for_update=True)
    assert row is not None
    return row


def _tell(uow: UnitOfWork, row: LetterheadRow, actor: Actor, changed: tuple[str, ...]) -> None:
    row.updated_at, row.updated_by = clock.now(), actor.user_id
    uow.emit(LetterheadChanged(organisation_id=row.organisation_id, changed=changed))
    uow.publish(letterhead_topic(row.organisation_id))


def _draft(row: LetterheadRow) -> LetterheadDraft:
    lines = {name: getattr(row, name) for name in NAMES}
    return LetterheadDraft.model_validate(lines | {"address_lines": tuple(row.address_lines)})


def _view(row: LetterheadRow | None, known: auth.OrganisationName) -> LetterheadView:
    return LetterheadView(
        letterhead=reading.letterhead_of(row, known.id, known.name),
        organisation_name=known.name,
        kind=known.kind,
        version=row.version if row else 0,
        updated_at=row.updated_at if row and row.updated_by else None,
    )
