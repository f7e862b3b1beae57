"""One door call is one transaction: rows, facts, jobs and live notes go with it together, or not at all."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ils_app.kernel import inbox, live
from ils_app.kernel.events import Fact
from ils_app.kernel.inbox import InboxRow
from ils_app.kernel.room import NOTE_TOPICS, Room, UnitOfWork


class LampLit(Fact):
    """A fact of these tests."""

    lamp: str


async def put(uow: UnitOfWork, delivery_id: str) -> None:
    """A row and its job."""
    uow.session.add(InboxRow(source="test", delivery_id=delivery_id, body=b"{}"))
    await uow.enqueue("test.work")


async def test_a_change_its_fact_its_job_and_its_note_come_together(room, sql, ears):
    noted = []

    async def listen(topics) -> None:
        rows = await sql("SELECT count(*) AS n FROM kernel.event")  # what is told is already true
        noted.append((list(topics), rows[0].n))

    end = live.subscribe(listen)
    async with room.unit_of_work() as uow:
        await put(uow, "1")
        uow.emit(LampLit(lamp="hall"))
        uow.publish("lamps", "lamps", "hall")
        assert noted == []
    end()
    end()  # more than once is harmless
    assert noted == [(["lamps", "hall"], 1)]
    (event,) = await sql("SELECT name, body FROM kernel.event")
    assert (event.name, event.body) == ("LampLit", {"lamp": "hall"})
    tasks = [row.task_name for row in await sql("SELECT task_name FROM procrastinate_jobs ORDER BY id")]
    assert tasks == ["test.work", "kernel.deliver"]
    assert len(await inbox.deliveries()) == 1


@pytest.mark.parametrize(
    ("where", "error", "words"),
    [("in the block", RuntimeError, "^no$"), ("while sealing", DBAPIError, "channel name too long")],
)
async def test_an_error_leaves_no_row_no_fact_no_job_and_no_note(where, error, words, room, sql, ears, monkeypatch):
    noted = []

    async def listen(topics) -> None:
        noted.append(topics)

    end = live.subscribe(listen)
    with pytest.raises(error, match=words):
        async with room.unit_of_work() as uow:
            await put(uow, "1")
            uow.emit(LampLit(lamp="hall"))
            uow.publish("lamps")
            if where == "in the block":
                raise RuntimeError("no")
            monkeypatch.setattr(live, "CHANNEL", "x" * 100)
    end()
    assert noted == []
    assert await inbox.deliveries() == []
    assert await sql("SELECT 1 FROM kernel.event") == []
    assert await sql("SELECT 1 FROM procrastinate_jobs") == []


async def test_what_is_read_in_a_reading_session_is_never_written(room, sql):
    async with room.read() as session:
        await session.execute(text("INSERT INTO kernel.heard (event_id, listener, at) VALUES (1, 'x', now())"))
    assert await sql("SELECT 1 FROM kernel.heard") == []


@pytest.mark.parametrize("change", ["UPDATE kernel.event SET name = 'Other'", "DELETE FROM kernel.event"])
async def test_facts_are_append_only_for_the_application_too(change, room, sql, ears):
    async with room.unit_of_work() as uow:
        uow.emit(LampLit(lamp="hall"))
    with pytest.raises(DBAPIError, match="append-only"):
        await sql(change)
    assert [row.name for row in await sql("SELECT name FROM kernel.event")] == ["LampLit"]


async def test_a_job_of_one_key_is_added_once_and_the_refusal_takes_nothing_with_it(room, sql):
    for n in range(3):
        async with room.unit_of_work() as uow:
            await put(uow, str(n))
            await uow.enqueue("test.tidy", once="tidy", n=n)
            await uow.enqueue("test.after", n=n)
            uow.publish("tidied")
    assert len(await inbox.deliveries()) == 3
    rows = await sql("SELECT task_name, count(*) AS n FROM procrastinate_jobs GROUP BY task_name ORDER BY task_name")
    assert {row.task_name: row.n for row in rows} == {"test.after": 3, "test.tidy": 1, "test.work": 3}


async def test_a_thousand_topics_fit_into_notes_postgres_can_carry(room):
    topics = [f"orders:practice:{uuid4()}" for _ in range(10 * NOTE_TOPICS)]
    async with room.unit_of_work() as uow:
        uow.publish(*topics)


async def test_changes_of_one_row_wait_for_each_other_and_none_is_lost(room, sql):
    await sql("INSERT INTO kernel.heard (event_id, listener, at) VALUES (0, 'x', now())")

    async def add() -> None:
        async with Room("kernel").unit_of_work() as uow:
            row = (await uow.session.execute(text("SELECT event_id FROM kernel.heard FOR UPDATE"))).one()
            await uow.session.execute(text("UPDATE kernel.heard SET event_id = :n"), {"n": row.event_id + 1})

    await asyncio.gather(*(add() for _ in range(40)))
    assert [row.event_id for row in await sql("SELECT event_id FROM kernel.heard")] == [40]
