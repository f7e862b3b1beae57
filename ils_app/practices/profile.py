"""What a practice says about itself, and the account the lab knows it by."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import door, internal
from ils_app.practices.errors import AccountTaken, ChangedElsewhere
from ils_app.practices.events import AccountNumberChanged, PracticeChanged
from ils_app.practices.holding import held, must_write
from ils_app.practices.models import PracticeRow
from ils_app.practices.reading import in_session, profile
from ils_app.practices.room import LIST, room, topic
from ils_app.practices.schemas import PracticeView, ProfileDraft


@door("practices.write")
async def edit_profile(actor: Actor, practice_id: UUID, draft: ProfileDraft, version: int) -> PracticeView:
    """Change the contacts and the note for the lab; `version` is the practice's as it was read.

    For the practice's manager and the admin. Raises NotFound for a foreign practice, Forbidden for a member who is no
    manager, ChangedElsewhere when someone saved in between.
    """
    must_write(actor, practice_id)
    async with room.unit_of_work() as uow:
        row = await held(uow, practice_id)
        if row.version != version:
            raise ChangedElsewhere(await in_session(uow.session, row))
        for name, value in draft.model_dump().items():
            setattr(row, name, value)
        row.version, row.updated_at = row.version + 1, now()
        uow.emit(PracticeChanged(practice_id=practice_id))
        uow.publish(topic(practice_id), LIST)
    return await profile(practice_id)


@door("practices.open")
async def change_account(actor: Actor, practice_id: UUID, account_number: str, version: int) -> PracticeView:
    """Have the practice order under another account with the lab; orders already sent keep theirs.

    Raises NotFound, Invalid, AccountTaken, ChangedElsewhere. The number it has already changes nothing.
    """
    number = " ".join(account_number.split())
    if not number or len(number) > 40 or not number.isprintable():
        sentence = "Write the account number as the lab's system has it, at most 40 letters and digits."
        raise Invalid(sentence, fields={"account_number": sentence})
    async with room.unit_of_work() as uow:
        row = await held(uow, practice_id)
        if row.version != version:
            raise ChangedElsewhere(await in_session(uow.session, row))
        if row.account_number != number:
            uow.emit(AccountNumberChanged(practice_id=practice_id, old=row.account_number, new=number))
            row.account_number, row.version, row.updated_at = number, row.version + 1, now()
            try:
                await uow.session.flush()
            except IntegrityError:
                raise AccountTaken from None  # the database's own text quotes what was entered
            uow.publish(topic(practice_id), LIST)
    return await profile(practice_id)


@internal
async def follow(practice_id: UUID, *, name: str, active: bool) -> None:
    """Take over what auth says of the practice's organisation; one that is not open yet has nothing to follow."""
    async with room.unit_of_work() as uow:
        query = select(PracticeRow).where(col(PracticeRow.id) == practice_id).with_for_update()
        row = (await uow.session.execute(query)).scalar_one_or_none()
        if row is None or (row.name, row.active) == (name, active):
            return
        row.name, row.active, row.version, row.updated_at = name, active, row.version + 1, now()
        uow.emit(PracticeChanged(practice_id=practice_id))
        uow.publish(topic(practice_id), LIST)
