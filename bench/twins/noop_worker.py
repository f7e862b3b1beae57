"""A worker whose jobs do nothing, with procrastinate alone and the settings ILS's worker has: `JOBS`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

import procrastinate

CONCURRENCY = 8
QUEUE = "bench"


async def main(jobs: int) -> None:
    """Print how many jobs a second were done, from the first one's begin to the last one's end."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=os.environ["DATABASE_URL"], max_size=12))
    moments: list[float] = []

    @app.task(name="bench.nothing", queue=QUEUE)
    async def nothing(number: int) -> None:
        moments.append(time.perf_counter())

    async with app.open_async():
        await nothing.batch_defer_async(*({"number": number} for number in range(jobs)))
        await app.run_worker_async(
            queues=[QUEUE], wait=False, concurrency=CONCURRENCY, delete_jobs="successful", install_signal_handlers=False
        )
    print(json.dumps({"per_second": (jobs - 1) / (moments[-1] - moments[0])}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
