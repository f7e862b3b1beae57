"""One round: a load, faults at moments the seed decides, everything back up, quiet, and the checker's word."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

from ils_app.kernel.postgres import EmbeddedPostgresError
from tests.soak.checker import Violation, check, lims_of
from tests.soak.load import Load
from tests.soak.stage import VICTIMS, Stage
from tests.soak.told import Told

SETTLE_SECONDS = 180.0
LEFT = (
    "SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
    " AND task_name NOT IN ('kernel.rescue', 'orders.reconcile')"
    " AND coalesce(scheduled_at, now()) <= now() + interval '1 minute'),"
    " (SELECT count(*) FROM orders.\"order\" WHERE status = 'submitted' OR cancel_requested),"
    " (SELECT count(*) FROM billing.card_attempt a JOIN billing.stand_in s ON s.attempt_id = a.id"
    "  WHERE a.live AND s.status = 'complete')"
)


@dataclass(frozen=True)
class Fault:
    """Who is killed, how long after the load began, and how long they stay away."""

    after_seconds: float
    victims: tuple[str, ...]
    away_seconds: float


def faults(seed: int, number: int, seconds: float) -> list[Fault]:
    """The faults of a round, the same for the same seed."""
    chance = random.Random(f"{seed}:{number}")
    found = []
    for _ in range(chance.randint(1, 3)):
        victims = tuple(chance.sample(VICTIMS, chance.choice((1, 1, 1, 2))))
        found.append(Fault(chance.uniform(0.2, seconds), victims, chance.choice((0.0, chance.uniform(0, 2)))))
    return sorted(found, key=lambda one: one.after_seconds)


async def play(stage: Stage, told: Told, *, seed: int, number: int, orders: int, seconds: float) -> list[Violation]:
    """Play a round to its end. The sandbox stands still when this returns; the next round starts it."""
    if stage.sandbox_stands:
        await asyncio.to_thread(stage.bring_back, "sandbox")
    load = Load(stage, told, random.Random(f"load {seed}:{number}"), f"{seed}-{number}")
    try:
        loading = asyncio.create_task(load.run(orders, seconds))
        try:
            await _strike(stage, faults(seed, number, seconds))
            await loading
            await asyncio.to_thread(stage.all_back)
            await load.after()
            left = await asyncio.to_thread(settle, stage)
        except (RuntimeError, EmbeddedPostgresError) as broken:
            loading.cancel()
            await asyncio.gather(loading, return_exceptions=True)
            await asyncio.to_thread(stage.all_back)
            return [Violation("not back", str(broken)[-1500:])]
    finally:
        await load.close()
    stage.stop_sandbox()
    found = await asyncio.to_thread(check, stage.sql, lims_of(stage.sandbox.database), told)
    return [*found, *([Violation("stuck", left)] if left else [])]


async def begin_one(stage: Stage, told: Told, key: str) -> None:
    """An order the lab has begun and not finished, whatever became of those of the rounds."""
    await asyncio.to_thread(stage.bring_back, "sandbox")
    await asyncio.to_thread(stage.all_back)
    load = Load(stage, told, random.Random(key), key)
    try:
        await load.place(key)
        assert not await asyncio.to_thread(settle, stage)
        ((job_id,),) = stage.sql('SELECT job_id FROM orders."order" WHERE id = %s', told.orders[key])
        await load.step(job_id)
        assert not await asyncio.to_thread(settle, stage)
    finally:
        await load.close()
    stage.stop_sandbox()


async def _strike(stage: Stage, plan: list[Fault]) -> None:
    began = time.monotonic()
    for fault in plan:
        await asyncio.sleep(max(0.0, began + fault.after_seconds - time.monotonic()))
        for victim in fault.victims:
            await asyncio.to_thread(stage.kill, victim)
        await asyncio.sleep(fault.away_seconds)
        for victim in fault.victims:
            await asyncio.to_thread(stage.bring_back, victim)


def settle(stage: Stage) -> str:
    """Have everybody do at once what they would do later; what is left when nothing gets less any more."""
    deadline, least = time.monotonic() + SETTLE_SECONDS, 10**9
    while True:
        stage.hurry()
        (jobs, orders, payments), words = stage.sql(LEFT)[0], stage.pending_words()
        if jobs < least:
            deadline, least = time.monotonic() + SETTLE_SECONDS, jobs
        if not (jobs or orders or payments or words):
            return ""
        if time.monotonic() > deadline:
            return f"for {SETTLE_SECONDS:.0f} s: {jobs} jobs, {orders} orders, {payments} payments, {words} webhooks"
        time.sleep(0.3)
