"""Money back to the card: never more than came with it, shown until it has arrived, failed where it has not."""

import asyncio

import pytest

from ils_app.billing import card_jobs, stand_in
from ils_app.billing import service as billing
from ils_app.billing.card_errors import StripeAway, StripeRefused, TooMuchBack
from ils_app.billing.errors import NoSuchInvoice
from ils_app.billing.schemas import InvoiceStatus
from ils_app.billing.stripe_calls import StripeCalls
from ils_app.billing.transfers import TransferDraft
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Forbidden, Invalid
from tests.support.canned_stripe import Canned, refused
from tests.support.cards import attempts, deliver, deliveries, entries, refunds, told
from tests.support.invoices import facts, sql

BROKEN = "The left lens arrived broken."


@pytest.fixture
async def paid(taxed, issued, http, work_off, database):
    """An invoice paid by card, and the attempt that paid it."""
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    await billing.stand_in_pay(taxed.ecp, page.url.rpartition("/")[2])
    await work_off()
    (attempt,) = attempts(database, issued.id)
    assert attempt.state == "succeeded"
    return attempt


async def give_back(house, attempt, minor, **more):
    return await billing.refund_card(house.technician, attempt.invoice_id, minor, reason=BROKEN, **more)


async def test_part_of_it_is_pending_until_stripe_says_so_and_then_the_invoice_owes_it_again(
    taxed, paid, work_off, database
):
    view = await give_back(taxed, paid, 1_250)
    assert [(one.state, one.amount.minor, one.asked_by) for one in view.attempts[0].refunds] == [
        ("pending", 1_250, "Theo Brandt")
    ]
    assert view.refundable.minor == 5_459 - 1_250
    assert facts(database)[-1] == "RefundAsked"
    assert (await billing.invoice(taxed.ecp, paid.invoice_id)).status is InvoiceStatus.PAID
    await work_off()
    invoice = await billing.invoice(taxed.ecp, paid.invoice_id)
    assert (invoice.status, invoice.balance.minor, invoice.refunded.minor) == (InvoiceStatus.PART_PAID, 1_250, 1_250)
    assert entries(database, paid.invoice_id) == [("payment", -5_459), ("refund", 1_250)]
    assert refunds(database) == [("lab", "succeeded", 1_250)]
    assert [key.partition(":")[0] for key in told(database) if key.startswith("refund")] == ["refund"]


async def test_what_is_on_its_way_back_is_not_offered_to_be_given_back_by_transfer(taxed, paid, work_off):
    await give_back(taxed, paid, 5_458)
    assert (await billing.invoice(taxed.technician, paid.invoice_id)).may_refund
    await give_back(taxed, paid, 1)
    assert not (await billing.invoice(taxed.technician, paid.invoice_id)).may_refund
    await work_off()
    assert not (await billing.invoice(taxed.technician, paid.invoice_id)).may_refund


async def test_all_of_it_leaves_nothing_to_give_back(taxed, paid, work_off, database):
    view = await give_back(taxed, paid, 5_459)
    assert (view.refundable.minor, view.may_refund) == (0, False)
    await work_off()
    assert attempts(database, paid.invoice_id)[0].state == "refunded"
    with pytest.raises(TooMuchBack, match="Nothing of this invoice"):
        await give_back(taxed, paid, 1)


async def test_more_than_came_with_the_card_cannot_go_back_not_even_in_two_halves_at_once(
    taxed, paid, work_off, database
):
    for minor in (5_460, 10**9, 0, -1):
        with pytest.raises(TooMuchBack, match=r"At most £54\.59"):
            await give_back(taxed, paid, minor)
    both = await asyncio.gather(*(give_back(taxed, paid, 3_000) for _ in range(3)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in both) == ["CardsOfInvoice", "TooMuchBack", "TooMuchBack"]
    await work_off()
    assert refunds(database) == [("lab", "succeeded", 3_000)]


async def test_the_same_button_pressed_twice_is_one_refund(taxed, paid, work_off, database):
    await asyncio.gather(*(give_back(taxed, paid, 1_000, key="one") for _ in range(4)))
    await give_back(taxed, paid, 1_000, key="two")
    await work_off()
    assert refunds(database) == [("lab", "succeeded", 1_000)] * 2


async def test_what_went_back_by_transfer_cannot_go_back_to_the_card_too(taxed, paid, work_off):
    by_bank = TransferDraft(minor=5_000, reference="BACS 9", on=today_in_lab())
    await billing.record_transfer_refund(taxed.technician, paid.invoice_id, by_bank)
    with pytest.raises(TooMuchBack, match=r"At most £4\.59"):
        await give_back(taxed, paid, 460)
    await give_back(taxed, paid, 459)
    with pytest.raises(Invalid, match=r"£0\.00 was paid and not given back"):
        again = TransferDraft(minor=459, reference="BACS 10", on=today_in_lab())
        await billing.record_transfer_refund(taxed.technician, paid.invoice_id, again)


async def test_a_refund_needs_a_reason_and_the_right_to_issue(taxed, paid):
    for reason in ("", "  ", "x" * 301):
        with pytest.raises(Invalid) as refused:
            await billing.refund_card(taxed.technician, paid.invoice_id, 100, reason=reason)
        assert set(refused.value.fields) == {"reason"}
    with pytest.raises(Forbidden):
        await billing.refund_card(taxed.ecp, paid.invoice_id, 100, reason=BROKEN)
    with pytest.raises(NoSuchInvoice):
        await billing.refund_card(taxed.technician, paid.id, 100, reason=BROKEN)


async def test_a_refund_whose_answer_was_lost_is_found_and_not_sent_again(taxed, paid, monkeypatch, work_off, database):
    sent = []

    class Killed(stand_in.StandIn):
        """Stripe does it, and the process dies before it can write that down."""

        async def refund(self, back):
            sent.append(await super().refund(back))
            raise StripeAway

    await give_back(taxed, paid, 1_000)
    (refund_id,) = (row for (row,) in sql(database, "SELECT id FROM billing.card_refund"))
    with monkeypatch.context() as patched:
        patched.setattr(card_jobs, "calls", lambda of=None: Killed())
        with pytest.raises(StripeAway):
            await card_jobs.send_refund(str(refund_id))
    assert refunds(database) == [("lab", "pending", 1_000)]
    await work_off()
    assert refunds(database) == [("lab", "succeeded", 1_000)]
    assert len(sent) == 1
    assert sql(database, "SELECT jsonb_array_length(refunds) FROM billing.stand_in") == [(1,)]
    assert entries(database, paid.invoice_id) == [("payment", -5_459), ("refund", 1_000)]


async def test_a_refund_stripe_will_not_send_is_shown_as_failed_and_both_sides_hear_of_it(
    taxed, paid, monkeypatch, work_off, database
):
    class Refusing(stand_in.StandIn):
        async def refund(self, back):
            raise StripeRefused("charge_disputed")

    await give_back(taxed, paid, 1_000)
    with monkeypatch.context() as patched:
        patched.setattr(card_jobs, "calls", lambda of=None: Refusing())
        await work_off()
    assert refunds(database) == [("lab", "failed", 1_000)]
    view = await billing.cards_of(taxed.technician, paid.invoice_id)
    assert view.attempts[0].refunds[0].failure == "charge_disputed"
    assert view.refundable.minor == 5_459  # it is still there to be given back
    assert len([key for key in told(database) if key.startswith("card-refund-failed")]) == 2
    assert entries(database, paid.invoice_id) == [("payment", -5_459)]


@pytest.mark.parametrize("said", ["pending", "succeeded"])
async def test_a_refund_called_failed_that_stripe_turns_out_to_have_is_on_its_way_again(
    taxed, paid, http, monkeypatch, work_off, database, said
):
    class Refusing(stand_in.StandIn):
        """It does it all the same."""

        async def refund(self, back):
            await super().refund(back)
            raise StripeRefused("idempotency_key_in_use")

    await give_back(taxed, paid, 1_000)
    with monkeypatch.context() as patched:
        patched.setattr(card_jobs, "calls", lambda of=None: Refusing())
        await work_off()
    assert refunds(database) == [("lab", "failed", 1_000)]
    ((refund_id,),) = sql(database, "SELECT id FROM billing.card_refund")
    ours = {"ils_attempt": str(paid.id), "ils_refund": str(refund_id)}
    for _ in range(2):
        await deliver(http, "refund.updated", paid.back(1_000, said, name="re_late", metadata=ours))
        await work_off()
    assert [state for state, _ in (await deliveries())[:2]] == ["repeated", "applied"]
    assert refunds(database) == [("lab", said, 1_000)]
    assert sql(database, "SELECT failure, settled_at IS NULL FROM billing.card_refund") == [("", said == "pending")]
    words = [key.partition(":")[0] for key in told(database)]
    assert words.count("card-refund-after-all") == 2
    assert (await billing.cards_of(taxed.technician, paid.invoice_id)).refundable.minor == 4_459
    booked = [("refund", 1_000)] if said == "succeeded" else []
    assert entries(database, paid.invoice_id) == [("payment", -5_459), *booked]


async def test_a_refund_waits_while_stripe_does_not_take_our_key(taxed, paid, monkeypatch, work_off, database):
    """Whether the key was withdrawn or lacks a right: it is put right, and the refund goes."""
    client = Canned(refused(401), refused(403))
    calls = StripeCalls("sk_test_12345678", "http://127.0.0.1:1", client=client)
    await give_back(taxed, paid, 1_000)
    ((refund_id,),) = sql(database, "SELECT id FROM billing.card_refund")
    with monkeypatch.context() as patched:
        patched.setattr(card_jobs, "calls", lambda of=None: calls)
        for _ in range(2):
            with pytest.raises(StripeAway):
                await card_jobs.send_refund(str(refund_id))
    assert refunds(database) == [("lab", "pending", 1_000)]
    await work_off()
    assert refunds(database) == [("lab", "succeeded", 1_000)]


async def test_a_refund_that_the_bank_sends_back_days_later_is_owed_no_longer_and_shown_as_failed(
    taxed, paid, http, work_off, database
):
    await give_back(taxed, paid, 5_459)
    await work_off()
    ((name, refund_id),) = sql(database, "SELECT stripe_id, id FROM billing.card_refund")
    ours = {"ils_attempt": str(paid.id), "ils_refund": str(refund_id)}
    failed = paid.back(5_459, "failed", name=name, metadata=ours, failure_reason="expired_or_canceled_card")
    for _ in range(2):
        await deliver(http, "refund.failed", failed)
        await work_off()
    assert refunds(database) == [("lab", "failed", 5_459)]
    assert attempts(database, paid.invoice_id)[0].state == "succeeded"
    invoice = await billing.invoice(taxed.ecp, paid.invoice_id)
    assert (invoice.status, invoice.balance.minor) == (InvoiceStatus.PAID, 0)
    assert entries(database, paid.invoice_id) == [("payment", -5_459), ("refund", 5_459), ("payment", -5_459)]
    late = paid.back(5_459, "succeeded", name=name, metadata=ours)
    await deliver(http, "refund.updated", late)
    await work_off()
    assert refunds(database) == [("lab", "failed", 5_459)]
    words = [key.partition(":")[0] for key in told(database)]
    assert words.count("card-refund-failed") == 2
    assert words.count("payment") == 1  # what came back is not announced as a payment


async def test_a_refund_made_at_stripe_s_own_pages_is_taken_into_the_books(taxed, paid, http, work_off, database):
    await deliver(http, "refund.created", paid.back(700, "pending", name="re_elsewhere"))
    await work_off()
    assert refunds(database) == [("stripe", "pending", 700)]
    await deliver(http, "charge.refund.updated", paid.back(700, name="re_elsewhere"))
    await work_off()
    assert refunds(database) == [("stripe", "succeeded", 700)]
    assert entries(database, paid.invoice_id)[-1] == ("refund", 700)
    assert (await billing.cards_of(taxed.technician, paid.invoice_id)).refundable.minor == 4_759


@pytest.mark.parametrize(
    "changes", [{"currency": "eur"}, {"amount": 0}, {"amount": None}, {"amount": -5}, {"currency": None}]
)
async def test_a_refund_that_does_not_fit_is_shown_and_not_booked(paid, http, work_off, database, changes):
    await deliver(http, "refund.created", paid.back(700, name="re_odd", **changes))
    await work_off()
    assert (await deliveries())[0][0] == "unmatched"
    assert refunds(database) == []


async def test_a_refund_of_another_amount_than_the_one_asked_for_is_not_taken_for_it(
    taxed, paid, http, work_off, database
):
    await give_back(taxed, paid, 1_000)
    (refund_id,) = (row for (row,) in sql(database, "SELECT id FROM billing.card_refund"))
    said = paid.back(999, name="re_x", metadata={"ils_refund": str(refund_id)})
    await deliver(http, "refund.created", said)
    await card_jobs.apply_stripe(str(sql(database, "SELECT id FROM kernel.inbox ORDER BY received_at DESC")[0][0]))
    assert (await deliveries())[0][0] == "unmatched"
    assert refunds(database) == [("lab", "pending", 1_000)]


async def test_a_refund_of_what_nobody_knows_is_kept_and_worked_once_the_payment_is_known(
    taxed, issued, http, work_off, database
):
    await billing.pay_by_card(taxed.ecp, issued.id)
    (attempt,) = attempts(database, issued.id)
    await deliver(http, "refund.created", attempt.back(500, name="re_early"))
    await work_off()
    assert [state for state, _ in await deliveries()] == ["unmatched"]
    await deliver(http, "checkout.session.completed", attempt.page())
    await work_off()
    assert [state for state, _ in await deliveries()] == ["applied", "applied"]
    assert refunds(database) == [("stripe", "succeeded", 500)]


async def test_a_refund_that_nothing_is_heard_of_is_asked_about(taxed, paid, work_off, database):
    await give_back(taxed, paid, 1_000)
    sql(database, "DELETE FROM procrastinate_jobs WHERE task_name = 'billing.send_refund'")
    sql(database, "UPDATE billing.card_refund SET asked_at = asked_at - interval '11 minutes'")
    await card_jobs.ask_about_cards()
    await work_off()
    assert refunds(database) == [("lab", "succeeded", 1_000)]


async def test_an_event_about_a_whole_charge_waits_while_stripe_is_away(paid, http, monkeypatch, work_off, database):
    class Away(stand_in.StandIn):
        async def refunds(self, payment_intent):
            raise StripeAway

    charge = {"id": "ch_1", "object": "charge", "payment_intent": paid.payment, "metadata": paid.ours}
    await deliver(http, "charge.refunded", charge)
    with monkeypatch.context() as patched:
        patched.setattr(card_jobs, "calls", lambda of=None: Away())
        await work_off()
    assert (await deliveries())[0] == ("failed", "Stripe did not answer; the job tries again by itself.")
    sql(database, "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    await work_off()
    assert (await deliveries())[0] == ("repeated", "Stripe knows of no refund of this payment.")


async def test_whoever_comes_back_from_the_page_has_stripe_asked_shortly(taxed, issued, http, work_off, database):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    for _ in range(2):
        await billing.came_back(taxed.ecp, issued.id)
    soon = "scheduled_at BETWEEN now() AND now() + interval '11 seconds'"
    assert sql(database, f"SELECT count(*) FROM procrastinate_jobs WHERE {soon}") == [(1,)]
    await stand_in.StandIn().expire(page.url.rpartition("/")[2])
    sql(database, "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE queueing_lock LIKE 'back:%'")
    await work_off()
    assert attempts(database, issued.id)[0].state == "expired"
    await billing.came_back(taxed.ecp, issued.id)
    with pytest.raises(NoSuchInvoice):
        await billing.came_back(taxed.other_ecp, issued.id)
