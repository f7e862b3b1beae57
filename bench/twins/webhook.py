"""Taking a webhook, bare: proof, one row, one deferred job, in one transaction of psycopg behind FastAPI."""

import contextlib
import json
import os
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from psycopg_pool import AsyncConnectionPool
from standardwebhooks import Webhook

KEEP = """
INSERT INTO kernel.inbox (id, source, delivery_id, subject, body, received_at, state, outcome, attempts)
VALUES (gen_random_uuid(), 'lims-status', %s, %s, %s, now(), 'waiting', '', 0) ON CONFLICT DO NOTHING RETURNING id"""
JOB = """
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'orders.apply_status', 0, %s, NULL, %s, NULL)
::procrastinate_job_to_defer_v1])"""


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open while the server runs."""
    signer = Webhook(os.environ["LIMS_WEBHOOK_SECRET"])
    async with AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=15, max_size=30, open=False) as pool:
        app.state.pool, app.state.signer = pool, signer
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/api/webhooks/lims-status", status_code=202)
async def take(request: Request) -> dict[str, str]:
    """Prove and keep a delivery."""
    body = await request.body()
    event = request.app.state.signer.verify(body, dict(request.headers))
    delivery = request.headers["webhook-id"]
    async with request.app.state.pool.connection() as connection:
        row = await (await connection.execute(KEEP, [delivery, event["jobId"], body])).fetchone()
        if row is None:
            return {"status": "known"}
        job = [f"lims-status:{event['jobId']}", json.dumps({"inbox_id": str(row[0])})]
        await connection.execute(JOB, job)
    return {"status": "kept"}
