"""What a practice says about itself: contacts, a note for the lab, and the account number the lab gave it."""

from typing import Any

import reflex as rx

from ils_app.kernel.errors import Conflict, Invalid
from ils_app.practices import service as practices
from ils_app.practices.errors import ChangedElsewhere
from ils_app.practices.pages.rows import PROFILE_FIELDS, problems, profile_entry, started
from ils_app.practices.pages.shapes import changed_elsewhere
from ils_app.practices.pages.state import PracticeState
from ils_app.practices.service import ProfileDraft
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout
from ils_app.ui.guard import needs


class ProfileState(PracticeState):
    """The forms of the profile and of the account number."""

    editing: bool = False
    entry: dict[str, str] = started(PROFILE_FIELDS)
    problems: dict[str, str] = problems(PROFILE_FIELDS)
    theirs: str = ""
    epoch: int = 0
    numbering: bool = False
    number_problem: str = ""
    _version: int = 0
    _number_version: int = 0

    @rx.event
    @needs("practices.write")
    async def edit_profile(self):
        """Open the form of contacts and note."""
        if self._view is None:
            return
        self.entry, self._version = profile_entry(self._view), self._view.version
        self.problems, self.theirs = problems(PROFILE_FIELDS), ""
        self.epoch, self.editing = self.epoch + 1, True

    @rx.event
    @needs("practices.write")
    async def close_profile(self):
        """Put the form away."""
        self.editing = False

    @rx.event
    @needs("practices.write")
    async def save_profile(self, form: dict[str, Any]):
        """Save contacts and note, over what someone else saved once that has been shown."""
        assert self._id
        self.problems = problems(PROFILE_FIELDS)
        try:
            await practices.edit_profile(await self._actor(), self._id, ProfileDraft.read(form), self._version)
        except Invalid as refused:
            self.problems = errors.beside(refused, PROFILE_FIELDS)
            return None
        except ChangedElsewhere as refused:
            now = refused.current
            said = profile_entry(now)
            self.theirs, self._version = " · ".join(filter(None, said.values())) or "nothing", now.version
            return None
        self.editing = False
        await self._read()
        return errors.done("The profile is saved.")

    @rx.event
    @needs("practices.open")
    async def edit_number(self):
        """Open the form of the account number."""
        if self._view is None:
            return
        self.number_problem, self._number_version = "", self._view.version
        self.epoch, self.numbering = self.epoch + 1, True

    @rx.event
    @needs("practices.open")
    async def close_number(self):
        """Put the form away."""
        self.numbering = False

    @rx.event
    @needs("practices.open")
    async def save_number(self, form: dict[str, Any]):
        """Have the practice order under another account number."""
        assert self._id
        number = str(form.get("account_number", ""))
        try:
            await practices.change_account(await self._actor(), self._id, number, self._number_version)
        except ChangedElsewhere as refused:
            now = refused.current
            self._number_version = now.version
            self.number_problem = (
                f"This practice was changed elsewhere; its number is {now.account_number}. Save yours?"
            )
            return None
        except (Invalid, Conflict) as refused:
            self.number_problem = refused.fields.get("account_number", refused.message)
            return None
        self.numbering = False
        await self._read()
        return errors.done("The account number is changed.")


def profile_card() -> rx.Component:
    """The contacts, and the way to change them."""
    state = PracticeState
    number = layout.row(
        layout.mono(state.account_number),
        rx.cond(state.may_open, buttons.text_button("change", on_click=ProfileState.edit_number)),
    )
    return layout.card(
        layout.facts(
            ("Account number", number),
            ("Telephone", _link(state.profile["phone"], "tel:")),
            ("Email", _link(state.profile["email"], "mailto:")),
            ("Website", _link(state.profile["website"], "")),
        ),
        rx.cond(
            state.profile["note"] != "",
            layout.stack(layout.section_title("Note for the lab"), layout.paragraph(state.profile["note"]), gap="s"),
        ),
        rx.cond(state.letterhead != "", buttons.link("Letterhead and logo on documents", state.letterhead)),
        rx.cond(~state.active, feedback.callout("warn", "This practice is closed", "Its people cannot sign in.")),
        title="Contact",
        aside=rx.cond(
            state.may_write,
            buttons.button("Change", icon="pencil", small=True, shortcut="e", on_click=ProfileState.edit_profile),
        ),
    )


def _link(value: Any, scheme: str) -> rx.Component:
    # A practice writes these itself, so a website opens beside ILS and learns nothing of where it was opened.
    address = rx.el.a(
        value, href=rx.Var.create(scheme) + value, class_name="ils-link", target="_blank", rel="noopener noreferrer"
    )
    return rx.cond(value != "", address, layout.muted("–"))


def profile_dialogs() -> rx.Component:
    """The two forms."""
    return rx.fragment(_profile_form(), _number_form())


def _profile_form() -> rx.Component:
    state = ProfileState
    given = {"epoch": state.epoch}
    return dialogs.dialog(
        fields.form(
            layout.stack(
                changed_elsewhere(state.theirs),
                fields.text_field("phone", "Telephone", type="tel", default=state.entry["phone"],
                                  problem=state.problems["phone"], **given),
                fields.text_field("email", "Email", type="email", default=state.entry["email"],
                                  problem=state.problems["email"], **given),
                fields.text_field("website", "Website", type="url", default=state.entry["website"],
                                  problem=state.problems["website"], **given),
                fields.textarea("note", "Note for the lab", default=state.entry["note"], rows=4,
                                hint="Shown to the lab on this practice's page.", problem=state.problems["note"],
                                **given),
                fields.submit_button(rx.cond(state.theirs != "", "Keep mine", "Save")),
                gap="m",
            ),
            on_submit=state.save_profile,
        ),
        opened=state.editing,
        title="Contacts and note",
        on_close=state.close_profile,
    )  # fmt: skip


def _number_form() -> rx.Component:
    state = ProfileState
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field("account_number", "Account number", default=state.account_number, mono=True,
                                  problem=state.number_problem, epoch=state.epoch,
                                  hint="As the lab's own system has it."),
                fields.submit_button("Change the number"),
                gap="m",
            ),
            on_submit=state.save_number,
        ),
        opened=state.numbering,
        title="The practice's account with the lab",
        on_close=state.close_number,
        intro="New orders go under this number. Orders already sent keep the one they were sent with.",
    )  # fmt: skip
