"""How a purchase order's page is laid out: its progress, lines and sums, parcels and counts, and its dialogs."""

from typing import Any

import reflex as rx

from ils_app.suppliers.pages.rows import order_badge
from ils_app.ui import buttons, dialogs, feedback, fields, layout, tables, times
from ils_app.ui.findings import price_summary
from ils_app.ui.timeline import status_stepper, timeline

WAY = (
    ("draft", "Draft"), ("sent", "Sent"), ("acknowledged", "Acknowledged"), ("in_transit", "In transit"),
    ("delivered", "Delivered"),
)  # fmt: skip


def order_view(state: Any) -> tuple[rx.Component, rx.Component]:
    """The page's content and its buttons, for the state that holds the order."""
    one = state.order
    content = layout.stack(
        feedback.glow(
            status_stepper(one.step, reached=one.reached, waiting=one.sending, waiting_words="Being sent", way=WAY),
            of=one.id + ":step", value=one.status,
        ),
        _notice(state),
        layout.columns(
            layout.stack(_lines(state), _parcels(state), rx.cond(state.counts.length() > 0, _counts(state))),
            layout.stack(
                _facts(state),
                layout.card(
                    price_summary(state.sums, total="Total", promised=one.total), layout.muted(one.tax_words),
                    title="Sums",
                ),
                layout.card(timeline(state.entries), title="What happened"),
            ),
            shape="main-side",
        ),
        _dialogs(state),
    )  # fmt: skip
    return content, _actions(state)


def _actions(state: Any) -> rx.Component:
    one = state.order
    first = one.may_acknowledge & ~one.ours
    return layout.actions(
        buttons.download_link("PDF", one.pdf_href, icon="file-text", target="_blank",
                              aria_label="The order as PDF, in a new tab"),
        rx.cond(one.may_edit, buttons.link_button("Edit the draft", one.draft_href, kind="primary", icon="pencil")),
        rx.cond(
            first,
            buttons.button("Acknowledge", kind="primary", icon="handshake", on_click=state.ask("acknowledge")),
        ),
        rx.cond(one.may_acknowledge & one.ours,
                buttons.button("Acknowledged by telephone", icon="phone", on_click=state.ask("acknowledge"))),
        rx.cond(one.may_ship & ~one.ours,
                buttons.button("Ship a parcel", kind="primary", icon="truck", on_click=state.ask("ship"))),
        rx.cond(one.may_ship & one.ours,
                buttons.button("Was shipped", icon="truck", on_click=state.ask("ship"))),
        rx.cond(one.may_deliver & ~one.ours,
                buttons.button("Delivered", icon="package-check", on_click=state.ask("deliver"))),
        rx.cond(one.may_receive,
                buttons.button("Count in", kind="primary", icon="package-open", on_click=state.ask_lab("receive"))),
        rx.cond(one.ours, buttons.button("Order again", icon="copy", on_click=state.again)),
        rx.cond(one.may_close, buttons.button("Close short", icon="scissors", on_click=state.ask_lab("close"))),
        rx.cond(one.may_cancel, buttons.button("Cancel", icon="ban", on_click=state.ask_lab("cancel"))),
    )  # fmt: skip


def _notice(state: Any) -> rx.Component:
    one = state.order
    sending = feedback.callout(
        "info", "Being sent",
        rx.fragment("The mail with the PDF is on its way to ", one.sent_to, ". The order is sent once it has left; "
                    "until then nobody can change it."),
    )  # fmt: skip
    came_back = feedback.callout(
        "bad", "It could not be sent", one.send_error,
        action=buttons.button("Send again", icon="send", small=True, on_click=state.send),
    )  # fmt: skip
    to_count = feedback.callout(
        "warn", "The supplier says that it is delivered", "Count in what arrived, or close what is missing.",
        action=buttons.button("Count in", icon="package-open", small=True, on_click=state.ask_lab("receive")),
    )  # fmt: skip
    return rx.fragment(
        rx.cond(one.sending, sending),
        rx.cond((one.send_error != "") & one.may_send, came_back),
        rx.cond(one.to_count & one.ours, to_count),
        rx.cond(one.late, feedback.callout("warn", "Late", "The day it was due on is over.")),
        rx.cond(one.closed_reason != "", feedback.callout("idle", "Closed short", one.closed_reason)),
        rx.cond(one.cancel_reason != "", feedback.callout("idle", "Cancelled", one.cancel_reason)),
    )


def _lines(state: Any) -> rx.Component:
    columns = [
        tables.Column(
            "What", lambda row: rx.fragment(layout.strong(row.description), " ", layout.muted(row.part_number))
        ),
        tables.Column("Quantity", lambda row: layout.mono(row.quantity), align="end"),
        tables.Column(
            "Counted",
            lambda row: feedback.glow(
                layout.mono(row.received),
                of=row.id + ":counted", value=row.received,
            ),
            align="end",
        ),
        tables.Column("Price", lambda row: layout.mono(row.price), align="end", secondary=True),
        tables.Column("Tax", lambda row: layout.mono(row.tax), align="end", secondary=True),
        tables.Column("Net", lambda row: layout.mono(row.net), align="end"),
    ]  # fmt: skip
    return layout.card(
        tables.data_table(
            state.lines, columns, label="Lines", dense=True,
            empty=feedback.empty_state("list", "No line yet", "The draft has none."),
        ),
        rx.cond(
            state.order.notes != "",
            layout.card_part(layout.section_title("Notes"), layout.paragraph(state.order.notes)),
        ),
        title="What is ordered", flush=True,
    )  # fmt: skip


def _facts(state: Any) -> rx.Component:
    one = state.order
    supplier = rx.cond(one.ours, buttons.link(one.supplier, one.supplier_href), one.supplier)
    return layout.card(
        layout.facts(
            ("Status", order_badge(one.status)),
            ("Supplier", supplier),
            ("Expected on", rx.cond(one.expected_on != "", times.day(one.expected_on), "–")),
            ("Confirmed for", rx.cond(one.confirmed_on != "", times.due(one.confirmed_on, done=one.done), "–")),
            ("Delivered on", rx.cond(one.delivered_on != "", times.day(one.delivered_on), "–")),
            ("Sent to", rx.cond(one.sent_to != "", one.sent_to, "–")),
            ("Reference", one.reference),
            ("Supplier's reference", layout.mono(one.supplier_reference)),
            ("Account", layout.mono(one.account)),
            ("Payment", one.payment),
            ("Ordered by", one.entered_by),
        ),
        title="Where it is",
    )


def _parcels(state: Any) -> rx.Component:
    columns = [
        tables.Column("Carrier", lambda row: layout.strong(row.carrier)),
        tables.Column("Tracking", lambda row: layout.mono(row.tracking)),
        tables.Column("Left", lambda row: times.ago(row.at), align="end"),
        tables.Column("Remark", lambda row: layout.muted(row.note), secondary=True),
    ]
    return layout.card(
        tables.data_table(
            state.parcels, columns, label="Parcels", dense=True,
            empty=feedback.empty_state("truck", "Nothing shipped yet", "Each parcel comes here with its number."),
        ),
        title="Parcels", flush=True,
    )  # fmt: skip


def _counts(state: Any) -> rx.Component:
    columns = [
        tables.Column("When", lambda row: times.ago(row.at)),
        tables.Column("What was counted", lambda row: rx.fragment(row.said, " ", layout.muted(row.note))),
        tables.Column("By", lambda row: row.who, align="end"),
    ]
    return layout.card(
        tables.data_table(state.counts, columns, label="Counted in", dense=True), title="Counted in", flush=True
    )


def _dialogs(state: Any) -> rx.Component:
    return rx.fragment(_acknowledge(state), _ship(state), _deliver(state), _receive(state), *_reasons(state))


def _dialog(state: Any, what: str, title: Any, submit: str, on_submit: Any, *content: Any, intro: str = "") -> Any:
    return dialogs.dialog(
        fields.form(layout.stack(*content, fields.submit_button(submit), gap="m"), on_submit=on_submit),
        opened=state.asking == what, title=title, on_close=state.keep, intro=intro,
    )  # fmt: skip


def _text(state: Any, name: str, label: str, **more: Any) -> rx.Component:
    return fields.text_field(name, label, problem=state.problems[name], epoch=state.epoch, **more)


def _acknowledge(state: Any) -> rx.Component:
    return _dialog(
        state, "acknowledge", rx.fragment("Acknowledge ", state.order.number), "Acknowledge", state.acknowledge,
        fields.date_field(
            "confirmed_on", "It will be there on", default=state.order.expected_on, epoch=state.epoch,
            problem=state.problems["confirmed_on"],
        ),
        _text(state, "supplier_reference", "The supplier's own number", mono=True),
        _text(state, "remark", "Remark"),
    )  # fmt: skip


def _ship(state: Any) -> rx.Component:
    return _dialog(
        state, "ship", rx.fragment("A parcel of ", state.order.number), "It has left", state.ship,
        _text(state, "carrier", "Carrier"),
        _text(state, "tracking_number", "Tracking number", mono=True),
        _text(state, "remark", "Remark"),
        intro="An order may come in several parcels: tell of each.",
    )  # fmt: skip


def _deliver(state: Any) -> rx.Component:
    return _dialog(
        state, "deliver", rx.fragment("Is all of ", state.order.number, " delivered?"), "It is delivered",
        state.deliver,
        fields.date_field("delivered_on", "Handed over on", problem=state.problems["delivered_on"],
                          epoch=state.epoch, hint="Left empty: today."),
        intro="The lab counts what arrived.",
    )  # fmt: skip


def _receive(state: Any) -> rx.Component:
    def count(line: Any) -> rx.Component:
        field = fields.text_field(
            rx.Var.create("count_") + line.id,
            rx.fragment(line.description, " ", layout.muted("of ", line.left, " ", line.unit)),
            default=line.left, problem=state.problems[line.id], epoch=state.epoch, mono=True, input_mode="decimal",
        )  # fmt: skip
        return rx.cond(line.open, field)

    return dialogs.dialog(
        fields.form(
            layout.stack(
                rx.foreach(state.lines, count),
                fields.field_problem("counted", state.problems["counted"]),
                _text(state, "remark", "Remark"),
                fields.submit_button("Count in"),
                gap="m",
            ),
            on_submit=state.receive,
        ),
        opened=state.asking == "receive", title=rx.fragment("What of ", state.order.number, " arrived?"),
        on_close=state.keep, intro="A line that did not come: leave it empty. The rest may come another day.",
        wide=True,
    )  # fmt: skip


def _reasons(state: Any) -> tuple[rx.Component, rx.Component]:
    return (
        _dialog(
            state, "close", rx.fragment("Close ", state.order.number, " short?"), "Close it", state.close,
            _text(state, "reason", "Why the rest is not coming"),
            intro="What was counted stays; the rest is no longer waited for.",
        ),
        _dialog(
            state, "cancel", rx.fragment("Cancel ", state.order.number, "?"), "Cancel the order", state.cancel,
            _text(state, "reason", "Why"),
            intro="A supplier who has the order is told, with the reason.",
        ),
    )  # fmt: skip
