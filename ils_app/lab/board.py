"""Reading the floor: the board by stage, the same as a list, one card, and the card behind a scan."""

from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import lab_zone, now, today_in_lab
from ils_app.kernel.permissions import door
from ils_app.lab import floor
from ils_app.lab.cards import room, searchable
from ils_app.lab.errors import NoSuchJob
from ils_app.lab.models import CardRow, StepRow
from ils_app.lab.schemas import Board, BoardView, Card, CardList, Filters, MoveChoice, StageView, StationStep, Workbench
from ils_app.lab.trays import read_tray
from lims_client.models import JobStatus

CARDS_A_STAGE: Final = 12
PAGE_ROWS: Final = 50
MOST_ROWS: Final = 100


@door("board.read")
async def board(actor: Actor, filters: Filters | None = None, *, limit: int = CARDS_A_STAGE) -> Board:
    """The floor as columns: true counts in each, and its first cards by due date, at most `limit` of them."""
    wanted, moment = filters or Filters(), now()
    where = _where(wanted, moment)
    async with room.read() as session:
        counted, counts = await _counts(session, wanted, where, moment)
        cards = await _first_cards(session, where, list(counted), max(1, min(limit, MOST_ROWS)), moment)
    stages = []
    for key, label in _columns(wanted, counted):
        count, late_count, oldest = counted.get(key, (0, 0, None))
        stages.append(
            StageView(
                key=key, label=label, count=count, late=late_count, oldest_at=oldest, cards=tuple(cards.get(key, ()))
            )
        )
    return Board(stages=tuple(stages), counts=counts)


@door("board.read")
async def cards(actor: Actor, filters: Filters | None = None, *, offset: int = 0, limit: int = PAGE_ROWS) -> CardList:
    """The same as a list, a page at a time: by due date, what shipped by when it did."""
    wanted, moment = filters or Filters(), now()
    where = _where(wanted, moment)
    order = (
        (col(CardRow.shipped_at).desc(), col(CardRow.order_id))
        if wanted.view is BoardView.SHIPPED_TODAY
        else (col(CardRow.due_at), col(CardRow.order_id))
    )
    query: Any = select(CardRow).where(*where).order_by(*order).offset(max(0, offset)).limit(min(limit, MOST_ROWS))
    total: Any = select(func.count()).select_from(CardRow).where(*where)
    async with room.read() as session:
        rows = list((await session.execute(query)).scalars())
        return CardList(
            cards=tuple(card_of(row, moment) for row in rows), total=(await session.execute(total)).scalar_one()
        )


@door("board.read")
async def card(actor: Actor, order_id: UUID) -> Workbench:
    """One job and what this person may do to it. Raises NoSuchJob."""
    async with room.read() as session:
        row = await session.get(CardRow, order_id)
    if row is None:
        raise NoSuchJob
    return workbench_of(actor, card_of(row, now()))


@door("board.read")
async def stations_passed(actor: Actor, order_id: UUID) -> list[StationStep]:
    """The stations a job has passed in production, newest first; what else happened stands in the order's timeline."""
    query: Any = (
        select(StepRow)
        .where(col(StepRow.order_id) == order_id, col(StepRow.station) != "")
        .order_by(col(StepRow.sequence).desc(), col(StepRow.at).desc())
    )
    async with room.read() as session:
        steps = list((await session.execute(query)).scalars())
    return [
        StationStep(
            at=step.at,
            stage_label=floor.LABELS[floor.stage_of(step.job_status, step.station) or floor.GONE],
            station=floor.station_word(step.station),
        )
        for step in steps
        if step.job_status is JobStatus.IN_PRODUCTION
    ]


@door("board.read")
async def by_code(actor: Actor, scanned: str) -> Workbench:
    """The job behind a barcode, a QR code or what was typed: order number, job id, tray, or the order's address.

    Raises NoSuchJob, or MisreadTray for a tray number whose check digit does not fit.
    """
    code = scanned.replace("\x00", "").strip()
    tray = read_tray(code)
    if (linked := _linked_order(code)) is not None:
        return await card(actor, linked)
    if tray is not None:
        query: Any = select(CardRow).where(col(CardRow.tray) == tray)
    else:
        query = select(CardRow).where(
            or_(col(CardRow.number).in_((code, code.upper())), col(CardRow.job_id).in_((code, code.upper())))
        )
    async with room.read() as session:
        row = (await session.execute(query.limit(1))).scalars().first()
    if row is None:
        raise NoSuchJob
    return workbench_of(actor, card_of(row, now()))


@door("board.read")
async def jobs_on_floor(actor: Actor) -> int:
    """How many jobs are on the floor; for the rail."""
    async with room.read() as session:
        query: Any = select(func.count()).select_from(CardRow).where(col(CardRow.on_floor))
        return int((await session.execute(query)).scalar_one())


def card_of(row: CardRow, moment: datetime) -> Card:
    """A row as the value that leaves the room."""
    waiting = row.frame_to_come and row.job_status is JobStatus.QUEUED
    overdue = row.on_floor and row.due_at is not None and row.due_at < moment
    return Card(
        order_id=row.order_id, practice_id=row.practice_id, number=row.number, tray=row.tray,
        practice_name=row.practice_name, lens=row.lens, urgency=row.urgency, stage=row.stage,
        stage_label=floor.LABELS.get(row.stage, row.stage),
        station=floor.station_word(row.station) if row.on_floor else "",
        job_id=row.job_id, job_status=row.job_status, lims_sequence=row.lims_sequence,
        queue_position=row.queue_position, due_at=row.due_at, sent_at=row.sent_at,
        entered_stage_at=row.entered_stage_at, shipped_at=row.shipped_at, waiting_for_frame=waiting,
        held=row.job_status is JobStatus.ON_HOLD, failed=row.job_status is JobStatus.FAILED, reason=row.reason,
        carrier=row.carrier, tracking_number=row.tracking_number, late=overdue and not waiting,
    )  # fmt: skip


def workbench_of(actor: Actor, card: Card) -> Workbench:
    """A card with the acts that are open to this person from where it is."""
    if not actor.may("orders.move"):
        return Workbench(card=card)
    onward = floor.BY_HAND.get(card.job_status, ())
    return Workbench(
        card=card,
        moves=tuple(
            MoveChoice(to=to, label=floor.MOVE_WORDS[card.job_status, to], skips=floor.skipped(card.stage, to))
            for to in onward
            if to is not JobStatus.SHIPPED
        ),
        may_hold=card.job_status in {floor.QUEUED, floor.MAKING, floor.CHECK, floor.PACKED},
        may_release=card.held,
        may_ship=JobStatus.SHIPPED in onward,
    )


def _late(moment: datetime) -> Any:
    """Past its promise; a job that waits for its frame is not."""
    waiting = and_(col(CardRow.frame_to_come), col(CardRow.job_status) == JobStatus.QUEUED)
    return and_(col(CardRow.on_floor), col(CardRow.due_at) < moment, ~waiting)


def _view(view: BoardView, moment: datetime) -> Any:
    """What a saved view holds."""
    today = today_in_lab()
    begins = datetime.combine(today, time(), lab_zone())
    ends = datetime.combine(today, time.max, lab_zone())
    held = col(CardRow.job_status).in_(tuple(floor.HALTED))
    return {
        BoardView.ALL: col(CardRow.on_floor),
        BoardView.DUE_TODAY: and_(col(CardRow.on_floor), col(CardRow.due_at) >= moment, col(CardRow.due_at) <= ends),
        BoardView.LATE: _late(moment),
        BoardView.RUSH: and_(col(CardRow.on_floor), col(CardRow.urgency) == "rush"),
        BoardView.ON_HOLD: and_(col(CardRow.on_floor), held),
        BoardView.SHIPPED_TODAY: and_(col(CardRow.shipped_at).is_not(None), col(CardRow.shipped_at) >= begins),
    }[view]


def _where(wanted: Filters, moment: datetime) -> list[Any]:
    clauses = [_view(wanted.view, moment)]
    if wanted.practice_id is not None:
        clauses.append(col(CardRow.practice_id) == wanted.practice_id)
    if wanted.stage:
        clauses.append(col(CardRow.stage) == wanted.stage)
    for word in searchable(wanted.text).split()[:8]:
        clauses.append(func.strpos(col(CardRow.search), word) > 0)
    return clauses


async def _first_cards(
    session: Any, where: list[Any], stages: list[str], limit: int, moment: datetime
) -> dict[str, list[Card]]:
    """The first cards of each stage, each stage read along its own index."""
    if not stages:
        return {}
    parts = [
        select(CardRow)
        .where(*where, col(CardRow.stage) == stage)
        .order_by(col(CardRow.due_at), col(CardRow.order_id))
        .limit(limit)
        .subquery()
        for stage in stages
    ]
    together = union_all(*(select(part) for part in parts)).subquery()
    found = aliased(CardRow, together)
    by_stage: dict[str, list[Card]] = {}
    for row in (await session.execute(select(found))).scalars():
        by_stage.setdefault(row.stage, []).append(card_of(row, moment))
    for found_cards in by_stage.values():
        found_cards.sort(key=lambda one: (one.due_at is None, one.due_at or moment, one.order_id))
    return by_stage


Figures = dict[str, tuple[int, int, datetime | None]]  # by stage: how many, how many late, the oldest stay's begin


async def _counts(
    session: Any, wanted: Filters, where: list[Any], moment: datetime
) -> tuple[Figures, dict[BoardView, int]]:
    """What is counted, in one pass over the floor: what the filters leave, by stage, and every view as a whole."""
    views: list[BoardView] = [view for view in BoardView if view is not BoardView.SHIPPED_TODAY]
    left = and_(*where)
    query: Any = (
        select(
            col(CardRow.stage), func.count().filter(left), func.count().filter(left, _late(moment)),
            func.min(col(CardRow.entered_stage_at)).filter(left),
            *(func.count().filter(_view(one, moment)) for one in views),
        )
        .where(col(CardRow.on_floor))
        .group_by(col(CardRow.stage))
    )  # fmt: skip
    rows = (await session.execute(query)).all()
    shipped: Any = select(func.count()).select_from(CardRow).where(_view(BoardView.SHIPPED_TODAY, moment))
    counts: dict[BoardView, int] = {view: sum(row[4 + place] for row in rows) for place, view in enumerate(views)}
    counts[BoardView.SHIPPED_TODAY] = (await session.execute(shipped)).scalar_one()
    if wanted.view is not BoardView.SHIPPED_TODAY:
        return {row[0]: (row[1], row[2], row[3]) for row in rows if row[1]}, counts
    parcels: Any = (
        select(col(CardRow.stage), func.count(), func.min(col(CardRow.entered_stage_at)))
        .where(*where)
        .group_by(col(CardRow.stage))
    )
    return {stage: (count, 0, oldest) for stage, count, oldest in (await session.execute(parcels)).all()}, counts


def _columns(wanted: Filters, counted: Figures) -> list[tuple[str, str]]:
    """The columns there are: those of the floor, or the one that is asked for."""
    if wanted.view is BoardView.SHIPPED_TODAY:
        return [(key, floor.LABELS.get(key, key)) for key in counted] or [(floor.SHIPPED_STAGE, "Shipped")]
    return [
        (stage.key, stage.label)
        for stage in floor.FLOOR
        if (stage.if_empty or stage.key in counted) and wanted.stage in ("", stage.key)
    ]


def _linked_order(code: str) -> UUID | None:
    """The order whose page a QR code leads to."""
    try:
        return UUID(code.rstrip("/").rpartition("/orders/")[2] if "/orders/" in code else code)
    except ValueError:
        return None
