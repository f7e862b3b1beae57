"""The list of invoices: views with true counts, search, pages from the server, and what is owed altogether."""

import asyncio
from urllib.parse import urlencode

import reflex as rx

from ils_app.billing import service as billing
from ils_app.billing.pages.rows import Line, columns, line
from ils_app.billing.service import Counts, InvoicesView
from ils_app.kernel.actor import Role
from ils_app.kernel.money import Money
from ils_app.ui import buttons, dialogs, feedback, fields, layout, routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.tables import Page, View

VIEWS = (
    (InvoicesView.OPEN, "Open"),
    (InvoicesView.OVERDUE, "Overdue"),
    (InvoicesView.PAID, "Paid"),
    (InvoicesView.REFUND_DUE, "Refund due"),
    (InvoicesView.ALL, "All"),
)


class InvoicesState(SessionState):
    """One page of one view. The view is in the address; what was searched for stays in this tab."""

    lines: list[Line] = []
    views: list[View] = []
    pages: Page = Page()
    outstanding: str = ""
    overdue: str = ""
    open_count: int = 0
    overdue_count: int = 0
    to_invoice: int = 0
    csv_href: str = ""
    loading: bool = True
    _view: InvoicesView = InvoicesView.ALL
    _text: str = ""
    _cursors: list[str] = [""]

    @rx.event
    @opens("invoices.read")
    async def load(self):
        """The view the address names, from its first page."""
        actor = await self._actor()
        named = self.router.url.query_parameters.get("view", "")
        self._view = InvoicesView(named) if named in set(InvoicesView) else InvoicesView.ALL
        self._text, self._cursors, self.loading = "", [""], True
        self._watch(InvoicesState.refresh, f"invoices:{actor.practice_id or 'all'}")
        await self._read()

    @rx.event
    @needs("invoices.read", pushed=True)
    async def refresh(self):
        """An invoice of this list changed somewhere: show the page as it is now."""
        await self._read()

    @rx.event(background=True, supersedes=True)
    @needs("invoices.read")
    async def search(self, name: str, text: str):
        """Narrow the view to what is typed."""
        await asyncio.sleep(0.15)
        async with self:
            self._text, self._cursors = text, [""]
            await self._read()

    @rx.event
    @needs("invoices.read")
    async def next_page(self):
        """The next page of the view."""
        if self.pages.has_next:
            await self._read(further=True)

    @rx.event
    @needs("invoices.read")
    async def previous_page(self):
        """The page before."""
        if len(self._cursors) > 1:
            self._cursors = self._cursors[:-1]
            await self._read()

    async def _read(self, *, further: bool = False) -> None:
        actor = await self._actor()
        if further and (beyond := (await self._page_at(self._cursors[-1])).next_cursor):
            self._cursors = [*self._cursors, beyond]
        shown = await self._page_at(self._cursors[-1])
        counts, owed = await billing.counts(actor), await billing.figures(actor)
        self.lines = [line(row) for row in shown.rows]
        self.views = [self._tab(view, label, counts) for view, label in VIEWS]
        before = (len(self._cursors) - 1) * 25
        total = -1 if self._text else counts.of(self._view)
        self.pages = Page(
            before + 1 if shown.rows else 0, before + len(shown.rows), total, len(self._cursors) > 1,
            shown.next_cursor is not None,
        )  # fmt: skip
        self.outstanding, self.overdue = _sum(owed.outstanding), _sum(owed.overdue)
        self.open_count, self.overdue_count = owed.open_count, owed.overdue_count
        self.to_invoice = await billing.waiting_count(actor) if actor.may("invoices.issue") else 0
        asked = {"view": self._view.value, "text": self._text, "as": actor.role.value}
        self.csv_href = "/api/v1/invoices.csv?" + urlencode({name: value for name, value in asked.items() if value})
        self.loading = False

    async def _page_at(self, cursor: str) -> billing.InvoicePage:
        return await billing.invoices_page(await self._actor(), view=self._view, text=self._text, cursor=cursor or None)

    def _tab(self, view: InvoicesView, label: str, counts: Counts) -> View:
        href = routes.INVOICES if view is InvoicesView.ALL else f"{routes.INVOICES}?view={view}"
        return View(view, label, href, counts.of(view), view is self._view)


def _sum(amounts: tuple[Money, ...]) -> str:
    """What is owed, in each currency."""
    return " + ".join(str(money) for money in amounts) or "nothing"


@page(routes.INVOICES, title="Invoices", on_load=InvoicesState.load)
def invoice_list() -> rx.Component:
    """The list."""
    none = feedback.empty_state(
        "receipt", "No invoice here", "An invoice is issued by itself when an order leaves the lab."
    )

    def table(*, with_practice: bool) -> rx.Component:
        return tables.data_table(
            InvoicesState.lines,
            columns(with_practice=with_practice),
            label="Invoices",
            href=lambda row: row.href,
            loading=InvoicesState.loading,
            empty=none,
        )

    is_ecp = InvoicesState.role == Role.ECP
    return frame(
        layout.stack(
            _figures(),
            tables.list_page(
                tables.view_tabs(InvoicesState.views),
                tables.filter_bar(
                    fields.search_field("find", "Number, order, practice, reference", on_edit=InvoicesState.search)
                ),
                rx.cond(is_ecp, table(with_practice=False), table(with_practice=True)),
                tables.pager(
                    InvoicesState.pages, on_previous=InvoicesState.previous_page, on_next=InvoicesState.next_page
                ),
            ),
        ),
        title="Invoices",
        subtitle=rx.fragment(InvoicesState.open_count, " open · ", InvoicesState.overdue_count, " overdue"),
        active=routes.INVOICES,
        shortcuts=dialogs.LISTS,
        actions=buttons.download_link("Export as CSV", InvoicesState.csv_href),
    )


def _figures() -> rx.Component:
    waiting = layout.figure(
        "Shipped, not invoiced", InvoicesState.to_invoice, href=routes.INVOICES_WAITING, detail="orders wait for you",
        tone="warn",
    )  # fmt: skip
    return layout.figures(
        layout.figure(
            rx.cond(InvoicesState.role == Role.ECP, "You owe", "Outstanding"), InvoicesState.outstanding,
            href=f"{routes.INVOICES}?view=open",
        ),
        layout.figure(
            "Overdue", InvoicesState.overdue, href=f"{routes.INVOICES}?view=overdue",
            tone="bad",
        ),
        rx.cond(InvoicesState.to_invoice > 0, waiting),
    )  # fmt: skip
