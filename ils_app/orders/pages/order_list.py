"""The list of orders: views with true counts, search, pages from the server, and changes as they happen."""

import asyncio
from functools import partial
from uuid import UUID

import reflex as rx

from ils_app.kernel.actor import Actor, Role
from ils_app.orders import service as orders
from ils_app.orders.pages.rows import Line, columns, line
from ils_app.orders.service import Counts, ListView
from ils_app.ui import buttons, dialogs, feedback, fields, routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.shared import shared
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


class OrdersState(SessionState):
    """One page of one view. The view is in the address; what was searched for stays in this tab."""

    lines: list[Line] = []
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
        if further:
            here = await self._page_at(actor, self._cursors[-1])
            if here.next_cursor:
                self._cursors = [*self._cursors, here.next_cursor]
        shown, counts = await (self._as_others_read(actor) if pushed else self._seen(actor))
        own = actor.role is Role.ECP
        self.lines = [line(row, own=own) for row in shown.rows]
        self.views = [self._tab(view, label if own else FOR_THE_LAB.get(view, label), counts) for view, label in VIEWS]
        self.pages = self._pages(len(shown.rows), shown.next_cursor is not None, counts)
        whom = "you" if own else "a practice"
        self.summary = f"{counts.of(ListView.ATTENTION)} waiting for {whom} · {counts.late} late"
        self.loading = False

    async def _seen(self, actor: Actor) -> tuple[orders.OrderPage, Counts]:
        return await self._page_at(actor, self._cursors[-1]), await orders.counts(actor)

    async def _as_others_read(self, actor: Actor) -> tuple[orders.OrderPage, Counts]:
        """The same, read once for all tabs with this page of this view whose people see as far."""
        asked = (self._view, self._text, self._late, self._patient, self._cursors[-1])
        key = (OrdersState, actor.role, actor.practice_id, asked)
        return await shared(_topic_of(actor), key, partial(self._seen, actor))

    async def _page_at(self, actor: Actor, cursor: str) -> orders.OrderPage:
        return await orders.orders_page(
            actor,
            view=self._view,
            text=self._text,
            late=self._late,
            patient_id=self._patient,
            cursor=cursor or None,
        )

    def _tab(self, view: ListView, label: str, counts: Counts) -> View:
        href = routes.ORDERS if view is ListView.ALL else f"{routes.ORDERS}?view={view}"
        return View(view, label, href, counts.of(view), view is self._view and not self._late)

    def _pages(self, shown: int, more: bool, counts: Counts) -> Page:
        before = (len(self._cursors) - 1) * 25
        total = -1 if self._text or self._late or self._patient else counts.of(self._view)
        return Page(before + 1 if shown else 0, before + shown, total, len(self._cursors) > 1, more)


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
