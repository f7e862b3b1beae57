"""A page: its path, its title, what brings a person onto it, and the frame of the shell around its content."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import reflex as rx

from ils_app.ui import feedback, navigation, routes
from ils_app.ui.buttons import link
from ils_app.ui.dialogs import Shortcut
from ils_app.ui.looks import LooksState, followed_theme
from ils_app.ui.notices import notices
from ils_app.ui.session import SessionState
from ils_app.ui.shell import ShellParts, bare_page, shell

Content = Callable[[], rx.Component]


def page(route: str, *, title: str, on_load: Any) -> Callable[[Content], Content]:
    """Serve the component at `route` once `on_load` (a handler marked with `opens`) has let the person in."""

    def mark(content: Content) -> Content:
        @rx.page(route=route, title=f"{title} · ILS", on_load=on_load)
        @wraps(content)
        def drawn() -> rx.Component:
            drawn_page = rx.cond(SessionState.ready, content(), bare_page(feedback.skeleton(4), title=title))
            return rx.fragment(notices(), followed_theme(), drawn_page)

        return drawn

    return mark


def frame(
    *content: Any,
    title: Any,
    subtitle: Any = None,
    actions: Any = None,
    active: str = "",
    shortcuts: Sequence[Shortcut] = (),
    search: rx.Component | None = None,
    banner: Any = None,
) -> rx.Component:
    """The shell around a page's content; see `shell.shell` for what each part is."""
    return shell(
        _parts(),
        *content,
        title=title,
        subtitle=subtitle,
        actions=actions,
        active=active,
        shortcuts=shortcuts,
        search=search,
        banner=banner,
    )


def _parts() -> ShellParts:
    return ShellParts(
        navigation=SessionState.navigation,
        icons=navigation.icons(),
        person=SessionState.person_name,
        place=SessionState.organisation_name,
        role_label=SessionState.role_label,
        on_search=SessionState.search,
        search_hits=SessionState.search_hits,
        sign_out_action=routes.SIGN_OUT_FORM,
        banner=rx.cond(SessionState.banner != "", feedback.banner("warn", SessionState.banner)),
        answering=SessionState.answering,
        notifications=navigation.bell(),
        roles=SessionState.roles,
        on_role=SessionState.switch_role,
        on_theme=LooksState.keep,
        announcement=SessionState.announcement,
        person_links=(link("Your account", routes.ACCOUNT), link("Your settings", routes.SETTINGS)),
    )
