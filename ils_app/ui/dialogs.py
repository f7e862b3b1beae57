"""Dialogs: asking before something is destroyed, a form on top of a page, and the list of shortcuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from ils_app.ui.buttons import button, icon_button, key_hint


def confirm_dialog(
    *content: Any,
    opened: rx.Var[bool],
    title: Any,
    confirm: Any,
    on_confirm: Any,
    on_cancel: Any,
    danger: bool = False,
    busy: rx.Var[bool] | None = None,
    cancel: str = "Not now",
) -> rx.Component:
    """Asks before an act. `title` names what happens to what ("Cancel order ORD-2026-000012?"), `content` what follows.

    `opened` is a state var; `on_cancel` also answers Escape. Fields (a reason, a note) come after the words.
    """
    words = content[:1] if content and isinstance(content[0], str | rx.Var) else ()
    rest = content[len(words) :]
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(title, class_name="ils-dialog-title"),
            rx.alert_dialog.description(*(words or ("",)), class_name="ils-muted"),
            *([rx.el.div(*rest, class_name="ils-dialog-body")] if rest else []),
            rx.el.div(
                button(cancel, on_click=on_cancel),
                button(confirm, kind="danger" if danger else "primary", on_click=on_confirm, busy=busy),
                class_name="ils-dialog-actions",
            ),
            class_name="ils-dialog",
            max_width="460px",
            on_escape_key_down=on_cancel,
        ),
        open=opened,
    )


def dialog(
    *content: Any, opened: rx.Var[bool], title: Any, on_close: Any, intro: Any = "", wide: bool = False
) -> rx.Component:
    """A form or a detail on top of the page; Escape, the cross and the veil close it through `on_close`."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.el.div(
                rx.dialog.title(title, class_name="ils-dialog-title"),
                icon_button("x", "Close", on_click=on_close),
                class_name="ils-dialog-head",
            ),
            rx.dialog.description(intro, class_name="ils-muted"),
            rx.el.div(*content, class_name="ils-dialog-body"),
            class_name="ils-dialog",
            max_width="820px" if wide else "520px",
            on_escape_key_down=on_close,
            on_interact_outside=on_close,
        ),
        open=opened,
    )


@dataclass(frozen=True)
class Shortcut:
    """A key and what it does here: `Shortcut("e", "Edit this patient")`, `Shortcut("mod+enter", "Send to the lab")`."""

    keys: str
    does: str


EVERYWHERE: tuple[Shortcut, ...] = (
    Shortcut("/", "Find an order, patient or job"),
    Shortcut("n", "New order"),
    Shortcut("?", "This list"),
    Shortcut("Esc", "Close what is open"),
)
RX_ENTRY: tuple[Shortcut, ...] = (
    Shortcut("↑ ↓", "Step by 0.25 dpt, axis by 1°, PD by 0.5 mm"),
    Shortcut("Shift ↑ ↓", "Bigger steps: 1 dpt, axis by 5°"),
    Shortcut("Enter", "On to the next field"),
    Shortcut("325", "Without a point reads as 3.25"),
    Shortcut("mod+enter", "Send to the lab"),
)
LISTS: tuple[Shortcut, ...] = (Shortcut("j k", "Down and up the rows"), Shortcut("Enter", "Open the row"))


def shortcuts_dialog(shortcuts: Sequence[Shortcut] = ()) -> rx.Component:
    """The button `?` and what it opens: the keys of this page, then those that work everywhere, and their switch.

    A key the page names itself is not told twice.
    """

    def line(shortcut: Shortcut) -> rx.Component:
        keys = [key_hint(shortcut.keys)] if "+" in shortcut.keys else [key_hint(key) for key in shortcut.keys.split()]
        spoken = rx.el.span(
            shortcut.keys.replace("mod+enter", "Control or Command with Enter"), class_name="ils-hidden"
        )
        return rx.el.div(rx.el.dt(*keys, spoken), rx.el.dd(shortcut.does))

    own = {shortcut.keys for shortcut in shortcuts}
    listed = [*shortcuts, *(shortcut for shortcut in EVERYWHERE if shortcut.keys not in own)]
    return rx.dialog.root(
        rx.dialog.trigger(icon_button("circle-help", "Keyboard shortcuts", data_help="true")),
        rx.dialog.content(
            rx.dialog.title("Keyboard", class_name="ils-dialog-title"),
            rx.dialog.description("What the keys do on this page.", class_name="ils-muted"),
            rx.el.dl(*[line(shortcut) for shortcut in listed], class_name="ils-shortcuts"),
            rx.el.label(
                rx.el.input(type="checkbox", role="switch", class_name="ils-switch", data_shortcut_switch="true"),
                rx.el.span("Single-letter keys are on"),
                class_name="ils-tick",
            ),
            class_name="ils-dialog",
            max_width="460px",
        ),
    )
