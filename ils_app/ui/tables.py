"""The one shape of every list: saved views, filters, a table that becomes cards on a phone, and a pager.

tables.list_page(
    tables.view_tabs(State.views),
    tables.filter_bar(tables.filter_chips(State.filters)),
    tables.data_table(State.rows, [Column("Order", lambda row: mono(row.number)), ...], href=lambda row: row.href,
                      label="Orders", loading=State.loading, problem=State.problem, on_retry=State.load,
                      empty=empty_state("inbox", "No orders yet", "The first one is one key away: n.")),
    tables.pager(State.page, on_previous=State.previous, on_next=State.next),
)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import reflex as rx
from reflex_components_core.react_router import link as router_link

from ils_app.ui.buttons import button, classes
from ils_app.ui.feedback import problem_state, skeleton


@dataclass(frozen=True)
class View:
    """A saved view: a tab with its count, and the address that shows it."""

    key: str
    label: str
    href: str
    count: int = -1
    active: bool = False


@dataclass(frozen=True)
class FilterChip:
    """A filter that is on, in words, and the address of the list without it."""

    label: str
    clear_href: str


class Numbered(Protocol):
    """A page of a numbered list, as doors answer with."""

    page: int
    size: int
    total: int

    @property
    def rows(self) -> Sized: ...


@dataclass(frozen=True)
class Page:
    """Where in the list this page stands; `total` below zero when it is not counted."""

    first: int = 0
    last: int = 0
    total: int = -1
    has_previous: bool = False
    has_next: bool = False

    @classmethod
    def of(cls, found: Numbered) -> Page:
        """Where a numbered page stands that a door has answered with."""
        before, shown = (found.page - 1) * found.size, len(found.rows)
        return cls(before + bool(shown), before + shown, found.total, found.page > 1, before + shown < found.total)


@dataclass(frozen=True)
class Column:
    """A column: its heading and how a cell is drawn from a row var.

    The first column holds the row's link. `secondary` columns are left out on a phone. `width` is a CSS width.
    """

    heading: str
    cell: Callable[[Any], Any]
    align: Literal["start", "end"] = "start"
    secondary: bool = False
    width: str = ""


def list_page(*content: Any) -> rx.Component:
    """The parts of a list, from its tabs to its pager."""
    return rx.el.div(*content, class_name="ils-list")


def view_tabs(views: rx.Var[list[View]] | Sequence[View], *, label: str = "Saved views") -> rx.Component:
    """The saved views as tabs with live counts; each is a link, so that a view can be sent to a colleague."""

    def tab(view: Any) -> rx.Component:
        return router_link(
            view.label,
            rx.cond(view.count >= 0, rx.el.b(view.count, class_name="ils-count")),
            to=view.href,
            aria_current=rx.cond(view.active, "page", "false"),
            class_name="ils-tab",
            key=view.key,
        )

    return rx.el.nav(rx.foreach(views, tab), aria_label=label, class_name="ils-tabs")


def filter_bar(*content: Any) -> rx.Component:
    """Search, filters and buttons above the table."""
    return rx.el.div(*content, class_name="ils-filter-bar")


def filter_chips(filters: rx.Var[list[FilterChip]]) -> rx.Component:
    """The filters that are on, each with a cross that leads to the list without it."""

    def chip(item: Any) -> rx.Component:
        return router_link(
            item.label,
            rx.icon("x", size=12, aria_hidden="true"),
            rx.el.span(" (remove this filter)", class_name="ils-hidden"),
            to=item.clear_href,
            class_name="ils-filter-chip",
            key=item.label,
        )

    return rx.el.div(rx.foreach(filters, chip), class_name="ils-filter-chips")


def new_pill(count: rx.Var[int], *, on_click: Any, noun: str = "new") -> rx.Component:
    """ "3 new", for a list that would jump under the pointer if it changed by itself."""
    pill = rx.el.button(
        rx.icon("arrow-up", size=13, aria_hidden="true"),
        rx.el.span(count, " ", noun),
        type="button",
        class_name="ils-pill",
        on_click=on_click,
    )
    return rx.el.div(rx.cond(count > 0, pill), class_name="ils-pill-slot", role="status")


def bulk_bar(count: rx.Var[int], *actions: Any, on_clear: Any) -> rx.Component:
    """What can be done with the selected rows; there only while some are."""
    bar = rx.el.div(
        rx.el.span(count, " selected", class_name="ils-strong"),
        *actions,
        button("Clear", kind="quiet", small=True, on_click=on_clear),
        class_name="ils-bulk",
        role="toolbar",
        aria_label="Selected rows",
    )
    return rx.cond(count > 0, bar)


def _tick_cell(row: Any, row_id: Any, selected: Any, on_select: Any, title: Any) -> rx.Component:
    tick = rx.el.input(
        type="checkbox",
        default_checked=selected.contains(row_id(row)),
        data_checked=rx.cond(selected.contains(row_id(row)), "true", "false"),
        on_change=lambda checked: on_select(row_id(row), checked),
        aria_label=rx.Var.create("Select ") + title(row).to_string() if title is not None else "Select this row",
        class_name="ils-checkbox",
    )
    return rx.el.td(tick, class_name="ils-td-tick")


def _cells(row: Any, columns: Sequence[Column], href: Any) -> list[rx.Component]:
    cells = []
    place = -1  # among the columns a phone shows, two to a line
    for column in columns:
        place += not column.secondary
        inside = column.cell(row)
        if not cells and href is not None:
            inside = router_link(inside, to=href(row), class_name="ils-row-link")
        cells.append(
            rx.el.td(
                inside,
                data_label=column.heading,
                class_name=classes(
                    "ils-td-end" if column.align == "end" else None,
                    "ils-td-secondary" if column.secondary else None,
                    "ils-td-right" if place % 2 else None,
                    "ils-td-named" if place > 2 else None,
                ),
            )
        )
    return cells


def data_table(
    rows: rx.Var[list[Any]],
    columns: Sequence[Column],
    *,
    label: str,
    row_id: Callable[[Any], Any] = lambda row: row.id,
    href: Callable[[Any], Any] | None = None,
    changed: rx.Var[dict[str, Any]] | None = None,
    loading: Any = None,
    problem: Any = None,
    on_retry: Any = None,
    empty: rx.Component | None = None,
    selected: rx.Var[list[str]] | None = None,
    on_select: Any = None,
    on_select_all: Any = None,
    row_name: Callable[[Any], Any] | None = None,
    dense: bool = False,
) -> rx.Component:
    """A table with a sticky head whose rows open by click or Enter; cards on a phone.

    `label` names it for screen readers. `row_id(row)` is stable over time (React keeps the row by it). `changed` holds
    by id what is shown in a row's place, so that one row can change without all being sent. With `selected`
    (ids) come ticks: `on_select(id, checked)`, `on_select_all(checked)`; `row_name(row)` names a row's tick.
    `loading` shows a skeleton while there are no rows, `problem` (text) replaces the rows and offers `on_retry`.
    """
    ticks = selected is not None
    all_tick = (
        rx.el.th(
            rx.el.input(
                type="checkbox",
                aria_label="Select all rows of this page",
                class_name="ils-checkbox",
                data_checked=rx.cond((selected.length() > 0) & (selected.length() == rows.length()), "true", "false"),
                on_change=on_select_all,
            ),
            class_name="ils-td-tick",
            scope="col",
        )
        if ticks and on_select_all is not None
        else (rx.el.th(rx.el.span("Select", class_name="ils-hidden"), scope="col") if ticks else None)
    )
    heads = [
        rx.el.th(
            column.heading or rx.el.span("Actions", class_name="ils-hidden"),
            scope="col",
            class_name=classes(
                "ils-td-end" if column.align == "end" else None, "ils-td-secondary" if column.secondary else None
            ),
            **({"style": {"width": column.width}} if column.width else {}),
        )
        for column in columns
    ]

    def line(row: Any) -> rx.Component:
        row = rx.cond(changed.contains(row.id), changed[row.id], row) if changed is not None else row
        tick = [_tick_cell(row, row_id, selected, on_select, row_name)] if ticks else []
        chosen = {"aria_selected": rx.cond(selected.contains(row_id(row)), "true", "false")} if ticks else {}
        return rx.el.tr(
            *tick,
            *_cells(row, columns, href),
            key=row_id(row),
            class_name="ils-tr-link" if href is not None else "",
            **({"data_selected": chosen["aria_selected"]} if chosen else {}),
        )

    table = rx.el.table(
        rx.el.thead(rx.el.tr(*([all_tick] if all_tick is not None else []), *heads)),
        rx.el.tbody(rx.foreach(rows, line)),
        aria_label=label,
        class_name=classes("ils-table", "ils-table-dense" if dense else None),
        data_rows="true",
    )
    body: Any = rx.cond(rows.length() > 0, table, empty if empty is not None else rx.fragment())
    if loading is not None:
        body = rx.cond(loading & (rows.length() == 0), skeleton(8, tall=True), body)
    if problem is not None:
        body = rx.cond(problem, problem_state(problem, on_retry=on_retry), body)
    return rx.el.div(body, class_name="ils-table-frame")


def pager(page: rx.Var[Page], *, on_previous: Any, on_next: Any) -> rx.Component:
    """ "1–50 of 238" and the two ways to go on; nothing when there is only one page."""
    place = rx.el.span(
        page.first, "–", page.last, rx.cond(page.total >= 0, rx.fragment(" of ", page.total)), class_name="ils-muted"
    )
    return rx.cond(
        page.has_previous | page.has_next,
        rx.el.nav(
            place,
            button("Previous", icon="chevron-left", small=True, on_click=on_previous, disabled=~page.has_previous),
            button("Next", icon="chevron-right", small=True, on_click=on_next, disabled=~page.has_next),
            aria_label="Pages",
            class_name="ils-pager",
        ),
    )


def filter_select(label: str, options: Any, *, value: Any, on_pick: Any) -> rx.Component:
    """A filter that offers its values, small, beside the search; `options` are `fields.Option`s."""
    return rx.el.select(
        rx.foreach(options, lambda option: rx.el.option(option.label, value=option.value)),
        value=value,
        on_change=on_pick,
        aria_label=label,
        class_name="ils-input ils-select ils-filter-select",
    )
