"""A burst waits in turn and all of it is served; only where nothing moves any more is anybody turned away."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as NoConnection

from ils_app.kernel import config
from ils_app.kernel.gate import Gate
from ils_app.kernel.room import Room

room = Room("kernel")


@pytest.fixture
def narrow(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool of two connections that gives up at once."""
    monkeypatch.setattr("ils_app.kernel.database.CONNECTIONS", 2)
    monkeypatch.setattr("ils_app.kernel.database.NESTED", 2)
    monkeypatch.setattr("ils_app.kernel.database.STUCK_SECONDS", 0.5)


async def test_a_burst_that_takes_longer_than_the_pool_would_wait_is_served_to_the_last_one(narrow, monkeypatch):
    monkeypatch.setattr("ils_app.kernel.database.NESTED", 0)
    monkeypatch.setattr("ils_app.kernel.database.STUCK_SECONDS", 1.5)

    async def ask(n: int) -> int:
        async with room.read() as session:
            found: int = (
                await session.execute(text("SELECT CAST(:n AS int) FROM pg_sleep(0.05)"), {"n": n})
            ).scalar_one()
            return found

    assert await asyncio.gather(*(ask(n) for n in range(100))) == list(range(100))


async def test_who_opens_a_second_session_within_the_first_does_not_wait_for_those_who_wait_for_them(narrow):
    async def ask() -> int:
        async with room.read(), room.read() as session:
            found: int = (await session.execute(text("SELECT 1"))).scalar_one()
            return found

    assert sum(await asyncio.gather(*(ask() for _ in range(20)))) == 20


async def test_where_no_session_ends_any_more_whoever_waits_is_told(narrow):
    let_go = asyncio.Event()

    async def hold() -> None:
        async with room.read():
            await let_go.wait()

    holding = [asyncio.create_task(hold()) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(NoConnection):
        async with room.read():
            raise AssertionError("there is no room")
    let_go.set()
    await asyncio.gather(*holding)
    async with room.read() as session:
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1


async def test_a_connection_the_server_closed_in_the_pool_is_replaced_unseen(database):
    async with room.read() as session:
        before = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    with psycopg.connect(config.current().require_libpq_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [before])
    async with room.read() as session:
        assert (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one() != before


async def test_places_are_given_in_the_order_they_were_asked_for_and_one_given_up_goes_to_the_next():
    gate, came, go = Gate(1, stuck_seconds=5), [], asyncio.Event()

    async def enter(name: str) -> None:
        async with gate.turn():
            came.append(name)
            await go.wait()

    first, second, third, fourth = (asyncio.create_task(enter(name)) for name in "abcd")
    await asyncio.sleep(0)
    assert came == ["a"]
    second.cancel()
    await asyncio.wait([second])
    go.set()
    await asyncio.gather(first, third, fourth)
    assert came == ["a", "c", "d"]
    async with asyncio.timeout(1), gate.turn():
        pass
