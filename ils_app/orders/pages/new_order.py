"""The order form: one page, checked while it is typed, saved by itself, sent with one key."""

import asyncio
from functools import partial
from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.catalog import service as catalog
from ils_app.catalog.schemas import Offer
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.errors import IlsError, Invalid
from ils_app.kernel.lims import TYPING_SECONDS, lims
from ils_app.orders import service as orders
from ils_app.orders.pages import form_view
from ils_app.orders.pages.form_layout import form_page
from ils_app.orders.pages.form_view import Verdict
from ils_app.orders.service import DraftChanged, DraftView, NotADraft, OrderDraft, Ticked
from ils_app.patients import service as patients
from ils_app.patients.pages.picker import PatientPicking
from ils_app.patients.pages.rows import PatientLine
from ils_app.practices import service as practices
from ils_app.practices.errors import NotYetOpen
from ils_app.practices.service import PracticeView
from ils_app.settings import service as settings
from ils_app.ui import errors, live, routes
from ils_app.ui.choices import Choice
from ils_app.ui.fields import Option
from ils_app.ui.findings import Finding, PriceLine
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import page
from ils_app.ui.session import SessionState
from ils_app.ui.showing import Picture, Showing, name_of
from lims_client.errors import LimsError

PAUSE_SECONDS = 0.3
SAVE_PAUSE_SECONDS = 0.6
PLAIN_FIELDS = {"ship_to", "reference", "notes", "eye", "design", "material", "colour", "tint", "frame_type",
                "frame_status", "urgency"}  # fmt: skip


class NewOrderState(SessionState):
    """The form as it stands in this tab. What is typed stays in the browser; what is shown about it comes from here."""

    values: dict[str, str] = dict.fromkeys(form_view.FIGURES, "")
    words: dict[str, str] = {"reference": "", "notes": "", "tint": "", "frame_type": "", "frame_status": "",
                             "ship_to": "", "ecp_id": "", "eye": "both"}  # fmt: skip
    balance: bool = False
    epoch: int = 0
    lens_epoch: int = 0  # of what another family decides anew, while the hand stays on the families

    families: list[Choice] = []
    designs: list[Choice] = []
    materials: list[Choice] = []
    colours: list[Choice] = []
    treatments: list[Choice] = []
    tints: list[Option] = []
    frame_types: list[Option] = []
    urgencies: list[Choice] = []
    fitting: str = ""

    findings: list[Finding] = []
    rx_findings: list[Finding] = []
    frame_findings: list[Finding] = []
    lens_findings: list[Finding] = []
    problems: dict[str, str] = dict.fromkeys(form_view.PROBLEM_FIELDS, "")
    count: str = "nothing entered yet"
    price_lines: list[PriceLine] = []
    total: str = ""
    promised_at: str = ""
    rules_version: str = ""
    checked: str = ""

    patient_name: str = ""
    patient_detail: str = ""
    choosing_patient: bool = True
    practice_options: list[Option] = []
    for_practice: str = ""
    sites: list[Option] = []
    people: list[Option] = []
    practice_epoch: int = 0  # of what the practice itself took away, while the rest of the form stays
    cannot_order: str = ""
    unfinished: list[dict[str, str]] = []
    file_name: str = ""
    origin: str = ""
    saved_at: str = ""
    saving: str = ""
    conflict: bool = False
    asking: bool = False
    sending: bool = False
    draft_url: str = ""
    lab_closed: str = ""
    estimate: str = ""  # the lab's calendar's, never the LIMS's promise

    _draft: OrderDraft = OrderDraft()
    _order_id: UUID | None = None
    _version: int = 0
    _edition: int = 0  # counts every change, so that a late answer knows that it is late
    _heard: int = 0  # which change of the catalog was the last one before it was read
    _theirs: DraftView | None = None
    _touched: bool = False  # something was entered here since the draft was opened or last followed
    _stand_in: dict[str, str] = {"ecp_id": "", "ship_to": ""}  # whom and where an order means that names neither
    _save_wanted: bool = False
    _save_running: bool = False

    @rx.event
    @opens("orders.create")
    async def load(self):
        """A fresh form, or the draft the address names."""
        self._watch(NewOrderState.catalog_changed, "catalog")
        self._watch(NewOrderState.lab_hours_changed, settings.LAB)
        await self._ask_the_calendar()
        named = self.router.url.query_parameters.get("draft", "")
        at_work = self._is_at_work_on(named)
        wanted = self._order_id if at_work else UUID(named) if _is_id(named) else None
        stored = await self._stored(wanted) if wanted else None
        if wanted and stored is None:  # sent meanwhile: in another tab, or by a click whose answer was lost
            return rx.redirect(routes.order(wanted))
        if at_work and (stored is None or stored.version == self._version or self._save_wanted or self.conflict):
            self.sending = False
            await self._show(await self._offer())
        elif wanted or named:
            await self._take(stored)
        else:
            await self._begin()
            await self._take_patient(self.router.url.query_parameters.get("patient", ""))
        if self._order_id is not None:
            self._watch(NewOrderState.draft_changed, f"order:{self._order_id}")
        await self._load_surroundings()
        return NewOrderState.check

    @rx.event
    @needs("orders.create", pushed=True)
    async def practice_changed(self):
        """Somebody came or left, a site was closed: offer what is there, keep what still goes, say what does not."""
        if not self.for_practice:
            return None
        named = {option.value: option.label for option in (*self.people, *self.sites)}
        practice = await self._show_practice(UUID(self.for_practice))
        changes: dict[str, Any] = {}
        said = []
        if self._draft.ecp_id and str(self._draft.ecp_id) not in {option.value for option in self.people}:
            said.append(f"{named.get(str(self._draft.ecp_id), 'Who ordered')} no longer orders for the practice.")
            changes["ecp_id"] = None
        if practice and self._draft.ship_to not in {"", *(site.code for site in practice.open_sites)}:
            said.append(f"{named.get(self._draft.ship_to, 'The site')} is closed: lenses go where they usually do.")
            changes["ship_to"] = ""
        if not changes:
            return None
        self.announcement, self.practice_epoch = " ".join(said), self.practice_epoch + 1
        return [errors.told(self.announcement, "practice"), *await self._edited(**changes)]

    def _is_at_work_on(self, named: str) -> bool:
        """Whether this tab's form already holds what the address asks for, so that nothing of it must be replaced.

        The address does not name the draft yet when the connection was lost while it was saved the first time.
        """
        if named:
            return named == str(self._order_id)
        return self._again or (self._order_id is None and (self._save_wanted or self._save_running))

    async def _stored(self, order_id: UUID) -> DraftView | None:
        """The draft as it was saved last; None when it has been sent."""
        try:
            return await orders.draft(await self._actor(), order_id)
        except NotADraft:
            return None

    async def _begin(self) -> None:
        """An empty form with the standard lens chosen."""
        self._order_id, self._version, self._theirs, self._touched = None, 0, None, False
        self.patient_name = self.patient_detail = self.origin = self.saved_at = self.saving = self.file_name = ""
        self.choosing_patient, self.conflict, self.sending, self.draft_url = True, False, False, ""
        offer = await self._offer()
        draft = OrderDraft(practice_id=UUID(self.for_practice) if self.for_practice else None)
        families = [family.id for family in offer.families if family.available]
        self._draft = form_view.standard(draft, offer, families[0]) if families else draft
        self._write_out()
        await self._show(offer)

    async def _take_patient(self, named: str) -> None:
        """The patient the address names, if it is one of the practice's own."""
        actor = await self._actor()
        if not _is_id(named) or actor.practice_id is None:
            return
        line = PatientLine.of(await patients.patient(actor, UUID(named)))
        self.patient_name, self.patient_detail, self.choosing_patient = line.name, line.detail, False
        self._draft = self._draft.model_copy(update={"patient_id": UUID(named)})

    async def _take(self, view: DraftView | None) -> None:
        """Show a saved draft, in place of whatever the form held."""
        if view is None:
            raise orders.NoSuchOrder
        self._order_id, self._version, self._draft, self._theirs = view.id, view.version, view.draft, None
        self._touched = False
        self.origin = f"corrects {view.corrects}" if view.corrects else ""
        self.origin = self.origin or (f"copied from {view.copied_from}" if view.copied_from else "")
        self.saved_at, self.conflict, self.sending = view.saved_at.isoformat(), False, False
        self.for_practice = str(view.practice_id)
        self.file_name = view.draft.file.name if view.draft.file else ""
        await self._show_patient(view)
        self._write_out()
        await self._show(await self._offer())

    async def _show_patient(self, view: DraftView) -> None:
        name, detail = await orders.patient_of_draft(await self._actor(), view.id)
        self.patient_name, self.patient_detail, self.choosing_patient = name, detail, not name

    def _write_out(self) -> None:
        """Put the draft into the fields themselves; only when it was opened or replaced, never while typing."""
        draft = self._draft
        self.values = form_view.values_of(draft)
        self.words = self._words()
        self.balance = draft.balance
        self.epoch, self.lens_epoch = self.epoch + 1, self.lens_epoch + 1

    def _words(self) -> dict[str, str]:
        """What the draft's other fields start with."""
        words = {name: str(getattr(self._draft, name) or "") for name in self.words}
        return {**words, **{name: words[name] or usual for name, usual in self._stand_in.items()}}

    async def _load_surroundings(self) -> None:
        """The practice's sites and people, the lab's practices, and drafts left unfinished."""
        actor = await self._actor()
        if actor.role is Role.LAB and not self.practice_options:
            found = await practices.practices(actor)
            named = (Option(str(one.id), one.name) for one in found if one.active)
            self.practice_options = [Option("", "Choose"), *named]
        practice_id = actor.practice_id or (UUID(self.for_practice) if self.for_practice else None)
        if practice_id is not None:
            await self._show_practice(practice_id)
            self._watch(NewOrderState.practice_changed, practices.topic(practice_id))
        page_of_drafts = await orders.orders_page(actor, view=orders.ListView.DRAFTS, limit=3)
        self.unfinished = [
            {
                "href": routes.draft(row.id),
                "title": row.patient_name or "No patient yet",
                "at": row.changed_at.isoformat(),
            }
            for row in page_of_drafts.rows
            if row.id != self._order_id
        ]

    async def _show_practice(self, practice_id: UUID) -> PracticeView | None:
        """Who orders there and where lenses go; None, and why, while the practice cannot order yet."""
        actor = await self._actor()
        self.for_practice = str(practice_id)
        try:
            practice = await practices.practice(actor, practice_id)
        except NotYetOpen as waits:
            self.cannot_order, self.sites, self.people = waits.message, [], []
            return None
        own = next((str(person.id) for person in practice.prescribers if person.user_id == actor.user_id), "")
        people = [Option(str(person.id), person.name) for person in practice.prescribers]
        self.people = people if own else [Option("", "Nobody named"), *people]
        self.sites = [Option(site.code, site.name) for site in practice.open_sites]
        self._stand_in = {"ecp_id": own, "ship_to": self.sites[0].value if self.sites else ""}
        self.cannot_order, self.words = "", self._words()
        return practice

    async def _show(self, offer: Offer) -> None:
        """What the draft and the rules say at once, without asking the lab."""
        values = form_view.shown(self._draft, offer)
        self._put(values)
        self._shows(NewOrderState.catalog_changed, _showing(self._draft, offer, values), since=self._heard)

    def _say(self, verdict: Verdict) -> None:
        self._put({name: getattr(verdict, name) for name in form_view.SAID})

    def _put(self, values: dict[str, Any]) -> None:
        for name, fresh in values.items():
            if getattr(self, name) != fresh:
                setattr(self, name, fresh)

    async def _offer(self) -> Offer:
        """What can be had now."""
        self._heard = live.heard(catalog.TOPIC)
        return await catalog.offer(await self._actor())

    async def _edited(self, **changes: Any) -> list[Any]:
        """Take a change into the draft, say at once what our rules say, then ask the lab and save."""
        self._draft = self._draft.model_copy(update=changes)
        self._edition += 1
        self._touched = True
        self._keep_typed()
        await self._show(await self._offer())
        self._save_wanted, self.saving = True, "saving"
        return [NewOrderState.check, NewOrderState.autosave]

    @rx.event
    @needs("orders.create")
    async def edit(self, name: str, value: str):
        """A field changed; the value is what stands in it now."""
        if name in form_view.FIGURES:
            return await self._edited(written={**self._draft.written, name: value})
        if name == "lens_type":
            offer = await self._offer()
            self._draft = form_view.standard(self._draft, offer, value)
            self.lens_epoch += 1
            return await self._edited()
        if name == "ecp_id":
            return await self._edited(ecp_id=UUID(value) if _is_id(value) else None)
        if name in PLAIN_FIELDS:
            return await self._edited(**{name: value})
        return None

    def _keep_typed(self) -> None:
        """What was typed is what the fields start with when they start afresh, as they do after a reload.

        A field that has been typed in keeps what is in it, however late this arrives.
        """
        values, words = form_view.values_of(self._draft), self._words()
        if values != self.values:
            self.values = values
        if words != self.words:
            self.words = words

    @rx.event
    @needs("orders.create")
    async def edit_coating(self, entry: str, chosen: bool):
        """A treatment was ticked or unticked."""
        kept = [coating for coating in self._draft.coatings if coating != entry]
        return await self._edited(coatings=(*kept, entry) if chosen else tuple(kept))

    @rx.event
    @needs("orders.create")
    async def edit_balance(self, name: str, chosen: bool):
        """One eye only, with a balance lens beside it."""
        return await self._edited(balance=chosen)

    @rx.event
    @needs("orders.create")
    async def confirm(self, code: str):
        """The ECP confirms a finding: stored with name and time."""
        actor = await self._actor()
        name, _, eye = code.partition(":")
        tick = Ticked(code=name, eye=eye or None, by=str(actor.user_id), by_name=actor.name, at=now())
        return await self._edited(confirmations=(*self._draft.confirmations, tick))

    @rx.event
    @needs("orders.create")
    async def choose_practice(self, name: str, value: str):
        """The lab enters an order for this practice."""
        self.for_practice = value if _is_id(value) else ""
        self._draft = self._draft.model_copy(update={"practice_id": UUID(value) if _is_id(value) else None,
                                                     "patient_id": None, "ship_to": "", "ecp_id": None})  # fmt: skip
        self.patient_name, self.choosing_patient = "", True
        await self._load_surroundings()
        return await self._edited()

    @rx.event
    @needs("orders.create")
    async def choose_patient(self, patient_id: str, name: str, detail: str):
        """The patient this order is for; the door checks whose patient it is when the draft is saved."""
        if not _is_id(patient_id):
            return None
        self.patient_name, self.patient_detail, self.choosing_patient = name, detail, False
        return await self._edited(patient_id=UUID(patient_id))

    @rx.event
    @needs("orders.create")
    async def change_patient(self):
        """Choose another patient."""
        self.choosing_patient = True

    @rx.event
    @needs("orders.create")
    async def attach(self, files: list[rx.UploadFile]):
        """Keep the trace file that was dropped or chosen."""
        actor = await self._actor()
        for file in files[:1]:
            body = await file.read(1_000_001)
            ref = await orders.attach(actor, file.filename or "trace.oma", body)
            self.file_name = ref.name
            return await self._edited(file=ref)
        return None

    @rx.event
    @needs("orders.create")
    async def detach(self):
        """Take the trace file off the draft."""
        self.file_name = ""
        return await self._edited(file=None)

    @rx.event(background=True, supersedes=True)
    @needs("orders.create")
    async def check(self):
        """Ask the lab, after a pause in typing; a newer question takes this one's place."""
        await asyncio.sleep(PAUSE_SECONDS)
        async with self:
            draft, edition = self._draft, self._edition
            if not form_view.is_begun(draft):
                return
            self.checked = "asking the lab"
        reading = orders.read(draft)
        configuration = reading.configuration.model_copy(update={"account_number": await self._account()})
        started = asyncio.get_running_loop().time()
        try:
            verdict = await lims().validate_configuration(configuration, deadline_seconds=TYPING_SECONDS, attempts=1)
        except LimsError:
            async with self:
                self.checked = "the lab does not answer; checked by our copy of its rules"
            return
        took = asyncio.get_running_loop().time() - started
        promised = verdict.promised_date.isoformat() if verdict.promised_date else ""
        async with self:
            if self._edition == edition:
                self._say(form_view.said(verdict.findings, draft, verdict.price, promised))
                self.rules_version = verdict.rules_version or self.rules_version
                self.checked = f"checked by the lab in {took * 1000:.0f} ms"

    async def _account(self) -> str | None:
        if not self.for_practice:
            return None
        return (await practices.practice(await self._actor(), UUID(self.for_practice))).account_number

    @rx.event(background=True)
    @needs("orders.create")
    async def autosave(self):
        """Save the draft; while a save runs, what is typed meanwhile is saved by the same run."""
        async with self:
            if self._save_running:
                return
            self._save_running = True
        try:
            while await self._save_once():
                pass
        except BaseException:
            async with self:
                self._save_running = False
            raise

    async def _save_once(self) -> bool:
        """One save of what stands in the form. True when there is more to save; False ends the run, under one lock."""
        await asyncio.sleep(SAVE_PAUSE_SECONDS)
        async with self:
            if not self._save_wanted or self.conflict or self.sending:
                self._save_running = False
                return False
            self._save_wanted = False
            draft, order_id, version = self._draft, self._order_id, self._version
            actor = await self._actor()
        try:
            if order_id is None:
                saved = await orders.open_draft(actor, draft)
            else:
                saved = await orders.autosave(actor, order_id, draft, version=version)
        except IlsError as error:
            async with self:
                self._save_running = False
                if isinstance(error, DraftChanged):
                    self._theirs, self.conflict, self.saving = error.theirs, True, "changed elsewhere"
                else:
                    self.saving = f"not saved: {error.message}"
            return False
        async with self:
            self._order_id, self._version = saved.id, saved.version
            self.saved_at, self.draft_url = saved.saved_at.isoformat(), routes.draft(saved.id)
            self._watch(NewOrderState.draft_changed, f"order:{saved.id}")
            self.saving = "saving" if self._save_wanted else ""
            self._save_running = self._save_wanted
            return self._save_wanted

    @rx.event
    @needs("orders.create", pushed=True)
    async def draft_changed(self):
        """The draft was saved or sent somewhere else: follow while nothing was entered here, else say so."""
        if self._order_id is None or self._save_running or self._save_wanted or self.sending or self.conflict:
            return None
        stored = await self._stored(self._order_id)
        if stored is None:
            return rx.redirect(routes.order(self._order_id))
        if stored.version == self._version:
            return None
        if not self._touched:
            await self._take(stored)
            return NewOrderState.check
        self._theirs, self.conflict, self.saving = stored, True, "changed elsewhere"
        return None

    @rx.event
    @needs("orders.create")
    async def keep_mine(self):
        """Two tabs wrote on one draft: what stands here goes over what was saved there."""
        if self._theirs is not None:
            self._version, self._theirs = self._theirs.version, None
        self.conflict = False
        return await self._edited()

    @rx.event
    @needs("orders.create")
    async def take_theirs(self):
        """Two tabs wrote on one draft: take what was saved there."""
        if self._theirs is not None:
            await self._take(self._theirs)
        self._save_wanted, self.saving = False, ""
        return NewOrderState.check

    @rx.event(background=True)
    @needs("orders.create")
    async def submit(self, form: dict[str, Any]):
        """Send the order; the browser's own values count, so that the last keystroke is in it."""
        async with self:
            if self.sending:
                return None
            self.sending = True
            self._draft = self._draft.model_copy(update={"written": self._written(form)})
            draft = self._draft
            actor = await self._actor()
        try:
            order_id = await self._saved_id()
            async with self:
                version = self._version
            if order_id is None:
                opened = await orders.open_draft(actor, draft)
                order_id = opened.id
                version = opened.version
                async with self:
                    self._order_id, self._version = opened.id, opened.version
            view = await orders.submit(actor, order_id, draft, version=version)
        except Invalid as refusal:
            async with self:
                self.sending = False
                self._refuse(refusal)
            return errors.toast(refusal)
        except IlsError as error:
            async with self:
                self.sending = False
                if isinstance(error, DraftChanged):
                    self._theirs, self.conflict, self.saving = error.theirs, True, "changed elsewhere"
            return errors.toast(error)
        return rx.redirect(routes.order(view.id))

    async def _saved_id(self) -> UUID | None:
        """The draft's id once no save is under way; a draft that is being opened must not be opened twice."""
        while True:
            async with self:
                if not self._save_running:
                    return self._order_id
            await asyncio.sleep(0.02)

    def _written(self, form: dict[str, Any]) -> dict[str, str]:
        """The figures as the browser holds them at the click."""
        typed = {name: str(form[name]) for name in form_view.FIGURES if form.get(name) is not None}
        return {**self._draft.written, **typed}

    def _refuse(self, refusal: Invalid) -> None:
        found = getattr(refusal, "findings", ())
        if found:
            self._say(form_view.said(found, self._draft, None, ""))
        self.problems = {
            **self.problems,
            **{name: text for name, text in refusal.fields.items() if name in self.problems},
        }
        self.announcement = refusal.message

    @rx.event
    @needs("catalog.read", pushed=True)
    async def catalog_changed(self):
        """New rules were published: offer what is possible now, keep what was entered, say what no longer goes."""
        offer = await self._offer()
        before = self.rules_version
        await self._show(offer)
        if offer.rules_version == before:
            return None
        self.announcement = form_view.new_rules(offer)
        return [errors.told(self.announcement, "rules"), NewOrderState.check]

    @rx.event
    @needs("orders.create", pushed=True)
    async def lab_hours_changed(self):
        """The lab opened, closed, or works otherwise now."""
        await self._ask_the_calendar()

    async def _ask_the_calendar(self) -> None:
        """Whether the lab is open, for a practice, and how long it usually needs."""
        actor = await self._actor()
        said = await settings.lab_today(actor)
        self.lab_closed = said.closed if actor.role is Role.ECP else ""
        self.estimate = said.estimate

    @rx.event
    @needs("orders.create")
    async def ask_to_throw_away(self):
        """Ask before the draft is thrown away."""
        self.asking = True

    @rx.event
    @needs("orders.create")
    async def keep(self):
        """Keep the draft after all."""
        self.asking = False

    @rx.event
    @needs("orders.create")
    async def throw_away(self):
        """Throw the draft away and begin afresh."""
        self.asking = False
        if self._order_id is not None:
            await orders.discard(await self._actor(), self._order_id)
        await self._begin()
        await self._load_surroundings()
        self.draft_url = routes.NEW_ORDER


class OrderPatient(PatientPicking, SessionState):
    """Who the order is for: found, or added on the spot."""

    async def _chosen(self, patient: PatientLine) -> Any:
        return NewOrderState.choose_patient(patient.id, patient.name, patient.detail)

    async def _practice(self) -> UUID | None:
        form, actor = await self.get_state(NewOrderState), await self._actor()
        if not form.for_practice:
            return actor.practice_id
        return (await practices.practice(actor, UUID(form.for_practice))).id


def _picture(draft: OrderDraft, offer: Offer, values: dict[str, Any]) -> Picture:
    key = (offer.number, offer.rules_version, offer.version, draft.model_dump_json(), today_in_lab(), frozenset(values))
    return Picture.of({**values, "announcement": form_view.new_rules(offer)}, key)


async def _picture_now(draft: OrderDraft, actor: Actor) -> Picture:
    offer = await catalog.offer(actor)
    return _picture(draft, offer, form_view.shown(draft, offer))


def _showing(draft: OrderDraft, offer: Offer, values: dict[str, Any]) -> Showing:
    """What a form with this draft shows of the catalog; once something is entered, the lab has its say again."""
    begun = form_view.is_begun(draft)
    kept = {name: value for name, value in values.items() if not begun or name not in form_view.SAID}
    return Showing(
        NewOrderState, "catalog.read", catalog.TOPIC, draft.model_dump_json(), partial(_picture_now, draft),
        _picture(draft, offer, kept), notice="rules", then=name_of(NewOrderState.check) if begun else "",
    )  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@page(routes.NEW_ORDER, title="New order", on_load=NewOrderState.load)
def new_order() -> rx.Component:
    """The form; `form_layout` draws it."""
    return form_page(NewOrderState, OrderPatient)
