"""Prescription fields: they step by arrow keys, keep the sign, and write themselves out on leaving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from ils_app.ui.buttons import classes
from ils_app.ui.fields import _wiring, field_id


@dataclass(frozen=True)
class RxKind:
    """How a number is entered: arrow keys step by `step`, with Shift by `big_step`, between the bounds.

    A number without a point beyond the bounds is read as hundredths (or tenths): `325` is 3.25, `315` a PD of 31.5.
    `signed` writes the plus out; `wraps` goes round (axis 180 to 1).
    """

    step: float
    big_step: float
    least: float
    most: float
    decimals: int
    signed: bool = False
    wraps: bool = False


RX_KINDS: dict[str, RxKind] = {
    "sphere": RxKind(0.25, 1, -30, 30, 2, signed=True),
    "cylinder": RxKind(0.25, 1, -12, 12, 2, signed=True),
    "axis": RxKind(1, 5, 1, 180, 0, wraps=True),
    "add": RxKind(0.25, 1, 0, 4, 2, signed=True),
    "prism": RxKind(0.25, 1, 0, 20, 2),
    "pd": RxKind(0.5, 1, 15, 80, 1),
    "height": RxKind(0.5, 1, 5, 45, 1),
    "distance": RxKind(0.5, 1, 0, 99, 1),  # mm: vertex, A, B, DBL, ED
    "angle": RxKind(0.5, 1, -30, 30, 1),  # degrees: pantoscopic tilt, wrap
}


@dataclass(frozen=True)
class RxColumn:
    """A column of the grid: the field is named `<eye>_<suffix>`; `options` make it a select (prism base)."""

    suffix: str
    label: str
    spoken: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()


BASES = (("", "–"), ("in", "In"), ("out", "Out"), ("up", "Up"), ("down", "Down"))
RX_COLUMNS: tuple[RxColumn, ...] = (
    RxColumn("sphere", "Sphere", "sphere", "sphere"),
    RxColumn("cylinder", "Cyl", "cylinder", "cylinder"),
    RxColumn("axis", "Axis", "axis", "axis"),
    RxColumn("add", "Add", "addition", "add"),
    RxColumn("prism", "Prism", "prism", "prism"),
    RxColumn("base", "Base", "prism base", "base", BASES),
    RxColumn("pd", "PD", "monocular PD in mm", "pd"),
    RxColumn("height", "Height", "fitting height in mm", "height"),
)
EYES: tuple[tuple[str, str, str], ...] = (("od", "OD", "Right"), ("os", "OS", "Left"))


def rx_number_field(
    name: str,
    kind: str,
    spoken: str,
    *,
    default: Any = "",
    on_edit: Any = None,
    problem: Any = None,
    epoch: Any = None,
    **props: Any,
) -> rx.Component:
    """One number of a prescription, right-aligned and monospaced; `spoken` is its full name ("Right axis").

    `kind` is one of `RX_KINDS`. The field shows no message itself: list the findings below the grid, where they name
    the eye; `problem` (a bool or text var) only marks it. Enter goes on to the next field.
    """
    rules = RX_KINDS[kind]
    return rx.el.input(
        type="text",
        input_mode="text" if rules.least < 0 else "decimal",
        default_value=default,
        auto_complete="off",
        aria_label=spoken,
        class_name="ils-input ils-rx-input",
        data_rx=kind,
        data_step=str(rules.step),
        data_big_step=str(rules.big_step),
        data_least=str(rules.least),
        data_most=str(rules.most),
        data_decimals=str(rules.decimals),
        data_signed="true" if rules.signed else "false",
        data_wraps="true" if rules.wraps else "false",
        **{**_wiring(name, on_edit, problem, epoch), **props},
    )


def _cell(
    eye: tuple[str, str, str], column: RxColumn, values: Any, on_edit: Any, problems: Any, epoch: Any
) -> rx.Component:
    name, spoken = f"{eye[0]}_{column.suffix}", f"{eye[2]} {column.spoken}"
    default, problem = values[name], None if problems is None else problems[name]
    if column.options:
        control = rx.el.select(
            *[rx.el.option(words, value=value) for value, words in column.options],
            default_value=default,
            aria_label=spoken,
            class_name="ils-input ils-rx-input ils-rx-select",
            **_wiring(name, on_edit, problem, epoch),
        )
    else:
        control = rx_number_field(
            name, column.kind, spoken, default=default, on_edit=on_edit, problem=problem, epoch=epoch
        )
    return rx.el.div(
        rx.el.label(column.label, html_for=field_id(name)),
        control,
        class_name=classes("ils-rx-cell", f"ils-rx-{column.kind}"),
    )


def rx_grid(
    values: rx.Var[dict[str, str]] | Mapping[str, str],
    *,
    on_edit: Any = None,
    problems: rx.Var[dict[str, str]] | None = None,
    epoch: Any = None,
    columns: Sequence[RxColumn] = RX_COLUMNS,
    eyes: Sequence[tuple[str, str, str]] = EYES,
) -> rx.Component:
    """The Rx grid: a row an eye, S C A Add prism base PD height, in the order a hand expects.

    `values` must hold every `<eye>_<suffix>` (empty string for none); `problems` likewise marks a field when not
    empty. On a phone each eye takes two lines.
    """
    rows = [
        rx.el.div(
            rx.el.span(eye[1], class_name="ils-rx-eye", title=eye[2], aria_hidden="true"),
            *[_cell(eye, column, values, on_edit, problems, epoch) for column in columns],
            role="group",
            aria_label=f"{eye[2]} eye",
            class_name="ils-rx-row",
        )
        for eye in eyes
    ]
    return rx.el.div(*rows, class_name="ils-rx-grid")
