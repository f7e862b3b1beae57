"""The inbox: every delivery once, as it came, with what became of it; nothing is lost from sight."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from ils_app.kernel import inbox, live
from ils_app.kernel.errors import NotFound
from ils_app.kernel.inbox import Delivery, DeliveryState


def one(delivery_id: str, *, source: str = "lims-status", subject: str = "J-1") -> Delivery:
    return Delivery(source, delivery_id, subject, b'{"a": 1}', "test.work")


async def keep(*deliveries: Delivery) -> list[bool]:
    return [await inbox.keep(delivery) for delivery in deliveries]


async def test_a_delivery_is_kept_once_per_source_with_one_job_in_order_of_its_subject(room, sql):
    assert await keep(one("a"), one("a"), one("a", source="lims-catalog"), one("b")) == [True, False, True, True]
    jobs = await sql("SELECT task_name, lock FROM procrastinate_jobs ORDER BY id")
    assert [(row.task_name, row.lock) for row in jobs] == [
        ("test.work", "lims-status:J-1"), ("test.work", "lims-catalog:J-1"), ("test.work", "lims-status:J-1"),
    ]  # fmt: skip


async def test_the_same_delivery_at_the_same_moment_is_kept_once(room):
    assert sorted(await asyncio.gather(*(inbox.keep(one("a")) for _ in range(10)))) == [False] * 9 + [True]
    assert len(await inbox.deliveries()) == 1


async def test_what_became_of_a_delivery_is_written_with_its_change_and_told_live(room):
    told = []

    async def listen(topics) -> None:
        told.extend(topics)

    await keep(one("a"))
    (kept,) = await inbox.deliveries()
    assert (kept.state, kept.attempts, kept.worked_at, kept.outcome) == (DeliveryState.WAITING, 0, None, "")
    end = live.subscribe(listen)
    async with room.unit_of_work() as uow:
        inbox.close(uow, await inbox.take(uow.session, kept.id), DeliveryState.UNMATCHED, "Nobody knows it.")
    end()
    seen = await inbox.delivery(kept.id)
    assert (seen.state, seen.attempts, seen.outcome) == (DeliveryState.UNMATCHED, 1, "Nobody knows it.")
    assert seen.worked_at
    assert told == ["deliveries"]
    async with room.read() as session:
        assert await inbox.unmatched(session, "lims-status", "J-1") == [kept.id]
        assert await inbox.unmatched(session, "lims-status", "J-2") == []


async def test_a_delivery_is_worked_again_on_demand(room, sql):
    await keep(one("a"))
    (kept,) = await inbox.deliveries()
    async with room.unit_of_work() as uow:
        inbox.close(uow, await inbox.take(uow.session, kept.id), DeliveryState.FAILED, "No.")
    await sql("DELETE FROM procrastinate_jobs")
    again = await inbox.replay(kept.id, {"lims-status": "test.again"})
    assert (again.state, again.outcome, again.attempts) == (DeliveryState.WAITING, "replayed", 1)
    (job,) = await sql("SELECT task_name, lock, args FROM procrastinate_jobs")
    assert (job.task_name, job.lock, job.args) == ("test.again", "lims-status:J-1", {"inbox_id": str(kept.id)})


async def test_what_was_applied_stays_so_when_working_it_again_applies_nothing_new(room):
    await keep(one("a"))
    (kept,) = await inbox.deliveries()

    async def work(state: DeliveryState, outcome: str) -> tuple[DeliveryState, str, int]:
        async with room.unit_of_work() as uow:
            inbox.close(uow, await inbox.take(uow.session, kept.id), state, outcome)
        seen = await inbox.delivery(kept.id)
        return seen.state, seen.outcome, seen.attempts

    applied = DeliveryState.APPLIED
    assert await work(applied, "Shipped.") == (applied, "Shipped.", 1)
    await inbox.replay(kept.id, {"lims-status": "test.again"})
    assert await work(DeliveryState.REPEATED, "Shipped, known already.") == (
        applied, "Shipped. Worked again: known already.", 2,
    )  # fmt: skip
    assert await work(DeliveryState.FAILED, "No.") == (applied, "Shipped. Worked again: No.", 3)
    assert await work(applied, "Shipped anew.") == (applied, "Shipped anew.", 4)


async def test_a_delivery_that_is_not_there_is_not_found(room):
    for attempt in (inbox.delivery(uuid4()), inbox.replay(uuid4(), {})):
        with pytest.raises(NotFound):
            await attempt


async def test_pages_hold_every_delivery_once_newest_first_even_of_one_moment(room, sql):
    await keep(*(one(str(n)) for n in range(25)))
    await sql("UPDATE kernel.inbox SET received_at = date_trunc('hour', now())")  # all in one moment: the id decides
    seen, before = [], None
    while page := await inbox.deliveries(before=before, limit=4):
        seen += [delivery.id for delivery in page]
        before = (page[-1].received_at, page[-1].id)
    assert len(seen) == len(set(seen)) == 25


async def test_deliveries_are_listed_by_state_and_source_and_counted_by_state(room, sql):
    await keep(one("a"), one("b"), one("c", source="lims-catalog"), one("old"))
    await sql("UPDATE kernel.inbox SET state = 'applied' WHERE delivery_id = 'b'")
    await sql("UPDATE kernel.inbox SET received_at = now() - interval '8 days' WHERE delivery_id = 'old'")
    assert [row.delivery_id for row in await inbox.deliveries(state=DeliveryState.APPLIED)] == ["b"]
    assert [row.delivery_id for row in await inbox.deliveries(source="lims-catalog")] == ["c"]
    assert await inbox.counts() == {DeliveryState.WAITING: 2, DeliveryState.APPLIED: 1}
    assert (await inbox.counts(within=timedelta(days=30)))[DeliveryState.WAITING] == 3


async def test_a_body_that_is_no_text_is_shown_all_the_same(room):
    await keep(Delivery("lims-status", "a", "", b"\xff\xfe", "test.work"))
    assert (await inbox.deliveries())[0].body == "\ufffd\ufffd"
