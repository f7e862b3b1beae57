"""Stripe's webhook: proven over the raw bytes, kept once, answered at once, worked by a job, in any order."""

import itertools
import json
from uuid import uuid4

import pytest

from ils_app.billing import service as billing
from ils_app.billing.schemas import InvoiceStatus
from ils_app.engineering import service as engineering
from ils_app.kernel import config, inbox
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.inbox import DeliveryState
from tests.support.cards import ROUTE, an_event, attempts, deliver, deliveries, entries, refunds, send
from tests.support.invoices import an_invoice, sql


@pytest.fixture
async def attempt(taxed, issued, database):
    """An attempt whose page is open."""
    await billing.pay_by_card(taxed.ecp, issued.id)
    (found,) = attempts(database, issued.id)
    return found


async def balance(house, invoice_id) -> int:
    return (await billing.invoice(house.ecp, invoice_id)).balance.minor


async def test_an_event_is_kept_and_answered_and_nothing_is_done_before_the_job(taxed, attempt, http, work_off):
    answer = await deliver(http, "checkout.session.completed", attempt.page())
    assert (answer.status_code, answer.content) == (202, b"null")
    assert await balance(taxed, attempt.invoice_id) == 5_459
    await work_off()
    assert await balance(taxed, attempt.invoice_id) == 0
    invoice = await billing.invoice(taxed.ecp, attempt.invoice_id)
    assert await deliveries() == [("applied", f"Invoice {invoice.number}: the payment is succeeded.")]


async def test_the_same_event_twice_is_kept_and_worked_once(taxed, attempt, http, work_off, database):
    body = an_event("checkout.session.completed", attempt.page())
    assert [(await send(http, body)).status_code for _ in range(3)] == [202] * 3
    await work_off()
    assert len(await deliveries()) == 1
    assert entries(database, attempt.invoice_id) == [("payment", -5_459)]


async def test_another_event_that_says_the_same_changes_nothing(taxed, attempt, http, work_off, database):
    for kind, thing in (
        ("payment_intent.succeeded", attempt.intent()),
        ("checkout.session.completed", attempt.page()),
        ("checkout.session.async_payment_succeeded", attempt.page()),
    ):
        await deliver(http, kind, thing)
    await work_off()
    assert sorted(state for state, _ in await deliveries()) == ["applied", "repeated", "repeated"]
    assert entries(database, attempt.invoice_id) == [("payment", -5_459)]


@pytest.mark.parametrize("late_seconds", [301, 86_400, -301, -86_400])
async def test_an_event_too_old_or_from_the_future_is_not_believed(attempt, http, late_seconds):
    body = an_event("checkout.session.completed", attempt.page())
    answer = await send(http, body, late_seconds=late_seconds)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature")
    assert await deliveries() == []
    assert (await send(http, body, late_seconds=-290)).status_code == 202


async def test_a_forged_event_is_not_believed_and_not_kept(attempt, http):
    body = an_event("checkout.session.completed", attempt.page())
    answers = [
        await send(http, body, secret="whsec_" + "x" * 32),
        await http.post(ROUTE, content=body),
        await http.post(ROUTE, content=body, headers={"stripe-signature": "t=1,v1=00"}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "signature")}
    assert await deliveries() == []


async def test_both_secrets_hold_while_they_are_exchanged_and_the_old_one_no_longer_after(attempt, http, monkeypatch):
    old, new = "whsec_" + "o" * 24, "whsec_" + "n" * 24
    for secrets, taken in ((f"{new} {old}", [202, 202]), (new, [401, 202])):
        monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", secrets)
        config.current.cache_clear()
        said = [an_event("payment_intent.succeeded", attempt.intent()) for _ in range(2)]
        answers = [await send(http, body, secret=one) for body, one in zip(said, (old, new), strict=True)]
        assert [answer.status_code for answer in answers] == taken
    assert len(await deliveries()) == 3


async def test_without_a_secret_nothing_is_believed(attempt, http, monkeypatch):
    none = config.current().model_copy(update={"stripe_webhook_secret": None})
    body = an_event("checkout.session.completed", attempt.page())
    secret = config.current().stripe_webhook_secrets[0]
    monkeypatch.setattr("ils_app.billing.stripe_signature.config.current", lambda: none)
    answer = await send(http, body, secret=secret)
    monkeypatch.undo()
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"id": "evt_1"}', b"[" * 50_000])
async def test_a_body_that_is_no_event_is_refused_though_it_is_signed(attempt, http, body):
    answer = await send(http, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert await deliveries() == []


async def test_a_body_of_more_than_a_quarter_of_a_megabyte_is_not_read(attempt, http):
    answer = await send(http, b" " * (inbox.MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert (await send(http, b" " * inbox.MAX_BODY_BYTES)).json()["code"] == "malformed"


async def test_the_payer_s_name_is_not_kept(attempt, http):
    who = {"customer_details": {"name": "Zyzzyva Payer", "email": "z@example.test"}}
    await deliver(http, "checkout.session.completed", attempt.page(**who))
    (kept,) = await inbox.deliveries(source="stripe")
    assert "yzzyva" not in kept.body
    assert kept.subject == str(attempt.id)


WRONG = [
    ({"amount_total": 5_458}, "It says 5458 in minor units of GBP were paid, ILS asked for £54.59"),
    ({"amount_total": 545_900}, "It says 545900 in minor units of GBP were paid"),
    ({"amount_total": None}, "It says None in minor units of GBP were paid"),
    ({"currency": "eur"}, "It says 5459 in minor units of EUR were paid, ILS asked for £54.59"),
    ({"currency": None}, "It says 5459 in minor units of no currency were paid"),
    ({"id": "cs_other"}, "It names another payment page than the one ILS opened"),
    ({"payment_intent": None}, "It names no payment"),
    ({"metadata": {"ils_attempt": str(uuid4())}, "id": "cs_other"}, "No payment of ILS is behind this."),
    ({"metadata": {}, "id": "cs_other", "payment_intent": "pi_other"}, "No payment of ILS is behind this."),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
async def test_what_does_not_fit_is_kept_and_shown_and_moves_no_money(
    attempt, http, work_off, database, changes, words
):
    await deliver(http, "checkout.session.completed", attempt.page(**changes))
    await work_off()
    ((state, said),) = await deliveries()
    assert state == "unmatched"
    assert said.startswith(words)
    assert entries(database, attempt.invoice_id) == []
    assert attempts(database, attempt.invoice_id) == [attempt]


async def test_a_payment_in_another_currency_than_the_invoice_s_moves_no_money_by_the_payment_s_own_event_too(
    attempt, http, work_off, database
):
    await deliver(http, "payment_intent.succeeded", attempt.intent(currency="jpy"))
    await deliver(http, "payment_intent.succeeded", attempt.intent(amount_received=1))
    await work_off()
    assert {state for state, _ in await deliveries()} == {"unmatched"}
    assert entries(database, attempt.invoice_id) == []


async def test_a_second_payment_under_the_same_attempt_is_shown_and_not_booked(attempt, http, work_off, database):
    await deliver(http, "payment_intent.succeeded", attempt.intent())
    await work_off()
    await deliver(http, "payment_intent.succeeded", attempt.intent(id="pi_other"))
    await work_off()
    assert [state for state, _ in await deliveries()] == ["unmatched", "applied"]
    assert entries(database, attempt.invoice_id) == [("payment", -5_459)]


async def test_an_event_ils_does_nothing_on_says_so(attempt, http, work_off):
    await deliver(http, "customer.created", {"id": "cus_1", "object": "customer"})
    await work_off()
    assert await deliveries() == [("repeated", "ILS does nothing on customer.created.")]


async def test_an_unmatched_event_is_worked_again_by_hand_and_changes_nothing_twice(
    taxed, attempt, http, work_off, database
):
    engineer = Actor(uuid4(), "Ines", Role.ENGINEER, taxed.lab)
    await deliver(http, "checkout.session.completed", attempt.page())
    sql(database, f"UPDATE billing.card_attempt SET session_id = 'cs_moved' WHERE id = '{attempt.id}'")
    await work_off()
    (row,) = await inbox.deliveries(source="stripe")
    assert row.state is DeliveryState.UNMATCHED
    sql(database, f"UPDATE billing.card_attempt SET session_id = '{attempt.session_id}' WHERE id = '{attempt.id}'")
    for _ in range(2):
        await engineering.replay(engineer, row.id)
        await work_off()
    assert [state for state, _ in await deliveries()] == ["applied"]
    assert entries(database, attempt.invoice_id) == [("payment", -5_459)]


async def test_events_of_one_payment_end_the_same_in_every_order_and_doubled(taxed, http, work_off, database):
    """Every ninth order of a decline, the success, its refund said in two ways, and the page's late end."""
    ends = set()
    for order in list(itertools.permutations(range(5)))[::9]:
        invoice_id = await an_invoice(practice_id=taxed.ecp.organisation_id)
        await billing.pay_by_card(taxed.ecp, invoice_id)
        (attempt,) = attempts(database, invoice_id)
        state = f"status = 'complete', refunds = '{json.dumps([attempt.back(2_000, name=f're_{attempt.id.hex}')])}'"
        sql(database, f"UPDATE billing.stand_in SET {state} WHERE id = '{attempt.session_id}'")
        said = [
            an_event("payment_intent.payment_failed", attempt.declined(), created=1_000),
            an_event("payment_intent.succeeded", attempt.intent()),
            an_event("charge.refunded", attempt.intent(id="ch_1", object="charge", payment_intent=attempt.payment)),
            an_event("refund.updated", attempt.back(2_000, name=f"re_{attempt.id.hex}")),
            an_event("checkout.session.expired", attempt.page("expired")),
        ]
        for number in order:
            await send(http, said[number])
            await send(http, said[number])
            await work_off()
        await send(http, an_event("checkout.session.completed", attempt.page()))
        await work_off()
        (end,) = attempts(database, invoice_id)
        invoice = await billing.invoice(taxed.ecp, invoice_id)
        ends.add((end.state, end.live, end.amount_minor, invoice.balance.minor, tuple(entries(database, invoice_id))))
    assert ends == {("succeeded", False, 12_000, 2_000, (("payment", -12_000), ("refund", 2_000)))}
    assert {one[:2] for one in refunds(database)} == {("stripe", "succeeded")}
    assert {state for state, _ in await deliveries()} <= {"applied", "repeated"}


async def test_a_late_decline_and_a_late_end_do_not_undo_a_payment(taxed, attempt, http, work_off, database):
    for kind, thing in (
        ("checkout.session.completed", attempt.page()),
        ("payment_intent.payment_failed", attempt.declined()),
        ("checkout.session.async_payment_failed", attempt.page(payment_status="unpaid")),
        ("checkout.session.expired", attempt.page("expired")),
    ):
        await deliver(http, kind, thing)
        await work_off()
    assert (await billing.invoice(taxed.ecp, attempt.invoice_id)).status is InvoiceStatus.PAID
    assert attempts(database, attempt.invoice_id)[0].state == "succeeded"


async def test_a_page_that_ended_after_a_decline_is_failed_whichever_is_heard_first(taxed, http, work_off, database):
    ends = []
    for order in ((0, 1), (1, 0)):
        invoice_id = await an_invoice(practice_id=taxed.ecp.organisation_id)
        await billing.pay_by_card(taxed.ecp, invoice_id)
        (attempt,) = attempts(database, invoice_id)
        said = [
            an_event("payment_intent.payment_failed", attempt.declined()),
            an_event("checkout.session.expired", attempt.page("expired")),
        ]
        for number in order:
            await send(http, said[number])
            await work_off()
        (end,) = attempts(database, invoice_id)
        ends.append((end.state, end.live, end.decline))
    assert ends == [("failed", False, "insufficient_funds")] * 2
