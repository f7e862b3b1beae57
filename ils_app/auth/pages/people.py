"""Accounts, for the administrator: found, given roles, approved, suspended, let in again, helped with a password."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from ils_app.auth import service as auth
from ils_app.auth.pages import people_view
from ils_app.auth.pages.lines import SIZE, PersonLine, counted
from ils_app.kernel.actor import Role
from ils_app.kernel.errors import Conflict, IlsError, Invalid, NotFound
from ils_app.ui import errors, routes, tables
from ils_app.ui.choices import Choice
from ils_app.ui.fields import Option
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import page
from ils_app.ui.session import SessionState

NO_PROBLEMS = {"name": "", "email": "", "organisation_id": "", "roles": "", "reason": ""}
ROLE_OPTIONS = [Option("", "Every role"), *(Option(role.value, role.label) for role in Role)]


class PeopleState(SessionState):
    """The list, the account that is open beside it, and the dialog that stands over both."""

    rows: list[PersonLine] = []
    views: list[tables.View] = []
    page: tables.Page = tables.Page()
    loading: bool = True
    words: str = ""
    role_filter: str = ""

    opened: bool = False
    list_href: str = routes.PEOPLE  # this list without an account beside it
    person: PersonLine = PersonLine()
    role_choices: list[Choice] = []
    oneself: bool = False
    manager: bool = False
    supervisor: bool = False
    request_href: str = ""  # where the decision about who signed up is taken
    at_practice: bool = False
    at_lab: bool = False
    epoch: int = 0

    asking: str = ""  # "add", "suspend", "reinstate" or "reset": the dialog that is open
    problems: dict[str, str] = NO_PROBLEMS
    organisation_options: list[Option] = []
    password: str = ""
    password_for: str = ""
    password_until: str = ""

    text: str = ""  # what is searched for; an account opens beside it without losing it
    _status: auth.PersonStatus | None = None
    _number: int = 1
    _user_id: UUID | None = None

    @rx.event
    @opens("people.manage")
    async def load(self):
        """Open the list that the address names, and the account, if it names one."""
        query = self.router.url.query_parameters
        self._status = _one_of(auth.PersonStatus, query.get("status", ""))
        role = _one_of(Role, query.get("role", ""))
        self.role_filter = role.value if role else ""
        self._number, self.asking, self.problems = 1, "", NO_PROBLEMS
        self.loading = not self.rows
        self._user_id = routes.id_in(query.get("person", ""))
        await self._show()
        await self._show_person(fresh=True)
        self._watch(PeopleState.refresh, "people", auth.SESSIONS)

    @rx.event
    @needs("people.manage", pushed=True)
    async def refresh(self):
        """An account changed, or somebody signed in."""
        await self._show()
        await self._show_person()

    @rx.event
    @needs("people.manage")
    async def look(self, name: str, value: str):
        """Show whom the text may mean."""
        self.text, self._number = value, 1
        await self._show()

    @rx.event
    @needs("people.manage")
    async def pick_role(self, value: str):
        """Show the people of one role; the address says so."""
        return rx.redirect(self._address(role=value))

    @rx.event
    @needs("people.manage")
    async def previous(self):
        """The page before."""
        self._number = max(1, self._number - 1)
        await self._show()

    @rx.event
    @needs("people.manage")
    async def next(self):
        """The page after."""
        self._number += 1
        await self._show()

    @rx.event
    @needs("people.manage")
    async def ask(self, dialog: str):
        """Open one of the page's dialogs."""
        if dialog == "add":
            found = await auth.organisations(await self._actor())
            self.organisation_options = [
                Option(str(one.id), f"{one.name} ({one.kind.value})") for one in found if one.active
            ]
        self.asking, self.problems = dialog, NO_PROBLEMS
        self.epoch += 1

    @rx.event
    @needs("people.manage")
    async def put_away(self):
        """Close the dialog, and what it said with it."""
        self.asking, self.problems = "", NO_PROBLEMS

    @rx.event
    @needs("people.manage")
    async def forget_password(self):
        """The temporary password was passed on: it is nowhere any more."""
        self.password = ""

    @rx.event
    @needs("people.manage")
    async def add(self, form: dict[str, Any]):
        """Add an account and show its temporary password."""
        actor, role = await self._actor(), _one_of(Role, str(form.get("role", "")))
        organisation_id = routes.id_in(str(form.get("organisation_id", "")))
        if organisation_id is None:
            self.problems = NO_PROBLEMS | {"organisation_id": "Choose one."}
            return
        draft = auth.PersonDraft(
            email=str(form.get("email", "")),
            name=str(form.get("name", "")),
            organisation_id=organisation_id,
            roles=(role,) if role else (),
        )
        try:
            added = await auth.add_person(actor, draft)
        except (Invalid, Conflict) as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return
        self._show_password(added.temporary, added.person.name)
        await self._show()
        return

    @rx.event
    @needs("people.manage")
    async def save_roles(self, form: dict[str, Any]):
        """Give the open account the roles that are ticked; those it has keep their order."""
        ticked = [role for role in Role if form.get(f"roles.{role.value}")]
        actor, user_id = await self._actor(), self._chosen()
        held = (await auth.person(actor, user_id)).roles
        roles = tuple([role for role in held if role in ticked] + [role for role in ticked if role not in held])
        try:
            await auth.set_roles(
                actor,
                user_id,
                roles,
                manager=bool(form.get("manager")) if self.at_practice else None,
                supervisor=bool(form.get("supervisor")) if self.at_lab else None,
            )
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        except IlsError:
            await self._show_person(fresh=True)
            raise
        self.problems = NO_PROBLEMS
        await self._show_all()
        return errors.done("The roles are saved; they hold from the person's next step.")

    @rx.event
    @needs("people.manage")
    async def approve(self):
        """Let the open account in."""
        view = await auth.approve(await self._actor(), self._chosen())
        await self._show_all()
        return errors.done(f"{view.name} can sign in now.")

    @rx.event
    @needs("people.manage")
    async def suspend(self, form: dict[str, Any]):
        """Shut the person out, with the reason they will read."""
        return await self._with_reason(auth.suspend, form, "is suspended and signed out.")

    @rx.event
    @needs("people.manage")
    async def reinstate(self, form: dict[str, Any]):
        """Let the person in again."""
        return await self._with_reason(auth.reinstate, form, "can sign in again.")

    @rx.event
    @needs("people.manage")
    async def reset_password(self):
        """Give the open account a temporary password and show it once."""
        temporary = await auth.reset_password(await self._actor(), self._chosen())
        self._show_password(temporary, self.person.name)
        await self._show_all()

    async def _with_reason(self, act: Any, form: dict[str, Any], done: str) -> Any:
        try:
            view = await act(await self._actor(), self._chosen(), str(form.get("reason", "")))
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        self.asking = ""
        await self._show_all()
        return errors.done(f"{view.name} {done}")

    def _show_password(self, temporary: auth.TemporaryPassword, name: str) -> None:
        self.asking, self.password_for, self.problems = "", name, NO_PROBLEMS
        self.password, self.password_until = (
            temporary.password.get_secret_value(),
            temporary.expires_at.isoformat(),
        )

    def _chosen(self) -> UUID:
        if self._user_id is None:
            raise NotFound
        return self._user_id

    def _address(self, **wanted: str) -> str:
        named = {"status": self._status.value if self._status else "", "role": self.role_filter, **wanted}
        query = urlencode({name: value for name, value in named.items() if value})
        return f"{routes.PEOPLE}?{query}" if query else routes.PEOPLE

    async def _show_all(self) -> None:
        await self._show()
        await self._show_person(fresh=True)

    async def _show(self) -> None:
        actor, role = await self._actor(), _one_of(Role, self.role_filter)
        found = await auth.people(actor, search=self.text, status=self._status, role=role, page=self._number, size=SIZE)
        self.rows = [PersonLine.of(one, href=self._address(person=str(one.user_id))) for one in found.rows]
        self.page, self.loading, self.list_href = tables.Page.of(found), False, self._address()
        views = []
        for key, status in (("everyone", None), *((one.value, one) for one in auth.PersonStatus)):
            count = (await auth.people(actor, status=status, size=1)).total
            address = self._address(status=status.value if status else "")
            views.append(tables.View(key, key.capitalize(), address, count, self._status is status))
        self.views = views
        self.words = counted(views[0].count, "person", "people") + (
            f", {views[1].count} waiting for you" if views[1].count else ""
        )

    async def _show_person(self, *, fresh: bool = False) -> None:
        """The account beside the list. Its form starts afresh only when it was opened or saved, not under the hand."""
        actor = await self._actor()
        try:
            view = await auth.person(actor, self._user_id) if self._user_id else None
        except NotFound:
            view = None
        self.opened = view is not None
        if view is None:
            return
        self.person, self.oneself = PersonLine.of(view), view.user_id == actor.user_id
        asked = view.wish is not None and view.status is auth.PersonStatus.PENDING
        self.request_href = f"{routes.REQUESTS}?person={view.user_id}" if asked else ""
        if fresh:
            self.at_practice = view.organisation_kind is auth.OrganisationKind.PRACTICE
            self.at_lab = view.organisation_kind is auth.OrganisationKind.LAB
            self.manager, self.supervisor = view.manager, view.supervisor
            self.role_choices = [
                Choice(role.value, role.label, default=role in view.roles)
                for role in Role
                if view.organisation_kind is not None and role in auth.ROLES_AT[view.organisation_kind]
            ]
            self.epoch += 1


def _one_of(words: Any, value: str) -> Any:
    return words(value) if value in {word.value for word in words} else None


@page(routes.PEOPLE, title="People", on_load=PeopleState.load)
def people() -> rx.Component:
    """The list, the open account, the dialogs."""
    return people_view.people_page(PeopleState, ROLE_OPTIONS)
