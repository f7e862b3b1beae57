"""Paying by card: one page an invoice, paid once whatever is clicked, said, doubled or lost."""

import asyncio
from uuid import uuid4

import pytest

from ils_app.billing import card_calls, card_jobs, card_pages, cards, stand_in
from ils_app.billing import service as billing
from ils_app.billing.card_errors import BeingConfirmed, NoCards, StripeAway, StripeRefused
from ils_app.billing.card_schemas import AttemptState, Cards
from ils_app.billing.errors import NoSuchInvoice, NothingOwed
from ils_app.billing.models import CardAttemptRow
from ils_app.billing.room import room
from ils_app.billing.schemas import InvoiceStatus
from ils_app.billing.transfers import TransferDraft
from ils_app.kernel import config
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Conflict, Forbidden
from tests.support.cards import attempts, deliver, deliveries, entries, refunds, told
from tests.support.invoices import facts, sql


async def status(house, invoice_id) -> tuple[InvoiceStatus, int]:
    view = await billing.invoice(house.ecp, invoice_id)
    return view.status, view.balance.minor


async def test_a_click_opens_a_page_for_what_the_server_says_is_owed(taxed, issued, database):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    (attempt,) = attempts(database, issued.id)
    assert (attempt.id, attempt.amount_minor, attempt.currency) == (page.attempt_id, issued.balance.minor, "GBP")
    assert (attempt.state, attempt.live) == ("opened", True)
    assert page.url == f"{config.current().public_url}/stand-in-payment/{attempt.session_id}"
    shown = await billing.stand_in_page(taxed.ecp, attempt.session_id)
    assert (shown.number, shown.amount, shown.status) == (issued.number, issued.balance, "open")


async def test_a_second_click_and_a_second_person_get_the_same_page(taxed, issued, database):
    pages = await asyncio.gather(*(billing.pay_by_card(taxed.ecp, issued.id) for _ in range(8)))
    assert len({(page.attempt_id, page.url) for page in pages}) == 1
    assert len(attempts(database, issued.id)) == 1


async def test_a_payment_turns_the_invoice_paid_once_and_both_sides_hear_of_it(taxed, issued, http, work_off, database):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    await billing.stand_in_pay(taxed.ecp, page.url.rpartition("/")[2])
    assert [state for state, _ in await deliveries()] == ["waiting", "waiting"]
    await work_off()
    assert await status(taxed, issued.id) == (InvoiceStatus.PAID, 0)
    assert entries(database, issued.id) == [("payment", -5_459)]
    assert sorted(state for state, _ in await deliveries()) == ["applied", "repeated"]
    view = await billing.cards_of(taxed.ecp, issued.id)
    assert [one.state for one in view.attempts] == [AttemptState.SUCCEEDED]
    assert (view.may_pay, view.may_refund, view.refundable.minor) == (False, False, 5_459)
    assert facts(database).count("PaymentReceived") == facts(database).count("InvoicePaid") == 1
    assert [key.partition(":")[0] for key in told(database) if key.startswith("payment")] == ["payment", "payment-lab"]
    with pytest.raises(NothingOwed):
        await billing.pay_by_card(taxed.ecp, issued.id)


async def test_a_declined_card_leaves_the_invoice_open_the_page_too_and_tells_both_sides_once(
    taxed, issued, http, work_off, database
):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    session_id = page.url.rpartition("/")[2]
    for _ in range(2):
        await billing.stand_in_decline(taxed.ecp, session_id)
    await work_off()
    assert await status(taxed, issued.id) == (InvoiceStatus.OPEN, 5_459)
    (attempt,) = attempts(database, issued.id)
    assert (attempt.state, attempt.live, attempt.decline) == ("failed", True, "insufficient_funds")
    assert sorted(key for key in told(database) if key.startswith("card-failed")) == [
        f"card-failed:{attempt.id}:lab",
        f"card-failed:{attempt.id}:practice",
    ]
    assert facts(database).count("PaymentFailed") == 1
    assert await billing.pay_by_card(taxed.ecp, issued.id) == page
    await billing.stand_in_pay(taxed.ecp, session_id)
    await work_off()
    assert await status(taxed, issued.id) == (InvoiceStatus.PAID, 0)


async def test_what_is_told_names_amount_and_reason_and_nobody(taxed, issued, http, work_off, database):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    await billing.stand_in_decline(taxed.ecp, page.url.rpartition("/")[2])
    await work_off()
    (said,) = sql(database, "SELECT DISTINCT title, text, href FROM notifications.notice WHERE key LIKE 'card-failed%'")
    title, text, href = said
    assert title == f"A card payment of {issued.number} failed"
    assert text.startswith(f"£54.59 of {issued.number} could not be taken: the card has not enough money on it. ")
    assert href == f"/invoices/{issued.id}"


async def test_two_payments_of_one_invoice_at_once_pay_it_once_and_the_second_goes_back_by_itself(
    taxed, issued, http, work_off, database
):
    first = await billing.pay_by_card(taxed.ecp, issued.id)
    sql(database, "UPDATE billing.card_attempt SET live = false")  # as if its page had been lost sight of
    second = await billing.pay_by_card(taxed.ecp, issued.id)
    assert first.attempt_id != second.attempt_id
    pages = [page.url.rpartition("/")[2] for page in (first, second)]
    await asyncio.gather(*(billing.stand_in_pay(taxed.ecp, page) for page in pages))
    ids = [row for (row,) in sql(database, "SELECT id FROM kernel.inbox WHERE source = 'stripe'")]
    assert len(ids) == 4
    await asyncio.gather(*(card_jobs.apply_stripe(str(one)) for one in ids))  # each in its own transaction
    assert await status(taxed, issued.id) == (InvoiceStatus.OVERPAID, -5_459)
    assert refunds(database) == [("surplus", "pending", 5_459)]
    await work_off()
    assert await status(taxed, issued.id) == (InvoiceStatus.PAID, 0)
    assert refunds(database) == [("surplus", "succeeded", 5_459)]
    assert sorted(entries(database, issued.id)) == [("payment", -5_459), ("payment", -5_459), ("refund", 5_459)]
    assert sorted(one.state for one in attempts(database, issued.id)) == ["refunded", "succeeded"]
    assert sorted(key.rpartition(":")[2] for key in told(database) if key.startswith("card-surplus")) == [
        "lab",
        "practice",
    ]
    assert facts(database).count("InvoicePaid") == 1


async def test_what_was_paid_by_transfer_meanwhile_goes_back_to_the_card(taxed, issued, http, work_off, database):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    part = TransferDraft(minor=2_000, reference="BACS 1", on=today_in_lab())
    await billing.record_transfer(taxed.technician, issued.id, part)
    await billing.stand_in_pay(taxed.ecp, page.url.rpartition("/")[2])
    await work_off()
    assert await status(taxed, issued.id) == (InvoiceStatus.PAID, 0)
    assert refunds(database) == [("surplus", "succeeded", 2_000)]
    said = sql(database, "SELECT DISTINCT title, text FROM notifications.notice WHERE key LIKE 'card-surplus%'")
    assert said == [
        (
            f"More was paid on {issued.number} than is owed",
            "£20.00 was not owed and goes back to that card by itself; nobody has to do anything.",
        )
    ]
    assert sql(database, "SELECT reason FROM billing.card_refund") == [("More came in than was owed.",)]


async def test_a_page_for_an_amount_that_is_no_longer_owed_is_closed_and_another_opened(taxed, issued, database):
    first = await billing.pay_by_card(taxed.ecp, issued.id)
    part = TransferDraft(minor=2_000, reference="BACS 1", on=today_in_lab())
    await billing.record_transfer(taxed.technician, issued.id, part)
    second = await billing.pay_by_card(taxed.ecp, issued.id)
    old, new = attempts(database, issued.id)
    assert (old.id, old.state, old.live) == (first.attempt_id, "expired", False)
    assert (new.id, new.amount_minor, new.live) == (second.attempt_id, 3_459, True)
    with pytest.raises(stand_in.PageClosed, match="has expired"):
        await billing.stand_in_pay(taxed.ecp, old.session_id)


async def test_a_page_that_is_paid_in_the_moment_it_is_to_be_closed_counts_as_paid(taxed, issued, http, database):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    part = TransferDraft(minor=2_000, reference="BACS 1", on=today_in_lab())
    await billing.record_transfer(taxed.technician, issued.id, part)
    await billing.stand_in_pay(taxed.ecp, page.url.rpartition("/")[2])
    with pytest.raises(NothingOwed):  # nothing of what Stripe said has been worked yet: it was asked
        await billing.pay_by_card(taxed.ecp, issued.id)
    assert refunds(database) == [("surplus", "pending", 2_000)]


async def test_a_page_that_was_paid_opens_no_second_one_before_its_event_is_worked(taxed, issued, http, database):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    await billing.stand_in_pay(taxed.ecp, page.url.rpartition("/")[2])
    with pytest.raises(NothingOwed):
        await billing.pay_by_card(taxed.ecp, issued.id)
    assert len(attempts(database, issued.id)) == 1


async def test_money_that_is_on_its_way_bars_a_second_payment_until_it_is_there_or_not(
    taxed, issued, http, work_off, database
):
    await billing.pay_by_card(taxed.ecp, issued.id)
    (attempt,) = attempts(database, issued.id)
    await deliver(http, "checkout.session.completed", attempt.page(payment_status="unpaid", payment_intent=None))
    await work_off()
    assert (await billing.cards_of(taxed.ecp, issued.id)).confirming
    with pytest.raises(BeingConfirmed):
        await billing.pay_by_card(taxed.ecp, issued.id)
    await deliver(http, "checkout.session.async_payment_failed", attempt.page(payment_status="unpaid"))
    await work_off()
    assert await status(taxed, issued.id) == (InvoiceStatus.OPEN, 5_459)
    assert (await billing.pay_by_card(taxed.ecp, issued.id)).attempt_id != attempt.id


async def test_an_expired_page_is_followed_by_another(taxed, issued, http, work_off, database):
    first = await billing.pay_by_card(taxed.ecp, issued.id)
    sql(database, "UPDATE billing.stand_in SET expires_at = now() - interval '1 second'")
    second = await billing.pay_by_card(taxed.ecp, issued.id)  # Stripe says so when the old one is asked for
    assert second.attempt_id != first.attempt_id
    (old, new) = attempts(database, issued.id)
    assert (old.state, new.state) == ("expired", "opened")
    await deliver(http, "checkout.session.expired", old.page("expired"))
    await work_off()
    assert [state for state, _ in await deliveries()] == ["repeated"]


async def test_a_page_stripe_does_not_know_any_more_is_over_wherever_it_is_asked_for(taxed, issued, work_off, database):
    """After a change of keys the pages of the other account are nobody's."""
    doings = (lambda one: card_jobs.settle_attempt(str(one.id)), card_pages.close)
    for number, do in enumerate(doings, 1):
        await billing.pay_by_card(taxed.ecp, issued.id)
        attempt = attempts(database, issued.id)[-1]
        sql(database, "DELETE FROM billing.stand_in")
        await do(attempt)
        assert [(one.state, one.live) for one in attempts(database, issued.id)] == [("expired", False)] * number
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    sql(database, "DELETE FROM billing.stand_in")
    assert (await billing.pay_by_card(taxed.ecp, issued.id)).attempt_id != page.attempt_id
    assert [one.live for one in attempts(database, issued.id)] == [False, False, False, True]


@pytest.mark.parametrize("change", ["void", "credit", "transfer"])
async def test_a_page_for_what_is_owed_no_longer_is_closed_by_itself(taxed, issued, work_off, database, change):
    await billing.pay_by_card(taxed.ecp, issued.id)
    if change == "void":
        await billing.void(taxed.technician, issued.id, "By mistake")
    elif change == "credit":
        part = billing.CreditPart(position=0, net_minor=100)
        await billing.issue_credit_note(taxed.technician, issued.id, "Scratched", [part])
    else:
        part = TransferDraft(minor=100, reference="BACS 1", on=today_in_lab())
        await billing.record_transfer(taxed.technician, issued.id, part)
    await work_off()
    (attempt,) = attempts(database, issued.id)
    assert (attempt.state, attempt.live) == ("expired", False)
    with pytest.raises(stand_in.PageClosed):
        await billing.stand_in_pay(taxed.ecp, attempt.session_id)


async def test_a_page_that_opens_for_what_is_owed_no_longer_is_closed_and_nobody_sent_there(
    taxed, issued, monkeypatch, work_off, database
):
    class Slow(stand_in.StandIn):
        """Between the question and its answer the invoice is voided, and what follows from that is done."""

        async def open(self, wanted):
            opened = await super().open(wanted)
            await billing.void(taxed.technician, issued.id, "By mistake")
            await work_off()
            return opened

    with monkeypatch.context() as patched:
        patched.setattr(cards, "calls", lambda of=None: Slow())
        with pytest.raises(Conflict, match="just changing"):
            await billing.pay_by_card(taxed.ecp, issued.id)
    (attempt,) = attempts(database, issued.id)
    assert (attempt.state, attempt.live) == ("expired", False)
    assert sql(database, "SELECT status FROM billing.stand_in") == [("expired",)]


async def test_a_page_that_is_written_down_while_its_attempt_is_closed_is_closed_too(taxed, issued, database):
    await billing.pay_by_card(taxed.ecp, issued.id)
    (row,) = attempts(database, issued.id)
    async with room.read() as session:
        attempt = await session.get(CardAttemptRow, row.id)
    attempt.session_id = None  # as it was read a moment before
    await card_pages.close(attempt)
    assert [(one.state, one.live) for one in attempts(database, issued.id)] == [("expired", False)]
    assert sql(database, "SELECT status FROM billing.stand_in") == [("expired",)]


class Lost:
    """Stripe, whose answers are lost on the way back as often as is wanted."""

    def __init__(self, times: int = 1) -> None:
        self.real, self.times, self.calls = stand_in.StandIn(), times, []

    def __getattr__(self, name):
        async def asked(*args):
            self.calls.append((name, *args))
            answer = await getattr(self.real, name)(*args)
            if self.times > 0 and name in ("open", "refund"):
                self.times -= 1
                raise StripeAway
            return answer

        return asked


@pytest.fixture
def lost(monkeypatch) -> Lost:
    way = Lost()
    for module in (cards, card_jobs, card_pages):
        monkeypatch.setattr(module, "calls", lambda of=None: way)
    return way


async def test_an_answer_that_was_lost_is_the_same_page_at_the_next_click(taxed, issued, lost, database):
    with pytest.raises(StripeAway, match="Nothing was taken"):
        await billing.pay_by_card(taxed.ecp, issued.id)
    (attempt,) = attempts(database, issued.id)
    assert (attempt.state, attempt.session_id) == ("opened", None)
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    assert page.attempt_id == attempt.id
    assert [call[1].attempt_id for call in lost.calls] == [attempt.id, attempt.id]
    assert sql(database, "SELECT count(*) FROM billing.stand_in") == [(1,)]


async def test_a_page_nobody_was_given_is_closed_when_it_is_old_and_another_opened(taxed, issued, lost, database):
    with pytest.raises(StripeAway):
        await billing.pay_by_card(taxed.ecp, issued.id)
    (attempt,) = attempts(database, issued.id)
    await card_jobs.settle_attempt(str(attempt.id))
    assert attempts(database, issued.id) == [attempt]  # young: the next click may still use it
    sql(database, "UPDATE billing.card_attempt SET created_at = created_at - interval '61 minutes'")
    await card_jobs.settle_attempt(str(attempt.id))
    assert [(one.state, one.live) for one in attempts(database, issued.id)] == [("expired", False)]
    assert (await billing.pay_by_card(taxed.ecp, issued.id)).attempt_id != attempt.id


async def test_what_stripe_refuses_is_said_and_bars_nothing(taxed, issued, monkeypatch, database):
    class Refusing(stand_in.StandIn):
        async def open(self, wanted):
            raise StripeRefused("amount_too_small")

    with monkeypatch.context() as patched:
        patched.setattr(cards, "calls", lambda of=None: Refusing())
        with pytest.raises(StripeRefused, match="amount_too_small"):
            await billing.pay_by_card(taxed.ecp, issued.id)
    assert [(one.state, one.live) for one in attempts(database, issued.id)] == [("expired", False)]
    assert await billing.pay_by_card(taxed.ecp, issued.id)


async def test_a_payment_whose_every_event_was_lost_is_found_by_asking(taxed, issued, monkeypatch, work_off, database):
    async def lose(*_):
        return None

    monkeypatch.setattr(stand_in, "_tell", lose)
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    await billing.stand_in_pay(taxed.ecp, page.url.rpartition("/")[2])
    await card_jobs.ask_about_cards()
    await work_off()
    assert await status(taxed, issued.id) == (InvoiceStatus.OPEN, 5_459)  # too young to be asked about
    sql(database, "UPDATE billing.card_attempt SET asked_at = asked_at - interval '11 minutes'")
    await card_jobs.ask_about_cards()
    await work_off()
    assert await status(taxed, issued.id) == (InvoiceStatus.PAID, 0)


async def test_a_page_that_still_waits_is_asked_about_again_later(taxed, issued, work_off, database):
    await billing.pay_by_card(taxed.ecp, issued.id)
    sql(database, "UPDATE billing.card_attempt SET asked_at = asked_at - interval '11 minutes'")
    await card_jobs.ask_about_cards()
    await work_off()
    assert sql(database, "SELECT state, live, asked_at > now() - interval '1 minute' FROM billing.card_attempt") == [
        ("opened", True, True)
    ]


async def test_another_practice_pays_and_sees_nothing_and_no_other_role_pays(taxed, issued):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    session_id = page.url.rpartition("/")[2]
    for call in (billing.pay_by_card, billing.cards_of):
        with pytest.raises(NoSuchInvoice):
            await call(taxed.other_ecp, issued.id)
        with pytest.raises(NoSuchInvoice):
            await call(taxed.ecp, uuid4())
    for act in (billing.stand_in_page, billing.stand_in_pay, billing.stand_in_decline):
        with pytest.raises(stand_in.NoSuchPage):
            await act(taxed.other_ecp, session_id)
        with pytest.raises(stand_in.NoSuchPage):
            await act(taxed.ecp, "cs_standin_none")
        with pytest.raises(Forbidden):
            await act(taxed.technician, session_id)
    for actor in (taxed.technician, taxed.admin):
        with pytest.raises(Forbidden):
            await billing.pay_by_card(actor, issued.id)
        assert not (await billing.cards_of(actor, issued.id)).may_pay


async def test_without_a_key_production_takes_no_cards_and_has_no_stand_in(taxed, issued, monkeypatch):
    page = await billing.pay_by_card(taxed.ecp, issued.id)
    real = config.current().model_copy(update={"ils_env": config.Environment.PRODUCTION})
    with monkeypatch.context() as patched:
        patched.setattr(config, "current", lambda: real)
        with pytest.raises(NoCards, match="bank transfer"):
            await billing.pay_by_card(taxed.ecp, issued.id)
        view = await billing.cards_of(taxed.ecp, issued.id)
        assert (view.cards, view.may_pay) == (Cards.NONE, False)
        with pytest.raises(stand_in.NoSuchPage):
            await billing.stand_in_page(taxed.ecp, page.url.rpartition("/")[2])
        with pytest.raises(NoCards):
            card_calls.calls(page.url)


@pytest.mark.parametrize(
    ("key", "mode"),
    [("sk_test_abcdefgh", Cards.TEST), ("sk_live_abcdefgh", Cards.STRIPE), ("rk_live_abcdefgh", Cards.STRIPE)],
)
async def test_a_key_says_whether_money_moves(monkeypatch, key, mode):
    monkeypatch.setenv("STRIPE_API_KEY", key)
    config.current.cache_clear()
    assert card_calls.cards() is mode
    assert type(card_calls.calls()).__name__ == "StripeCalls"
    assert isinstance(card_calls.calls("pi_standin_1"), stand_in.StandIn)  # what the stand-in opened is asked of it
