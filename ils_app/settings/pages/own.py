"""What everybody switches for themselves: how pages look and what they are told; a practice's letterhead beside it."""

from typing import Any

import reflex as rx

from ils_app.kernel.actor import Role
from ils_app.kernel.errors import Invalid
from ils_app.settings import service as settings
from ils_app.settings import telling
from ils_app.settings.pages.letterhead import LetterheadState, letterhead_card
from ils_app.settings.service import NotificationKind, Preferences
from ils_app.ui import errors, feedback, fields, layout, routes
from ils_app.ui.guard import needs, opens
from ils_app.ui.looks import LooksState
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.shell import color_mode_choice

WAYS = {"in_app": "In the app", "by_mail": "By mail"}
GROUPS = list(dict.fromkeys(telling.GROUPS.values()))


class OwnSettingsState(SessionState):
    """The switches as they stand, and the words the person's role reads beside them."""

    titles: dict[str, str] = dict.fromkeys(NotificationKind, "")
    groups: dict[str, bool] = dict.fromkeys(GROUPS, False)
    in_app: dict[str, bool] = dict.fromkeys(NotificationKind, True)
    by_mail: dict[str, bool] = dict.fromkeys(NotificationKind, True)
    switches_epoch: int = 0
    at_practice: bool = False

    @rx.event
    @opens("account.own")
    async def load(self):
        """Show what the person chose."""
        actor = await self._actor()
        words = telling.words_for(actor.role)
        self.titles = {kind.value: words.get(kind, "") for kind in NotificationKind}
        self.groups = {group: any(telling.GROUPS[kind] == group for kind in words) for group in GROUPS}
        self._take(await settings.own_preferences(actor))
        self.switches_epoch += 1
        self._watch(OwnSettingsState.own_changed, settings.person_topic(actor.user_id))
        self.at_practice = actor.role is Role.ECP
        if self.at_practice:
            letterhead = await self.get_state(LetterheadState)
            await letterhead._open(actor.organisation_id)

    def _take(self, likes: Preferences) -> None:
        self.in_app = {kind.value: kind in likes.in_app for kind in NotificationKind}
        self.by_mail = {kind.value: kind in likes.by_mail for kind in NotificationKind}

    @rx.event
    @needs("account.own", pushed=True)
    async def own_changed(self):
        """The person switched something, here or in another tab: take it over, and leave one's own click alone."""
        actor = await self._actor()
        await self._take_settings(actor)
        before = (self.in_app, self.by_mail)
        self._take(await settings.own_preferences(actor))
        if before != (self.in_app, self.by_mail):
            self.switches_epoch += 1

    @rx.event
    @needs("account.own")
    async def throw(self, name: str, checked: bool):
        """Tell the person of this, or no more; kept at once."""
        way, _, word = str(name).partition(".")
        if way not in WAYS or word not in set(NotificationKind) or not isinstance(checked, bool):
            raise Invalid("There is no such switch.")
        wanted: Any = {way: {NotificationKind(word): checked}}
        try:
            self._take(await settings.change_preferences(await self._actor(), **wanted))
        except Invalid as refused:
            self.switches_epoch += 1  # the switch falls back to what is kept
            return errors.toast(refused)
        return None


@page(routes.SETTINGS, title="Settings", on_load=OwnSettingsState.load)
def own_settings() -> rx.Component:
    """Looks and notifications; for a practice its letterhead."""
    mine = layout.stack(_looks(), _notifications())
    return frame(
        rx.cond(
            OwnSettingsState.at_practice,
            layout.columns(mine, letterhead_card(title="Your practice's letterhead"), shape="two"),
            layout.columns(mine, shape="two"),
        ),
        title="Settings",
        subtitle="Yours, in whatever browser you sign in",
        active=routes.SETTINGS,
    )


def _looks() -> rx.Component:
    return layout.card(
        layout.stack(
            color_mode_choice(LooksState.keep),
            layout.muted("System follows your computer or phone as it turns from day to night."),
            gap="m",
        ),
        title="How ILS looks",
    )


def _notifications() -> rx.Component:
    return layout.card(
        rx.fragment(*[rx.cond(OwnSettingsState.groups[group], _group(group)) for group in GROUPS]),
        title="What you are told",
        aside=layout.muted("kept as you switch"),
        flush=True,
    )


def _group(group: str) -> rx.Component:
    kinds = [kind for kind in NotificationKind if telling.GROUPS[kind] == group]
    return layout.card_part(
        layout.section_title(group),
        *[rx.cond(OwnSettingsState.titles[kind.value] != "", _line(kind)) for kind in kinds],
        role="group",
        aria_label=group,
    )


def _line(kind: NotificationKind) -> rx.Component:
    title = OwnSettingsState.titles[kind.value]
    ways = (
        feedback.tag("always", "idle")
        if telling.is_fixed(kind)
        else layout.row(*[_switch(kind, way, label, title) for way, label in WAYS.items()], gap="m")
    )
    return rx.el.div(rx.el.span(title), ways, class_name="ils-setting")


def _switch(kind: NotificationKind, way: str, label: str, title: rx.Var[str]) -> rx.Component:
    stands = OwnSettingsState.in_app if way == "in_app" else OwnSettingsState.by_mail
    return fields.switch(
        f"{way}.{kind.value}",
        label,
        default=stands[kind.value],
        on_edit=OwnSettingsState.throw,
        epoch=OwnSettingsState.switches_epoch,
        aria_label=title + f": {label.lower()}",
    )
