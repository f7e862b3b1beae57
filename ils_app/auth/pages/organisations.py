"""Organisations, for the administrator: added, closed, opened again."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.auth import service as auth
from ils_app.auth.pages.lines import OrganisationLine, counted
from ils_app.kernel.errors import Invalid
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

KINDS = [fields.Option(kind.value, kind.value.capitalize()) for kind in auth.OrganisationKind]


class OrganisationsState(SessionState):
    """The list, the form of a new one, and the question before one is closed."""

    rows: list[OrganisationLine] = []
    loading: bool = True
    words: str = ""
    adding: bool = False
    problem: str = ""
    asking: bool = False
    asked: OrganisationLine = OrganisationLine()
    own: bool = False  # what is asked about shuts out whoever asks
    renaming: bool = False
    epoch: int = 0
    _text: str = ""

    @rx.event
    @opens("people.manage")
    async def load(self):
        """Open the list."""
        self.loading, self.rows, self._text = True, [], ""
        self.adding = self.asking = self.renaming = False
        await self._show()
        self._watch(OrganisationsState.refresh, "people")

    @rx.event
    @needs("people.manage", pushed=True)
    async def refresh(self):
        """Something changed."""
        await self._show()

    @rx.event
    @needs("people.manage")
    async def look(self, name: str, value: str):
        """Show those whose name holds the text."""
        self._text = value
        await self._show()

    @rx.event
    @needs("people.manage")
    async def open_form(self):
        """Show the form of a new one."""
        self.adding, self.problem = True, ""

    @rx.event
    @needs("people.manage")
    async def close_form(self):
        """Put the form away."""
        self.adding = False

    @rx.event
    @needs("people.manage")
    async def add(self, form: dict[str, Any]):
        """Add an organisation."""
        kind = auth.OrganisationKind(form.get("kind", "practice"))
        draft = auth.OrganisationDraft(name=str(form.get("name", "")), kind=kind)
        try:
            added = await auth.add_organisation(await self._actor(), draft)
        except Invalid as refused:
            self.problem = refused.fields.get("name", refused.message)
            return None
        self.adding = False
        await self._show()
        return errors.done(f"{added.name} is added.")

    @rx.event
    @needs("people.manage")
    async def ask_name(self, organisation_id: str):
        """Ask for another name."""
        if found := [line for line in self.rows if line.id == organisation_id]:
            self.asked, self.renaming, self.problem = found[0], True, ""
            self.epoch += 1

    @rx.event
    @needs("people.manage")
    async def keep_name(self):
        """Rename nothing."""
        self.renaming = False

    @rx.event
    @needs("people.manage")
    async def rename(self, form: dict[str, Any]):
        """Call the organisation by another name."""
        try:
            renamed = await auth.rename_organisation(
                await self._actor(), UUID(self.asked.id), str(form.get("new_name", ""))
            )
        except Invalid as refused:
            self.problem = refused.fields.get("name", refused.message)
            return None
        self.renaming = False
        await self._show()
        return errors.done(f"It is called {renamed.name} now.")

    @rx.event
    @needs("people.manage")
    async def ask_close(self, organisation_id: str):
        """Ask before closing."""
        found = [line for line in self.rows if line.id == organisation_id]
        if found:
            own = (await self._actor()).organisation_id
            self.asked, self.asking, self.own = found[0], True, organisation_id == str(own)

    @rx.event
    @needs("people.manage")
    async def keep(self):
        """Close nothing."""
        self.asking = False

    @rx.event
    @needs("people.manage")
    async def close(self):
        """Shut the organisation's people out."""
        self.asking = False
        closed = await auth.set_access(await self._actor(), UUID(self.asked.id), False)
        await self._show()
        return errors.done(f"{closed.name} is closed; its people are signed out.")

    @rx.event
    @needs("people.manage")
    async def reopen(self, organisation_id: str):
        """Let the organisation's people in again."""
        opened = await auth.set_access(await self._actor(), UUID(organisation_id), True)
        await self._show()
        return errors.done(f"{opened.name} is open again.")

    async def _show(self) -> None:
        found = await auth.organisations(await self._actor(), search=self._text)
        self.rows, self.loading = [OrganisationLine.of(one) for one in found], False
        closed = sum(not one.active for one in found)
        self.words = counted(len(found), "organisation", "organisations") + (f", {closed} closed" if closed else "")


@page(routes.ORGANISATIONS, title="Organisations", on_load=OrganisationsState.load)
def organisations() -> rx.Component:
    """The list and its dialogs."""
    return frame(
        tables.list_page(
            tables.filter_bar(fields.search_field("find", "Name", on_edit=OrganisationsState.look)),
            tables.data_table(
                OrganisationsState.rows,
                [
                    tables.Column("Organisation", lambda row: layout.strong(row.name)),
                    tables.Column("Kind", lambda row: row.kind),
                    tables.Column("People", lambda row: row.people, align="end"),
                    tables.Column("Since", lambda row: times.ago(row.since), secondary=True),
                    tables.Column("Access", _access),
                    tables.Column("", _button, align="end"),
                ],
                label="Organisations",
                loading=OrganisationsState.loading,
                empty=feedback.empty_state("building-2", "None is found", "Try the beginning of its name."),
            ),
        ),
        _form(),
        _name_form(),
        _question(),
        title="Organisations",
        subtitle=OrganisationsState.words,
        active=routes.ORGANISATIONS,
        actions=buttons.button(
            "Add an organisation", kind="primary", icon="plus", shortcut="a", on_click=OrganisationsState.open_form
        ),
        shortcuts=(dialogs.Shortcut("a", "Add an organisation"), *dialogs.LISTS),
    )


def _access(row: Any) -> rx.Component:
    return rx.cond(row.active, feedback.badge("open", "ok"), feedback.badge("closed", "bad"))


def _button(row: Any) -> rx.Component:
    return layout.row(_rename(row), _open_or_close(row))


def _rename(row: Any) -> rx.Component:
    return buttons.button(
        "Rename", small=True, on_click=OrganisationsState.ask_name(row.id), aria_label=f"Rename {row.name}"
    )


def _open_or_close(row: Any) -> rx.Component:
    return rx.cond(
        row.active,
        buttons.button(
            "Close",
            small=True,
            on_click=OrganisationsState.ask_close(row.id),
            aria_label=f"Close {row.name}",
        ),
        buttons.button(
            "Open again",
            small=True,
            on_click=OrganisationsState.reopen(row.id),
            aria_label=f"Open again: {row.name}",
        ),
    )


def _form() -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field("name", "Name", problem=OrganisationsState.problem, auto_focus=True),
                fields.select_field("kind", "Kind", KINDS, default="practice"),
                fields.submit_button("Add the organisation"),
                gap="m",
            ),
            on_submit=OrganisationsState.add,
        ),
        opened=OrganisationsState.adding,
        title="A new organisation",
        on_close=OrganisationsState.close_form,
        intro="Its people are added under People.",
    )


def _name_form() -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field(
                    "new_name",
                    "Name",
                    default=OrganisationsState.asked.name,
                    problem=OrganisationsState.problem,
                    epoch=OrganisationsState.epoch,
                    auto_focus=True,
                ),
                fields.submit_button("Rename it"),
                gap="m",
            ),
            on_submit=OrganisationsState.rename,
        ),
        opened=OrganisationsState.renaming,
        title=rx.fragment("Rename ", OrganisationsState.asked.name),
        on_close=OrganisationsState.keep_name,
        intro="The name changes on every page and on papers from now on.",
    )


def _question() -> rx.Component:
    return dialogs.confirm_dialog(
        rx.cond(
            OrganisationsState.own,
            "This is your own organisation. All its people are signed out at once, you among them, and only an "
            "administrator elsewhere can open it again.",
            "Its people are signed out at once and cannot sign in until you open it again.",
        ),
        opened=OrganisationsState.asking,
        title=rx.fragment("Close ", OrganisationsState.asked.name, "?"),
        confirm="Close it",
        on_confirm=OrganisationsState.close,
        on_cancel=OrganisationsState.keep,
        danger=True,
    )
