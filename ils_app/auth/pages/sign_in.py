"""The sign-in page: a form the browser posts itself, and outside production the people to try ILS as."""

from dataclasses import dataclass
from typing import Any, Self

import reflex as rx

from ils_app.auth import service as auth
from ils_app.auth.flash import found_in
from ils_app.auth.http import local_path, token_in
from ils_app.ui import buttons, feedback, fields, layout, routes
from ils_app.ui.guard import for_anyone
from ils_app.ui.session import SessionState
from ils_app.ui.shell import bare_page

# For an address that outlived its flash, or was reached without one.
SENTENCES = {
    "wrong": "This email and password do not belong together. Check both and try again.",
    "slowed": "Too many attempts. Wait a minute and try again.",
    "pending": "Your account waits for an administrator to approve it.",
    "suspended": "Your account is suspended. Ask an administrator why.",
    "rejected": "Your request for an account was turned down. Sign in to read why.",
    "closed": "Your organisation's access to ILS is closed. Ask the lab's administrator.",
    "temporary": "This temporary password cannot be used any more. Ask an administrator for a new one.",
    "ended": "Your session has ended. Sign in to go on.",
}


@dataclass(frozen=True)
class DemoLine:
    """Somebody to try ILS as, in words."""

    email: str
    name: str
    roles: str
    place: str

    @classmethod
    def of(cls, person: auth.DemoPerson) -> Self:
        """The demo person in words."""
        return cls(person.email, person.name, ", ".join(role.label for role in person.roles), person.organisation_name)


class SignInState(SessionState):
    """What the page says: why the last attempt failed, where a success leads, who can be tried."""

    problem: str = ""
    email: str = ""
    destination: str = routes.HOME
    demo: list[DemoLine] = []
    bare: bool = False  # nobody can let anybody in: ILS is to be set up first

    @rx.event
    @for_anyone
    async def arrive(self):
        """Take up what a refused attempt left; go on at once when somebody is signed in already."""
        query = self.router.url.query_parameters
        code, told = query.get("problem", ""), found_in(self.router.headers.cookie)
        if told is not None and told.problem != code:
            told = None
        self.destination = local_path(query.get("next") or (told.next if told else routes.HOME))
        if not code and await self._person() is not None:
            return rx.redirect(self.destination)
        self.email = told.email if told else ""
        self.problem = told.message if told else await self._why(code)
        self.bare = not await auth.is_set_up()
        self.demo = [DemoLine.of(person) for person in await auth.demo_people()]
        return None

    async def _why(self, code: str) -> str:
        """What the address's code means; who was just shut out reads why, which belongs in no address."""
        shut_out = await auth.shut_out(token_in(self.router.headers.cookie)) if code in ("", "ended") else None
        return shut_out.message if shut_out else SENTENCES.get(code, "")


@rx.page(route=routes.SIGN_IN, title="Sign in · ILS", on_load=SignInState.arrive)
def sign_in() -> rx.Component:
    """The form, its problem, and the demo people."""
    return bare_page(
        layout.stack(
            rx.cond(SignInState.problem != "", feedback.callout("bad", SignInState.problem)),
            rx.cond(
                SignInState.bare,
                feedback.callout(
                    "info", "ILS is not set up yet.", action=buttons.link_button("Set it up", routes.SETUP, small=True)
                ),
            ),
            layout.card(_form()),
            layout.row(
                buttons.link("Ask for an account", routes.SIGN_UP),
                buttons.link("Password forgotten?", routes.FORGOTTEN),
                spread=True,
            ),
            rx.cond(SignInState.demo.length() > 0, _demo_people()),
        ),
        title="Sign in",
        intro="With the account of your practice, the lab or your company.",
    )


def _form() -> rx.Component:
    return fields.NativeForm.create(
        layout.stack(
            fields.text_field(
                "email",
                "Email",
                type="email",
                default=SignInState.email,
                auto_complete="username",
                required=True,
                auto_focus=True,
            ),
            fields.password_field("password", "Password", required=True),
            fields.hidden_field("next", SignInState.destination),
            fields.submit_button("Sign in"),
            gap="m",
        ),
        action=routes.SIGN_IN_FORM,
        method="post",
    )


def _demo_people() -> rx.Component:
    return layout.card(
        layout.stack(
            layout.muted("One click signs you in. They are here to try things out and never in production."),
            rx.foreach(SignInState.demo, _demo_person),
            gap="s",
        ),
        title="Try it as",
    )


def _demo_person(person: Any) -> rx.Component:
    return fields.NativeForm.create(
        fields.hidden_field("email", person.email),
        fields.hidden_field("next", SignInState.destination),
        layout.row(
            layout.person(person.name, rx.fragment(person.roles, " · ", person.place)),
            buttons.button("Sign in", type="submit", small=True, aria_label=f"Sign in as {person.name}"),
            spread=True,
        ),
        action=routes.DEMO_FORM,
        method="post",
        key=person.email,
    )
