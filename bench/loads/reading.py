"""Reads lists, board and order pages through the doors and as the twin does: `ORDERS CALLS ROUNDS`."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from psycopg_pool import AsyncConnectionPool

from bench.filling import DRAFTS, FLOOR, filled_id
from bench.measuring import Sample, medians, spread
from bench.twins.reading import Reader
from ils_app.kernel import config, database, log
from ils_app.kernel.actor import Actor, Role
from ils_app.lab import service as lab
from ils_app.orders import service as orders

WARM_UP = 15
RARE, FREQUENT = "grace thorhurst", "abwell"
Call = Callable[[], Awaitable[object]]


def calls(pool: AsyncConnectionPool, last: int) -> dict[str, tuple[Call, Call]]:
    """What is read, through our doors and as the twin reads it."""
    practice = filled_id("practice", 7)
    theo = Actor(uuid4(), "Theo Brandt", Role.LAB, uuid4())
    olive = Actor(uuid4(), "Olive Vance", Role.ECP, practice, manager=True)
    floor, own = Reader(pool, None), Reader(pool, practice)
    chance = random.Random(7)

    def some_order() -> UUID:
        return filled_id("order", chance.randint(FLOOR + DRAFTS + 1, last))

    async def ours_list(actor: Actor) -> object:
        return await orders.orders_page(actor), await orders.counts(actor)

    async def ours_page() -> object:
        order_id = some_order()
        return await orders.order(theo, order_id), await orders.timeline(theo, order_id)

    return {
        "orders list of the lab": (lambda: ours_list(theo), floor.orders_list),
        "orders list of a practice": (lambda: ours_list(olive), own.orders_list),
        "search for a rare name": (lambda: orders.orders_page(theo, text=RARE), lambda: floor.search(RARE)),
        "search for a frequent name": (lambda: orders.orders_page(theo, text=FREQUENT), lambda: floor.search(FREQUENT)),
        "board": (lambda: lab.board(theo), floor.board),
        "order page": (ours_page, lambda: floor.order_page(some_order())),
    }


async def main(last: int, times: int, rounds: int) -> None:
    """Print the medians over the rounds of each, ours and the twin's, one call in turn after the other."""
    log.configure()
    found: dict[str, dict[str, Sample]] = {}
    async with AsyncConnectionPool(config.current().require_libpq_url(), min_size=2, open=False) as pool:
        for name, pair in calls(pool, last).items():
            taken: list[list[Sample]] = [[], []]
            for call in pair:
                for _ in range(WARM_UP):
                    await call()
            for _ in range(rounds):
                seconds: tuple[list[float], list[float]] = ([], [])
                for _ in range(times):
                    for place, call in enumerate(pair):
                        began = time.perf_counter()
                        await call()
                        seconds[place].append(time.perf_counter() - began)
                for place in (0, 1):
                    taken[place].append(spread(seconds[place]))
            found[name] = {"ours": medians(taken[0]), "twin": medians(taken[1])}
    await database.close()
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4])))
