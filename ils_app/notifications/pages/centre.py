"""Everything a person was told, page by page: all of it or what is unread, of every kind or of one."""

from typing import Final

import reflex as rx

from ils_app.notifications import service as notifications
from ils_app.notifications.pages.bell import as_id
from ils_app.notifications.pages.entries import ICONS, WORDS, entry_of
from ils_app.notifications.room import topic
from ils_app.settings.schemas import NotificationKind
from ils_app.ui import bell, buttons, feedback, layout, routes, tables
from ils_app.ui.bell import Entry
from ils_app.ui.fields import Option
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

SIZE: Final = 25
KINDS: Final = [Option("", "Everything"), *(Option(kind.value, words) for kind, words in WORDS.items())]


class CentreState(SessionState):
    """One page of one view."""

    rows: list[Entry] = []
    views: list[tables.View] = []
    pages: tables.Page = tables.Page()
    kind: str = ""
    unread: int = 0
    summary: str = ""
    loading: bool = True
    nothing: str = ""
    _unread_only: bool = False
    _number: int = 1

    @rx.event
    @opens("notifications.own")
    async def load(self):
        """The view that the address names."""
        asked = self.router.url.query_parameters
        self._unread_only = asked.get("view", "") == "unread"
        self.kind = asked.get("kind", "") if asked.get("kind", "") in set(NotificationKind) else ""
        self._number = 1
        actor = await self._actor()
        self._watch(CentreState.follow, topic(actor.user_id))
        await self._show()

    @rx.event
    @needs("notifications.own", pushed=True)
    async def follow(self):
        """Something was told or read, here or in another tab."""
        await self._show()

    @rx.event
    @needs("notifications.own")
    async def pick(self, kind: str):
        """Show one kind, or every one."""
        known = kind if isinstance(kind, str) and kind in set(NotificationKind) else ""
        return rx.redirect(_address("unread" if self._unread_only else "", known))

    @rx.event
    @needs("notifications.own")
    async def previous(self):
        """The page of newer ones."""
        self._number = max(1, self._number - 1)
        await self._show()

    @rx.event
    @needs("notifications.own")
    async def next(self):
        """The page of older ones."""
        self._number += 1
        await self._show()

    @rx.event
    @needs("notifications.own")
    async def read(self, entry_id: str):
        """An entry was opened."""
        await notifications.mark_read(await self._actor(), as_id(entry_id))

    @rx.event
    @needs("notifications.own")
    async def read_all(self):
        """Nothing is unread any more."""
        await notifications.mark_all_read(await self._actor())
        await self._show()

    async def _show(self) -> None:
        actor = await self._actor()
        kind = NotificationKind(self.kind) if self.kind else None
        found = await notifications.notifications(
            actor, unread_only=self._unread_only, kind=kind, page=self._number, size=SIZE
        )
        self.rows, self.unread, self.loading = [entry_of(one) for one in found.rows], found.unread, False
        self.summary = f"{found.unread:,} unread" if found.unread else "all read"
        self.nothing = "Nothing is unread" if self._unread_only else "Nothing yet"
        self.views = [
            tables.View("all", "All", _address("", self.kind), active=not self._unread_only),
            tables.View("unread", "Unread", _address("unread", self.kind), found.unread, self._unread_only),
        ]
        self.pages = tables.Page.of(found)


def _address(view: str, kind: str) -> str:
    named = [f"{name}={value}" for name, value in (("view", view), ("kind", kind)) if value]
    return f"{routes.NOTIFICATIONS}?{'&'.join(named)}" if named else routes.NOTIFICATIONS


@page(routes.NOTIFICATIONS, title="Notifications", on_load=CentreState.load)
def centre() -> rx.Component:
    """The list and its filters."""
    entries = rx.cond(
        CentreState.rows.length() > 0,
        bell.entry_list(CentreState.rows, ICONS, on_open=CentreState.read),
        rx.cond(CentreState.loading, feedback.skeleton(8, tall=True), _nothing()),
    )
    all_read = buttons.button("Mark all read", icon="check-check", on_click=CentreState.read_all)
    return frame(
        tables.list_page(
            tables.view_tabs(CentreState.views, label="Notifications"),
            tables.filter_bar(
                tables.filter_select("Kind", KINDS, value=CentreState.kind, on_pick=CentreState.pick),
            ),
            layout.card(entries, flush=True),
            tables.pager(CentreState.pages, on_previous=CentreState.previous, on_next=CentreState.next),
        ),
        title="Notifications",
        subtitle=CentreState.summary,
        actions=rx.cond(CentreState.unread > 0, all_read),
        active=routes.NOTIFICATIONS,
    )


def _nothing() -> rx.Component:
    hint = (
        "What happens to your orders and your account is told here. What else reaches you, you choose in your settings."
    )
    return feedback.empty_state("bell", CentreState.nothing, hint)
