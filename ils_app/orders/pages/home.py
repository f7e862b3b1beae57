"""The first screen: for a practice, what needs it now; for everybody else, the place their work is."""

import reflex as rx

from ils_app.kernel.actor import Role
from ils_app.orders import service as orders
from ils_app.orders.pages.rows import Line, columns, line
from ils_app.orders.service import ListView
from ils_app.settings import service as settings
from ils_app.ui import buttons, feedback, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

ELSEWHERE = {
    Role.LAB: routes.BOARD,
    Role.ENGINEER: routes.CATALOG,
    Role.ADMIN: routes.ADMIN,
    Role.SUPPLIER: routes.SUPPLIES,
}


class HomeState(SessionState):
    """A practice's figures and the orders behind them."""

    attention: int = 0
    waiting: int = 0
    late: int = 0
    due_today: int = 0
    in_production: int = 0
    drafts: int = 0
    needs_you: list[Line] = []
    due_next: list[Line] = []
    recent: list[Line] = []
    lab_closed: str = ""

    @rx.event
    @opens("account.own")
    async def load(self):
        """A practice's dashboard, or the way to where this role works."""
        actor = await self._actor()
        if actor.role is not Role.ECP:
            return rx.redirect(ELSEWHERE[actor.role])
        self._watch(HomeState.refresh, f"orders:practice:{actor.practice_id}", settings.LAB)
        return await self._read()

    @rx.event
    @needs("orders.read", pushed=True)
    async def refresh(self):
        """Something changed: show it."""
        await self._read()

    async def _read(self) -> None:
        actor = await self._actor()
        self.lab_closed = (await settings.lab_today(actor)).closed
        counts = await orders.counts(actor)
        self.attention, self.late, self.due_today = counts.of(ListView.ATTENTION), counts.late, counts.due_today
        self.waiting, self.drafts = counts.of(ListView.WAITING), counts.of(ListView.DRAFTS)
        self.in_production = counts.of(ListView.IN_PRODUCTION)
        asking = await orders.orders_page(actor, view=ListView.ATTENTION, limit=6)
        self.needs_you = [line(row) for row in asking.rows]
        self.due_next = [line(row) for row in await orders.due_next(actor, limit=6)]
        self.recent = [line(row) for row in await orders.recently_changed(actor, limit=8)]


@page(routes.HOME, title="Today", on_load=HomeState.load)
def home() -> rx.Component:
    """The dashboard."""
    figures = layout.figures(
        layout.figure("Need you", HomeState.attention, href=f"{routes.ORDERS}?view=attention", tone="bad"),
        layout.figure("Late", HomeState.late, href=f"{routes.ORDERS}?late=yes", tone="warn"),
        layout.figure("Waiting for the lab", HomeState.waiting, href=f"{routes.ORDERS}?view=waiting"),
        layout.figure("In production", HomeState.in_production, href=f"{routes.ORDERS}?view=in_production"),
        layout.figure("Drafts", HomeState.drafts, href=f"{routes.ORDERS}?view=drafts"),
    )
    return frame(
        layout.stack(
            figures,
            layout.columns(
                layout.stack(
                    _orders(
                        "Needs you now", HomeState.needs_you, "Nothing needs you", "Held and refused orders come here."
                    ),
                    _orders("Due next", HomeState.due_next, "Nothing is due", "Orders at the lab, by their promise."),
                ),
                layout.card(_latest(), title="Latest changes", flush=True),
                shape="main-side",
            ),
        ),
        title="Today",
        subtitle=rx.fragment(HomeState.due_today, " due today"),
        active=routes.HOME,
        banner=rx.cond(HomeState.lab_closed != "", feedback.banner("idle", HomeState.lab_closed)),
        actions=buttons.link_button("New order", routes.NEW_ORDER, kind="primary", icon="plus", shortcut="n"),
    )


def _orders(title: str, lines: rx.Var[list[Line]], none: str, hint: str) -> rx.Component:
    table = tables.data_table(
        lines,
        columns(with_practice=False),
        label=title,
        href=lambda row: row.href,
        empty=feedback.empty_state("circle-check", none, hint),
        dense=True,
    )
    return layout.card(table, title=title, flush=True)


def _latest() -> rx.Component:
    shown = [
        tables.Column("Order", lambda row: layout.mono(row.number)),
        tables.Column(
            "Now",
            lambda row: feedback.glow(
                feedback.status_badge(row.status, waiting=row.waiting), of=row.id + ":recent", value=row.status
            ),
        ),
        tables.Column("When", lambda row: layout.muted(times.ago(row.changed_at)), align="end"),
    ]
    return tables.data_table(
        HomeState.recent, shown, label="Latest changes", href=lambda row: row.href, dense=True,
        empty=feedback.empty_state("clock", "Nothing yet", "What happens to your orders appears here."),
    )  # fmt: skip
