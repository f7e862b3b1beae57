"""The lab board: the floor as columns or as a list, a scan field that always listens, the workbench beside it."""

import reflex as rx

from ils_app.kernel.actor import Role
from ils_app.lab.pages.board import BoardState
from ils_app.ui import board as boards
from ils_app.ui import buttons, dialogs, feedback, fields, layout, routes, tables, times
from ils_app.ui.page import frame, page
from ils_app.ui.timeline import timeline

TONES = ("bad", "hold", "warn", "idle")
SHORTCUTS = (
    dialogs.Shortcut("/", "Scan, or type a tray, order or job number"),
    dialogs.Shortcut("m", "Send the open job on"),
    dialogs.Shortcut("h", "Hold the open job"),
    dialogs.Shortcut("p", "Print the open job's ticket"),
    dialogs.Shortcut("x", "Close the workbench"),
    *dialogs.LISTS,
)


@page(routes.BOARD, title="Board", on_load=BoardState.load)
def board_page() -> rx.Component:
    """The board and, beside it, the job that is open."""
    return frame(
        tables.list_page(
            tables.view_tabs(BoardState.views),
            _filters(),
            _bulk(),
            layout.split(_floor(), _workbench(), opened=BoardState.opened, fills=True),
            _skip_question(),
        ),
        title="Board",
        subtitle=rx.fragment(
            BoardState.summary,
            rx.cond(BoardState.late > 0, rx.fragment(" · ", layout.strong(BoardState.late, " late", tone="bad"))),
        ),
        active=routes.BOARD,
        actions=_modes(),
        shortcuts=SHORTCUTS,
        search=boards.scan_field(
            on_scan=BoardState.scan, label="Scan a tray or an order", last=BoardState.last_scan,
            failed=BoardState.scan_failed,
        ),
    )  # fmt: skip


MOVES_JOBS = (BoardState.role == Role.LAB) | (BoardState.role == Role.ENGINEER)


def _skip_question() -> rx.Component:
    return dialogs.confirm_dialog(
        BoardState.skip_words,
        opened=BoardState.skip_title != "",
        title=BoardState.skip_title,
        confirm="Send it to inspection",
        on_confirm=BoardState.skip_stations,
        on_cancel=BoardState.keep_stations,
        danger=True,
    )


def _modes() -> rx.Component:
    """Columns or list, as links, so that either can be sent to a colleague."""

    def mode(label: str, icon: str, href, on) -> rx.Component:
        return rx.cond(
            on,
            buttons.link_button(label, href, icon=icon, small=True, aria_current="true"),
            buttons.link_button(label, href, icon=icon, small=True, kind="quiet"),
        )

    return layout.actions(
        mode("Columns", "square-kanban", BoardState.board_href, ~BoardState.as_list),
        mode("List", "list", BoardState.list_href, BoardState.as_list),
    )


def _filters() -> rx.Component:
    return tables.filter_bar(
        fields.search_field("find", "Tray, number, practice, lens", on_edit=BoardState.search, epoch=BoardState.epoch),
        tables.filter_select(
            "Practice", BoardState.practice_options, value=BoardState.practice, on_pick=BoardState.pick_practice
        ),
        tables.filter_chips(BoardState.chips),
    )


def _floor() -> rx.Component:
    columns = rx.cond(
        MOVES_JOBS,
        boards.board(BoardState.stages, on_move=BoardState.drop),
        boards.board(BoardState.stages),
    )
    shown = rx.cond(
        BoardState.as_list,
        rx.cond(MOVES_JOBS, _list(movable=True), _list(movable=False)),
        rx.cond(
            BoardState.loading, feedback.skeleton(6, tall=True), rx.cond(BoardState.shown > 0, columns, _nothing())
        ),
    )
    return rx.cond(
        BoardState.problem != "",
        feedback.problem_state(BoardState.problem, on_retry=BoardState.refresh),
        shown,
    )


def _nothing() -> rx.Component:
    return feedback.empty_state(
        "inbox",
        "No job here",
        "A job appears as soon as the lab's system has made it. Without filters there may be more.",
        buttons.button("Show the whole floor", icon="square-kanban", on_click=BoardState.whole),
    )


def _list(*, movable: bool) -> rx.Component:
    ticks = {
        "selected": BoardState.selected, "on_select": BoardState.select, "on_select_all": BoardState.select_all,
        "row_name": lambda row: row.tray,
    }  # fmt: skip
    return layout.stack(
        tables.data_table(
            BoardState.lines,
            [
                tables.Column("Tray", lambda row: layout.mono(row.tray), width="110px"),
                tables.Column("Order", lambda row: layout.mono(row.number), width="150px"),
                tables.Column("Practice", lambda row: row.practice, secondary=True),
                tables.Column("Lens", lambda row: layout.muted(row.lens), secondary=True),
                tables.Column("Stage", _stage, width="190px"),
                tables.Column("Here since", lambda row: times.ago(row.since), secondary=True, width="130px"),
                tables.Column("Due", lambda row: times.due(row.due_at, done=row.done), align="end", width="120px"),
            ],
            label="Jobs",
            href=lambda row: row.href,
            loading=BoardState.loading,
            empty=_nothing(),
            dense=True,
            **(ticks if movable else {}),
        ),
        tables.pager(BoardState.pages, on_previous=BoardState.previous_page, on_next=BoardState.next_page),
        gap="s",
    )


def _stage(row) -> rx.Component:
    place = rx.cond(row.station != "", rx.fragment(row.stage, " · ", row.station), row.stage)
    flag = rx.match(row.flag_tone, *[(tone, feedback.tag(row.flag, tone)) for tone in TONES], rx.fragment())
    return layout.row(
        feedback.glow(rx.el.span(place), of=row.id + ":place", value=row.changed), rx.cond(row.flag != "", flag)
    )


def _bulk() -> rx.Component:
    refused = feedback.callout(
        "warn",
        "Not moved",
        rx.foreach(BoardState.refusals, lambda said: layout.paragraph(said)),
        action=buttons.button("Put away", small=True, on_click=BoardState.clear),
    )
    return rx.fragment(
        rx.cond(
            BoardState.as_list,
            tables.bulk_bar(
                BoardState.selected.length(),
                buttons.button(
                    "Send each on", icon="arrow-right", kind="primary", small=True, busy=BoardState.busy,
                    on_click=BoardState.move_selected,
                ),
                on_clear=BoardState.clear,
            ),
        ),
        rx.cond(BoardState.refusals.length() > 0, refused),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------- the workbench


def _workbench() -> rx.Component:
    bench = BoardState.bench
    return layout.card(
        layout.card_part(_head()),
        layout.card_part(_acts()),
        rx.cond(bench.reason != "", layout.card_part(feedback.callout("hold", bench.reason))),
        layout.card_part(_where()),
        layout.card_part(_prescription()),
        rx.cond(bench.notes != "", layout.card_part(layout.section_title("Notes"), layout.paragraph(bench.notes))),
        layout.card_part(layout.section_title("What happened"), timeline(BoardState.entries)),
        title=layout.mono(bench.tray),
        aside=layout.row(
            buttons.download_link(
                "Ticket", bench.ticket_href, icon="printer", target="_blank", rel="noopener", data_shortcut="p"
            ),
            buttons.link_button("Close", BoardState.closed_href, icon="x", kind="quiet", small=True, shortcut="x"),
        ),
        flush=True,
    )


def _head() -> rx.Component:
    bench = BoardState.bench
    flag = rx.cond(bench.urgency != "standard", feedback.tag(bench.urgency, "bad"))
    waiting = rx.cond(bench.waiting_for_frame, feedback.tag("frame to come"))
    return layout.stack(
        layout.row(
            feedback.glow(feedback.job_badge(bench.status), of=bench.id + ":bench", value=bench.changed), flag, waiting
        ),
        layout.strong(bench.lens),
        layout.row(buttons.link(layout.mono(bench.number), bench.order_href), layout.muted(bench.practice)),
        gap="s",
    )


def _acts() -> rx.Component:
    """What may be done from here: the usual way first."""
    bench = BoardState.bench

    def act(one, place) -> rx.Component:
        return rx.cond(
            place == 0,
            buttons.button(
                one.label, kind="primary", icon="arrow-right", shortcut="m", busy=BoardState.busy,
                on_click=BoardState.move(one.status),
            ),
            buttons.button(one.label, icon="undo-2", busy=BoardState.busy, on_click=BoardState.move(one.status)),
        )  # fmt: skip

    back = rx.foreach(
        BoardState.acts,
        lambda one: buttons.button(
            one.label, icon="undo-2", busy=BoardState.busy, on_click=BoardState.move(one.status)
        ),
    )
    ship = buttons.button(
        "Ship", kind="primary", icon="truck", shortcut="m", on_click=BoardState.ask("ship"),
        aria_expanded=rx.cond(BoardState.asking == "ship", "true", "false"),
    )  # fmt: skip
    hold = buttons.button(
        "Hold", icon="circle-pause", shortcut="h", on_click=BoardState.ask("hold"),
        aria_expanded=rx.cond(BoardState.asking == "hold", "true", "false"),
    )  # fmt: skip
    release = buttons.button(
        "Release", kind="primary", icon="play", shortcut="m", busy=BoardState.busy, on_click=BoardState.release
    )
    return layout.stack(
        layout.row(
            rx.cond(bench.may_ship, rx.fragment(ship, back), rx.foreach(BoardState.acts, act)),
            rx.cond(bench.may_release, release),
            rx.cond(bench.may_hold, hold),
        ),
        rx.cond(BoardState.refused != "", feedback.callout("bad", BoardState.refused)),
        rx.match(BoardState.asking, ("hold", _hold_form()), ("ship", _ship_form()), rx.fragment()),
        gap="m",
    )


def _hold_form() -> rx.Component:
    return fields.form(
        fields.text_field(
            "reason", "What is it waiting for?", problem=BoardState.problems["reason"], auto_focus=True,
            hint="The practice is shown this.",
        ),
        layout.row(fields.submit_button("Hold the job", busy=BoardState.busy, wide=False), _cancel()),
        on_submit=BoardState.hold,
    )  # fmt: skip


def _ship_form() -> rx.Component:
    return fields.form(
        layout.field_row(
            fields.text_field("carrier", "Carrier", problem=BoardState.problems["carrier"], auto_focus=True),
            fields.text_field(
                "tracking_number", "Tracking number", problem=BoardState.problems["tracking_number"], mono=True
            ),
        ),
        layout.row(fields.submit_button("Ship the parcel", busy=BoardState.busy, wide=False), _cancel()),
        on_submit=BoardState.ship,
    )


def _cancel() -> rx.Component:
    return buttons.button("Cancel", kind="quiet", on_click=BoardState.ask(""))


def _where() -> rx.Component:
    bench = BoardState.bench
    place = rx.cond(bench.station != "", rx.fragment(bench.stage, " · ", bench.station), bench.stage)
    parcel = rx.fragment(bench.carrier, " ", layout.mono(bench.tracking_number))
    return layout.stack(
        layout.facts(
            ("Stage", rx.fragment(place, " · ", times.ago(bench.since))),
            ("Due", times.due(bench.due_at, promised=bench.promised_at, done=bench.done)),
            ("Job", layout.mono(bench.job_id)),
            ("Patient", bench.patient),
            ("Reference", bench.reference),
        ),
        rx.cond(bench.tracking_number != "", layout.facts(("Parcel", parcel))),
        gap="s",
    )


def _prescription() -> rx.Component:
    head = rx.el.tr(
        rx.el.th("Eye", scope="col"), rx.foreach(BoardState.heads, lambda name: rx.el.th(name, scope="col"))
    )
    rows = rx.foreach(
        BoardState.eyes,
        lambda eye: rx.el.tr(
            rx.el.th(eye.eye, scope="row"), rx.foreach(eye.figures, lambda value: rx.el.td(layout.mono(value)))
        ),
    )
    written = rx.foreach(
        BoardState.eyes,
        lambda eye: rx.cond(
            eye.written != "", layout.paragraph(layout.muted(eye.eye, " as written: "), layout.mono(eye.written))
        ),
    )
    said = rx.el.dl(
        rx.foreach(BoardState.facts, lambda fact: rx.el.div(rx.el.dt(fact.label), rx.el.dd(fact.value))),
        class_name="ils-facts",
    )
    return layout.stack(
        layout.section_title("Prescription as made"),
        rx.el.div(
            rx.el.table(rx.el.thead(head), rx.el.tbody(rows), aria_label="Prescription", class_name="ils-rx-table"),
            class_name="ils-rx-frame",
            tab_index=0,
            role="region",
            aria_label="Prescription as made",
        ),
        written,
        layout.section_title("Lens and frame"),
        said,
        gap="s",
    )
