"""How the lab works, for its administrator: orders, hours, holidays and terms, and every organisation's letterhead."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.auth import service as auth
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Conflict, Invalid
from ils_app.settings import service as settings
from ils_app.settings import words
from ils_app.settings.pages.letterhead import LetterheadState, letterhead_card
from ils_app.settings.service import Hours, LabDraft, LabView
from ils_app.ui import buttons, errors, feedback, fields, layout, routes, tables
from ils_app.ui.fields import Option
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

CURRENCIES = {
    "GBP": "pound sterling", "EUR": "euro", "USD": "US dollar", "AUD": "Australian dollar", "CAD": "Canadian dollar",
    "CHF": "Swiss franc", "CZK": "Czech koruna", "DKK": "Danish krone", "NOK": "Norwegian krone",
    "NZD": "New Zealand dollar", "PLN": "Polish złoty", "SEK": "Swedish krona", "SGD": "Singapore dollar",
    "ZAR": "South African rand",
}  # fmt: skip
DAYS = tuple(day.lower() for day in words.WEEKDAYS)
FIELDS = ("order_prefix", "lead_time_days", "time_zone", "payment_terms_days", "currency")
CLOCKS = tuple(f"{day}_{end}" for day in DAYS for end in ("opens", "closes"))
NO_PROBLEMS = dict.fromkeys((*FIELDS, "opening_hours", *(f"hours_{day}" for day in DAYS)), "")
USUAL_TIMES = {"opens": "08:00", "closes": "18:00"}


@dataclass(frozen=True)
class HolidayLine:
    """A holiday as the list has it."""

    id: str  # the day, YYYY-MM-DD
    shown: str
    name: str
    gone: bool


class LabSettingsState(SessionState):
    """The lab's form as it is kept, what is wrong with what is typed, and the holidays."""

    values: dict[str, str] = dict.fromkeys((*FIELDS, *CLOCKS), "")
    works: dict[str, bool] = dict.fromkeys(DAYS, False)
    problems: dict[str, str] = NO_PROBLEMS
    lab_epoch: int = 0
    journal: str = ""  # what is typed belongs to this version of the settings
    theirs: bool = False
    holidays: list[HolidayLine] = []
    holiday_problems: dict[str, str] = {"day": "", "name": ""}
    holiday_epoch: int = 0
    organisations: list[Option] = []
    chosen: str = ""
    preview: str = ""
    _version: int = 0
    _typed: bool = False

    @rx.event
    @opens("settings.manage")
    async def load(self):
        """Show how the lab works, and the letterhead the address names, else the lab's."""
        actor = await self._actor()
        view = await settings.lab_settings(actor)
        self._take(view)
        self.holiday_problems = {"day": "", "name": ""}
        self._watch(LabSettingsState.lab_changed, settings.LAB)
        found = await auth.organisations(actor)
        self.organisations = [Option(str(one.id), f"{one.name} ({one.kind.value})") for one in found]
        named = self.router.url.query_parameters.get("organisation", "")
        self.chosen = named if named in {option.value for option in self.organisations} else str(view.lab_id or "")
        if self.chosen:
            letterhead = await self.get_state(LetterheadState)
            await letterhead._open(UUID(self.chosen))

    def _take(self, view: LabView) -> None:
        """Show what is kept, in place of whatever the form held."""
        self._show(view)
        plain = {name: str(getattr(view, name)) for name in FIELDS}
        clocks = dict.fromkeys(CLOCKS, "")
        for day, hours in zip(DAYS, view.opening_hours, strict=True):
            clocks[f"{day}_opens"] = f"{hours.opens:%H:%M}" if hours else USUAL_TIMES["opens"]
            clocks[f"{day}_closes"] = f"{hours.closes:%H:%M}" if hours else USUAL_TIMES["closes"]
        self.values = plain | clocks
        self.works = {day: hours is not None for day, hours in zip(DAYS, view.opening_hours, strict=True)}
        self.problems, self.theirs, self._typed = NO_PROBLEMS, False, False
        self._version = view.version
        self.journal = f"lab:{view.version}"
        self.lab_epoch += 1

    def _show(self, view: LabView) -> None:
        """What needs no form: the holidays, and what a number looks like."""
        today = today_in_lab()
        self.holidays = [
            HolidayLine(one.day.isoformat(), f"{one.day:%a} {one.day.day} {one.day:%b %Y}", one.name, one.day < today)
            for one in view.holidays
        ]
        self.preview = f"{view.order_prefix}-{today.year}-000123"

    @rx.event
    @needs("settings.manage", pushed=True)
    async def lab_changed(self):
        """Somebody saved, or added a holiday: show it, and never over what is being typed."""
        view = await settings.lab_settings(await self._actor())
        if view.version != self._version and not self._typed:
            self._take(view)
        else:
            self.theirs = view.version != self._version
            self._show(view)

    @rx.event
    @needs("settings.manage")
    async def write(self, name: str, value: str):
        """Something was typed: it is this form's until it is saved."""
        if name in self.values:
            self._typed = True
            day = name.partition("_")[0]
            cleared = {name: "", "opening_hours": "", f"hours_{day}": ""}
            self.problems = self.problems | {key: "" for key in cleared if key in NO_PROBLEMS}

    @rx.event
    @needs("settings.manage")
    async def work(self, name: str, checked: bool):
        """Open or close the lab on a day of the week, once the form is saved."""
        day = str(name).partition("_")[0]
        if day in DAYS and isinstance(checked, bool):
            self._typed = True
            self.works = self.works | {day: checked}
            self.problems = self.problems | {"opening_hours": "", f"hours_{day}": ""}

    @rx.event
    @needs("settings.manage")
    async def save(self, form: dict[str, Any]):
        """Save the form; a refusal stands beside its field, and what was typed stays."""
        actor = await self._actor()
        kept = await settings.lab_settings(actor)
        try:
            draft = _read(form, kept, self.works)
            saved = await settings.set_lab_settings(actor, draft, self._version)
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        except Conflict:
            self.theirs = True
            return None
        self._take(saved)
        return errors.done("The lab works like this from now on.")

    @rx.event
    @needs("settings.manage")
    async def take_theirs(self):
        """Give up what is typed here for what was saved elsewhere."""
        self._take(await settings.lab_settings(await self._actor()))

    @rx.event
    @needs("settings.manage")
    async def keep_mine(self):
        """Go on with what is typed here: the next save puts it over what was saved elsewhere."""
        self._version, self.theirs = (await settings.lab_settings(await self._actor())).version, False

    @rx.event
    @needs("settings.manage")
    async def add_holiday(self, form: dict[str, Any]):
        """Close the lab on a day."""
        typed = str(form.get("holiday_day", ""))
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            self.holiday_problems = {"day": "Choose a day.", "name": ""}
            return
        try:
            view = await settings.add_holiday(await self._actor(), day, str(form.get("holiday_name", "")))
        except Invalid as refused:
            self.holiday_problems = {"day": "", "name": ""} | refused.fields
            return
        self.holiday_problems = {"day": "", "name": ""}
        self.holiday_epoch += 1
        self._show(view)

    @rx.event
    @needs("settings.manage")
    async def remove_holiday(self, day: str):
        """Have the lab work on a day after all."""
        if day in {line.id for line in self.holidays}:
            self._show(await settings.remove_holiday(await self._actor(), date.fromisoformat(day)))

    @rx.event
    @needs("settings.manage")
    async def choose(self, name: str, value: str):
        """Open another organisation's letterhead."""
        if value in {option.value for option in self.organisations}:
            self.chosen = value
            letterhead = await self.get_state(LetterheadState)
            await letterhead._open(UUID(value))


def _read(form: dict[str, Any], kept: LabView, works: dict[str, bool]) -> LabDraft:
    """The form as a draft; what it does not name is as it is kept. Raises Invalid for what is no number or time."""
    problems: dict[str, str] = {}
    plain: dict[str, Any] = {name: str(form.get(name, getattr(kept, name))) for name in FIELDS}
    for name in ("lead_time_days", "payment_terms_days"):
        try:
            plain[name] = int(plain[name])
        except ValueError:
            problems[name] = "Give a whole number of days."
    week: list[Hours | None] = []
    for day, hours in zip(DAYS, kept.opening_hours, strict=True):
        opens, closes = form.get(f"{day}_opens"), form.get(f"{day}_closes")
        if not works[day]:
            week.append(None)
        elif opens is None and closes is None:
            week.append(hours)
        else:
            try:
                week.append(words.hours_of(str(opens), str(closes)))
            except ValueError:
                problems[f"hours_{day}"] = "Give both times, such as 08:00 and 17:30."
    words.refuse(problems)
    return LabDraft(opening_hours=tuple(week), **plain)


@page(routes.LAB_SETTINGS, title="Lab settings", on_load=LabSettingsState.load)
def lab_settings() -> rx.Component:
    """The lab's form and holidays beside the letterheads."""
    state = LabSettingsState
    whose = fields.select_field("organisation", "Whose letterhead", state.organisations, default=state.chosen,
                                on_edit=state.choose, key=state.chosen)  # fmt: skip
    return frame(
        layout.columns(
            layout.stack(_how_it_works(), _holidays()),
            layout.stack(
                layout.card(whose), letterhead_card(title=rx.fragment("Letterhead of ", LetterheadState.whose))
            ),
            shape="two",
        ),
        title="Lab settings",
        subtitle="How the lab works, and what stands on documents",
        active=routes.LAB_SETTINGS,
    )


def _how_it_works() -> rx.Component:
    state = LabSettingsState
    conflict = feedback.callout(
        "warn",
        "Somebody saved these settings while you were typing",
        layout.paragraph("What you typed is still here, not saved."),
        layout.row(
            buttons.button("Take theirs", on_click=state.take_theirs, small=True, data_forget="true"),
            buttons.button("Keep mine", on_click=state.keep_mine, small=True),
        ),
    )
    days = {"input_mode": "numeric", "mono": True}
    numbers = rx.fragment("New orders are numbered ", layout.mono(state.preview), "; those there are keep theirs.")
    form = fields.form(
        layout.stack(
            layout.field_row(
                _field("order_prefix", "Order prefix", mono=True, max_length=6, hint=numbers),
                _field("lead_time_days", "Lead time in days", **days,
                       hint="Working days; an estimate while an order waits for the lab."),
            ),
            layout.field_row(
                _field("payment_terms_days", "Payment terms in days", **days, hint="On new invoices."),
                fields.select_field("currency", "Currency", [Option(c, f"{c} · {n}") for c, n in CURRENCIES.items()],
                                    **_wired("currency")),
            ),
            fields.select_field("time_zone", "Time zone", [Option(zone, zone) for zone in words.zones()],
                                hint="Due dates, tickets and the year of numbers go by it.", **_wired("time_zone")),
            rx.el.fieldset(
                rx.el.legend("Opening hours"),
                *[_day(day, label) for day, label in zip(DAYS, words.WEEKDAYS, strict=True)],
                fields.field_problem("opening_hours", state.problems["opening_hours"]),
                class_name="ils-week",
            ),
            layout.actions(fields.submit_button("Save how the lab works", wide=False)),
            gap="m",
        ),
        on_submit=state.save,
        data_journal=state.journal,
        aria_label="How the lab works",
    )  # fmt: skip
    return layout.card(layout.stack(rx.cond(state.theirs, conflict), form, gap="m"), title="How the lab works")


def _wired(name: str) -> dict[str, Any]:
    state = LabSettingsState
    return {"default": state.values[name], "problem": state.problems[name], "on_edit": state.write,
            "epoch": state.lab_epoch}  # fmt: skip


def _field(name: str, label: str, **more: Any) -> rx.Component:
    return fields.text_field(name, label, **_wired(name), **more)


def _day(day: str, label: str) -> rx.Component:
    """One day of the week: whether the lab works, from when until when."""
    state = LabSettingsState

    def clock(end: str) -> rx.Component:
        name = f"{day}_{end}"
        return fields.time_field(name, f"{label} {end}", default=state.values[name], on_edit=state.write,
                                 epoch=state.lab_epoch, disabled=~state.works[day])  # fmt: skip

    return rx.fragment(
        rx.el.div(
            fields.switch(f"{day}_works", label, default=state.works[day], on_edit=state.work, epoch=state.lab_epoch),
            rx.cond(state.works[day], rx.fragment(clock("opens"), rx.el.span("to"), clock("closes")),
                    layout.muted("closed")),
            class_name="ils-week-day",
        ),
        fields.field_problem(f"hours_{day}", state.problems[f"hours_{day}"]),
    )  # fmt: skip


def _holidays() -> rx.Component:
    state = LabSettingsState
    table = tables.data_table(
        state.holidays,
        [
            tables.Column("Day", lambda line: layout.strong(line.shown)),
            tables.Column("Holiday", lambda line: rx.fragment(line.name, rx.cond(line.gone, feedback.tag("gone by")))),
            tables.Column(
                "",
                lambda line: buttons.button(
                    "Remove", small=True, on_click=state.remove_holiday(line.id),
                    aria_label=f"Remove {line.name}, {line.shown}",
                ),
                align="end",
            ),
        ],
        label="Holidays",
        empty=feedback.empty_state("calendar-off", "No holidays", "Add the days the lab is closed."),
        dense=True,
    )  # fmt: skip
    form = fields.form(
        layout.stack(
            layout.field_row(
                fields.date_field("holiday_day", "Day", problem=state.holiday_problems["day"],
                                  epoch=state.holiday_epoch),
                fields.text_field("holiday_name", "What is celebrated", problem=state.holiday_problems["name"],
                                  epoch=state.holiday_epoch),
            ),
            layout.actions(buttons.button("Add the holiday", type="submit", icon="plus")),
            gap="m",
        ),
        on_submit=state.add_holiday,
        aria_label="A new holiday",
    )  # fmt: skip
    return layout.card(table, layout.card_part(form), title="Holidays", flush=True)
