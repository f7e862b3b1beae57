"""The stand-in's payment page, in the place of Stripe's own outside production: it takes no card, and says so."""

import reflex as rx

from ils_app.billing import service as billing
from ils_app.billing.card_schemas import PageStatus
from ils_app.billing.stand_in import NoSuchPage
from ils_app.ui import buttons, feedback, layout, routes
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import page
from ils_app.ui.session import SessionState
from ils_app.ui.shell import bare_page


class StandInState(SessionState):
    """One payment page."""

    found: bool = False
    number: str = ""
    amount: str = ""
    still_open: bool = False
    ended: str = ""
    declined: bool = False
    acting: bool = False
    back: str = routes.INVOICES
    _session_id: str = ""

    @rx.event
    @opens("invoices.pay")
    async def load(self):
        """The page the address names; a foreign one is not found, and none is where Stripe takes the cards."""
        self._session_id = self.router.url.path.rstrip("/").rsplit("/", 1)[-1]
        self.found = self.declined = self.acting = False
        try:
            await self._read()
        except NoSuchPage:
            return

    @rx.event(background=True)
    @needs("invoices.pay")
    async def pay(self):
        """The bank says yes."""
        async with self:
            if self.acting or not self.found:
                return None
            actor, session_id, self.acting = await self._actor(), self._session_id, True
        try:
            await billing.stand_in_pay(actor, session_id)
        finally:
            async with self:
                self.acting = False
                await self._read()
        return rx.redirect(f"{self.back}?card=paid")

    @rx.event(background=True)
    @needs("invoices.pay")
    async def decline(self):
        """The bank says no; another card may be tried."""
        async with self:
            if self.acting or not self.found:
                return
            actor, session_id, self.acting = await self._actor(), self._session_id, True
        try:
            await billing.stand_in_decline(actor, session_id)
        finally:
            async with self:
                self.acting = False
                await self._read()
        async with self:
            self.declined = True

    async def _read(self) -> None:
        shown = await billing.stand_in_page(await self._actor(), self._session_id)
        self.found, self.number, self.amount = True, shown.number, str(shown.amount)
        self.still_open, self.back = shown.status is PageStatus.OPEN, routes.invoice(shown.invoice_id)
        self.ended = "was paid" if shown.status is PageStatus.COMPLETE else "has expired"


@page(routes.STAND_IN, title="Stand-in payment", on_load=StandInState.load)
def stand_in() -> rx.Component:
    """What is to be paid, and three buttons in the place of a card's form."""
    state = StandInState
    label = feedback.callout(
        "warn", "A stand-in for Stripe", "No Stripe account is set here. This page takes no card and moves no money."
    )
    choose = layout.stack(
        label,
        layout.facts(("Invoice", layout.mono(state.number)), ("Amount", layout.strong(state.amount))),
        rx.cond(
            state.declined,
            feedback.callout("bad", "The card was declined", "It has not enough money on it. Try again, or leave."),
        ),
        layout.actions(
            buttons.button(rx.fragment("Pay ", state.amount), kind="primary", busy=state.acting, on_click=state.pay),
            buttons.button("Decline the card", disabled=state.acting, on_click=state.decline),
            buttons.link_button("Leave", state.back + "?card=left"),
        ),
        gap="m",
    )
    over = layout.stack(
        label,
        layout.paragraph("The payment page of ", layout.mono(state.number), " ", state.ended, "."),
        buttons.link_button("Back to the invoice", state.back),
        gap="m",
    )
    missing = layout.stack(
        layout.paragraph("It may be another practice's, or the link may be incomplete."),
        buttons.link_button("All invoices", routes.INVOICES),
        gap="m",
    )
    return bare_page(
        rx.cond(state.found, rx.cond(state.still_open, choose, over), missing),
        title=rx.cond(state.found, "Pay an invoice", "There is no such payment page"),
    )
