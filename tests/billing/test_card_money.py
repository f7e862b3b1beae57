"""Money is neither lost nor made, whatever is paid, credited, sent back, said twice or in the wrong order."""

import asyncio
import contextlib
import random

import pytest

from ils_app.billing import service as billing
from ils_app.billing.transfers import TransferDraft
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import IlsError
from tests.support.cards import an_event, attempts, send
from tests.support.invoices import an_invoice, sql

STEPS = 12


class Walk:
    """One invoice, and people who do to it whatever comes to their minds."""

    def __init__(self, seed: int, house, http, work_off, database: str) -> None:
        self.dice, self.house, self.http, self.work_off = random.Random(seed), house, http, work_off
        self.database, self.number, self.beyond_minor = database, 0, 0

    async def go(self) -> None:
        self.invoice = await an_invoice(12_000, practice_id=self.house.ecp.organisation_id)
        for _ in range(STEPS):
            acts = (self.open, self.pay, self.pay, self.transfer, self.credit, self.refund, self.repeat)
            with contextlib.suppress(IlsError):  # refused: nothing may have moved
                await self.dice.choice(acts)()
            if self.dice.random() < 0.4:
                await self.work_off()
        await self.work_off()

    async def open(self) -> None:
        if self.dice.random() < 0.3:  # a page lost sight of, so that two can be paid
            sql(self.database, "UPDATE billing.card_attempt SET live = false")
        await billing.pay_by_card(self.house.ecp, self.invoice)

    async def pay(self) -> None:
        pages = [one.session_id for one in attempts(self.database, self.invoice)]
        await asyncio.gather(*(billing.stand_in_pay(self.house.ecp, one) for one in pages[-2:]), return_exceptions=True)

    async def transfer(self) -> None:
        self.number += 1
        draft = TransferDraft(minor=self.dice.randint(1, 9_000), reference=f"BACS {self.number}", on=today_in_lab())
        if self.dice.choice((True, False)):
            self.beyond_minor += (await billing.record_transfer(self.house.technician, self.invoice, draft)).minor
        else:
            await billing.record_transfer_refund(self.house.technician, self.invoice, draft)

    async def credit(self) -> None:
        part = billing.CreditPart(position=0, net_minor=self.dice.randint(1, 3_000))
        await billing.issue_credit_note(self.house.technician, self.invoice, "Scratched", [part])

    async def refund(self) -> None:
        minor = self.dice.randint(1, 8_000)
        await billing.refund_card(self.house.technician, self.invoice, minor, reason="Broken")

    async def repeat(self) -> None:
        """Stripe says again what it has said before, or what came to nothing."""
        for attempt in self.dice.sample(known := attempts(self.database, self.invoice), k=min(2, len(known))):
            paid = sql(self.database, f"SELECT status FROM billing.stand_in WHERE id = '{attempt.session_id}'")
            kinds = [("payment_intent.payment_failed", attempt.declined())]
            if paid == [("complete",)]:
                charge = attempt.intent(id="ch_1", object="charge", payment_intent=attempt.payment)
                kinds = [("payment_intent.succeeded", attempt.intent()), ("charge.refunded", charge), *kinds]
            await send(self.http, an_event(*self.dice.choice(kinds)))


@pytest.mark.parametrize("seed", range(4))
async def test_what_the_bank_has_seen_and_what_the_books_say_is_the_same(taxed, http, work_off, database, seed):
    walk = Walk(seed, taxed, http, work_off, database)
    await walk.go()
    of = f"WHERE invoice_id = '{walk.invoice}'"

    def total(query: str) -> int:
        return int(sql(database, query)[0][0] or 0)

    taken = total(f"SELECT sum(amount_minor) FROM billing.stand_in {of} AND status = 'complete'")
    given = total(f"SELECT sum((one->>'amount')::bigint) FROM billing.stand_in, jsonb_array_elements(refunds) one {of}")
    booked_in = -total(f"SELECT sum(minor) FROM billing.entry {of} AND kind = 'payment' AND source = 'card'")
    booked_out = total(f"SELECT sum(minor) FROM billing.entry {of} AND kind = 'refund' AND source = 'card'")
    assert (booked_in, booked_out) == (taken, given)
    assert given <= taken
    assert total(f"SELECT count(*) FROM billing.card_refund {of} AND state <> 'succeeded'") == 0
    view = await billing.invoice(taxed.ecp, walk.invoice)
    assert view.balance.minor == sum(entry.minor for entry in view.entries)
    kept = view.paid.minor - view.refunded.minor
    assert view.balance.minor == view.total.minor - view.credited.minor - kept
    assert kept >= 0
    most = view.credited.minor + walk.beyond_minor  # a transfer too much waits for the lab to send it back
    assert view.balance.minor >= -most, "nobody pays more than was invoiced by card and does not get it back"
