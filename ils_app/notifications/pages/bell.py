"""The bell of every page: how much is unread, the newest behind it, live in every open tab of the person."""

from typing import Any, Final
from uuid import UUID

import reflex as rx

from ils_app.kernel.actor import Actor
from ils_app.notifications import service as notifications
from ils_app.notifications.pages.entries import ICONS, entry_of
from ils_app.notifications.room import topic
from ils_app.ui import bell as shapes
from ils_app.ui import routes
from ils_app.ui.bell import Entry
from ils_app.ui.guard import needs
from ils_app.ui.session import SessionState

NEWEST: Final = 8


class BellState(SessionState):
    """How much is unread; the newest entries once the panel was opened."""

    unread: int = 0
    entries: list[Entry] = []
    reading: bool = True
    spoken: str = ""
    _looking: bool = False

    @rx.event
    @needs("notifications.own", pushed=True)
    async def ring(self):
        """Something was told or read: count anew, and follow in the panel while it is open."""
        before = self.unread
        await self._count(await self._actor())
        if self.unread > before:
            self.spoken = f"{self.unread} unread notification{'s' if self.unread > 1 else ''}."

    @rx.event
    @needs("notifications.own")
    async def look(self, opened: bool):
        """The panel was opened, or closed."""
        self._looking = bool(opened)
        if self._looking:
            await self._count(await self._actor())

    @rx.event
    @needs("notifications.own")
    async def read(self, entry_id: str):
        """An entry was opened."""
        self._looking = False
        await notifications.mark_read(await self._actor(), as_id(entry_id))

    @rx.event
    @needs("notifications.own")
    async def read_all(self):
        """Nothing is unread any more."""
        await notifications.mark_all_read(await self._actor())
        await self._count(await self._actor())

    async def _count(self, actor: Actor) -> None:
        if self._looking:
            found = await notifications.notifications(actor, size=NEWEST)
            self.entries, self.unread, self.reading = [entry_of(one) for one in found.rows], found.unread, False
        else:
            self.unread = await notifications.unread_count(actor)


def as_id(text: Any) -> UUID:
    """The id a page sent back; nobody's for what is none."""
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError):
        return UUID(int=0)


async def arrived(tab: SessionState, actor: Actor) -> None:
    """A page opens: its bell counts, and listens for this person's news."""
    if actor.scope("notifications.own") is None:  # on a temporary password
        return
    state = await tab.get_state(BellState)
    state._looking, state.spoken = False, ""
    await state._count(actor)
    tab._watch(BellState.ring, topic(actor.user_id))


def bell() -> rx.Component:
    """The bell, for the top bar."""
    return shapes.bell(
        unread=BellState.unread,
        entries=BellState.entries,
        icons=ICONS,
        loading=BellState.reading,
        spoken=BellState.spoken,
        all_href=routes.NOTIFICATIONS,
        on_look=BellState.look,
        on_open=BellState.read,
        on_all_read=BellState.read_all,
    )
