"""What a person likes: how pages look to them, and what they are told. Each switch is kept by itself."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.kernel import clock
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import door
from ils_app.settings import reading
from ils_app.settings.events import PreferencesChanged
from ils_app.settings.models import PersonRow
from ils_app.settings.room import person_topic, room
from ils_app.settings.schemas import ALWAYS, NotificationKind, Preferences, Theme

Switches = Mapping[NotificationKind, bool]
NOTHING: Final[Switches] = MappingProxyType({})
NAMES: Final = ("theme", "in_app", "by_mail")


@door("account.own")
async def own_preferences(actor: Actor) -> Preferences:
    """What the actor likes."""
    return await reading.preferences(actor.user_id)


@door("account.own")
async def own_organisation_name(actor: Actor) -> str:
    """What the organisation the actor works for calls itself on its documents."""
    return (await reading.letterhead(actor.organisation_id)).name


@door("account.own")
async def change_preferences(
    actor: Actor, *, theme: Theme | None = None, in_app: Switches = NOTHING, by_mail: Switches = NOTHING
) -> Preferences:
    """Take another theme, in whatever browser the actor signs in, or tell them of other things; all or nothing.

    What is not named stays as it is. Raises Invalid for what nobody can switch off. A repeat changes nothing.
    """
    if any(kind in ALWAYS and not on for kind, on in (*in_app.items(), *by_mail.items())):
        raise Invalid("What concerns your own access is always told.")
    async with room.unit_of_work() as uow:
        row = await _row(uow.session, actor.user_id)
        before = (row.theme, row.off_in_app, row.off_by_mail)
        row.theme = theme or row.theme
        row.off_in_app = _switched(row.off_in_app, in_app)
        row.off_by_mail = _switched(row.off_by_mail, by_mail)
        now_so = (row.theme, row.off_in_app, row.off_by_mail)
        if changed := tuple(name for name, old, new in zip(NAMES, before, now_so, strict=True) if old != new):
            row.updated_at = clock.now()
            uow.emit(PreferencesChanged(user_id=actor.user_id, changed=changed))
            uow.publish(person_topic(actor.user_id))
        return reading.preferences_of(row)


async def _row(session: AsyncSession, user_id: UUID) -> PersonRow:
    """The person's row, locked, so that two switches thrown at once are both thrown."""
    await session.execute(insert(PersonRow).values(PersonRow(user_id=user_id).model_dump()).on_conflict_do_nothing())
    row = await session.get(PersonRow, user_id, with_for_update=True)
    assert row is not None
    return row


def _switched(off: Sequence[str], switches: Switches) -> list[str]:
    on = {kind.value for kind, wanted in switches.items() if wanted}
    return sorted({*off, *(kind.value for kind, wanted in switches.items() if not wanted)} - on)
