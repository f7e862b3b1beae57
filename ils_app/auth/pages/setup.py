"""Setting ILS up: the first administrator, while there is none."""

from typing import Any

import reflex as rx
from pydantic import SecretStr

from ils_app.auth import service as auth
from ils_app.auth.errors import AdminExists, Slowed
from ils_app.kernel.errors import Conflict, Invalid
from ils_app.ui import buttons, feedback, fields, layout, routes
from ils_app.ui.guard import for_anyone
from ils_app.ui.session import SessionState
from ils_app.ui.shell import bare_page

NO_PROBLEMS = dict.fromkeys(("key", "name", "email", "password", "organisation"), "")


class SetupState(SessionState):
    """Whether there is anything to set up, the form's problems, and that it is done."""

    open: bool = False
    looked: bool = False
    done: bool = False
    problems: dict[str, str] = NO_PROBLEMS
    problem: str = ""

    @rx.event
    @for_anyone
    async def arrive(self):
        """Look whether there is an administrator."""
        self.open, self.looked, self.done = not await auth.is_set_up(), True, False
        self.problems, self.problem = NO_PROBLEMS, ""

    @rx.event
    @for_anyone
    async def create(self, form: dict[str, Any]):
        """Make the first administrator."""
        draft = auth.SetupDraft(
            key=SecretStr(str(form.get("key", ""))),
            email=str(form.get("email", "")),
            name=str(form.get("name", "")),
            password=SecretStr(str(form.get("password", ""))),
            organisation=str(form.get("organisation", "")),
        )
        self.problems, self.problem = NO_PROBLEMS, ""
        try:
            await auth.set_up(draft, address=self.router.session.client_ip)
        except AdminExists:
            self.open = False
        except (Invalid, Conflict) as refused:
            self.problems = NO_PROBLEMS | refused.fields
            self.problem = "" if refused.fields else refused.message
        except Slowed as refused:
            self.problem = refused.message
        else:
            self.done = True


@rx.page(route=routes.SETUP, title="Set ILS up · ILS", on_load=SetupState.arrive)
def setup() -> rx.Component:
    """The form, or why there is none."""
    done = layout.card(
        feedback.empty_state(
            "circle-check",
            "ILS is set up",
            "You can sign in now, and add or invite everybody else.",
            buttons.link_button("Sign in", routes.SIGN_IN, kind="primary"),
        )
    )
    closed = layout.card(
        feedback.empty_state(
            "lock",
            "ILS is set up already",
            "There is an administrator, who can add others under People.",
            buttons.link_button("To the sign-in page", routes.SIGN_IN),
        )
    )
    waiting = layout.card(feedback.skeleton(3))
    shown = rx.cond(SetupState.done, done, rx.cond(SetupState.open, _form(), closed))
    return bare_page(rx.cond(SetupState.looked, shown, waiting), title="Set ILS up")


def _form() -> rx.Component:
    problems = SetupState.problems
    return layout.stack(
        rx.cond(SetupState.problem != "", feedback.callout("bad", SetupState.problem)),
        layout.card(
            fields.form(
                layout.stack(
                    fields.password_field("key", "Setup key", problem=problems["key"], required=True),
                    layout.muted("The value of ADMIN_SETUP_KEY that ILS was started with."),
                    fields.text_field(
                        "organisation", "The lab's name", problem=problems["organisation"], required=True
                    ),
                    fields.text_field("name", "Your name", problem=problems["name"], required=True),
                    fields.text_field(
                        "email",
                        "Email",
                        type="email",
                        problem=problems["email"],
                        auto_complete="username",
                        required=True,
                    ),
                    fields.password_field(
                        "password", "Choose a password", problem=problems["password"], current=False, required=True
                    ),
                    fields.submit_button("Make the first administrator"),
                    gap="m",
                ),
                on_submit=SetupState.create,
            ),
            title="The first administrator",
        ),
    )
