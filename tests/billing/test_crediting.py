"""Credit notes take back no more than was invoiced, with the tax of it; a void stays on record."""

import asyncio

import pytest

from ils_app.billing import service as billing
from ils_app.billing.errors import CannotVoid, NothingToCredit
from ils_app.billing.schemas import InvoiceStatus, SupplyKind
from ils_app.billing.service import CreditPart, PriceDraft
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Invalid
from tests.support.invoices import a_rate, a_shipped_order, facts, sql

TODAY = today_in_lab()


def part(position: int, net_minor: int) -> CreditPart:
    return CreditPart(position=position, net_minor=net_minor)


async def test_a_whole_credit_takes_back_all_of_an_invoice_with_its_tax(taxed, issued, database):
    note = await billing.issue_credit_note(taxed.technician, issued.id, " Never  arrived ")
    assert (note.number, note.reason, note.issued_by) == (f"CN-{TODAY.year}-000001", "Never arrived", "Theo Brandt")
    assert (note.net_minor, note.tax_minor, note.total_minor) == (4_549, 910, 5_459)
    after = await billing.invoice(taxed.ecp, issued.id)
    assert (after.status, after.balance.minor, after.credited.minor) == (InvoiceStatus.CREDITED, 0, 5_459)
    assert after.credit_notes == (note,)
    assert after.entries[-1].reference == note.number
    assert not after.may_credit
    with pytest.raises(NothingToCredit):
        await billing.issue_credit_note(taxed.technician, issued.id, "Again")
    assert facts(database)[-1] == "CreditNoteIssued"
    assert await billing.credit_note(taxed.ecp, note.id) == note


async def test_credits_of_every_part_give_back_exactly_the_tax_that_was_invoiced(house):
    await a_rate(house, SupplyKind.LENSES, 1750)
    await a_rate(house, SupplyKind.GLAZING, 2000)
    await a_rate(house, SupplyKind.SERVICE, 0, name="Exempt", exempt=True)
    invoice = await billing.invoice(house.ecp, await billing.issue_for_order(await a_shipped_order(house.ecp)))
    notes = [
        await billing.issue_credit_note(house.technician, invoice.id, "Part", parts)
        for parts in ([part(0, 333)], [part(0, 333), part(3, 1)], [part(1, 1_250), part(2, 399)], [part(4, 999)])
    ]
    notes.append(await billing.issue_credit_note(house.technician, invoice.id, "The rest"))
    assert sum(note.net_minor for note in notes) == invoice.net.minor
    assert sum(note.tax_minor for note in notes) == invoice.tax_total.minor
    assert (await billing.invoice(house.ecp, invoice.id)).balance.minor == 0


async def test_a_credit_after_payment_leaves_a_refund_due(taxed, issued):
    transfer = billing.TransferDraft(minor=5_459, reference="BACS 9", on=TODAY)
    await billing.record_transfer(taxed.technician, issued.id, transfer)
    note = await billing.issue_credit_note(taxed.technician, issued.id, "Scratched", [part(2, 400)])
    after = await billing.invoice(taxed.ecp, issued.id)
    assert (after.status, after.balance.minor) == (InvoiceStatus.OVERPAID, -note.total_minor)
    back = billing.TransferDraft(minor=note.total_minor, reference="BACS 9", on=TODAY)
    await billing.record_transfer_refund(taxed.technician, issued.id, back)
    after = await billing.invoice(taxed.ecp, issued.id)
    assert (after.status, after.balance.minor, after.refunded.minor) == (InvoiceStatus.PAID, 0, note.total_minor)


@pytest.mark.parametrize(
    ("parts", "field", "said"),
    [
        ([part(0, 1_251)], "line_0", "At most £12.50"),
        ([part(0, 1_250), part(0, 1)], "line_0", "At most"),
        ([part(9, 1)], "line_9", "Nothing of this line"),
        ([part(0, -1)], "line_0", "At most"),
        ([part(0, 0)], "line_0", "Enter what is taken back"),
        ([], "line_0", "Enter what is taken back"),
    ],
)
async def test_no_more_is_credited_than_was_invoiced(taxed, issued, parts, field, said):
    with pytest.raises(Invalid) as refused:
        await billing.issue_credit_note(taxed.technician, issued.id, "Why", parts)
    assert said in refused.value.fields[field]
    assert (await billing.invoice(taxed.ecp, issued.id)).balance == issued.balance


async def test_a_discount_is_not_credited_around(taxed):
    """A line's whole price goes back only together with the discount on it."""
    invoice_id = await billing.issue_for_order(await a_shipped_order(taxed.ecp, (("Lens", 1_000),), total=800))
    with pytest.raises(Invalid, match="altogether"):
        await billing.issue_credit_note(taxed.technician, invoice_id, "Why", [part(0, 1_000)])
    note = await billing.issue_credit_note(taxed.technician, invoice_id, "Why", [part(0, 1_000), part(1, -200)])
    assert note.total_minor == 960


async def test_what_a_discount_leaves_is_credited_whole_and_nothing_after_it(taxed):
    """The lines' remains cancel one another out once all was credited: the invoice says that nothing is left."""
    invoice_id = await billing.issue_for_order(await a_shipped_order(taxed.ecp, (("Lens", 1_000),), total=800))
    note = await billing.issue_credit_note(taxed.technician, invoice_id, "Why", [part(0, 800)])
    invoice = await billing.invoice(taxed.technician, invoice_id)
    assert (note.total_minor, invoice.status) == (960, InvoiceStatus.CREDITED)
    assert (invoice.uncredited_minor, invoice.may_credit) == ((200, -200), False)
    with pytest.raises(NothingToCredit):
        await billing.issue_credit_note(taxed.technician, invoice_id, "Again")


async def test_all_that_is_left_can_be_entered_line_by_line_where_only_tax_is_left(house):
    """A discount at another rate than what was credited: nothing is left before tax, and the tax is."""
    await a_rate(house, SupplyKind.LENSES, 0, name="Exempt", exempt=True)
    await a_rate(house, SupplyKind.GLAZING, 2000)
    order_id = await a_shipped_order(house.ecp, (("Glazing: full rim", 1_000),), total=800)
    invoice_id = await billing.issue_for_order(order_id)
    await billing.issue_credit_note(house.technician, invoice_id, "Why", [part(0, 800)])
    invoice = await billing.invoice(house.technician, invoice_id)
    assert (invoice.balance.minor, invoice.may_credit) == (40, True)
    rest = await billing.issue_credit_note(house.technician, invoice_id, "The rest", [part(0, 200), part(1, -200)])
    assert (rest.net_minor, rest.tax_minor) == (0, 40)


async def test_a_reason_is_asked_for(taxed, issued):
    for act in (billing.issue_credit_note, billing.void):
        with pytest.raises(Invalid) as refused:
            await act(taxed.technician, issued.id, "  ")
        assert set(refused.value.fields) == {"reason"}


async def test_credits_issued_at_once_are_numbered_without_gaps_and_never_exceed_the_invoice(taxed, issued, database):
    made = await asyncio.gather(
        *(billing.issue_credit_note(taxed.technician, issued.id, "Part", [part(0, 500)]) for _ in range(5)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in made) == ["CreditNoteView"] * 2 + ["Invalid"] * 3
    numbers = sql(database, "SELECT number FROM billing.credit_note ORDER BY number")
    assert numbers == [(f"CN-{TODAY.year}-000001",), (f"CN-{TODAY.year}-000002",)]


async def test_a_void_stays_on_record_under_its_number_and_nothing_is_owed_on_it(taxed, issued, database):
    await billing.void(taxed.technician, issued.id, "The parcel was another practice's")
    await billing.void(taxed.technician, issued.id, "Again")
    after = await billing.invoice(taxed.ecp, issued.id)
    assert (after.status, after.balance.minor, after.number) == (InvoiceStatus.VOID, 0, issued.number)
    assert after.void_reason == "The parcel was another practice's"
    assert (after.may_credit, after.may_void, after.may_pay) == (False, False, False)
    assert facts(database).count("InvoiceVoided") == 1
    following = await billing.issue_for_order(await a_shipped_order(taxed.ecp))
    assert (await billing.invoice(taxed.ecp, following)).number == f"INV-{TODAY.year}-000002"
    with pytest.raises(NothingToCredit):
        await billing.issue_credit_note(taxed.technician, issued.id, "Why")


async def test_what_was_paid_or_credited_in_part_is_not_voided(taxed, issued):
    await billing.issue_credit_note(taxed.technician, issued.id, "Part", [part(0, 1)])
    with pytest.raises(CannotVoid):
        await billing.void(taxed.technician, issued.id, "By mistake")


async def test_an_invoice_priced_by_hand_is_credited_like_any_other(taxed):
    order_id = await a_shipped_order(taxed.ecp, None)
    await billing.issue_for_order(order_id)
    invoice_id = await billing.price_order(taxed.technician, order_id, [PriceDraft(what="Agreed", minor=1)])
    note = await billing.issue_credit_note(taxed.technician, invoice_id, "Why")
    assert (note.net_minor, note.tax_minor) == (1, 0)
