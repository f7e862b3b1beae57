"""The live bus: a change in one process is heard in every other, over PostgreSQL or Redis, and troubles heal."""

import asyncio
import json
import os
import sys

import pytest

from ils_app.kernel import config, live
from ils_app.kernel.room import Room
from tests.support.redis_server import running_redis
from tests.support.sandbox_process import ROOT

SPEAKER = """
import asyncio, sys
from ils_app.kernel import database, live
from ils_app.kernel.room import Room

async def speak() -> None:
    async with live.relay():
        heard = asyncio.Event()
        async def listen(topics):
            if "to:child" in topics:
                heard.set()
        live.subscribe(listen)
        while not heard.is_set():  # until our own ear is open, and the parent's is known to be
            print("ready", flush=True)
            try:
                await asyncio.wait_for(heard.wait(), 0.2)
            except TimeoutError:
                continue
        async with Room("orders").unit_of_work() as uow:
            uow.publish("from:child", "order:1")
        await live.publish("outside:child")
    await database.close()

asyncio.run(speak())
"""


@pytest.fixture
async def redis_url(database):
    """A Redis of this test's own; the settings point at it."""
    with running_redis() as server:
        os.environ["REDIS_URL"] = server.url
        config.current.cache_clear()
        yield server
        os.environ.pop("REDIS_URL")
        config.current.cache_clear()
        await live._close_redis()


class Ear:
    """Hears topics and can be waited for."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._changed = asyncio.Condition()

    async def __call__(self, topics) -> None:
        async with self._changed:
            self.heard.extend(topics)
            self._changed.notify_all()

    async def hears(self, topic: str, seconds: float = 20) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: topic in self.heard)


@pytest.fixture
def ear():
    """An ear of this process."""
    one = Ear()
    end = live.subscribe(one)
    yield one
    end()


async def talk_with_a_child(ear: Ear) -> None:
    async with live.relay():
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SPEAKER, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        async with asyncio.timeout(40):
            async for _ in child.stdout:  # it says so again until it has heard us
                await live.publish("to:child")
        _, errors = await child.communicate()
        assert child.returncode == 0, errors.decode()
        await ear.hears("outside:child")
    assert [topic for topic in ear.heard if topic.endswith("child") and topic != "to:child"] == [
        "from:child", "outside:child",
    ]  # fmt: skip
    assert "order:1" in ear.heard


async def test_two_processes_hear_each_other_over_postgresql(database, ear):
    await talk_with_a_child(ear)


async def test_two_processes_hear_each_other_over_redis(redis_url, ear):
    await talk_with_a_child(ear)


async def test_a_process_hears_its_own_change_once(database, ear):
    async with live.relay():
        async with Room("orders").unit_of_work() as uow:
            uow.publish("mine")
        await live.publish("also mine")
        await echo(ear)
    assert ear.heard.count("mine") == ear.heard.count("also mine") == 1


async def echo(ear: Ear) -> None:
    """Wait until everything said before has come round through PostgreSQL."""
    for n in range(100):
        note = json.dumps(["another process", "a-request", f"echo {n}"])
        async with Room("orders").unit_of_work() as uow:
            connection = await uow.session.connection()
            await connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (live.CHANNEL, note))
        try:
            await ear.hears(f"echo {n}", seconds=0.2)
        except TimeoutError:
            continue
        return
    raise AssertionError("the relay hears nothing")


async def test_listeners_are_told_in_the_order_they_came_and_what_one_breaks_the_others_still_hear(database):
    told = []

    async def broken(topics) -> None:
        told.append("broken")
        raise RuntimeError("Jones")

    async def first(topics) -> None:
        told.append("first")

    async def last(topics) -> None:
        told.append("last")

    ends = [live.subscribe(one) for one in (first, broken, last)]
    async with Room("orders").unit_of_work() as uow:
        uow.publish("lamps")  # the change is made: a listener's trouble is not the door's
    assert told == ["first", "broken", "last"]
    for end in ends:
        end()
    await live.publish("lamps")
    assert len(told) == 3


async def test_a_note_nobody_can_read_does_not_end_the_hearing(database, ear):
    async with live.relay():
        await echo(ear)
        for garbage in ("", "no json", "[]", "5", '{"a": 1}'):
            async with Room("orders").unit_of_work() as uow:
                connection = await uow.session.connection()
                await connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (live.CHANNEL, garbage))
        ear.heard.clear()
        await echo(ear)


async def test_a_relay_that_lost_its_connection_hears_again(database, ear, monkeypatch):
    monkeypatch.setattr(live, "RECONNECT_SECONDS", 0.01)
    async with live.relay():
        await echo(ear)
        async with Room("orders").unit_of_work() as uow:
            connection = await uow.session.connection()
            await connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
            )
        ear.heard.clear()
        await echo(ear)
        assert live.EVERYTHING in ear.heard  # what was said meanwhile is lost, so all that is shown is read again


async def test_with_redis_lost_changes_are_made_and_heard_here_all_the_same(redis_url, ear):
    async with Room("orders").unit_of_work() as uow:
        uow.publish("before")
    redis_url.kill()
    async with live.relay():
        async with Room("orders").unit_of_work() as uow:
            uow.publish("after")
        await live.publish("outside")
    assert ear.heard == ["before", "after", "outside"]
