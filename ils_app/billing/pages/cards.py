"""Card payments on an invoice's page: paying, what came of it, and sending money back to the card. Live."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import reflex as rx

from ils_app.billing import service as billing
from ils_app.billing.amounts import minor_of
from ils_app.billing.card_errors import BeingConfirmed
from ils_app.billing.card_schemas import (
    AttemptState,
    AttemptView,
    Cards,
    CardsOfInvoice,
    RefundOrigin,
    RefundState,
    RefundView,
)
from ils_app.billing.card_words import decline_words
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout
from ils_app.ui.guard import needs
from ils_app.ui.session import SessionState
from ils_app.ui.timeline import TimelineEntry, timeline

NO_PROBLEMS = {"card_amount": "", "card_reason": ""}
ATTEMPT_WORDS = {
    AttemptState.OPENED: ("Payment page opened", "info"),
    AttemptState.FAILED: ("Card not taken", "bad"),
    AttemptState.PROCESSING: ("Payment is being confirmed", "warn"),
    AttemptState.EXPIRED: ("Payment page closed unused", "idle"),
    AttemptState.SUCCEEDED: ("Paid by card", "ok"),
    AttemptState.REFUNDED: ("Paid by card, and sent back", "hold"),
}
REFUND_WORDS = {
    RefundState.PENDING: ("Refund on its way", "warn"),
    RefundState.SUCCEEDED: ("Refunded to the card", "ok"),
    RefundState.FAILED: ("Refund failed", "bad"),
}
SENT_BY = {RefundOrigin.SURPLUS: "ILS, by itself", RefundOrigin.STRIPE: "At Stripe's own pages"}


@dataclass(frozen=True)
class Shown:
    """What the page says of cards, in words."""

    mode: str = ""
    amount: str = ""  # what a click would pay
    refundable: str = ""
    refundable_plain: str = ""
    may_pay: bool = False
    may_refund: bool = False
    owed_without_cards: bool = False  # something is owed, this person could pay it, and nothing here takes cards
    confirming: bool = False
    declined: str = ""
    pending: str = ""


class CardsState(SessionState):
    """The card payments of the invoice this tab shows."""

    cards: Shown = Shown()
    history: list[TimelineEntry] = []
    opening: bool = False
    refunding: bool = False
    asking: bool = False
    problems: dict[str, str] = NO_PROBLEMS
    epoch: int = 0
    came: str = ""  # from the payment page: "paid" or "left"
    _invoice_id: UUID | None = None
    _key: str = ""  # of the refund that is being written: sent twice, it is one

    @rx.event
    @needs("invoices.read")
    async def show(self):
        """The invoice the address names, and whether the person comes back from its payment page."""
        try:
            self._invoice_id = UUID(self.router.url.path.rstrip("/").rsplit("/", 1)[-1])
        except ValueError:
            raise NotFound from None
        came = self.router.url.query_parameters.get("card", "")
        self.came = came if came in ("paid", "left") else ""
        self.opening = self.refunding = self.asking = False
        await self._read()
        self._watch(CardsState.refresh, f"cards:{self._invoice_id}")
        if self.came == "paid" and self.cards.may_pay:
            await billing.came_back(await self._actor(), self._invoice_id)

    @rx.event
    @needs("invoices.read", pushed=True)
    async def refresh(self):
        """A payment or a refund came a step further."""
        await self._read()

    @rx.event(background=True)
    @needs("invoices.pay")
    async def pay(self):
        """Go to the payment page for what is owed now."""
        async with self:
            if self.opening:
                return None
            actor, invoice_id, self.opening, self.came = await self._actor(), self._shown_id(), True, ""
        try:
            page = await billing.pay_by_card(actor, invoice_id)
        except BeingConfirmed:
            async with self:
                self.came = "paid"
            raise
        finally:
            async with self:
                self.opening = False
                await self._read()
        return rx.redirect(page.url)

    @rx.event
    @needs("invoices.issue")
    async def ask(self):
        """Open the dialog that sends money back to the card."""
        self.asking, self.problems, self._key = True, NO_PROBLEMS, uuid4().hex
        self.epoch += 1

    @rx.event
    @needs("invoices.issue")
    async def put_away(self):
        """Close it."""
        self.asking, self.problems = False, NO_PROBLEMS

    @rx.event
    @needs("invoices.issue")
    async def refund(self, form: dict[str, Any]):
        """Send money back; what cannot be taken is said at its field."""
        try:
            minor = minor_of(str(form.get("card_amount", "")))
        except ValueError:
            self.problems = NO_PROBLEMS | {"card_amount": "Write an amount, like 12.50."}
            return None
        reason = str(form.get("card_reason", ""))
        try:
            await billing.refund_card(await self._actor(), self._shown_id(), minor, reason=reason, key=self._key)
        except Invalid as refused:
            self.problems = NO_PROBLEMS | {f"card_{name}": said for name, said in refused.fields.items()}
            return None
        self.asking, self.problems = False, NO_PROBLEMS
        await self._read()
        return errors.done("The refund is on its way. It is shown here until it has arrived.")

    async def _read(self) -> None:
        actor = await self._actor()
        view = await billing.cards_of(actor, self._shown_id())
        invoice = await billing.invoice(actor, self._shown_id())
        latest = view.attempts[0] if view.attempts else None
        declined = latest.state is AttemptState.FAILED if latest else False
        pending = sum(one.amount.minor for one in _refunds(view.attempts) if one.state is RefundState.PENDING)
        self.cards = Shown(
            mode=view.cards.value,
            amount=str(invoice.balance),
            refundable=str(view.refundable),
            refundable_plain=view.refundable.plain,
            may_pay=view.may_pay,
            may_refund=view.may_refund,
            owed_without_cards=view.cards is Cards.NONE and invoice.may_pay and invoice.balance.minor > 0,
            confirming=is_confirming(view, self.came),
            declined=decline_words(latest.decline) if latest and declined and invoice.balance.minor > 0 else "",
            pending=str(invoice.balance.model_copy(update={"minor": pending})) if pending else "",
        )
        self.history = _history(view.attempts)

    def _shown_id(self) -> UUID:
        if self._invoice_id is None:
            raise NotFound
        return self._invoice_id


def is_confirming(view: CardsOfInvoice, came: str) -> bool:
    """Whether money is on its way, or somebody is back from a page that may have been paid. An address says little."""
    under_way = any(one.open and one.state is AttemptState.OPENED for one in view.attempts)
    return view.confirming or (came == "paid" and view.may_pay and under_way)


def _refunds(attempts: tuple[AttemptView, ...]) -> list[RefundView]:
    return [refund for attempt in attempts for refund in attempt.refunds]


def _history(attempts: tuple[AttemptView, ...]) -> list[TimelineEntry]:
    """Every try and every refund, newest first."""
    found = [_refund_entry(one) for one in _refunds(attempts)] + [_attempt_entry(one) for one in attempts]
    found += [_decline_entry(one) for one in attempts if one.declined_at and one.state is not AttemptState.FAILED]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _attempt_entry(attempt: AttemptView) -> TimelineEntry:
    if attempt.state is AttemptState.FAILED:
        return _decline_entry(attempt)
    title, tone = ATTEMPT_WORDS[attempt.state]
    at = (attempt.settled_at or attempt.opened_at).isoformat()
    return TimelineEntry(
        id=str(attempt.id), at=at, title=f"{title}: {attempt.amount}", who=attempt.opened_by, tone=tone
    )


def _decline_entry(attempt: AttemptView) -> TimelineEntry:
    """A card that was not taken; another may have been since."""
    title, tone = ATTEMPT_WORDS[AttemptState.FAILED]
    why = decline_words(attempt.decline)
    return TimelineEntry(
        id=f"{attempt.id}:declined",
        at=(attempt.declined_at or attempt.opened_at).isoformat(),
        title=f"{title}: {attempt.amount}",
        who=attempt.opened_by,
        detail=why[:1].upper() + why[1:],
        tone=tone,
    )


def _refund_entry(refund: RefundView) -> TimelineEntry:
    title, tone = REFUND_WORDS[refund.state]
    failure = f" It did not arrive: {refund.failure.replace('_', ' ')}." if refund.failure else ""
    return TimelineEntry(
        id=str(refund.id),
        at=(refund.settled_at or refund.asked_at).isoformat(),
        title=f"{title}: {refund.amount}",
        who=SENT_BY.get(refund.origin, refund.asked_by),
        detail=refund.reason + failure,
        tone=tone,
    )


# Parts of the invoice's page


def actions() -> rx.Component:
    """The buttons of whoever pays and whoever sends back, for the end of the title line."""
    cards = CardsState.cards
    return rx.fragment(
        rx.cond(
            cards.may_pay,
            buttons.button(
                rx.fragment("Pay ", cards.amount, " by card"), kind="primary", icon="credit-card",
                busy=CardsState.opening, on_click=CardsState.pay,
            ),
        ),
        rx.cond(cards.may_refund, buttons.button("Refund to card", icon="undo-2", on_click=CardsState.ask)),
        _refund_dialog(),
    )  # fmt: skip


def callouts() -> rx.Component:
    """What stands above the invoice while a payment is under way, or did not come to pass."""
    cards = CardsState.cards
    said = rx.cond(
        cards.confirming,
        feedback.callout(
            "info", "Payment is being confirmed", "It usually takes a few seconds. This page turns paid by itself."
        ),
        rx.cond(
            cards.declined != "",
            feedback.callout("bad", "The last card payment failed", rx.fragment("Nothing was taken: ", cards.declined)),
            rx.cond(
                (CardsState.came == "left") & cards.may_pay,
                feedback.callout("info", "Nothing was paid", "You left the payment page. It can be opened again."),
            ),
        ),
    )
    test = feedback.callout(
        "warn", "Card payments are in Stripe's test mode", "Only Stripe's test cards work, and no money moves."
    )
    return rx.fragment(said, rx.cond((cards.mode == Cards.TEST.value) & cards.may_pay, test))


def card() -> rx.Component:
    """Every try and every refund; how to pay where no card can be taken."""
    cards = CardsState.cards
    stand_in = rx.cond(
        cards.mode == Cards.STAND_IN.value,
        layout.muted("No Stripe account is set: a stand-in takes its place here. It takes no card and moves no money."),
    )
    without = rx.cond(
        cards.owed_without_cards,
        layout.muted("Cards cannot be taken here. Pay by bank transfer, with the invoice's number as reference."),
    )
    none = rx.cond(cards.mode != Cards.NONE.value, layout.muted("Nobody has tried to pay by card yet."))
    return layout.card(
        layout.stack(
            stand_in,
            without,
            rx.cond(CardsState.history.length() > 0, timeline(CardsState.history, label="Card payments"), none),
        ),
        title="Card payments",
        aside=rx.cond(cards.pending != "", feedback.badge(rx.fragment(cards.pending, " going back"), "warn")),
    )


def _refund_dialog() -> rx.Component:
    state = CardsState
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field(
                    "card_amount", "Amount", default=state.cards.refundable_plain, epoch=state.epoch,
                    problem=state.problems["card_amount"], input_mode="decimal",
                    hint=rx.fragment("At most ", state.cards.refundable, "."),
                ),
                fields.text_field(
                    "card_reason", "Why", problem=state.problems["card_reason"], hint="The practice is shown it.",
                    epoch=state.epoch,
                ),
                layout.actions(
                    buttons.button("Not now", on_click=state.put_away),
                    fields.submit_button("Send it back", wide=False),
                ),
                gap="m",
            ),
            on_submit=state.refund,
        ),
        opened=state.asking,
        title="Refund to the card",
        intro="Goes back to the card it came from; what is sent back is owed again unless it is credited.",
        on_close=state.put_away,
    )  # fmt: skip
