"""The people page drawn: the list, the account beside it, and its dialogs."""

from typing import Any

import reflex as rx

from ils_app.kernel.roles import Role
from ils_app.ui import buttons, dialogs, feedback, fields, layout, routes, tables, times
from ils_app.ui.choices import chip_choice
from ils_app.ui.page import frame

ROLES = [fields.Option(role.value, role.label) for role in Role]


def people_page(state: Any, role_options: list[fields.Option]) -> rx.Component:
    """The whole page, for the state that carries it."""
    return frame(
        layout.stack(
            _password_shown_once(state),
            layout.split(
                tables.list_page(
                    tables.view_tabs(state.views),
                    tables.filter_bar(
                        fields.search_field(
                            "find", "Name, email or organisation", default=state.text, on_edit=state.look
                        ),
                        tables.filter_select("Role", role_options, value=state.role_filter, on_pick=state.pick_role),
                    ),
                    _table(state),
                    tables.pager(state.page, on_previous=state.previous, on_next=state.next),
                ),
                _account(state),
                opened=state.opened,
            ),
        ),
        _add_dialog(state),
        _reason_dialog(state, "suspend", "Suspend", state.suspend, "They are signed out at once and read this reason."),
        _reason_dialog(state, "reinstate", "Let in again:", state.reinstate, "Why is kept on record."),
        _reset_question(state),
        title="People",
        subtitle=state.words,
        active=routes.PEOPLE,
        actions=rx.fragment(
            buttons.button("Add a person", icon="user-plus", shortcut="a", on_click=state.ask("add")),
            buttons.link_button("Invite", f"{routes.INVITATIONS}?new=yes", kind="primary", icon="mail", shortcut="i"),
        ),
        shortcuts=(
            dialogs.Shortcut("a", "Add a person"),
            dialogs.Shortcut("i", "Invite somebody by mail"),
            *dialogs.LISTS,
        ),
    )


def _table(state: Any) -> rx.Component:
    return tables.data_table(
        state.rows,
        [
            tables.Column("Name", lambda row: row.name),
            tables.Column("Email", lambda row: row.email, secondary=True),
            tables.Column("Works at", lambda row: row.place),
            tables.Column("Roles", lambda row: row.roles),
            tables.Column("Account", lambda row: feedback.toned_badge(row.status, row.tone)),
            tables.Column("Last seen", lambda row: _seen(row), align="end", secondary=True),
        ],
        label="People",
        href=lambda row: row.href,
        loading=state.loading,
        empty=feedback.empty_state("search-x", "Nobody is found", "Try another view, or the beginning of a name."),
    )


def _seen(row: Any) -> rx.Component:
    return rx.cond(row.seen_at != "", times.ago(row.seen_at), layout.muted("never"))


def _account(state: Any) -> rx.Component:
    person = state.person
    return layout.stack(
        layout.card(
            layout.stack(
                layout.facts(
                    ("Email", person.email),
                    ("Works at", person.place),
                    ("Account", feedback.toned_badge(person.status, person.tone)),
                    ("Last seen", _seen(person)),
                ),
                rx.cond(person.reason != "", feedback.callout("bad", person.reason)),
                rx.cond(
                    person.temporary,
                    feedback.callout("warn", "On a temporary password: they must choose their own first."),
                ),
                gap="m",
            ),
            title=person.name,
            aside=buttons.link("Close", state.list_href),
        ),
        rx.cond(state.person.place != "", _roles(state)),
        layout.card(layout.row(*_acts(state)), title="Access"),
    )


def _acts(state: Any) -> list[rx.Component]:
    status = state.person.status
    return [
        rx.cond(
            state.request_href != "",
            buttons.link_button("Decide on the request", state.request_href, kind="primary", icon="user-check"),
            rx.cond(
                status == "pending", buttons.button("Approve", kind="primary", icon="check", on_click=state.approve)
            ),
        ),
        rx.match(
            status,
            ("suspended", buttons.button("Let in again", icon="lock-open", on_click=state.ask("reinstate"))),
            ("active", buttons.button("Suspend", kind="danger", icon="ban", on_click=state.ask("suspend"))),
            rx.fragment(),
        ),
        rx.cond(
            ((status == "active") | (status == "suspended")) & ~state.oneself,
            buttons.button("Reset the password", icon="key-round", on_click=state.ask("reset")),
        ),
    ]


def _roles(state: Any) -> rx.Component:
    return layout.card(
        fields.form(
            layout.stack(
                chip_choice("roles", "Roles", state.role_choices, problem=state.problems["roles"], epoch=state.epoch),
                rx.cond(
                    state.at_practice,
                    fields.checkbox("manager", "Manages the practice", default=state.manager, epoch=state.epoch),
                ),
                rx.cond(
                    state.at_lab,
                    fields.checkbox(
                        "supervisor", "Supervises the lab's floor", default=state.supervisor, epoch=state.epoch
                    ),
                ),
                layout.actions(buttons.button("Save the roles", type="submit")),
                gap="m",
            ),
            on_submit=state.save_roles,
        ),
        title="Roles",
    )


def _add_dialog(state: Any) -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field("name", "Name", problem=state.problems["name"], auto_focus=True),
                fields.text_field("email", "Email", type="email", problem=state.problems["email"], auto_complete="off"),
                fields.select_field(
                    "organisation_id",
                    "Works at",
                    state.organisation_options,
                    problem=state.problems["organisation_id"],
                ),
                fields.select_field("role", "Role to begin with", ROLES, problem=state.problems["roles"]),
                fields.submit_button("Add the person"),
                gap="m",
            ),
            on_submit=state.add,
        ),
        opened=state.asking == "add",
        title="A new person",
        on_close=state.put_away,
        intro="They sign in with a temporary password, which you see once, and choose their own.",
    )


def _reason_dialog(state: Any, kind: str, verb: str, act: Any, intro: str) -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.textarea("reason", "Reason", problem=state.problems["reason"], rows=3, auto_focus=True),
                layout.actions(
                    buttons.button("Not now", on_click=state.put_away),
                    buttons.button(
                        "Suspend" if kind == "suspend" else "Let in again",
                        kind="danger" if kind == "suspend" else "primary",
                        type="submit",
                    ),
                ),
                gap="m",
            ),
            on_submit=act,
        ),
        opened=state.asking == kind,
        title=rx.fragment(verb, " ", state.person.name),
        on_close=state.put_away,
        intro=intro,
    )


def _reset_question(state: Any) -> rx.Component:
    return dialogs.confirm_dialog(
        rx.Var.create("The present one ends at once, and so do their sessions. You are shown a temporary one."),
        opened=state.asking == "reset",
        title=rx.fragment("Reset the password of ", state.person.name, "?"),
        confirm="Reset it",
        on_confirm=state.reset_password,
        on_cancel=state.put_away,
        danger=True,
    )


def _password_shown_once(state: Any) -> rx.Component:
    return rx.cond(
        state.password != "",
        feedback.callout(
            "ok",
            rx.fragment("Temporary password for ", state.password_for),
            layout.paragraph(layout.mono(state.password)),
            layout.paragraph(
                "Hand it over in person or by telephone. It ends ",
                times.ago(state.password_until),
                " and is shown only here, and only now.",
            ),
            action=buttons.button("I have passed it on", small=True, on_click=state.forget_password),
        ),
    )
