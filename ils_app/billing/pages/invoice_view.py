"""The invoice page drawn: lines, sums, what is owed, what happened, and the dialogs of those who may act."""

from typing import Any

import reflex as rx

from ils_app.billing.pages import cards
from ils_app.billing.pages.shown import MOST_LINES
from ils_app.kernel.actor import Role
from ils_app.ui import buttons, dialogs, feedback, fields, layout, routes, tables, times
from ils_app.ui.page import frame
from ils_app.ui.timeline import timeline


def invoice_page(state: Any) -> rx.Component:
    """The whole page, for the state that carries it."""
    one = state.invoice
    missing = feedback.empty_state(
        "search-x", "There is no such invoice", "It may be another practice's, or the link may be incomplete.",
        buttons.link_button("All invoices", routes.INVOICES),
    )  # fmt: skip
    return frame(
        rx.cond(state.found, _found(state), missing),
        title=rx.cond(state.found, layout.mono(one.number), "Invoice"),
        subtitle=rx.cond(state.found, rx.fragment(one.practice, " · due ", one.due), ""),
        active=routes.INVOICES,
        actions=rx.cond(state.found, _actions(state)),
    )


def _actions(state: Any) -> rx.Component:
    one = state.invoice
    return layout.actions(
        buttons.download_link("PDF", one.pdf_href),
        cards.actions(),
        rx.cond(one.may_record_payment, buttons.button("Record a transfer", icon="landmark",
                                                       on_click=state.ask("transfer"))),
        rx.cond(one.may_refund, buttons.button("Record a refund", icon="undo-2", on_click=state.ask("refund"))),
        rx.cond(one.may_credit, buttons.button("Credit note", icon="file-minus", on_click=state.ask("credit"))),
        rx.cond(one.may_void, buttons.button("Void", icon="ban", on_click=state.ask("void"))),
        _credit_dialog(state),
        _void_dialog(state),
        _transfer_dialog(
            state, "transfer", "Record a bank transfer", state.record_transfer, default=one.balance_plain,
            intro="As the bank statement shows it, though it be more than is owed. The practice is told that its money "
            "arrived.",
        ),
        _transfer_dialog(
            state, "refund", "Record a refund by transfer", state.record_refund, default=one.refundable_plain,
            intro="Money that was sent back by bank transfer. The practice is told.",
        ),
    )  # fmt: skip


def _found(state: Any) -> rx.Component:
    one = state.invoice
    void = feedback.callout("idle", "This invoice is void", one.void_reason)
    refund = feedback.callout(
        "hold", rx.fragment(one.balance, " is to be given back"), "More was paid than is owed by now."
    )
    return layout.stack(
        rx.cond(one.void_reason != "", void),
        rx.cond(one.refund_due, refund),
        cards.callouts(),
        layout.columns(
            layout.stack(_lines(state), rx.cond(state.notes.length() > 0, _notes(state)), _particulars(state)),
            layout.stack(
                _owed(state),
                layout.card(timeline(state.entries, label="Entries"), title="Paid, credited, refunded"),
                cards.card(),
            ),
            shape="main-side",
        ),
    )


def _lines(state: Any) -> rx.Component:
    return layout.card(
        tables.data_table(
            state.lines,
            [
                tables.Column("What", lambda line: line.what),
                tables.Column("Tax", lambda line: layout.muted(line.rate)),
                tables.Column("Amount", lambda line: line.amount, align="end"),
            ],
            label="Lines, before tax",
            dense=True,
        ),
        layout.card_part(_sums(state)),
        title="What was charged",
        aside=layout.muted("amounts before tax"),
        flush=True,
    )


def _sums(state: Any) -> rx.Component:
    return layout.stack(
        rx.foreach(
            state.sums,
            lambda sum_: layout.row(layout.row(sum_.what, layout.muted(sum_.rate)), sum_.amount, spread=True),
        ),
        layout.row(layout.strong("Total"), layout.strong(state.invoice.total), spread=True),
        gap="s",
    )


def _owed(state: Any) -> rx.Component:
    one = state.invoice
    nothing = rx.cond(one.refund_due, rx.fragment("none; ", one.balance, " goes back"), "nothing")
    status = feedback.glow(feedback.toned_badge(one.status, one.tone), of=one.id + ":status", value=one.status)
    return layout.card(
        layout.facts(
            ("Total", one.total),
            ("Paid", rx.cond(one.paid != "", one.paid, "–")),
            ("Credited", rx.cond(one.credited != "", one.credited, "–")),
            ("Refunded", rx.cond(one.refunded != "", one.refunded, "–")),
            ("Still owed", layout.strong(rx.cond(one.settled, nothing, one.balance))),
            ("Due", one.due),
        ),
        title="What is owed",
        aside=status,
    )


def _particulars(state: Any) -> rx.Component:
    one = state.invoice
    told = rx.cond(one.mailed_at != "", times.exact(one.mailed_at), "–")
    reminded = rx.cond(one.reminded_at != "", times.exact(one.reminded_at), "–")
    return layout.card(
        layout.facts(
            ("Bill to", rx.foreach(one.bill_to, lambda text: rx.fragment(text, rx.el.br()))),
            ("Account", layout.mono(one.account)),
            ("Order", buttons.link(layout.mono(one.order_number), one.order_href)),
            (rx.cond(state.role == Role.ECP, "Your reference", "Their reference"),
             rx.cond(one.reference != "", one.reference, "–")),
            ("Issued", one.issued),
            ("Tax point", one.tax_point),
            ("Terms", one.terms),
            ("Mailed", told),
            ("Reminded", reminded),
        ),
        title="Particulars",
    )  # fmt: skip


def _notes(state: Any) -> rx.Component:
    return layout.card(
        tables.data_table(
            state.notes,
            [
                tables.Column("Credit note", lambda note: layout.mono(note.number)),
                tables.Column("Issued", lambda note: note.on),
                tables.Column("Why", lambda note: note.reason, secondary=True),
                tables.Column("Total", lambda note: note.total, align="end"),
                tables.Column("Paper", lambda note: buttons.download_link("PDF", note.pdf_href), align="end"),
            ],
            label="Credit notes",
            dense=True,
        ),
        title="Credit notes",
        flush=True,
    )


def _credit_dialog(state: Any) -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field(
                    "reason", "Why", problem=state.problems["reason"], hint="The practice is shown it.",
                    epoch=state.epoch,
                ),
                *(_credit_line(state, at) for at in range(MOST_LINES)),
                rx.cond(state.lines.length() > MOST_LINES, feedback.callout(
                    "info", rx.fragment("Only the first ", MOST_LINES, " of ", state.lines.length(), " lines are here"),
                    "Those after them are credited over the HTTP API, by their position on the invoice.",
                )),
                layout.actions(
                    buttons.button("Not now", on_click=state.put_away),
                    fields.submit_button("Issue the credit note", wide=False),
                ),
                gap="m",
            ),
            on_submit=state.credit,
        ),
        opened=state.asking == "credit",
        title=rx.fragment("Credit note for ", state.invoice.number),
        intro="All that is left is filled in, before tax; lower or clear what stays charged. The tax goes with it.",
        on_close=state.put_away,
    )  # fmt: skip


def _credit_line(state: Any, at: int) -> rx.Component:
    line = state.lines[at]
    field = fields.text_field(
        f"line_{at}", line.what, default=line.left, problem=state.problems[f"line_{at}"], epoch=state.epoch,
        aside=layout.muted("of ", line.amount), input_mode="decimal",
    )  # fmt: skip
    return rx.cond(state.lines.length() > at, rx.cond(line.creditable, field))


def _void_dialog(state: Any) -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field(
                    "reason", "Why", problem=state.problems["reason"], hint="The practice is shown it.",
                    epoch=state.epoch,
                ),
                layout.actions(
                    buttons.button("Keep it", on_click=state.put_away),
                    buttons.button("Void the invoice", kind="danger", type="submit"),
                ),
                gap="m",
            ),
            on_submit=state.void,
        ),
        opened=state.asking == "void",
        title=rx.fragment("Void ", state.invoice.number, "?"),
        intro="For an invoice that should never have been issued. Its number stays on record; nothing is owed on it.",
        on_close=state.put_away,
    )  # fmt: skip


def _transfer_dialog(state: Any, name: str, title: str, on_submit: Any, *, default: Any, intro: str) -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(
                layout.field_row(
                    fields.text_field(
                        "amount", "Amount", default=default, problem=state.problems["amount"], epoch=state.epoch,
                        input_mode="decimal",
                    ),
                    fields.date_field(
                        "on", "Day", default=state.today, problem=state.problems["on"], epoch=state.epoch
                    ),
                ),
                fields.text_field(
                    "reference", "Reference on the statement", problem=state.problems["reference"], epoch=state.epoch
                ),
                layout.actions(
                    buttons.button("Not now", on_click=state.put_away),
                    fields.submit_button("Record it", wide=False),
                ),
                gap="m",
            ),
            on_submit=on_submit,
        ),
        opened=state.asking == name,
        title=title,
        intro=intro,
        on_close=state.put_away,
    )  # fmt: skip
