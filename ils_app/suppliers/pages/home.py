"""A supplier's first screen: the orders that need it, and the documents that are about to end."""

import reflex as rx

from ils_app.suppliers import service as suppliers
from ils_app.suppliers.pages.rows import OrderLine, PaperLine, order_columns, order_line, paper_line
from ils_app.suppliers.service import DocumentList, OrderList
from ils_app.ui import buttons, feedback, layout, routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

ROW = "documents.write"  # a supplier's own


class SuppliesState(SessionState):
    """A supplier's figures and what stands behind them."""

    to_acknowledge: int = 0
    to_ship: int = 0
    in_transit: int = 0
    late: int = 0
    ending: int = 0
    ended: int = 0
    new: list[OrderLine] = []
    open: list[OrderLine] = []
    papers: list[PaperLine] = []

    @rx.event
    @opens(ROW)
    async def load(self):
        """The supplier's own."""
        mine = (await self._actor()).organisation_id
        self._watch(SuppliesState.refresh, f"purchase-orders:supplier:{mine}", f"documents:supplier:{mine}")
        await self._read()

    @rx.event
    @needs(ROW, pushed=True)
    async def refresh(self):
        """An order or a document changed."""
        await self._read()

    async def _read(self) -> None:
        actor = await self._actor()
        counts, papers = await suppliers.order_counts(actor), await suppliers.document_counts(actor)
        self.to_acknowledge, self.to_ship = counts.of(OrderList.SENT), counts.of(OrderList.ACKNOWLEDGED)
        self.in_transit, self.late = counts.of(OrderList.IN_TRANSIT), counts.late
        self.ending, self.ended = papers.of(DocumentList.EXPIRING), papers.of(DocumentList.EXPIRED)
        lists = {}
        for view in (OrderList.SENT, OrderList.ACKNOWLEDGED, OrderList.IN_TRANSIT):
            found = await suppliers.orders_page(actor, view=view, size=8)
            lists[view] = [order_line(row, ours=False) for row in found.rows]
        self.new = lists[OrderList.SENT]
        self.open = [*lists[OrderList.ACKNOWLEDGED], *lists[OrderList.IN_TRANSIT]]
        shown = []
        for which in (DocumentList.EXPIRED, DocumentList.EXPIRING):
            found_papers = await suppliers.documents_page(actor, view=which, size=8)
            shown += [paper_line(row, actor.role.value) for row in found_papers.rows]
        self.papers = shown


@page(routes.SUPPLIES, title="Today", on_load=SuppliesState.load)
def supplies() -> rx.Component:
    """The dashboard."""
    state, orders, papers = SuppliesState, routes.PURCHASE_ORDERS, routes.DOCUMENTS
    return frame(
        layout.stack(
            layout.figures(
                layout.figure("To acknowledge", state.to_acknowledge, href=f"{orders}?view=sent", tone="info"),
                layout.figure("To ship", state.to_ship, href=f"{orders}?view=acknowledged"),
                layout.figure("In transit", state.in_transit, href=f"{orders}?view=in_transit"),
                layout.figure("Late", state.late, href=f"{orders}?late=yes", tone="warn"),
                layout.figure("Documents ending", state.ending, href=f"{papers}?view=expiring", tone="warn"),
            ),
            layout.columns(
                layout.stack(
                    _orders("To acknowledge", state.new, "Nothing new", "A new order appears here by itself."),
                    _orders("Under way", state.open, "Nothing under way", "What you have acknowledged comes here."),
                ),
                _papers(state),
                shape="main-side",
            ),
        ),
        title="Today",
        subtitle=rx.fragment(state.to_acknowledge, " to acknowledge"),
        active=routes.SUPPLIES,
    )


def _orders(title: str, rows: rx.Var[list[OrderLine]], none: str, hint: str) -> rx.Component:
    table = tables.data_table(
        rows, order_columns(with_supplier=False), label=title, href=lambda row: row.href, dense=True,
        empty=feedback.empty_state("circle-check", none, hint),
    )  # fmt: skip
    return layout.card(table, title=title, flush=True)


def _papers(state: type[SuppliesState]) -> rx.Component:
    columns = [
        tables.Column("Document", lambda row: row.title),
        tables.Column("Valid", lambda row: feedback.toned_badge(row.state, row.tone), align="end"),
    ]
    table = tables.data_table(
        state.papers, columns, label="Documents about to end", dense=True,
        empty=feedback.empty_state("file-badge", "None is about to end", "You are reminded 30 and 7 days before."),
    )  # fmt: skip
    return layout.card(
        table, title="Documents about to end", aside=buttons.link("All documents", routes.DOCUMENTS), flush=True
    )
