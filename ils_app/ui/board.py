"""The board: stages as columns, a job as a card of three short lines, a scan field that always listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex_components_core.react_router import link as router_link

from ils_app.ui import times
from ils_app.ui.feedback import glow


@dataclass(frozen=True)
class JobCard:
    """A job on the board. `age_percent` of the time promised is used up; `tone` colours that bar.

    `flag` is one short word in its corner (*rush*, *hold*, *frame to come*) with `flag_tone`. `end` stands in the last
    line when there is no due date to tell ("clock stopped", "asks: tint depth"). `reason` says on lines of its own what
    the job waits for. `changed` is any text that differs when the card should glow (the stage, or the LIMS sequence).
    """

    id: str
    tray: str
    lens: str
    practice: str
    href: str = ""
    stage: str = ""
    due_at: str = ""
    end: str = ""
    age_percent: int = 0
    tone: str = "ok"
    flag: str = ""
    flag_tone: str = "idle"
    selected: bool = False
    changed: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Stage:
    """A column: its key, its heading and its counts, and the cards on it (the first ones, if there are many).

    `more` says how many are not shown, and `more_href` leads to all of them.
    """

    key: str
    label: str
    count: int
    late: int
    jobs: list[JobCard]
    more: int = 0
    more_href: str = ""


def job_card(job: Any, *, movable: bool = False, actions: Callable[[Any], Any] | None = None) -> rx.Component:
    """A job in three lines with its age along the edge; opens by click or Enter, and glows once when it moved."""
    end = rx.cond(job.end != "", rx.el.span(job.end, class_name="ils-job-end"), times.due(job.due_at))
    inside = rx.el.div(
        rx.el.div(
            router_link(job.tray, to=job.href, class_name="ils-job-link ils-mono"),
            rx.cond(
                job.flag != "", rx.el.span(job.flag, class_name=rx.Var.create("ils-tag ils-tone-") + job.flag_tone)
            ),
            class_name="ils-job-line",
        ),
        rx.el.div(job.lens, class_name="ils-job-lens"),
        rx.el.div(rx.el.span(job.practice, class_name="ils-clip"), end, class_name="ils-job-line ils-muted"),
        rx.cond(job.reason != "", rx.el.div(job.reason, title=job.reason, class_name="ils-job-reason")),
        actions(job) if actions is not None else rx.fragment(),
        class_name=rx.cond(job.selected, "ils-job ils-job-selected", "ils-job"),
        style={"--age": job.age_percent.to_string() + "%", "--age-tone": rx.Var.create("var(--") + job.tone + ")"},
    )
    drag = {"draggable": True, "data_drag": job.id} if movable else {}
    return rx.el.li(glow(inside, of=rx.Var.create("job:") + job.id, value=job.changed), key=job.id, **drag)


def board(
    stages: rx.Var[list[Stage]], *, on_move: Any = None, actions: Callable[[Any], Any] | None = None, wall: Any = False
) -> rx.Component:
    """The columns. `on_move(form)` gets `{"job": id, "to": stage key}` when a card is dropped on another column; give
    the same moves as buttons too (`actions(job)`, or the workbench), for keyboards and gloves. `wall`: big type."""

    def column(stage: Any) -> rx.Component:
        return rx.el.section(
            rx.el.header(
                rx.el.h2(stage.label),
                rx.el.span(
                    rx.el.span(stage.count),
                    rx.cond(stage.late > 0, rx.el.strong(stage.late, " late", class_name="ils-ink-bad")),
                    class_name="ils-muted",
                ),
                class_name="ils-stage-head",
            ),
            rx.el.ul(rx.foreach(stage.jobs, lambda job: job_card(job, movable=on_move is not None, actions=actions))),
            rx.cond(
                stage.more > 0,
                router_link(stage.more, " more", to=stage.more_href, class_name="ils-link ils-stage-more"),
            ),
            data_drop=stage.key,
            key=stage.key,
            class_name="ils-stage",
        )

    moves = (
        rx.el.form(
            rx.el.input(type="hidden", name="job"),
            rx.el.input(type="hidden", name="to"),
            on_submit=on_move,
            data_drop_form="true",
            hidden=True,
        )
        if on_move is not None
        else rx.fragment()
    )
    columns = rx.el.div(
        rx.foreach(stages, column),
        class_name=rx.cond(wall, "ils-board ils-wall", "ils-board"),
        tab_index=0,
        role="region",
        aria_label="Stages",
    )
    return rx.fragment(columns, moves)


def scan_field(*, on_scan: Any, label: str = "Scan a tray", last: Any = "", failed: Any = False) -> rx.Component:
    """A field a scanner writes into from anywhere on the page, unless a text field has the focus.

    `on_scan(form)` gets `{"scan": "T-20417"}`; the field empties itself. `last` says what the last scan did, in red
    when it `failed`.
    """
    return rx.el.form(
        rx.icon("scan-barcode", size=16, aria_hidden="true"),
        rx.el.input(
            name="scan",
            type="text",
            placeholder=label,
            aria_label=label,
            auto_complete="off",
            data_scan="true",
            class_name="ils-scan-input",
        ),
        rx.el.span(
            last, class_name=rx.cond(failed, "ils-ink-bad ils-strong ils-clip", "ils-muted ils-clip"), role="status"
        ),
        on_submit=on_scan,
        reset_on_submit=True,
        class_name="ils-scan",
    )
