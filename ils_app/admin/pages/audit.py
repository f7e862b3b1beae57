"""The audit list: every act, searched, paged, looked at, and taken along as a file."""

from typing import Any
from urllib.parse import urlencode

import reflex as rx

from ils_app.admin import service as admin
from ils_app.admin.pages import audit_view, home
from ils_app.admin.pages.lines import ActLine
from ils_app.admin.schemas import PEOPLE
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.settings import service as settings
from ils_app.ui import routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import page
from ils_app.ui.session import SessionState

SIZE = 50
EVERYTHING = "all"
TOPICS = (*home.TOPICS, "catalog", settings.LAB)


class AuditState(SessionState):
    """The filters, a page of acts, and the act that is open beside it."""

    rows: list[ActLine] = []
    pages: tables.Page = tables.Page()
    newer: int = 0
    loading: bool = True
    problem: str = ""
    views: list[tables.View] = []
    by: str = PEOPLE
    area: str = ""
    since: str = ""
    until: str = ""
    who: str = ""  # what was typed stays here: it belongs in no address
    about: str = ""
    epoch: int = 0

    opened: bool = False
    list_href: str = routes.AUDIT
    act: ActLine = ActLine()
    subject_href: str = ""
    request_id: str = ""
    details: list[list[str]] = []
    _cursors: list[str] = [""]
    _act_id: int | None = None

    @rx.event
    @opens("audit.read")
    async def load(self):
        """Open the part of the list that the address names, and the act, if it names one."""
        asked = self.router.url.query_parameters
        read = admin.AuditFilter.read(
            area=asked.get("area", ""), since=asked.get("since", ""), until=asked.get("until", "")
        )
        by = "" if asked.get("by") == EVERYTHING else PEOPLE
        wanted = (by, read.area.value if read.area else "", str(read.since or ""), str(read.until or ""))
        if wanted != (self.by, self.area, self.since, self.until) or not self.rows:
            self._cursors, self.loading = [""], not self.rows
        self.by, self.area, self.since, self.until = wanted
        self.views = [
            tables.View(PEOPLE, "By people", self._address(by=""), active=by == PEOPLE),
            tables.View(EVERYTHING, "Everything, ILS's own too", self._address(by=EVERYTHING), active=by != PEOPLE),
        ]
        number = asked.get("act", "")
        self._act_id = int(number) if number.isdecimal() and len(number) < 19 else None
        self.epoch += 1
        await self._show()
        await self._show_act()
        self._watch(AuditState.refresh, *TOPICS)

    @rx.event
    @needs("audit.read", pushed=True)
    async def refresh(self):
        """Something happened: it waits above the list to be asked for."""
        if len(self._cursors) > 1 or self.problem or not self.rows:
            return
        found = await admin.audit(await self._actor(), self._wanted(), limit=SIZE)
        seen = {row.id for row in self.rows}
        self.newer = sum(str(one.id) not in seen for one in found.rows)

    @rx.event
    @needs("audit.read")
    async def show_new(self):
        """Let the list jump to what happened."""
        self._cursors = [""]
        await self._show()

    @rx.event
    @needs("audit.read")
    async def look(self, name: str, value: str):
        """Show what was done by whom, or about what, the text may mean."""
        if name == "who":
            self.who = value
        else:
            self.about = value
        self._cursors = [""]
        await self._show()

    @rx.event
    @needs("audit.read")
    async def pick_area(self, name: str, value: str):
        """Show the acts of one area; the address says so."""
        return rx.redirect(self._address(area=value))

    @rx.event
    @needs("audit.read")
    async def pick_day(self, name: str, value: str):
        """Show from or up to a day; the address says so."""
        return rx.redirect(self._address(**{"since" if name == "since" else "until": value}))

    @rx.event
    @needs("audit.read")
    async def clear(self):
        """Show everything again."""
        self.who, self.about = "", ""
        self.epoch += 1
        if self._address() != routes.AUDIT:
            return rx.redirect(routes.AUDIT)
        self._cursors = [""]
        await self._show()
        return None

    @rx.event
    @needs("audit.read")
    async def next_page(self):
        """The page of older ones."""
        found = await admin.audit(await self._actor(), self._wanted(), cursor=self._cursors[-1] or None, limit=SIZE)
        if found.next_cursor:
            self._cursors = [*self._cursors, found.next_cursor]
            await self._show()

    @rx.event
    @needs("audit.read")
    async def previous_page(self):
        """The page of newer ones."""
        if len(self._cursors) > 1:
            self._cursors = self._cursors[:-1]
        await self._show()

    def _wanted(self) -> admin.AuditFilter:
        return admin.AuditFilter.read(
            who=self.who, about=self.about, area=self.area, since=self.since, until=self.until, by=self.by
        )

    def _address(self, **wanted: str) -> str:
        by = "" if self.by == PEOPLE else EVERYTHING
        named = {"by": by, "area": self.area, "since": self.since, "until": self.until, **wanted}
        query = urlencode({name: value for name, value in named.items() if value})
        return f"{routes.AUDIT}?{query}" if query else routes.AUDIT

    async def _show(self) -> None:
        cursor = self._cursors[-1] or None
        self.newer, self.list_href = 0, self._address()
        try:
            found = await admin.audit(await self._actor(), self._wanted(), cursor=cursor, limit=SIZE)
        except Invalid as refused:
            self.rows, self.problem, self.loading, self.pages = [], refused.message, False, tables.Page()
            return
        first = (len(self._cursors) - 1) * SIZE
        self.rows = [ActLine.of(one, href=self._address(act=str(one.id))) for one in found.rows]
        self.pages = tables.Page(
            first=first + bool(found.rows),
            last=first + len(found.rows),
            has_previous=len(self._cursors) > 1,
            has_next=found.next_cursor is not None,
        )
        self.problem, self.loading = "", False

    async def _show_act(self) -> None:
        try:
            act = await admin.act(await self._actor(), self._act_id) if self._act_id is not None else None
        except NotFound:
            act = None
        self.opened = act is not None
        if act is None:
            return
        self.act = ActLine.of(act)
        self.subject_href, self.request_id = act.href, act.request_id
        self.details = [[label, value] for label, value in act.details]


@page(routes.AUDIT, title="Audit", on_load=AuditState.load)
def audit() -> rx.Component:
    """The list, its filters, and an act beside it."""
    return audit_view.audit_page(AuditState)


__all__: list[Any] = ["AuditState", "audit"]
