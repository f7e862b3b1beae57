"""Mails, for the administrator: what waits, what left, what did not and why; and trying once more. Live."""

from dataclasses import dataclass
from typing import Any, Final, Self

import reflex as rx

from ils_app.notifications import service as notifications
from ils_app.notifications.pages.bell import as_id
from ils_app.notifications.room import MAILS
from ils_app.notifications.service import MailState, MailView
from ils_app.ui import buttons, errors, feedback, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

SIZE: Final = 25
LOOKS: Final = {
    MailState.WAITING: ("on its way", "info"),
    MailState.SENT: ("sent", "ok"),
    MailState.GIVEN_UP: ("did not leave", "bad"),
}


@dataclass(frozen=True)
class MailLine:
    """A mail in words."""

    id: str = ""
    subject: str = ""
    name: str = ""
    address: str = ""
    state: str = ""
    tone: str = "idle"
    why: str = ""
    tries: str = ""
    at: str = ""
    next_try_at: str = ""
    given_up: bool = False

    @classmethod
    def of(cls, mail: MailView) -> Self:
        """The mail in words."""
        words, tone = LOOKS[mail.state]
        late = mail.state is MailState.WAITING and mail.attempts > 0 and bool(mail.last_error)
        return cls(
            id=str(mail.id),
            subject=mail.subject,
            name=mail.name or mail.address,
            address=mail.address,
            state="tried again soon" if late else words,
            tone="warn" if late else tone,
            why=mail.last_error,
            tries=str(mail.attempts),
            at=mail.at.isoformat(),
            next_try_at=mail.next_try_at.isoformat() if mail.next_try_at and late else "",
            given_up=mail.state is MailState.GIVEN_UP,
        )


class MailsState(SessionState):
    """One page of one view."""

    rows: list[MailLine] = []
    views: list[tables.View] = []
    pages: tables.Page = tables.Page()
    summary: str = ""
    leaves: bool = True
    loading: bool = True
    _state: MailState | None = None
    _number: int = 1

    @rx.event
    @opens("mails.manage")
    async def load(self):
        """The view that the address names; those that did not leave are what one comes for."""
        named = self.router.url.query_parameters.get("state", "")
        self._state = MailState(named) if named in set(MailState) else None
        self._number = 1
        self._watch(MailsState.follow, MAILS)
        await self._show()

    @rx.event
    @needs("mails.manage", pushed=True)
    async def follow(self):
        """A mail was written, left, or did not."""
        await self._show()

    @rx.event
    @needs("mails.manage")
    async def previous(self):
        """The page of newer ones."""
        self._number = max(1, self._number - 1)
        await self._show()

    @rx.event
    @needs("mails.manage")
    async def next(self):
        """The page of older ones."""
        self._number += 1
        await self._show()

    @rx.event
    @needs("mails.manage")
    async def send_again(self, mail_id: str):
        """Have a mail that was given up tried anew."""
        mail = await notifications.send_again(await self._actor(), as_id(mail_id))
        await self._show()
        return errors.done(f"The mail to {mail.name or mail.address} is tried again.")

    async def _show(self) -> None:
        found = await notifications.mails(await self._actor(), state=self._state, page=self._number, size=SIZE)
        self.rows, self.loading, self.leaves = [MailLine.of(mail) for mail in found.rows], False, found.leaves
        self.summary = f"{found.given_up:,} did not leave" if found.given_up else "all on their way or sent"
        counts = {
            None: found.waiting + found.sent + found.given_up, MailState.GIVEN_UP: found.given_up,
            MailState.WAITING: found.waiting, MailState.SENT: found.sent,
        }  # fmt: skip
        words = {None: "All", MailState.GIVEN_UP: "Did not leave", MailState.WAITING: "On their way",
                 MailState.SENT: "Sent"}  # fmt: skip
        self.views = [
            tables.View(
                state.value if state else "all",
                words[state],
                f"{routes.MAILS}?state={state.value}" if state else routes.MAILS,
                counts[state],
                state is self._state,
            )
            for state in words
        ]
        self.pages = tables.Page.of(found)


@page(routes.MAILS, title="Mail", on_load=MailsState.load)
def mails() -> rx.Component:
    """The list, and what is wrong with all of them where no way for mail to leave is set."""
    unset = feedback.callout(
        "warn",
        "No mail leaves",
        rx.el.p("No provider is set: set SMTP_URL, RESEND_API_KEY or SENDGRID_API_KEY, and MAIL_FROM, and start anew."),
    )
    empty = feedback.empty_state("mail", "No mail here", "What ILS writes to people and suppliers is listed here.")
    return frame(
        rx.cond(MailsState.leaves, rx.fragment(), unset),
        tables.list_page(
            tables.view_tabs(MailsState.views, label="Mails"),
            tables.data_table(
                MailsState.rows,
                [
                    tables.Column("Subject", lambda row: layout.strong(row.subject)),
                    tables.Column("To", lambda row: layout.person(row.name, row.address)),
                    tables.Column("State", _state_of),
                    tables.Column("Tries", lambda row: row.tries, align="end", secondary=True),
                    tables.Column("Written", lambda row: times.ago(row.at)),
                    tables.Column("", _again, align="end"),
                ],
                label="Mails",
                loading=MailsState.loading,
                empty=empty,
            ),
            tables.pager(MailsState.pages, on_previous=MailsState.previous, on_next=MailsState.next),
        ),
        title="Mail",
        subtitle=MailsState.summary,
        active=routes.MAILS,
    )


def _state_of(row: Any) -> rx.Component:
    next_try = rx.cond(row.next_try_at != "", rx.fragment(" Next try ", times.due(row.next_try_at), "."))
    return rx.el.div(
        feedback.toned_badge(row.state, row.tone),
        rx.cond(row.why != "", rx.el.div(row.why, next_try, class_name="ils-muted")),
    )


def _again(row: Any) -> rx.Component:
    again = buttons.button(
        "Send again",
        small=True,
        on_click=MailsState.send_again(row.id),
        aria_label=f"Send the mail to {row.name} again",
    )
    return rx.cond(row.given_up, again)
