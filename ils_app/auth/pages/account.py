"""One's own account: name, password, and where one is signed in."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.auth import service as auth
from ils_app.auth.pages.lines import SessionLine, counted
from ils_app.kernel.errors import Invalid
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

NO_PROBLEMS = {"name": "", "current": "", "new": ""}


class AccountState(SessionState):
    """The person, their two forms, their sessions."""

    email: str = ""
    held_roles: str = ""
    temporary: bool = False
    rows: list[SessionLine] = []
    problems: dict[str, str] = NO_PROBLEMS
    password_epoch: int = 0
    said: str = ""
    asking: str = ""  # "one" or "others": the sessions whose end is asked about
    asked: SessionLine = SessionLine()

    @rx.event
    @opens("account.own")
    async def load(self):
        """Show the account as it is."""
        self.problems, self.said, self.asking = NO_PROBLEMS, "", ""
        await self._show()
        self._watch(AccountState.refresh, "people", auth.SESSIONS)

    @rx.event
    @needs("account.own", pushed=True)
    async def refresh(self):
        """A session began or ended somewhere."""
        await self._show()

    @rx.event
    @needs("account.own")
    async def rename(self, form: dict[str, Any]):
        """Take another name."""
        try:
            await auth.change_name(await self._actor(), str(form.get("name", "")))
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        self.problems = NO_PROBLEMS
        await self._arrive()
        await self._show()
        self._watch(AccountState.refresh, "people", auth.SESSIONS)
        return errors.done("Your name is saved.")

    @rx.event
    @needs("account.own")
    async def change_password(self, form: dict[str, Any]):
        """Take another password; the other sessions end with it. Who had a temporary one goes on to their work."""
        was_temporary, self.said = self.temporary, ""
        try:
            await auth.change_password(await self._actor(), str(form.get("current", "")), str(form.get("new", "")))
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        self.problems = NO_PROBLEMS
        self.password_epoch += 1
        self.said = "Your password is changed, and your other sessions are ended."
        await self._show()
        return [errors.done(self.said), rx.redirect(routes.HOME)] if was_temporary else None

    @rx.event
    @needs("account.own")
    async def ask_end(self, session_id: str):
        """Ask before one session is ended, or with no id all others."""
        found = [line for line in self.rows if line.id == session_id]
        self.asked = found[0] if found else SessionLine()
        self.asking = "one" if found else "others"

    @rx.event
    @needs("account.own")
    async def keep(self):
        """End nothing."""
        self.asking = ""

    @rx.event
    @needs("account.own")
    async def end(self):
        """End the one of one's own sessions that was asked about."""
        if self.asking == "one":
            self.asking = ""
            await auth.end_session(await self._actor(), UUID(self.asked.id))
            await self._show()

    @rx.event
    @needs("account.own")
    async def end_others(self):
        """End all but this one."""
        self.asking = ""
        ended = await auth.end_other_sessions(await self._actor())
        await self._show()
        return errors.done(f"{counted(ended, 'session', 'sessions')} ended.")

    async def _show(self) -> None:
        actor, person = await self._actor(), await self._person()
        if person is not None:
            self.email, self.temporary = person.email, person.password_temporary
            self.held_roles = ", ".join(role.label for role in person.roles)
        self.rows = [SessionLine.of(session) for session in await auth.own_sessions(actor)]


@page(routes.ACCOUNT, title="Your account", on_load=AccountState.load)
def account() -> rx.Component:
    """Name and password beside the sessions."""
    return frame(
        layout.stack(
            rx.cond(
                AccountState.temporary,
                feedback.callout(
                    "warn",
                    "You signed in with a temporary password",
                    layout.paragraph("Choose your own before anything else; the temporary one ends within a day."),
                ),
            ),
            layout.columns(
                layout.stack(_who(), _password()),
                _sessions(),
                shape="two",
            ),
        ),
        _questions(),
        title="Your account",
        subtitle=AccountState.email,
        active=routes.ACCOUNT,
    )


def _who() -> rx.Component:
    return layout.card(
        layout.stack(
            fields.form(
                layout.stack(
                    fields.text_field(
                        "name",
                        "Name",
                        default=AccountState.person_name,
                        problem=AccountState.problems["name"],
                        auto_complete="name",
                    ),
                    layout.actions(buttons.button("Save the name", type="submit")),
                    gap="m",
                ),
                on_submit=AccountState.rename,
            ),
            layout.facts(
                ("Email", AccountState.email),
                ("Roles", AccountState.held_roles),
                ("Works at", AccountState.organisation_name),
            ),
            gap="m",
        ),
        title="You",
    )


def _password() -> rx.Component:
    epoch = {"key": AccountState.password_epoch.to_string()}
    return layout.card(
        fields.form(
            layout.stack(
                rx.cond(AccountState.said, feedback.callout("ok", AccountState.said)),
                fields.password_field("current", "Current password", problem=AccountState.problems["current"], **epoch),
                fields.password_field(
                    "new", "New password", problem=AccountState.problems["new"], current=False, **epoch
                ),
                layout.muted("At least 10 characters. Your other sessions end when you change it."),
                layout.actions(buttons.button("Change the password", kind="primary", type="submit")),
                gap="m",
            ),
            on_submit=AccountState.change_password,
        ),
        title="Password",
    )


def _sessions() -> rx.Component:
    return layout.card(
        tables.data_table(
            AccountState.rows,
            [
                tables.Column("Where", lambda row: row.device),
                tables.Column("Network", lambda row: layout.mono(row.address), secondary=True),
                tables.Column("Last used", lambda row: times.ago(row.seen_at)),
                tables.Column("", _end_button, align="end"),
            ],
            label="Your sessions",
            empty=feedback.empty_state("monitor-smartphone", "No sessions", "Sign in to have one."),
        ),
        layout.card_part(
            buttons.button(
                "End all other sessions",
                on_click=AccountState.ask_end(""),
                disabled=AccountState.rows.length() < 2,
            ),
        ),
        title="Where you are signed in",
        flush=True,
    )


def _questions() -> rx.Component:
    words = "Pages open there leave at once, with what is not saved yet."
    return rx.fragment(
        dialogs.confirm_dialog(
            words,
            opened=AccountState.asking == "one",
            title=rx.fragment("End the session of ", AccountState.asked.device, "?"),
            confirm="End it",
            on_confirm=AccountState.end,
            on_cancel=AccountState.keep,
            danger=True,
        ),
        dialogs.confirm_dialog(
            words,
            opened=AccountState.asking == "others",
            title="End all other sessions?",
            confirm="End them",
            on_confirm=AccountState.end_others,
            on_cancel=AccountState.keep,
            danger=True,
        ),
    )


def _end_button(row: Any) -> rx.Component:
    return rx.cond(
        row.current,
        feedback.tag("this one", "ok"),
        buttons.button(
            "End",
            small=True,
            on_click=AccountState.ask_end(row.id),
            aria_label=f"End the session of {row.device}",
        ),
    )
