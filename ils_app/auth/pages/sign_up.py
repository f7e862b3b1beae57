"""Asking for an account, and what is said afterwards: the same to everybody."""

from typing import Any

import reflex as rx
from pydantic import SecretStr

from ils_app.auth import service as auth
from ils_app.auth.errors import Slowed
from ils_app.kernel.errors import Invalid
from ils_app.kernel.roles import Role
from ils_app.ui import buttons, feedback, fields, layout, routes
from ils_app.ui.choices import Choice, choice_list
from ils_app.ui.guard import for_anyone
from ils_app.ui.session import SessionState
from ils_app.ui.shell import bare_page

NO_PROBLEMS = dict.fromkeys(("name", "email", "password", "role", "organisation", "note"), "")
ROLES = [
    Choice(Role.ECP.value, Role.ECP.label, note="You order lenses for a practice", default=True),
    Choice(Role.SUPPLIER.value, Role.SUPPLIER.label, note="You deliver to the lab"),
]


class SignUpState(SessionState):
    """The form's problems, and that it was sent."""

    problems: dict[str, str] = NO_PROBLEMS
    problem: str = ""
    sent: bool = False

    @rx.event
    @for_anyone
    async def arrive(self):
        """Begin with an empty form; who is signed in has an account already."""
        self.problems, self.problem, self.sent = NO_PROBLEMS, "", False
        return rx.redirect(routes.HOME) if await self._person() is not None else None

    @rx.event
    @for_anyone
    async def ask(self, form: dict[str, Any]):
        """Ask for the account."""
        wanted = str(form.get("role", ""))
        draft = auth.SignUpDraft(
            email=str(form.get("email", "")),
            name=str(form.get("name", "")),
            password=SecretStr(str(form.get("password", ""))),
            role=next((role for role in auth.MAY_SIGN_UP if role.value == wanted), None),
            organisation=str(form.get("organisation", "")),
            note=str(form.get("note", "")),
        )
        try:
            await auth.sign_up(draft, address=self.router.session.client_ip)
        except Invalid as refused:
            self.problems, self.problem = NO_PROBLEMS | refused.fields, ""
            return
        except Slowed as refused:
            self.problems, self.problem = NO_PROBLEMS, refused.message
            return
        self.problems, self.problem, self.sent = NO_PROBLEMS, "", True


@rx.page(route=routes.SIGN_UP, title="Ask for an account · ILS", on_load=SignUpState.arrive)
def sign_up() -> rx.Component:
    """The form, or that it was sent."""
    return rx.cond(SignUpState.sent, _waiting(), _asking())


def _waiting() -> rx.Component:
    return bare_page(
        layout.card(
            layout.stack(
                feedback.callout("info", "Your request is with the lab's administrator."),
                layout.paragraph(
                    "You are told by mail as soon as it is decided. If you sign in before that, ILS says that your "
                    "account is still waiting."
                ),
                layout.paragraph(layout.muted("If there was an account with this email already, nothing has changed.")),
                buttons.link_button("To the sign-in page", routes.SIGN_IN, kind="primary"),
                gap="m",
            )
        ),
        title="Waiting for approval",
    )


def _asking() -> rx.Component:
    problems = SignUpState.problems
    return bare_page(
        layout.stack(
            rx.cond(SignUpState.problem != "", feedback.callout("bad", SignUpState.problem)),
            layout.card(
                fields.form(
                    layout.stack(
                        choice_list("role", "What you do", ROLES, problem=problems["role"]),
                        fields.text_field(
                            "name", "Your name", problem=problems["name"], auto_complete="name", required=True
                        ),
                        fields.text_field(
                            "email",
                            "Email",
                            type="email",
                            problem=problems["email"],
                            auto_complete="username",
                            required=True,
                        ),
                        fields.text_field(
                            "organisation",
                            "Practice or company",
                            problem=problems["organisation"],
                            auto_complete="organization",
                            required=True,
                        ),
                        fields.textarea(
                            "note",
                            "What the administrator should know",
                            problem=problems["note"],
                            rows=2,
                            hint="May be left out: your account number with the lab, who can vouch for you.",
                        ),
                        fields.password_field(
                            "password", "Choose a password", problem=problems["password"], current=False, required=True
                        ),
                        layout.muted("At least ten characters."),
                        fields.submit_button("Ask for an account"),
                        gap="m",
                    ),
                    on_submit=SignUpState.ask,
                )
            ),
            layout.paragraph("You have an account? ", buttons.link("Sign in", routes.SIGN_IN)),
        ),
        title="Ask for an account",
        intro="The lab's administrator looks at each request and lets you in.",
    )
