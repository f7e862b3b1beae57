"""Durable jobs: retried with patience, in order per lock, by the clock once, and rescued from workers that died."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from ils_app.kernel import failed_jobs, giving_back, jobs
from ils_app.kernel.jobs import Patient, periodic, task, work_off
from ils_app.kernel.room import Room


@pytest.fixture
def named():
    """A name no other test's task has."""
    name = f"test.{uuid4().hex}"
    yield name
    jobs.book.tasks.pop(name, None)
    schedule = jobs.book.periodic_registry.periodic_tasks
    for key in [key for key in schedule if key[0] == name]:
        del schedule[key]


class Tally:
    """Counts, and can be waited for."""

    def __init__(self) -> None:
        self.items: list = []
        self._changed = asyncio.Condition()

    async def add(self, item) -> None:
        async with self._changed:
            self.items.append(item)
            self._changed.notify_all()

    async def has(self, item) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: item in self.items)

    async def reaches(self, number: int) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.items) >= number)


async def test_a_job_fails_only_after_its_attempts_and_can_be_given_back(room, sql, named):
    tries = []

    @task(named, attempts=2)
    async def work(n: int) -> None:
        tries.append(n)
        if len(tries) < 4:
            raise ValueError("not yet")

    async with room.unit_of_work() as uow:
        await uow.enqueue(named, n=7)
    for _ in range(3):
        await sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        await work_off()
    async with room.read() as session:
        (failed,) = await failed_jobs.listed(session)
        assert await failed_jobs.count(session) == 1
    assert (failed.task, failed.args, failed.attempts) == (named, {"n": 7}, 3)
    assert failed.failed_at
    async with room.unit_of_work() as uow:
        assert await giving_back.failed(uow.session, failed.id) == named
    async with room.unit_of_work() as uow:
        assert await giving_back.failed(uow.session, failed.id) is None
    await work_off()
    assert tries == [7] * 4
    async with room.read() as session:
        assert await failed_jobs.count(session) == 0


def test_patience_doubles_to_five_minutes_and_ends():
    class Tried:
        def __init__(self, attempts: int) -> None:
            self.attempts = attempts

    waits = []
    for n in range(12):
        decision = Patient(12).get_retry_decision(exception=ValueError(), job=Tried(n))
        waits.append(round((decision.retry_at - datetime.now(UTC)).total_seconds()))
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    assert Patient(12).get_retry_decision(exception=ValueError(), job=Tried(12)) is None


async def test_jobs_of_one_lock_are_done_one_at_a_time_and_in_order(room, named):
    done, running, most = Tally(), 0, 0

    @task(named)
    async def work(n: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        await done.add(n)
        running -= 1

    async with room.unit_of_work() as uow:
        for n in range(30):
            await uow.enqueue(named, lock="one", n=n)
    began = asyncio.get_running_loop().time()
    async with jobs.running(concurrency=4):
        await done.reaches(30)
        seconds = asyncio.get_running_loop().time() - began
    assert done.items == list(range(30))
    assert most == 1
    assert seconds < 30 * jobs.POLL_SECONDS / 2  # each begins when the one before it ends, not when somebody looks


async def test_a_worker_that_loses_its_database_works_again_when_it_is_back(room, sql, named):
    done = Tally()

    @task(named)
    async def work(n: int) -> None:
        await done.add(n)

    async def add(n: int) -> None:
        async with room.unit_of_work() as uow:
            await uow.enqueue(named, n=n)

    async with jobs.running():
        await add(1)
        await done.reaches(1)
        await sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
        await add(2)
        await done.has(2)  # the first may be done twice: that it was done could not be written any more


async def test_what_is_under_way_when_a_worker_is_told_to_stop_is_finished(room, named, sql):
    began, done = asyncio.Event(), asyncio.Event()
    let_go = asyncio.Event()

    @task(named)
    async def work() -> None:
        began.set()
        await let_go.wait()
        done.set()

    async with room.unit_of_work() as uow:
        await uow.enqueue(named)
    async with jobs.running():
        await asyncio.wait_for(began.wait(), 20)
        asyncio.get_running_loop().call_later(0.05, let_go.set)
    assert done.is_set()
    assert await sql("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'") == []


async def test_a_job_whose_worker_died_is_given_back_and_done(room, sql, named):
    done = Tally()

    @task(named)
    async def work() -> None:
        await done.add(1)

    async with room.unit_of_work() as uow:
        await uow.enqueue(named)
    (dead,) = await sql(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
    )
    await sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = :w WHERE task_name = :t", w=dead.id, t=named)
    await work_off()
    assert done.items == []
    async with jobs.running():
        await done.reaches(1)
    assert done.items == [1]


async def test_a_job_of_a_worker_whose_heart_beats_is_left_alone(room, sql, named):
    @task(named)
    async def work() -> None:
        raise AssertionError("done twice")

    async with room.unit_of_work() as uow:
        await uow.enqueue(named)
    (alive,) = await sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
    await sql(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :w WHERE task_name = :t", w=alive.id, t=named
    )
    async with jobs._open():
        await jobs.rescue()
    assert [row.status for row in await sql("SELECT status FROM procrastinate_jobs WHERE task_name = :t", t=named)] == [
        "doing"
    ]


async def test_a_dead_workers_job_whose_twin_waits_stops_neither_the_rescue_nor_the_worker(room, sql, named):
    done = Tally()

    @task(named)
    async def work(n: int) -> None:
        await done.add(n)

    (dead,) = await sql(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
    )
    for n, once in ((1, "same"), (2, None)):
        async with room.unit_of_work() as uow:
            await uow.enqueue(named, once=once, n=n)
    await sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = :w WHERE task_name = :t", w=dead.id, t=named)
    async with room.unit_of_work() as uow:
        await uow.enqueue(named, once="same", n=3)
    async with jobs.running():
        await done.reaches(2)
    assert sorted(done.items) == [2, 3]  # the third stands for the first, which was added for the same reason
    assert await sql("SELECT 1 FROM procrastinate_jobs WHERE task_name = :t", t=named) == []


async def test_a_job_that_fails_while_its_twin_waits_holds_nothing_up(room, sql, named, monkeypatch):
    monkeypatch.setattr(jobs, "RESTART_SECONDS", 0.01)
    done = Tally()

    @task(named)
    async def work(n: int) -> None:
        await done.add(n)
        if n == 1:
            async with room.unit_of_work() as uow:
                await uow.enqueue(named, lock="one", once="same", n=2)
            raise ValueError("after all")

    async with room.unit_of_work() as uow:
        await uow.enqueue(named, lock="one", once="same", n=1)
    async with jobs.running():
        await done.has(2)  # it waits for the lock of the first
    assert done.items == [1, 2]
    assert await sql("SELECT 1 FROM procrastinate_jobs WHERE task_name = :t", t=named) == []


async def test_a_job_whose_end_could_not_be_written_down_is_done_again_though_its_worker_lives(
    room, sql, named, monkeypatch
):
    monkeypatch.setattr(jobs, "RESTART_SECONDS", 0.01)
    done, refused = Tally(), []
    finish = jobs.book.job_manager.finish_job

    async def once_lost(*args, **more):
        if not refused:
            refused.append(1)
            raise jobs.exceptions.ConnectorException
        await finish(*args, **more)

    monkeypatch.setattr(jobs.book.job_manager, "finish_job", once_lost)

    @task(named)
    async def work() -> None:
        await done.add(1)

    async with room.unit_of_work() as uow:
        await uow.enqueue(named)
    async with jobs.running():
        await done.reaches(2)
    assert done.items == [1, 1]
    assert await sql("SELECT 1 FROM procrastinate_jobs WHERE task_name = :t", t=named) == []


async def test_a_failed_job_whose_twin_waits_is_given_back_as_that(room, sql, named):
    @task(named)
    async def work() -> None:
        """Nothing."""

    async with room.unit_of_work() as uow:
        await uow.enqueue(named, once="same")
    await sql("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = :t", t=named)
    async with room.unit_of_work() as uow:
        await uow.enqueue(named, once="same")
    async with room.read() as session:
        (failed,) = await failed_jobs.listed(session)
    async with room.unit_of_work() as uow:
        assert await giving_back.failed(uow.session, failed.id) == named
    found = await sql("SELECT status FROM procrastinate_jobs WHERE task_name = :t", t=named)
    assert [row.status for row in found] == ["todo"]


async def test_work_by_the_clock_waits_once_in_the_whole_system(database, named):
    ticked = []

    @periodic("* * * * *", named)
    async def tick() -> None:
        ticked.append(1)

    assert named in {row.task.name for row in jobs.book.periodic_registry.periodic_tasks.values()}
    async with jobs._open() as app:
        await app.tasks[named].configure(queueing_lock=named).defer_async(timestamp=1)
        with pytest.raises(jobs.exceptions.AlreadyEnqueued):
            await app.tasks[named].configure(queueing_lock=named).defer_async(timestamp=2)
    await work_off()
    assert ticked == [1]


async def test_work_by_the_clock_that_fails_is_tried_again_before_its_next_time(database, sql, named):
    ticked = []

    @periodic("0 8 * * *", named)
    async def tick() -> None:
        ticked.append(1)
        if len(ticked) == 1:
            raise ConnectionError

    async with jobs._open() as app:
        await app.tasks[named].configure(queueing_lock=named).defer_async(timestamp=1)
    for _ in range(2):
        await sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        await work_off()
    assert ticked == [1, 1]
    assert [row.status for row in await sql("SELECT status FROM procrastinate_jobs")] == ["succeeded"]


def test_the_rescue_runs_by_the_clock():
    tasks = {row.task.name: row.cron for row in jobs.book.periodic_registry.periodic_tasks.values()}
    assert tasks["kernel.rescue"] == "* * * * * */10"


async def test_a_job_nobody_here_knows_can_be_added_all_the_same(room, sql):
    async with Room("orders").unit_of_work() as uow:
        await uow.enqueue("somebody.elses", a=1)
    assert [row.task_name for row in await sql("SELECT task_name FROM procrastinate_jobs")] == ["somebody.elses"]
