"""Deliveries with their outcome and replay; jobs that have given up."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ils_app.billing import handlers as billing_handlers
from ils_app.catalog import handlers as catalog_handlers  # its job is replayed below
from ils_app.engineering import deliveries as deliveries_module
from ils_app.engineering import service
from ils_app.kernel import database as kernel_database
from ils_app.kernel import inbox, jobs, live
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.kernel.inbox import Delivery, DeliveryState
from ils_app.kernel.roles import Role
from ils_app.kernel.room import Room
from ils_app.orders import handlers as orders_handlers

Make = Callable[..., Actor]
room = Room("kernel")


@jobs.book.task(name="tests.give_up")  # without a second attempt
async def give_up(order_id: str) -> None:
    raise RuntimeError(order_id)


async def delivered(count: int, source: str = catalog_handlers.SOURCE, subject: str = "2") -> None:
    for _ in range(count):
        body = b'{"type":"catalog.updated","rulesVersion":"2"}'
        await inbox.keep(Delivery(source, f"msg_{uuid4().hex}", subject, body, catalog_handlers.APPLY))


async def set_state(state: DeliveryState, count: int) -> None:
    async with kernel_database.session() as session, session.begin():
        await session.execute(
            text(
                "UPDATE kernel.inbox SET state = :state WHERE id IN (SELECT id FROM kernel.inbox "
                "WHERE state = 'waiting' ORDER BY received_at LIMIT :count)"
            ),
            {"state": state.value, "count": count},
        )


async def test_deliveries_are_listed_newest_first_a_page_at_a_time(database: str, actor: Make):
    await delivered(7)
    seen: list[UUID] = []
    cursor = None
    for _ in range(4):
        page = await service.deliveries(actor(), cursor=cursor, limit=3)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert page.next_cursor is None
    assert (await service.delivery(actor(), seen[0])).id == seen[0]
    everything = (await service.deliveries(actor())).rows
    assert [row.id for row in everything] == seen
    assert everything == tuple(sorted(everything, key=lambda row: (row.received_at, row.id), reverse=True))
    assert everything[0].body.startswith('{"type"')


async def test_deliveries_are_filtered_by_state_and_source_and_counted(database: str, actor: Make):
    await delivered(3)
    await set_state(DeliveryState.FAILED, 2)
    await delivered(1, source="lims-status", subject="J1")
    assert len((await service.deliveries(actor(), state=DeliveryState.FAILED)).rows) == 2
    assert [row.subject for row in (await service.deliveries(actor(), source="lims-status")).rows] == ["J1"]
    counts = await service.delivery_counts(actor())
    assert counts.by_state == {"waiting": 2, "applied": 0, "repeated": 0, "unmatched": 0, "failed": 2}
    assert counts.failed_jobs == 0


@pytest.mark.parametrize("cursor", ["x", "2026-01-01T00:00:00+00:00~", "2026-01-01~" + str(UUID(int=1)), "~"])
async def test_a_cursor_that_is_none_is_refused_with_a_sentence(database: str, actor: Make, cursor: str):
    with pytest.raises(Invalid, match="not a cursor"):
        await service.deliveries(actor(), cursor=cursor)


async def test_a_replayed_delivery_is_worked_again_and_who_did_it_is_kept(lims, actor: Make):
    await delivered(1, subject="1")
    await jobs.work_off()
    (row,) = (await service.deliveries(actor())).rows
    assert (row.state, row.attempts) == (DeliveryState.APPLIED, 1)
    engineer = actor()
    waiting = await service.replay(engineer, row.id)
    assert (waiting.state, waiting.attempts) == (DeliveryState.APPLIED, 1)
    assert waiting.outcome == f"{row.outcome} Worked again: waits for its turn."
    await jobs.work_off()
    (again,) = (await service.deliveries(actor())).rows
    assert again.state is DeliveryState.APPLIED  # what is already true does not change
    assert again.outcome == f"{row.outcome} Worked again: known already."
    assert again.attempts == 2
    async with kernel_database.session() as session:
        query = text("SELECT body FROM kernel.event WHERE name = 'DeliveryReplayed'")
        assert (await session.execute(query)).scalar_one() == {"inbox_id": str(row.id), "by": str(engineer.user_id)}


async def test_a_replay_of_what_was_applied_keeps_its_record_and_counts_one_try_each_time(lims, actor: Make):
    await delivered(1, subject="1")
    await jobs.work_off()
    (row,) = (await service.deliveries(actor())).rows
    for _ in range(2):
        await service.replay(actor(), row.id)
        await jobs.work_off()
    (again,) = (await service.deliveries(actor())).rows
    assert (again.state, again.attempts) == (DeliveryState.APPLIED, 3)
    assert again.outcome == f"{row.outcome} Worked again: known already."


async def test_a_delivery_that_is_not_there_cannot_be_replayed(database: str, actor: Make):
    with pytest.raises(NotFound):
        await service.replay(actor(), uuid4())
    with pytest.raises(NotFound):
        await service.delivery(actor(), uuid4())


def test_every_source_of_deliveries_has_a_registered_job():
    assert catalog_handlers.SOURCE in deliveries_module.WORKED_BY
    assert orders_handlers.__name__  # imported: its jobs are known
    assert billing_handlers.__name__
    assert set(deliveries_module.WORKED_BY.values()) <= set(jobs.book.tasks)


async def test_a_job_that_has_given_up_is_shown_counted_and_given_back(database: str, actor: Make):
    async with room.unit_of_work() as uow:
        await uow.enqueue("tests.give_up", order_id="7")
    await jobs.work_off()
    (failed,) = await service.failed_jobs(actor())
    assert (failed.task, failed.args) == ("tests.give_up", {"order_id": "7"})
    assert failed.failed_at is not None
    assert (await service.delivery_counts(actor())).failed_jobs == 1
    heard: list[str] = []

    async def hear(topics):
        heard.extend(topics)

    end = live.subscribe(hear)
    try:
        await service.retry_job(actor(), failed.id)
    finally:
        end()
    assert heard == [inbox.TOPIC]
    assert await service.failed_jobs(actor()) == []
    with pytest.raises(NotFound, match="no such failed job"):
        await service.retry_job(actor(), failed.id)
    await jobs.work_off()
    assert [job.id for job in await service.failed_jobs(actor())] == [failed.id]  # it was really tried again


@pytest.mark.parametrize("role", [Role.ECP, Role.LAB, Role.SUPPLIER])
async def test_only_engineer_and_admin_see_and_replay(database: str, actor: Make, role: Role):
    await delivered(1)
    (row,) = (await service.deliveries(actor(Role.ADMIN))).rows
    other = actor(role)
    for call in (
        service.deliveries(other),
        service.delivery(other, row.id),
        service.delivery_counts(other),
        service.replay(other, row.id),
        service.failed_jobs(other),
        service.retry_job(other, 1),
    ):
        with pytest.raises(Forbidden):
            await call
    assert (await service.replay(actor(Role.ADMIN), row.id)).id == row.id
