"""The ledger: entries only ever added, a balance that is their sum, one payment at a time."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from ils_app.billing import ledger
from ils_app.billing.errors import NoSuchInvoice
from ils_app.billing.room import room
from ils_app.billing.schemas import InvoiceStatus
from tests.support.invoices import an_invoice, facts, sql

Status = InvoiceStatus


async def pay(invoice_id, minor: int, reference: str, source: str = "card") -> bool:
    async with room.unit_of_work() as uow:
        return await ledger.record_payment(uow, invoice_id, minor, source=source, reference=reference)


async def stands(invoice_id) -> tuple[Status, int]:
    async with room.unit_of_work() as uow:
        row = await ledger.locked_invoice(uow, invoice_id)
        assert row.balance_minor == await ledger.balance(uow.session, invoice_id)
        return row.status, row.balance_minor


async def test_a_payment_in_parts_makes_an_invoice_part_paid_and_then_paid(database):
    invoice = await an_invoice(12_000)
    assert await pay(invoice, 5_000, "pi_1")
    assert await stands(invoice) == (Status.PART_PAID, 7_000)
    assert await pay(invoice, 7_000, "pi_2")
    assert await stands(invoice) == (Status.PAID, 0)
    assert facts(database) == ["PaymentReceived", "PaymentReceived", "InvoicePaid"]


async def test_the_same_payment_told_twice_is_one_payment(database):
    invoice, other = await an_invoice(12_000), await an_invoice(12_000)
    assert await pay(invoice, 12_000, "pi_1")
    assert not await pay(invoice, 12_000, "pi_1")
    assert not await pay(other, 12_000, "pi_1"), "one payment by card settles one invoice"
    assert await stands(invoice) == (Status.PAID, 0)
    assert await stands(other) == (Status.OPEN, 12_000)
    assert facts(database) == ["PaymentReceived", "InvoicePaid"]


async def test_one_transfer_may_settle_two_invoices_but_neither_twice(database):
    invoice, other = await an_invoice(12_000), await an_invoice(8_000)
    assert await pay(invoice, 12_000, "BACS 77", "transfer")
    assert await pay(other, 8_000, "BACS 77", "transfer")
    assert not await pay(other, 8_000, "BACS 77", "transfer")
    assert await stands(invoice) == await stands(other) == (Status.PAID, 0)


async def test_two_payments_at_once_are_both_kept_and_the_rest_is_due_back(database):
    invoice = await an_invoice(12_000)
    assert await asyncio.gather(*(pay(invoice, 12_000, f"pi_{n}") for n in range(4))) == [True] * 4
    assert await stands(invoice) == (Status.OVERPAID, -36_000)
    assert facts(database).count("InvoicePaid") == 1


async def test_a_refund_gives_the_balance_back(database):
    invoice = await an_invoice(12_000)
    await pay(invoice, 12_000, "pi_1")
    async with room.unit_of_work() as uow:
        assert await ledger.record_refund(uow, invoice, 2_000, reference="re_1")
        assert not await ledger.record_refund(uow, invoice, 2_000, reference="re_1")
    assert await stands(invoice) == (Status.PART_PAID, 2_000)
    assert facts(database)[-1] == "RefundMade"


async def test_what_was_entered_stands_for_ever(database):
    invoice = await an_invoice(12_000)
    await pay(invoice, 100, "pi_1")
    for statement in (
        "UPDATE billing.entry SET minor = -1 WHERE kind = 'payment'",
        "DELETE FROM billing.entry",
        "UPDATE billing.invoice SET number = 'INV-2026-000009'",
        "UPDATE billing.invoice SET total_minor = 1, tax_minor = 1, net_minor = 0",
        "DELETE FROM billing.invoice",
        (
            "INSERT INTO billing.entry (invoice_id, kind, minor, source, reference, at, who, note) "
            f"VALUES ('{invoice}', 'payment', 5, 'card', 'pi_9', now(), '', '')"
        ),
    ):
        with pytest.raises(psycopg.errors.IntegrityError):
            sql(database, statement)
    assert await stands(invoice) == (Status.PART_PAID, 11_900)


async def test_nothing_is_entered_on_an_invoice_that_is_not_there_or_of_an_amount_that_moves_nothing(database):
    with pytest.raises(NoSuchInvoice):
        await pay(uuid4(), 100, "pi_1")
    with pytest.raises(ValueError):
        await pay(await an_invoice(100), 0, "pi_1")
