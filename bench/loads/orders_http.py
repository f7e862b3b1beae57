"""Places orders over HTTP: `URL TOKEN PATIENT REFERENCE AT_ONCE ORDERS`."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from bench.loads.crowd import crowd
from bench.loads.line import Line
from bench.loads.order_body import order_body

WARM_UP = 20


async def main(url: str, token: str, patient: str, reference: str, at_once: int, orders: int) -> None:
    """Print how long they took, and id, number and job of each."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    body = json.dumps(order_body(patient, reference)).encode()
    warming = json.dumps(order_body(patient, "warm-up")).encode()
    lines = [await Line.to(url) for _ in range(at_once)]

    async def place(line: Line, body: bytes) -> tuple[str, str, str]:
        status, said = await line.post("/api/v1/orders", body, headers)
        if status != 201:
            raise RuntimeError(f"{status}: {said[:300]!r}")
        order: dict[str, Any] = json.loads(said)
        return order["id"], order["number"], order["job_id"]

    for _ in range(WARM_UP):
        await place(lines[0], warming)
    found = await crowd([lambda line=line: place(line, body) for line in lines], orders)  # type: ignore[misc]
    print(json.dumps({"sample": found.sample(), "placed": found.answers, "failures": found.failures[:3]}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], *map(int, sys.argv[5:7])))
