"""`/health` says the process lives; `/ready` says which part is missing."""

import os

import httpx
import pytest
from fastapi import FastAPI

from ils_app.kernel import config, health, jobs
from ils_app.kernel import database as kernel_database
from ils_app.kernel import lims as kernel_lims
from lims_client import LimsClient, Timing


@pytest.fixture
async def client():
    app = FastAPI()
    app.include_router(health.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ils.test") as one:
        yield one


def a_lims(answer) -> None:
    kernel_lims.use(
        LimsClient("http://lims.test", "key", timing=Timing(attempts=1), transport=httpx.MockTransport(answer))
    )


@pytest.fixture
async def well(database, sql):
    """Everything is there: a worker's heart beats and the LIMS is healthy."""
    a_lims(lambda _: httpx.Response(200, json={"status": "healthy", "version": "1", "capabilities": ["core"]}))
    await sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    yield
    await kernel_lims.close()


async def test_a_living_process_says_so_without_asking_anybody(client):
    assert (await client.get("/health")).json() == {"status": "alive"}


async def test_ready_when_everything_is_there(well, client):
    answer = await client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {
        "status": "ready", "database": "ok", "migrations": "ok", "worker": "ok", "lims": "ok",
    })  # fmt: skip


async def test_a_lims_that_is_away_is_said_and_does_not_make_ils_unready(well, client):
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    a_lims(away)
    answer = await client.get("/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["lims"].startswith("unhealthy")


@pytest.mark.parametrize("age", [None, "1 minute"], ids=["none ever", "its heart has stopped"])
async def test_no_worker_is_said_with_what_to_do(age, well, client, sql):
    await sql("DELETE FROM procrastinate_workers" if age is None else
              f"UPDATE procrastinate_workers SET last_heartbeat = now() - interval '{age}'")  # fmt: skip
    answer = await client.get("/ready")
    assert answer.status_code == 503
    assert "python -m ils_app worker" in answer.json()["worker"]
    assert answer.json()["database"] == answer.json()["migrations"] == "ok"


async def test_a_running_worker_is_seen(well, client, sql):
    await sql("DELETE FROM procrastinate_workers")
    seen = {}

    @jobs.task("test.look")
    async def look() -> None:
        seen.update((await client.get("/ready")).json())

    async with kernel_database.session() as session, session.begin():
        await jobs.defer(session, "test.look", args={})
    await jobs.work_off()
    del jobs.book.tasks["test.look"]
    assert seen["worker"] == "ok"


async def test_tables_behind_this_ils_are_said_with_both_versions(well, client, sql):
    await sql("UPDATE public.alembic_version SET version_num = '0001'")
    answer = await client.get("/ready")
    assert answer.status_code == 503
    assert "0001" in answer.json()["migrations"]
    assert health.latest_migration() in answer.json()["migrations"]
    await sql("DROP TABLE public.alembic_version")
    assert (await client.get("/ready")).json()["migrations"].startswith("fails")


async def test_a_database_that_is_away_is_said(well, client):
    await kernel_database.close()
    right = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = "postgresql+psycopg://ils@127.0.0.1:1/ils"
    config.current.cache_clear()
    try:
        answer = await client.get("/ready")
    finally:
        await kernel_database.close()
        os.environ["DATABASE_URL"] = right
        config.current.cache_clear()
    assert answer.status_code == 503
    said = answer.json()
    assert said["database"] in ("fails: OperationalError", "does not answer")
    assert said["lims"] == "ok"
    assert "127.0.0.1" not in answer.text


async def test_a_part_that_does_not_answer_is_said_and_holds_nobody_up(well, client, monkeypatch, sql):
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)

    async def slow() -> None:
        async with kernel_database.session() as session:
            await session.execute(health.text("SELECT pg_sleep(5)"))

    monkeypatch.setattr(health, "_database", slow)
    assert (await client.get("/ready")).json()["database"] == "does not answer"
