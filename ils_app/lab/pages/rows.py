"""A job as the board's pages show it: on a card, on a line of the list, in the workbench."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ils_app.kernel.clock import now
from ils_app.lab.service import Card, StageView, StationStep, Ticket, Workbench
from ils_app.orders.service import TimelineEntry as Told
from ils_app.ui.board import JobCard, Stage
from ils_app.ui.timeline import TimelineEntry
from lims_client.models import JobStatus

NEARLY_DUE_PERCENT = 80
HEADS = ("Sphere", "Cyl", "Axis", "Add", "Prism", "PD", "Height")
TONES = {
    JobStatus.SHIPPED: "ok", JobStatus.COMPLETED: "ok", JobStatus.READY_FOR_SHIPPING: "ok", JobStatus.ON_HOLD: "hold",
    JobStatus.FAILED: "bad", JobStatus.CANCELLED: "bad", JobStatus.IN_PRODUCTION: "info",
    JobStatus.QUALITY_CHECK: "info",
}  # fmt: skip


@dataclass(frozen=True)
class JobLine:
    """A job on the list."""

    id: str
    tray: str
    number: str
    href: str
    practice: str
    lens: str
    stage: str
    station: str
    since: str
    due_at: str
    done: bool
    flag: str
    flag_tone: str
    changed: str


@dataclass(frozen=True)
class Seen:
    """A job as it stood when the page last showed it."""

    tray: str
    status: JobStatus
    stage: str


@dataclass(frozen=True)
class Skip:
    """A move that would skip stations and waits for a yes."""

    order_id: UUID
    to: JobStatus
    seen: Seen


@dataclass(frozen=True)
class Eye:
    """One eye's figures, as they are made."""

    eye: str
    figures: list[str]
    written: str


@dataclass(frozen=True)
class Fact:
    """Something a ticket says: what it is, and how it is written."""

    label: str
    value: str


@dataclass(frozen=True)
class Act:
    """A move that is open from here, to that status."""

    status: str
    label: str


@dataclass(frozen=True)
class Bench:
    """The job that is open beside the board."""

    id: str = ""
    tray: str = ""
    number: str = ""
    job_id: str = ""
    order_href: str = ""
    ticket_href: str = ""
    practice: str = ""
    patient: str = ""
    reference: str = ""
    lens: str = ""
    status: str = ""
    stage: str = ""
    station: str = ""
    since: str = ""
    due_at: str = ""
    promised_at: str = ""
    done: bool = False
    urgency: str = ""
    waiting_for_frame: bool = False
    reason: str = ""
    carrier: str = ""
    tracking_number: str = ""
    notes: str = ""
    may_hold: bool = False
    may_release: bool = False
    may_ship: bool = False
    changed: str = ""


def seen_of(card: Card) -> Seen:
    """What of a card says where the job stood."""
    return Seen(card.tray, card.job_status, card.stage)


def still_ticked(ticked: dict[str, Seen], shown: dict[str, Seen]) -> dict[str, Seen]:
    """The ticks that still stand: a row that left the list, or moved since it was ticked, has lost its own."""
    return {order_id: seen for order_id, seen in ticked.items() if shown.get(order_id) == seen}


def column_of(stage: StageView, hrefs: dict[str, str], open_id: str, more_href: str) -> Stage:
    """A column of the board; `hrefs` lead to each job's workbench."""
    return Stage(
        key=stage.key,
        label=stage.label,
        count=stage.count,
        late=stage.late,
        jobs=[_card(card, hrefs[str(card.order_id)], open_id) for card in stage.cards],
        more=max(0, stage.count - len(stage.cards)),
        more_href=more_href,
    )


def line_of(card: Card, href: str) -> JobLine:
    """A job on the list."""
    flag, tone = _flag(card)
    return JobLine(
        id=str(card.order_id), tray=card.tray, number=card.number, href=href, practice=card.practice_name,
        lens=card.lens, stage=card.stage_label, station=_station(card), since=card.entered_stage_at.isoformat(),
        due_at=_iso(card.shipped_at or card.due_at), done=card.shipped_at is not None, flag=flag, flag_tone=tone,
        changed=_changed(card),
    )  # fmt: skip


def bench_of(bench: Workbench, ticket: Ticket, order_href: str, ticket_href: str) -> Bench:
    """The open job."""
    card = bench.card
    return Bench(
        id=str(card.order_id), tray=card.tray, number=card.number, job_id=card.job_id, order_href=order_href,
        ticket_href=ticket_href, practice=card.practice_name, patient=ticket.patient, reference=ticket.reference or "–",
        lens=card.lens, status=card.job_status, stage=card.stage_label, station=_station(card),
        since=card.entered_stage_at.isoformat(), due_at=_iso(card.due_at), promised_at=_iso(ticket.promised_at),
        done=card.shipped_at is not None, urgency=card.urgency, waiting_for_frame=card.waiting_for_frame,
        reason=card.reason, carrier=card.carrier,
        tracking_number=card.tracking_number, notes=ticket.notes, may_hold=bench.may_hold,
        may_release=bench.may_release, may_ship=bench.may_ship, changed=_changed(card),
    )  # fmt: skip


def grid_of(ticket: Ticket) -> tuple[list[str], list[Eye]]:
    """The Rx grid: its headings and, eye by eye, its figures; a column nobody filled is left out."""
    used = [place for place in range(len(HEADS)) if any(line.cells[place] for line in ticket.eyes)]
    eyes = [Eye(line.eye, [line.cells[place] or "–" for place in used], line.written) for line in ticket.eyes]
    return [HEADS[place] for place in used], eyes


def facts_of(ticket: Ticket) -> list[Fact]:
    """Lens, shared measures and frame, as the ticket says them."""
    return [Fact(label, value) for label, value in (*ticket.lens, *ticket.shared, *ticket.frame)]


def entries_of(told: list[Told], passed: list[StationStep]) -> list[TimelineEntry]:
    """What happened, newest first: the order's timeline, and between its lines the stations the job has reached."""
    lines = [
        TimelineEntry(
            id=f"t{place}", at=entry.at.isoformat(), title=entry.what, who=entry.who, detail=entry.why,
            tone=TONES.get(entry.job_status, "idle") if entry.job_status else "idle",
        )
        for place, entry in enumerate(told)
    ]  # fmt: skip
    lines += [
        TimelineEntry(
            id=f"s{place}", at=step.at.isoformat(), title=step.station,
            who=step.stage_label if step.stage_label != step.station else "",
        )
        for place, step in enumerate(passed)
    ]  # fmt: skip
    return sorted(lines, key=lambda line: datetime.fromisoformat(line.at), reverse=True)


def _card(card: Card, href: str, open_id: str) -> JobCard:
    flag, flag_tone = _flag(card)
    percent, tone = _age(card)
    end = "clock stopped" if card.waiting_for_frame else ""
    return JobCard(
        id=str(card.order_id), tray=card.tray, lens=_short(card.lens),
        practice=card.practice_name, href=href, stage=card.stage, due_at=_iso(card.due_at), end=end,
        age_percent=percent, tone=tone, flag=flag, flag_tone=flag_tone, selected=str(card.order_id) == open_id,
        changed=_changed(card), reason=card.reason,
    )  # fmt: skip


def _station(card: Card) -> str:
    """The station, where it says more than the stage."""
    return card.station if card.station != card.stage_label else ""


def _short(lens: str) -> str:
    """Design and index, as a technician calls a lens: "Progressive Core, corridor 11 · 1.60"."""
    design, *rest = lens.split(" · ")
    material = rest[0].split("(")[0].strip() if rest else ""
    index = material.split(" ")[0] if material[:1].isdigit() else material
    return f"{index} {design}".strip()


def _flag(card: Card) -> tuple[str, str]:
    """The one word in a card's corner, the gravest first."""
    flags = (
        (card.failed, "failed", "bad"), (card.held, "hold", "hold"), (card.waiting_for_frame, "frame to come", "idle"),
        (card.urgency == "rush", "rush", "bad"), (card.urgency == "expedited", "expedited", "warn"),
    )  # fmt: skip
    return next(((word, tone) for on, word, tone in flags if on), ("", "idle"))


def _age(card: Card) -> tuple[int, str]:
    """How much of the time promised is used up, in per cent, and the tone that says how that stands."""
    began = card.sent_at or card.entered_stage_at
    whole = (card.due_at - began).total_seconds() if card.due_at else 0.0
    percent = round(100 * (now() - began).total_seconds() / whole) if whole > 0 else (100 if card.late else 0)
    percent = max(4, min(100, percent))
    if card.late or card.failed:
        return 100 if card.late else percent, "bad"
    if card.held:
        return percent, "hold"
    if card.waiting_for_frame:
        return percent, "idle"
    return percent, "warn" if percent >= NEARLY_DUE_PERCENT else "ok"


def _changed(card: Card) -> str:
    return f"{card.stage} {card.job_status} {card.station}"


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
