"""All practices, for the lab, the engineer and the administrator, who also sees those that cannot order yet."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.kernel.errors import Conflict, Invalid
from ils_app.practices import service as practices
from ils_app.practices.pages.rows import (
    OPENING_FIELDS,
    PracticeLine,
    WaitingLine,
    lines_of,
    problems,
    site_entry,
)
from ils_app.practices.pages.shapes import address_fields
from ils_app.practices.service import PracticeDraft, SiteDraft
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import Role, SessionState

SIZE = 25


class PracticesState(SessionState):
    """The list, its search, and the form that opens a practice."""

    rows: list[PracticeLine] = []
    waiting: list[WaitingLine] = []
    page: tables.Page = tables.Page()
    loading: bool = True
    typed: bool = False
    words: str = ""

    opening: bool = False
    asked: WaitingLine = WaitingLine()
    entry: dict[str, str] = site_entry(None)
    problems: dict[str, str] = problems(OPENING_FIELDS)
    epoch: int = 0
    _text: str = ""
    _page: int = 1

    @rx.event
    @opens("practices.read")
    async def load(self):
        """Open the list; who works at a practice has its own page."""
        if (await self._actor()).role is Role.ECP:
            return rx.redirect(routes.OWN_PRACTICE)
        self.loading, self.rows, self.waiting, self.typed, self.opening = True, [], [], False, False
        self._text, self._page = "", 1
        self._watch(PracticesState.refresh, practices.LIST, "people")  # first: no change is missed
        await self._show()
        return None

    @rx.event
    @needs("practices.read", pushed=True)
    async def refresh(self):
        """A practice was added, opened or changed."""
        await self._show()

    @rx.event
    @needs("practices.read")
    async def look(self, name: str, value: str):
        """Show those the text may mean."""
        self._text, self._page, self.typed = value, 1, bool(value.strip())
        await self._show()

    @rx.event
    @needs("practices.read")
    async def next(self):
        """The page after."""
        self._page += self.page.has_next
        await self._show()

    @rx.event
    @needs("practices.read")
    async def previous(self):
        """The page before."""
        self._page -= self.page.has_previous
        await self._show()

    @rx.event
    @needs("practices.open")
    async def ask_open(self, practice_id: str):
        """Show the form that lets a practice order."""
        found = [line for line in self.waiting if line.id == practice_id]
        if found:
            self.asked, self.problems = found[0], problems(OPENING_FIELDS)
            self.entry = {**site_entry(None), "code": "MAIN", "name": found[0].name}
            self.epoch, self.opening = self.epoch + 1, True

    @rx.event
    @needs("practices.open")
    async def close_form(self):
        """Put the form away."""
        self.opening = False

    @rx.event
    @needs("practices.open")
    async def open_practice(self, form: dict[str, Any]):
        """Give the practice its account number and a site."""
        self.problems = problems(OPENING_FIELDS)
        try:
            draft = _opened(self.asked, form)
            opened = await practices.open_practice(await self._actor(), draft)
        except (Invalid, Conflict) as refused:
            self.problems = errors.beside(refused, OPENING_FIELDS)
            return None
        self.opening = False
        return [rx.redirect(routes.practice(opened.id)), errors.done(f"{opened.name} can order from now on.")]

    async def _show(self) -> None:
        actor = await self._actor()
        found = await practices.find_practices(actor, self._text, page=self._page, size=SIZE)
        self.rows, self.loading = [PracticeLine.of(row) for row in found.rows], False
        self.page = tables.Page.of(found)
        if actor.may("practices.open"):
            self.waiting = [WaitingLine.of(one) for one in await practices.waiting(actor)]
        noun = "practice" if found.total == 1 else "practices"
        waiting = f", {len(self.waiting)} cannot order yet" if self.waiting else ""
        self.words = f"{found.total:,} {noun}" + (" found" if self.typed else "") + waiting


def _opened(asked: WaitingLine, form: dict[str, Any]) -> PracticeDraft:
    """The practice as the form opens it. Raises Invalid with all that is wrong, of practice and site alike."""
    fields, site, head = {}, None, {"account_number": form.get("account_number", ""), "phone": form.get("phone", "")}
    try:
        site = SiteDraft.read({**form, "address_lines": lines_of(form)})
    except Invalid as refused:
        fields = refused.fields
    try:
        draft = PracticeDraft.read({"id": UUID(asked.id), "name": asked.name, **head})
    except Invalid as refused:
        raise Invalid(refused.message, fields={**fields, **refused.fields}) from None
    if site is None:
        raise Invalid("This cannot be saved like this.", fields=fields)
    return draft.model_copy(update={"sites": (site,)})


@page(routes.PRACTICES, title="Practices", on_load=PracticesState.load)
def practice_list() -> rx.Component:
    """The list, and above it who waits."""
    state = PracticesState
    return frame(
        layout.stack(
            rx.cond(state.waiting.length() > 0, _waiting()),
            tables.list_page(
                tables.filter_bar(
                    fields.search_field("find", "Name, account number, site, postcode", on_edit=state.look)
                ),
                tables.data_table(
                    state.rows,
                    [
                        tables.Column("Practice", lambda row: row.name),
                        tables.Column("Account", lambda row: layout.mono(row.account_number)),
                        tables.Column("Lenses go to", lambda row: row.place, secondary=True),
                        tables.Column("Sites", lambda row: row.sites, align="end"),
                        tables.Column("Staff", lambda row: row.people, align="end"),
                        tables.Column("Access", _access),
                    ],
                    label="Practices",
                    href=lambda row: row.href,
                    loading=state.loading,
                    empty=_nobody(),
                ),
                tables.pager(state.page, on_previous=state.previous, on_next=state.next),
            ),
        ),
        _form(),
        title="Practices",
        subtitle=state.words,
        active=routes.PRACTICES,
        shortcuts=dialogs.LISTS,
    )


def _access(row: Any) -> rx.Component:
    return rx.cond(row.active, feedback.badge("open", "ok"), feedback.badge("closed", "bad"))


def _waiting() -> rx.Component:
    return layout.card(
        layout.stack(rx.foreach(PracticesState.waiting, _who_waits), gap="m"),
        title="Not yet able to order",
        aside="each needs an account number and a site",
    )


def _who_waits(line: Any) -> rx.Component:
    return layout.row(
        layout.person(line.name, rx.fragment(line.people, " · added ", times.ago(line.since))),
        buttons.button(
            "Let it order",
            icon="key-round",
            small=True,
            on_click=PracticesState.ask_open(line.id),
            aria_label=f"Let it order: {line.name}",
        ),
        spread=True,
        key=line.id,
    )


def _form() -> rx.Component:
    state = PracticesState
    given = {"epoch": state.epoch}
    return dialogs.dialog(
        fields.form(
            layout.stack(
                layout.field_row(
                    fields.text_field("account_number", "Account number", mono=True, auto_focus=True,
                                      problem=state.problems["account_number"], **given),
                    fields.text_field("phone", "Telephone", type="tel", problem=state.problems["phone"], **given),
                ),
                layout.section_title("Where its lenses go"),
                fields.text_field("code", "Ship-to code", default=state.entry["code"], mono=True,
                                  problem=state.problems["code"],
                                  hint="What the lab's system calls this address. Orders name it, so it stays.",
                                  **given),
                address_fields(state.entry, state.problems, state.epoch),
                fields.submit_button("Let it order"),
                gap="m",
            ),
            on_submit=state.open_practice,
        ),
        opened=state.opening,
        title=rx.fragment("Let ", state.asked.name, " order"),
        on_close=state.close_form,
        intro="The account number is the one the lab's own system knows the practice by.",
    )  # fmt: skip


def _nobody() -> rx.Component:
    return rx.cond(
        PracticesState.typed,
        feedback.empty_state("search-x", "No practice is found", "Try a name, an account number or a postcode."),
        feedback.empty_state("store", "No practice can order yet", "An administrator adds them under Organisations."),
    )
