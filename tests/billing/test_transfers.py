"""Bank transfers and refunds as the lab records them: once, whatever is owed, no more back than was paid."""

from datetime import timedelta

import pytest

from ils_app.billing import service as billing
from ils_app.billing.schemas import InvoiceStatus
from ils_app.billing.service import TransferDraft
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Conflict, Invalid
from tests.support.invoices import a_shipped_order, facts, sql

TODAY = today_in_lab()


def transfer(minor: int, reference: str = "BACS 1", on=TODAY) -> TransferDraft:
    return TransferDraft(minor=minor, reference=reference, on=on)


async def test_a_transfer_is_recorded_with_its_reference_its_day_and_who_recorded_it(taxed, database):
    last_week = TODAY - timedelta(days=7)
    invoice_id = await billing.issue_for_order(await a_shipped_order(taxed.ecp), taken_over_on=last_week)
    await billing.record_transfer(taxed.technician, invoice_id, transfer(459, on=TODAY - timedelta(days=3)))
    await billing.record_transfer(taxed.admin, invoice_id, transfer(5_000, "BACS 2"))
    invoice = await billing.invoice(taxed.ecp, invoice_id)
    assert invoice.status is InvoiceStatus.PAID
    assert [(one.kind, one.minor, one.source, one.reference, one.who) for one in invoice.entries[1:]] == [
        ("payment", -459, "transfer", "BACS 1", "Theo Brandt"), ("payment", -5_000, "transfer", "BACS 2", "Ada Winter"),
    ]  # fmt: skip
    assert (invoice.entries[1].at.date(), invoice.entries[2].at.date()) == (TODAY - timedelta(days=3), TODAY)


async def test_the_same_transfer_is_recorded_once_on_an_invoice(taxed, issued):
    await billing.record_transfer(taxed.technician, issued.id, transfer(1_000))
    with pytest.raises(Conflict, match="recorded on this invoice already"):
        await billing.record_transfer(taxed.technician, issued.id, transfer(1_000))
    assert (await billing.invoice(taxed.ecp, issued.id)).balance.minor == 4_459


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (transfer(1, on=TODAY + timedelta(days=1)), "on"),
        (transfer(1, on=TODAY - timedelta(days=1)), "on"),
    ],
)
async def test_a_transfer_of_a_wrong_day_is_refused(taxed, issued, draft, field):
    with pytest.raises(Invalid) as refused:
        await billing.record_transfer(taxed.technician, issued.id, draft)
    assert set(refused.value.fields) == {field}


async def test_money_that_has_moved_is_recorded_even_when_it_should_not_have(taxed, issued, work_off, database):
    """More than is owed, and a second time what was paid: the surplus is said, and a refund is due."""
    assert (await billing.record_transfer(taxed.technician, issued.id, transfer(5_500))).minor == 41
    assert (await billing.record_transfer(taxed.technician, issued.id, transfer(5_459, "BACS 2"))).minor == 5_459
    invoice = await billing.invoice(taxed.technician, issued.id)
    assert (invoice.status, invoice.balance.minor) == (InvoiceStatus.OVERPAID, -5_500)
    assert (invoice.may_record_payment, invoice.may_refund) == (True, True)
    await work_off()
    assert [text for (text,) in sql(database, "SELECT text FROM notifications.notice WHERE key LIKE 'payment:%' "
                                    "ORDER BY at")] == [
        f"Thank you. £55.00 arrived for invoice {issued.number}. A refund of £0.41 is due.",
        f"Thank you. £54.59 arrived for invoice {issued.number}. A refund of £55.00 is due.",
    ]  # fmt: skip


async def test_what_is_paid_on_a_void_invoice_is_all_of_it_to_be_given_back(taxed, issued, database):
    await billing.void(taxed.technician, issued.id, "By mistake")
    assert (await billing.record_transfer(taxed.technician, issued.id, transfer(1_000))).minor == 1_000
    invoice = await billing.invoice(taxed.technician, issued.id)
    assert (invoice.status, invoice.may_credit, invoice.may_void) == (InvoiceStatus.OVERPAID, False, False)
    assert "InvoicePaid" not in facts(database), "nothing was owed on it"
    await billing.void(taxed.technician, issued.id, "Again")
    assert facts(database).count("InvoiceVoided") == 1


async def test_no_more_goes_back_than_was_paid_and_each_refund_once(taxed, issued):
    await billing.record_transfer(taxed.technician, issued.id, transfer(2_000))
    with pytest.raises(Invalid) as refused:
        await billing.record_transfer_refund(taxed.technician, issued.id, transfer(2_001))
    assert set(refused.value.fields) == {"amount"}
    await billing.record_transfer_refund(taxed.technician, issued.id, transfer(500))
    with pytest.raises(Conflict):
        await billing.record_transfer_refund(taxed.technician, issued.id, transfer(500))
    with pytest.raises(Invalid):
        await billing.record_transfer_refund(taxed.technician, issued.id, transfer(1_501, "BACS 2"))
    assert (await billing.invoice(taxed.ecp, issued.id)).balance.minor == 5_459 - 1_500
