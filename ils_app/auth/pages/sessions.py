"""Everybody's live sessions, for the administrator: found, and ended at once."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.auth import service as auth
from ils_app.auth.pages.lines import SIZE, SessionLine, counted
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState


class SessionsState(SessionState):
    """The list and what is typed into its search."""

    rows: list[SessionLine] = []
    page: tables.Page = tables.Page()
    loading: bool = True
    words: str = ""
    typed: bool = False
    asking: bool = False
    asked: SessionLine = SessionLine()
    _text: str = ""
    _number: int = 1

    @rx.event
    @opens("people.manage")
    async def load(self):
        """Open the list from its first page."""
        self.loading, self.rows, self._text, self.typed, self._number = True, [], "", False, 1
        self.asking = False
        await self._show()
        self._watch(SessionsState.refresh, "people", auth.SESSIONS)

    @rx.event
    @needs("people.manage", pushed=True)
    async def refresh(self):
        """A session began or ended."""
        await self._show()

    @rx.event
    @needs("people.manage")
    async def look(self, name: str, value: str):
        """Show whose sessions the text may mean."""
        self._text, self.typed, self._number = value, bool(value.strip()), 1
        await self._show()

    @rx.event
    @needs("people.manage")
    async def previous(self):
        """The page before."""
        self._number = max(1, self._number - 1)
        await self._show()

    @rx.event
    @needs("people.manage")
    async def next(self):
        """The page after."""
        self._number += 1
        await self._show()

    @rx.event
    @needs("people.manage")
    async def ask_end(self, session_id: str):
        """Ask before a session is ended."""
        found = [line for line in self.rows if line.id == session_id]
        if found:
            self.asked, self.asking = found[0], True

    @rx.event
    @needs("people.manage")
    async def keep(self):
        """End nothing."""
        self.asking = False

    @rx.event
    @needs("people.manage")
    async def end(self):
        """End the session that was asked about; its open pages leave at once."""
        if not self.asking:
            return None
        self.asking = False
        await auth.end_session(await self._actor(), UUID(self.asked.id))
        await self._show()
        return errors.done("The session is ended.")

    async def _show(self) -> None:
        found = await auth.sessions(await self._actor(), search=self._text, page=self._number, size=SIZE)
        self.rows = [SessionLine.of(session) for session in found.rows]
        self.page, self.loading = tables.Page.of(found), False
        self.words = counted(found.total, "session", "sessions") + (" found" if self.typed else " alive")


@page(routes.SESSIONS, title="Sessions", on_load=SessionsState.load)
def sessions() -> rx.Component:
    """The list and its search."""
    return frame(
        tables.list_page(
            tables.filter_bar(
                fields.search_field("find", "Name, email or organisation", on_edit=SessionsState.look),
            ),
            tables.data_table(
                SessionsState.rows,
                [
                    tables.Column("Person", lambda row: layout.person(row.person, row.place)),
                    tables.Column("Where", lambda row: row.device),
                    tables.Column("Network", lambda row: layout.mono(row.address), secondary=True),
                    tables.Column("Last used", lambda row: times.ago(row.seen_at)),
                    tables.Column("Since", lambda row: times.ago(row.since), secondary=True),
                    tables.Column("", _end_button, align="end"),
                ],
                label="Sessions",
                loading=SessionsState.loading,
                empty=feedback.empty_state("search-x", "No session is found", "Try the beginning of a name or email."),
            ),
            tables.pager(SessionsState.page, on_previous=SessionsState.previous, on_next=SessionsState.next),
        ),
        _question(),
        title="Sessions",
        subtitle=SessionsState.words,
        active=routes.SESSIONS,
    )


def _question() -> rx.Component:
    return dialogs.confirm_dialog(
        rx.Var.create("Their open pages leave at once, with what is not saved yet. They can sign in again."),
        opened=SessionsState.asking,
        title=rx.fragment("End the session of ", SessionsState.asked.person, "?"),
        confirm="End it",
        on_confirm=SessionsState.end,
        on_cancel=SessionsState.keep,
        danger=True,
    )


def _end_button(row: Any) -> rx.Component:
    return rx.cond(
        row.current,
        feedback.tag("this one", "ok"),
        buttons.button(
            "End",
            small=True,
            on_click=SessionsState.ask_end(row.id),
            aria_label=f"End the session of {row.person}",
        ),
    )
