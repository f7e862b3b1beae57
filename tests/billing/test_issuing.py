"""One invoice a shipment, at the LIMS's price, with the tax of the day it left, under the next number."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from ils_app.billing import issuing
from ils_app.billing import service as billing
from ils_app.billing.schemas import InvoiceStatus, SupplyKind, WaitsFor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.errors import Conflict, Invalid, NotFound
from ils_app.orders import service as orders
from lims_client.models import Job, JobStatus, Price
from tests.support.invoices import LINES, a_rate, a_shipped_order, an_order, facts, ship, sql

TODAY = today_in_lab()


def priced_late(job: Job) -> Job:
    """The LIMS's word once more, with the price it had not given before."""
    price = Price.model_validate(
        {"currency": "GBP", "lines": [{"what": "Right lens", "minor": 4_100}], "totalMinor": 4_100}
    )
    return job.model_copy(update={"status": JobStatus.SHIPPED, "sequence": 8, "timestamp": now(), "price": price})


def numbers(database: str) -> list[str]:
    return [number for (number,) in sql(database, "SELECT number FROM billing.invoice ORDER BY number")]


async def test_an_order_that_leaves_the_lab_is_invoiced_once_at_the_price_of_the_lims(taxed, work_off, database):
    order_id, job = await an_order(taxed.ecp)
    await work_off()
    assert await billing.invoice_of_order(taxed.ecp, order_id) is None
    assert await ship(job)
    await work_off()
    row = await billing.invoice_of_order(taxed.ecp, order_id)
    invoice = await billing.invoice(taxed.ecp, row.id)
    assert invoice.number == f"INV-{TODAY.year}-000001"
    assert [(line.what, line.net_minor) for line in invoice.lines] == list(LINES)
    assert (invoice.net.minor, invoice.tax_total.minor, invoice.total.minor) == (4_549, 910, 5_459)
    assert (invoice.status, invoice.balance.minor) == (InvoiceStatus.OPEN, 5_459)
    assert (invoice.issued_on, invoice.tax_point_on) == (TODAY, TODAY)
    assert (invoice.due_on, invoice.terms_days) == (TODAY + timedelta(days=30), 30)
    assert (invoice.bill_to.name, invoice.bill_to.account_number) == ("Harbour Eye Care", "HARB-001")
    assert invoice.bill_to.address_lines == ("12 Quay Road", "PL1 2AB", "GB")
    assert invoice.seller.name == "Northlight Lab"
    assert invoice.order_number == (await orders.order(taxed.ecp, order_id)).number
    assert invoice.reference == "Bay 12"
    assert [(one.kind, one.minor, one.reference) for one in invoice.entries] == [("invoiced", 5_459, invoice.number)]
    assert facts(database).count("InvoiceIssued") == 1


async def test_a_repeated_word_a_rework_and_a_second_shipping_make_no_second_invoice(taxed, work_off, database):
    order_id, job = await an_order(taxed.ecp)
    await ship(job)
    await work_off()
    held = {"status": JobStatus.ON_HOLD, "sequence": 6, "reason": "Came back"}
    await orders.take_job(job.model_copy(update=held))
    await ship(job, sequence=7)
    await orders.take_job(job.model_copy(update={"status": JobStatus.COMPLETED, "sequence": 8}))
    await work_off()
    await asyncio.gather(*(billing.issue_for_order(order_id) for _ in range(5)))
    assert numbers(database) == [f"INV-{TODAY.year}-000001"]
    assert facts(database).count("InvoiceIssued") == 1


async def test_an_order_still_at_the_lab_or_unknown_is_not_invoiced(taxed, database):
    order_id, _ = await an_order(taxed.ecp)
    assert await billing.issue_for_order(order_id) is None
    assert await billing.issue_for_order(uuid4()) is None
    assert numbers(database) == []
    assert sql(database, "SELECT count(*) FROM billing.waiting") == [(0,)]


async def test_an_order_whose_shipping_nobody_told_of_is_invoiced_when_it_is_completed(taxed, work_off):
    order_id, job = await an_order(taxed.ecp)
    await orders.take_job(job.model_copy(update={"status": JobStatus.COMPLETED, "sequence": 9}))
    await work_off()
    assert await billing.invoice_of_order(taxed.ecp, order_id)


async def test_numbers_have_no_gaps_when_many_are_issued_at_once(taxed, database):
    ids = [await a_shipped_order(taxed.ecp if n % 2 else taxed.other_ecp) for n in range(12)]
    await asyncio.gather(*(billing.issue_for_order(order_id) for order_id in ids for _ in range(2)))
    assert numbers(database) == [f"INV-{TODAY.year}-{n:06d}" for n in range(1, 13)]


async def test_an_invoice_that_comes_to_nothing_gives_its_number_back(taxed, database, monkeypatch):
    first, second = [await a_shipped_order(taxed.ecp) for _ in range(2)]

    async def broken(*_, **__):
        raise ConnectionError("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(issuing, "enter", broken)
        with pytest.raises(ConnectionError):
            await billing.issue_for_order(first)
    assert numbers(database) == []
    await billing.issue_for_order(second)
    await billing.issue_for_order(first)
    assert numbers(database) == [f"INV-{TODAY.year}-000001", f"INV-{TODAY.year}-000002"]


async def test_numbers_begin_again_with_the_year_and_a_shipment_taken_over_is_told_to_nobody(taxed, work_off, database):
    await billing.issue_for_order(await a_shipped_order(taxed.ecp), taken_over_on=date(TODAY.year - 1, 12, 30))
    await billing.issue_for_order(await a_shipped_order(taxed.ecp))
    assert numbers(database) == [f"INV-{TODAY.year - 1}-000001", f"INV-{TODAY.year}-000001"]
    sql(database, "DELETE FROM procrastinate_jobs WHERE task_name = 'billing.send_invoice' AND args->>'invoice_id' = "
        f"(SELECT id::text FROM billing.invoice WHERE number = 'INV-{TODAY.year}-000001')")  # fmt: skip
    await work_off()
    assert sql(database, "SELECT count(*) FROM notifications.notice WHERE key LIKE 'invoice:%'") == [(0,)]


async def test_the_tax_is_that_of_the_day_the_parcel_left_by_rate_rounded_on_each_sum(house):
    await a_rate(house, SupplyKind.LENSES, 0, name="Exempt", exempt=True)
    await a_rate(house, SupplyKind.GLAZING, 1750, since=date(2010, 1, 1))
    await a_rate(house, SupplyKind.SERVICE, 2000)
    later = TODAY + timedelta(days=10)
    await a_rate(house, SupplyKind.GLAZING, 2000, since=later)
    invoice_id = await billing.issue_for_order(await a_shipped_order(house.ecp, (*LINES, ("Glazing: drill", 333))))
    invoice = await billing.invoice(house.ecp, invoice_id)
    assert [(one.rate_name, one.rate_bp, one.net_minor, one.tax_minor) for one in invoice.tax] == [
        ("VAT", 2000, 999, 200), ("VAT", 1750, 983, 172), ("Exempt", 0, 2_900, 0),
    ]  # fmt: skip
    assert invoice.total.minor == 999 + 983 + 2_900 + 200 + 172


async def test_an_old_tax_point_takes_the_old_rate(house):
    await a_rate(house, rate_bp=1750, since=date(2010, 1, 1))
    begins = TODAY + timedelta(days=1)
    await a_rate(house, rate_bp=2500, since=begins)
    tomorrow = datetime.combine(begins, datetime.min.time(), UTC) + timedelta(hours=12)
    before = await billing.issue_for_order(await a_shipped_order(house.ecp))
    after = await billing.issue_for_order(await a_shipped_order(house.ecp, at=tomorrow))
    assert (await billing.invoice(house.ecp, before)).tax[0].rate_bp == 1750
    assert (await billing.invoice(house.ecp, after)).tax[0].rate_bp == 2500


async def test_what_the_price_s_lines_do_not_add_up_to_is_a_line_of_its_own(taxed):
    less = await billing.issue_for_order(await a_shipped_order(taxed.ecp, total=4_000))
    more = await billing.issue_for_order(await a_shipped_order(taxed.ecp, total=5_000))
    bare = await billing.issue_for_order(await a_shipped_order(taxed.ecp, (), total=5_000))
    found = [(await billing.invoice(taxed.ecp, one)) for one in (less, more, bare)]
    assert [(one.net.minor, one.lines[-1].what, one.lines[-1].net_minor) for one in found] == [
        (4_000, "Discount", -549), (5_000, "Other charges", 451), (5_000, "Lenses", 5_000),
    ]  # fmt: skip


async def test_the_buyer_stays_as_it_was_when_the_invoice_was_issued(taxed, issued, database):
    sql(database, f"UPDATE practices.practice SET name = 'Another name' WHERE id = '{taxed.ecp.organisation_id}'")
    sql(database, "UPDATE practices.site SET address_lines = '{Elsewhere}'")
    again = await billing.invoice(taxed.ecp, issued.id)
    assert again.bill_to == issued.bill_to
    assert (again.practice_name, again.bill_to.address_lines[0]) == ("Harbour Eye Care", "12 Quay Road")


# What cannot be invoiced yet


@pytest.mark.parametrize("lines", [None, (), (("Right lens", 0),)])
async def test_an_order_without_a_price_is_shown_to_the_lab_and_never_invoiced_at_nought(
    taxed, work_off, lines, database
):
    order_id = await a_shipped_order(taxed.ecp, lines)
    await work_off()
    assert numbers(database) == []
    (waiting,) = await billing.waiting_orders(taxed.technician)
    assert (waiting.order_id, waiting.waits_for, waiting.shipped_on) == (order_id, WaitsFor.PRICE, TODAY)
    assert await billing.waiting_count(taxed.admin) == 1
    notices = sql(database, "SELECT title, organisation_id FROM notifications.notice WHERE key LIKE 'not-invoiced:%'")
    assert notices == [(f"Order {waiting.order_number} was shipped and not invoiced", taxed.lab)]
    with pytest.raises(Conflict, match="no price"):
        await billing.try_again(taxed.technician, order_id)


async def test_the_lab_enters_the_price_the_lims_did_not_give(taxed, work_off, database):
    order_id, job = await an_order(taxed.ecp, None)
    await ship(job)
    await work_off()
    with pytest.raises(Invalid):
        await billing.price_order(taxed.technician, order_id, [])
    invoice_id = await billing.price_order(
        taxed.technician, order_id, [billing.PriceDraft(what="Lenses as agreed", minor=3_000)]
    )
    assert (await billing.invoice(taxed.ecp, invoice_id)).total.minor == 3_600
    assert await billing.waiting_orders(taxed.technician) == ()
    with pytest.raises(NotFound):
        await billing.price_order(taxed.technician, order_id, [billing.PriceDraft(what="Again", minor=1)])
    assert len(numbers(database)) == 1
    await orders.take_job(job.model_copy(update={"status": JobStatus.COMPLETED, "sequence": 9}))
    await work_off()
    assert await billing.issue_for_order(order_id) == invoice_id
    assert await billing.waiting_orders(taxed.technician) == (), "it has its invoice"


async def test_an_order_that_was_invoiced_meanwhile_is_not_put_back_to_wait(taxed, database):
    """Two find no rate or no price while a third issues the invoice: nothing waits, and theirs is the third's."""
    order_id = await a_shipped_order(taxed.ecp)
    shipment = await orders.shipment(order_id)
    invoice_id = await billing.issue_for_order(order_id)
    for waits_for in (WaitsFor.TAX_RATE, WaitsFor.PRICE):
        assert await issuing._wait(shipment, waits_for, taxed.lab) == invoice_id
    assert sql(database, "SELECT count(*) FROM billing.waiting") == [(0,)]
    assert sql(database, "SELECT count(*) FROM notifications.notice WHERE key LIKE 'not-invoiced:%'") == [(0,)]


async def test_a_price_the_lims_gave_meanwhile_wins_over_one_entered_by_hand(taxed):
    order_id, job = await an_order(taxed.ecp, None)
    await ship(job)
    assert await billing.issue_for_order(order_id) is None
    await orders.take_job(priced_late(job))
    line = billing.PriceDraft(what="Lenses as agreed", minor=3_000)
    invoice_id = await billing.price_order(taxed.technician, order_id, [line])
    assert [(one.what, one.net_minor) for one in (await billing.invoice(taxed.ecp, invoice_id)).lines] == [
        ("Right lens", 4_100)
    ]


async def test_an_order_the_lims_priced_after_it_left_is_invoiced_in_the_morning(taxed):
    order_id, job = await an_order(taxed.ecp, None)
    await ship(job)
    assert await billing.issue_for_order(order_id) is None
    assert await billing.retry_waiting() == 0
    await orders.take_job(priced_late(job))
    assert await billing.retry_waiting() == 1
    assert await billing.waiting_orders(taxed.technician) == ()


async def test_nothing_is_charged_for_an_order_the_lab_closed_with_a_reason(taxed, database):
    order_id = await a_shipped_order(taxed.ecp, None)
    await billing.issue_for_order(order_id)
    with pytest.raises(Invalid):
        await billing.close_without_invoice(taxed.technician, order_id, "  ")
    await billing.close_without_invoice(taxed.technician, order_id, "Remake at our cost")
    assert facts(database)[-1] == "ClosedWithoutInvoice"
    assert await billing.waiting_orders(taxed.technician) == ()
    assert await billing.issue_for_order(order_id) is None
    with pytest.raises(NotFound):
        await billing.close_without_invoice(taxed.technician, order_id, "Again")
    found = sql(database, "SELECT closed_by, closed_reason FROM billing.waiting")
    assert found == [("Theo Brandt", "Remake at our cost")]


async def test_an_order_without_a_rate_of_tax_is_invoiced_as_soon_as_the_rate_is_entered(house, work_off, database):
    order_id = await a_shipped_order(house.ecp)
    await work_off()
    (waiting,) = await billing.waiting_orders(house.technician)
    assert waiting.waits_for is WaitsFor.TAX_RATE
    with pytest.raises(Conflict, match="rate of tax"):
        await billing.try_again(house.technician, order_id)
    with pytest.raises(Conflict, match="a price"):
        await billing.price_order(house.technician, order_id, [billing.PriceDraft(what="Mine", minor=1)])
    await a_rate(house)
    await work_off()
    assert await billing.invoice_of_order(house.ecp, order_id)
    assert await billing.waiting_orders(house.technician) == ()


async def test_before_there_is_a_lab_orders_wait_for_one(house, database):
    await a_rate(house)
    sql(database, "UPDATE auth.organisation SET active = false WHERE kind = 'lab'")
    order_id = await a_shipped_order(house.ecp)
    assert await billing.issue_for_order(order_id) is None
    assert (await billing.waiting_orders(house.technician))[0].waits_for is WaitsFor.LAB
    sql(database, "UPDATE auth.organisation SET active = true")
    assert await billing.retry_waiting() == 1
    assert await billing.invoice_of_order(house.ecp, order_id)
