"""What crosses the door of the lab room: cards, boards, and what became of an act. All frozen, none with a patient."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from lims_client.models import JobStatus


class Value(BaseModel):
    """A frozen value."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class BoardView(StrEnum):
    """The saved views of the board."""

    ALL = "all"
    DUE_TODAY = "due_today"
    LATE = "late"
    RUSH = "rush"
    ON_HOLD = "on_hold"
    SHIPPED_TODAY = "shipped_today"


class Filters(Value):
    """What part of the board is asked for."""

    view: BoardView = BoardView.ALL
    text: str = Field("", max_length=120)
    practice_id: UUID | None = None
    stage: str = Field("", max_length=40)


class Card(Value):
    """A job on the floor. Times are aware; `late` is judged at the moment of reading."""

    order_id: UUID
    practice_id: UUID
    number: str
    tray: str
    practice_name: str
    lens: str
    urgency: str
    stage: str
    stage_label: str
    station: str  # in the floor's words, "" when the LIMS tells none
    job_id: str
    job_status: JobStatus
    lims_sequence: int
    queue_position: int | None
    due_at: datetime | None
    sent_at: datetime | None
    entered_stage_at: datetime
    shipped_at: datetime | None
    waiting_for_frame: bool  # the frame is to come and the job has not begun: no alarm
    held: bool
    failed: bool
    reason: str
    carrier: str
    tracking_number: str
    late: bool


class StationStep(Value):
    """A job reached a station, in the floor's words."""

    at: datetime
    stage_label: str
    station: str


class MoveChoice(Value):
    """A move a technician may ask for from where the job is; `skips` names the stages it would miss."""

    to: JobStatus
    label: str
    skips: tuple[str, ...] = ()


class Workbench(Value):
    """A card with what this person may do to it now."""

    card: Card
    moves: tuple[MoveChoice, ...] = ()
    may_hold: bool = False
    may_release: bool = False
    may_ship: bool = False


class StageView(Value):
    """A column: true counts, and the first cards by due date."""

    key: str
    label: str
    count: int
    late: int
    oldest_at: datetime | None  # since when the longest stay in this stage has lasted
    cards: tuple[Card, ...]


class Board(Value):
    """The floor at a moment. `counts` are of the whole floor, whatever is filtered; the stages obey the filters."""

    stages: tuple[StageView, ...]
    counts: dict[BoardView, int]

    def of(self, view: BoardView) -> int:
        """The number of one view."""
        return self.counts.get(view, 0)


class CardList(Value):
    """One page of the board as a list, and how many there are in all."""

    cards: tuple[Card, ...]
    total: int


class Pick(Value):
    """One job of a bulk move, with the status the person saw it in."""

    order_id: UUID
    expected_status: JobStatus | None = None


class MoveResult(Value):
    """What became of one job of a bulk move."""

    order_id: UUID
    tray: str
    moved: bool
    message: str
    card: Card | None = None
