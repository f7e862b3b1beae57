"""Proof that a webhook came from the LIMS: checked over the raw bytes before anything is read from them."""

import json
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from ils_app.kernel import log, metrics
from ils_app.kernel.errors import IlsError, Invalid
from ils_app.kernel.inbox import MAX_BODY_BYTES
from ils_app.kernel.lims import lims
from ils_app.kernel.openapi import refuses
from lims_client.errors import WebhookBodyInvalid, WebhookSignatureInvalid
from lims_client.models import CatalogEvent, StatusEvent

REFUSES = refuses(400, 401, 413)
"""What a route for proven deliveries answers to others, for its `responses`."""

logger = log.get_logger(__name__)


class Forged(IlsError):
    """The signature is missing, malformed, too old, too new, or simply wrong; which of them is not said."""

    status = 401
    code = "signature"


class Malformed(Invalid):
    """The signature is right and the body cannot be read; the reason helps whoever runs the LIMS."""

    status = 400
    code = "malformed"


class TooLarge(Invalid):
    """Nothing the LIMS has to say is this long."""

    status = 413
    code = "too_large"


@dataclass(frozen=True, slots=True)
class Signed:
    """A proven delivery: its id, its event, and the bytes as they came."""

    delivery_id: str
    event: StatusEvent | CatalogEvent
    body: bytes


async def signed_by_lims(request: Request) -> Signed:
    """Read and prove a delivery. Raises Forged 401, Malformed 400, TooLarge 413."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(f"The body is larger than {MAX_BODY_BYTES // 1024} KB.")
    headers = dict(request.headers)
    try:
        event = lims().verify_webhook(headers, body)
    except WebhookBodyInvalid as error:
        raise Malformed(error.message) from None
    except WebhookSignatureInvalid:
        logger.warning("webhook_forged", path=request.url.path)
        metrics.FORGED.labels("lims").inc()
        raise Forged("The signature does not prove that the LIMS sent this.") from None
    return Signed(headers.get("webhook-id") or _hex_id(headers, body), event, body)


def _hex_id(headers: dict[str, str], body: bytes) -> str:
    """An id for deliveries of the plain hex scheme, which has none: what it says of which job, and when."""
    said: dict[str, Any] = json.loads(body)
    told = said.get("sequence") or said.get("timestamp") or headers.get("x-lims-signature", "")
    return f"hex:{said.get('jobId') or said.get('job_id') or said.get('rulesVersion')}:{told}"


__all__ = ["REFUSES", "Forged", "Malformed", "Signed", "TooLarge", "signed_by_lims"]
