"""Rows of the engineer's pages: what a line shows, as words."""

import json
from dataclasses import dataclass
from typing import Any

from ils_app.catalog.schemas import Change, ChangeKind, VersionView
from ils_app.engineering.schemas import (
    CodeCount,
    Direction,
    FailedJob,
    HealthFigure,
    HealthPart,
    RuleSetLine,
    TriedOrder,
)
from ils_app.kernel.inbox import DeliveryState, DeliveryView
from ils_app.ui import routes

SHOWN_JSON = 120

STATES = {"draft": ("Draft", "warn"), "published": ("In force", "ok"), "retired": ("Retired", "idle")}
DIRECTIONS = {
    Direction.LOSES: ("Loses", "bad"),
    Direction.GAINS: ("Gains", "ok"),
    Direction.OTHER: ("Changes", "info"),
    Direction.SAME: ("Same", "idle"),
}
DECISIONS = {"accept": "accepted", "warn": "warned", "confirm": "to confirm", "hold": "on hold", "reject": "rejected"}
KINDS = {
    ChangeKind.ADDED: ("New", "ok"),
    ChangeKind.REMOVED: ("Gone", "bad"),
    ChangeKind.AVAILABLE: ("Offered", "ok"),
    ChangeKind.UNAVAILABLE: ("Not offered", "bad"),
    ChangeKind.PRICE: ("Price", "info"),
    ChangeKind.LEAD_TIME: ("Time", "info"),
    ChangeKind.CHANGED: ("Changed", "info"),
}
PAIRS = {ChangeKind.ADDED: ("Forbidden", "bad"), ChangeKind.REMOVED: ("Allowed", "ok")}
OUTCOMES = {
    DeliveryState.WAITING: ("Waiting", "info"),
    DeliveryState.APPLIED: ("Applied", "ok"),
    DeliveryState.REPEATED: ("Known already", "idle"),
    DeliveryState.UNMATCHED: ("Unmatched", "warn"),
    DeliveryState.FAILED: ("Failed", "bad"),
}
SOURCES = {"lims-catalog-update": "Catalog update", "lims-status": "Job status", "stripe": "Card payment"}


GOES_TO = {"Given up": routes.DELIVERIES, "Accepted to worked, 99 of 100 within": routes.DELIVERIES}


@dataclass(frozen=True)
class PartLine:
    """Something ILS stands on."""

    name: str
    says: str
    tone: str

    @classmethod
    def of(cls, part: HealthPart) -> "PartLine":
        """As it is shown."""
        return cls(part.name, "is there" if part.ok else part.says, "ok" if part.ok else "bad")


@dataclass(frozen=True)
class FigureLine:
    """A figure of the last minutes, with where it becomes a worry."""

    group: str
    label: str
    value: str
    limit: str
    detail: str
    tone: str
    href: str

    @classmethod
    def of(cls, one: HealthFigure) -> "FigureLine":
        """As it is shown: seconds with the precision one reads them with."""
        tone = "bad" if one.over else "idle" if one.value is None else "ok"
        limit = "" if one.limit is None or one.words else f"at most {quantity(one.limit, one.unit)}"
        value = one.words or ("–" if one.value is None else quantity(one.value, one.unit))
        return cls(one.group, one.label, value, limit, one.detail, tone, GOES_TO.get(one.label, ""))


def quantity(value: float, unit: str) -> str:
    """A number with its unit.

    >>> [quantity(0.0123, "s"), quantity(1.5, "s"), quantity(90, "s"), quantity(7200, "s"), quantity(12, "")]
    ['12 ms', '1.5 s', '90 s', '2.0 h', '12']
    """
    if unit != "s":
        return f"{value:,.0f}"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 600:
        return f"{value:.1f} s" if value < 10 and value % 1 else f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


@dataclass(frozen=True)
class SetLine:
    """A rule set down the side."""

    id: str
    href: str
    state: str
    tone: str
    who: str
    why: str
    at: str
    open: bool

    @classmethod
    def of(cls, one: RuleSetLine, opened: str) -> "SetLine":
        """The line of one rule set."""
        state, tone = STATES[one.state]
        at = one.published_at.isoformat() if one.published_at else ""
        href = f"{routes.CATALOG}?version={one.version}"
        return cls(one.version, href, state, tone, one.author, one.note, at, one.version == opened)


@dataclass(frozen=True)
class KeptLine:
    """A version of the catalog that ILS has kept."""

    id: str
    href: str
    rules_version: str
    who: str
    why: str
    at: str
    changes: str
    current: bool

    @classmethod
    def of(cls, one: VersionView) -> "KeptLine":
        """The line of one kept version."""
        changes = "1 change" if one.change_count == 1 else f"{one.change_count} changes"
        return cls(
            id=str(one.number),
            href=f"{routes.CATALOG}?kept={one.number}",
            rules_version=one.rules_version,
            who=one.author,
            why=one.note,
            at=one.fetched_at.isoformat(),
            changes=changes if one.number > 1 else "the first",
            current=one.current,
        )


@dataclass(frozen=True)
class ChangeLine:
    """One difference, in words and as data."""

    id: str
    kind: str
    tone: str
    text: str
    path: str
    moved: str

    @classmethod
    def of(cls, change: Change) -> "ChangeLine":
        """The line of one difference."""
        pair = PAIRS.get(change.kind) if change.path.startswith("clashes.") else None
        kind, tone = pair or KINDS[change.kind]
        moved = f"{_shown(change.before)} → {_shown(change.after)}"
        return cls(f"{change.path}:{change.kind}", kind, tone, change.text, change.path, moved)


@dataclass(frozen=True)
class CodeLine:
    """How often a finding comes and goes."""

    id: str
    gained: int
    lost: int

    @classmethod
    def of(cls, count: CodeCount) -> "CodeLine":
        """The line of one code."""
        return cls(count.code, count.gained, count.lost)


@dataclass(frozen=True)
class TriedLine:
    """One past order that a draft judges otherwise."""

    id: str
    href: str
    number: str
    practice: str
    direction: str
    tone: str
    decisions: str
    sentences: str

    @classmethod
    def of(cls, order: TriedOrder) -> "TriedLine":
        """The line of one order."""
        direction, tone = DIRECTIONS[order.direction]
        gone = [f"No longer: {sentence}" for sentence in order.lost]
        return cls(
            id=order.job_id,
            href=routes.order(order.order_id) if order.order_id else "",
            number=order.number or order.job_id,
            practice=order.practice_name,
            direction=direction,
            tone=tone,
            decisions=f"{DECISIONS[order.before]} → {DECISIONS[order.after]}",
            sentences=" ".join([*order.gained, *gone]),
        )


@dataclass(frozen=True)
class DeliveryLine:
    """One webhook delivery."""

    id: str
    href: str
    source: str
    subject: str
    state: str
    tone: str
    outcome: str
    at: str
    attempts: int
    request_id: str = ""

    @classmethod
    def of(cls, one: DeliveryView, view: str) -> "DeliveryLine":
        """The line of one delivery in the view of that name."""
        state, tone = OUTCOMES[one.state]
        query = f"?state={view}&open={one.id}" if view else f"?open={one.id}"
        return cls(
            id=str(one.id),
            href=f"{routes.DELIVERIES}{query}",
            source=SOURCES.get(one.source, one.source),
            subject=one.subject,
            state=state,
            tone=tone,
            outcome=one.outcome,
            at=one.received_at.isoformat(),
            attempts=one.attempts,
            request_id=one.request_id,
        )


@dataclass(frozen=True)
class JobLine:
    """A durable job that has given up."""

    id: str
    task: str
    args: str
    at: str
    attempts: int

    @classmethod
    def of(cls, job: FailedJob) -> "JobLine":
        """The line of one job."""
        args = ", ".join(f"{key} {value}" for key, value in job.args.items())
        return cls(str(job.id), job.task, args, job.failed_at.isoformat() if job.failed_at else "", job.attempts)


def pretty(body: str) -> str:
    """A delivery's body, laid out if it is JSON."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_JSON else f"{text[:SHOWN_JSON]}…"
