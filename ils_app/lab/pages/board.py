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
    Seen,
    Skip,
    bench_of,
    column_of,
    entries_of,
    facts_of,
    grid_of,
    line_of,
    seen_of,
    still_ticked,
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
    scan_failed: bool = False
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
    refused: str = ""  # why the last act came to nothing, until the next one
    skip_title: str = ""  # the question whether stations may be skipped, while it is asked
    skip_words: str = ""
    closed_href: str = routes.BOARD

    _filters: Filters = Filters()
    _asked: dict[str, str] = {}
    _offset: int = 0
    _open_id: UUID | None = None
    _seen: dict[str, Seen] = {}
    _ticked: dict[str, Seen] = {}
    _skip: Skip | None = None

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
            self._offset, self.refusals = 0, []
            self._tick({})
        self.as_list = asked.get("as") == "list" or view is BoardView.SHIPPED_TODAY
        self.practice_options = [Option("", "Every practice"), *(Option(key, name) for key, name in known.items())]
        self.chips = [FilterChip(lab.LABELS[stage], self._href(stage=""))] if stage else []
        self.board_href, self.list_href = self._href(**{"as": ""}), self._href(**{"as": "list"})
        self.closed_href = self._href(job="")
        opening, self._open_id = self._open_id, _uuid(asked.get("job", ""))
        if opening != self._open_id:
            self.asking, self.problems, self.refused = "", NO_PROBLEMS, ""
            self._ask_skip(None)
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
        """Open the job behind a barcode, wherever on the floor it is. After a scan that failed no job is open: the
        next key would move the one before."""
        code = str(form.get("scan", ""))[:300].strip()
        if not code:
            return None
        try:
            card = (await lab.by_code(await self._actor(), code)).card
        except (NotFound, Invalid) as error:
            fault = "not found" if isinstance(error, NotFound) else "misread, scan it again"
            self.last_scan, self.scan_failed = f"{code[:24]}: {fault}", True
            was_open = self._open_id is not None
            self._leave(None)
            return [errors.toast(error), rx.redirect(self._href(job=""))] if was_open else errors.toast(error)
        self.last_scan, self.scan_failed = f"last: {card.tray} · {card.stage_label}", False
        if card.order_id != self._open_id:
            self._leave(card.order_id)
        return rx.redirect(self._href(job=str(card.order_id)))

    # ------------------------------------------------------------------------------------------------ several at once

    @rx.event
    @needs("orders.move")
    async def select(self, order_id: str, checked: bool):
        """Put a job among the chosen ones, or take it out."""
        kept = {one: seen for one, seen in self._ticked.items() if one != order_id}
        if checked and order_id in {line.id for line in self.lines} and order_id in self._seen:
            kept[order_id] = self._seen[order_id]
        self._tick(kept)

    @rx.event
    @needs("orders.move")
    async def select_all(self, checked: bool):
        """Choose every job of this page, or none."""
        self._tick({line.id: self._seen[line.id] for line in self.lines if line.id in self._seen} if checked else {})

    @rx.event
    @needs("orders.move")
    async def clear(self):
        """Choose none."""
        self.refusals = []
        self._tick({})

    @rx.event(background=True)
    @needs("orders.move")
    async def move_selected(self):
        """Send every chosen job on to its next step; what was refused is said job by job."""
        async with self:
            actor = await self._actor()
            picks = [Pick(order_id=UUID(one), expected_status=seen.status) for one, seen in self._ticked.items()]
            self._tick({})  # another press finds nothing to send on again
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
        moved = len(results) - len(refused)
        return errors.done(f"{moved} job{'' if moved == 1 else 's'} moved.") if moved else None

    # ------------------------------------------------------------------------------------------------ one job

    @rx.event
    @needs("orders.move")
    async def ask(self, what: str):
        """Open the form a hold or a parcel wants; another click closes it."""
        self.asking = what if what in {"hold", "ship"} and what != self.asking else ""
        self.problems, self.refused = NO_PROBLEMS, ""

    @rx.event(background=True)
    @needs("orders.move")
    async def move(self, to: str):
        """Have the LIMS send the open job on; asks first when that would skip stations."""
        async with self:
            going = _status(to) if to in {act.status for act in self.acts} else _status("")
            if self._would_skip(self._open_id, going):
                return None
            actor, order_id, seen = await self._begin()
        return await self._ended(lab.move(actor, order_id, going, expected_status=seen))

    @rx.event(background=True)
    @needs("orders.move")
    async def skip_stations(self):
        """Yes: send the job on although it misses stations."""
        async with self:
            skip, actor = self._skip, await self._actor()
            self._ask_skip(None)
            if skip is None:
                return None
            self.busy, self.refused = True, ""
        return await self._ended(lab.move(actor, skip.order_id, skip.to, expected_status=skip.seen.status))

    @rx.event
    @needs("orders.move")
    async def keep_stations(self):
        """No: the job stays on its way."""
        self._ask_skip(None)

    @rx.event(background=True)
    @needs("orders.move")
    async def drop(self, form: dict):
        """A card was dropped on another column: send it where that column's jobs stand."""
        stage = next((one for one in lab.FLOOR if one.key == form.get("to")), None)
        order_id = _uuid(str(form.get("job", "")))
        if stage is None or order_id is None:
            raise NotFound
        async with self:
            seen = self._seen.get(str(order_id))
            status = seen.status if seen else None
            if lab.led_by_lims(stage, status):
                raise lab.NotThisWay("Only the lab's system moves a job between stations.")
            if self._would_skip(order_id, stage.status):
                return None
            actor, self.refused = await self._actor(), ""
        return await self._ended(lab.move(actor, order_id, stage.status, expected_status=status))

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
        if self._open_id is None or not self.opened:
            raise NotFound
        self.busy, self.problems, self.refused = True, NO_PROBLEMS, ""
        seen = self._seen.get(str(self._open_id))
        return await self._actor(), self._open_id, seen.status if seen else None

    def _leave(self, order_id: UUID | None) -> None:
        """Put the open job away at once, so that no key acts on it while the address still leads to the next."""
        self._open_id, self.opened, self.acts = order_id, False, []
        self.asking, self.problems, self.refused = "", NO_PROBLEMS, ""
        self._ask_skip(None)

    def _tick(self, ticked: dict[str, Seen]) -> None:
        self._ticked, self.selected = ticked, list(ticked)

    def _would_skip(self, order_id: UUID | None, to: JobStatus) -> bool:
        """Ask whether the job may miss stations, if it would."""
        seen = self._seen.get(str(order_id))
        if order_id is None or seen is None or seen.status is to or not lab.skipped(seen.stage, to):
            return False
        self._ask_skip(Skip(order_id, to, seen))
        return True

    def _ask_skip(self, skip: Skip | None) -> None:
        self._skip, self.skip_title, self.skip_words = skip, "", ""
        if skip is not None:
            missed = lab.spoken(lab.skipped(skip.seen.stage, skip.to))
            self.skip_title = f"{skip.seen.tray} is not through production"
            self.skip_words = f"This skips {missed}. Send it to inspection all the same?"

    async def _ended(self, act):
        """Wait for the act and show what became of it; a refusal that names a field stands beside the field."""
        try:
            after = await act
        except IlsError as error:
            async with self:
                self.busy, self.problems = False, {**NO_PROBLEMS, **error.fields}
                self.refused = "" if error.fields else error.message
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
        self._seen = {str(card.order_id): seen_of(card) for card in cards}
        self._tick(still_ticked(self._ticked, self._seen) if self.as_list else {})
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
        self._seen = {**self._seen, str(self._open_id): seen_of(bench.card)}
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
