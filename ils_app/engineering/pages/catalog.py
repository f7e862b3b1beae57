"""Catalog and rules: versions down the side with who and why, what differs, a draft edited, tried and published."""

from typing import Any

import reflex as rx

from ils_app.catalog import service as catalog
from ils_app.engineering import service as engineering
from ils_app.engineering.entering import offered_by, powers_now, read_edit, section_text
from ils_app.engineering.pages.catalog_view import outline
from ils_app.engineering.pages.rows import STATES, ChangeLine, CodeLine, KeptLine, SetLine, TriedLine
from ils_app.engineering.schemas import Direction, RuleSetLine, RuleSetView, Simulation
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import IlsError, Invalid
from ils_app.ui import errors, routes
from ils_app.ui.fields import Option
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import page
from ils_app.ui.session import SessionState
from ils_app.ui.tables import Page

SIZE = 50
FIELDS = (
    "kind", "priced", "minor", "entry", "available", "name", "description", "design", "material", "made", "service",
    "days", "powers", "sphere_min_dpt", "sphere_max_dpt", "cylinder_max_dpt", "first", "second", "because", "fix",
    "severity", "pair", "id", "group", "needs", "hours", "section", "text", "note",
)  # fmt: skip
NO_PROBLEMS = dict.fromkeys(FIELDS, "")


class RulesState(SessionState):
    """One rule set or kept version on show, its difference, the change being made, the trial, the question asked."""

    sets: list[SetLine] = []
    kept: list[KeptLine] = []
    version: str = ""
    heading: str = ""
    state_word: str = ""
    tone: str = "idle"
    author: str = ""
    note: str = ""
    at: str = ""
    behind: str = ""
    is_draft: bool = False
    is_retired: bool = False
    may_publish: bool = False
    against: str = ""
    against_options: list[Option] = []
    changes: list[ChangeLine] = []
    change_count: int = 0
    pages: Page = Page()
    loading: bool = True
    problem: str = ""
    offers: dict[str, list[Option]] = {}
    kind: str = "price"
    text: str = ""
    problems: dict[str, str] = NO_PROBLEMS
    refused: list[str] = []
    change_trouble: str = ""  # why the change was not made
    epoch: int = 0
    text_epoch: int = 0
    powers: dict[str, str] = powers_now({}, "")
    powers_epoch: int = 0
    note_epoch: int = 0
    busy: bool = False
    trying: bool = False
    tried: str = ""
    trial_trouble: str = ""
    gains: int = 0
    loses: int = 0
    others: int = 0
    same: int = 0
    codes: list[CodeLine] = []
    tried_rows: list[TriedLine] = []
    tried_pages: Page = Page()
    asking: str = ""
    trouble: str = ""  # why what was asked about was not done
    _wanted: str = ""
    _kept_number: int | None = None
    _rules: dict[str, Any] = {}
    _seen: str = ""
    _section: str = ""
    _changes: list[ChangeLine] = []
    _tried: list[TriedLine] = []
    _typed_note: str = ""

    @rx.event
    @opens("catalog.read")
    async def load(self):
        """The rule set, or the kept version, that the address names; else the draft or set that matters most."""
        actor = await self._actor()
        asked = self.router.url.query_parameters
        kept = asked.get("kept", "")
        self._wanted, self._kept_number = asked.get("version", ""), int(kept) if kept.isdecimal() else None
        self.may_publish = actor.may("catalog.publish")
        self.loading, self.against, self.asking, self.tried = True, "", "", ""
        self.busy, self.trying, self.trial_trouble = False, False, ""
        self.tried_rows, self.codes, self._tried = [], [], []
        self._forget_problems()
        self._watch(RulesState.refresh, catalog.TOPIC)
        await self._show_kept(actor)
        return RulesState.fetch

    @rx.event
    @needs("catalog.read", pushed=True)
    async def refresh(self):
        """Something else is in force: read the lists again."""
        await self._show_kept(await self._actor())
        return RulesState.fetch

    @rx.event(background=True, supersedes=True)
    @needs("catalog.read")
    async def fetch(self):
        """Ask the lab for its rule sets and for the one on show."""
        async with self:
            actor, wanted, kept, against = await self._actor(), self._wanted, self._kept_number, self.against
        try:
            sets = await engineering.rule_sets(actor)
            version = "" if kept is not None else wanted or _first(sets)
            view = await engineering.rule_set(actor, version) if version else None
            shown = await engineering.difference(actor, version, against=against or None) if version else None
        except IlsError as error:
            async with self:
                self.problem, self.loading = error.message, False
            return
        async with self:
            self.problem, self.loading = "", False
            self.sets = [SetLine.of(one, version) for one in sets]
            others = [one for one in sets if one.version != version]
            self.against_options = [
                Option("", "the set before" if view and view.state == "published" else "what is in force"),
                *(Option(one.version, f"rules {one.version}") for one in others),
            ]
            if view is not None and shown is not None:
                self._show_set(view)
                self._show_changes([ChangeLine.of(change) for change in shown.changes])

    @rx.event
    @needs("catalog.read")
    async def compare(self, version: str):
        """Compare the set on show with another."""
        self.against = version
        return RulesState.fetch

    @rx.event
    @needs("catalog.read")
    async def next_changes(self):
        """The next page of differences."""
        self._page_changes(self.pages.last if self.pages.has_next else max(0, self.pages.first - 1))

    @rx.event
    @needs("catalog.read")
    async def previous_changes(self):
        """The page of differences before."""
        self._page_changes(max(0, self.pages.first - 1 - SIZE))

    @rx.event
    @needs("catalog.publish")
    async def choose(self, name: str, value: str):
        """Another kind of change, or another section to edit as text; other fields are read when it is made."""
        if name == "kind":
            self.kind = value
            self._forget_problems()
            self._lay_out_powers("")
        if name == "powers":
            self._lay_out_powers(value)
        if name in ("kind", "section"):
            self._section = value if name == "section" else self._section
            self.text_epoch += 1
            self._lay_out_text()

    @rx.event(background=True)
    @needs("catalog.publish")
    async def apply(self, form: dict[str, Any]):
        """Make the change in the draft on show."""
        async with self:
            if self.busy:
                return None
            self.busy = True
            self._forget_problems()
            actor, version, seen, kind = await self._actor(), self.version, self._seen, self.kind
        try:
            written = {str(key): str(value) for key, value in form.items()} | {"kind": kind}
            view = await engineering.change(actor, version, [read_edit(written)], seen=seen)
        except IlsError as error:
            async with self:
                self._refuse(error)
                self.change_trouble = error.message
            return None
        finally:
            async with self:
                self.busy = False
        async with self:
            self.tried = ""
            self._show_set(view)
            self.epoch += 1
            self.text_epoch += 1
            self._lay_out_text()
            self._lay_out_powers("")
        return [errors.done("The draft is changed."), RulesState.fetch]

    @rx.event(background=True)
    @needs("catalog.publish")
    async def try_it(self):
        """Judge the last orders by the set on show."""
        async with self:
            if self.trying:
                return
            self.trying, self.trial_trouble = True, ""
            actor, version = await self._actor(), self.version
        try:
            outcome = await engineering.simulate(actor, version)
        except IlsError as error:
            async with self:
                self.trial_trouble = error.message
            return
        finally:
            async with self:
                self.trying = False
        async with self:
            if version == self.version:
                self._show_trial(outcome)
        return

    @rx.event
    @needs("catalog.publish")
    async def next_tried(self):
        """The next page of the trial."""
        self._page_tried(self.tried_pages.last if self.tried_pages.has_next else max(0, self.tried_pages.first - 1))

    @rx.event
    @needs("catalog.publish")
    async def previous_tried(self):
        """The page of the trial before."""
        self._page_tried(max(0, self.tried_pages.first - 1 - SIZE))

    @rx.event
    @needs("catalog.publish")
    async def ask(self, what: str):
        """Ask for the note of a new draft, a publication or a way back."""
        self.asking = what if what in ("draft", "publish", "back") else ""
        self._typed_note, self.trouble = "", ""
        self.note_epoch += 1
        self._forget_problems()

    @rx.event
    @needs("catalog.publish")
    async def edit_note(self, name: str, value: str):
        """The note as it is typed."""
        self._typed_note = value

    @rx.event
    @needs("catalog.publish")
    async def not_now(self):
        """Close the question; nothing happens."""
        self.asking = ""

    @rx.event(background=True)
    @needs("catalog.publish")
    async def confirm(self):
        """Do what was asked about, with its note."""
        async with self:
            if self.busy or not self.asking:
                return None
            self.busy, self.trouble = True, ""
            self._forget_problems()
            actor, version, seen = await self._actor(), self.version, self._seen
            what, note = self.asking, self._typed_note
        try:
            view, said = await _done(actor, what, version, note, seen)
        except IlsError as error:
            async with self:
                self._refuse(error)
                self.trouble = "" if "note" in error.fields else error.message
            return None
        finally:
            async with self:
                self.busy = False
        async with self:
            self.asking = ""
        return [errors.done(said), rx.redirect(f"{routes.CATALOG}?version={view.version}")]

    async def _show_kept(self, actor: Actor) -> None:
        self.kept = [KeptLine.of(one) for one in await catalog.versions(actor, limit=25)]
        if self._kept_number is None:
            return
        shown = await catalog.difference(actor, None, self._kept_number)
        self.version, self.is_draft, self.is_retired = "", False, False
        self.heading = f"Version {self._kept_number} as ILS kept it"
        line = next((one for one in self.kept if one.id == str(self._kept_number)), None)
        self.author, self.note, self.at, self.behind = (line.who, line.why, line.at, "") if line else ("", "", "", "")
        self.state_word, self.tone = ("In force", "ok") if line and line.current else ("Replaced", "idle")
        self._show_changes([ChangeLine.of(change) for change in shown.changes])
        self.loading = False

    def _show_set(self, view: RuleSetView) -> None:
        another = view.version != self.version
        if another:
            self._section = ""
        self.version, self.heading = view.version, f"Rules {view.version}"
        self.state_word, self.tone = STATES[view.state]
        self.author, self.note, self.behind = view.author, view.note, view.behind
        self.at = view.published_at.isoformat() if view.published_at else ""
        self.is_draft, self.is_retired = view.state == "draft", view.state == "retired"
        self._rules, self._seen = view.rules, view.seen
        if self.is_draft and self.may_publish:
            self.offers = {
                name: [Option(value, label) for value, label in listed]
                for name, listed in offered_by(view.rules).items()
            }
            self._lay_out_text()
            if another:
                self._lay_out_powers("")

    def _lay_out_text(self) -> None:
        """The section as text, only while it is being edited: it is long."""
        if self.kind == "replace":
            sections = [option.value for option in self.offers.get("section", [])]
            if self._section not in sections and sections:
                self._section = sections[0]
            self.text = section_text(self._rules, self._section)
        else:
            self.text = ""

    def _lay_out_powers(self, chosen: str) -> None:
        """The range as it is, for its fields to start with."""
        self.powers = powers_now(self._rules, chosen) if self.offers.get("powers") else powers_now({}, "")
        self.powers_epoch += 1

    def _show_changes(self, changes: list[ChangeLine]) -> None:
        self._changes, self.change_count = changes, len(changes)
        self._page_changes(0)

    def _page_changes(self, start: int) -> None:
        self.changes, self.pages = _cut(self._changes, start)

    def _page_tried(self, start: int) -> None:
        self.tried_rows, self.tried_pages = _cut(self._tried, start)

    def _show_trial(self, outcome: Simulation) -> None:
        self.tried = outcome.sentence
        self.gains, self.loses = outcome.counts[Direction.GAINS], outcome.counts[Direction.LOSES]
        self.others, self.same = outcome.counts[Direction.OTHER], outcome.counts[Direction.SAME]
        self.codes = [CodeLine.of(count) for count in outcome.codes]
        self._tried = [TriedLine.of(order) for order in outcome.orders]
        self._page_tried(0)

    def _forget_problems(self) -> None:
        self.problems, self.refused, self.change_trouble = dict(NO_PROBLEMS), [], ""

    def _refuse(self, error: IlsError) -> None:
        """Each sentence at its field; those of a place no field stands for, together above the form."""
        if isinstance(error, Invalid):
            self.problems = NO_PROBLEMS | {field: text for field, text in error.fields.items() if field in FIELDS}
            self.refused = [f"{field}: {text}" for field, text in error.fields.items() if field not in FIELDS]


async def _done(actor: Actor, what: str, version: str, note: str, seen: str) -> tuple[RuleSetView, str]:
    if what == "draft":
        view = await engineering.start_draft(actor, note, based_on=version or None)
        return view, f"Draft {view.version} is begun."
    if what == "publish":
        return await engineering.publish(actor, version, note, seen=seen), f"Rules {version} are in force."
    return await engineering.roll_back(actor, version, note), f"Rules {version} are in force again."


def _first(sets: list[RuleSetLine]) -> str:
    """The newest draft, else what is in force."""
    ranked = sorted(sets, key=lambda one: ("draft", "published", "retired").index(one.state))
    return ranked[0].version if ranked else ""


def _cut(rows: list[Any], start: int) -> tuple[list[Any], Page]:
    shown = rows[start : start + SIZE]
    end = start + len(shown)
    return shown, Page(start + bool(shown), end, len(rows), start > 0, end < len(rows))


@page(routes.CATALOG, title="Catalog and rules", on_load=RulesState.load)
def catalog_and_rules() -> rx.Component:
    """The page."""
    return outline(RulesState)
