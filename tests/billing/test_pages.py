"""What the room's pages say in words, without a browser: terms, plain amounts, and whether a payment is under way."""

from ils_app.billing import service as billing
from ils_app.billing import waiting
from ils_app.billing.pages import shown
from ils_app.billing.pages.cards import is_confirming
from ils_app.billing.pages.invoice import InvoiceState
from ils_app.billing.pages.waiting import WaitingState
from ils_app.kernel.clock import today_in_lab
from tests.support.cards import attempts, deliver
from tests.support.invoices import a_shipped_order
from tests.support.tabs import Tab, said


async def test_an_address_alone_confirms_no_payment(taxed, issued, http, work_off, database):
    """`?card=paid` can be typed, or kept as a bookmark: it counts while a page that may have been paid is open."""
    assert not is_confirming(await billing.cards_of(taxed.ecp, issued.id), "paid")
    await billing.pay_by_card(taxed.ecp, issued.id)
    view = await billing.cards_of(taxed.ecp, issued.id)
    assert is_confirming(view, "paid")
    assert not is_confirming(view, "left")
    assert not is_confirming(await billing.cards_of(taxed.technician, issued.id), "paid")
    (attempt,) = attempts(database, issued.id)
    await billing.stand_in_decline(taxed.ecp, attempt.session_id)
    await work_off()
    assert not is_confirming(await billing.cards_of(taxed.ecp, issued.id), "paid")
    await deliver(http, "checkout.session.expired", attempt.page("expired"))
    await work_off()
    assert not is_confirming(await billing.cards_of(taxed.ecp, issued.id), "paid")
    await billing.pay_by_card(taxed.ecp, issued.id)
    await deliver(http, "checkout.session.completed", attempts(database, issued.id)[-1].page(payment_status="unpaid"))
    await work_off()
    assert is_confirming(await billing.cards_of(taxed.ecp, issued.id), "")


async def test_an_invoice_is_shown_with_its_terms_and_amounts_as_they_are_typed(taxed, issued):
    one = shown.shown(issued, "ecp")
    assert (one.terms, one.balance_plain, one.refundable_plain) == ("30 days", "54.59", "")
    assert shown.shown(issued.model_copy(update={"terms_days": 0}), "ecp").terms == "due at once"
    assert [line.left for line in shown.lines_of(issued)] == ["12.50", "12.50", "4.00", "6.50", "9.99"]


async def test_the_list_of_what_waits_says_how_much_waits_though_it_shows_less(taxed, monkeypatch):
    for _ in range(3):
        await billing.issue_for_order(await a_shipped_order(taxed.ecp, None))
    monkeypatch.setattr(waiting, "MOST_SHOWN", 2)
    tab = Tab(taxed.technician, monkeypatch)
    await tab.do(WaitingState.load)
    state = tab.state(WaitingState)
    assert (len(state.waiting), state.count) == (2, 3)


async def test_whoever_records_more_than_is_owed_is_told_of_the_refund_that_will_be_due(taxed, issued, monkeypatch):
    tab = Tab(taxed.technician, monkeypatch, f"/invoices/{issued.id}")
    await tab.do(InvoiceState.load)
    form = {"amount": "54.59", "reference": "BACS 1", "on": today_in_lab().isoformat()}
    assert said(await tab.do(InvoiceState.record_transfer, form)) == [("done", "The payment is recorded.")]
    more = said(await tab.do(InvoiceState.record_transfer, {**form, "reference": "BACS 2", "amount": "1.00"}))
    assert more == [("done", "The payment is recorded. £1.00 more than is owed: a refund will be due.")]
    assert tab.state(InvoiceState).invoice.refund_due
    back = said(await tab.do(InvoiceState.record_refund, {**form, "amount": "1.00"}))
    assert back == [("done", "The refund is recorded.")]
