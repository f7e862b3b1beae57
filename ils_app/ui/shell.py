"""The frame around every page: rail, top bar, title, banners, and what screen readers and keyboards need.

The shell knows no room. `ils_app.py` builds one `ShellParts` from the rooms' navigation and one state (who is signed
in, what the search found, what the banner says), and pages are drawn with `shell(PARTS, ...)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.app import default_error_boundary
from reflex.style import color_mode, set_color_mode
from reflex_components_core.el.element import Element
from reflex_components_core.react_router import link as router_link

from ils_app.ui import dialogs, feedback, theme
from ils_app.ui.buttons import button, icon_button, key_hint
from ils_app.ui.fields import NativeForm


@dataclass(frozen=True)
class SearchHit:
    """One find of the top bar's search: where it leads, what it is, and what tells it apart."""

    href: str
    title: str
    detail: str = ""
    kind: str = ""


@dataclass(frozen=True)
class ShellParts:
    """What the shell is handed. Vars belong to one small state that every page has; components fill its slots.

    `navigation`: a `list[navigation.NavLink]`, what this person may see in this role, in order, with counts (text; ""
    shows nothing). `icons`: the lucide names that may appear in it, known when the pages are compiled. `person`,
    `place`, `role_label`: name, organisation, role in words. `on_search(text)` fills `search_hits`. `banner`: one
    component, `feedback.banner`s under conds. `answering`: does the LIMS answer. `announcement`: words for screen
    readers. `notifications`: a component for the top bar. `roles` (objects with `value` and `label`) and
    `on_role(value)`: the switch, shown to those who hold several. `on_theme(value)`
    keeps the colours chosen. `person_links`: more in the person's menu.
    """

    navigation: rx.Var[list[Any]]
    icons: Sequence[str]
    person: rx.Var[str]
    place: rx.Var[str]
    role_label: rx.Var[str]
    on_search: Any = None
    search_hits: rx.Var[list[SearchHit]] | None = None
    search_label: str = "Find an order, patient, job"
    sign_out_action: str = "/auth/sign-out"
    banner: rx.Component | None = None
    answering: rx.Var[bool] | None = None
    notifications: rx.Component | None = None
    roles: rx.Var[list[Any]] | None = None
    on_role: Any = None
    on_theme: Any = None
    announcement: rx.Var[str] | None = None
    person_links: Sequence[rx.Component] = ()


def app_options() -> dict[str, Any]:
    """What `rx.App(**app_options())` needs so that every page has the styles, fonts, script, language and toasts.

    Reflex's own connection toast is left out (the shell shows `feedback.connection_bar`), and a page that breaks in the
    browser says so in our words. The script is loaded in the head, before the first paint, so that the colours are
    right from the start.
    """
    return {
        "app_wraps": {(55, "ErrorBoundary"): lambda _stateful: _error_boundary()},
        "stylesheets": theme.STYLESHEETS,
        "html_lang": "en",
        "head_components": [
            rx.el.script(src=theme.SCRIPT),
            rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
            rx.el.meta(name="color-scheme", content="light dark"),
            rx.el.link(
                rel="preload",
                href="/fonts/inter-latin-wght-normal.woff2",
                custom_attrs={"as": "font", "crossOrigin": ""},
            ),
        ],
        "toaster": rx.toast.provider(position="bottom-right", close_button=True),
    }


def _error_boundary() -> rx.Component:
    words = "The page broke while it was drawn. What you entered was saved as you typed; reload to go on."
    fallback = bare_page(
        rx.el.div(rx.el.a("Reload", href="", class_name="ils-button ils-button-primary"), class_name="ils-actions"),
        title="This page stopped",
        intro=words,
    )
    return default_error_boundary(fallback_render=rx.Var.create(fallback))


def logo(*, large: bool = False) -> rx.Component:
    """The mark and the name."""
    return rx.el.span(
        rx.el.i(class_name="ils-logo-mark", aria_hidden="true"),
        rx.el.span("ILS"),
        class_name="ils-logo ils-logo-large" if large else "ils-logo",
    )


def _nav_link(link: Any, icons: Sequence[str], active: str) -> rx.Component:
    marks = [(name, rx.icon(name, size=16, aria_hidden="true")) for name in dict.fromkeys(icons)]
    here = link.href == active if active else link.active
    key = rx.el.kbd(link.shortcut.upper(), class_name="ils-kbd", aria_hidden="true")
    end = rx.cond(
        link.count != "", rx.el.span(link.count, class_name="ils-nav-count"), rx.cond(link.shortcut != "", key)
    )
    return router_link(
        rx.match(link.icon, *marks, rx.icon("circle", size=16, aria_hidden="true")),
        rx.el.span(link.label, class_name="ils-nav-label"),
        end,
        to=link.href,
        title=link.label,
        aria_current=rx.cond(here, "page", "false"),
        data_shortcut=link.shortcut,
        class_name="ils-nav-link",
    )


def _navigation(parts: ShellParts, active: str) -> rx.Component:
    links = parts.navigation

    def line(link: Any, place: Any) -> rx.Component:
        begins = (link.group != "") & ((place == 0) | (links[place - 1].group != link.group))
        return rx.el.li(
            rx.cond(begins, rx.el.div(link.group, class_name="ils-nav-group")),
            _nav_link(link, parts.icons, active),
            key=link.href,
        )

    return rx.el.nav(rx.el.ul(rx.foreach(links, line)), aria_label="Main")


def _rail(parts: ShellParts, active: str) -> rx.Component:
    return rx.el.aside(
        rx.el.div(
            router_link(logo(), to="/", aria_label="ILS, home", class_name="ils-home"),
            icon_button("x", "Close menu", data_drawer="close"),
            class_name="ils-rail-head",
        ),
        _navigation(parts, active),
        rx.el.div(
            rx.el.div(
                rx.el.div(parts.place), rx.el.div("signed in as ", parts.role_label), class_name="ils-rail-place"
            ),
            icon_button("panel-left", "Narrow or widen the menu", data_rail="toggle"),
            class_name="ils-rail-foot",
        ),
        class_name="ils-rail",
        id="ils-rail",
    )


def search_box(parts: ShellParts) -> rx.Component:
    """The search of the top bar: `/` comes here, arrows move through the finds, Enter opens one."""

    def hit(found: Any, place: Any) -> rx.Component:
        return router_link(
            rx.el.span(found.title, class_name="ils-strong"),
            rx.el.span(found.detail, class_name="ils-muted ils-clip"),
            rx.el.span(found.kind, class_name="ils-hit-kind"),
            to=found.href,
            role="option",
            id=rx.Var.create("ils-hit-") + place.to_string(),
            tab_index=-1,
            aria_selected="false",
            class_name="ils-hit",
        )

    found = False if parts.search_hits is None else parts.search_hits.length() > 0
    hits = (
        rx.cond(
            found,
            rx.el.div(
                rx.foreach(parts.search_hits, hit),
                role="listbox",
                id="ils-hits",
                aria_label="Found",
                class_name="ils-hits",
            ),
        )
        if parts.search_hits is not None
        else rx.fragment()
    )
    return rx.el.div(
        rx.icon("search", size=15, aria_hidden="true"),
        rx.el.input(
            type="search",
            placeholder=parts.search_label,
            aria_label=parts.search_label,
            auto_complete="off",
            role="combobox",
            aria_expanded=rx.cond(found, "true", "false"),
            aria_controls="ils-hits",
            aria_autocomplete="list",
            class_name="ils-search-input",
            data_search="true",
            id="ils-search",
            **({"on_change": parts.on_search} if parts.on_search is not None else {}),
        ),
        key_hint("/"),
        hits,
        rx.el.span(
            rx.cond(found, rx.fragment(parts.search_hits.length(), " found")) if parts.search_hits is not None else "",
            role="status",
            class_name="ils-hidden",
        ),
        class_name="ils-search ils-top-search",
        data_combobox="true",
    )


def _role_switch(parts: ShellParts) -> rx.Component:
    if parts.roles is None:
        return rx.fragment()
    menu = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.el.button(
                rx.icon("user-cog", size=15, aria_hidden="true"),
                rx.el.span(parts.role_label),
                rx.icon("chevron-down", size=13, aria_hidden="true"),
                type="button",
                aria_label="Active role",
                class_name="ils-top-button ils-role-switch",
            )
        ),
        rx.dropdown_menu.content(
            rx.foreach(
                parts.roles,
                lambda role: rx.dropdown_menu.item(role.label, on_select=parts.on_role(role.value)),
            ),
            variant="soft",
        ),
    )
    return rx.cond(parts.roles.length() > 1, menu)


def _role_buttons(parts: ShellParts) -> rx.Component:
    """The same switch inside the person's menu, for screens with no room for it above."""
    if parts.roles is None:
        return rx.fragment()

    def one(role: Any) -> rx.Component:
        return button(
            role.label, on_click=parts.on_role(role.value), small=True, disabled=role.label == parts.role_label
        )

    buttons = rx.el.div(
        rx.foreach(parts.roles, one), role="group", aria_label="Active role", class_name="ils-person-roles"
    )
    return rx.cond(parts.roles.length() > 1, buttons)


def color_mode_choice(on_theme: Any = None) -> rx.Component:
    """Light, dark, or as the system says: at once in this browser, and told to `on_theme`."""

    def one(mode: str, icon: str, words: str) -> rx.Component:
        return rx.el.button(
            rx.icon(icon, size=14, aria_hidden="true"),
            words,
            type="button",
            aria_pressed=rx.cond(color_mode == mode, "true", "false"),
            data_color_mode=mode,
            on_click=[set_color_mode(mode), *([on_theme(mode)] if on_theme is not None else [])],
            class_name="ils-segment",
        )

    return rx.el.div(
        one("light", "sun", "Light"),
        one("dark", "moon", "Dark"),
        one("system", "monitor", "System"),
        role="group",
        aria_label="Colours",
        class_name="ils-segments",
    )


def _person_menu(parts: ShellParts) -> rx.Component:
    return rx.popover.root(
        rx.popover.trigger(
            rx.el.button(
                rx.icon("circle-user", size=17, aria_hidden="true"),
                rx.el.span(parts.person, class_name="ils-person-name"),
                type="button",
                aria_label="You and your session",
                class_name="ils-top-button",
            )
        ),
        rx.popover.content(
            rx.el.div(rx.el.div(parts.person, class_name="ils-strong"), rx.el.div(parts.place, class_name="ils-muted")),
            _role_buttons(parts),
            color_mode_choice(parts.on_theme),
            *parts.person_links,
            NativeForm.create(
                button("Sign out", icon="log-out", type="submit"), action=parts.sign_out_action, method="post"
            ),
            class_name="ils-person-menu",
            aria_label="You and your session",
            align="end",
        ),
    )


def _top(parts: ShellParts, shortcuts: Sequence[dialogs.Shortcut], search: rx.Component | None) -> rx.Component:
    return rx.el.header(
        icon_button("menu", "Open menu", data_drawer="open", aria_expanded="false", aria_controls="ils-rail"),
        search if search is not None else search_box(parts),
        rx.el.div(
            rx.el.span(feedback.connection_state(parts.answering), class_name="ils-top-state", role="status"),
            *([parts.notifications] if parts.notifications is not None else []),
            dialogs.shortcuts_dialog(shortcuts),
            _role_switch(parts),
            _person_menu(parts),
            class_name="ils-top-end",
        ),
        class_name="ils-top",
    )


class _Skip(Element):
    """The browser's own link within the page; the router's would open the page anew, without its query."""

    tag = "a"

    href: rx.Var[str]


def shell(
    parts: ShellParts,
    *content: Any,
    title: Any,
    subtitle: Any = None,
    active: str = "",
    actions: Any = None,
    shortcuts: Sequence[dialogs.Shortcut] = (),
    search: rx.Component | None = None,
    banner: Any = None,
) -> rx.Component:
    """A whole page: `title` says what, `subtitle` how many ("38 waiting for you"); `active` is the `href` of the
    place it belongs to; left out, the state's word counts.

    `actions` stand at the end of the title line. `shortcuts` are listed by `?`. `search` replaces the top bar's search
    (the board's scan field). `banner` is the page's own, below those of the app.
    """
    heading = rx.el.div(
        rx.el.h1(title),
        rx.el.div(subtitle, class_name="ils-subtitle") if subtitle is not None else None,
        rx.el.div(actions, class_name="ils-title-actions") if actions is not None else None,
        class_name="ils-title",
    )
    return rx.el.div(
        _Skip.create("Skip to the page", href="#ils-main", class_name="ils-skip"),
        _rail(parts, active),
        rx.el.div(class_name="ils-veil", data_drawer="close"),
        rx.el.div(
            _top(parts, shortcuts, search),
            feedback.connection_bar(),
            parts.banner if parts.banner is not None else rx.fragment(),
            banner if banner is not None else rx.fragment(),
            rx.el.main(heading, *content, id="ils-main", tab_index=-1, class_name="ils-main"),
            class_name="ils-frame",
        ),
        feedback.announcer(parts.announcement) if parts.announcement is not None else rx.fragment(),
        class_name="ils-app",
    )


def bare_page(*content: Any, title: Any, intro: Any = None) -> rx.Component:
    """A page without rail: signing in, not found, not allowed; one narrow card in the middle."""
    return rx.el.div(
        rx.el.main(
            logo(large=True),
            rx.el.h1(title),
            rx.el.p(intro, class_name="ils-muted") if intro is not None else None,
            *content,
            id="ils-main",
            class_name="ils-bare-main",
        ),
        class_name="ils-bare",
    )
