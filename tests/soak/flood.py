"""Very many webhooks at once, a job that can never be worked among them, and a worker that is killed on the way."""

from __future__ import annotations

import asyncio
import json
import random
import time
from uuid import uuid4

import httpx

from tests.soak.checker import LimsJob, Violation, check, lims_of
from tests.soak.load import Load
from tests.soak.rounds import settle
from tests.soak.stage import Stage
from tests.soak.told import Told

AT_ONCE = 400  # connections; more would be the load's own limit of open files
POISON = "no-inbox-row-is-called-so"


async def flood(stage: Stage, told: Told, number: int) -> list[Violation]:
    """Say again `number` things the LIMS has said, and see that each is kept and worked. The LIMS stands afterwards."""
    said = [word for job in lims_of(stage.sandbox.database).jobs for word in _words(job)]
    if stage.sandbox_stands:
        await asyncio.to_thread(stage.bring_back, "sandbox")
    chance, gate, began = random.Random(number), asyncio.Semaphore(AT_ONCE), time.monotonic()
    load = Load(stage, told, chance, "flood")
    poison = stage.sql(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'orders.apply_status', 0, NULL, NULL, %s, NULL)"
        "::procrastinate_job_to_defer_v1])",
        json.dumps({"inbox_id": POISON}),
    )[0][0][0]

    async def say(body: str) -> None:
        delivery_id = f"msg_{uuid4().hex}"
        async with gate:
            while delivery_id not in told.webhooks:  # the LIMS says it until it is heard
                await load.webhook(delivery_id, body)

    try:
        telling = asyncio.gather(*(say(json.dumps(chance.choice(said))) for _ in range(number)))
        await asyncio.sleep(3)
        await asyncio.to_thread(stage.kill, "worker")
        await telling
        taken = time.monotonic() - began
        await asyncio.to_thread(stage.bring_back, "worker")
        left = await asyncio.to_thread(settle, stage)
    finally:
        await load.close()
    print(f"flood: {number} webhooks taken in {taken:.0f} s, worked after {time.monotonic() - began:.0f} s", flush=True)
    seen = _failed_jobs(stage)
    found = [] if poison in seen else [Violation("poison", f"the engineer does not see job {poison}, but {seen}")]
    stage.sql("DELETE FROM procrastinate_jobs WHERE id = %s AND status = 'failed'", poison)
    stage.stop_sandbox()
    found += await asyncio.to_thread(check, stage.sql, lims_of(stage.sandbox.database), told)
    return [*found, *([Violation("stuck", left)] if left else [])]


def _words(job: LimsJob) -> list[dict[str, object]]:
    """What the LIMS has told of a job, as it would tell it again."""
    return [
        {"type": "job.status_changed", "jobId": job.job_id, "newStatus": status, "sequence": sequence}
        | ({"previousStatus": previous} if previous else {})
        for sequence, status, previous in job.history
    ]


def _failed_jobs(stage: Stage) -> list[int]:
    """What the engineer's page of deliveries lists as given up."""
    headers = {"authorization": f"Bearer {stage.tokens['engineer']}"}
    answer = httpx.get(f"{stage.url}/api/v1/jobs/failed", headers=headers, timeout=30, trust_env=False)
    return [one["id"] for one in answer.raise_for_status().json()]
