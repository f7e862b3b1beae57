"""An order as a line on a page: the same columns wherever orders are listed."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from ils_app.orders.service import OrderRow, OrderStatus
from ils_app.ui import feedback, layout, routes, tables, times
from lims_client.models import JobStatus

DONE = {OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED}


@dataclass(frozen=True)
class Line:
    """One order in words."""

    id: str
    number: str
    href: str
    patient: str
    practice: str
    reference: str
    lens: str
    status: str
    waiting: bool
    place: str
    due_at: str
    done: bool
    flag: str
    flag_tone: str
    why: str
    changed_at: str


def line(row: OrderRow, *, own: bool = True) -> Line:
    """An order as the lists show it, its `own` practice's or the lab's; a draft leads to the form."""
    flag, tone = _flag(row, own=own)
    draft = row.status is OrderStatus.DRAFT
    return Line(
        id=str(row.id),
        number=row.number or "Draft",
        href=routes.draft(row.id) if draft else routes.order(row.id),
        patient=row.patient_name or "No patient yet",
        practice=row.practice_name,
        reference=row.reference,
        lens=row.lens or "No lens yet",
        status="cancel_requested" if row.cancel_requested else row.status,
        waiting=row.waiting,
        place=_place(row),
        due_at=row.due_at.isoformat() if row.due_at else "",
        done=row.status in DONE,
        flag=flag,
        flag_tone=tone,
        why=row.reason,
        changed_at=row.changed_at.isoformat(),
    )


def columns(*, with_practice: bool) -> list[tables.Column]:
    """The columns of an orders list; the lab's lists say whose order it is."""
    whose = [tables.Column("Practice", lambda row: row.practice, secondary=True)] if with_practice else []
    return [
        tables.Column("Order", lambda row: layout.mono(row.number), width="150px"),
        tables.Column("Patient", lambda row: row.patient),
        *whose,
        tables.Column("Lens", lambda row: layout.muted(row.lens), secondary=True),
        tables.Column("Status", _status),
        tables.Column("Due", lambda row: times.due(row.due_at, done=row.done), align="end", width="130px"),
    ]


def _status(row: Any) -> rx.Component:
    shown = feedback.glow(
        feedback.status_badge(row.status, waiting=row.waiting), of=row.id + ":status", value=row.status + row.place
    )
    flag = rx.cond(row.flag != "", feedback.toned_badge(row.flag, row.flag_tone))
    return layout.row(shown, layout.muted(row.place), flag)


def _place(row: OrderRow) -> str:
    if row.job_status is JobStatus.QUEUED and row.queue_position:
        return f"{row.queue_position}. in the queue"
    if row.job_status is JobStatus.READY_FOR_SHIPPING:
        return "packed"
    return ""


def _flag(row: OrderRow, *, own: bool) -> tuple[str, str]:
    if row.refused and row.attention:
        return "cannot be made as ordered", "bad"
    if row.status in DONE:
        return "", "idle"
    if row.urgency == "rush":
        return "rush", "warn"
    if row.frame_to_come:
        return "waiting for your frame" if own else "waiting for the frame", "idle"
    return "", "idle"
