"""Signs status webhooks as the LIMS does and sends them: `URL SECRET STATUS SEQUENCE DELIVERIES AT_ONCE`.

Each is about another job of `bench.filling`, beginning with the first.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

from standardwebhooks import Webhook

from bench.loads.crowd import crowd
from bench.loads.line import Line

ROUTE = "/api/webhooks/lims-status"
Delivery = tuple[bytes, dict[str, str]]


def status_webhook(signer: Webhook, job_id: str, status: str, sequence: int) -> Delivery:
    """The body and the headers of one delivery, signed now."""
    moment, delivery_id = datetime.now(UTC), f"msg_{uuid4().hex}"
    said = {"type": "job.status_changed", "jobId": job_id, "newStatus": status, "sequence": sequence,
            "timestamp": moment.isoformat()}  # fmt: skip
    body = json.dumps(said)
    signature = signer.sign(delivery_id, moment, body)
    return body.encode(), {
        "content-type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


async def main(url: str, secret: str, status: str, sequence: int, deliveries: int, at_once: int) -> None:
    """Print how they were taken."""
    signer = Webhook(secret)
    waiting = [status_webhook(signer, f"JOB-B-{n:07d}", status, sequence) for n in range(deliveries, 0, -1)]
    lines = [await Line.to(url) for _ in range(at_once)]

    def sender(line: Line) -> Callable[[], Awaitable[None]]:
        async def send() -> None:
            body, headers = waiting.pop()
            answer, said = await line.post(ROUTE, body, headers)
            if answer != 202:
                raise RuntimeError(f"{answer}: {said[:200]!r}")

        return send

    found = await crowd([sender(line) for line in lines], deliveries)
    print(json.dumps({"sample": found.sample(), "failures": found.failures[:3]}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], *map(int, sys.argv[4:7])))
