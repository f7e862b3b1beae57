"""The rates of tax, for the administrator: which holds, which will, which have held; entered ahead, never changed."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import reflex as rx
from pydantic import ValidationError

from ils_app.billing import service as billing
from ils_app.billing.pages.rows import day
from ils_app.billing.papers import percent
from ils_app.billing.service import TaxRateDraft, TaxRateView
from ils_app.billing.supplies import LABELS
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Conflict, Invalid, NotFound
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables
from ils_app.ui.fields import Option
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

KINDS = [Option(kind.value, label) for kind, label in LABELS.items()]
NO_PROBLEMS = {"kind": "", "name": "", "rate": "", "valid_from": ""}


@dataclass(frozen=True)
class RateLine:
    """A rate in words."""

    id: str
    kind: str
    name: str
    rate: str
    since: str
    until: str
    state: str
    tone: str
    entered_by: str
    may_withdraw: bool


class TaxState(SessionState):
    """The table, and the dialog that stands over it."""

    rates: list[RateLine] = []
    missing: str = ""
    loading: bool = True
    adding: bool = False
    problems: dict[str, str] = NO_PROBLEMS
    tomorrow: str = ""
    epoch: int = 0

    @rx.event
    @opens("tax.manage")
    async def load(self):
        """Every rate there is and was."""
        self.adding, self.problems = False, NO_PROBLEMS
        self._watch(TaxState.refresh, "tax-rates")
        await self._read()

    @rx.event
    @needs("tax.manage", pushed=True)
    async def refresh(self):
        """Another administrator entered or withdrew one."""
        await self._read()

    async def _read(self) -> None:
        found = await billing.tax_rates(await self._actor())
        self.rates = [_line(rate) for rate in found]
        held = {rate.kind for rate in found if rate.current}
        self.missing = ", ".join(label.lower() for kind, label in LABELS.items() if kind not in held)
        self.loading = False

    @rx.event
    @needs("tax.manage")
    async def ask(self):
        """Open the form of a new rate."""
        self.adding, self.problems = True, NO_PROBLEMS
        self.tomorrow = (today_in_lab() + timedelta(days=1)).isoformat()
        self.epoch += 1

    @rx.event
    @needs("tax.manage")
    async def put_away(self):
        """Close the form."""
        self.adding, self.problems = False, NO_PROBLEMS

    @rx.event
    @needs("tax.manage")
    async def add(self, form: dict[str, Any]):
        """Enter the rate."""
        draft, problems = _draft(form)
        if draft is None:
            self.problems = NO_PROBLEMS | problems
            return None
        try:
            await billing.add_tax_rate(await self._actor(), draft)
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        except Conflict as refused:
            self.problems = NO_PROBLEMS | {"valid_from": refused.message}
            return None
        self.adding, self.problems = False, NO_PROBLEMS
        await self._read()
        return errors.done(f"The rate is entered; it holds from {day(draft.valid_from)}.")

    @rx.event
    @needs("tax.manage")
    async def withdraw(self, rate_id: str):
        """Take out a rate that has not begun."""
        try:
            wanted = UUID(rate_id)
        except ValueError:
            raise NotFound from None
        await billing.withdraw_tax_rate(await self._actor(), wanted)
        await self._read()
        return errors.done("The rate is withdrawn; it never held.")


def _line(rate: TaxRateView) -> RateLine:
    if rate.withdrawn_at is not None:
        state, tone = "Withdrawn", "idle"
    elif rate.current:
        state, tone = "Holds", "ok"
    else:
        state, tone = ("To come", "info") if rate.may_withdraw else ("Has held", "idle")
    until = day(rate.valid_until) if rate.valid_until and rate.withdrawn_at is None else "–"
    return RateLine(
        id=str(rate.id), kind=LABELS[rate.kind], name=rate.name,
        rate="exempt" if rate.exempt else percent(rate.rate_bp), since=day(rate.valid_from), until=until, state=state,
        tone=tone, entered_by=rate.entered_by, may_withdraw=rate.may_withdraw,
    )  # fmt: skip


def _draft(form: dict[str, Any]) -> tuple[TaxRateDraft | None, dict[str, str]]:
    """The rate as it was typed, or what cannot be read of it."""
    problems: dict[str, str] = {}
    exempt, text = bool(form.get("exempt")), str(form.get("rate", "")).strip().rstrip("% ").replace(",", ".")
    whole, _, part = text.partition(".")
    rate_bp, begins = 0, None
    if exempt and text.strip("0.") == "":
        rate_bp = 0
    elif whole.isdecimal() and len(part) <= 2 and (part.isdecimal() or not part):
        rate_bp = int(whole) * 100 + int(part.ljust(2, "0"))
    else:
        problems["rate"] = "A rate in per cent, like 20 or 17.5."
    try:
        begins = date.fromisoformat(str(form.get("valid_from", "")))
    except ValueError:
        problems["valid_from"] = "From which day?"
    if problems or begins is None:
        return None, problems
    try:
        given = {"kind": form.get("kind"), "name": form.get("name"), "rate_bp": rate_bp, "exempt": exempt}
        return TaxRateDraft.model_validate(given | {"valid_from": begins}), {}
    except ValidationError as error:
        fields_ = {str(one["loc"][0]) for one in error.errors(include_input=False)}
        words = {"kind": ("kind", "Choose one."), "name": ("name", "What it is called on the invoice, like VAT."),
                 "rate_bp": ("rate", "At most 100 per cent.")}  # fmt: skip
        return None, dict(words[name] for name in fields_ if name in words)


@page(routes.TAX, title="Tax", on_load=TaxState.load)
def tax_page() -> rx.Component:
    """The table of rates."""
    lacking = feedback.callout(
        "warn", "A rate is missing", rx.fragment("There is none today for: ", TaxState.missing, ". Orders with such a "
        "line wait to be invoiced until there is one."),
    )  # fmt: skip
    return frame(
        layout.stack(
            rx.cond(~TaxState.loading & (TaxState.missing != ""), lacking),
            tables.data_table(
                TaxState.rates,
                [
                    tables.Column("Supply", lambda rate: rate.kind),
                    tables.Column("Called", lambda rate: rate.name, secondary=True),
                    tables.Column("Rate", lambda rate: layout.strong(rate.rate), align="end"),
                    tables.Column("From", lambda rate: rate.since),
                    tables.Column("Until", lambda rate: rate.until, secondary=True),
                    tables.Column("", lambda rate: feedback.toned_badge(rate.state, rate.tone)),
                    tables.Column("Entered by", lambda rate: rate.entered_by, secondary=True),
                    tables.Column("", lambda rate: rx.cond(rate.may_withdraw, buttons.button(
                        "Withdraw", small=True, on_click=TaxState.withdraw(rate.id))), align="end"),
                ],
                label="Rates of tax",
                loading=TaxState.loading,
                empty=feedback.empty_state("percent", "No rate yet", "Shipped orders wait until there is one."),
            ),
            layout.muted(
                "An invoice takes the rate of the day its parcel left. What has begun is never changed: enter the rate "
                "that follows it. Tax is worked out on the sum of each rate and rounded to the nearest penny or cent, "
                "halves upwards."
            ),
        ),
        _add_dialog(),
        title="Tax",
        subtitle="rates by kind of supply",
        active=routes.TAX,
        actions=buttons.button("Enter a rate", kind="primary", icon="plus", shortcut="a", on_click=TaxState.ask),
        shortcuts=(dialogs.Shortcut("a", "Enter a rate"),),
    )  # fmt: skip


def _add_dialog() -> rx.Component:
    state = TaxState
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.select_field("kind", "Supply", KINDS, default=KINDS[0].value, problem=state.problems["kind"],
                                    epoch=state.epoch),
                layout.field_row(
                    fields.text_field("name", "Called", default="VAT", problem=state.problems["name"],
                                      epoch=state.epoch),
                    fields.text_field("rate", "Per cent", default="20", problem=state.problems["rate"],
                                      epoch=state.epoch, input_mode="decimal"),
                ),
                fields.checkbox("exempt", "Exempt: no tax is charged, and the invoice says so", epoch=state.epoch),
                fields.date_field("valid_from", "From", default=state.tomorrow, problem=state.problems["valid_from"],
                                  hint="Tomorrow at the earliest, or a day before the first rate of its kind.",
                                  epoch=state.epoch),
                layout.actions(
                    buttons.button("Not now", on_click=state.put_away),
                    fields.submit_button("Enter it", wide=False),
                ),
                gap="m",
            ),
            on_submit=state.add,
        ),
        opened=state.adding,
        title="Enter a rate of tax",
        intro="It holds from that day until the next of its kind begins.",
        on_close=state.put_away,
    )  # fmt: skip
