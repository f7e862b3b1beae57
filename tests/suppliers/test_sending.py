"""A purchase order is *sent* when its mail with the PDF has left, and not a moment before."""

import asyncio
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from ils_app.kernel import files
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Invalid
from ils_app.kernel.mail import Never
from ils_app.notifications import service as notifications
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.order_records import find_order
from ils_app.suppliers.order_schemas import MOST_LINES
from ils_app.suppliers.room import room
from ils_app.suppliers.words import PurchaseOrderStatus as S
from tests.support.supplying import a_contact, a_line, a_supplier, an_order


async def history(actor, order_id) -> list[str]:
    return [entry.what for entry in await suppliers.order_timeline(actor, order_id)]


async def test_an_order_is_being_sent_until_the_mail_with_its_pdf_has_left(theo, marco, lumen, carrier, work_off):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    assert begun.number.startswith("PO-2")
    assert begun.number.endswith("-000001")
    seen = []

    async def look():
        seen.append(await suppliers.purchase_order(theo, begun.id))

    carrier.before = look
    sending = await suppliers.send_order(theo, begun.id, begun.version)
    assert (sending.status, sending.sending, sending.sent_at) == (S.DRAFT, True, None)
    await work_off()
    assert (seen[0].status, seen[0].sending) == (S.DRAFT, True)
    mail = carrier.to("orders@lumen.example")[0]
    assert begun.number in mail.subject
    sent = await suppliers.purchase_order(theo, begun.id)
    assert (sent.status, sent.sending, sent.sent_to_name) == (S.SENT, False, "Jo Fenn")
    assert sent.sent_at is not None
    ref, paper = await suppliers.order_paper(marco, begun.id)
    assert (ref.name, paper[:5]) == (f"{begun.number}.pdf", b"%PDF-")
    assert [attached.body for attached in mail.attachments] == [paper]
    assert (await history(theo, begun.id))[0] == "Sent to Jo Fenn, orders@lumen.example"


async def test_a_mail_that_is_given_up_leaves_a_draft_that_says_so_and_can_be_sent_again(
    theo, marco, lumen, carrier, work_off
):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    carrier.refuses = Never("no such mailbox")
    await suppliers.send_order(theo, begun.id, begun.version)
    await work_off()
    back = await suppliers.purchase_order(theo, begun.id)
    assert (back.status, back.sending, back.send_failed) == (S.DRAFT, False, True)
    assert "could not be delivered" in back.send_error
    assert back.may_edit
    assert back.may_send
    assert (await suppliers.order_counts(theo)).not_sent == 1
    with pytest.raises(suppliers.NoSuchPurchaseOrder):
        await suppliers.purchase_order(marco, begun.id)
    carrier.refuses = None
    await suppliers.send_order(theo, begun.id, back.version)
    await work_off()
    sent = await suppliers.purchase_order(theo, begun.id)
    assert (sent.status, sent.send_error) == (S.SENT, "")
    assert len(carrier.to("orders@lumen.example")) == 1


async def test_a_mail_that_leaves_late_makes_the_same_draft_sent_and_another_only_a_note(
    theo, lumen, carrier, work_off
):
    for edited in (False, True):
        begun = await suppliers.begin_order(theo, an_order(lumen.id))
        carrier.refuses = Never("no such mailbox")
        await suppliers.send_order(theo, begun.id, begun.version)
        await work_off()
        async with room.read() as session:
            key = (await find_order(session, begun.id)).send_key
        if edited:
            back = await suppliers.purchase_order(theo, begun.id)
            await suppliers.save_order(theo, begun.id, an_order(lumen.id, a_line(quantity="1")), back.version)
        await suppliers.mail_left(key)
        await suppliers.mail_left(key)
        found = await suppliers.purchase_order(theo, begun.id)
        assert found.status is (S.DRAFT if edited else S.SENT)
        assert ("A mail of an earlier writing of this draft left" in await history(theo, begun.id)) is edited


async def test_a_discarded_draft_shows_what_was_written_last_and_offers_nothing(theo, lumen, carrier, work_off):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    carrier.refuses = Never("no such mailbox")
    await suppliers.send_order(theo, begun.id, begun.version)
    await work_off()
    back = await suppliers.purchase_order(theo, begun.id)
    await suppliers.save_order(theo, begun.id, an_order(lumen.id, a_line(quantity="1")), back.version)
    never = await suppliers.begin_order(theo, an_order(lumen.id))
    failed = await suppliers.begin_order(theo, an_order(lumen.id))
    await suppliers.send_order(theo, failed.id, failed.version)
    await work_off()
    for order_id, quantities, total in (
        (begun.id, [1], 1500),
        (never.id, [50, 2.5], 77520),
        (failed.id, [50, 2.5], 77520),
    ):
        gone = await suppliers.cancel_order(theo, order_id)
        assert (gone.status, gone.written, gone.send_error, gone.may_send) == (S.CANCELLED, True, "", False)
        assert [float(line.quantity) for line in gone.lines] == quantities
        assert gone.subtotal.minor + sum(tax.tax.minor for tax in gone.taxes) == gone.total.minor == total
        _, paper = await suppliers.order_paper(theo, order_id)
        assert "This is a draft" in PdfReader(io.BytesIO(paper)).pages[0].extract_text()


@pytest.mark.parametrize("edited", [False, True])
async def test_a_mail_that_leaves_after_its_draft_was_cancelled_is_noted_and_the_supplier_told(
    theo, lumen, carrier, work_off, signed_up, edited
):
    marco = await signed_up(lumen.id, "supplier")
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    carrier.refuses = Never("no such mailbox")
    await suppliers.send_order(theo, begun.id, begun.version)
    await work_off()
    async with room.read() as session:
        key = (await find_order(session, begun.id)).send_key
    if edited:
        back = await suppliers.purchase_order(theo, begun.id)
        await suppliers.save_order(theo, begun.id, an_order(lumen.id, a_line(quantity="1")), back.version)
    await suppliers.cancel_order(theo, begun.id)
    carrier.refuses = None
    for _ in range(2):
        await suppliers.mail_left(key)
        await work_off()
    await work_off()
    assert [what for what in await history(theo, begun.id) if "left after" in what] == [
        "The mail to orders@lumen.example left after the order was cancelled; the supplier is told"
    ]
    [told] = (await notifications.notifications(marco)).rows
    assert told.title == f"{begun.number} is cancelled"
    assert [mail.subject for mail in carrier.to("orders@lumen.example")] == [
        f"Purchase order {begun.number} is cancelled"
    ]
    seen = await suppliers.purchase_order(marco, begun.id)
    assert (seen.status, seen.total.minor, len(seen.lines)) == (S.CANCELLED, 77520, 2)  # what the mail said


async def test_sending_twice_at_once_and_repeated_jobs_are_one_mail(theo, lumen, carrier, work_off):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    done = await asyncio.gather(
        *[suppliers.send_order(theo, begun.id, begun.version) for _ in range(3)], return_exceptions=True
    )
    assert sum(isinstance(one, suppliers.BeingSent) for one in done) == 2
    async with room.read() as session:
        key = (await find_order(session, begun.id)).send_key
    for _ in range(2):
        await suppliers.send_by_mail(begun.id, key)
    await work_off()
    await suppliers.send_by_mail(begun.id, key)
    await suppliers.mail_left(key)
    await suppliers.mail_gave_up(key)
    await work_off()
    assert len(carrier.to("orders@lumen.example")) == 1
    assert (await suppliers.purchase_order(theo, begun.id)).status is S.SENT
    assert (await history(theo, begun.id)).count("Sent to Jo Fenn, orders@lumen.example") == 1


async def test_a_sending_that_got_stuck_before_its_mail_is_taken_up_again(theo, lumen, carrier, work_off):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    await suppliers.send_order(theo, begun.id, begun.version)
    async with room.unit_of_work() as uow:
        await uow.session.execute(text("DELETE FROM procrastinate_jobs"))
    await suppliers.send_stuck()
    await work_off()
    assert (await suppliers.purchase_order(theo, begun.id)).sending
    async with room.unit_of_work() as uow:
        order = await find_order(uow.session, begun.id)
        order.sending_since = order.sending_since.replace(year=2020)
    for _ in range(2):
        await suppliers.send_stuck()
    await work_off()
    assert (await suppliers.purchase_order(theo, begun.id)).status is S.SENT


async def test_what_is_missing_is_said_by_field_and_nothing_is_sent(theo, lumen, carrier, work_off):
    wrong = an_order(
        lumen.id,
        a_line("a", description=" ", quantity="0", unit="", unit_price="x", tax_rate="200"),
        a_line("b", description="", part_number="", quantity="", unit_price=""),
        expected_on="someday",
    )
    begun = await suppliers.begin_order(theo, wrong)
    fields = {"expected_on", "a_description", "a_quantity", "a_unit", "a_unit_price", "a_tax_rate"}
    assert set(begun.problems) == fields
    with pytest.raises(suppliers.NotReady) as refused:
        await suppliers.send_order(theo, begun.id, begun.version)
    assert set(refused.value.fields) == fields
    nothing = a_line("a", description="", part_number="", quantity="", unit_price="")
    empty = await suppliers.begin_order(theo, an_order(lumen.id, nothing))
    with pytest.raises(suppliers.NotReady, match="needs a line"):
        await suppliers.send_order(theo, empty.id, empty.version)
    bare = await suppliers.add_supplier(theo, a_supplier(name="No desk"))
    order = await suppliers.begin_order(theo, an_order(bare.id))
    with pytest.raises(suppliers.NotReady) as refused:
        await suppliers.send_order(theo, order.id, order.version)
    assert set(refused.value.fields) == {"supplier"}
    await work_off()
    assert carrier.taken == []


async def test_what_leaves_is_what_was_looked_at(theo, lumen, carrier, work_off):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    saved = await suppliers.save_order(theo, begun.id, an_order(lumen.id, a_line(quantity="2")), begun.version)
    with pytest.raises(suppliers.ChangedElsewhere):
        await suppliers.send_order(theo, begun.id, begun.version)
    desk = await suppliers.supplier(theo, lumen.id)
    moved = a_supplier(
        name="Lumen Optical", currency="EUR", tax_treatment="none", payment_days="14", account_number="N"
    )
    await suppliers.edit_supplier(theo, lumen.id, moved, desk.version)
    await suppliers.send_order(theo, begun.id, saved.version)
    await work_off()
    sent = await suppliers.purchase_order(theo, begun.id)
    assert (sent.total, sent.tax_treatment, sent.status) == (saved.total, saved.tax_treatment, S.SENT)
    assert (sent.supplier_name, sent.payment_days, sent.account_number) == ("Lumen Optical", 14, "N")


async def test_an_order_is_not_sent_for_a_day_that_is_over(theo, lumen, carrier, work_off):
    late = await suppliers.begin_order(theo, an_order(lumen.id, expected_on=str(today_in_lab() - timedelta(days=1))))
    with pytest.raises(suppliers.NotReady) as refused:
        await suppliers.send_order(theo, late.id, late.version)
    assert set(refused.value.fields) == {"expected_on"}
    today = await suppliers.begin_order(theo, an_order(lumen.id, expected_on=str(today_in_lab())))
    assert (await suppliers.send_order(theo, today.id, today.version)).sending


async def test_nothing_more_is_ordered_from_an_inactive_supplier_and_what_is_under_way_goes_on(
    theo, lumen, other, marco, sent
):
    under_way = await sent()
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    elsewhere = await suppliers.begin_order(theo, an_order(other.id))
    await suppliers.set_supplier_active(theo, lumen.id, False)
    with pytest.raises(suppliers.SupplierInactive):
        await suppliers.send_order(theo, begun.id, begun.version)
    with pytest.raises(suppliers.SupplierInactive):
        await suppliers.begin_order(theo, an_order(lumen.id))
    with pytest.raises(suppliers.SupplierInactive):
        await suppliers.save_order(theo, elsewhere.id, an_order(lumen.id), elsewhere.version)
    with pytest.raises(suppliers.SupplierInactive):
        await suppliers.order_again(theo, under_way.id)
    day = under_way.expected_on.isoformat()
    assert (await suppliers.acknowledge_order(marco, under_way.id, confirmed_on=day)).status is S.ACKNOWLEDGED


async def test_a_draft_saved_on_an_older_reading_is_refused_and_loses_nothing(theo, lumen):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    saved = await suppliers.save_order(
        theo, begun.id, an_order(lumen.id, a_line(quantity="as many as there are")), begun.version
    )
    assert saved.draft.lines[0].quantity == "as many as there are"
    assert saved.total.minor == 0
    with pytest.raises(suppliers.ChangedElsewhere):
        await suppliers.save_order(theo, begun.id, an_order(lumen.id), begun.version)


async def test_a_draft_holds_what_can_be_read_back_and_nothing_more(theo, lumen):
    begun = await suppliers.begin_order(theo, an_order(lumen.id, *[a_line(f"k{n}") for n in range(MOST_LINES)]))
    assert len(begun.lines) == MOST_LINES
    for more in (
        {"lines": (*begun.draft.lines, a_line("one too many"))},
        {"lines": (a_line().model_copy(update={"unit": "x" * 101}),)},
    ):
        with pytest.raises(Invalid) as refused:
            await suppliers.save_order(theo, begun.id, begun.draft.model_copy(update=more), begun.version)
        assert set(refused.value.fields) == {"lines"}
    kept = await suppliers.purchase_order(theo, begun.id)
    assert (len(kept.draft.lines), kept.version) == (MOST_LINES, begun.version)
    plain = begun.draft.model_copy(update={"notes": "two\x00 words"})
    assert (await suppliers.save_order(theo, begun.id, plain, begun.version)).draft.notes == "two words"


async def test_the_sums_are_the_servers_and_stand_on_list_page_and_row(theo, lumen, other, sent):
    order = await sent()
    # 50 × 12.50 = 625.00 and 2.5 × 8.40 = 21.00; 20 % of 646.00 is 129.20
    assert [line.net.minor for line in order.lines] == [62500, 2100]
    assert (order.subtotal.minor, [tax.tax.minor for tax in order.taxes], order.total.minor) == (64600, [12920], 77520)
    assert (await suppliers.orders_page(theo)).rows[0].total.minor == 77520
    abroad = await suppliers.begin_order(theo, an_order(other.id))
    assert (abroad.total.currency, abroad.total.minor, abroad.taxes) == ("EUR", 64600, ())


async def test_a_draft_is_expected_by_the_suppliers_lead_time_unless_a_day_is_given(theo, lumen, sent):
    from ils_app.settings import service as settings

    usual = await settings.working_day_after(5)
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    assert begun.expected_on == usual
    assert begun.draft.expected_on == ""
    assert (await sent()).expected_on == usual
    given = await suppliers.begin_order(theo, an_order(lumen.id, expected_on="2031-05-06"))
    assert given.expected_on.isoformat() == "2031-05-06"


async def test_another_order_with_the_same_lines_is_begun_from_an_old_one(theo, lumen, sent):
    old = await sent()
    new = await suppliers.order_again(theo, old.id)
    assert new.number != old.number
    assert [line.description for line in new.lines] == [line.description for line in old.lines]
    assert (new.status, new.reference) == (S.DRAFT, "")


async def test_numbers_begun_at_once_are_all_different(theo, lumen):
    begun = await asyncio.gather(*[suppliers.begin_order(theo, an_order(lumen.id)) for _ in range(8)])
    assert sorted(one.number[-6:] for one in begun) == [f"{number:06d}" for number in range(1, 9)]


async def test_a_mail_of_something_else_moves_no_order(theo, lumen):
    await suppliers.mail_left("invoice:1")
    await suppliers.mail_gave_up("invoice:1")
    with pytest.raises(suppliers.NoSuchPurchaseOrder):
        await suppliers.mail_left(f"purchase-order:{uuid4()}:1")


async def test_a_paper_of_a_draft_is_made_when_it_is_asked_for_and_not_kept(theo, lumen, tmp_path):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    folder = files._folder()
    before = len(list(folder.iterdir()))
    ref, body = await suppliers.order_paper(theo, begun.id)
    assert (ref.name, body[:5]) == (f"{begun.number}.pdf", b"%PDF-")
    assert len(list(folder.iterdir())) == before


async def test_the_suppliers_people_are_told_of_a_new_order_and_the_lab_of_what_they_do(
    theo, lumen, carrier, work_off, sent, signed_up
):
    marco, hanna = await signed_up(lumen.id, "supplier"), await signed_up(theo.organisation_id, "lab_tech")
    order = await sent()
    await suppliers.acknowledge_order(marco, order.id, confirmed_on=order.expected_on.isoformat())
    await suppliers.ship_order(marco, order.id, carrier="DPD", tracking_number="1Z")
    await suppliers.deliver_order(marco, order.id)
    await work_off()
    told = [one.title for one in (await notifications.notifications(marco)).rows]
    assert told == [f"New purchase order {order.number}"]
    heard = [one.title for one in (await notifications.notifications(hanna)).rows]
    assert heard == [
        f"{order.number} is delivered", f"{order.number} is on its way", f"{order.number} is acknowledged",
    ]  # fmt: skip
    again = await sent()
    await suppliers.cancel_order(theo, again.id, "Ordered twice")
    await work_off()
    await work_off()
    assert "Ordered twice" in (await notifications.notifications(marco)).rows[0].text
    assert [mail.subject for mail in carrier.to("orders@lumen.example")][-1].endswith("is cancelled")


async def test_the_lab_is_told_when_an_order_could_not_be_sent(theo, lumen, carrier, work_off, signed_up):
    hanna = await signed_up(theo.organisation_id, "lab_tech")
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    carrier.refuses = Never("no such mailbox")
    await suppliers.send_order(theo, begun.id, begun.version)
    await work_off()
    await work_off()
    assert [one.title for one in (await notifications.notifications(hanna)).rows] == [
        f"{begun.number} could not be sent"
    ]


async def test_the_desk_of_the_moment_gets_the_order(theo, lumen, sent):
    await suppliers.add_contact(theo, lumen.id, a_contact(name="Kim Osei", email="kim@lumen.example"))
    assert (await sent()).sent_to == "kim@lumen.example"
