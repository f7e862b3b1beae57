"""The list of orders: views with true counts, search, pages from the server, and changes as they happen."""

import asyncio
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import reflex as rx

from ils_app.kernel.actor import Actor, Role
from ils_app.orders import service as orders
from ils_app.orders.pages.rows import Line, columns, line
from ils_app.orders.service import Counts, ListView
from ils_app.ui import buttons, dialogs, feedback, fields, live, rights, routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.shared import shared
from ils_app.ui.showing import Picture, Showing
from ils_app.ui.tables import FilterChip, Page, View

VIEWS = (
    (ListView.ALL, "All"),
    (ListView.ATTENTION, "Needs you"),
    (ListView.DRAFTS, "Drafts"),
    (ListView.WAITING, "Waiting for the lab"),
    (ListView.IN_PRODUCTION, "In production"),
    (ListView.QUALITY_CHECK, "Quality check"),
    (ListView.SHIPPED, "Shipped"),
    (ListView.ON_HOLD, "On hold"),
    (ListView.COMPLETED, "Completed"),
    (ListView.CANCELLED, "Cancelled"),
)
FOR_THE_LAB = {ListView.ATTENTION: "Needs the practice", ListView.DRAFTS: "Drafts entered here"}


@dataclass(frozen=True)
class Asked:
    """What a tab asks for: a page of a view, and how many rows are on the pages before it."""

    view: ListView = ListView.ALL
    text: str = ""
    late: bool = False
    patient: UUID | None = None
    cursor: str = ""
    before: int = 0

    async def found(self, actor: Actor) -> orders.OrderPage:
        """The rows of the page."""
        return await orders.orders_page(
            actor,
            view=self.view,
            text=self.text,
            late=self.late,
            patient_id=self.patient,
            cursor=self.cursor or None,
        )

    async def picture(self, actor: Actor) -> Picture:
        """What the page shows to people in this role of this practice."""
        shown, counts = await self.found(actor), await orders.counts(actor)
        own = actor.role is Role.ECP
        total = -1 if self.text or self.late or self.patient else counts.of(self.view)
        here = len(shown.rows)
        whom = "you" if own else "a practice"
        return Picture.of({
            "lines": [line(row, own=own) for row in shown.rows],
            "views": [
                self._tab(view, label if own else FOR_THE_LAB.get(view, label), counts) for view, label in VIEWS
            ],
            "pages": Page(self.before + bool(here), self.before + here, total, self.before > 0,
                          shown.next_cursor is not None),
            "summary": f"{counts.of(ListView.ATTENTION)} waiting for {whom} · {counts.late} late",
        })  # fmt: skip

    def _tab(self, view: ListView, label: str, counts: Counts) -> View:
        href = routes.ORDERS if view is ListView.ALL else f"{routes.ORDERS}?view={view}"
        return View(view, label, href, counts.of(view), view is self.view and not self.late)


class OrdersState(SessionState):
    """One page of one view. The view is in the address; what was searched for stays in this tab."""

    lines: list[Line] = []
    changed: dict[str, Line] = {}  # by id: what a line is now, told without the others
    views: list[View] = []
    pages: Page = Page()
    summary: str = ""
    loading: bool = True
    _view: ListView = ListView.ALL
    chips: list[FilterChip] = []
    _late: bool = False
    _patient: UUID | None = None
    _text: str = ""
    _cursors: list[str] = [""]

    @rx.event
    @opens("orders.read")
    async def load(self):
        """The view the address names, from its first page."""
        actor = await self._actor()
        asked = self.router.url.query_parameters
        named = asked.get("view", "")
        self._view = ListView(named) if named in set(ListView) else ListView.ALL
        self._late = asked.get("late") == "yes"
        self._patient = _id_of(asked.get("patient", ""))
        self.chips = [FilterChip("late", routes.ORDERS)] if self._late else []
        self.chips += [FilterChip("one patient", routes.ORDERS)] if self._patient else []
        self._text, self._cursors, self.loading = "", [""], True
        self._watch(OrdersState.refresh, _topic_of(actor))
        await self._read()

    @rx.event
    @needs("orders.read", pushed=True)
    async def refresh(self):
        """An order of this list changed somewhere: show the page as it is now."""
        await self._read(pushed=True)

    @rx.event(background=True, supersedes=True)
    @needs("orders.read")
    async def search(self, name: str, text: str):
        """Narrow the view to what is typed."""
        await asyncio.sleep(0.15)
        async with self:
            self._text, self._cursors = text, [""]
            await self._read()

    @rx.event
    @needs("orders.read")
    async def next_page(self):
        """The next page of the view."""
        if self.pages.has_next:
            await self._read(further=True)

    @rx.event
    @needs("orders.read")
    async def previous_page(self):
        """The page before."""
        if len(self._cursors) > 1:
            self._cursors = self._cursors[:-1]
            await self._read()

    async def _read(self, *, further: bool = False, pushed: bool = False) -> None:
        actor = await self._actor()
        topic, asked = _topic_of(actor), self._asked()
        since = live.heard(topic)
        if further:
            here = await asked.found(actor)
            if here.next_cursor:
                self._cursors = [*self._cursors, here.next_cursor]
                asked = self._asked()
        key = (OrdersState, asked, rights.reach(actor))
        picture = await (shared(topic, key, partial(asked.picture, actor)) if pushed else asked.picture(actor))
        for name, value in picture.values.items():
            setattr(self, name, value)
        self.changed, self.loading = {}, False
        what = Showing(OrdersState, "orders.read", topic, asked, asked.picture, picture, rows=("lines", "changed"))
        self._shows(OrdersState.refresh, what, since=since)

    def _asked(self) -> Asked:
        before = (len(self._cursors) - 1) * 25
        return Asked(self._view, self._text, self._late, self._patient, self._cursors[-1], before)


def _topic_of(actor: Actor) -> str:
    """Where changes of what this person's list shows are told."""
    return f"orders:practice:{actor.practice_id}" if actor.practice_id else "orders:all"


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@page(routes.ORDERS, title="Orders", on_load=OrdersState.load)
def orders_list() -> rx.Component:
    """The list."""
    none = feedback.empty_state(
        "inbox",
        "No order here",
        "Orders appear as soon as they are begun.",
        rx.cond(
            (OrdersState.role == Role.ECP) | (OrdersState.role == Role.LAB),
            buttons.link_button("New order", routes.NEW_ORDER, kind="primary", icon="plus"),
        ),
    )

    def table(*, with_practice: bool) -> rx.Component:
        return tables.data_table(
            OrdersState.lines,
            columns(with_practice=with_practice),
            label="Orders",
            href=lambda row: row.href,
            changed=OrdersState.changed,
            loading=OrdersState.loading,
            empty=none,
        )

    return frame(
        tables.list_page(
            tables.view_tabs(OrdersState.views),
            tables.filter_bar(
                fields.search_field("find", "Number, patient, reference", on_edit=OrdersState.search),
                tables.filter_chips(OrdersState.chips),
            ),
            rx.cond(OrdersState.role == Role.ECP, table(with_practice=False), table(with_practice=True)),
            tables.pager(OrdersState.pages, on_previous=OrdersState.previous_page, on_next=OrdersState.next_page),
        ),
        title="Orders",
        subtitle=OrdersState.summary,
        active=routes.ORDERS,
        shortcuts=dialogs.LISTS,
        actions=rx.cond(
            (OrdersState.role == Role.ECP) | (OrdersState.role == Role.LAB),
            buttons.link_button("New order", routes.NEW_ORDER, kind="primary", icon="plus"),
        ),
    )
