"""The administrator's first screen: what needs a decision, and what happened last."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from ils_app.admin import service as admin
from ils_app.admin.pages.lines import ActLine, RequestLine, counted
from ils_app.auth import service as auth
from ils_app.ui import buttons, feedback, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

TOPICS = (
    *("people", auth.SESSIONS, "orders:all", "deliveries", "lims", "practices", "mails", "invoices:all"),
    "purchase-orders",
)
"""Whatever the figures count and the latest acts tell."""


@dataclass(frozen=True)
class Figure:
    """A number that opens the rows behind it."""

    key: str
    label: str
    number: int
    href: str
    tone: str
    detail: str


class AdminHomeState(SessionState):
    """The figures, who asks, and the latest acts."""

    people: list[Figure] = []
    work: list[Figure] = []
    system: list[Figure] = []
    asking: list[RequestLine] = []
    latest: list[ActLine] = []
    words: str = ""
    silent_since: str = ""
    loading: bool = True

    @rx.event
    @opens("people.manage")
    async def load(self):
        """Count."""
        self._watch(AdminHomeState.refresh, *TOPICS)
        await self._read()

    @rx.event
    @needs("people.manage", pushed=True)
    async def refresh(self):
        """Something changed: count again."""
        await self._read()

    async def _read(self) -> None:
        actor = await self._actor()
        now = await admin.overview(actor)
        self.people = [
            _figure("Ask for an account", now.waiting, routes.REQUESTS, "warn"),
            _figure("Invitations that end soon", now.ending_invitations, f"{routes.INVITATIONS}?state=ending", "warn"),
            _figure("Practices to open", now.practices_to_open, routes.PRACTICES, "warn"),
            _figure("Suspended", now.suspended, f"{routes.PEOPLE}?status=suspended", ""),
        ]
        self.work = [
            _figure("Orders on hold", now.on_hold, f"{routes.ORDERS}?view=on_hold", "warn"),
            _figure("Waiting for the lab", now.waiting_for_lab, f"{routes.ORDERS}?view=waiting", "bad"),
            _figure("Invoices overdue", now.overdue_invoices, f"{routes.INVOICES}?view=overdue", "warn"),
            _figure("Purchase orders late", now.late_purchase_orders, f"{routes.PURCHASE_ORDERS}?late=yes", "warn"),
            _figure(
                "Not sent to the supplier", now.unsent_purchase_orders, f"{routes.PURCHASE_ORDERS}?unsent=yes", "bad"
            ),
        ]
        week = "in the last 7 days"
        self.system = [
            _figure(
                "Deliveries failed", now.failed_deliveries, f"{routes.DELIVERIES}?state=failed&recent=yes", "bad", week
            ),
            _figure(
                "Unmatched", now.unmatched_deliveries, f"{routes.DELIVERIES}?state=unmatched&recent=yes", "warn", week
            ),
            _figure("Jobs that gave up", now.failed_jobs, routes.DELIVERIES, "bad"),
            _figure("Mails that did not leave", now.mails_given_up, f"{routes.MAILS}?state=given_up", "bad"),
        ]
        self.silent_since = now.lab_silent_since.isoformat() if now.lab_silent_since else ""
        waiting = await auth.people(actor, status=auth.PersonStatus.PENDING, oldest_first=True, size=6)
        self.asking = [RequestLine.of(one, href=f"{routes.REQUESTS}?person={one.user_id}") for one in waiting.rows]
        acts = await admin.audit(actor, admin.AuditFilter(by_people=True), limit=10)
        self.latest = [ActLine.of(one, href=f"{routes.AUDIT}?act={one.id}") for one in acts.rows]
        decisions = sum(one.number for one in (*self.people[:3], *self.work, *self.system))
        self.words = counted(decisions, "thing needs you", "things need you") if decisions else "nothing needs you"
        self.loading = False


def _figure(label: str, number: int, href: str, tone: str, detail: str = "") -> Figure:
    return Figure(label, label, number, href, tone if number else "", detail)


@page(routes.ADMIN, title="Overview", on_load=AdminHomeState.load)
def home() -> rx.Component:
    """The dashboard."""
    silent = feedback.callout(
        "bad",
        rx.fragment("The lab's system has not answered since ", times.clock(AdminHomeState.silent_since), "."),
        layout.paragraph("Orders can be placed all the same and are sent by themselves."),
    )
    figures = layout.stack(
        _figures("People", AdminHomeState.people),
        _figures("Orders, invoices and purchases", AdminHomeState.work),
        _figures("Deliveries, jobs and mail", AdminHomeState.system),
        layout.card(_asking(), title="Who asks for an account", flush=True),
    )
    latest = layout.card(_latest(), title="Latest acts", flush=True, aside=buttons.link("All of them", routes.AUDIT))
    return frame(
        layout.stack(
            rx.cond(AdminHomeState.silent_since != "", silent),
            layout.columns(figures, latest, shape="main-side"),
        ),
        title="Overview",
        subtitle=AdminHomeState.words,
        active=routes.ADMIN,
        actions=buttons.link_button(
            "Invite", f"{routes.INVITATIONS}?new=yes", kind="primary", icon="mail", shortcut="i"
        ),
    )


def _figures(title: str, figures: rx.Var[list[Figure]]) -> rx.Component:
    return layout.stack(
        layout.strong(title),
        layout.figures(rx.foreach(figures, _one_figure)),
        gap="s",
        role="group",
        aria_label=title,
    )


def _one_figure(one: Any) -> rx.Component:
    def drawn(tone: Any) -> rx.Component:
        return layout.figure(one.label, one.number, href=one.href, detail=one.detail, tone=tone)

    return rx.match(one.tone, ("bad", drawn("bad")), ("warn", drawn("warn")), drawn(None))


def _asking() -> rx.Component:
    return tables.data_table(
        AdminHomeState.asking,
        [
            tables.Column("Name", lambda row: row.name),
            tables.Column("Wants to be", lambda row: row.role),
            tables.Column("At", lambda row: row.organisation),
            tables.Column("Asked", lambda row: times.ago(row.asked_at), align="end"),
        ],
        label="Who asks for an account",
        href=lambda row: row.href,
        loading=AdminHomeState.loading,
        empty=feedback.empty_state("circle-check", "Nobody is waiting", "Who signs up appears here at once."),
        dense=True,
    )


def _latest() -> rx.Component:
    return tables.data_table(
        AdminHomeState.latest,
        [
            tables.Column("What", lambda row: row.what),
            tables.Column("Who", lambda row: layout.muted(row.who)),
            tables.Column("When", lambda row: layout.muted(times.ago(row.at)), align="end"),
        ],
        label="Latest acts",
        href=lambda row: row.href,
        loading=AdminHomeState.loading,
        empty=feedback.empty_state("scroll-text", "Nothing yet", "Every act stands here as it happens."),
        dense=True,
    )
