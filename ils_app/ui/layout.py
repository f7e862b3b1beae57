"""Where things stand on a page: cards, columns, rows, facts and figures."""

from __future__ import annotations

from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.element import Element
from reflex_components_core.react_router import link as router_link

from ils_app.ui.buttons import classes

Tone = Literal["ok", "info", "warn", "bad", "hold", "idle"]


class _Address(Element):
    """The custom element of `address`."""

    tag = "IlsAddress"  # see times._Time
    alias = "ils-address"


def address(path: rx.Var[str]) -> rx.Component:
    """Keeps the browser's address at `path` without navigating, so that a reload finds what the page shows."""
    return _Address.create(custom_attrs={"at": path})


def card(
    *content: Any, title: Any = None, aside: Any = None, flush: bool = False, sticky: bool = False, **props: Any
) -> rx.Component:
    """A panel with a heading and, at its end, something small (`aside`).

    `flush`: the content brings its own padding (tables, drawings). `sticky`: stays in view while the page scrolls.
    """
    head = (
        rx.el.header(
            rx.el.h2(title),
            rx.el.div(aside, class_name="ils-card-aside") if aside is not None else None,
            class_name="ils-card-head",
        )
        if title is not None
        else None
    )
    body = content if flush else (rx.el.div(*content, class_name="ils-card-body"),)
    return rx.el.section(
        *([head] if head is not None else []),
        *body,
        class_name=classes("ils-card", "ils-sticky" if sticky else None),
        **props,
    )


def card_part(*content: Any, **props: Any) -> rx.Component:
    """A padded part of a `flush` card, with a line above it."""
    return rx.el.div(*content, class_name="ils-card-part", **props)


def stack(*content: Any, gap: Literal["s", "m", "l"] = "l", **props: Any) -> rx.Component:
    """Things under one another."""
    return rx.el.div(*content, class_name=f"ils-stack ils-gap-{gap}", **props)


def row(*content: Any, gap: Literal["s", "m", "l"] = "s", spread: bool = False, **props: Any) -> rx.Component:
    """Things beside one another, wrapping; `spread` pushes the first and last apart."""
    return rx.el.div(
        *content, class_name=classes("ils-row", f"ils-gap-{gap}", "ils-spread" if spread else None), **props
    )


def columns(*content: Any, shape: Literal["order", "main-side", "two", "three"] = "two", **props: Any) -> rx.Component:
    """Columns of a page, one under another on narrow screens.

    `order`: those of the order form (entry, lens, particulars below the entry, what comes of it). `main-side`: a wide
    and a narrow one.
    """
    return rx.el.div(*content, class_name=f"ils-columns ils-columns-{shape}", **props)


def split(main: Any, side: Any, *, opened: rx.Var[bool], fills: bool = False) -> rx.Component:
    """A list with a workbench that opens beside it; full width while the bench is closed. `fills`: on a phone the
    bench lies over the whole page below the top bar."""
    shape = classes("ils-split-side", "ils-split-fills" if fills else None)
    return rx.el.div(
        rx.el.div(main),
        rx.cond(opened, rx.el.aside(side, class_name=shape, aria_label="Details")),
        class_name=rx.cond(opened, "ils-split ils-split-open", "ils-split"),
    )


def field_row(*fields: Any, narrow: bool = False) -> rx.Component:
    """Fields side by side in equal columns that wrap; `narrow` allows more of them (small numbers)."""
    return rx.el.div(*fields, class_name=classes("ils-field-row", "ils-field-row-narrow" if narrow else None))


def facts(*pairs: tuple[Any, Any]) -> rx.Component:
    """Label and value pairs, aligned: `facts(("Job", mono(order.job_id)), ("Queue place", order.queue_position))`."""
    lines = [rx.el.div(rx.el.dt(label), rx.el.dd(value)) for label, value in pairs]
    return rx.el.dl(*lines, class_name="ils-facts")


def mono(text: Any, **props: Any) -> rx.Component:
    """Rx values, order numbers, trays, job ids."""
    return rx.el.span(text, class_name="ils-mono", **props)


def muted(*content: Any, **props: Any) -> rx.Component:
    """Secondary words."""
    return rx.el.span(*content, class_name="ils-muted", **props)


def strong(*content: Any, tone: Tone | None = None, **props: Any) -> rx.Component:
    """Words that carry the line; `tone` colours them ("6 late")."""
    return rx.el.strong(*content, class_name=classes("ils-strong", f"ils-ink-{tone}" if tone else None), **props)


def paragraph(*content: Any, **props: Any) -> rx.Component:
    """A sentence or two."""
    return rx.el.p(*content, class_name="ils-paragraph", **props)


def section_title(text: Any, **props: Any) -> rx.Component:
    """A small heading inside a card."""
    return rx.el.h3(text, class_name="ils-section-title", **props)


def person(name: Any, detail: Any = None, *, initials: Any = None) -> rx.Component:
    """A person in two lines; `initials` in a disc before them."""
    disc = rx.el.span(initials, class_name="ils-disc", aria_hidden="true") if initials is not None else None
    lines = rx.el.div(
        rx.el.div(name, class_name="ils-strong"),
        rx.el.div(detail, class_name="ils-muted") if detail is not None else None,
    )
    return rx.el.div(*([disc] if disc is not None else []), lines, class_name="ils-person")


def figure(label: Any, value: Any, *, href: Any = None, detail: Any = None, tone: Tone | None = None) -> rx.Component:
    """A number that answers a question and opens the rows behind it; a dashboard lays several in `figures`.

    Nought never has a tone: nothing late is no warning.
    """
    plain = "ils-figure-value"
    inside = (
        rx.el.span(label, class_name="ils-figure-label"),
        rx.el.span(value, class_name=rx.cond(value == 0, plain, f"{plain} ils-ink-{tone}") if tone else plain),
        rx.el.span(detail, class_name="ils-muted") if detail is not None else rx.fragment(),
    )
    if href is None:
        return rx.el.div(*inside, class_name="ils-figure")
    return router_link(*inside, to=href, class_name="ils-figure ils-figure-link")


def figures(*content: Any) -> rx.Component:
    """Figures side by side."""
    return rx.el.div(*content, class_name="ils-figures")


def drawing(*content: Any, **props: Any) -> rx.Component:
    """The place for an SVG drawing in a `flush` card; see the `ils-draw-*` classes for its lines."""
    return rx.el.div(*content, class_name="ils-drawing", **props)


def actions(*content: Any) -> rx.Component:
    """Buttons of a page or card, at its end."""
    return rx.el.div(*content, class_name="ils-actions")


def disclosure(label: Any, *content: Any) -> rx.Component:
    """What is seldom needed, one click or Enter away; its fields keep what was entered while it is closed."""
    return rx.el.details(
        rx.el.summary(label, class_name="ils-disclosure-label"),
        rx.el.div(*content, class_name="ils-stack ils-gap-m"),
        class_name="ils-disclosure",
    )
