"""The audit page drawn: its filters, the list, an act beside it, and the button that takes a file along."""

from typing import Any

import reflex as rx

from ils_app.admin import service as admin
from ils_app.ui import buttons, dialogs, feedback, fields, layout, routes, tables, times
from ils_app.ui.page import frame

AREAS = [fields.Option("", "Everything"), *(fields.Option(area.value, area.label) for area in admin.Area)]


def audit_page(state: Any) -> rx.Component:
    """The whole page, for the state that carries it."""
    return frame(
        layout.split(
            tables.list_page(
                tables.view_tabs(state.views, label="Whose acts"),
                _filters(state),
                tables.new_pill(state.newer, on_click=state.show_new),
                _table(state),
                tables.pager(state.pages, on_previous=state.previous_page, on_next=state.next_page),
            ),
            _act(state),
            opened=state.opened,
        ),
        title="Audit",
        subtitle="every act, kept for ever",
        active=routes.AUDIT,
        actions=_export(state),
        shortcuts=dialogs.LISTS,
    )


def _filters(state: Any) -> rx.Component:
    return layout.card(
        layout.field_row(
            fields.text_field(
                "who", "Done by", default=state.who, on_edit=state.look, epoch=state.epoch, placeholder="Name or email"
            ),
            fields.text_field(
                "about",
                "About",
                default=state.about,
                on_edit=state.look,
                epoch=state.epoch,
                placeholder="Person, organisation, order",
            ),
            fields.select_field(
                "area",
                "Area",
                AREAS,
                default=state.area,
                on_edit=state.pick_area,
                epoch=state.epoch,
            ),
            fields.date_field("since", "From", default=state.since, on_edit=state.pick_day, epoch=state.epoch),
            fields.date_field("until", "To", default=state.until, on_edit=state.pick_day, epoch=state.epoch),
        ),
        layout.row(buttons.button("Clear the filters", icon="x", small=True, kind="quiet", on_click=state.clear)),
    )


def _table(state: Any) -> rx.Component:
    return tables.data_table(
        state.rows,
        [
            tables.Column("What", lambda row: row.what),
            tables.Column("Who", lambda row: row.who),
            tables.Column("As", lambda row: layout.muted(row.role), secondary=True),
            tables.Column("Area", lambda row: layout.muted(row.area), secondary=True),
            tables.Column("When", lambda row: times.ago(row.at), align="end"),
        ],
        label="Audit",
        href=lambda row: row.href,
        loading=state.loading,
        problem=state.problem,
        on_retry=state.clear,
        empty=feedback.empty_state("search-x", "Nothing of that kind happened", "Clear a filter, or try another name."),
        dense=True,
    )


def _act(state: Any) -> rx.Component:
    act = state.act
    return layout.card(
        layout.stack(
            layout.paragraph(layout.strong(act.what)),
            layout.facts(
                ("When", times.exact(act.at)),
                ("Who", act.who),
                ("As", rx.cond(act.role != "", act.role, "–")),
                ("Area", act.area),
                ("Request", layout.mono(rx.cond(state.request_id != "", state.request_id, "–"))),
            ),
            layout.section_title("What was recorded"),
            rx.foreach(state.details, lambda pair: layout.facts((pair[0], pair[1]))),
            rx.cond(
                state.subject_href != "",
                layout.actions(buttons.link_button("Open what it is about", state.subject_href, small=True)),
            ),
            gap="m",
        ),
        title=rx.fragment("Act ", act.id),
        aside=buttons.link("Close", state.list_href),
    )


def _export(state: Any) -> rx.Component:
    hidden = [
        fields.hidden_field(name, getattr(state, name)) for name in ("who", "about", "area", "since", "until", "by")
    ]
    return fields.NativeForm.create(
        *hidden,
        buttons.button("Export as CSV", icon="download", type="submit"),
        action=routes.AUDIT_FORM,
        method="post",
    )
