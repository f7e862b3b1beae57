"""Buttons, links and menus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.element import Element
from reflex_components_core.react_router import link as router_link

Kind = Literal["primary", "plain", "quiet", "danger"]


def classes(*names: str | None) -> str:
    """One class attribute out of several names; empty ones fall away."""
    return " ".join(name for name in names if name)


def key_hint(key: str) -> rx.Component:
    """A key as drawn on a keyboard, hidden from screen readers; `mod+enter` shows as the reader's own system says."""
    if key == "mod+enter":
        return rx.el.kbd(
            rx.el.span("⌘↵", class_name="ils-mac"),
            rx.el.span("Ctrl ↵", class_name="ils-not-mac"),
            class_name="ils-kbd",
            aria_hidden="true",
        )
    return rx.el.kbd(key, class_name="ils-kbd", aria_hidden="true")


def _face(label: Any, icon: str | None, busy: Any, shortcut: str | None, detail: Any) -> list[Any]:
    spinner = rx.el.span(class_name="ils-spinner", aria_hidden="true")
    glyph = rx.icon(icon, size=15, aria_hidden="true") if icon else None
    mark = glyph if busy is None else rx.cond(busy, spinner, glyph if glyph is not None else rx.fragment())
    parts = [mark, rx.el.span(label, class_name="ils-button-label")]
    if detail is not None or shortcut:
        parts.append(
            rx.el.span(
                detail if detail is not None else "",
                key_hint(shortcut) if shortcut else None,
                class_name="ils-button-detail",
            )
        )
    return [part for part in parts if part is not None]


def button(
    label: Any,
    *,
    kind: Kind = "plain",
    icon: str | None = None,
    busy: rx.Var[bool] | None = None,
    disabled: rx.Var[bool] | bool = False,
    shortcut: str | None = None,
    detail: Any = None,
    small: bool = False,
    type: Literal["button", "submit"] = "button",
    **props: Any,
) -> rx.Component:
    """A button. `icon` is a lucide name; `busy` shows a spinner and takes no further click; `detail` stands at its end.

    `shortcut` is one letter that presses it from anywhere on the page (`assets/ils.js`).

    >>> button("Ship", kind="primary", icon="truck", on_click=State.ship, busy=State.shipping)
    """
    if shortcut and len(shortcut) == 1:
        props["data_shortcut"] = shortcut
    if busy is not None:
        props["aria_busy"] = rx.cond(busy, "true", "false")
        disabled = busy | disabled if isinstance(disabled, rx.Var) else (busy if not disabled else True)
    return rx.el.button(
        *_face(label, icon, busy, shortcut, detail),
        type=type,
        disabled=disabled,
        class_name=classes("ils-button", f"ils-button-{kind}", "ils-small" if small else None),
        **props,
    )


def link_button(
    label: Any,
    href: Any,
    *,
    kind: Kind = "plain",
    icon: str | None = None,
    shortcut: str | None = None,
    small: bool = False,
    **props: Any,
) -> rx.Component:
    """A link that looks like a button; navigates without a page load."""
    if shortcut:
        props["data_shortcut"] = shortcut
    return router_link(
        *_face(label, icon, None, shortcut, None),
        to=href,
        class_name=classes("ils-button", f"ils-button-{kind}", "ils-small" if small else None),
        **props,
    )


def icon_button(icon: str, label: str, **props: Any) -> rx.Component:
    """A square button with an icon only; `label` is what screen readers hear and the pointer sees."""
    return rx.el.button(
        rx.icon(icon, size=16, aria_hidden="true"),
        type="button",
        title=label,
        aria_label=label,
        class_name="ils-icon-button",
        **props,
    )


def link(label: Any, href: Any, **props: Any) -> rx.Component:
    """A link in running text, to a page of this app."""
    return router_link(label, to=href, class_name="ils-link", **props)


class _Anchor(Element):
    """The browser's own link. `rx.el.a` is the router's, which looks for a page of ours behind every address."""

    tag = "a"

    href: rx.Var[str]
    target: rx.Var[str]


def download_link(label: Any, href: Any, *, icon: str | None = "download", **props: Any) -> rx.Component:
    """A link that leaves the app's pages: a document, a file, another site."""
    face = _face(label, icon, None, None, None)
    return _Anchor.create(*face, href=href, class_name="ils-button ils-button-plain", **props)


def text_button(label: Any, **props: Any) -> rx.Component:
    """A button that reads as a link: *fix*, *confirm*, *transpose*."""
    return rx.el.button(label, type="button", class_name="ils-text-button", **props)


def goto_button(label: Any, field_name: Any) -> rx.Component:
    """Moves the focus to the field of that name, in the browser alone."""
    return text_button(label, data_goto=field_name)


def copy_fields_button(label: Any, from_prefix: str, to_prefix: str, **props: Any) -> rx.Component:
    """Copies every field named `from_prefix…` into its twin `to_prefix…`, in the browser, as if it were typed."""
    return text_button(label, data_copy_from=from_prefix, data_copy_to=to_prefix, **props)


@dataclass(frozen=True)
class MenuItem:
    """One entry of a menu. `danger` ones stand apart in red."""

    label: str
    on_click: Any
    icon: str | None = None
    danger: bool = False
    shown: Any = True


def menu(label: str, items: Sequence[MenuItem], *, icon: str = "ellipsis") -> rx.Component:
    """A drop-down menu behind an icon button; `label` names it for screen readers."""

    def entry(item: MenuItem) -> rx.Component:
        face = [rx.icon(item.icon, size=14, aria_hidden="true")] if item.icon else []
        line = rx.dropdown_menu.item(*face, item.label, on_select=item.on_click, color="red" if item.danger else None)
        return rx.cond(item.shown, line) if isinstance(item.shown, rx.Var) else line

    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(icon_button(icon, label)),
        rx.dropdown_menu.content(*[entry(item) for item in items], variant="soft"),
    )
