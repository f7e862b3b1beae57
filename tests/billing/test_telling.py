"""Papers and words: drawn once and mailed once, the same for whoever downloads; one reminder; payments acknowledged."""

import asyncio
import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from ils_app.billing import documents, ledger, telling
from ils_app.billing import service as billing
from ils_app.billing.card_schemas import Cards
from ils_app.billing.room import room
from ils_app.billing.service import CreditPart, TransferDraft
from ils_app.kernel import files
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.files import FileRef
from ils_app.settings import service as settings
from ils_app.settings.service import LetterheadDraft
from tests.support.invoices import a_shipped_order, sql

TODAY = today_in_lab()


def notices(database: str, key: str) -> list[tuple]:
    return sql(
        database,
        "SELECT title, text, organisation_id, roles, attachments FROM notifications.notice "
        f"WHERE key LIKE '{key}:%' ORDER BY at",
    )


async def test_an_invoice_is_mailed_once_to_its_practice_and_what_was_mailed_is_what_is_downloaded(
    taxed, issued, work_off, database
):
    await work_off()
    await telling.send_invoice(issued.id)
    ((title, _, whose, roles, attachments),) = notices(database, "invoice")
    assert title.startswith(f"Invoice {issued.number}: £54.59, due ")
    assert (whose, roles) == (taxed.ecp.organisation_id, ["ecp"])
    (kept,) = (FileRef.model_validate(one) for one in attachments)
    paper = await billing.invoice_pdf(taxed.ecp, issued.id)
    assert (paper.name, paper.body) == (f"{issued.number}.pdf", await files.read(kept))
    assert (await billing.invoice_pdf(taxed.technician, issued.id)).body == paper.body
    assert (await billing.invoice(taxed.ecp, issued.id)).mailed_at
    mails = sql(database, "SELECT count(*) FROM notifications.mail m JOIN notifications.notice n ON n.id = m.notice_id "
                          "WHERE n.key LIKE 'invoice:%'")  # fmt: skip
    assert mails == [(1,)], "one person works at the practice"


async def test_a_void_is_told_to_the_practice_once_with_its_reason_and_a_void_invoice_is_not_mailed(
    taxed, issued, work_off, database
):
    await billing.void(taxed.technician, issued.id, "The parcel was another practice's.")
    await work_off()
    await telling.send_invoice(issued.id)
    await telling.tell_void(issued.id)
    assert notices(database, "invoice") == []
    assert (await billing.invoice(taxed.ecp, issued.id)).mailed_at is None
    ((title, text, whose, roles, _),) = notices(database, "invoice-void")
    assert title == f"Invoice {issued.number} is void"
    assert text == (
        f"The lab has voided invoice {issued.number} of £54.59: The parcel was another practice's. "
        "Nothing is to be paid on it."
    )
    assert (whose, roles) == (taxed.ecp.organisation_id, ["ecp"])


async def test_the_invoice_s_paper_says_all_that_it_must(taxed, issued):
    words = text_of((await billing.invoice_pdf(taxed.ecp, issued.id)).body)
    for said in (
        "Northlight Lab", "Invoice", issued.number, "Harbour Eye Care", "12 Quay Road", "HARB-001", issued.order_number,
        "Bay 12", "Right lens: SV spherical, 1.50", "Net", "£45.49", "VAT 20 % on £45.49", "£9.10", "Total due",
        "£54.59", "30 days", "How to pay", "by card at", f"/invoices/{issued.id}", "or by bank transfer",
        "as reference", "halves upwards", "page 1 of 1",
    ):  # fmt: skip
        assert said in words, said


async def test_where_no_card_is_taken_nobody_is_told_that_it_can_be_paid_by_card(
    taxed, issued, monkeypatch, work_off, database
):
    late = await billing.issue_for_order(await a_shipped_order(taxed.ecp), taken_over_on=TODAY - timedelta(days=31))
    for module in (telling, documents):
        monkeypatch.setattr(module, "cards", lambda: Cards.NONE)
    await work_off()
    await billing.remind_overdue()
    by_bank = "It can be paid by bank transfer, with the invoice's number as reference."
    ((_, said, *_),), ((_, reminded, *_),) = notices(database, "invoice"), notices(database, "invoice-overdue")
    assert said.endswith(by_bank)
    assert by_bank in reminded
    for invoice_id in (issued.id, late):
        words = text_of((await billing.invoice_pdf(taxed.ecp, invoice_id)).body)
        assert "by bank transfer, with INV-" in words
        assert "card" not in words


async def test_where_cards_are_taken_both_ways_are_named(taxed, issued, work_off, database):
    await work_off()
    ((_, said, *_),) = notices(database, "invoice")
    assert said.endswith("It can be paid by card in ILS, or by bank transfer with the invoice's number as reference.")


async def test_the_account_to_pay_to_stands_on_the_invoice_as_it_was_at_issue(taxed, issued):
    account = "Harbour Bank, sort code 00-00-00, account 00000000"
    head = await settings.letterhead_view(taxed.admin, taxed.lab)
    await settings.set_letterhead(
        taxed.admin, taxed.lab, LetterheadDraft(name="Northlight Lab", bank_details=account), head.version
    )
    invoice_id = await billing.issue_for_order(await a_shipped_order(taxed.ecp))
    invoice = await billing.invoice(taxed.ecp, invoice_id)
    words = text_of((await billing.invoice_pdf(taxed.ecp, invoice_id)).body)
    assert f"by bank transfer to {account}, with {invoice.number} as reference" in words
    assert account not in text_of((await billing.invoice_pdf(taxed.ecp, issued.id)).body)


async def test_a_paper_drawn_twice_at_once_is_kept_once(taxed, issued):
    note = await billing.issue_credit_note(
        taxed.technician, issued.id, "Scratched", [CreditPart(position=2, net_minor=400)]
    )
    before = {path.name for path in files._folder().iterdir()}
    kept = [
        *await asyncio.gather(*(documents.kept_invoice(issued.id) for _ in range(3))),
        *await asyncio.gather(*(documents.kept_credit_note(note.id) for _ in range(3))),
    ]
    assert len({one.id for one in kept}) == 2
    assert {path.name for path in files._folder().iterdir()} - before == {str(one.id) for one in kept}


async def test_a_credit_note_is_mailed_once_with_its_paper(taxed, issued, work_off, database):
    note = await billing.issue_credit_note(
        taxed.technician, issued.id, "Scratched", [CreditPart(position=2, net_minor=400)]
    )
    await work_off()
    await telling.send_credit_note(note.id)
    ((title, _, whose, _, attachments),) = notices(database, "credit-note")
    assert title == f"Credit note {note.number}: £4.80 of invoice {issued.number}"
    assert whose == taxed.ecp.organisation_id
    paper = await billing.credit_note_pdf(taxed.ecp, note.id)
    assert paper.body == await files.read(FileRef.model_validate(attachments[0]))
    words = text_of(paper.body)
    for said in ("Credit note", note.number, issued.number, "Scratched", "Hard coat", "Total credited", "£4.80"):
        assert said in words, said


async def test_a_payment_is_acknowledged_with_what_is_still_owed_and_the_lab_hears_of_cards(
    taxed, issued, work_off, database
):
    await billing.record_transfer(taxed.technician, issued.id, TransferDraft(minor=459, reference="B1", on=TODAY))
    async with room.unit_of_work() as uow:
        await ledger.record_payment(uow, issued.id, 5_000, source="card", reference="pi_1")
    await work_off()
    first, second = notices(database, "payment")
    assert first[0] == f"Payment received: £4.59 for invoice {issued.number}"
    assert first[1].endswith("£50.00 is still owed on it.")
    assert second[1].endswith("It is settled.")
    assert [row[2] for row in (first, second)] == [taxed.ecp.organisation_id] * 2
    ((_, text, _, roles, _),) = notices(database, "payment-lab")
    assert text.startswith("Harbour Eye Care paid £50.00 by card")
    assert sorted(roles) == ["admin", "lab_tech"]


async def test_a_refund_is_told_to_the_practice(taxed, issued, work_off, database):
    draft = TransferDraft(minor=5_459, reference="B1", on=TODAY)
    await billing.record_transfer(taxed.technician, issued.id, draft)
    await billing.record_transfer_refund(taxed.technician, issued.id, draft)
    await work_off()
    ((title, text, *_),) = notices(database, "refund")
    assert title == f"Refund: £54.59 of invoice {issued.number}"
    assert text.endswith("back by bank transfer.")


@pytest.mark.parametrize("days", [31, 30])
async def test_an_overdue_invoice_is_reminded_of_once(taxed, database, days):
    invoice_id = await billing.issue_for_order(
        await a_shipped_order(taxed.ecp), taken_over_on=TODAY - timedelta(days=days)
    )
    late = days > 30
    assert await billing.remind_overdue() == int(late)
    assert await billing.remind_overdue() == 0
    invoice = await billing.invoice(taxed.ecp, invoice_id)
    assert (invoice.overdue, bool(invoice.reminded_at)) == (late, late)
    assert len(notices(database, "invoice-overdue")) == int(late)


async def test_a_settled_invoice_is_not_reminded_of(taxed, issued, database):
    on = TODAY - timedelta(days=40)
    invoice_id = await billing.issue_for_order(await a_shipped_order(taxed.ecp), taken_over_on=on)
    await billing.record_transfer(taxed.technician, invoice_id, TransferDraft(minor=5_459, reference="B1", on=TODAY))
    assert await billing.remind_overdue() == 0


def text_of(body: bytes) -> str:
    """The words of a PDF, whitespace folded."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages).split())
