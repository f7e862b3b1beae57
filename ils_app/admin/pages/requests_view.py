"""The requests page drawn: who waits, and the form that lets them in or turns them down."""

from typing import Any

import reflex as rx

from ils_app.kernel.roles import Role
from ils_app.ui import buttons, dialogs, feedback, fields, layout, routes, tables, times
from ils_app.ui.choices import choice_list
from ils_app.ui.page import frame


def requests_page(state: Any) -> rx.Component:
    """The whole page, for the state that carries it."""
    return frame(
        layout.split(
            tables.list_page(_table(state), tables.pager(state.page, on_previous=state.previous, on_next=state.next)),
            _request(state),
            opened=state.opened,
        ),
        _reject_dialog(state),
        title="Requests",
        subtitle=state.words,
        active=routes.REQUESTS,
        shortcuts=dialogs.LISTS,
    )


def _table(state: Any) -> rx.Component:
    return tables.data_table(
        state.rows,
        [
            tables.Column("Name", lambda row: row.name),
            tables.Column("Email", lambda row: row.email, secondary=True),
            tables.Column("Wants to be", lambda row: row.role),
            tables.Column("At", lambda row: row.organisation),
            tables.Column("Asked", lambda row: times.ago(row.asked_at), align="end"),
        ],
        label="Requests",
        href=lambda row: row.href,
        loading=state.loading,
        empty=feedback.empty_state("circle-check", "Nobody is waiting", "Who signs up appears here at once."),
    )


def _request(state: Any) -> rx.Component:
    asked = state.request
    return layout.stack(
        layout.card(
            layout.stack(
                layout.facts(
                    ("Email", asked.email),
                    ("Wants to be", asked.role),
                    ("At", asked.organisation),
                    ("Asked", times.ago(asked.asked_at)),
                ),
                rx.cond(asked.note != "", feedback.callout("info", asked.note)),
                layout.muted("That the email is theirs, nobody has checked: ask back if you do not know them."),
                gap="m",
            ),
            title=asked.name,
            aside=buttons.link("Close", routes.REQUESTS),
        ),
        rx.cond(state.plain, _plain(state), _decision(state)),
    )


def _plain(state: Any) -> rx.Component:
    return layout.card(
        layout.actions(
            buttons.button("Turn down", kind="danger", icon="ban", on_click=state.ask_reject),
            buttons.button("Approve", kind="primary", icon="check", on_click=state.approve),
        ),
        title="Decide",
    )


def _decision(state: Any) -> rx.Component:
    problems, epoch = state.problems, state.epoch
    known = fields.select_field(
        "organisation_id", "Works at", state.organisations, problem=problems["organisation_id"], epoch=epoch
    )
    return layout.card(
        fields.form(
            layout.stack(
                rx.cond(state.problem != "", feedback.callout("bad", state.problem)),
                choice_list("role", "Let them in as", state.roles, on_edit=state.pick_role, epoch=epoch, across=True),
                choice_list("place", "Where", state.places, on_edit=state.pick_place, epoch=epoch, across=True),
                rx.cond(state.where == "known", known, _new_place(state)),
                rx.cond(
                    state.role == Role.ECP.value,
                    fields.checkbox("manager", "Manages the practice", default=state.where == "new", epoch=epoch),
                ),
                layout.actions(
                    buttons.button("Turn down", kind="danger", icon="ban", on_click=state.ask_reject),
                    buttons.button("Approve", kind="primary", icon="check", type="submit"),
                ),
                gap="m",
            ),
            on_submit=state.admit,
        ),
        title="Decide",
    )


def _new_place(state: Any) -> rx.Component:
    problems, epoch = state.problems, state.epoch
    practice = layout.stack(
        layout.field_row(
            fields.text_field(
                "account_number", "Account with the lab", mono=True, problem=problems["account_number"], epoch=epoch
            ),
            fields.text_field("phone", "Telephone", type="tel", problem=problems["phone"], epoch=epoch),
        ),
        layout.section_title("Where its lenses go first"),
        layout.field_row(
            fields.text_field(
                "site_code", "Ship-to code", default="MAIN", mono=True, problem=problems["site_code"], epoch=epoch
            ),
            fields.text_field(
                "site_name", "Name of the site", default="Main site", problem=problems["site_name"], epoch=epoch
            ),
        ),
        fields.textarea("address", "Address", rows=2, problem=problems["address"], epoch=epoch),
        layout.field_row(
            fields.text_field("postcode", "Postcode", problem=problems["postcode"], epoch=epoch),
            fields.text_field("country", "Country", default="GB", problem=problems["country"], epoch=epoch),
        ),
        gap="m",
    )
    return layout.stack(
        fields.text_field("name", "Name", default=state.request.organisation, problem=problems["name"], epoch=epoch),
        rx.cond(state.role == Role.ECP.value, practice),
        gap="m",
    )


def _reject_dialog(state: Any) -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.textarea("reason", "Reason", problem=state.problems["reason"], rows=3, auto_focus=True),
                layout.actions(
                    buttons.button("Not now", on_click=state.keep),
                    buttons.button("Turn down", kind="danger", type="submit"),
                ),
                gap="m",
            ),
            on_submit=state.reject,
        ),
        opened=state.rejecting,
        title=rx.fragment("Turn down ", state.request.name),
        on_close=state.keep,
        intro="They read this reason when they sign in, and may ask again.",
    )
