"""Places orders through the door of the orders room, or as the twin does: `ours|twin TOKEN PATIENT REFERENCE AT_ONCE
ORDERS`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

from bench.loads.crowd import crowd
from bench.loads.order_body import order_body
from bench.twins import submit as twin
from ils_app.auth import service as auth
from ils_app.kernel import database, lims, log
from ils_app.orders import service as orders
from ils_app.orders.incoming import OrderIn, to_draft
from ils_app.settings.following import followed

WARM_UP = 20
Place = Callable[[str], Awaitable[tuple[str, str, str]]]


@contextlib.asynccontextmanager
async def through_the_door(token: str, patient: str) -> AsyncIterator[Place]:
    """The orders room in this process, as its API holds it."""
    log.configure()
    async with lims.opened(), followed():
        person = await auth.person_for(token)
        assert person is not None
        actor = person.actor()

        async def place(reference: str) -> tuple[str, str, str]:
            draft = to_draft(actor, OrderIn.model_validate(order_body(patient, reference)))
            view = await orders.place(actor, draft)
            return str(view.id), view.number, view.job_id

        yield place
    await database.close()


@contextlib.asynccontextmanager
async def as_the_twin(token: str, patient: str) -> AsyncIterator[Place]:
    """The twin's function in this process."""
    async with twin.shop() as shop:

        async def place(reference: str) -> tuple[str, str, str]:
            placed = await shop.place(await shop.person(token), order_body(patient, reference))
            return placed["id"], placed["number"], placed["job_id"]

        yield place


async def main(whose: str, token: str, patient: str, reference: str, at_once: int, orders_wanted: int) -> None:
    """Print how long they took, and id, number and job of each."""
    async with (through_the_door if whose == "ours" else as_the_twin)(token, patient) as place:
        for _ in range(WARM_UP):
            await place("warm-up")
        found = await crowd([lambda: place(reference)] * at_once, orders_wanted)
    print(json.dumps({"sample": found.sample(), "placed": found.answers, "failures": found.failures[:3]}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], *map(int, sys.argv[5:7])))
