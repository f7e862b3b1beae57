"""Moments as people read them: "2 min ago", "in 2 days", "late by 1 day", the exact one on hover.

The text is written in the browser, in the reader's own zone, by the custom element `<ils-time>` (`assets/ils.js`), and
kept current there; the server sends only the moment. A moment is an ISO 8601 string with its offset, a due date may be
a plain date (`2026-12-03`); an empty string shows nothing.
"""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.el.element import Element


class _Time(Element):
    """The custom element; React gives it attributes and never children."""

    tag = "IlsTime"  # what Reflex names its own wrapper after, where a dash would break the page
    alias = "ils-time"


def _time(mode: str, at: Any, **attributes: Any) -> rx.Component:
    return _Time.create(custom_attrs={"at": at, "mode": mode, **attributes})


def ago(at: rx.Var[str] | str) -> rx.Component:
    """How long ago, or how soon: "just now", "4 min ago", "yesterday 14:02"."""
    return _time("ago", at)


def due(at: rx.Var[str] | str, *, promised: rx.Var[str] | str = "", done: rx.Var[bool] | bool = False) -> rx.Component:
    """A promise: "in 2 days", "today 17:00", "late by 1 day" (in red).

    `promised`: the promise first made, said on hover when it is another one. `done`: the job is finished, so the
    date is only told and never late.
    """
    return _time(
        "due", at, promised=promised, done=rx.cond(done, "yes", "") if isinstance(done, rx.Var) else "yes" * done
    )


def clock(at: rx.Var[str] | str) -> rx.Component:
    """The time of day, "14:02", with the day before it when it is not today."""
    return _time("clock", at)


def day(at: rx.Var[str] | str) -> rx.Component:
    """The day: "Thu 3 Dec", with the year when it is not this one."""
    return _time("day", at)


def exact(at: rx.Var[str] | str) -> rx.Component:
    """Day and time in full: "Thu 3 Dec 2026, 14:02"."""
    return _time("exact", at)


def shown_since() -> rx.Component:
    """The moment this element appeared on the screen, as a time of day; for "connection lost at 14:02"."""
    return _time("clock", "now")
