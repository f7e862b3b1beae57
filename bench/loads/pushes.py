"""Changes something, again and again, and notes when every open tab has heard of it.

`URL PATH LOAD_EVENT VAR TABS PUSHES HOW`, where HOW is `webhook JOB SECRET SEQUENCE`, `catalog LIMS_URL LIMS_KEY`, or
`post`. The tabs' session cookies are in BENCH_COOKIES. The tabs stay open from round to round: each line on the input
asks for one round, and says for `post` where to.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

import httpx
from standardwebhooks import Webhook

from bench.loads.deliveries import ROUTE, status_webhook
from bench.loads.line import Line
from bench.loads.rules import RulesOfTheLab
from bench.loads.tabs import Page, RawTab, all_heard, open_tabs
from bench.measuring import spread

PAUSE_SECONDS = 0.6  # longer than changes are gathered into one
LOST_SECONDS = 15.0
WARM_UP = 2
STATUSES = ("in_production", "quality_check")
Change = Callable[[str], Awaitable[float]]
"""Makes one change, as the round's line says; the moment at which it was asked for."""


async def webhook(url: str, job: str, secret: str, sequence: str) -> Change:
    """The LIMS tells that a job moved."""
    signer, place = Webhook(secret), int(sequence)

    async def tell(_: str) -> float:
        nonlocal place
        place += 1
        body, headers = status_webhook(signer, job, STATUSES[place % 2], place)
        return await _posted(url, ROUTE, body, headers)

    return tell


async def catalog(url: str, lims_url: str, lims_key: str) -> Change:
    """The lab publishes other rules, or goes back to those before."""
    rules = await RulesOfTheLab.of(httpx.AsyncClient(
        base_url=lims_url, headers={"authorization": f"Bearer {lims_key}"}, trust_env=False, timeout=30
    ))  # fmt: skip

    async def tell(_: str) -> float:
        return await rules.change()

    return tell


async def post(url: str) -> Change:
    """A bare post."""

    async def tell(path: str) -> float:
        return await _posted(url, path, b"", {})

    return tell


async def _posted(url: str, path: str, body: bytes, headers: Mapping[str, str]) -> float:
    """The moment at which it was sent, on a connection of its own: one that waits for its turn may be hung up on."""
    line = await Line.to(url)
    try:
        began = time.time()
        status, said = await line.post(path, body, headers)
        assert status == 202, said
        return began
    finally:
        line.close()


HOW: dict[str, Callable[..., Awaitable[Change]]] = {"webhook": webhook, "catalog": catalog, "post": post}


async def main(url: str, page: Page, tabs: int, pushes: int, how: str, words: list[str]) -> None:
    """Open the tabs, then print for each round the latencies of all tabs and pushes together, how many heard nothing,
    and when each change was made."""
    cookies = [one for one in os.environ.get("BENCH_COOKIES", "").split(",") if one]
    change = await HOW[how](url, *words)
    async with open_tabs(url, page, cookies, tabs) as opened:
        await asyncio.sleep(2)  # until what the arriving caused is over
        print("open", flush=True)
        warm_up = WARM_UP
        while asked := (await asyncio.to_thread(sys.stdin.readline)).strip():
            await one_round(opened, change, asked, warm_up)
            await one_round(opened, change, asked, pushes, said=True)
            warm_up = 1


async def one_round(opened: list[RawTab], change: Change, asked: str, pushes: int, *, said: bool = False) -> None:
    """So many changes, one when the one before was heard everywhere; told of when it is `said`."""
    taken: list[float] = []
    made: list[float] = []
    for _ in range(pushes):
        made.append(await change(asked))
        taken += await all_heard(opened, made[-1], LOST_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)
    if said:
        lost = len(opened) * pushes - len(taken)
        sample = {**spread(taken or [LOST_SECONDS]), "lost": lost}
        print(json.dumps({"sample": sample, "made": made}), flush=True)


if __name__ == "__main__":
    url, path, load, var, tabs, pushes, how, *words = sys.argv[1:]
    asyncio.run(main(url, Page(path, load, var), int(tabs), int(pushes), how, words))
