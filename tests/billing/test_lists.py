"""Invoices as lists: views with true counts, pages by cursor, search, figures; a practice sees only its own."""

from datetime import timedelta

import pytest

from ils_app.billing import service as billing
from ils_app.billing.schemas import InvoicesView
from ils_app.billing.service import NoSuchCreditNote, NoSuchInvoice, TransferDraft
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from tests.support.invoices import a_shipped_order

TODAY = today_in_lab()
V = InvoicesView


@pytest.fixture
async def several(taxed):
    """Seven of the first practice (one overdue, one paid, one refund due), two of the second; the newest last."""
    made = []
    for place in range(7):
        on = TODAY - timedelta(days=40 - 6 * place)
        made.append(await billing.issue_for_order(await a_shipped_order(taxed.ecp), taken_over_on=on))
    for _ in range(2):
        made.append(await billing.issue_for_order(await a_shipped_order(taxed.other_ecp)))
    for place in (2, 3):
        draft = TransferDraft(minor=5_459, reference=f"B{place}", on=TODAY)
        await billing.record_transfer(taxed.technician, made[place], draft)
    await billing.issue_credit_note(taxed.technician, made[3], "Scratched")
    return made


async def test_the_views_hold_what_they_count_for_each_practice_and_for_the_lab(taxed, several):
    expected = {
        taxed.ecp: {V.OPEN: 5, V.OVERDUE: 2, V.PAID: 1, V.REFUND_DUE: 1, V.ALL: 7},
        taxed.other_ecp: {V.OPEN: 2, V.OVERDUE: 0, V.PAID: 0, V.REFUND_DUE: 0, V.ALL: 2},
        taxed.technician: {V.OPEN: 7, V.OVERDUE: 2, V.PAID: 1, V.REFUND_DUE: 1, V.ALL: 9},
    }
    for actor, by_view in expected.items():
        assert (await billing.counts(actor)).by_view == by_view
        for view, count in by_view.items():
            assert len((await billing.invoices_page(actor, view=view, limit=100)).rows) == count
            assert len(await billing.invoices_for_export(actor, view=view)) == count


async def test_pages_follow_one_another_newest_first_without_losing_or_doubling_any(taxed, several):
    seen, cursor = [], None
    while True:
        page = await billing.invoices_page(taxed.technician, cursor=cursor, limit=4)
        seen += [row.number for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == 9
    assert seen == sorted(seen, reverse=True)
    with pytest.raises(Invalid):
        await billing.invoices_page(taxed.technician, cursor="nonsense")


async def test_an_invoice_is_found_by_number_order_practice_account_and_reference(taxed, several):
    row = (await billing.invoices_page(taxed.technician)).rows[-1]
    for text in (row.number, row.order_number, row.number[-6:], f"inv {row.issued_on.year}"):
        assert row.id in [one.id for one in (await billing.invoices_page(taxed.technician, text=text)).rows]
    for text, count in (("harbour", 7), ("MILL-001", 2), ("bay 12", 9), ("zyzzyva", 0)):
        assert len((await billing.invoices_page(taxed.technician, text=text)).rows) == count


async def test_what_is_outstanding_and_overdue_adds_up(taxed, several):
    figures = await billing.figures(taxed.technician)
    assert ([str(one) for one in figures.outstanding], figures.open_count) == (["£382.13"], 7)
    assert ([str(one) for one in figures.overdue], figures.overdue_count) == (["£109.18"], 2)
    mine = await billing.figures(taxed.other_ecp)
    assert ([str(one) for one in mine.outstanding], mine.overdue, mine.overdue_count) == (["£109.18"], (), 0)
    one_practice = await billing.figures(taxed.technician, practice_id=taxed.other_ecp.organisation_id)
    assert one_practice == mine


async def test_a_practice_never_sees_another_s_invoice_credit_note_or_paper(taxed, several):
    other, mine = taxed.other_ecp, several[3]
    note = (await billing.credit_notes_page(taxed.ecp)).rows[0]
    for door in (billing.invoice, billing.invoice_pdf):
        with pytest.raises(NoSuchInvoice):
            await door(other, mine)
    for door in (billing.credit_note, billing.credit_note_pdf):
        with pytest.raises(NoSuchCreditNote):
            await door(other, note.id)
    order_id = (await billing.invoice(taxed.ecp, mine)).order_id
    assert await billing.invoice_of_order(other, order_id) is None
    assert (await billing.credit_notes_page(other)).rows == ()
    for door in (billing.invoices_page, billing.counts, billing.figures, billing.credit_notes_page):
        with pytest.raises(NotFound):
            await door(other, practice_id=taxed.ecp.organisation_id)


async def test_what_a_person_may_do_stands_on_the_invoice(taxed, issued):
    ecp, lab, admin = [await billing.invoice(who, issued.id) for who in (taxed.ecp, taxed.technician, taxed.admin)]
    assert (ecp.may_pay, ecp.may_credit, ecp.may_void, ecp.may_record_payment, ecp.may_refund) == (True, *[False] * 4)
    for one in (lab, admin):
        assert (one.may_pay, one.may_credit, one.may_void, one.may_record_payment) == (False, True, True, True)
        assert not one.may_refund
    with pytest.raises(Forbidden):
        await billing.issue_credit_note(taxed.ecp, issued.id, "I would like that")


async def test_credit_notes_are_paged(taxed, issued):
    for _ in range(3):
        await billing.issue_credit_note(
            taxed.technician, issued.id, "Part", [billing.CreditPart(position=0, net_minor=10)]
        )
    first = await billing.credit_notes_page(taxed.technician, limit=2)
    rest = await billing.credit_notes_page(taxed.technician, limit=2, cursor=first.next_cursor)
    assert [one.number[-1] for one in (*first.rows, *rest.rows)] == ["3", "2", "1"]
    assert rest.next_cursor is None
