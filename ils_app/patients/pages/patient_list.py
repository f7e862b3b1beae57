"""The practice's patients: found while typing, a page at a time, kept current."""

from uuid import UUID

import reflex as rx

from ils_app.patients import service as patients
from ils_app.patients.pages.rows import PatientLine
from ils_app.patients.schemas import PatientPage
from ils_app.ui import buttons, dialogs, feedback, fields, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

SIZE = 25


class PatientsState(SessionState):
    """The list: what is typed, which page of it, and the rows."""

    rows: list[PatientLine] = []
    page: tables.Page = tables.Page()
    loading: bool = True
    newer: int = 0
    typed: bool = False
    words: str = ""
    _text: str = ""
    _starts: list[UUID | None] = [None]  # where each page up to this one begins: after this patient

    @rx.event
    @opens("patients.read")
    async def load(self):
        """Open the list from its first page."""
        self.loading, self.rows, self.typed = True, [], False
        self._text, self._starts = "", [None]
        await self._show(await self._fetch())
        self._watch(PatientsState.refresh, patients.topic((await self._actor()).organisation_id))

    @rx.event
    @needs("patients.read")
    async def look(self, name: str, value: str):
        """Show whom the text may mean."""
        self._text, self._starts, self.typed = value, [None], bool(value.strip())
        await self._show(await self._fetch())

    @rx.event
    @needs("patients.read")
    async def next(self):
        """The page after."""
        found = await self._fetch()
        if found.next is not None:
            self._starts.append(found.next)
            await self._show(await self._fetch())

    @rx.event
    @needs("patients.read")
    async def previous(self):
        """The page before."""
        if len(self._starts) > 1:
            self._starts.pop()
        await self._show(await self._fetch())

    @rx.event
    @needs("patients.read", pushed=True)
    async def refresh(self):
        """Something changed: rows follow where they stand; a list that would jump waits to be asked."""
        found = await self._fetch()
        fresh = {str(patient.id): PatientLine.of(patient) for patient in found.items}
        more = found.total - self.page.total
        if more > 0 and self.rows and [line.id for line in self.rows] != list(fresh):
            self.rows = [fresh.get(line.id, line) for line in self.rows]
            self.newer = more
        else:
            await self._show(found)

    @rx.event
    @needs("patients.read")
    async def show_new(self):
        """Let the list jump."""
        await self._show(await self._fetch())

    async def _fetch(self) -> PatientPage:
        return await patients.page(await self._actor(), self._text, after=self._starts[-1], limit=SIZE)

    async def _show(self, found: PatientPage) -> None:
        first = (len(self._starts) - 1) * SIZE
        self.rows = [PatientLine.of(patient) for patient in found.items]
        self.page = tables.Page(
            first=first + bool(found.items),
            last=first + len(found.items),
            total=found.total,
            has_previous=len(self._starts) > 1,
            has_next=found.next is not None,
        )
        self.loading, self.newer = False, 0
        noun = "patient" if found.total == 1 else "patients"
        self.words = f"{found.total:,} {noun}" + (" found" if self.typed else "")


@page(routes.PATIENTS, title="Patients", on_load=PatientsState.load)
def patient_list() -> rx.Component:
    """The list, its search, and the way to a new patient."""
    return frame(
        tables.list_page(
            tables.filter_bar(
                fields.search_field("find", "Name, birthday, number, reference", on_edit=PatientsState.look)
            ),
            tables.new_pill(PatientsState.newer, on_click=PatientsState.show_new),
            tables.data_table(
                PatientsState.rows,
                [
                    tables.Column("Patient", lambda row: row.name),
                    tables.Column("Number", lambda row: layout.mono(row.number)),
                    tables.Column("Date of birth", lambda row: _known(row.born)),
                    tables.Column("Reference", lambda row: _known(row.reference)),
                    tables.Column("Changed", lambda row: times.ago(row.changed_at), align="end", secondary=True),
                ],
                label="Patients",
                href=lambda row: row.href,
                loading=PatientsState.loading,
                empty=_nobody(),
            ),
            tables.pager(PatientsState.page, on_previous=PatientsState.previous, on_next=PatientsState.next),
        ),
        title="Patients",
        subtitle=PatientsState.words,
        active=routes.PATIENTS,
        actions=buttons.link_button(
            "Add a patient", routes.NEW_PATIENT, kind="primary", icon="user-plus", shortcut="a"
        ),
        shortcuts=(dialogs.Shortcut("a", "Add a patient"), *dialogs.LISTS),
    )


def _known(value: rx.Var[str]) -> rx.Component:
    return rx.cond(value != "", layout.mono(value), layout.muted("–"))


def _nobody() -> rx.Component:
    return rx.cond(
        PatientsState.typed,
        feedback.empty_state(
            "search-x",
            "Nobody is found under this",
            "Try the beginning of a name, a date of birth, a number or your own reference.",
            buttons.link_button("Add a patient", routes.NEW_PATIENT, icon="user-plus"),
        ),
        feedback.empty_state(
            "users",
            "No patients yet",
            "They are added here, or while ordering.",
            buttons.link_button("Add a patient", routes.NEW_PATIENT, icon="user-plus"),
        ),
    )
