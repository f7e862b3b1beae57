"""What is right and wrong with an order, where the eye is, and the bar that sends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import reflex as rx

from ils_app.ui.buttons import goto_button, text_button
from ils_app.ui.fields import submit_button


@dataclass(frozen=True)
class Finding:
    """One sentence about an order. `severity`: `error` (to fix), `confirm` (to confirm), `info`.

    `field` names the field *go* leads to. `code` is what `on_confirm(code)` gets. `confirmed`: it was.
    """

    severity: str
    text: str
    field: str = ""
    code: str = ""
    confirmed: bool = False


def _mark(severity: Any) -> rx.Component:
    return rx.match(
        severity,
        (
            "error",
            rx.el.span(
                rx.icon("x", size=11, stroke_width=3),
                rx.el.span("To fix: ", class_name="ils-hidden"),
                class_name="ils-mark ils-tone-bad",
            ),
        ),
        (
            "confirm",
            rx.el.span("?", rx.el.span(" To confirm: ", class_name="ils-hidden"), class_name="ils-mark ils-tone-warn"),
        ),
        rx.el.span("i", rx.el.span(" Note: ", class_name="ils-hidden"), class_name="ils-mark ils-tone-info"),
    )


def findings_list(findings: rx.Var[list[Finding]], *, on_confirm: Any = None) -> rx.Component:
    """The findings by severity, each with its way out: *go* to the field, or *confirm* it was meant."""

    def line(finding: Any) -> rx.Component:
        confirm = text_button("confirm", on_click=on_confirm(finding.code)) if on_confirm is not None else rx.fragment()
        way_out = rx.cond(
            finding.severity == "confirm",
            rx.cond(finding.confirmed, rx.el.span("confirmed", class_name="ils-muted"), confirm),
            rx.cond(finding.field != "", goto_button("go", finding.field)),
        )
        return rx.el.li(
            _mark(finding.severity), rx.el.span(finding.text), way_out, key=finding.code + finding.field + finding.text
        )

    return rx.el.ul(rx.foreach(findings, line), class_name="ils-findings", aria_live="polite", aria_label="Findings")


def finding_messages(findings: rx.Var[list[Finding]]) -> rx.Component:
    """The same sentences beneath the fields they speak of, without buttons (give it only those of this card)."""

    def line(finding: Any) -> rx.Component:
        return rx.match(
            finding.severity,
            (
                "error",
                rx.el.p(
                    rx.icon("circle-x", size=14, aria_hidden="true"),
                    rx.el.span(finding.text),
                    class_name="ils-problem ils-ink-bad",
                ),
            ),
            (
                "confirm",
                rx.el.p(
                    rx.icon("circle-alert", size=14, aria_hidden="true"),
                    rx.el.span(finding.text),
                    class_name="ils-problem ils-ink-warn",
                ),
            ),
            rx.el.p(
                rx.icon("info", size=14, aria_hidden="true"),
                rx.el.span(finding.text),
                class_name="ils-problem ils-ink-info",
            ),
        )

    return rx.el.div(rx.foreach(findings, line))


@dataclass(frozen=True)
class PriceLine:
    """A line of the price, already written out for people ("£116.00")."""

    label: str
    amount: str


def price_summary(lines: rx.Var[list[PriceLine]], *, total: Any, promised: Any) -> rx.Component:
    """Price by line, then the total and the promised date side by side."""
    return rx.el.div(
        rx.foreach(lines, lambda line: rx.el.div(rx.el.span(line.label), rx.el.span(line.amount))),
        rx.el.div(rx.el.span(total), rx.el.span(promised), class_name="ils-price-total"),
        class_name="ils-price",
    )


def submit_bar(
    label: Any, *, detail: Any, busy: Any = None, disabled: Any = False, foot: Any = None, foot_end: Any = None
) -> rx.Component:
    """The wide submit button with its count of findings; on a phone it sticks to the bottom edge.

    `foot` and `foot_end` are small words below it ("checked by the lab 0.3 s ago", "rules v12").
    """
    return rx.el.div(
        submit_button(label, busy=busy, disabled=disabled, detail=detail),
        rx.el.div(
            rx.el.span(foot if foot is not None else ""),
            rx.el.span(foot_end if foot_end is not None else ""),
            class_name="ils-submit-foot",
        ),
        class_name="ils-submit-bar",
    )
