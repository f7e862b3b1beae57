"""Proof that an event came from Stripe: over the raw bytes, by any of several secrets, neither old nor future."""

import stripe
from hypothesis import given
from hypothesis import strategies as st

from ils_app.billing.stripe_signature import LONGEST_AGE_SECONDS, genuine, sign

OLD, NEW = "whsec_" + "o" * 32, "whsec_" + "n" * 32
BODY, AT = b'{"id": "evt_1", "name": "\xc3\xa9"}', 1_800_000_000


def holds(header: str, body: bytes = BODY, secrets: tuple[str, ...] = (NEW,), at: int = AT) -> bool:
    return genuine(header, body, secrets, at_seconds=at)


def test_what_stripe_s_own_library_takes_for_genuine_we_do_and_the_other_way_round():
    header = sign(BODY, NEW, at_seconds=AT)
    assert stripe.WebhookSignature.verify_header(BODY, header, NEW)
    theirs = stripe.WebhookSignature._compute_signature(f"{AT}.{BODY.decode()}", NEW)
    assert holds(f"t={AT},v1={theirs}")


def test_either_of_two_secrets_proves_it_while_they_are_exchanged():
    for secret in (OLD, NEW):
        assert holds(sign(BODY, secret, at_seconds=AT), secrets=(NEW, OLD))
    assert not holds(sign(BODY, OLD, at_seconds=AT), secrets=(NEW,))
    assert not holds(sign(BODY, OLD, at_seconds=AT), secrets=())


def test_one_of_several_signatures_is_enough_as_stripe_sends_them_while_it_exchanges_secrets():
    one, other = (sign(BODY, secret, at_seconds=AT).partition(",")[2] for secret in (OLD, NEW))
    assert holds(f"t={AT},{one},{other},v0=abc")


def test_an_event_of_more_than_five_minutes_ago_or_ahead_is_not_taken():
    header = sign(BODY, NEW, at_seconds=AT)
    for seconds in (0, LONGEST_AGE_SECONDS, -LONGEST_AGE_SECONDS):
        assert holds(header, at=AT + seconds)
    for seconds in (LONGEST_AGE_SECONDS + 1, -LONGEST_AGE_SECONDS - 1):
        assert not holds(header, at=AT + seconds)
    assert stripe.WebhookSignature.verify_header(BODY, sign(BODY, NEW, at_seconds=4_000_000_000), NEW, 300), (
        "the library takes the future for fresh; if it no longer does, say so where we check the age"
    )


def test_a_body_changed_by_one_byte_or_signed_for_another_moment_is_not_taken():
    header = sign(BODY, NEW, at_seconds=AT)
    assert not holds(header, BODY.replace(b"evt_1", b"evt_2"))
    assert not holds(header.replace(f"t={AT}", f"t={AT + 1}"))


def test_a_header_that_is_odd_in_any_way_is_not_taken():
    _, _, signature = sign(BODY, NEW, at_seconds=AT).partition(",")
    odd = [
        "", "t", "=", ",", f"t={AT}", signature, f"t={AT},v1=", f"t={AT},{signature[:-1]}", f"t={AT},{signature}0",
        f"t={AT},t={AT},{signature}", f"t=0,t={AT},{signature}", f"t={AT}.0,{signature}", f"t=-{AT},{signature}",
        f"t=1_800_000_000,{signature}", f"t=٣,{signature}", f"t={AT},{signature.upper()}", f"t={AT},v0{signature[2:]}",
        f"t={'9' * 5000},{signature}", f"t={AT}," + ",".join([signature] * 17), "\x00", "é" * 100,
    ]  # fmt: skip
    assert not [header for header in odd if holds(header)]


@given(st.binary(max_size=200), st.text(max_size=200))
def test_no_body_and_no_header_whatsoever_breaks_the_check(body, header):
    assert not genuine(header, body, (NEW,), at_seconds=AT)
    assert genuine(sign(body, NEW, at_seconds=AT), body, (OLD, NEW), at_seconds=AT)
