"""Choosing the patient of an order: type to find, Enter to take, or add a new one on the spot.

A form has a state of its own for it and draws it where it likes:

    class OrderPatient(PatientPicking, SessionState):
        async def _chosen(self, patient: PatientLine):
            return NewOrderState.choose_patient(patient.id, patient.name, patient.detail)

    rx.cond(NewOrderState.choosing_patient, patient_picker(OrderPatient), chosen_patient(OrderPatient, ...))
"""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Invalid
from ils_app.patients import birthdays
from ils_app.patients import service as patients
from ils_app.patients.errors import LooksLike
from ils_app.patients.pages.entry import alike_callout, patient_fields, problems_of
from ils_app.patients.pages.rows import PatientLine, entry_of
from ils_app.patients.schemas import PatientDraft
from ils_app.ui import buttons, feedback, layout
from ils_app.ui.combobox import combobox
from ils_app.ui.guard import needs
from ils_app.ui.session import SessionState

FIELD = "patient"
PREFIX = "patient_"
SHOWN = 8


class PatientPicking(SessionState, mixin=True):
    """The search, and the new patient beside it. A subclass says what becomes of the one who was chosen."""

    hits: list[PatientLine] = []
    answered: str = ""  # what was typed when the hits that are shown were found
    said: str = ""
    epoch: int = 0
    adding: bool = False
    defaults: dict[str, str] = entry_of(None)
    problems: dict[str, str] = problems_of({})
    problem: str = ""
    alike: list[PatientLine] = []
    just_chosen: bool = False  # the hand is still here: what takes the picker's place takes the focus
    _typed: str = ""
    _passed_over: str | None = None
    _entry: dict[str, str] = {}

    async def _chosen(self, patient: PatientLine) -> Any:
        """What the form does with the patient; an event, or None. A subclass answers."""
        raise NotImplementedError

    async def _practice(self) -> UUID | None:
        """The practice a new patient is added to; where the lab orders for one, the form knows which."""
        return (await self._actor()).practice_id

    @rx.event
    @needs("patients.read")
    async def look(self, text: str):
        """Find whom the text may mean."""
        self._typed, self._passed_over = text, None
        found = await patients.search(await self._actor(), text, limit=SHOWN) if text.strip() else []
        self.hits, self.answered = [PatientLine.of(patient) for patient in found], text
        self.said = f"{len(found)} found" if text.strip() else ""

    @rx.event
    @needs("patients.read")
    async def enter(self, shown: str):
        """Enter was pressed on a list found for `shown`; if more had been typed by then, that is what was meant."""
        if not self._typed.strip() or shown == self._typed:
            return None  # the browser takes the option itself
        self._passed_over = shown
        if len(self.hits) == 1:
            return await self._take(self.hits[0].id)
        if not self.hits:
            self._begin()
        return None

    @rx.event
    @needs("patients.read")
    async def pick(self, patient_id: str, shown: str):
        """Take one of the patients who are shown."""
        if shown == self._passed_over:  # Enter on a list that was out of date: `enter` has seen to it
            self._passed_over = None
            return None
        return await self._take(patient_id)

    @rx.event
    @needs("orders.create")
    async def begin(self, shown: str):
        """Add a new patient, beginning with what was typed."""
        if shown == self._passed_over:
            self._passed_over = None
        else:
            self._begin()

    @rx.event
    @needs("orders.create")
    async def back(self):
        """Search again instead of adding."""
        self._empty()

    @rx.event
    @needs("orders.create")
    async def edit(self, name: str, value: str):
        """Note what stands in a field of the new patient."""
        self._entry[name.removeprefix(PREFIX)] = value
        self.alike = []

    @rx.event
    @needs("orders.create")
    async def add(self):
        """Add the new patient and choose them, or say what is missing and whom they look like."""
        return await self._add(even_if_alike=False)

    @rx.event
    @needs("orders.create")
    async def add_all_the_same(self):
        """Add the new patient although one looks like them."""
        return await self._add(even_if_alike=True)

    async def _add(self, *, even_if_alike: bool) -> Any:
        self.alike, self.problems, self.problem = [], problems_of({}), ""
        practice_id = await self._practice()
        if practice_id is None:
            self.problem = "Choose the practice first."
            return None
        try:
            draft = PatientDraft.read(self._entry)
            actor = await self._actor()
            patient = await patients.take_for_order(actor, practice_id, draft, even_if_alike=even_if_alike)
        except LooksLike as offer:
            self.alike = [PatientLine.of(candidate) for candidate in offer.candidates]
            return None
        except Invalid as refusal:
            self.problems = problems_of(refusal.fields)
            return None
        self._empty()
        self.just_chosen = True
        return await self._chosen(PatientLine.of(patient))

    async def _take(self, patient_id: str) -> Any:
        shown = {line.id for line in (*self.hits, *self.alike)}
        if patient_id not in shown:
            return None
        patient = await patients.patient(await self._actor(), UUID(patient_id))
        self._empty()
        self.just_chosen = True
        return await self._chosen(PatientLine.of(patient))

    def _begin(self) -> None:
        self._entry = begun_from(self._typed)
        self.defaults, self.problems, self.alike, self.problem = dict(self._entry), problems_of({}), [], ""
        self.adding, self.epoch = True, self.epoch + 1

    def _empty(self) -> None:
        self.hits, self.answered, self.said, self.adding, self.alike = [], "", "", False, []
        self.problems, self.problem, self.defaults = problems_of({}), "", entry_of(None)
        self._typed, self._passed_over, self._entry = "", None, entry_of(None)
        self.epoch += 1
        self.just_chosen = False


def begun_from(typed: str) -> dict[str, str]:
    """A new patient as far as the search text tells: "eleanor marsh 14/03/1961", or "Marsh, Eleanor"."""
    entry = entry_of(None)
    if (found := birthdays.find(typed)) and (born := found[0].on(today_in_lab())):
        typed, entry["date_of_birth"] = found[1], f"{born:%d/%m/%Y}"
    if "," in typed:
        family, _, given = typed.partition(",")
    else:
        given, _, family = typed.strip().rpartition(" ")
    for name, text in (("given_name", given), ("family_name", family)):
        text = " ".join(text.split())
        entry[name] = text.title() if text.islower() else text
    return entry


def patient_picker(state: Any, *, label: str = "Patient", problem: Any = "", **props: Any) -> rx.Component:
    """The picker: a search with its finds, or the new patient. `problem` is the form's own ("Choose a patient.").

    The lab, ordering for a practice, searches nobody's patients and only writes down who the order is for.
    """
    return rx.cond(
        state.adding | (state.role != "ecp"),
        _new_patient(state, problem),
        combobox(
            FIELD,
            label,
            state.hits,
            on_edit=state.look,
            on_enter=state.enter(state.answered),
            on_pick=lambda hit: state.pick(hit.id, state.answered),
            title=lambda hit: hit.name,
            detail=lambda hit: hit.detail,
            kind=lambda hit: hit.number,
            last=rx.fragment("Add ", layout.strong(state.answered), " as a new patient"),
            last_shown=state.answered != "",
            on_last=state.begin(state.answered),
            placeholder="Name, date of birth, number or reference",
            problem=problem,
            said=state.said,
            epoch=state.epoch,
            **props,
        ),
    )


def chosen_patient(state: Any, name: Any, detail: Any, *, on_change: Any) -> rx.Component:
    """What takes the picker's place: the patient, and the way back. Just chosen, it has the focus: Tab goes on."""
    change = buttons.button("Change", kind="quiet", small=True, on_click=on_change, auto_focus=state.just_chosen)
    return layout.row(layout.person(name, detail), change, spread=True)


def _new_patient(state: Any, problem: Any) -> rx.Component:
    take = lambda line: buttons.button("This one", small=True, on_click=state.pick(line.id, ""))  # noqa: E731
    insist = buttons.button("Add as a new patient", on_click=state.add_all_the_same)
    told = rx.cond(state.problem != "", state.problem, problem)
    return layout.stack(
        layout.section_title("New patient"),
        patient_fields(
            state.defaults,
            state.problems,
            on_edit=state.edit,
            epoch=state.epoch,
            prefix=PREFIX,
            auto_focus=True,
            on_key_down=lambda key, held: _add_on_enter(key, held, state),
        ),
        rx.cond(told != "", feedback.callout("warn", told)),
        alike_callout(state.alike, take=take, insist=insist),
        layout.actions(
            rx.cond(state.role == "ecp", buttons.button("Search instead", kind="quiet", on_click=state.back)),
            buttons.button("Add patient", icon="user-plus", on_click=state.add),
        ),
        gap="m",
    )


def _add_on_enter(key: rx.Var[str], held: Any, state: Any) -> Any:
    """Enter in a field of the new patient adds them; it does not send the form they stand in."""
    plain = (key == "Enter") & ~held["ctrl_key"] & ~held["meta_key"]
    return rx.cond(plain, state.add().prevent_default, rx.noop())
