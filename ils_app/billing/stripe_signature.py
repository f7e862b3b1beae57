"""Proof that an event came from Stripe: checked over the raw bytes before anything is read from them.

`Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>…]`, each `v1` an HMAC-SHA256 of `<t>.<body>` under a whole
`whsec_…`. The library's own check takes an event dated into the future for fresh; this one takes neither.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from ils_app.billing.stripe_events import Event, read
from ils_app.kernel import config, log, metrics
from ils_app.kernel.clock import now
from ils_app.kernel.inbox import MAX_BODY_BYTES
from ils_app.kernel.webhooks import Forged, Malformed, TooLarge

LONGEST_AGE_SECONDS: Final = 300
MOST_SIGNATURES: Final = 16
_SECONDS = re.compile(r"[0-9]{1,12}")
_HEX = re.compile(r"[0-9a-f]{64}")

logger = log.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signed:
    """A proven event."""

    event: Event


async def signed_by_stripe(request: Request) -> Signed:
    """Read and prove an event. Raises Forged 401, Malformed 400, TooLarge 413."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(f"The body is larger than {MAX_BODY_BYTES // 1024} KB.")
    header = request.headers.get("stripe-signature", "")
    if not genuine(header, body, config.current().stripe_webhook_secrets, at_seconds=int(now().timestamp())):
        metrics.FORGED.labels("stripe").inc()
        logger.warning("webhook_forged", path=request.url.path)
        raise Forged("The signature does not prove that Stripe sent this.")
    try:
        return Signed(read(body))
    except ValueError:
        raise Malformed("The body is not an event as Stripe writes one.") from None


def genuine(header: str, body: bytes, secrets: tuple[str, ...], *, at_seconds: int) -> bool:
    """Whether one of the secrets signed this body within five minutes of `at_seconds`, before or after."""
    signed_at, signatures = _parts(header)
    if signed_at is None or abs(at_seconds - signed_at) > LONGEST_AGE_SECONDS:
        return False
    expected = [_signature(body, secret, signed_at) for secret in secrets]
    # Every pair is compared, so that how long it takes says nothing about which of them fits.
    return True in [hmac.compare_digest(one, given) for one in expected for given in signatures]


def sign(body: bytes, secret: str, *, at_seconds: int) -> str:
    """The header Stripe would send with this body."""
    return f"t={at_seconds},v1={_signature(body, secret, at_seconds)}"


def _signature(body: bytes, secret: str, signed_at: int) -> str:
    return hmac.new(secret.encode(), b"%d.%s" % (signed_at, body), hashlib.sha256).hexdigest()


def _parts(header: str) -> tuple[int | None, list[str]]:
    """The time and the signatures; no time when there is not exactly one, or anything else is odd."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1" and _HEX.fullmatch(value)]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]) or len(signatures) > MOST_SIGNATURES:
        return None, []
    return int(times[0]), signatures


__all__ = ["Signed", "genuine", "sign", "signed_by_stripe"]
