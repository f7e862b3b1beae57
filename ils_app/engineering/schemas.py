"""What the engineering room takes and hands out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ils_app.catalog.schemas import Change
from ils_app.kernel.inbox import DeliveryState, DeliveryView
from lims_client import Decision, RuleSetState

NOT_COMPARED = "prices and promises are not compared."  # the LIMS answers decisions and findings alone


class View(BaseModel):
    """What leaves the room: frozen values."""

    model_config = ConfigDict(frozen=True)


class RuleSetLine(View):
    """A rule set in the list: which, who, why."""

    version: str
    state: RuleSetState
    based_on: str | None
    author: str
    note: str
    published_at: datetime | None


class RuleSetView(RuleSetLine):
    """A rule set with its rules. `seen` names exactly this content: give it back with a change."""

    rules: dict[str, Any]
    seen: str
    behind: str = ""  # a draft begun from a set that is no longer in force: which one is


class RuleDifference(View):
    """How a rule set differs from the one in force (or from another)."""

    version: str
    against: str | None
    changes: tuple[Change, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The difference in words."""
        return tuple(change.text for change in self.changes)


class Direction(StrEnum):
    """What a draft does to an order."""

    GAINS = "gains"  # a milder decision
    LOSES = "loses"  # a stricter one
    OTHER = "other"  # the same decision with other findings
    SAME = "same"


class TriedOrder(View):
    """One past job judged again."""

    job_id: str
    order_id: UUID | None
    number: str
    practice_name: str
    direction: Direction
    before: Decision
    after: Decision
    gained: tuple[str, ...]  # sentences only the draft says
    lost: tuple[str, ...]  # sentences only the rules in force say


class CodeCount(View):
    """How many of the tried orders a finding's code comes to, and leaves."""

    code: str
    gained: int
    lost: int


class Simulation(View):
    """What a draft would have decided on the last orders; `orders` holds those it changes, losers first."""

    version: str
    tried: int
    counts: dict[Direction, int]
    codes: tuple[CodeCount, ...]
    orders: tuple[TriedOrder, ...]

    @property
    def sentence(self) -> str:
        """The finding in one line."""
        if not self.tried:
            return "The lab has no past orders to try this on."
        gains, loses, other = (self.counts[one] for one in (Direction.GAINS, Direction.LOSES, Direction.OTHER))
        if not gains + loses + other:
            return f"0 gain, 0 lose among the last {self.tried} orders; {NOT_COMPARED}"
        return (
            f"Of the last {self.tried} orders {loses} would be judged more strictly, {gains} more mildly, "
            f"{other} differently with the same decision; {NOT_COMPARED}"
        )


class DeliveryPage(View):
    """Deliveries, newest first; `next_cursor` asks for the page below."""

    rows: tuple[DeliveryView, ...]
    next_cursor: str | None


class DeliveryCounts(View):
    """Deliveries of the last seven days by state, and jobs that have given up."""

    by_state: dict[DeliveryState, int]
    failed_jobs: int


class FailedJob(View):
    """A durable job that has used up its attempts. Its arguments are ids."""

    id: int
    task: str
    args: dict[str, Any]
    attempts: int
    failed_at: datetime | None


class HealthPart(BaseModel):
    """Something ILS stands on: `says` is `ok`, or what is wrong with it."""

    model_config = ConfigDict(frozen=True)

    name: str
    says: str
    ok: bool


class HealthFigure(BaseModel):
    """One figure of the last minutes; `limit` is where it becomes a worry, None where there is none."""

    model_config = ConfigDict(frozen=True)

    group: str
    label: str
    value: float | None  # None: nothing happened that could be measured
    unit: str = ""
    limit: float | None = None
    words: str = ""  # in place of the number
    detail: str = ""

    @property
    def over(self) -> bool:
        """Whether it is a worry."""
        return self.value is not None and self.limit is not None and self.value > self.limit


class SystemHealth(BaseModel):
    """How ILS is, over the last so many seconds."""

    model_config = ConfigDict(frozen=True)

    parts: tuple[HealthPart, ...]
    figures: tuple[HealthFigure, ...]
    seconds: float

    @property
    def worries(self) -> int:
        """How many parts are not well and figures are over their limit."""
        return sum(not part.ok for part in self.parts) + sum(figure.over for figure in self.figures)
