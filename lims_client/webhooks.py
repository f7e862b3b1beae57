"""Proof that a delivery comes from the LIMS, and its body as a typed event."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from pydantic import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from lims_client.errors import WebhookBodyInvalid, WebhookSignatureInvalid
from lims_client.models import WebhookEvent, event_from_wire

PREFIX = "whsec_"
LEAST_BYTES = 24
HEX_HEADER = "x-lims-signature"


def read_secrets(text: str | None) -> tuple[bytes, ...]:
    """The keys in a space-separated list of `whsec_` secrets, newest first or last, as one likes.

    Raises `ValueError` saying which one is wrong and how, without showing it: a secret that is no base64 would
    otherwise quietly become a short key.
    """
    words = (text or "").split()
    return tuple(_read_secret(word, f"webhook secret {n} of {len(words)}") for n, word in enumerate(words, start=1))


def _read_secret(word: str, name: str) -> bytes:
    if not word.startswith(PREFIX):
        raise ValueError(f"{name} does not begin with {PREFIX}")
    encoded = word.removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{name} is not base64 after {PREFIX}") from None
    if len(key) < LEAST_BYTES:
        raise ValueError(f"{name} holds {len(key)} bytes; at least {LEAST_BYTES} are needed")
    return key


class WebhookVerifier:
    """Checks deliveries against every secret in use; several are while one rotates. With none, nothing is accepted."""

    def __init__(self, secrets: str | None, *, allow_hex_signature: bool = False) -> None:
        """`secrets` as in `read_secrets`. `allow_hex_signature` lets `X-LIMS-Signature` count: it has no time and no
        id, so a recorded delivery can be sent again; only for a LIMS that cannot do better."""
        keys = read_secrets(secrets)
        self._standard = tuple(Webhook(key) for key in keys)
        # A LIMS with the hex scheme may take the secret's text for the key, or the bytes that it encodes.
        self._hex_keys = (*keys, *(word.encode() for word in (secrets or "").split()))
        self._allow_hex = allow_hex_signature

    def verify(self, headers: Mapping[str, str], body: bytes, *, naive: list[str] | None = None) -> WebhookEvent:
        """The event, if it truly comes from the LIMS; names of times without a zone are added to `naive`.

        Raises `WebhookSignatureInvalid` (401) or `WebhookBodyInvalid` (400), never anything else.
        """
        self.authenticate(headers, body)
        try:
            return event_from_wire(body, naive=naive)
        except ValidationError as error:
            raise WebhookBodyInvalid(describe(error)) from None
        except (ValueError, RecursionError):
            raise WebhookBodyInvalid("the body is not an event of the contract in JSON") from None

    def authenticate(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `WebhookSignatureInvalid` unless the delivery is proven; says nothing about the body's sense."""
        if not self._standard:
            raise WebhookSignatureInvalid("no webhook secret is configured, so no webhook is accepted")
        lower = {name.lower(): value for name, value in headers.items()}
        if "webhook-signature" in lower or not (self._allow_hex and HEX_HEADER in lower):
            self._authenticate_standard(lower, body)
        elif not self.matches_hex(body, lower[HEX_HEADER]):
            raise WebhookSignatureInvalid("X-LIMS-Signature does not match the body")

    def _authenticate_standard(self, headers: dict[str, str], body: bytes) -> None:
        reason = "the signature is malformed"
        for signature in headers.get("webhook-signature", "").split(" ")[:16]:
            for webhook in self._standard:
                try:  # one signature at a time, so that a malformed neighbour does not hide a good one
                    webhook.verify(body, {**headers, "webhook-signature": signature}, json_parse=False)
                    return
                except WebhookVerificationError as error:
                    reason = str(error)
                except (ValueError, TypeError, ArithmeticError):  # bad base64, no comma, a body that is not UTF-8
                    continue
        raise WebhookSignatureInvalid(reason)

    def matches_hex(self, body: bytes | str, signature: str) -> bool:
        """Whether `signature` is the hex HMAC-SHA256 of the raw body under one of the secrets."""
        raw = body.encode() if isinstance(body, str) else body
        given = signature.strip().lower().encode()
        matches = [
            hmac.compare_digest(hmac.new(key, raw, hashlib.sha256).hexdigest().encode(), given)
            for key in self._hex_keys
        ]
        return any(matches)


def describe(error: ValidationError) -> str:
    """Where a body leaves the contract and how, without its values."""
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or 'body'}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)[:5]
    )
