"""Hundreds of webhooks at once, and one no worker can work: it holds up nothing but its own job, and is seen."""

import asyncio
import itertools
from uuid import uuid4

from ils_app import rooms
from ils_app.engineering import service as engineering
from ils_app.kernel import inbox, jobs
from ils_app.kernel.inbox import DeliveryState
from ils_app.orders import service as orders

AT_ONCE = 300
LEFT = "SELECT count(*) AS n FROM kernel.inbox WHERE state = 'waiting'"


async def test_a_flood_is_kept_and_worked_and_a_poisoned_delivery_stands_alone(
    placed, lab, hear, sql, engineer, work_off
):
    rooms.import_handlers()
    views = [await placed() for _ in range(4)]
    words = []
    for view in views:
        for _ in range(3):
            lab.call("POST", "sandbox/step", json={"jobId": view.job_id})
        for entry in lab.call("GET", f"jobs/{view.job_id}").json()["history"]:
            words.append({"type": "job.status_changed", "jobId": view.job_id, "newStatus": entry["status"], **entry})
    await work_off()
    saying = itertools.islice(itertools.cycle(words), AT_ONCE)
    answers = await asyncio.gather(*(hear(word, delivery_id=f"msg_{uuid4().hex}") for word in saying))
    assert {answer.status_code for answer in answers} == {202}
    poisoned, other = views[0], views[1:]
    (poison,) = await sql(  # the first of its job, so that all the others of that job wait behind it
        "UPDATE kernel.inbox SET body = 'no json' WHERE id = (SELECT id FROM kernel.inbox WHERE subject = :job"
        " ORDER BY received_at LIMIT 1) RETURNING id",
        job=poisoned.job_id,
    )
    async with jobs.running():
        await until(sql, f"{LEFT} AND subject <> '{poisoned.job_id}'")
        for view in other:
            assert (await orders.order(engineer, view.id)).lims_sequence == 4
        assert (await sql(f"{LEFT} AND id = '{poison.id}'"))[0].n == 1  # seen as waiting, tried again and again
        async with asyncio.timeout(120):
            while not (given_up := await engineering.failed_jobs(engineer)):
                await sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
                await asyncio.sleep(0.05)
        assert [one.args["inbox_id"] for one in given_up] == [str(poison.id)]
        await until(sql, f"{LEFT} AND id <> '{poison.id}'")  # what waited behind it goes on
    assert (await orders.order(engineer, poisoned.id)).lims_sequence == 4
    kept = await sql("SELECT state, count(*) AS n FROM kernel.inbox GROUP BY state")
    assert sum(row.n for row in kept) == AT_ONCE
    assert {row.state: row.n for row in kept}["waiting"] == 1
    assert (await inbox.counts())[DeliveryState.WAITING] == 1
    lines = "SELECT order_id, count(*) AS n FROM orders.timeline WHERE lims_sequence IS NOT NULL GROUP BY order_id"
    assert [row.n for row in await sql(lines)] == [4] * len(views)


async def until(sql, query: str) -> None:
    """Until a count is nought."""
    async with asyncio.timeout(120):
        while True:
            if (await sql(query))[0].n == 0:
                return
            await asyncio.sleep(0.05)
