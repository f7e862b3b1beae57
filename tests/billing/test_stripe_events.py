"""What Stripe says, cut down to what ILS goes by."""

import json
from uuid import uuid4

import pytest

from ils_app.billing.stripe_events import EVENTS, Kind, kind, read

ATTEMPT, REFUND = uuid4(), uuid4()
SESSION = {
    "id": "cs_test_1", "object": "checkout.session", "amount_total": 12_000, "currency": "gbp", "status": "complete",
    "payment_status": "paid", "payment_intent": "pi_1", "metadata": {"ils_attempt": str(ATTEMPT), "other": "x"},
    "customer_details": {"email": "zyzzyva@example.test", "name": "Zyzzyva Payer", "address": {"line1": "1 Road"}},
    "client_reference_id": "x", "url": "https://checkout.stripe.com/c/pay/secret",
}  # fmt: skip


def event(kind: str, thing: dict, **more) -> bytes:
    said = {"id": "evt_1", "object": "event", "type": kind, "created": 1, "data": {"object": thing}, **more}
    return json.dumps(said).encode()


def test_what_the_inbox_keeps_says_nothing_of_who_paid_and_reads_the_same_again():
    first = read(event("checkout.session.completed", SESSION))
    kept = first.kept()
    assert b"yzzyva" not in kept
    assert b"secret" not in kept
    assert b"Road" not in kept
    assert read(kept) == first
    assert first.thing.attempt_id == ATTEMPT
    assert (first.thing.amount_total, first.thing.intent) == (12_000, "pi_1")


def test_a_reference_reads_the_same_as_an_id_and_as_a_whole_object():
    whole = {**SESSION, "payment_intent": {"id": "pi_1", "object": "payment_intent", "amount": 1}}
    assert read(event("checkout.session.completed", whole)).thing.intent == "pi_1"


def test_an_event_is_worked_in_the_order_of_our_attempt_else_of_the_payment_else_of_itself():
    charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_9", "metadata": {}}
    assert read(event("checkout.session.completed", SESSION)).subject == str(ATTEMPT)
    assert read(event("charge.refunded", charge)).subject == "pi_9"
    assert read(event("payout.paid", {"id": "po_1", "object": "payout"})).subject == "po_1"


def test_metadata_under_our_names_that_another_program_wrote_is_not_ours_and_no_error():
    for metadata in ({"ils_attempt": "7"}, {"ils_attempt": None}, None, [], "x", {"ils_refund": {}}):
        thing = read(event("charge.refunded", {**SESSION, "metadata": metadata})).thing
        assert (thing.attempt_id, thing.refund_id) == (None, None)


def test_each_kind_of_event_means_one_thing():
    meant = {name: kind(read(event(name, SESSION))) for name in (*EVENTS, "customer.created")}
    assert meant == {
        "charge.refund.updated": Kind.REFUND,
        "charge.refunded": Kind.REFUND,
        "checkout.session.async_payment_failed": Kind.FAILED,
        "checkout.session.async_payment_succeeded": Kind.PAID,
        "checkout.session.completed": Kind.PAID,
        "checkout.session.expired": Kind.EXPIRED,
        "payment_intent.payment_failed": Kind.DECLINED,
        "payment_intent.succeeded": Kind.PAID,
        "refund.created": Kind.REFUND,
        "refund.failed": Kind.REFUND,
        "refund.updated": Kind.REFUND,
        "customer.created": Kind.NOTHING,
    }
    unpaid = read(event("checkout.session.completed", {**SESSION, "payment_status": "unpaid"}))
    assert kind(unpaid) is Kind.PROCESSING


def test_the_bank_s_own_word_goes_before_stripe_s_general_one():
    error = {"code": "card_declined", "decline_code": "expired_card", "message": "Zyzzyva"}
    intent = {"id": "pi_1", "object": "payment_intent", "last_payment_error": error}
    assert read(event("payment_intent.payment_failed", intent)).thing.decline == "expired_card"
    assert read(event("payment_intent.payment_failed", {**intent, "last_payment_error": {}})).thing.decline == ""


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b"\xff", b"{}", b'{"id": 1}', b"[" * 100_000,
        event("x", {"object": "charge"}), event("x", {"id": "", "object": "charge"}), event("", SESSION),
        event("x", SESSION, id="no_event"), event("x", SESSION, id=f"evt_{'a' * 300}"), event("x", SESSION, data=[]),
        event("x", {**SESSION, "amount_total": 1.5}), event("x", {**SESSION, "currency": 826}),
    ],
)  # fmt: skip
def test_what_is_no_event_is_a_value_error_that_quotes_nothing(body):
    with pytest.raises(ValueError, match=r"^not (JSON|an event)$"):
        read(body)
