"""The rates of tax: entered ahead, never changed once begun, each holding until the next of its kind begins."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import psycopg
import pytest

from ils_app.billing import service as billing
from ils_app.billing.errors import NoSuchTaxRate
from ils_app.billing.schemas import SupplyKind
from ils_app.billing.service import TaxRateDraft
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.errors import Conflict, Invalid
from tests.support.invoices import a_shipped_order, sql

TODAY = today_in_lab()
TOMORROW = TODAY + timedelta(days=1)


def rate(rate_bp: int = 2000, since: date = TODAY, kind: SupplyKind = SupplyKind.LENSES, **more) -> TaxRateDraft:
    return TaxRateDraft(kind=kind, name="VAT", rate_bp=rate_bp, valid_from=since, **more)


async def test_a_rate_holds_until_the_next_of_its_kind_begins(house):
    first = await billing.add_tax_rate(house.admin, rate(since=date(2011, 1, 4)))
    second = await billing.add_tax_rate(house.admin, rate(2250, TOMORROW))
    other = await billing.add_tax_rate(house.admin, rate(0, TODAY, SupplyKind.SERVICE, exempt=True))
    shown = {one.id: one for one in await billing.tax_rates(house.admin)}
    assert (shown[first.id].valid_until, shown[first.id].current, shown[first.id].may_withdraw) == (TODAY, True, False)
    assert (shown[second.id].valid_until, shown[second.id].current) == (None, False)
    assert shown[second.id].may_withdraw
    assert (shown[other.id].exempt, shown[other.id].current, shown[other.id].entered_by) == (True, True, "Ada Winter")


@pytest.mark.parametrize("since", [TODAY, TODAY - timedelta(days=400)])
async def test_what_has_begun_is_not_overtaken_by_a_rate_of_the_past(taxed, since):
    with pytest.raises(Invalid) as refused:
        await billing.add_tax_rate(taxed.admin, rate(since=since))
    assert set(refused.value.fields) == {"valid_from"}


async def test_what_was_shipped_before_the_first_rate_of_its_kind_can_be_invoiced(house, work_off):
    """Nothing was invoiced on those days: no rate held."""
    four_days_ago = now() - timedelta(days=4)
    order_id = await a_shipped_order(house.ecp, at=four_days_ago)
    for kind in SupplyKind:
        await billing.add_tax_rate(house.admin, rate(since=TOMORROW, kind=kind))
    await work_off()
    assert await billing.invoice_of_order(house.ecp, order_id) is None
    for kind in SupplyKind:
        earlier = rate(1750, four_days_ago.date() - timedelta(days=1), kind)
        view = await billing.add_tax_rate(house.admin, earlier)
        assert view.valid_until == TODAY
    await work_off()
    invoice = await billing.invoice_of_order(house.ecp, order_id)
    assert (await billing.invoice(house.ecp, invoice.id)).tax[0].rate_bp == 1750
    with pytest.raises(Invalid, match="has a rate on that day"):
        await billing.add_tax_rate(house.admin, rate(since=TODAY - timedelta(days=2)))


async def test_an_exempt_supply_has_no_rate(house):
    with pytest.raises(Invalid):
        await billing.add_tax_rate(house.admin, rate(500, exempt=True))


async def test_a_rate_that_has_not_begun_can_be_withdrawn_and_entered_anew(taxed):
    coming = await billing.add_tax_rate(taxed.admin, rate(2250, TOMORROW))
    with pytest.raises(Conflict, match="withdraw it first"):
        await billing.add_tax_rate(taxed.admin, rate(2300, TOMORROW))
    for _ in range(2):
        await billing.withdraw_tax_rate(taxed.admin, coming.id)
    again = await billing.add_tax_rate(taxed.admin, rate(2300, TOMORROW))
    shown = {one.id: one for one in await billing.tax_rates(taxed.admin)}
    assert shown[coming.id].withdrawn_by == "Ada Winter"
    assert (shown[again.id].rate_bp, shown[again.id].may_withdraw) == (2300, True)


async def test_a_rate_that_has_begun_stands(taxed, database):
    (begun, *_) = await billing.tax_rates(taxed.admin)
    with pytest.raises(Conflict, match="has begun"):
        await billing.withdraw_tax_rate(taxed.admin, begun.id)
    for statement in ("UPDATE billing.tax_rate SET rate_bp = 1", "DELETE FROM billing.tax_rate"):
        with pytest.raises(psycopg.errors.IntegrityError):
            sql(database, statement)
    with pytest.raises(NoSuchTaxRate):
        await billing.withdraw_tax_rate(taxed.admin, uuid4())


async def test_two_administrators_entering_the_same_rate_at_once_enter_it_once(taxed):
    made = await asyncio.gather(
        *(billing.add_tax_rate(taxed.admin, rate(2250, TOMORROW)) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in made) == ["Conflict"] * 3 + ["TaxRateView"]
