"""Who works at the practice, and who of them may sign in."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.kernel.errors import Conflict, Invalid
from ils_app.practices import service as practices
from ils_app.practices.errors import ChangedElsewhere
from ils_app.practices.pages.rows import ROLES, STAFF_FIELDS, accounts_for, problems, staff_entry
from ils_app.practices.pages.shapes import changed_elsewhere
from ils_app.practices.pages.state import PracticeState
from ils_app.practices.service import PersonDraft, PracticePerson
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, tables
from ils_app.ui.guard import needs


class RosterState(PracticeState):
    """The form of one person, new or known."""

    writing: bool = False
    known: bool = False
    person: dict[str, str] = staff_entry(None)
    person_problems: dict[str, str] = problems(STAFF_FIELDS)
    person_theirs: str = ""
    accounts: list[fields.Option] = []
    person_epoch: int = 0
    _person_id: UUID | None = None
    _person_version: int = 0

    @rx.event
    @needs("practices.write")
    async def new_person(self):
        """An empty form."""
        self._begin(None)

    @rx.event
    @needs("practices.write")
    async def new_member(self, user_id: str):
        """The form of somebody who has an account and does not stand on the roster yet."""
        found = [member for member in self.members if member.user_id == user_id]
        if found:
            self._begin(None)
            self.person = {**self.person, "name": found[0].name, "user_id": user_id}

    @rx.event
    @needs("practices.write")
    async def edit_person(self, person_id: str):
        """The form of somebody of the roster."""
        if (person := self._of(person_id)) is not None:
            self._begin(person)

    @rx.event
    @needs("practices.write")
    async def close_person(self):
        """Put the form away."""
        self.writing = False

    @rx.event
    @needs("practices.write")
    async def save_person(self, form: dict[str, Any]):
        """Add or change the person, over what someone else saved once that has been shown."""
        assert self._id
        self.person_problems = problems(STAFF_FIELDS)
        actor = await self._actor()
        try:
            draft = PersonDraft.read({**form, "user_id": form.get("user_id") or None})
            if self._person_id is None:
                person = await practices.add_staff(actor, self._id, draft)
            else:
                person = await practices.edit_staff(actor, self._id, self._person_id, draft, self._person_version)
        except ChangedElsewhere as refused:
            now = refused.current
            said = (now.name, now.role.label, now.body, now.registration)
            self.person_theirs, self._person_version = ", ".join(filter(None, said)), now.version
            return None
        except (Invalid, Conflict) as refused:
            self.person_problems = errors.beside(refused, STAFF_FIELDS)
            return None
        self.writing = False
        await self._read()
        return errors.done(f"{person.name} is saved.")

    @rx.event
    @needs("practices.write")
    async def leave(self, person_id: str):
        """Somebody no longer works here."""
        assert self._id
        person = await practices.staff_left(await self._actor(), self._id, UUID(person_id))
        await self._read()
        return errors.done(f"{person.name} has left. What they ordered keeps their name.")

    @rx.event
    @needs("practices.write")
    async def come_back(self, person_id: str):
        """Somebody who had left works here again."""
        assert self._id
        person = await practices.staff_returned(await self._actor(), self._id, UUID(person_id))
        await self._read()
        return errors.done(f"{person.name} is back.")

    def _of(self, person_id: str) -> PracticePerson | None:
        people = self._view.people if self._view else ()
        return next((person for person in people if str(person.id) == person_id), None)

    def _begin(self, person: PracticePerson | None) -> None:
        self.person, self.known = staff_entry(person), person is not None
        self.accounts = accounts_for(person, self.account_options)
        self._person_id, self._person_version = (person.id, person.version) if person else (None, 0)
        self.person_problems, self.person_theirs = problems(STAFF_FIELDS), ""
        self.person_epoch, self.writing = self.person_epoch + 1, True


def staff_card() -> rx.Component:
    """The roster."""
    columns = [
        tables.Column("Name", lambda row: layout.strong(row.name)),
        tables.Column("Profession", lambda row: row.role),
        tables.Column("Registration", lambda row: rx.cond(row.registration != "", layout.mono(row.registration), "–")),
        tables.Column("Account", lambda row: rx.cond(row.account != "", row.account, layout.muted("none")),
                      secondary=True),
        tables.Column("", _acts, align="end"),
    ]  # fmt: skip
    return layout.card(
        tables.data_table(
            PracticeState.staff,
            columns,
            label="Staff",
            empty=feedback.empty_state(
                "users", "Nobody stands on the roster yet", "Orders are placed in the name of who stands here."
            ),
        ),
        title="Staff",
        aside=PracticeState.staff_words,
        flush=True,
    )


def _acts(row: Any) -> rx.Component:
    left = feedback.badge("has left", "idle", icon="user-minus")
    acts = layout.row(
        rx.cond(row.active, rx.fragment(), left),
        buttons.button("Change", small=True, on_click=RosterState.edit_person(row.id), aria_label=f"Change {row.name}"),
        rx.cond(
            row.active,
            buttons.button(
                "Has left", small=True, on_click=RosterState.leave(row.id), aria_label=f"Has left: {row.name}"
            ),
            buttons.button(
                "Is back", small=True, on_click=RosterState.come_back(row.id), aria_label=f"Is back: {row.name}"
            ),
        ),
    )
    return rx.cond(PracticeState.may_write, acts, rx.cond(row.active, rx.fragment(), left))


def members_card() -> rx.Component:
    """Who may sign in."""
    return layout.card(
        layout.stack(rx.foreach(PracticeState.members, _member), gap="m"),
        rx.cond(
            PracticeState.members.length() == 0,
            layout.muted("Nobody has an account yet. The lab's administrator adds them."),
        ),
        layout.paragraph(
            layout.muted("Accounts are added, and managers made, by the lab's administrator only."),
        ),
        title="Who may sign in",
    )


def _member(member: Any) -> rx.Component:
    return layout.row(
        layout.person(member.name, member.email),
        layout.row(
            rx.cond(member.manager, feedback.badge("manager", "info", icon="shield-check")),
            rx.cond(
                PracticeState.may_write & ~member.listed,
                buttons.button(
                    "To the roster",
                    small=True,
                    on_click=RosterState.new_member(member.user_id),
                    aria_label=f"To the roster: {member.name}",
                ),
            ),
        ),
        spread=True,
        key=member.user_id,
    )


def staff_dialog() -> rx.Component:
    """The form of one person."""
    state = RosterState
    given = {"epoch": state.person_epoch}
    return dialogs.dialog(
        fields.form(
            layout.stack(
                changed_elsewhere(state.person_theirs),
                fields.text_field("name", "Name", default=state.person["name"], auto_focus=True,
                                  problem=state.person_problems["name"], **given),
                fields.select_field("role", "Profession", ROLES, default=state.person["role"],
                                    problem=state.person_problems["role"],
                                    hint="Assistants and the front desk enter orders in somebody else's name.",
                                    **given),
                layout.field_row(
                    fields.text_field("body", "Register", default=state.person["body"], hint="GOC, GMC, CORU …",
                                      problem=state.person_problems["body"], **given),
                    fields.text_field("registration", "Registration number", default=state.person["registration"],
                                      mono=True, problem=state.person_problems["registration"], **given),
                ),
                fields.select_field("user_id", "Account", state.accounts, default=state.person["user_id"],
                                    problem=state.person_problems["user_id"],
                                    hint="Whoever signs in with it orders in this name.", **given),
                fields.submit_button(rx.cond(state.person_theirs != "", "Keep mine", "Save")),
                gap="m",
            ),
            on_submit=state.save_person,
        ),
        opened=state.writing,
        title=rx.cond(state.known, "Change somebody of the roster", "Add somebody to the roster"),
        on_close=state.close_person,
    )  # fmt: skip
