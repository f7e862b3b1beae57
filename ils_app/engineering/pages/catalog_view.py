"""How the catalog page is laid out: its parts, given the state they show."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from ils_app.catalog.wording import GROUPS
from ils_app.engineering.entering import KINDS, SEVERITIES
from ils_app.ui import buttons, dialogs, feedback, fields, layout, routes, tables, times
from ils_app.ui.fields import Option
from ils_app.ui.page import frame

YES_NO = (Option("yes", "Yes"), Option("no", "No"))
State = Any  # the class of `catalog.RulesState`; named there, drawn here


def outline(state: State) -> rx.Component:
    """The page: what is on show and what can be done with it, versions down the side."""
    return frame(
        layout.columns(
            layout.stack(
                rx.cond(state.problem, feedback.callout("warn", state.problem, "What ILS has kept is shown below.")),
                _heading(state),
                rx.cond(state.is_draft & state.may_publish, _change(state)),
                rx.cond(state.tried, _trial(state)),
                _difference(state),
            ),
            layout.stack(_versions(state), _kept(state)),
            shape="main-side",
        ),
        _questions(state),
        title="Catalog and rules",
        subtitle=state.heading,
        active=routes.CATALOG,
        actions=rx.cond(
            state.may_publish,
            buttons.button("New draft", icon="file-plus-2", shortcut="d", on_click=state.ask("draft"), kind="primary"),
        ),
        shortcuts=(dialogs.Shortcut("d", "New draft"), *dialogs.LISTS),
    )


def _heading(state: State) -> rx.Component:
    acts = layout.actions(
        rx.cond(
            state.is_draft,
            rx.fragment(
                buttons.button(
                    "Try on the last 500 orders", icon="flask-conical", busy=state.trying, on_click=state.try_it
                ),
                buttons.button("Publish", icon="rocket", kind="primary", on_click=state.ask("publish")),
            ),
        ),
        rx.cond(
            state.is_retired,
            buttons.button("Put in force again", icon="undo-2", kind="danger", on_click=state.ask("back")),
        ),
    )
    return layout.card(
        rx.cond(
            state.heading == "",
            rx.cond(state.loading, feedback.skeleton(2)),
            layout.stack(
                layout.row(layout.strong(state.heading), feedback.toned_badge(state.state_word, state.tone)),
                layout.facts(
                    ("Who", rx.cond(state.author, state.author, "not said")),
                    ("Why", rx.cond(state.note, state.note, "not said")),
                    ("When", rx.cond(state.at, times.exact(state.at), "not in force yet")),
                ),
                rx.cond(
                    state.behind != "",
                    feedback.callout(
                        "warn",
                        rx.fragment("Begun from rules ", state.behind, ", which are no longer in force."),
                        "Published as it is, it undoes what was changed since. The difference below shows it.",
                    ),
                ),
                rx.cond(state.is_draft, layout.muted("A draft stays in the lab's system until it is published.")),
                rx.cond(state.may_publish, acts),
                rx.cond(state.trial_trouble, feedback.callout("bad", state.trial_trouble)),
                gap="m",
            ),
        ),
        title="On show",
    )


def _difference(state: State) -> rx.Component:
    compared = rx.cond(
        state.version != "",
        tables.filter_select("Compared with", state.against_options, value=state.against, on_pick=state.compare),
    )
    return layout.card(
        tables.data_table(
            state.changes,
            [
                tables.Column("What", lambda row: feedback.toned_badge(row.kind, row.tone)),
                tables.Column("In words", lambda row: row.text),
                tables.Column(
                    "In data",
                    lambda row: layout.stack(layout.mono(row.path), layout.muted(layout.mono(row.moved)), gap="s"),
                    secondary=True,
                    width="45%",
                ),
            ],
            label="What differs",
            loading=state.loading,
            empty=feedback.empty_state(
                "equal", "Nothing differs", "The two are the same in every entry, price and rule."
            ),
            dense=True,
        ),
        tables.pager(state.pages, on_previous=state.previous_changes, on_next=state.next_changes),
        title=rx.fragment("What differs · ", state.change_count),
        aside=compared,
        flush=True,
    )


def _versions(state: State) -> rx.Component:
    return layout.card(
        tables.data_table(
            state.sets,
            [
                tables.Column(
                    "Rules",
                    lambda row: layout.stack(
                        layout.row(layout.mono(row.id), feedback.toned_badge(row.state, row.tone)),
                        rx.cond(row.open, layout.muted("on show")),
                        gap="s",
                    ),
                ),
                tables.Column(
                    "Who and why",
                    lambda row: layout.person(row.who, rx.fragment(row.why, " ", times.ago(row.at))),
                ),
            ],
            label="Rule sets",
            href=lambda row: row.href,
            loading=state.loading,
            empty=feedback.empty_state("scroll-text", "No rule sets", "The lab shows none at the moment."),
            dense=True,
        ),
        title="Versions",
        flush=True,
    )


def _kept(state: State) -> rx.Component:
    return layout.card(
        tables.data_table(
            state.kept,
            [
                tables.Column("Version", lambda row: rx.fragment(layout.mono(row.id), " · ", row.changes)),
                tables.Column(
                    "Who and why",
                    lambda row: layout.person(
                        rx.fragment("Rules ", row.rules_version, " · ", row.who),
                        rx.fragment(row.why, " ", times.ago(row.at)),
                    ),
                ),
            ],
            label="Versions of the catalog that ILS has kept",
            href=lambda row: row.href,
            empty=feedback.empty_state("archive", "None yet", "The lab has not been reached so far."),
            dense=True,
        ),
        title="Kept by ILS",
        flush=True,
    )


def _change(state: State) -> rx.Component:
    """The form of the chosen kind of change; the kinds an engineer needs daily, then the rest as text."""
    forms = [(kind, layout.stack(*_FORMS[kind](state), gap="m")) for kind, _ in KINDS]
    return layout.card(
        fields.form(
            layout.stack(
                fields.select_field(
                    "kind", "What to change", _options(KINDS), default=state.kind, on_edit=state.choose
                ),
                rx.cond(
                    state.change_trouble,
                    feedback.callout(
                        "bad",
                        state.change_trouble,
                        rx.foreach(state.refused, lambda line: layout.paragraph(line)),
                    ),
                ),
                rx.match(state.kind, *forms, rx.fragment()),
                fields.submit_button("Change the draft", busy=state.busy, wide=False),
                gap="m",
            ),
            on_submit=state.apply,
        ),
        title="Change this draft",
    )


def _options(pairs: Sequence[tuple[str, str]]) -> list[Option]:
    return [Option(value, label) for value, label in pairs]


def _pick(state: State, name: str, label: str, options: Any = None, **more: Any) -> rx.Component:
    offered = state.offers[name] if options is None else options
    return fields.select_field(name, label, offered, problem=state.problems[name], epoch=state.epoch, **more)


def _text(state: State, name: str, label: str, **more: Any) -> rx.Component:
    return fields.text_field(name, label, problem=state.problems[name], epoch=state.epoch, auto_complete="off", **more)


def _price(state: State) -> list[rx.Component]:
    hint = "Pounds and pence a lens, without tax. Empty: no price."
    return [_pick(state, "priced", "Price of"), _text(state, "minor", "New price", mono=True, hint=hint)]


def _availability(state: State) -> list[rx.Component]:
    return [_pick(state, "entry", "Entry"), _pick(state, "available", "Offered", YES_NO)]


def _wording(state: State) -> list[rx.Component]:
    return [
        _pick(state, "entry", "Entry"),
        _text(state, "name", "New name", hint="Empty: stays."),
        _text(state, "description", "New description", hint="Empty: stays."),
    ]


def _made_in(state: State) -> list[rx.Component]:
    return [
        _pick(state, "design", "Design"),
        _pick(state, "material", "Material"),
        _pick(state, "made", "Made in it", YES_NO),
    ]


def _service_days(state: State) -> list[rx.Component]:
    return [_pick(state, "service", "Working days of"), _text(state, "days", "Days", mono=True)]


def _power_range(state: State) -> list[rx.Component]:
    def end(name: str, label: str) -> rx.Component:
        return fields.text_field(
            name, label, default=state.powers[name], problem=state.problems[name], epoch=state.powers_epoch,
            auto_complete="off", mono=True,
        )  # fmt: skip

    return [
        _pick(state, "powers", "Material and route", on_edit=state.choose),
        layout.field_row(
            end("sphere_min_dpt", "Lowest sphere"),
            end("sphere_max_dpt", "Highest sphere"),
            end("cylinder_max_dpt", "Greatest cylinder"),
            narrow=True,
        ),
    ]


def _forbid(state: State) -> list[rx.Component]:
    return [
        layout.field_row(
            _pick(state, "first", "This", state.offers["selector"]),
            _pick(state, "second", "with this", state.offers["selector"]),
        ),
        _text(
            state, "because", "Why", hint="As an optician will read it: “An anti-fog layer cannot go over a mirror.”"
        ),
        _text(state, "fix", "What would mend it"),
        _pick(state, "severity", "What happens", _options(SEVERITIES)),
    ]


def _allow(state: State) -> list[rx.Component]:
    return [_pick(state, "pair", "Pair that is forbidden now")]


def _add_coating(state: State) -> list[rx.Component]:
    needs = [Option("", "Nothing"), *_options(list(GROUPS.items()))]
    return [
        layout.field_row(
            _text(state, "name", "Name"), _text(state, "id", "Id", mono=True, hint="Empty: made from the name.")
        ),
        layout.field_row(
            _pick(state, "group", "Kind", _options(list(GROUPS.items())), default="ar"),
            _pick(state, "needs", "Needs under it", needs),
        ),
        layout.field_row(
            _text(state, "minor", "Price a lens", mono=True), _text(state, "hours", "Hours in the lab", mono=True)
        ),
        _text(state, "description", "Description"),
    ]


def _replace(state: State) -> list[rx.Component]:
    return [
        fields.select_field(
            "section", "Section", state.offers["section"], on_edit=state.choose, problem=state.problems["section"]
        ),
        fields.textarea(
            "text",
            "As JSON",
            default=state.text,
            epoch=state.text_epoch,
            rows=18,
            problem=state.problems["text"],
            mono=True,
            spell_check=False,
        ),
    ]


_FORMS = {
    "price": _price,
    "availability": _availability,
    "add_coating": _add_coating,
    "forbid": _forbid,
    "allow": _allow,
    "made_in": _made_in,
    "power_range": _power_range,
    "service_days": _service_days,
    "wording": _wording,
    "replace": _replace,
}


def _trial(state: State) -> rx.Component:
    return layout.card(
        layout.card_part(
            layout.stack(
                layout.strong(state.tried),
                layout.figures(
                    layout.figure("Lose", state.loses, tone="bad"),
                    layout.figure("Gain", state.gains, tone="ok"),
                    layout.figure("Judged alike, other findings", state.others),
                    layout.figure("Unchanged", state.same),
                ),
                gap="m",
            )
        ),
        rx.cond(
            state.codes.length() > 0,
            tables.data_table(
                state.codes,
                [
                    tables.Column("Finding", lambda row: layout.mono(row.id)),
                    tables.Column("Orders that gain it", lambda row: layout.mono(row.gained), align="end"),
                    tables.Column("Orders that lose it", lambda row: layout.mono(row.lost), align="end"),
                ],
                label="Findings that come and go",
                dense=True,
            ),
        ),
        rx.cond(
            state.tried_rows.length() > 0,
            tables.data_table(
                state.tried_rows,
                [
                    tables.Column(
                        "Order",
                        lambda row: rx.cond(
                            row.href, buttons.link(layout.mono(row.number), row.href), layout.mono(row.number)
                        ),
                    ),
                    tables.Column("", lambda row: feedback.toned_badge(row.direction, row.tone)),
                    tables.Column("Decision", lambda row: row.decisions),
                    tables.Column("Practice", lambda row: row.practice, secondary=True),
                    tables.Column("Why", lambda row: layout.muted(row.sentences)),
                ],
                label="Orders judged otherwise",
                dense=True,
            ),
        ),
        tables.pager(state.tried_pages, on_previous=state.previous_tried, on_next=state.next_tried),
        title="Tried on past orders",
        flush=True,
    )


def _questions(state: State) -> rx.Component:
    """The three acts that ask for a note; what keeps one from being done is said in its dialog."""

    def answer() -> rx.Component:
        waits = feedback.callout("info", "The lab's system is being asked. This may take a few seconds.")
        return rx.fragment(rx.cond(state.trouble, feedback.callout("bad", state.trouble)), rx.cond(state.busy, waits))

    def note(label: str) -> rx.Component:
        return fields.textarea(
            "note", label, on_edit=state.edit_note, problem=state.problems["note"], epoch=state.note_epoch, rows=3
        )

    return rx.fragment(
        dialogs.confirm_dialog(
            "A copy of the rules on show, which nobody else sees until it is published. It stays in the lab's system "
            "until then: it cannot be thrown away.",
            note("What is it for?"),
            answer(),
            opened=state.asking == "draft",
            title="Begin a draft?",
            confirm="Begin it",
            on_confirm=state.confirm,
            on_cancel=state.not_now,
            busy=state.busy,
        ),
        dialogs.confirm_dialog(
            "Every open order form follows at once. The rules in force now are kept, and you can go back to them.",
            note("Why?"),
            answer(),
            opened=state.asking == "publish",
            title=rx.fragment("Publish rules ", state.version, "?"),
            confirm="Publish",
            on_confirm=state.confirm,
            on_cancel=state.not_now,
            busy=state.busy,
        ),
        dialogs.confirm_dialog(
            "They replace the rules in force now, for every order from this moment on.",
            note("Why?"),
            answer(),
            opened=state.asking == "back",
            title=rx.fragment("Put rules ", state.version, " in force again?"),
            confirm="Put in force",
            on_confirm=state.confirm,
            on_cancel=state.not_now,
            danger=True,
            busy=state.busy,
        ),
    )
