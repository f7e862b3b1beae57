"""Toasts: the server says a sentence, the browser's own script shows it.

A toast sent as an event would be a piece of script, which the Content-Security-Policy keeps from running. So a sentence
is state like everything else: it stands in `Notices.waiting` until a tab has shown it.
"""

from dataclasses import dataclass

import reflex as rx

from ils_app.ui.marks import for_anyone

MOST = 5


@dataclass(frozen=True)
class Notice:
    """A sentence to show once. Of one `code` there is only one on the screen."""

    id: str
    tone: str  # done, refused, told
    text: str
    code: str


class Notices(rx.State):
    """What is still to be shown in this tab."""

    waiting: list[Notice] = []
    _said: int = 0

    @rx.event
    @for_anyone
    async def say(self, tone: str, text: str, code: str):
        """Show a sentence in this tab."""
        self._said += 1
        self.waiting = [
            *self.waiting[1 - MOST :],
            Notice(f"notice-{self._said}", tone, text, code or f"notice-{self._said}"),
        ]

    @rx.event
    @for_anyone
    async def shown(self, notice_id: str):
        """It is on the screen."""
        self.waiting = [notice for notice in self.waiting if notice.id != notice_id]


@rx.memo
def notice(
    notice_id: rx.Var[str], tone: rx.Var[str], text: rx.Var[str], code: rx.Var[str], rest: rx.RestProp
) -> rx.Component:
    """Shows its sentence when it appears, and is gone."""
    quiet = rx.cond(tone == "done", rx.toast.success(text, id=code), rx.toast.info(text, id=code))
    toast = rx.cond(tone == "refused", rx.toast.error(text, id=code), quiet)
    return rx.fragment(rest, on_mount=[toast, Notices.shown(notice_id)])


def notices() -> rx.Component:
    """The place where sentences wait for their turn; drawn once on every page."""
    return rx.fragment(
        rx.foreach(
            Notices.waiting,
            lambda one: notice(notice_id=one.id, tone=one.tone, text=one.text, code=one.code, key=one.id),
        )
    )
