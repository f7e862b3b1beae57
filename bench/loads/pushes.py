"""Changes something, again and again, and notes when every open tab has heard of it.

`URL PATH LOAD_EVENT VAR TABS PUSHES HOW`, where HOW is `webhook JOB SECRET SEQUENCE`, `catalog LIMS_URL LIMS_KEY`, or
`post PATH`. The tabs' session cookies are in BENCH_COOKIES.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable

import httpx
from standardwebhooks import Webhook

from bench.loads.deliveries import ROUTE, status_webhook
from bench.loads.line import Line
from bench.loads.rules import RulesOfTheLab
from bench.loads.tabs import Page, all_heard, open_tabs
from bench.measuring import spread

PAUSE_SECONDS = 0.6  # longer than changes are gathered into one
LOST_SECONDS = 15.0
WARM_UP = 2
STATUSES = ("in_production", "quality_check")
Change = Callable[[], Awaitable[float]]
"""Makes one change; the moment at which it was asked for."""


async def webhook(url: str, job: str, secret: str, sequence: str) -> Change:
    """The LIMS tells that a job moved."""
    line, signer, place = await Line.to(url), Webhook(secret), int(sequence)

    async def tell() -> float:
        nonlocal place
        place += 1
        body, headers = status_webhook(signer, job, STATUSES[place % 2], place)
        began = time.time()
        status, said = await line.post(ROUTE, body, headers)
        assert status == 202, said
        return began

    return tell


async def catalog(url: str, lims_url: str, lims_key: str) -> Change:
    """The lab publishes other rules, or goes back to those before."""
    rules = await RulesOfTheLab.of(httpx.AsyncClient(
        base_url=lims_url, headers={"authorization": f"Bearer {lims_key}"}, trust_env=False, timeout=30
    ))  # fmt: skip
    return rules.change


async def post(url: str, path: str) -> Change:
    """A bare post."""
    line = await Line.to(url)

    async def tell() -> float:
        began = time.time()
        status, said = await line.post(path, b"", {})
        assert status == 202, said
        return began

    return tell


HOW: dict[str, Callable[..., Awaitable[Change]]] = {"webhook": webhook, "catalog": catalog, "post": post}


async def main(url: str, page: Page, tabs: int, pushes: int, how: str, words: list[str]) -> None:
    """Print the latencies of all tabs and pushes together, how many heard nothing, and when each change was made."""
    cookies = [one for one in os.environ.get("BENCH_COOKIES", "").split(",") if one]
    change = await HOW[how](url, *words)
    taken: list[float] = []
    made: list[float] = []
    lost = 0
    async with open_tabs(url, page, cookies, tabs) as opened:
        await asyncio.sleep(2)  # until what the arriving caused is over
        for number in range(WARM_UP + pushes):
            began = await change()
            heard = await all_heard(opened, began, LOST_SECONDS)
            if number >= WARM_UP:
                taken += heard
                made.append(began)
                lost += tabs - len(heard)
            await asyncio.sleep(PAUSE_SECONDS)
    print(json.dumps({"sample": {**spread(taken), "lost": lost}, "made": made}))


if __name__ == "__main__":
    url, path, load, var, tabs, pushes, how, *words = sys.argv[1:]
    asyncio.run(main(url, Page(path, load, var), int(tabs), int(pushes), how, words))
