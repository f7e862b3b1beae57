"""The form of a letterhead with its logo, as administrators have it for everybody and managers for their practice."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.auth.schemas import OrganisationKind
from ils_app.kernel.actor import Role
from ils_app.kernel.errors import Conflict, Invalid
from ils_app.settings import service as settings
from ils_app.settings.service import LetterheadDraft, LetterheadView
from ils_app.ui import buttons, errors, feedback, fields, layout
from ils_app.ui.guard import needs
from ils_app.ui.session import SessionState

LINES = ("name", "postcode", "country", "phone", "email", "website", "tax_number", "company_number", "bank_details")
NAMES = (*LINES, "address_lines")
NOTHING = dict.fromkeys((*NAMES, "logo"), "")
MOST_LOGO_BYTES = 500_001
PICTURES = {"image/png": [".png"], "image/jpeg": [".jpg", ".jpeg"]}


class LetterheadState(SessionState):
    """One organisation's letterhead: as it is kept, and what is wrong with what is typed."""

    whose: str = ""
    values: dict[str, str] = NOTHING
    lines: list[str] = []
    problems: dict[str, str] = NOTHING
    letterhead_epoch: int = 0
    logo_href: str = ""
    may_write: bool = False
    is_lab: bool = False  # invoices are paid to the lab alone
    journal: str = ""  # what is typed belongs to this organisation's letterhead in this version
    theirs: bool = False  # somebody saved since this form was read, and something is typed here
    _organisation: UUID | None = None
    _version: int = 0
    _typed: bool = False

    async def _open(self, organisation_id: UUID) -> None:
        """Put this organisation's letterhead into the form."""
        actor = await self._actor()
        view = await settings.letterhead_view(actor, organisation_id)
        self._organisation = organisation_id
        self.may_write = actor.role is Role.ADMIN or actor.manager
        self._take(view)
        self._watch(LetterheadState.letterhead_changed, settings.letterhead_topic(organisation_id))

    def _take(self, view: LetterheadView) -> None:
        """Show what is kept, in place of whatever the form held."""
        self._show(view)
        head = view.letterhead
        self.values = NOTHING | {name: getattr(head, name) for name in LINES}
        self.values["address_lines"] = "\n".join(head.address_lines)
        self.problems, self.theirs, self._typed = NOTHING, False, False
        self._version = view.version
        self.journal = f"letterhead:{head.organisation_id}:{view.version}"
        self.letterhead_epoch += 1

    def _show(self, view: LetterheadView) -> None:
        """The letterhead as documents have it; what is typed is left alone."""
        head = view.letterhead
        self.whose, self.is_lab = view.organisation_name, view.kind is OrganisationKind.LAB
        self.lines = [head.name, *head.lines, *head.contacts]
        path = f"/api/v1/settings/letterheads/{head.organisation_id}/logo"
        self.logo_href = f"{path}?as={self.role}&v={head.logo.id}" if head.logo else ""

    async def _kept(self) -> LetterheadView:
        """The letterhead as it is kept now. Raises Invalid when none is open."""
        if self._organisation is None:
            raise Invalid("Choose whose letterhead it is first.")
        return await settings.letterhead_view(await self._actor(), self._organisation)

    @rx.event
    @needs("settings.letterhead", pushed=True)
    async def letterhead_changed(self):
        """Somebody saved this letterhead, or its logo: show it, and never over what is being typed."""
        await self._take_settings(await self._actor())
        if self._organisation is None:
            return
        view = await self._kept()
        if view.version != self._version and self._typed:
            self._show(view)
            self.theirs = True
        elif view.version != self._version:
            self._take(view)
        else:
            self._show(view)

    @rx.event
    @needs("settings.letterhead")
    async def write(self, name: str, value: str):
        """Something was typed: it is this form's until it is saved."""
        if name in NAMES:
            self._typed = True
            if self.problems[name]:
                self.problems = self.problems | {name: ""}

    @rx.event
    @needs("settings.letterhead")
    async def save_letterhead(self, form: dict[str, Any]):
        """Save the form; a refusal stands beside its field, and what was typed stays."""
        kept = await self._kept()
        lines = {name: str(form.get(name, getattr(kept.letterhead, name))) for name in LINES}
        address = str(form.get("address_lines", "\n".join(kept.letterhead.address_lines)))
        draft = LetterheadDraft(address_lines=tuple(address.splitlines()), **lines)
        try:
            saved = await settings.set_letterhead(
                await self._actor(), kept.letterhead.organisation_id, draft, self._version
            )
        except Invalid as refused:
            self.problems = NOTHING | refused.fields
            return None
        except Conflict:
            self._show(kept)
            self.theirs = True
            return None
        self._take(saved)
        await self._take_settings(await self._actor())
        return errors.done(f"The letterhead of {self.whose} is saved.")

    @rx.event
    @needs("settings.letterhead")
    async def take_theirs(self):
        """Give up what is typed here for what was saved elsewhere."""
        self._take(await self._kept())

    @rx.event
    @needs("settings.letterhead")
    async def keep_mine(self):
        """Go on with what is typed here: the next save puts it over what was saved elsewhere."""
        kept = await self._kept()
        self._version, self.theirs = kept.version, False

    @rx.event
    @needs("settings.letterhead")
    async def put_logo(self, files: list[rx.UploadFile]):
        """Print the picture that was dropped or chosen."""
        if self._organisation is None or not files:
            return None
        body = await files[0].read(MOST_LOGO_BYTES)
        try:
            view = await settings.put_logo(await self._actor(), self._organisation, files[0].filename or "logo", body)
        except Invalid as refused:
            self.problems = self.problems | {"logo": refused.message}
            return None
        self.problems = self.problems | {"logo": ""}
        self._show(view)
        return errors.done("The logo is on your documents from now on.")

    @rx.event
    @needs("settings.letterhead")
    async def remove_logo(self):
        """Print no picture any more."""
        if self._organisation is not None:
            self._show(await settings.remove_logo(await self._actor(), self._organisation))


def letterhead_card(*, title: Any, aside: Any = None) -> rx.Component:
    """The letterhead as documents have it, above the form that changes it."""
    return layout.card(
        layout.card_part(_paper()),
        layout.card_part(rx.cond(LetterheadState.may_write, _form(), _read_only())),
        title=title,
        aside=aside,
        flush=True,
    )


def _paper() -> rx.Component:
    """The head of a letter, as it is printed."""
    mark = rx.el.img(src=LetterheadState.logo_href, alt="The logo")
    return rx.el.figure(
        rx.el.div(
            rx.foreach(
                LetterheadState.lines,
                lambda line, place: rx.cond(place == 0, rx.el.strong(line), rx.el.span(line)),
            ),
        ),
        rx.cond(LetterheadState.logo_href != "", mark),
        aria_label="The letterhead, as documents have it",
        class_name="ils-letterhead",
    )


def _read_only() -> rx.Component:
    return layout.muted("Your practice's manager changes the letterhead.")


def _form() -> rx.Component:
    return layout.stack(
        rx.cond(LetterheadState.theirs, _conflict()),
        _logo(),
        fields.form(
            layout.stack(
                _field("name", "Name on documents"),
                fields.textarea("address_lines", "Address", rows=3, hint="One line each, at most four.",
                                **_wired("address_lines")),
                layout.field_row(_field("postcode", "Postcode"), _field("country", "Country")),
                layout.field_row(_field("phone", "Telephone", type="tel"), _field("email", "Email", type="email")),
                _field("website", "Website", type="url"),
                layout.field_row(_field("tax_number", "Tax number"), _field("company_number", "Company number")),
                rx.cond(
                    LetterheadState.is_lab,
                    _field("bank_details", "Bank details",
                           hint="The account invoices are paid to, as it is printed under how to pay."),
                ),
                layout.actions(buttons.button("Save the letterhead", kind="primary", type="submit")),
                gap="m",
            ),
            on_submit=LetterheadState.save_letterhead,
            data_journal=LetterheadState.journal,
            aria_label="Letterhead",
        ),
        gap="m",
    )  # fmt: skip


def _wired(name: str) -> dict[str, Any]:
    state = LetterheadState
    return {"default": state.values[name], "problem": state.problems[name], "on_edit": state.write,
            "epoch": state.letterhead_epoch}  # fmt: skip


def _field(name: str, label: str, **more: Any) -> rx.Component:
    return fields.text_field(name, label, **_wired(name), **more)


def _conflict() -> rx.Component:
    return feedback.callout(
        "warn",
        "Somebody saved this letterhead while you were typing",
        layout.paragraph("Above is what they saved; below is yours, not saved yet."),
        layout.row(
            buttons.button("Take theirs", on_click=LetterheadState.take_theirs, small=True, data_forget="true"),
            buttons.button("Keep mine", on_click=LetterheadState.keep_mine, small=True),
        ),
    )


def _logo() -> rx.Component:
    state = LetterheadState
    return layout.stack(
        layout.row(
            fields.file_drop(
                "logo", "Drop a logo, or choose one", on_drop=state.put_logo(rx.upload_files(upload_id="logo")),
                accept=PICTURES, hint="PNG or JPEG, at most 500 kB. It is on documents at once.",
            ),
            rx.cond(state.logo_href != "", buttons.button("Remove the logo", small=True, on_click=state.remove_logo)),
        ),
        fields.field_problem("logo", state.problems["logo"]),
        gap="s",
    )  # fmt: skip
