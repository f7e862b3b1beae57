"""One patient: added or changed, two tabs kept from overwriting each other, and who has looked."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.kernel.errors import Invalid, NotFound
from ils_app.patients import service as patients
from ils_app.patients.errors import ChangedElsewhere, LooksLike
from ils_app.patients.pages.entry import alike_callout, patient_fields, problems_of
from ils_app.patients.pages.rows import PatientLine, ReadLine, entry_of
from ils_app.patients.schemas import PatientDraft, PatientView
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

READS_SHOWN = 8


class PatientState(SessionState):
    """The form of one patient, new or known."""

    line: PatientLine = PatientLine()
    defaults: dict[str, str] = entry_of(None)
    problems: dict[str, str] = problems_of({})
    epoch: int = 0
    alike: list[PatientLine] = []
    theirs: str = ""  # the patient as someone else saved it meanwhile, in a line
    reads: list[ReadLine] = []
    missing: bool = False
    _id: UUID | None = None
    _version: int = 0
    _touched: bool = False
    _mine: dict[str, Any] = {}

    @rx.event
    @opens("patients.write")
    async def load_new(self):
        """An empty form."""
        self._take(None)

    @rx.event
    @opens("patients.read")
    async def load(self):
        """The patient of this address; that they were looked at is recorded."""
        actor = await self._actor()
        self._take(None)
        try:
            self._id = UUID(self.router.url.path.rstrip("/").rpartition("/")[2])
            self._take(await patients.patient(actor, self._id))
        except (ValueError, NotFound):
            self.missing = True
            return
        await self._show_reads()
        self._watch(PatientState.refresh, patients.topic(actor.organisation_id))

    @rx.event
    @needs("patients.read", pushed=True)
    async def refresh(self):
        """Someone changed a patient: show this one as it is now, unless the hand is in the form."""
        if self._id is None or self.missing:
            return
        current = await patients.patient(await self._actor(), self._id)
        if current.version != self._version:
            self._meet(current)

    @rx.event
    @needs("patients.write")
    async def edit(self, name: str, value: str):
        """Note that the form is being worked on."""
        self._touched = True

    @rx.event
    @needs("patients.write")
    async def save(self, form: dict[str, Any]):
        """Add or change the patient as the form says, over what someone else saved once that has been shown."""
        self._mine = form
        return await self._save()

    @rx.event
    @needs("patients.write")
    async def add_all_the_same(self):
        """Add the patient although one looks like them."""
        return await self._save(even_if_alike=True)

    @rx.event
    @needs("patients.read")
    async def take_theirs(self):
        """Drop what was entered for what someone else saved."""
        if self._id is not None:
            self._take(await patients.patient(await self._actor(), self._id))

    async def _save(self, *, even_if_alike: bool = False) -> Any:
        self.problems, self.alike = problems_of({}), []
        try:
            draft = PatientDraft.read(self._mine)
            actor = await self._actor()
            if self._id is None:
                patient = await patients.add(actor, draft, even_if_alike=even_if_alike)
                return [rx.redirect(routes.patient(patient.id)), errors.done(f"{patient.number} is added.")]
            self._take(await patients.edit(actor, self._id, draft, self._version))
        except LooksLike as offer:
            self.alike = [PatientLine.of(candidate) for candidate in offer.candidates]
            return None
        except ChangedElsewhere as refusal:
            self._touched = True
            self._meet(refusal.current)
            return None
        except Invalid as refusal:
            self.problems = problems_of(refusal.fields)
            return None
        return errors.done("The patient is saved.")

    def _meet(self, current: PatientView) -> None:
        """Someone else saved: follow when nothing was entered here, else say what stands there now."""
        if not self._touched:
            self._take(current)
        else:
            line = PatientLine.of(current)
            self.theirs, self._version = f"{line.name}, {line.detail}", current.version

    def _take(self, patient: PatientView | None) -> None:
        self.line = PatientLine.of(patient) if patient else PatientLine()
        self.defaults, self.problems = entry_of(patient), problems_of({})
        self.alike, self.theirs, self.missing, self._touched = [], "", False, False
        self._id, self._version = (patient.id, patient.version) if patient else (None, 0)
        self.epoch += 1
        if patient is None:
            self.reads = []

    async def _show_reads(self) -> None:
        assert self._id
        reads = await patients.readers(await self._actor(), self._id, limit=READS_SHOWN)
        self.reads = [ReadLine.of(read) for read in reads]


@page(routes.NEW_PATIENT, title="New patient", on_load=PatientState.load_new)
def new_patient() -> rx.Component:
    """The form of a patient to add."""
    insist = buttons.button("Add as a new patient", on_click=PatientState.add_all_the_same)
    return frame(
        layout.columns(
            layout.card(
                fields.form(
                    _fields(auto_focus=True),
                    alike_callout(PatientState.alike, take=_open, insist=insist),
                    layout.actions(
                        buttons.link_button("Back to the list", routes.PATIENTS, kind="quiet"),
                        fields.submit_button("Add patient", wide=False),
                    ),
                    on_submit=PatientState.save,
                ),
                title="Who is it?",
            ),
            shape="main-side",
        ),
        title="New patient",
        active=routes.PATIENTS,
    )


@page(routes.PATIENT, title="Patient", on_load=PatientState.load)
def patient() -> rx.Component:
    """A patient, their orders, and who has looked."""
    return frame(
        rx.cond(PatientState.missing, _missing(), _known()),
        title=rx.cond(PatientState.missing | (PatientState.line.name == ""), "Patient", PatientState.line.name),
        subtitle=layout.mono(PatientState.line.number),
        active=routes.PATIENTS,
        actions=rx.cond(PatientState.missing, rx.fragment(), _ways_on()),
        shortcuts=(dialogs.Shortcut("o", "Their orders"), dialogs.Shortcut("mod+enter", "Save")),
    )


def _known() -> rx.Component:
    return layout.columns(
        layout.card(
            fields.form(
                _fields(),
                rx.cond(PatientState.theirs != "", _changed_elsewhere()),
                layout.actions(
                    fields.submit_button(rx.cond(PatientState.theirs != "", "Keep mine", "Save"), wide=False)
                ),
                on_submit=PatientState.save,
            ),
            title="Patient",
        ),
        layout.card(
            rx.foreach(PatientState.reads, _read),
            title="Looked at by",
            aside="the latest",
        ),
        shape="main-side",
    )


def _fields(*, auto_focus: bool = False) -> rx.Component:
    return patient_fields(
        PatientState.defaults,
        PatientState.problems,
        on_edit=PatientState.edit,
        epoch=PatientState.epoch,
        auto_focus=auto_focus,
    )


def _changed_elsewhere() -> rx.Component:
    return feedback.callout(
        "warn",
        "This patient was changed elsewhere",
        layout.paragraph("It now says: ", PatientState.theirs, "."),
        action=buttons.button("Take theirs", on_click=PatientState.take_theirs),
    )


def _read(read: Any) -> rx.Component:
    return layout.row(layout.person(read.who, read.why), layout.muted(times.ago(read.at)), spread=True)


def _open(line: Any) -> rx.Component:
    return buttons.link_button("Open", line.href, small=True)


def _ways_on() -> rx.Component:
    return layout.row(
        buttons.link_button("Their orders", routes.orders_of(PatientState.line.id), icon="list", shortcut="o"),
        buttons.link_button("New order", routes.order_for(PatientState.line.id), kind="primary", icon="plus"),
    )


def _missing() -> rx.Component:
    return feedback.empty_state(
        "user-x",
        "There is no such patient",
        "The address may be mistyped, or the patient is not of your practice.",
        buttons.link_button("To the patients", routes.PATIENTS),
    )
