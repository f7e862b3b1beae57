"""From a webhook to the change in a browser, at one, two hundred and a thousand open tabs, in one process and in two.

All tabs show the same list, so that each change concerns every one of them: the worst a webhook can do. Beside it stand
a bare Reflex refresh of one var to as many tabs, and a raw emit to them, which is the least these sockets can cost.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from bench.browser import WATCH, chromium, page_of, wait_for
from bench.goals import REPORTED, Goal
from bench.house import BareReflex, House
from bench.measuring import Sample, in_turns, percentile
from bench.pages import BARE, ECP, FORM, LAB, ORDERS, SESSIONS
from bench.results import Result
from ils_app.commands import serve
from ils_app.kernel import config
from tests.support.redis_server import running_redis

PUSHES = {1: 20, 200: 10, 1000: 4}
"""How many changes are made at so many open tabs."""
ON_TOP = """
UPDATE orders."order" SET placed_at = now() WHERE id = (
    SELECT id FROM orders."order" WHERE status IN ('in_production', 'quality_check') ORDER BY placed_at DESC LIMIT 1
) RETURNING id::text, job_id, lims_sequence"""
RATIO = "≤ 1.25 × a bare Reflex refresh"
LIMIT_MS = {1: 500, 2: 300}
LOST_MS = 60_000.0
Round = Callable[[str], Sample]
"""Measures once, with the tabs that are open."""


@dataclass
class Stage:
    """ILS and the bare app, each in so many processes, and who is signed in."""

    house: House
    bare: BareReflex
    processes: int
    lab: list[str]
    ecp: list[str]

    @contextlib.contextmanager
    def webhook(self, tabs: int) -> Iterator[Round]:
        """Milliseconds from a status webhook to each tab of the orders list; in one of them a browser looks on."""
        ils = self.house.ils
        order_id, job, sequence = ils.sql(ON_TOP)[0]
        words = (*ORDERS, tabs, PUSHES[tabs], "webhook", job, ils.environ["LIMS_WEBHOOK_SECRET"], sequence)
        with self._tabs(ils.url, self.lab, words) as ask, chromium() as browser, ThreadPoolExecutor(1) as beside:
            page = page_of(browser, ils.url, self.lab[0])
            page.goto("/orders")
            row = f'a[href*="{order_id}"]'
            page.locator(row).first.wait_for()
            page.evaluate(WATCH, row)

            def once(_: str) -> Sample:
                found = wait_for(page, beside.submit(ask, "webhook"))
                page.wait_for_timeout(500)
                seen, sample = page.evaluate("() => window.seen"), found["sample"]
                took = [next((at - made * 1000 for at in seen if at >= made * 1000), LOST_MS) for made in found["made"]]
                return {**sample, "browser": percentile(took, 0.5)}

            yield once

    @contextlib.contextmanager
    def catalog(self, tabs: int) -> Iterator[Round]:
        """Milliseconds from the publishing of rules to each open order form."""
        sandbox = self.house.ils.sandbox
        words = (*FORM, tabs, PUSHES[tabs], "catalog", sandbox.base_url, sandbox.api_key)
        with self._tabs(self.house.ils.url, self.ecp, words) as ask:
            yield lambda _: ask("catalog")["sample"]

    @contextlib.contextmanager
    def bare_pushes(self, tabs: int) -> Iterator[Round]:
        """Milliseconds from a bare post to each tab of the bare app: a refresh or an emit, as is asked for."""
        with self._tabs(self.bare.url, [], (*BARE, tabs, PUSHES[tabs], "post")) as ask:
            yield lambda how: ask(f"/{how}")["sample"]

    def _tabs(
        self, url: str, cookies: list[str], words: tuple[object, ...]
    ) -> contextlib.AbstractContextManager[Callable[[str], Any]]:
        return self.house.held_load("loads.pushes", url, *words, environ={"BENCH_COOKIES": ",".join(cookies)})


def measure(house: House) -> Iterable[Result]:
    """One process first, then two with Redis between them."""
    for processes in (1, 2):
        with stage(house, processes) as on:
            for tabs in PUSHES if processes == 1 else [max(PUSHES)]:
                with on.bare_pushes(tabs) as bare:
                    about = f"live: {_many(tabs)}, {_many_processes(processes)}"
                    with on.webhook(tabs) as ours:
                        yield from _pushes(on, f"{about}, status webhook", tabs, ours, bare)
                    if tabs == max(PUSHES):
                        with on.catalog(tabs) as ours:
                            yield from _pushes(on, f"{about}, catalog update", tabs, ours, bare)


def _pushes(on: Stage, about: str, tabs: int, ours: Round, bare: Round) -> Iterator[Result]:
    limit = LIMIT_MS[on.processes]
    p99 = Goal(f"< {limit} ms, {RATIO}", below=limit, ratio_at_most=1.25) if tabs == max(PUSHES) else REPORTED
    found = in_turns(on.house.rounds, ours=lambda: ours(""), twin=lambda: bare("refresh"), emit=lambda: bare("emit"))
    yield from on.house.results(about, found, [("p50", "p50", "ms", REPORTED), ("p99", "p99", "ms", p99)])
    if "browser" in found["ours"]:
        yield on.house.result(f"{about}, one real browser", found["ours"]["browser"], "ms")
    yield on.house.result(f"{about}, beside a raw emit, p99", found["ours"]["p99"], "ms", twin=found["emit"]["p99"])
    yield on.house.result(f"{about}, tabs that heard nothing", found["ours"]["lost"], "", goal=Goal("none", below=1))


@contextlib.contextmanager
def stage(house: House, processes: int) -> Iterator[Stage]:
    """ILS in so many processes and a worker, and the bare app beside it; more than one speak over a Redis."""
    ils = house.ils
    with contextlib.ExitStack() as held:
        redis_url = "" if processes == 1 else held.enter_context(running_redis()).url
        more = {"REDIS_URL": redis_url, "REFLEX_STATE_MANAGER_MODE": "redis" if redis_url else "memory"}
        ils.app.stop()
        ils.worker.stop()
        settings = config.load(ils.environ, home=ils.home)
        ils.app.command = serve.command(settings, host="127.0.0.1", workers=processes)
        ils.app.start(**more)
        ils.worker.start(**more)
        ils._await(ils.app, lambda: _answers(ils.url))
        ils.wait_for_lims()
        bare = house.bare_reflex(workers=processes, redis_url=redis_url)
        bare.start()
        held.callback(bare.program.stop)
        lab, ecp = ([house.token(email) for _ in range(SESSIONS)] for email in (LAB, ECP))
        yield Stage(house, bare, processes, lab, ecp)


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}/ready", timeout=5, trust_env=False).status_code == 200
    return False


def _many(tabs: int) -> str:
    return "1 tab" if tabs == 1 else f"{tabs:,} tabs"


def _many_processes(processes: int) -> str:
    return "one process" if processes == 1 else "two processes"
