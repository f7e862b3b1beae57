"""Told to stop, a process finishes what it has begun; what it cannot finish is taken up by the next."""

import asyncio
import signal
import subprocess
import sys
from uuid import uuid4

import psycopg
import pytest

from ils_app.kernel import health
from tests.support.fleet import Fleet
from tests.support.orders_http import place
from tests.support.sandbox_process import ROOT
from tests.support.world import World


@pytest.mark.parametrize("what", ["app", "room"])
async def test_a_request_under_way_is_answered_before_the_process_ends(what: str, fleet: Fleet, world: World):
    one = fleet.app("app") if what == "app" else fleet.alone("orders", "ils_app.orders.api:app")
    before = orders_known(fleet)
    world.sandbox.control(latency_ms=1500)
    answer = asyncio.create_task(asyncio.to_thread(place, one.url, world))
    await asyncio.to_thread(fleet.until, lambda: orders_known(fleet) > before)  # it is on its way to the lab
    one.program.signal(signal.SIGTERM)
    got = await answer
    assert got.status_code == 201, got.text
    assert got.json()["job_id"]
    assert one.program.process
    assert await asyncio.to_thread(one.program.process.wait, 20) is not None


async def test_a_job_under_way_is_finished_before_the_worker_ends(fleet: Fleet, world: World):
    world.sandbox.control(outage=True)
    orders = fleet.alone("orders", "ils_app.orders.api:app")
    order = (await asyncio.to_thread(place, orders.url, world)).json()
    assert order["waiting_for_lab"]
    world.sandbox.control(outage=False, latency_ms=1500)
    net = "SELECT min(id) FROM procrastinate_jobs WHERE task_name = 'orders.send_to_lab' AND args->>'order_id' = %s"
    job = fleet.sql(net, order["id"])[0][0]
    fleet.sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE id = %s", job)
    worker = fleet.worker("worker")
    state = "SELECT status::text FROM procrastinate_jobs WHERE id = %s"
    await asyncio.to_thread(fleet.until, lambda: fleet.sql(state, job) == [("doing",)])
    worker.program.signal(signal.SIGTERM)
    assert worker.program.process
    assert await asyncio.to_thread(worker.program.process.wait, 20) == 0
    assert fleet.sql('SELECT job_id FROM orders."order" WHERE id = %s', order["id"])[0][0], worker.log
    assert fleet.sql(state, job) == []  # done, and put away


def orders_known(fleet: Fleet) -> int:
    """How many orders the database has."""
    return int(fleet.sql('SELECT count(*) FROM orders."order"')[0][0])  # type: ignore[call-overload]


def test_of_two_migrations_at_once_the_second_finds_the_work_done(fleet: Fleet, postgres: str):
    name = f"m_{uuid4().hex[:8]}"
    head, _, tail = postgres.rpartition("/")
    url = f"{head}/{name}" + ("?" + tail.split("?", 1)[1] if "?" in tail else "")
    fleet.sql(f"CREATE DATABASE {name}")
    try:
        both = [
            subprocess.Popen(
                [sys.executable, "-m", "ils_app", "migrate"],
                cwd=ROOT, env={**fleet.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
            for _ in range(2)
        ]  # fmt: skip
        said = [one.communicate(timeout=120)[0].decode() for one in both]
        assert [one.returncode for one in both] == [0, 0], said
        with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
            versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        assert versions == [(health.latest_migration(),)]
    finally:
        fleet.sql(f"DROP DATABASE {name} WITH (FORCE)")
