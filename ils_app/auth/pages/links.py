"""Where mailed links lead, and how to get one: an invitation's first password, and another for a forgotten one."""

from typing import Any

import reflex as rx

from ils_app.auth import service as auth
from ils_app.auth.errors import LinkOver, Slowed
from ils_app.auth.flash import found_in
from ils_app.kernel.errors import Invalid
from ils_app.ui import buttons, feedback, fields, layout, routes, times
from ils_app.ui.guard import for_anyone
from ils_app.ui.session import SessionState
from ils_app.ui.shell import bare_page


class LinkState(SessionState):
    """Whom a link is for; what was wrong with the password just tried."""

    link: str = ""
    email: str = ""
    name: str = ""
    organisation: str = ""
    until: str = ""
    over: bool = False
    known: bool = False
    problem: str = ""

    @rx.event
    @for_anyone
    async def welcome(self):
        """Read who is invited."""
        await self._read(auth.invitation)

    @rx.event
    @for_anyone
    async def remember(self):
        """Read whose password is to be changed."""
        await self._read(auth.password_link)

    async def _read(self, ask: Any) -> None:
        query = self.router.url.query_parameters
        told = found_in(self.router.headers.cookie)
        code = query.get("problem", "")
        self.problem = told.message if told is not None and code and told.problem == code else ""
        self.link, self.over, self.known = query.get("link", ""), False, False
        try:
            found = await ask(self.link)
        except LinkOver:
            self.over = True
            return
        self.email, self.name, self.organisation = found.email, found.name, found.organisation_name
        self.until, self.known = found.expires_at.isoformat(), True


class ForgottenState(SessionState):
    """The email that was asked for, and that something is on its way if it has an account."""

    problem: str = ""
    field_problem: str = ""
    sent: bool = False

    @rx.event
    @for_anyone
    async def arrive(self):
        """Begin with an empty form."""
        self.problem, self.field_problem, self.sent = "", "", False

    @rx.event
    @for_anyone
    async def ask(self, form: dict[str, Any]):
        """Have a link mailed."""
        self.problem, self.field_problem = "", ""
        try:
            await auth.ask_for_password_link(str(form.get("email", "")), address=self.router.session.client_ip)
        except Invalid as refused:
            self.field_problem = refused.fields.get("email", refused.message)
        except Slowed as refused:
            self.problem = refused.message
        else:
            self.sent = True


@rx.page(route=routes.INVITATION, title="Your invitation · ILS", on_load=LinkState.welcome)
def invitation() -> rx.Component:
    """Choose the first password, and be signed in."""
    return _link_page(
        title="Welcome to ILS",
        words=rx.fragment(
            layout.strong(LinkState.name), ", you are invited to ILS at ", layout.strong(LinkState.organisation), "."
        ),
        action=routes.INVITATION_FORM,
        label="Choose a password",
        button="Make my account",
        over="This invitation does not work any more",
        hint="It was used, revoked, replaced by a later one, or it ran out. Ask whoever invited you to send it again.",
        elsewhere=buttons.link_button("To the sign-in page", routes.SIGN_IN),
    )


@rx.page(route=routes.NEW_PASSWORD, title="A new password · ILS", on_load=LinkState.remember)
def new_password() -> rx.Component:
    """Choose another password, and be signed in."""
    return _link_page(
        title="A new password",
        words=rx.fragment("For ", layout.strong(LinkState.name), ". You are signed out everywhere else."),
        action=routes.PASSWORD_FORM,
        label="New password",
        button="Save it and sign in",
        over="This link does not work any more",
        hint="It was used already, or it is more than an hour old.",
        elsewhere=buttons.link_button("Ask for another link", routes.FORGOTTEN, kind="primary"),
    )


@rx.page(route=routes.FORGOTTEN, title="Password forgotten · ILS", on_load=ForgottenState.arrive)
def forgotten() -> rx.Component:
    """Ask for a link, or read that it is on its way."""
    asking = layout.stack(
        rx.cond(ForgottenState.problem != "", feedback.callout("bad", ForgottenState.problem)),
        layout.card(
            fields.form(
                layout.stack(
                    fields.text_field(
                        "email",
                        "Email",
                        type="email",
                        problem=ForgottenState.field_problem,
                        auto_complete="username",
                        required=True,
                        auto_focus=True,
                    ),
                    fields.submit_button("Mail me a link"),
                    gap="m",
                ),
                on_submit=ForgottenState.ask,
            )
        ),
        layout.paragraph(buttons.link("Back to the sign-in page", routes.SIGN_IN)),
    )
    sent = layout.card(
        layout.stack(
            feedback.callout("info", "If there is an account with this email, a link is on its way to it."),
            layout.paragraph("It works for one hour, and once. Look into the spam folder too."),
            buttons.link_button("To the sign-in page", routes.SIGN_IN, kind="primary"),
            gap="m",
        )
    )
    return bare_page(
        rx.cond(ForgottenState.sent, sent, asking),
        title="Password forgotten",
        intro="A link by mail lets you choose another.",
    )


def _link_page(
    *, title: str, words: Any, action: str, label: str, button: str, over: str, hint: str, elsewhere: rx.Component
) -> rx.Component:
    form = fields.NativeForm.create(
        layout.stack(
            layout.paragraph(words),
            # The browser keeps the password under this name.
            fields.text_field(
                "email", "Email", type="email", default=LinkState.email, read_only=True, auto_complete="username"
            ),
            fields.password_field("password", label, current=False, required=True, auto_focus=True),
            layout.muted("At least ten characters. This link works until ", times.exact(LinkState.until), "."),
            fields.hidden_field("link", LinkState.link),
            fields.submit_button(button),
            gap="m",
        ),
        action=action,
        method="post",
    )
    shown = layout.stack(
        rx.cond(LinkState.problem != "", feedback.callout("bad", LinkState.problem)),
        layout.card(form),
    )
    ended = layout.card(feedback.empty_state("unlink", over, hint, elsewhere))
    waiting = layout.card(feedback.skeleton(3))
    return bare_page(rx.cond(LinkState.over, ended, rx.cond(LinkState.known, shown, waiting)), title=title)
