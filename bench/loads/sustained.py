"""Twenty orders and a hundred webhooks a second for minutes, with tabs open all the while:
`URL TOKEN PATIENT SECRET SEQUENCE JOBS SECONDS TABS`.

The rates are kept whatever the answers take: what is slow piles up, as it would in life.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from standardwebhooks import Webhook

from bench.loads.deliveries import ROUTE, status_webhook
from bench.loads.line import Line
from bench.loads.order_body import order_body
from bench.loads.tabs import Page, open_tabs
from bench.measuring import Sample, spread
from bench.pages import ORDERS

ORDERS_PER_SECOND, WEBHOOKS_PER_SECOND = 20, 100
STATUSES = ("in_production", "quality_check")
PATIENCE_SECONDS = 60.0


@dataclass
class Steady:
    """Calls at a fixed rate over as many connections as that needs."""

    url: str
    per_second: int
    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _idle: list[Line] = field(default_factory=list)

    async def keep_up(self, seconds: float, call: Callable[[Line], Awaitable[None]]) -> None:
        """Begin a call at each turn of the clock."""
        began = time.perf_counter()
        async with asyncio.TaskGroup() as under_way:
            for turn in range(int(seconds * self.per_second)):
                await asyncio.sleep(max(0.0, began + turn / self.per_second - time.perf_counter()))
                under_way.create_task(self._once(call))

    async def _once(self, call: Callable[[Line], Awaitable[None]]) -> None:
        began = time.perf_counter()
        try:
            line = self._idle.pop() if self._idle else await Line.to(self.url)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await call(line)
        except Exception as error:  # counted: the others go on
            self.failures.append(f"{type(error).__name__}: {error}"[:200])
        else:
            self._idle.append(line)
            self.latencies.append(time.perf_counter() - began)

    def sample(self) -> Sample:
        """Latencies in milliseconds, and how many calls failed."""
        return {**spread(self.latencies), "failed": len(self.failures), "calls": len(self.latencies)}


async def main(
    url: str, token: str, patient: str, secret: str, sequence: int, jobs: int, seconds: int, tabs: int
) -> None:
    """Print what became of orders and webhooks."""
    signer, turns = Webhook(secret), itertools.count()
    authorised = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    body = json.dumps(order_body(patient, "sustained")).encode()

    async def order(line: Line) -> None:
        status, said = await line.post("/api/v1/orders", body, authorised)
        if status != 201:
            raise RuntimeError(f"{status}: {said[:200]!r}")

    async def webhook(line: Line) -> None:
        round_, number = divmod(next(turns), jobs)
        place = sequence + round_
        sent, headers = status_webhook(signer, f"JOB-B-{number + 1:07d}", STATUSES[place % 2], place)
        status, said = await line.post(ROUTE, sent, headers)
        if status != 202:
            raise RuntimeError(f"{status}: {said[:200]!r}")

    orders, webhooks = Steady(url, ORDERS_PER_SECOND), Steady(url, WEBHOOKS_PER_SECOND)
    cookies = [one for one in os.environ.get("BENCH_COOKIES", "").split(",") if one]
    async with contextlib.AsyncExitStack() as held:
        await held.enter_async_context(open_tabs(url, Page(*ORDERS), cookies, tabs))
        print("open", flush=True)
        await asyncio.gather(orders.keep_up(seconds, order), webhooks.keep_up(seconds, webhook))
    said = {"orders": orders, "webhooks": webhooks}
    print(json.dumps({name: {"sample": one.sample(), "failures": one.failures[:3]} for name, one in said.items()}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], *map(int, sys.argv[5:9])))
