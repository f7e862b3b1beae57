"""Which deliveries are believed."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
import standardwebhooks.webhooks
from hypothesis import given
from hypothesis import strategies as st

from lims_client import (
    CatalogEvent,
    LimsClient,
    NaiveTimestamps,
    StatusEvent,
    WebhookBodyInvalid,
    WebhookInvalid,
    WebhookSignatureInvalid,
)
from lims_client.webhooks import WebhookVerifier, read_secrets

OLD = "whsec_" + base64.b64encode(b"an old secret of 24 bytes or more").decode()
NEW = "whsec_" + base64.b64encode(bytes(range(24))).decode()
MOVED = {"type": "job.status_changed", "jobId": "J-1", "newStatus": "shipped", "sequence": 7, "trackingNumber": "9"}


def signed(body: bytes, secret: str = NEW, *, seconds_ago: float = 0, name: str = "msg_1") -> dict[str, str]:
    moment = str(int(datetime.now(UTC).timestamp() - seconds_ago))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": name, "webhook-timestamp": moment, "webhook-signature": signature}


@pytest.fixture
def believing() -> WebhookVerifier:
    return WebhookVerifier(NEW)


def test_a_signed_status_is_an_event_with_all_it_carries(believing):
    body = json.dumps(MOVED).encode()
    event = believing.verify(signed(body), body)
    assert isinstance(event, StatusEvent)
    assert (event.job_id, event.new_status, event.sequence, event.tracking_number) == ("J-1", "shipped", 7, "9")


def test_the_short_snake_case_form_is_read(believing):
    body = b'{"job_id": "J-1", "new_status": "queued"}'
    event = believing.verify(signed(body), body)
    assert isinstance(event, StatusEvent)
    assert (event.job_id, event.new_status, event.sequence) == ("J-1", "queued", None)


def test_a_catalog_update_is_its_own_event(believing):
    body = b'{"type": "catalog.updated", "version": 12, "rulesVersion": 5, "summary": "one coating more"}'
    event = believing.verify(signed(body), body)
    assert isinstance(event, CatalogEvent)
    assert (event.version, event.rules_version) == ("12", "5")


def test_names_of_headers_may_be_in_any_case(believing):
    body = json.dumps(MOVED).encode()
    believing.verify({name.title(): value for name, value in signed(body).items()}, body)


@pytest.mark.parametrize("seconds", [-290, 290])
def test_a_delivery_within_five_minutes_is_believed(believing, seconds):
    believing.authenticate(signed(b"{}", seconds_ago=seconds), b"{}")


@pytest.mark.parametrize(("seconds", "word"), [(310, "too old"), (-310, "too new")])
def test_a_delivery_older_or_newer_than_five_minutes_is_not(believing, seconds, word):
    with pytest.raises(WebhookSignatureInvalid, match=word):
        believing.authenticate(signed(b"{}", seconds_ago=seconds), b"{}")


def test_both_secrets_count_while_one_rotates_and_only_those():
    body = json.dumps(MOVED).encode()
    rotating = WebhookVerifier(f"{NEW} {OLD}")
    for secret in (OLD, NEW):
        rotating.authenticate(signed(body, secret), body)
    with pytest.raises(WebhookSignatureInvalid):
        WebhookVerifier(NEW).authenticate(signed(body, OLD), body)


def test_several_signatures_are_tried_and_a_malformed_neighbour_hides_nothing(believing):
    body = json.dumps(MOVED).encode()
    headers = signed(body)
    good = headers["webhook-signature"]
    wrong = signed(b"other")["webhook-signature"]
    for line in (f"{wrong} {good}", f"v2,xx v1,%%% nonsense v1a,x {good}", f"{good} {wrong}"):
        believing.authenticate({**headers, "webhook-signature": line}, body)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,not base64!"},
        {"webhook-signature": "v1,abc"},
        {"webhook-signature": "v1,AAAA,BBBB"},
        {"webhook-signature": "v9,AAAA"},
        {"webhook-signature": "é,ü"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "inf"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-timestamp": ""},
        {"webhook-id": ""},
        {"webhook-id": "msg_2"},
    ],
)
def test_malformed_or_altered_headers_are_a_wrong_signature_and_nothing_else(believing, change):
    with pytest.raises(WebhookSignatureInvalid):
        believing.verify({**signed(b"{}"), **change}, b"{}")


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_a_wrong_signature(believing, missing):
    headers = signed(b"{}")
    del headers[missing]
    with pytest.raises(WebhookSignatureInvalid):
        believing.verify(headers, b"{}")


def test_a_changed_body_is_a_wrong_signature(believing):
    with pytest.raises(WebhookSignatureInvalid):
        believing.verify(signed(b'{"a":1}'), b'{"a":2}')


@given(
    st.binary(max_size=60),
    st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(max_size=40)),
)
def test_whatever_arrives_is_refused_as_invalid_and_never_crashes(body, headers):
    with pytest.raises(WebhookInvalid):
        WebhookVerifier(NEW, allow_hex_signature=True).verify(headers, body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "JSON"),
        (b"not json", "JSON"),
        (b"[]", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b'{"type": "job.exploded"}', "contract"),
        (b'{"job_id": "J-1"}', "newStatus"),
        (b'{"job_id": "J-1", "new_status": "teleported"}', "unknown job status 'teleported'"),
        (b'{"type": "catalog.updated"}', "rulesVersion"),
    ],
)
def test_a_proven_body_that_is_no_event_says_what_is_wrong_with_it(believing, body, reason):
    with pytest.raises(WebhookBodyInvalid, match=reason):
        believing.verify(signed(body), body)


def test_a_body_that_is_not_utf8_is_refused(believing):
    with pytest.raises(WebhookInvalid):
        believing.verify(signed(b"\xff\xfe"), b"\xff\xfe")


def test_with_no_secret_nothing_is_accepted():
    body = json.dumps(MOVED).encode()
    for secrets in (None, "", "  "):
        with pytest.raises(WebhookSignatureInvalid, match="no webhook secret"):
            WebhookVerifier(secrets, allow_hex_signature=True).verify(signed(body), body)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("secret", "does not begin with whsec_"),
        ("whsec_not*base64", "not base64"),
        ("whsec_c2hvcnQ=", "holds 5 bytes; at least 24"),
        (f"{NEW} whsec_", "secret 2 of 2 holds 0 bytes"),
        ("whsec_ééé", "not base64"),
    ],
)
def test_a_secret_that_is_not_one_stops_the_start_without_being_shown(text, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        LimsClient("https://lims.test", "key", webhook_secret=text)
    assert NEW not in str(caught.value)


def test_a_secret_without_its_padding_is_read():
    assert read_secrets(OLD.rstrip("=")) == read_secrets(OLD)


# --------------------------------------------------------------------------------- Standard Webhooks' own vectors

# As published with the specification's reference libraries (github.com/standard-webhooks/standard-webhooks).
VECTOR = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # pragma: allowlist secret
    "body": b'{"test": 2432232314}',
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",  # pragma: allowlist secret
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
VECTOR_HEADERS = {name: value for name, value in VECTOR.items() if name.startswith("webhook-")}


@pytest.fixture
def in_february_2021(monkeypatch):
    class Then(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(1614265330, tz)

    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Then)


def test_the_published_vector_is_believed_with_and_without_neighbours(in_february_2021):
    verifier = WebhookVerifier(VECTOR["secret"])
    verifier.authenticate(VECTOR_HEADERS, VECTOR["body"])
    neighbours = " ".join(
        [
            "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
            "v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
            VECTOR["webhook-signature"],
            "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
        ]
    )
    verifier.authenticate({**VECTOR_HEADERS, "webhook-signature": neighbours}, VECTOR["body"])


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,dawfeoifkpqwoekfpqoekf"},
        {"webhook-signature": "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},  # pragma: allowlist secret
        {"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"webhook-timestamp": "1614265331"},
        {"webhook-id": "msg_other"},
    ],
)
def test_the_published_vector_altered_is_not_believed(in_february_2021, change):
    with pytest.raises(WebhookSignatureInvalid):
        WebhookVerifier(VECTOR["secret"]).authenticate({**VECTOR_HEADERS, **change}, VECTOR["body"])


def test_the_published_vector_is_too_old_today():
    with pytest.raises(WebhookSignatureInvalid, match="too old"):
        WebhookVerifier(VECTOR["secret"]).authenticate(VECTOR_HEADERS, VECTOR["body"])


# --------------------------------------------------------------------------------- the plain hex scheme


def hexed(body: bytes, key: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()


async def test_the_plain_hex_scheme_answers_yes_or_no():
    async with LimsClient("https://lims.test", "key", webhook_secret=f"{OLD} {NEW}") as lims:
        body = json.dumps(MOVED).encode()
        for key in (bytes(range(24)), NEW.encode(), OLD.encode()):
            assert lims.verify_webhook_signature(body, hexed(body, key)) is True
        assert lims.verify_webhook_signature(body.decode(), hexed(body, NEW.encode()).upper()) is True
        for wrong in ("", "abc", "é", hexed(b"other", NEW.encode())):
            assert lims.verify_webhook_signature(body, wrong) is False
    async with LimsClient("https://lims.test", "key") as lims:
        assert lims.verify_webhook_signature(body, hexed(body, b"")) is False


def test_a_hex_signature_counts_for_a_delivery_only_when_switched_on():
    body = json.dumps(MOVED).encode()
    headers = {"X-LIMS-Signature": hexed(body, NEW.encode())}
    with pytest.raises(WebhookSignatureInvalid):
        WebhookVerifier(NEW).verify(headers, body)
    switched_on = WebhookVerifier(NEW, allow_hex_signature=True)
    assert switched_on.verify(headers, body).job_id == "J-1"
    with pytest.raises(WebhookSignatureInvalid, match="does not match"):
        switched_on.verify({"X-LIMS-Signature": "00"}, body)


def test_a_delivery_that_has_a_standard_signature_must_pass_by_it():
    body = json.dumps(MOVED).encode()
    both = {**signed(body, seconds_ago=900), "X-LIMS-Signature": hexed(body, NEW.encode())}
    with pytest.raises(WebhookSignatureInvalid, match="too old"):
        WebhookVerifier(NEW, allow_hex_signature=True).verify(both, body)


async def test_the_client_verifies_tells_of_naive_times_and_may_only_authenticate(heard):
    body = json.dumps({**MOVED, "timestamp": "2025-11-03T09:00:00"}).encode()
    async with LimsClient("https://lims.test", "key", webhook_secret=NEW, hooks=heard.hooks) as lims:
        event = lims.verify_webhook(signed(body), body)
        assert event.timestamp == datetime(2025, 11, 3, 9, tzinfo=UTC)
        assert heard.events == [NaiveTimestamps("verify_webhook", ("timestamp",))]
        lims.authenticate_webhook(signed(b"nonsense"), b"nonsense")
        with pytest.raises(WebhookSignatureInvalid):
            lims.authenticate_webhook({}, body)
