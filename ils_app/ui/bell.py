"""The notification centre's shapes: the bell in the top bar, its panel, and the list both it and its page show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex_components_core.react_router import link as router_link

from ils_app.ui import times
from ils_app.ui.buttons import link, text_button
from ils_app.ui.feedback import empty_state, skeleton


@dataclass(frozen=True)
class Entry:
    """Something a person was told: where it leads, when, and whether they have read it. `icon` is a lucide name."""

    id: str
    title: str
    text: str
    href: str
    at: str
    icon: str = "bell"
    tone: str = "idle"
    unread: bool = False


def entry_list(entries: rx.Var[list[Entry]], icons: dict[str, str], *, on_open: Any, closes: bool = False) -> Any:
    """The entries as links, newest first. `icons` maps a lucide name to the tone it comes in; `on_open(id)`.

    With `closes` a click closes the popover around it.
    """

    def line(entry: Any) -> rx.Component:
        glyphs = [(name, rx.icon(name, size=16, aria_hidden="true")) for name in icons]
        opened = router_link(
            rx.el.span(
                rx.match(entry.icon, *glyphs, rx.icon("bell", size=16, aria_hidden="true")),
                class_name="ils-told-mark",
                data_tone=entry.tone,
            ),
            rx.el.span(
                rx.el.span(entry.title, class_name="ils-told-title"),
                rx.el.span(entry.text, class_name="ils-told-text"),
                class_name="ils-told-words",
            ),
            rx.el.span(
                times.ago(entry.at),
                rx.cond(entry.unread, rx.el.span("unread", class_name="ils-told-unread")),
                class_name="ils-told-end",
            ),
            to=entry.href,
            on_click=on_open(entry.id),
            class_name="ils-told",
            data_unread=rx.cond(entry.unread, "true", "false"),
        )
        return rx.el.li(rx.popover.close(opened) if closes else opened, key=entry.id)

    return rx.el.ul(rx.foreach(entries, line), class_name="ils-told-list")


def bell(
    *,
    unread: rx.Var[int],
    entries: rx.Var[list[Entry]],
    icons: dict[str, str],
    loading: rx.Var[bool],
    spoken: rx.Var[str],
    all_href: str,
    on_look: Any,
    on_open: Any,
    on_all_read: Any,
) -> rx.Component:
    """The bell with its count, and the panel behind it. `on_look(opened)`, `on_open(id)`; `spoken` is read aloud."""
    count = rx.el.b(rx.cond(unread > 99, "99+", unread.to_string()), class_name="ils-bell-count", aria_hidden="true")
    trigger = rx.el.button(
        rx.icon("bell", size=17, aria_hidden="true"),
        rx.cond(unread > 0, count),
        type="button",
        aria_label=rx.cond(
            unread > 0, rx.Var.create("Notifications, ") + unread.to_string() + " unread", "Notifications"
        ),
        class_name="ils-top-button ils-bell",
    )
    none = empty_state("bell", "Nothing to read", "What happens to your orders and your account is told here.")
    panel = rx.popover.content(
        rx.el.div(
            rx.el.h2("Notifications"),
            rx.cond(unread > 0, text_button("Mark all read", on_click=on_all_read)),
            class_name="ils-bell-head",
        ),
        rx.cond(
            entries.length() > 0,
            entry_list(entries, icons, on_open=on_open, closes=True),
            rx.cond(loading, skeleton(4, tall=True), none),
        ),
        rx.el.div(rx.popover.close(link("All notifications", all_href)), class_name="ils-bell-foot"),
        class_name="ils-bell-panel",
        aria_label="Notifications",
        align="end",
    )
    return rx.fragment(
        rx.popover.root(rx.popover.trigger(trigger), panel, on_open_change=on_look),
        rx.el.span(spoken, role="status", class_name="ils-hidden"),
    )
