"""What the app says back: badges, callouts, empty, loading and failed states, the bar of a lost connection."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors
from reflex_components_core.el.element import Element

from ils_app.ui import times
from ils_app.ui.buttons import button, classes
from ils_app.ui.layout import Tone

# Order status -> (tone, lucide icon, words). A status that is not here is shown as it is, neutral.
ORDER_STATUSES: dict[str, tuple[Tone, str, str]] = {
    "draft": ("idle", "pencil-line", "Draft"),
    "submitted": ("info", "send", "Submitted"),
    "waiting": ("warn", "hourglass", "Waiting for the lab"),
    "in_production": ("info", "cog", "In production"),
    "quality_check": ("info", "search-check", "Quality check"),
    "shipped": ("ok", "truck", "Shipped"),
    "completed": ("ok", "circle-check", "Completed"),
    "on_hold": ("hold", "circle-pause", "On hold"),
    "cancelled": ("idle", "ban", "Cancelled"),
    "cancel_requested": ("warn", "circle-slash", "Cancel requested"),
}
# What the LIMS itself calls a job's state, for the lab's pages.
JOB_STATUSES: dict[str, tuple[Tone, str, str]] = {
    "queued": ("idle", "list-ordered", "Queued"),
    "in_production": ("info", "cog", "In production"),
    "quality_check": ("info", "search-check", "Quality check"),
    "ready_for_shipping": ("ok", "package-check", "Packed"),
    "shipped": ("ok", "truck", "Shipped"),
    "completed": ("ok", "circle-check", "Completed"),
    "on_hold": ("hold", "circle-pause", "On hold"),
    "failed": ("bad", "circle-x", "Failed"),
    "cancelled": ("idle", "ban", "Cancelled"),
}
TONE_ICONS: dict[str, str] = {
    "ok": "circle-check",
    "info": "info",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "hold": "circle-pause",
    "idle": "circle-dashed",
}


def badge(text: Any, tone: Tone = "idle", *, icon: str | None = None, **props: Any) -> rx.Component:
    """A word on a soft ground with its icon (that of the tone, unless another lucide name is given)."""
    glyph = rx.icon(icon or TONE_ICONS[tone], size=13, aria_hidden="true")
    return rx.el.span(glyph, rx.el.span(text), class_name=f"ils-badge ils-tone-{tone}", **props)


def toned_badge(text: Any, tone: rx.Var[str]) -> rx.Component:
    """A badge whose tone is a var (`"ok"`, `"info"`, `"warn"`, `"bad"`, `"hold"`, `"idle"`)."""
    cases = [(name, badge(text, name)) for name in TONE_ICONS]
    return rx.match(tone, *cases, badge(text))


def _status(status: Any, known: dict[str, tuple[Tone, str, str]]) -> rx.Component:
    if isinstance(status, str):
        tone, icon, words = known.get(status, ("idle", "circle-dashed", status))
        return badge(words, tone, icon=icon)
    cases = [(name, badge(words, tone, icon=icon)) for name, (tone, icon, words) in known.items()]
    return rx.match(status, *cases, badge(status, "idle"))


def status_badge(status: rx.Var[str] | str, *, waiting: rx.Var[bool] | None = None) -> rx.Component:
    """An order's status as icon and word; `waiting` turns *submitted* into *waiting for the lab*."""
    shown = _status(status, ORDER_STATUSES)
    return shown if waiting is None else rx.cond(waiting, _status("waiting", ORDER_STATUSES), shown)


def job_badge(status: rx.Var[str] | str) -> rx.Component:
    """A job's status in the LIMS's own terms, for the lab."""
    return _status(status, JOB_STATUSES)


def tag(text: Any, tone: Tone = "idle") -> rx.Component:
    """A small word in a card's corner: *rush*, *hold*, *frame to come*; for flags, not for statuses."""
    return rx.el.span(text, class_name=f"ils-tag ils-tone-{tone}")


def dot(tone: Tone, text: Any) -> rx.Component:
    """A coloured dot before a word: "Lab answering"."""
    return rx.el.span(rx.el.i(class_name=f"ils-dot ils-dot-{tone}", aria_hidden="true"), text, class_name="ils-dotted")


def callout(tone: Tone, title: Any, *content: Any, action: Any = None, **props: Any) -> rx.Component:
    """A sentence that matters, on its soft ground, with what can be done about it at the end."""
    return rx.el.div(
        rx.icon(TONE_ICONS[tone], size=16, aria_hidden="true"),
        rx.el.div(rx.el.div(title, class_name=f"ils-strong ils-ink-{tone}"), *content, class_name="ils-callout-words"),
        rx.el.div(action, class_name="ils-callout-action") if action is not None else rx.fragment(),
        role="alert" if tone == "bad" else "status",
        class_name=f"ils-callout ils-tone-{tone}",
        **props,
    )


def banner(tone: Tone, *content: Any, action: Any = None) -> rx.Component:
    """One line across the page, for the shell's banner slot: "The lab has not answered since 14:02"."""
    return rx.el.div(
        rx.icon(TONE_ICONS[tone], size=15, aria_hidden="true"),
        rx.el.span(*content),
        action if action is not None else rx.fragment(),
        role="status",
        class_name=f"ils-banner ils-tone-{tone}",
    )


def connection_bar() -> rx.Component:
    """The quiet bar of a lost connection, with the time of the last truth; it goes away by itself."""
    return rx.cond(
        has_connection_errors,
        banner(
            "warn",
            "Not connected since ",
            times.shown_since(),
            ". What you see is from then; it catches up by itself. What you type is kept.",
        ),
    )


def connection_state(answering: rx.Var[bool] | None = None, words: Any = None) -> rx.Component:
    """The live dot of the top bar: *Live*, or *Lab answering* / *Lab silent* when `answering` is given."""
    if answering is None:
        healthy = dot("ok", words if words is not None else "Live")
    else:
        healthy = rx.cond(
            answering, dot("ok", words if words is not None else "Lab answering"), dot("warn", "Lab silent")
        )
    return rx.cond(has_connection_errors, dot("bad", "Not connected"), healthy)


def empty_state(icon: str, title: Any, hint: Any, action: Any = None) -> rx.Component:
    """Nothing here, why, and what to do next."""
    return rx.el.div(
        rx.icon(icon, size=24, aria_hidden="true"),
        rx.el.div(title, class_name="ils-strong"),
        rx.el.p(hint, class_name="ils-muted"),
        action if action is not None else rx.fragment(),
        class_name="ils-empty",
    )


def problem_state(what: Any, *, on_retry: Any = None, detail: Any = None) -> rx.Component:
    """What happened, in words, and a button that tries again."""
    return rx.el.div(
        rx.icon("triangle-alert", size=24, aria_hidden="true"),
        rx.el.div(what, class_name="ils-strong"),
        rx.el.p(detail, class_name="ils-muted") if detail is not None else rx.fragment(),
        button("Try again", icon="refresh-cw", on_click=on_retry) if on_retry is not None else rx.fragment(),
        role="alert",
        class_name="ils-empty ils-empty-bad",
    )


def skeleton(lines: int = 3, *, tall: bool = False) -> rx.Component:
    """Grey lines where text will be; screen readers hear "Loading"."""
    bars = [rx.el.span(class_name=classes("ils-bone", "ils-bone-tall" if tall else None)) for _ in range(lines)]
    return rx.el.div(rx.el.span("Loading", class_name="ils-hidden"), *bars, class_name="ils-skeleton", aria_busy="true")


def spinner(words: Any = "Working") -> rx.Component:
    """Something takes a moment; `words` say what."""
    return rx.el.span(
        rx.el.i(class_name="ils-spinner", aria_hidden="true"), words, class_name="ils-dotted", role="status"
    )


def progress(value: Any, label: str, *, maximum: int = 100) -> rx.Component:
    """How far long work has got."""
    return rx.el.progress(value=value, max=maximum, aria_label=label, class_name="ils-progress")


class _Glow(Element):
    """The custom element; see `assets/ils.js`."""

    tag = "IlsGlow"  # see times._Time
    alias = "ils-glow"


def glow(*content: Any, of: Any, value: Any) -> rx.Component:
    """Glows once when `value` changes while `of` (the row's id and the field) is the same.

    >>> glow(status_badge(order.status), of=order.id + ":status", value=order.status)
    """
    return _Glow.create(*content, custom_attrs={"of": of, "value": value})


def announcer(words: rx.Var[str]) -> rx.Component:
    """Says a change to screen readers; shows nothing."""
    return rx.el.div(words, role="status", aria_live="polite", class_name="ils-hidden")
