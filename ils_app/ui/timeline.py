"""How far an order has got, and everything that happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex_components_core.react_router import link as router_link

from ils_app.ui import times
from ils_app.ui.feedback import TONE_ICONS

STEPS: tuple[tuple[str, str], ...] = (
    ("submitted", "Submitted"),
    ("in_production", "In production"),
    ("quality_check", "Quality check"),
    ("shipped", "Shipped"),
    ("completed", "Completed"),
)
_HALTED: dict[str, tuple[str, str, str]] = {
    "on_hold": ("hold", "circle-pause", "On hold"),
    "cancelled": ("idle", "ban", "Cancelled"),
    "cancel_requested": ("warn", "circle-slash", "Cancel requested"),
}


def status_stepper(
    status: Any,
    *,
    reached: Any = None,
    waiting: Any = None,
    waiting_words: str = "Waiting for the lab",
    way: Sequence[tuple[str, str]] = STEPS,
) -> rx.Component:
    """The way of an order, moving live. `status` is the order's status; `reached` the last step it got to before it
    was held or cancelled (the status itself unless given); `waiting`: begun, and somebody has not answered yet, as
    `waiting_words` say. `way` is another kind of order's steps."""
    where = status if reached is None else reached
    place = rx.match(where, *[(name, number) for number, (name, _) in enumerate(way)], -1).to(int)

    def step(number: int, words: str) -> rx.Component:
        state = rx.cond(place > number, "done", rx.cond(place == number, "now", "todo"))
        label = words if number or waiting is None else rx.cond(waiting, waiting_words, words)
        return rx.el.li(
            rx.el.span(
                rx.cond(place > number, rx.icon("check", size=11, stroke_width=3), rx.fragment()),
                class_name="ils-step-mark",
            ),
            rx.el.span(label),
            aria_current=rx.cond(place == number, "step", "false"),
            data_state=state,
            class_name="ils-step",
        )

    halted = [
        (
            name,
            rx.el.li(
                rx.icon(icon, size=15, aria_hidden="true"),
                rx.el.span(words),
                class_name=f"ils-step-halt ils-tone-{tone}",
            ),
        )
        for name, (tone, icon, words) in _HALTED.items()
    ]
    steps = [step(number, words) for number, (_, words) in enumerate(way)]
    return rx.el.ol(*steps, rx.match(status, *halted, rx.fragment()), class_name="ils-stepper", aria_label="Progress")


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened: when (ISO 8601), what, who or which system, why. `tone` picks its mark."""

    id: str
    at: str
    title: str
    who: str
    detail: str = ""
    tone: str = "idle"
    kind: str = "event"  # or "message": somebody wrote it
    trace: str = ""  # the id of the request it comes from, for who may follow it
    trace_href: str = ""


def timeline(entries: rx.Var[list[TimelineEntry]], *, label: str = "Timeline") -> rx.Component:
    """What happened, newest first as given: mark, title, who and when, and the words that came with it."""

    def mark(entry: Any) -> rx.Component:
        marks = [
            (tone, rx.el.span(rx.icon(icon, size=13, aria_hidden="true"), class_name=f"ils-time-mark ils-tone-{tone}"))
            for tone, icon in TONE_ICONS.items()
        ]
        plain = rx.el.span(rx.icon("circle", size=13, aria_hidden="true"), class_name="ils-time-mark ils-tone-idle")
        said = rx.el.span(
            rx.icon("message-square", size=13, aria_hidden="true"), class_name="ils-time-mark ils-tone-info"
        )
        return rx.cond(entry.kind == "message", said, rx.match(entry.tone, *marks, plain))

    def line(entry: Any) -> rx.Component:
        return rx.el.li(
            mark(entry),
            rx.el.div(
                rx.el.div(
                    rx.el.span(entry.title, class_name="ils-strong"), times.ago(entry.at), class_name="ils-time-head"
                ),
                rx.cond(entry.detail != "", rx.el.p(entry.detail, class_name="ils-time-detail")),
                rx.el.div(entry.who, class_name="ils-muted"),
                rx.cond(
                    entry.trace != "",
                    rx.el.div("Request ", router_link(entry.trace, to=entry.trace_href), class_name="ils-muted"),
                ),
            ),
            key=entry.id,
            class_name="ils-time-entry",
        )

    return rx.el.ol(rx.foreach(entries, line), class_name="ils-timeline", aria_label=label)
