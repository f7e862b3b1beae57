"""One practice: its own page for those who work there, and the same for the lab, the engineer and the administrator."""

import reflex as rx

from ils_app.practices.pages.profile import profile_card, profile_dialogs
from ils_app.practices.pages.roster import RosterState, members_card, staff_card, staff_dialog
from ils_app.practices.pages.sites import site_dialog, sites_card
from ils_app.practices.pages.state import PracticeState
from ils_app.practices.pages.suppliers import suppliers_card
from ils_app.ui import buttons, dialogs, feedback, layout, routes
from ils_app.ui.page import frame, page

KEYS = (dialogs.Shortcut("e", "Change contacts and note"), dialogs.Shortcut("a", "Add somebody to the roster"))


@page(routes.OWN_PRACTICE, title="Practice", on_load=PracticeState.load_own)
def own_practice() -> rx.Component:
    """The practice of whoever is there."""
    return _drawn(routes.OWN_PRACTICE)


@page(routes.PRACTICE, title="Practice", on_load=PracticeState.load)
def practice() -> rx.Component:
    """A practice, as the lab sees it and the administrator keeps it."""
    return _drawn(routes.PRACTICES)


def _drawn(active: str) -> rx.Component:
    state = PracticeState
    known = rx.cond(state.not_open != "", _not_open(), _known())
    return frame(
        rx.cond(state.missing, _missing(), known),
        title=rx.cond(state.missing | (state.name == ""), "Practice", state.name),
        subtitle=rx.cond(state.account_number != "", layout.mono(state.account_number)),
        active=active,
        actions=rx.cond(
            state.may_write & (state.not_open == "") & ~state.missing,
            buttons.button(
                "Add somebody", kind="primary", icon="user-plus", shortcut="a", on_click=RosterState.new_person
            ),
        ),
        shortcuts=KEYS,
    )


def _known() -> rx.Component:
    return layout.stack(
        _who_changes(),
        layout.columns(
            layout.stack(staff_card(), sites_card()),
            layout.stack(profile_card(), suppliers_card(), members_card()),
            shape="main-side",
        ),
        profile_dialogs(),
        staff_dialog(),
        site_dialog(),
    )


def _who_changes() -> rx.Component:
    """For a member: who changes what stands here."""
    managers = rx.cond(
        PracticeState.managers != "",
        rx.fragment("A manager changes what stands here: ", PracticeState.managers, "."),
        "Nobody manages this practice yet; the lab's administrator makes somebody a manager.",
    )
    return rx.cond(PracticeState.own & ~PracticeState.may_write, layout.paragraph(layout.muted(managers)))


def _not_open() -> rx.Component:
    return feedback.empty_state(
        "clock",
        "Not yet able to order",
        PracticeState.not_open,
        rx.cond(PracticeState.may_open, buttons.link_button("To the practices", routes.PRACTICES)),
    )


def _missing() -> rx.Component:
    return feedback.empty_state(
        "store",
        "There is no such practice",
        "The address may be mistyped, or the practice is not yours to see.",
    )
