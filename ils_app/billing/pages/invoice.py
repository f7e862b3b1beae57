"""One invoice: its lines and tax, what was paid, credited and refunded, and what this person may do about it."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import reflex as rx
from pydantic import ValidationError

from ils_app.billing import service as billing
from ils_app.billing.amounts import minor_of
from ils_app.billing.pages import cards, invoice_view
from ils_app.billing.pages.shown import (
    MOST_LINES,
    Shown,
    ShownLine,
    ShownNote,
    entries_of,
    lines_of,
    notes_of,
    shown,
    sums_of,
)
from ils_app.billing.service import CreditPart, NoSuchInvoice, TransferDraft
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Conflict, Invalid, NotFound
from ils_app.kernel.money import Money
from ils_app.ui import errors, routes
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import page
from ils_app.ui.session import SessionState
from ils_app.ui.timeline import TimelineEntry

NO_PROBLEMS = dict.fromkeys(("reason", "amount", "reference", "on", *(f"line_{n}" for n in range(MOST_LINES))), "")
Record = Callable[[Actor, UUID, TransferDraft], Awaitable[Money | None]]


class InvoiceState(SessionState):
    """The invoice this tab shows, and the dialog that stands over it."""

    invoice: Shown = Shown()
    found: bool = False
    lines: list[ShownLine] = []
    sums: list[ShownLine] = []
    notes: list[ShownNote] = []
    entries: list[TimelineEntry] = []
    asking: str = ""  # "credit", "void", "transfer" or "refund": the dialog that is open
    problems: dict[str, str] = NO_PROBLEMS
    today: str = ""
    epoch: int = 0
    _invoice_id: UUID | None = None

    @rx.event
    @opens("invoices.read")
    async def load(self):
        """The invoice the address names; a foreign one is not found."""
        self.found, self.asking, self.problems = False, "", NO_PROBLEMS
        self._invoice_id = routes.id_in(self.router.url.path)
        if self._invoice_id is None:
            return None
        self._watch(InvoiceState.refresh, f"invoice:{self._invoice_id}")  # first: no change is missed
        try:
            await self._read()
        except NoSuchInvoice:
            self._invoice_id = None  # the page itself says so
            return None
        return cards.CardsState.show

    @rx.event
    @needs("invoices.read", pushed=True)
    async def refresh(self):
        """Money moved, or a paper was issued."""
        if self._invoice_id is None:
            return
        await self._read()
        self.announcement = f"{self.invoice.number}: {self.invoice.status}"

    async def _read(self) -> None:
        actor = await self._actor()
        view = await billing.invoice(actor, self._shown_id())
        self.invoice, self.found = shown(view, actor.role.value), True
        self.lines, self.sums, self.entries = lines_of(view), sums_of(view), entries_of(view)
        self.notes = notes_of(view, actor.role.value)

    @rx.event
    @needs("invoices.issue")
    async def ask(self, dialog: str):
        """Open one of the page's dialogs, its fields as they begin."""
        self.asking, self.problems, self.today = dialog, NO_PROBLEMS, today_in_lab().isoformat()
        self.epoch += 1

    @rx.event
    @needs("invoices.read")
    async def put_away(self):
        """Close the dialog."""
        self.asking, self.problems = "", NO_PROBLEMS

    @rx.event
    @needs("invoices.issue")
    async def credit(self, form: dict[str, Any]):
        """Issue a credit note over what was entered line by line."""
        parts, problems = [], {}
        for at, line in enumerate(self.lines[:MOST_LINES]):
            text = str(form.get(f"line_{at}", "")).strip()
            try:
                parts += [CreditPart(position=at, net_minor=minor_of(text))] if text and line.creditable else []
            except ValueError:
                problems[f"line_{at}"] = "Write an amount, like 12.50."
        if not parts and not problems:
            problems["line_0"] = "Enter what is taken back."
        if problems:
            self.problems = NO_PROBLEMS | problems
            return None
        try:
            note = await billing.issue_credit_note(
                await self._actor(), self._shown_id(), str(form.get("reason", "")), parts
            )
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        return await self._done(f"{note.number} is issued and on its way to the practice.")

    @rx.event
    @needs("invoices.issue")
    async def void(self, form: dict[str, Any]):
        """Void the invoice."""
        try:
            await billing.void(await self._actor(), self._shown_id(), str(form.get("reason", "")))
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        return await self._done(f"{self.invoice.number} is void.")

    @rx.event
    @needs("invoices.issue")
    async def record_transfer(self, form: dict[str, Any]):
        """Record that the practice's money arrived."""
        return await self._record(billing.record_transfer, form, "The payment is recorded.")

    @rx.event
    @needs("invoices.issue")
    async def record_refund(self, form: dict[str, Any]):
        """Record that money was sent back by transfer."""
        return await self._record(billing.record_transfer_refund, form, "The refund is recorded.")

    async def _record(self, record: Record, form: dict[str, Any], done: str) -> Any:
        draft, problems = _transfer(form)
        if draft is None:
            self.problems = NO_PROBLEMS | problems
            return None
        try:
            surplus = await record(await self._actor(), self._shown_id(), draft)
        except (Invalid, Conflict) as refused:
            if not refused.fields:
                raise
            self.problems = NO_PROBLEMS | refused.fields
            return None
        more = f" {surplus} more than is owed: a refund will be due." if surplus and surplus.minor else ""
        return await self._done(done + more)

    async def _done(self, words: str) -> Any:
        self.asking, self.problems = "", NO_PROBLEMS
        await self._read()
        return errors.done(words)

    def _shown_id(self) -> UUID:
        if self._invoice_id is None:
            raise NotFound
        return self._invoice_id


def _transfer(form: dict[str, Any]) -> tuple[TransferDraft | None, dict[str, str]]:
    """The transfer as it was typed, or what cannot be read of it."""
    problems, minor, on = {}, 0, None
    try:
        minor = minor_of(str(form.get("amount", "")))
    except ValueError:
        problems["amount"] = "Write an amount, like 54.59."
    try:
        on = date.fromisoformat(str(form.get("on", "")))
    except ValueError:
        problems["on"] = "Which day?"
    if not (reference := str(form.get("reference", "")).strip()):
        problems["reference"] = "The reference on the bank statement."
    if problems or on is None:
        return None, problems
    try:
        return TransferDraft(minor=minor, reference=reference, on=on), {}
    except ValidationError as error:
        fields = {str(one["loc"][0]) for one in error.errors(include_input=False)}
        words = {"minor": ("amount", "More than nothing."), "reference": ("reference", "At most 80 characters.")}
        return None, dict(words[name] for name in fields if name in words)


@page(routes.INVOICE, title="Invoice", on_load=InvoiceState.load)
def invoice_page() -> rx.Component:
    """The invoice, or that there is none."""
    return invoice_view.invoice_page(InvoiceState)
