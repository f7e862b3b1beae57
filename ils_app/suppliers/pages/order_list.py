"""The purchase orders: views with true counts, search, pages from the server, and changes as they happen."""

import asyncio
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from ils_app.kernel.actor import Role
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.pages.rows import OrderLine, order_columns, order_line
from ils_app.suppliers.service import OrderList
from ils_app.ui import buttons, dialogs, feedback, fields, routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.tables import FilterChip, Page, View

ROW = "purchase_orders.read"
VIEWS = (
    (OrderList.ALL, "All"),
    (OrderList.DRAFTS, "Drafts"),
    (OrderList.SENT, "Sent"),
    (OrderList.ACKNOWLEDGED, "Acknowledged"),
    (OrderList.IN_TRANSIT, "In transit"),
    (OrderList.TO_COUNT, "To count in"),
    (OrderList.DELIVERED, "Delivered"),
    (OrderList.CANCELLED, "Cancelled"),
)
SUPPLIERS_WORDS = {OrderList.SENT: "To acknowledge", OrderList.ACKNOWLEDGED: "To ship"}
NOT_THEIRS = {OrderList.DRAFTS, OrderList.TO_COUNT}


class PurchaseOrdersState(SessionState):
    """One page of one view. The view and the supplier are in the address; what was searched for stays in this tab."""

    rows: list[OrderLine] = []
    views: list[View] = []
    pages: Page = Page()
    chips: list[FilterChip] = []
    words: str = ""
    export_href: str = ""
    loading: bool = True
    _view: OrderList = OrderList.ALL
    _supplier: UUID | None = None
    _late: bool = False
    _unsent: bool = False
    _text: str = ""
    _page: int = 1

    @rx.event
    @opens(ROW)
    async def load(self):
        """The view the address names, from its first page."""
        actor = await self._actor()
        asked = self.router.url.query_parameters
        named = asked.get("view", "")
        self._view = OrderList(named) if named in set(OrderList) else OrderList.ALL
        self._late, self._unsent = asked.get("late") == "yes", asked.get("unsent") == "yes"
        self._supplier = routes.id_in(asked.get("supplier", "")) if actor.role is not Role.SUPPLIER else None
        self.chips = [FilterChip("late", self._address(late=False))] if self._late else []
        self.chips += [FilterChip("not sent", self._address(unsent=False))] if self._unsent else []
        self.chips += [FilterChip("one supplier", self._address(supplier=False))] if self._supplier else []
        self._text, self._page, self.loading = "", 1, True
        own = actor.role is Role.SUPPLIER
        topic = f"purchase-orders:supplier:{actor.organisation_id}" if own else "purchase-orders"
        self._watch(PurchaseOrdersState.refresh, topic)
        await self._read()

    @rx.event
    @needs(ROW, pushed=True)
    async def refresh(self):
        """An order of this list moved."""
        await self._read()

    @rx.event(background=True, supersedes=True)
    @needs(ROW)
    async def search(self, name: str, text: str):
        """Narrow the view to what is typed."""
        await asyncio.sleep(0.15)
        async with self:
            self._text, self._page = text, 1
            await self._read()

    @rx.event
    @needs(ROW)
    async def next_page(self):
        """The next page."""
        if self.pages.has_next:
            self._page += 1
            await self._read()

    @rx.event
    @needs(ROW)
    async def previous_page(self):
        """The page before."""
        if self._page > 1:
            self._page -= 1
            await self._read()

    async def _read(self) -> None:
        actor = await self._actor()
        asked: dict[str, Any] = {"view": self._view, "text": self._text, "supplier_id": self._supplier}
        found = await suppliers.orders_page(actor, late=self._late, unsent=self._unsent, page=self._page, **asked)
        counts = await suppliers.order_counts(actor, supplier_id=self._supplier)
        own = actor.role is Role.SUPPLIER
        self.rows = [order_line(row, ours=not own) for row in found.rows]
        self.views = [
            View(view, SUPPLIERS_WORDS.get(view, label) if own else label, self._address(view=view),
                 counts.of(view), view is self._view)
            for view, label in VIEWS if not (own and view in NOT_THEIRS)
        ]  # fmt: skip
        self.pages = Page.of(found)
        waiting = counts.of(OrderList.SENT) if own else counts.of(OrderList.TO_COUNT)
        self.words = f"{waiting} {'to acknowledge' if own else 'to count in'} · {counts.late} late"
        query = {"as": actor.role.value, "view": self._view.value, "text": self._text}
        query |= {"late": "true"} if self._late else {}
        query |= {"unsent": "true"} if self._unsent else {}
        query |= {"supplier_id": str(self._supplier)} if self._supplier else {}
        self.export_href = f"{routes.PURCHASE_ORDERS_FILE}?{urlencode({k: v for k, v in query.items() if v})}"
        self.loading = False

    def _address(
        self, *, view: OrderList | None = None, supplier: bool = True, late: bool = True, unsent: bool = True
    ) -> str:
        """The list with these filters; what is given as False is left out."""
        shown = self._view if view is None else view
        query = {"view": shown.value} if shown is not OrderList.ALL else {}
        query |= {"supplier": str(self._supplier)} if supplier and self._supplier else {}
        query |= {"late": "yes"} if late and self._late and view is None else {}
        query |= {"unsent": "yes"} if unsent and self._unsent and view is None else {}
        return f"{routes.PURCHASE_ORDERS}?{urlencode(query)}" if query else routes.PURCHASE_ORDERS


@page(routes.PURCHASE_ORDERS, title="Purchase orders", on_load=PurchaseOrdersState.load)
def purchase_order_list() -> rx.Component:
    """The list."""
    state = PurchaseOrdersState
    theirs = state.role == Role.SUPPLIER
    new = buttons.link_button("New order", routes.NEW_PURCHASE_ORDER, kind="primary", icon="plus", shortcut="o")
    none = rx.cond(
        theirs,
        feedback.empty_state("clipboard-list", "No order here", "An order appears as soon as the lab has sent it."),
        feedback.empty_state("clipboard-list", "No order here", "What is ordered from suppliers comes here.", new),
    )

    def table(*, with_supplier: bool) -> rx.Component:
        return tables.data_table(
            state.rows, order_columns(with_supplier=with_supplier), label="Purchase orders",
            href=lambda row: row.href, loading=state.loading, empty=none,
        )  # fmt: skip

    return frame(
        tables.list_page(
            tables.view_tabs(state.views),
            tables.filter_bar(
                fields.search_field("find", "Number, reference, part, parcel", on_edit=state.search),
                tables.filter_chips(state.chips),
                buttons.download_link("CSV", state.export_href, aria_label="Download this list as CSV"),
            ),
            rx.cond(theirs, table(with_supplier=False), table(with_supplier=True)),
            tables.pager(state.pages, on_previous=state.previous_page, on_next=state.next_page),
        ),
        title="Purchase orders",
        subtitle=state.words,
        active=routes.PURCHASE_ORDERS,
        actions=rx.cond(theirs, rx.fragment(), new),
        shortcuts=(dialogs.Shortcut("o", "New purchase order"), *dialogs.LISTS),
    )
