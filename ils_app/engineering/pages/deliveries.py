"""Webhook deliveries: what the lab has told, what became of it, and having it worked again. Live."""

from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from ils_app.engineering import service as engineering
from ils_app.engineering.pages.rows import DeliveryLine, JobLine, pretty
from ils_app.engineering.schemas import DeliveryCounts, DeliveryPage
from ils_app.kernel.errors import NotFound
from ils_app.kernel.inbox import TOPIC, WEEK, DeliveryState
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.tables import FilterChip, Page, View

SIZE = 25
LONGEST_ID = 64
VIEWS = (
    (None, "All"),
    (DeliveryState.FAILED, "Failed"),
    (DeliveryState.UNMATCHED, "Unmatched"),
    (DeliveryState.WAITING, "Waiting"),
    (DeliveryState.APPLIED, "Applied"),
    (DeliveryState.REPEATED, "Known already"),
)


class DeliveriesState(SessionState):
    """One page of one view, the delivery that is open beside it, and the jobs that have given up."""

    rows: list[DeliveryLine] = []
    views: list[View] = []
    pages: Page = Page()
    newer: int = 0
    loading: bool = True
    summary: str = ""
    jobs: list[JobLine] = []
    opened: bool = False
    shown: DeliveryLine = DeliveryLine("", "", "", "", "", "idle", "", "", 0)
    delivery_id: str = ""
    body: str = ""
    closed_href: str = routes.DELIVERIES
    chips: list[FilterChip] = []
    _state: DeliveryState | None = None
    looked_for: str = ""  # a request's id
    _recent: bool = False  # only what the counts count
    _open_id: UUID | None = None
    _cursors: list[str] = [""]

    @rx.event
    @opens("deliveries.read")
    async def load(self):
        """The view, and the delivery, that the address names."""
        asked = self.router.url.query_parameters
        named = asked.get("state", "")
        self._state = DeliveryState(named) if named in set(DeliveryState) else None
        self._open_id = routes.id_in(asked.get("open", ""))
        self._recent = asked.get("recent") == "yes"
        self.looked_for = asked.get("request", "")[:LONGEST_ID]
        self.closed_href = self._address(self._state)
        self.chips = [FilterChip("last 7 days", self._address(self._state, recent=False))] if self._recent else []
        self._cursors, self.newer = [""], 0
        self._watch(DeliveriesState.refresh, TOPIC)
        await self._show(await self._page())

    @rx.event
    @needs("deliveries.read", pushed=True)
    async def refresh(self):
        """A delivery came or was worked: rows follow where they stand; new ones wait to be asked for."""
        found = await self._page()
        fresh = {str(one.id): DeliveryLine.of(one, self._view_name) for one in found.rows}
        unseen = [one for one in fresh if one not in {row.id for row in self.rows}]
        if not unseen or not self.rows or len(self._cursors) > 1:
            await self._show(found)
            return
        self.rows = [fresh.get(row.id, row) for row in self.rows]
        self.newer = len(unseen)
        await self._show_around()

    @rx.event
    @needs("deliveries.read")
    async def look_for(self, name: str, value: str):
        """Show what one click or request has led to, by its id; everything when the field is empty."""
        self.looked_for, self._cursors = value.strip()[:LONGEST_ID], [""]
        await self._show(await self._page())

    @rx.event
    @needs("deliveries.read")
    async def show_new(self):
        """Let the list jump to what has come."""
        self._cursors = [""]
        await self._show(await self._page())

    @rx.event
    @needs("deliveries.read")
    async def next_page(self):
        """The page of older ones."""
        cursor = (await self._page()).next_cursor
        if cursor:
            self._cursors = [*self._cursors, cursor]
            await self._show(await self._page())

    @rx.event
    @needs("deliveries.read")
    async def previous_page(self):
        """The page of newer ones."""
        if len(self._cursors) > 1:
            self._cursors = self._cursors[:-1]
        await self._show(await self._page())

    @rx.event
    @needs("deliveries.replay")
    async def replay(self):
        """Have the open delivery worked again."""
        if self._open_id is None:
            return None
        await engineering.replay(await self._actor(), self._open_id)
        await self._show_around()
        return errors.done("The delivery is being worked again.")

    @rx.event
    @needs("deliveries.replay")
    async def retry(self, job_id: str):
        """Give a job that has given up back to the queue."""
        if not job_id.isdecimal():
            raise NotFound
        await engineering.retry_job(await self._actor(), int(job_id))
        await self._show_around()
        return errors.done("The job is tried again.")

    @property
    def _view_name(self) -> str:
        return self._state.value if self._state else ""

    async def _page(self) -> DeliveryPage:
        actor, cursor = await self._actor(), self._cursors[-1] or None
        return await engineering.deliveries(
            actor, state=self._state, request_id=self.looked_for.replace("\0", "") or None,
            within=WEEK if self._recent else None, cursor=cursor, limit=SIZE,
        )  # fmt: skip

    async def _show(self, found: DeliveryPage) -> None:
        first = (len(self._cursors) - 1) * SIZE
        self.rows = [DeliveryLine.of(one, self._view_name) for one in found.rows]
        self.pages = Page(
            first=first + bool(found.rows),
            last=first + len(found.rows),
            has_previous=len(self._cursors) > 1,
            has_next=found.next_cursor is not None,
        )
        self.loading, self.newer = False, 0
        await self._show_around()

    async def _show_around(self) -> None:
        """What stands around the rows: counts, the open delivery, the jobs that have given up."""
        actor = await self._actor()
        counts = await engineering.delivery_counts(actor)
        self.views = [self._tab(state, label, counts) for state, label in VIEWS]
        failed, unmatched = counts.by_state[DeliveryState.FAILED], counts.by_state[DeliveryState.UNMATCHED]
        self.summary = f"{failed} failed · {unmatched} unmatched in seven days · {counts.failed_jobs} jobs gave up"
        self.jobs = [JobLine.of(job) for job in await engineering.failed_jobs(actor, limit=SIZE)]
        self.opened = False
        if self._open_id is not None:
            delivery = await engineering.delivery(actor, self._open_id)
            self.shown = DeliveryLine.of(delivery, self._view_name)
            self.delivery_id, self.body, self.opened = delivery.delivery_id, pretty(delivery.body), True

    def _tab(self, state: DeliveryState | None, label: str, counts: DeliveryCounts) -> View:
        count = counts.by_state[state] if state else sum(counts.by_state.values())
        return View(state or "all", label, self._address(state), count, state is self._state)

    def _address(self, state: DeliveryState | None, *, recent: bool = True) -> str:
        query = {"state": state.value} if state else {}
        query |= {"recent": "yes"} if recent and self._recent else {}
        query |= {"request": self.looked_for} if self.looked_for else {}
        return f"{routes.DELIVERIES}?{urlencode(query)}" if query else routes.DELIVERIES


@page(routes.DELIVERIES, title="Webhook deliveries", on_load=DeliveriesState.load)
def deliveries() -> rx.Component:
    """The list, the open delivery beside it, and the jobs beneath."""
    return frame(
        layout.stack(
            layout.split(_list(), _opened(), opened=DeliveriesState.opened),
            rx.cond(DeliveriesState.jobs.length() > 0, _failed_jobs()),
        ),
        title="Webhook deliveries",
        subtitle=DeliveriesState.summary,
        active=routes.DELIVERIES,
        shortcuts=dialogs.LISTS,
    )


def _list() -> rx.Component:
    return tables.list_page(
        tables.view_tabs(DeliveriesState.views),
        tables.filter_bar(
            fields.search_field(
                "find", "Request id", on_edit=DeliveriesState.look_for, default=DeliveriesState.looked_for
            ),
            rx.cond(DeliveriesState.chips, tables.filter_chips(DeliveriesState.chips)),
        ),
        tables.new_pill(DeliveriesState.newer, on_click=DeliveriesState.show_new),
        tables.data_table(
            DeliveriesState.rows,
            [
                tables.Column("Received", lambda row: times.ago(row.at)),
                tables.Column("About", lambda row: rx.fragment(row.source, " ", layout.mono(row.subject))),
                tables.Column(
                    "State",
                    lambda row: feedback.glow(
                        feedback.toned_badge(row.state, row.tone), of=row.id + ":state", value=row.state
                    ),
                ),
                tables.Column("Outcome", lambda row: layout.muted(row.outcome), secondary=True),
                tables.Column("Tries", lambda row: layout.mono(row.attempts), align="end", secondary=True),
            ],
            label="Webhook deliveries",
            href=lambda row: row.href,
            loading=DeliveriesState.loading,
            empty=feedback.empty_state(
                "inbox", "Nothing here", "What the lab and Stripe tell ILS by webhook appears here."
            ),
        ),
        tables.pager(
            DeliveriesState.pages, on_previous=DeliveriesState.previous_page, on_next=DeliveriesState.next_page
        ),
    )


def _opened() -> rx.Component:
    shown = DeliveriesState.shown
    return layout.card(
        layout.stack(
            layout.facts(
                ("About", rx.fragment(shown.source, " ", layout.mono(shown.subject))),
                ("Received", times.exact(shown.at)),
                ("State", feedback.toned_badge(shown.state, shown.tone)),
                ("Outcome", rx.cond(shown.outcome, shown.outcome, "not worked yet")),
                ("Tries", layout.mono(shown.attempts)),
                ("Delivery id", layout.mono(DeliveriesState.delivery_id)),
                ("Request", layout.mono(rx.cond(shown.request_id, shown.request_id, "–"))),
            ),
            fields.textarea(
                "body",
                "What was kept",
                default=DeliveriesState.body,
                epoch=shown.id,
                rows=14,
                mono=True,
                read_only=True,
            ),
            layout.actions(
                buttons.button("Work it again", icon="rotate-cw", kind="primary", on_click=DeliveriesState.replay),
                buttons.link_button("Close", DeliveriesState.closed_href),
            ),
            gap="m",
        ),
        title="Delivery",
    )


def _failed_jobs() -> rx.Component:
    return layout.card(
        tables.data_table(
            DeliveriesState.jobs,
            [
                tables.Column("Job", lambda job: layout.mono(job.task)),
                tables.Column("For", lambda job: layout.mono(job.args)),
                tables.Column("Gave up", lambda job: times.ago(job.at)),
                tables.Column("Tries", lambda job: layout.mono(job.attempts), align="end", secondary=True),
                tables.Column(
                    "",
                    lambda job: buttons.button(
                        "Try again", icon="rotate-cw", small=True, on_click=DeliveriesState.retry(job.id)
                    ),
                    align="end",
                ),
            ],
            label="Jobs that have given up",
        ),
        title="Jobs that have given up",
        flush=True,
    )
