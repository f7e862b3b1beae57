"""Choices with their consequences: radio cards and chips that show the impossible with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx

from ils_app.ui.buttons import classes
from ils_app.ui.fields import _epoch_key, field_id, field_problem


@dataclass(frozen=True)
class Choice:
    """One thing that may be chosen. `note` is what it means (lead time, price); `reason` why it cannot be had now.

    A disabled choice that is the chosen one stays chosen and is marked with its reason. `told` is the reason again,
    of the first of the chips that share it, and `told_of` names them all; see `told_once`.
    """

    value: str
    label: str
    note: str = ""
    disabled: bool = False
    reason: str = ""
    new: bool = False
    default: bool = False
    told: str = ""
    told_of: str = ""


def told_once(choices: Sequence[Choice]) -> list[Choice]:
    """The chips with every reason told by one of them, for all it is the reason of.

    >>> mirror = "A mirror takes an anti-reflection coating on the back surface only."
    >>> flash, full = (Choice(name, name, disabled=True, reason=mirror) for name in ("Mirror flash", "Mirror full"))
    >>> [one.told_of for one in told_once([flash, full])]
    ['Mirror flash, Mirror full', '']
    """
    sharing: dict[str, list[str]] = {}
    for choice in choices:
        if choice.reason:
            sharing.setdefault(choice.reason, []).append(choice.label)
    return [
        replace(one, told=one.reason, told_of=", ".join(named)) if (named := sharing.pop(one.reason, [])) else one
        for one in choices
    ]


Choices = rx.Var[list[Choice]] | Sequence[Choice]


def _input(kind: str, name: str, choice: Any, on_edit: Any, problem: Any) -> rx.Component:
    on_change = None if on_edit is None else (lambda checked: on_edit(choice.value, checked))
    if kind == "radio":
        on_change = None if on_edit is None else (lambda _checked: on_edit(name, choice.value))
    wired = {} if problem is None else {"aria_describedby": f"{field_id(name)}-problem"}
    return rx.el.input(
        type=kind,
        name=name if kind == "radio" else rx.Var.create(f"{name}.") + choice.value,
        value=choice.value,
        default_checked=choice.default,
        disabled=choice.disabled & ~choice.default,
        class_name="ils-choice-input",
        **({"on_change": on_change} if on_change is not None else {}),
        **wired,
    )


def _group(name: str, legend: Any, inside: Any, problem: Any, epoch: Any, aside: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(
            legend, rx.el.span(aside, class_name="ils-muted") if aside is not None else None, class_name="ils-label"
        ),
        inside,
        field_problem(name, problem) if problem is not None else None,
        id=field_id(name),
        class_name="ils-fieldset",
        **_epoch_key(name, epoch),
    )


def choice_list(
    name: str,
    legend: Any,
    choices: Choices,
    *,
    on_edit: Any = None,
    problem: Any = None,
    epoch: Any = None,
    aside: Any = None,
    across: bool = False,
) -> rx.Component:
    """One of several, as cards: arrow keys move, the impossible is dashed with its reason. `across`: side by side.

    `Choice.default` marks the chosen one at the start; the browser owns it from then on (see `fields`).
    `on_edit(name, value)`.
    """

    def card(choice: Any) -> rx.Component:
        note = rx.cond(choice.reason != "", choice.reason, choice.note)
        return rx.el.label(
            _input("radio", name, choice, on_edit, problem),
            rx.el.span(choice.label, class_name="ils-choice-label"),
            rx.el.span(note, class_name="ils-choice-note"),
            rx.cond(choice.new, rx.el.span("new", class_name="ils-new")),
            class_name=rx.cond(choice.disabled, "ils-choice ils-choice-no", "ils-choice"),
            key=choice.value,
        )

    inside = rx.el.div(
        rx.foreach(choices, card), class_name=classes("ils-choices", "ils-choices-across" if across else None)
    )
    return _group(name, legend, inside, problem, epoch, aside)


def chip_choice(
    name: str,
    legend: Any,
    choices: Choices,
    *,
    on_edit: Any = None,
    problem: Any = None,
    epoch: Any = None,
    aside: Any = None,
    single: bool = False,
) -> rx.Component:
    """Any of several, as chips (treatments); a `single` one behaves as radio buttons (urgency).

    `on_edit(value, checked: bool)` for many, `on_edit(name, value)` for one. In a form's data the chips that are on
    stand as `"<name>.<value>"`. The reasons of impossible chips are
    listed below them, each once for all that share it (`told_once`); a chip's own is its title.
    """

    def chip(choice: Any) -> rx.Component:
        return rx.el.label(
            _input("radio" if single else "checkbox", name, choice, on_edit, problem),
            rx.el.span(choice.label, class_name="ils-choice-label"),
            rx.cond(choice.note != "", rx.el.span(choice.note, class_name="ils-choice-note")),
            rx.cond(choice.new, rx.el.span("new", class_name="ils-new")),
            class_name=rx.cond(choice.disabled, "ils-chip ils-choice-no", "ils-chip"),
            title=choice.reason,
            key=choice.value,
        )

    def reason(choice: Any) -> rx.Component:
        line = rx.el.li(rx.el.span(choice.told_of, ": ", class_name="ils-hidden"), choice.told, key=choice.value)
        return rx.cond(choice.told != "", line)

    inside = rx.fragment(
        rx.el.div(rx.foreach(choices, chip), class_name="ils-chips"),
        rx.el.ul(rx.foreach(choices, reason), class_name="ils-reasons"),
    )
    return _group(name, legend, inside, problem, epoch, aside)
