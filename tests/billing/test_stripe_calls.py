"""The calls at Stripe: parameters as the library's own types want them, failures as two refusals."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import stripe
from pydantic import ValidationError
from stripe.params import RefundCreateParams, RefundListParams
from stripe.params.checkout import SessionCreateParams
from structlog.testing import capture_logs

from ils_app.billing.card_errors import StripeAway, StripeRefused
from ils_app.billing.stripe_calls import Back, StripeCalls, Wanted, refund_params, session_params
from tests.support import stripe_types
from tests.support.canned_stripe import Canned, refused

WANTED = Wanted(
    attempt_id=uuid4(), invoice_id=uuid4(), number="INV-2026-000001", amount_minor=5_459, currency="GBP",
    expires_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
)  # fmt: skip
BACK = Back(refund_id=uuid4(), attempt_id=WANTED.attempt_id, payment_intent="pi_1", amount_minor=100)


def test_a_payment_page_is_asked_for_in_the_library_s_own_words():
    params = session_params(WANTED, public_url="https://ils.example.com")
    assert stripe_types.of(SessionCreateParams).validate_python(params, strict=True)
    assert params["line_items"][0]["price_data"] == {
        "currency": "gbp",
        "unit_amount": 5_459,
        "product_data": {"name": "Invoice INV-2026-000001"},
    }
    ours = {"ils_attempt": str(WANTED.attempt_id), "ils_invoice": str(WANTED.invoice_id)}
    assert params["metadata"] == params["payment_intent_data"]["metadata"] == ours
    page = f"https://ils.example.com/invoices/{WANTED.invoice_id}"
    assert (params["success_url"], params["cancel_url"]) == (f"{page}?card=paid", f"{page}?card=left")
    assert params["expires_at"] == 1_795_521_600


def test_a_refund_is_asked_for_in_the_library_s_own_words():
    assert stripe_types.of(RefundCreateParams).validate_python(refund_params(BACK), strict=True)
    assert stripe_types.of(RefundListParams).validate_python({"payment_intent": "pi_1", "limit": 100}, strict=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 5}, {"mode": 1}, {"expires_at": "soon"}, {"line_items": [{"quantity": 1, "price_data": {"x": 1}}]},
        {"payment_intent_data": {"meta": {}}},
    ],
)  # fmt: skip
def test_the_types_catch_a_wrong_name_or_type_at_any_depth(wrong):
    params = session_params(WANTED, public_url="https://ils.example.com")
    with pytest.raises(ValidationError):
        stripe_types.of(SessionCreateParams).validate_python({**params, **wrong}, strict=True)


AWAY = stripe.APIConnectionError("gone", should_retry=True)
SAID = {"id": "cs_1", "object": "checkout.session", "url": "https://checkout.stripe.com/1", "status": "open"}


async def test_a_call_that_failed_on_the_way_is_made_again_under_the_same_key():
    client = Canned(AWAY, refused(500, kind="api_error"), (200, SAID))
    opened = await StripeCalls("sk_test_12345678", "http://127.0.0.1:1", client=client).open(WANTED)
    assert (opened.session_id, opened.url) == ("cs_1", "https://checkout.stripe.com/1")
    assert {key for _, _, key, _ in client.asked} == {f"open-{WANTED.attempt_id}"}
    assert {url for _, url, _, _ in client.asked} == {"http://127.0.0.1:1/v1/checkout/sessions"}


@pytest.mark.parametrize(
    "answer",
    [
        AWAY,
        refused(500, kind="api_error"),
        refused(503, kind="api_error"),
        refused(429, "rate_limit"),
        refused(409),
        refused(401),
        refused(403),
    ],
)
async def test_stripe_that_does_not_answer_is_away_after_three_tries_at_most(answer):
    client = Canned(*[answer] * 3)
    calls = StripeCalls("sk_test_12345678", "http://127.0.0.1:1", client=client)
    with pytest.raises(StripeAway) as away:
        await calls.refund(BACK)
    assert "Zyzzyva" not in str(away.value)
    assert len(client.asked) in (1, 3)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_not_taken_is_an_error_to_be_alarmed_of(status):
    calls = StripeCalls("sk_test_12345678", "http://127.0.0.1:1", client=Canned(refused(status)))
    with capture_logs() as logged, pytest.raises(StripeAway):
        await calls.refunds("pi_1")
    assert [(one["event"], one["log_level"], one["status"]) for one in logged] == [("stripe_refused", "error", status)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused(400, "amount_too_small"), "amount_too_small"),
        (refused(404, "resource_missing"), "resource_missing"),
        (refused(400, "", "idempotency_error"), ""),
    ],
)
async def test_what_stripe_will_not_do_is_refused_with_its_own_word(answer, reason):
    calls = StripeCalls("sk_test_12345678", "http://127.0.0.1:1", client=Canned(answer))
    with pytest.raises(StripeRefused) as no:
        await calls.session("cs_1")
    assert no.value.reason == reason
    assert "Zyzzyva" not in str(no.value)


async def test_answers_are_cut_down_to_what_ils_goes_by():
    said = {**SAID, "customer_details": {"name": "Zyzzyva"}, "payment_intent": {"id": "pi_1", "object": "x"}}
    refund = {"id": "re_1", "object": "refund", "amount": 100, "currency": "gbp", "status": "pending"}
    client = Canned((200, said), (200, said), (200, refund), (200, {"object": "list", "data": [refund]}))
    calls = StripeCalls("sk_test_12345678", "http://127.0.0.1:1", client=client)
    for page in (await calls.session("cs_1"), await calls.expire("cs_1")):
        assert page.intent == "pi_1"
        assert "Zyzzyva" not in repr(page)
    assert (await calls.refund(BACK)).amount == 100
    assert [one.id for one in await calls.refunds("pi_1")] == ["re_1"]
    assert client.asked[-1][1].endswith("/v1/refunds?payment_intent=pi_1&limit=100")
