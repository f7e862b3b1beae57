"""Shipped orders that wait to be invoiced: why, and what the lab does about each."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx
from pydantic import ValidationError

from ils_app.billing import service as billing
from ils_app.billing.amounts import minor_of
from ils_app.billing.pages.rows import day
from ils_app.billing.service import PriceDraft, WaitingOrder, WaitsFor
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

WHY = {
    WaitsFor.PRICE: "Needs a price",
    WaitsFor.TAX_RATE: "Needs a rate of tax",
    WaitsFor.LAB: "Needs a lab",
}
NO_PROBLEMS = {"what": "", "amount": "", "reason": ""}


@dataclass(frozen=True)
class Waiting:
    """A waiting order in words."""

    id: str
    number: str
    href: str
    practice: str
    shipped: str
    why: str
    needs_price: bool


class WaitingState(SessionState):
    """The orders that wait, and the dialog that stands over them."""

    waiting: list[Waiting] = []
    count: int = 0  # of all of them; the list is cut at its length
    loading: bool = True
    asking: str = ""  # "price" or "close": the dialog that is open
    chosen: str = ""
    problems: dict[str, str] = NO_PROBLEMS
    epoch: int = 0
    _chosen_id: UUID | None = None

    @rx.event
    @opens("invoices.issue")
    async def load(self):
        """All of them, the longest waiting first."""
        self.asking, self.problems = "", NO_PROBLEMS
        self._watch(WaitingState.refresh, "invoices:all")
        await self._read()

    @rx.event
    @needs("invoices.issue", pushed=True)
    async def refresh(self):
        """One was shipped, or one was invoiced."""
        await self._read()

    async def _read(self) -> None:
        actor = await self._actor()
        self.waiting = [_shown(one) for one in await billing.waiting_orders(actor)]
        self.count = await billing.waiting_count(actor)
        self.loading = False

    @rx.event
    @needs("invoices.issue")
    async def ask(self, dialog: str, order_id: str):
        """Open a dialog about one of them."""
        found = next((one for one in self.waiting if one.id == order_id), None)
        if found is None:
            return
        self._chosen_id, self.chosen = UUID(found.id), found.number
        self.asking, self.problems = dialog, NO_PROBLEMS
        self.epoch += 1

    @rx.event
    @needs("invoices.issue")
    async def put_away(self):
        """Close the dialog."""
        self.asking, self.problems = "", NO_PROBLEMS

    @rx.event
    @needs("invoices.issue")
    async def try_again(self, order_id: str):
        """See whether one can be invoiced by now."""
        try:
            wanted = UUID(order_id)
        except ValueError:
            raise NotFound from None
        await billing.try_again(await self._actor(), wanted)
        await self._read()
        return errors.done("It is invoiced.")

    @rx.event
    @needs("invoices.issue")
    async def price(self, form: dict[str, Any]):
        """Invoice the chosen order at the price that was entered."""
        try:
            minor = minor_of(str(form.get("amount", "")))
            line = PriceDraft(what=str(form.get("what", "")), minor=minor)
        except ValidationError as error:
            named = {str(one["loc"][0]) for one in error.errors(include_input=False)}
            said = {"what": "What is charged?", "amount": "More than nothing, before tax."}
            self.problems = NO_PROBLEMS | {
                name: words for name, words in said.items() if (name if name == "what" else "minor") in named
            }
            return None
        except ValueError:
            self.problems = NO_PROBLEMS | {"amount": "Write an amount, like 48.50."}
            return None
        invoice_id = await billing.price_order(await self._actor(), self._id(), [line])
        return rx.redirect(routes.invoice(invoice_id))

    @rx.event
    @needs("invoices.issue")
    async def close(self, form: dict[str, Any]):
        """Charge nothing for the chosen order."""
        try:
            await billing.close_without_invoice(await self._actor(), self._id(), str(form.get("reason", "")))
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        self.asking, self.problems = "", NO_PROBLEMS
        await self._read()
        return errors.done(f"Nothing is charged for {self.chosen}.")

    def _id(self) -> UUID:
        if self._chosen_id is None:
            raise NotFound
        return self._chosen_id


def _shown(one: WaitingOrder) -> Waiting:
    return Waiting(
        id=str(one.order_id), number=one.order_number, href=routes.order(one.order_id), practice=one.practice_name,
        shipped=day(one.shipped_on), why=WHY[one.waits_for], needs_price=one.waits_for is WaitsFor.PRICE,
    )  # fmt: skip


@page(routes.INVOICES_WAITING, title="To be invoiced", on_load=WaitingState.load)
def waiting_page() -> rx.Component:
    """The list of them."""
    none = feedback.empty_state(
        "circle-check", "Every shipment is invoiced", "What leaves without a price or a rate of tax waits here.",
        buttons.link_button("All invoices", routes.INVOICES),
    )  # fmt: skip
    return frame(
        tables.data_table(
            WaitingState.waiting,
            [
                tables.Column("Order", lambda row: buttons.link(layout.mono(row.number), row.href)),
                tables.Column("Why", lambda row: feedback.badge(row.why, "warn")),
                tables.Column("Practice", lambda row: row.practice),
                tables.Column("Shipped", lambda row: row.shipped),
                tables.Column("", _acts, align="end"),
            ],
            label="Shipped orders without an invoice",
            loading=WaitingState.loading,
            empty=none,
        ),
        _price_dialog(),
        _close_dialog(),
        title="To be invoiced",
        subtitle=rx.fragment(
            WaitingState.count,
            " shipped and not invoiced",
            rx.cond(
                WaitingState.count > WaitingState.waiting.length(),
                rx.fragment(", the longest waiting ", WaitingState.waiting.length(), " of them here"),
            ),
        ),
        active=routes.INVOICES,
        shortcuts=dialogs.LISTS,
    )


def _acts(row: Any) -> rx.Component:
    return layout.actions(
        rx.cond(
            row.needs_price,
            buttons.button("Enter the price", small=True, on_click=WaitingState.ask("price", row.id)),
        ),
        buttons.button("Try again", small=True, on_click=WaitingState.try_again(row.id)),
        buttons.button("No charge", small=True, on_click=WaitingState.ask("close", row.id)),
    )


def _price_dialog() -> rx.Component:
    state = WaitingState
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field("what", "What is charged", default="Lenses as agreed",
                                  problem=state.problems["what"], epoch=state.epoch),
                fields.text_field("amount", "Amount, before tax", problem=state.problems["amount"], epoch=state.epoch,
                                  input_mode="decimal"),
                layout.actions(
                    buttons.button("Not now", on_click=state.put_away),
                    fields.submit_button("Issue the invoice", wide=False),
                ),
                gap="m",
            ),
            on_submit=state.price,
        ),
        opened=state.asking == "price",
        title=rx.fragment("Price of ", state.chosen),
        intro="The LIMS gave this order no price. Tax is added at the rate of the day it left.",
        on_close=state.put_away,
    )  # fmt: skip


def _close_dialog() -> rx.Component:
    state = WaitingState
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field("reason", "Why", problem=state.problems["reason"], epoch=state.epoch),
                layout.actions(
                    buttons.button("Not now", on_click=state.put_away),
                    buttons.button("Charge nothing", kind="danger", type="submit"),
                ),
                gap="m",
            ),
            on_submit=state.close,
        ),
        opened=state.asking == "close",
        title=rx.fragment("Charge nothing for ", state.chosen, "?"),
        intro="No invoice is issued for it, now or later. Why is kept on record.",
        on_close=state.put_away,
    )  # fmt: skip
