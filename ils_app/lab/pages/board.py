"""The state behind the board: which part of the floor is shown, the job that is open, and what is asked of the LIMS."""

import asyncio
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from ils_app.kernel.errors import IlsError, Invalid, NotFound
from ils_app.lab import service as lab
from ils_app.lab.pages.rows import (
    Act,
    Bench,
    Eye,
    Fact,
    JobLine,
    bench_of,
    column_of,
    entries_of,
    facts_of,
    grid_of,
    line_of,
)
from ils_app.lab.service import Board, BoardView, Filters, Pick
from ils_app.orders import service as orders
from ils_app.practices import service as practices
from ils_app.ui import errors, routes
from ils_app.ui.board import Stage
from ils_app.ui.fields import Option
from ils_app.ui.guard import needs, opens
from ils_app.ui.session import SessionState
from ils_app.ui.tables import FilterChip, Page, View
from ils_app.ui.timeline import TimelineEntry
from lims_client.models import JobStatus

SIZE = 50
VIEWS = (
    (BoardView.ALL, "All"),
    (BoardView.DUE_TODAY, "Due today"),
    (BoardView.LATE, "Late"),
    (BoardView.RUSH, "Rush"),
    (BoardView.ON_HOLD, "On hold"),
    (BoardView.SHIPPED_TODAY, "Shipped today"),
)
NO_PROBLEMS = {"reason": "", "carrier": "", "tracking_number": ""}


class BoardState(SessionState):
    """A part of the floor, as columns or as a list, and the job beside it. The address says which; words stay here."""

    stages: list[Stage] = []
    lines: list[JobLine] = []
    views: list[View] = []
    chips: list[FilterChip] = []
    pages: Page = Page()
    practice_options: list[Option] = []
    practice: str = ""
    as_list: bool = False
    board_href: str = routes.BOARD
    list_href: str = routes.BOARD
    late: int = 0
    summary: str = ""
    shown: int = 0
    loading: bool = True
    problem: str = ""
    last_scan: str = ""
    epoch: int = 0  # of the search field: counted up when it starts afresh
    selected: list[str] = []
    refusals: list[str] = []

    opened: bool = False
    bench: Bench = Bench()
    acts: list[Act] = []
    heads: list[str] = []
    eyes: list[Eye] = []
    facts: list[Fact] = []
    entries: list[TimelineEntry] = []
    asking: str = ""  # "hold" or "ship" while its form is open
    problems: dict[str, str] = NO_PROBLEMS
    busy: bool = False
    closed_href: str = routes.BOARD

    _filters: Filters = Filters()
    _asked: dict[str, str] = {}
    _offset: int = 0
    _open_id: UUID | None = None
    _seen: dict[str, JobStatus] = {}

    # ------------------------------------------------------------------------------------------------ what is shown

    @rx.event
    @opens("board.read")
    async def load(self):
        """The part of the floor, and the job, that the address names."""
        actor = await self._actor()
        asked = {name: value for name, value in self.router.url.query_parameters.items() if value}
        self._asked = {name: asked[name] for name in ("view", "stage", "practice", "as", "job") if name in asked}
        view = BoardView(asked["view"]) if asked.get("view") in set(BoardView) else BoardView.ALL
        known = {str(one.id): one.name for one in await practices.practices(actor)}
        self.practice = asked.get("practice", "") if asked.get("practice") in known else ""
        stage = asked.get("stage", "") if asked.get("stage") in lab.LABELS else ""
        before = self._filters
        self._filters = Filters(
            view=view, stage=stage, text=before.text, practice_id=UUID(self.practice) if self.practice else None
        )
        if before != self._filters:
            self._offset, self.selected, self.refusals = 0, [], []
        self.as_list = asked.get("as") == "list" or view is BoardView.SHIPPED_TODAY
        self.practice_options = [Option("", "Every practice"), *(Option(key, name) for key, name in known.items())]
        self.chips = [FilterChip(lab.LABELS[stage], self._href(stage=""))] if stage else []
        self.board_href, self.list_href = self._href(**{"as": ""}), self._href(**{"as": "list"})
        self.closed_href = self._href(job="")
        opening, self._open_id = self._open_id, _uuid(asked.get("job", ""))
        if opening != self._open_id:
            self.asking, self.problems = "", NO_PROBLEMS
        self._watch(BoardState.refresh, lab.TOPIC)
        await self._read()

    @rx.event
    @needs("board.read", pushed=True)
    async def refresh(self):
        """A job moved somewhere: show the floor as it is now."""
        await self._read()

    @rx.event(background=True, supersedes=True)
    @needs("board.read")
    async def search(self, name: str, text: str):
        """Narrow the floor to what is typed."""
        await asyncio.sleep(0.15)
        async with self:
            self._filters, self._offset = self._filters.model_copy(update={"text": text[:120]}), 0
            await self._read()

    @rx.event
    @needs("board.read")
    async def whole(self):
        """Show the whole floor, whatever was searched for or filtered."""
        self._filters, self._offset, self.epoch = Filters(), 0, self.epoch + 1
        await self._read()
        return rx.redirect(routes.BOARD)

    @rx.event
    @needs("board.read")
    async def pick_practice(self, practice: str):
        """Show one practice's jobs."""
        return rx.redirect(self._href(practice=practice))

    @rx.event
    @needs("board.read")
    async def next_page(self):
        """The next page of the list."""
        if self.pages.has_next:
            self._offset += SIZE
        await self._read()

    @rx.event
    @needs("board.read")
    async def previous_page(self):
        """The page before."""
        self._offset = max(0, self._offset - SIZE)
        await self._read()

    @rx.event
    @needs("board.read")
    async def scan(self, form: dict):
        """Open the job behind a barcode, wherever on the floor it is."""
        code = str(form.get("scan", ""))[:300].strip()
        if not code:
            return None
        try:
            card = (await lab.by_code(await self._actor(), code)).card
        except (NotFound, Invalid) as error:
            self.last_scan = f"{code[:24]}: not found" if isinstance(error, NotFound) else "misread, scan it again"
            return errors.toast(error)
        self.last_scan = f"last: {card.tray} · {card.stage_label}"
        return rx.redirect(self._href(job=str(card.order_id)))

    # ------------------------------------------------------------------------------------------------ several at once

    @rx.event
    @needs("orders.move")
    async def select(self, order_id: str, checked: bool):
        """Put a job among the chosen ones, or take it out."""
        kept = [one for one in self.selected if one != order_id]
        self.selected = [*kept, order_id] if checked else kept

    @rx.event
    @needs("orders.move")
    async def select_all(self, checked: bool):
        """Choose every job of this page, or none."""
        self.selected = [line.id for line in self.lines] if checked else []

    @rx.event
    @needs("orders.move")
    async def clear(self):
        """Choose none."""
        self.selected, self.refusals = [], []

    @rx.event(background=True)
    @needs("orders.move")
    async def move_selected(self):
        """Send every chosen job on to its next step; what was refused is said job by job."""
        async with self:
            actor, chosen = await self._actor(), [_uuid(one) for one in self.selected]
            picks = [Pick(order_id=one, expected_status=self._seen.get(str(one))) for one in chosen if one]
            self.busy, self.refusals = True, []
        try:
            results = await lab.move_many(actor, picks)
        finally:
            async with self:
                self.busy = False
                await self._read()
        refused = [result for result in results if not result.moved]
        async with self:
            self.refusals = [result.message for result in refused]
            self.selected = [str(result.order_id) for result in refused]
        moved = len(results) - len(refused)
        return errors.done(f"{moved} job{'' if moved == 1 else 's'} moved.") if moved else None

    # ------------------------------------------------------------------------------------------------ one job

    @rx.event
    @needs("orders.move")
    async def ask(self, what: str):
        """Open the form a hold or a parcel wants; another click closes it."""
        self.asking = what if what in {"hold", "ship"} and what != self.asking else ""
        self.problems = NO_PROBLEMS

    @rx.event(background=True)
    @needs("orders.move")
    async def move(self, to: str):
        """Have the LIMS send the open job on."""
        async with self:
            actor, order_id, seen = await self._begin()
        return await self._ended(lab.move(actor, order_id, _status(to), expected_status=seen))

    @rx.event(background=True)
    @needs("orders.move")
    async def drop(self, form: dict):
        """A card was dropped on another column: send it where that column's jobs stand."""
        stage = next((one for one in lab.FLOOR if one.key == form.get("to")), None)
        order_id = _uuid(str(form.get("job", "")))
        if stage is None or order_id is None:
            raise NotFound
        async with self:
            actor, seen = await self._actor(), self._seen.get(str(order_id))
        if stage.status is seen:
            raise lab.NotThisWay("The lab's system leads a job from station to station; here it is sent on by stage.")
        return await self._ended(lab.move(actor, order_id, stage.status, expected_status=seen))

    @rx.event(background=True)
    @needs("orders.move")
    async def hold(self, form: dict):
        """Have the LIMS stop the open job."""
        async with self:
            actor, order_id, seen = await self._begin()
        return await self._ended(lab.hold(actor, order_id, str(form.get("reason", "")), expected_status=seen))

    @rx.event(background=True)
    @needs("orders.move")
    async def release(self):
        """Have the LIMS let the open job go on."""
        async with self:
            actor, order_id, _ = await self._begin()
        return await self._ended(lab.release(actor, order_id))

    @rx.event(background=True)
    @needs("orders.move")
    async def ship(self, form: dict):
        """Have the LIMS ship the open job."""
        async with self:
            actor, order_id, seen = await self._begin()
        carrier, number = str(form.get("carrier", "")), str(form.get("tracking_number", ""))
        return await self._ended(lab.ship(actor, order_id, carrier, number, expected_status=seen))

    # ------------------------------------------------------------------------------------------------ inside

    async def _begin(self) -> tuple:
        """Who asks, for which job, seen in which status."""
        if self._open_id is None:
            raise NotFound
        self.busy, self.problems = True, NO_PROBLEMS
        return await self._actor(), self._open_id, self._seen.get(str(self._open_id))

    async def _ended(self, act):
        """Wait for the act and show what became of it; a refusal that names a field stands beside the field."""
        try:
            after = await act
        except IlsError as error:
            async with self:
                self.busy, self.problems = False, {**NO_PROBLEMS, **error.fields}
                await self._read()
            if error.fields:
                return None
            raise
        async with self:
            self.busy, self.asking = False, ""
            said = f"{after.card.tray} is {lab.STATUS_WORDS[after.card.job_status]}."
            self.announcement = said
            await self._read()
        return errors.done(said)

    async def _read(self) -> None:
        try:
            await self._read_floor()
            self.problem = ""
        except IlsError as error:
            self.problem = error.message
        self.loading = False

    async def _read_floor(self) -> None:
        actor, open_id = await self._actor(), str(self._open_id or "")
        floor = await lab.board(actor, self._filters, limit=1 if self.as_list else 12)
        cards = [card for stage in floor.stages for card in stage.cards]
        if self.as_list:
            page = await lab.cards(actor, self._filters, offset=self._offset, limit=SIZE)
            cards, last = list(page.cards), self._offset + len(page.cards)
            self.lines = [line_of(card, self._href(job=str(card.order_id))) for card in cards]
            self.shown = page.total
            self.pages = Page(self._offset + bool(cards), last, page.total, self._offset > 0, last < page.total)
        else:
            hrefs = {str(card.order_id): self._href(job=str(card.order_id)) for card in cards}
            self.stages = [
                column_of(stage, hrefs, open_id, self._href(stage=stage.key, **{"as": "list"}))
                for stage in floor.stages
            ]
            self.shown = sum(stage.count for stage in floor.stages)
        self._seen = {str(card.order_id): card.job_status for card in cards}
        self._show_counts(floor)
        await self._read_bench(actor)

    def _show_counts(self, floor: Board) -> None:
        self.views = [
            View(view, label, self._href(view="" if view is BoardView.ALL else view, stage=""), floor.of(view),
                 view is self._filters.view)
            for view, label in VIEWS
        ]  # fmt: skip
        self.late = floor.of(BoardView.LATE)
        here = str(floor.of(BoardView.ALL))
        self.navigation = [replace(link, count=here) if link.href == routes.BOARD else link for link in self.navigation]
        self.summary = (
            f"{floor.of(BoardView.ALL)} jobs · {floor.of(BoardView.DUE_TODAY)} due today · "
            f"{floor.of(BoardView.RUSH)} rush · {floor.of(BoardView.ON_HOLD)} on hold"
        )

    async def _read_bench(self, actor) -> None:
        """The job that is open beside the board, if there is one."""
        self.opened = False
        if self._open_id is None:
            return
        try:
            bench = await lab.card(actor, self._open_id)
            ticket = await lab.ticket(actor, self._open_id)
        except NotFound:
            return
        ticket_href = f"/api/v1/lab/orders/{self._open_id}/ticket.pdf?as={actor.role}"
        self.bench = bench_of(bench, ticket, routes.order(self._open_id), ticket_href)
        self.acts = [Act(choice.to, choice.label) for choice in bench.moves]
        self.heads, self.eyes = grid_of(ticket)
        self.facts = facts_of(ticket)
        told = await orders.timeline(actor, self._open_id)
        self.entries = entries_of(told, await lab.stations_passed(actor, self._open_id))
        self._seen = {**self._seen, str(self._open_id): bench.card.job_status}
        self.opened = True

    def _href(self, **changes: str) -> str:
        """This page's address with something else in it; empty takes it out."""
        asked = {name: value for name, value in {**self._asked, **changes}.items() if value}
        return f"{routes.BOARD}?{urlencode(asked)}" if asked else routes.BOARD


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _status(text: str) -> JobStatus:
    if text not in set(JobStatus):
        raise NotFound
    return JobStatus(text)
