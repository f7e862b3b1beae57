"""Facts reach every listener once, however often they are handed out, and again when one has failed."""

from uuid import UUID, uuid4

import pytest
from pydantic import create_model

from ils_app.kernel import jobs
from ils_app.kernel.events import Fact
from ils_app.kernel.jobs import listener, work_off


class TeaBrewed(Fact):
    """A fact of these tests."""

    order_id: UUID | None = None
    pot: str = "blue"


class TeaSpilt(Fact):
    """Another one."""

    order_id: UUID | None = None


async def told(room, *facts: Fact) -> None:
    async with room.unit_of_work() as uow:
        for fact in facts:
            uow.emit(fact)


async def test_each_listener_hears_each_fact_once_even_if_it_is_handed_out_twice(room, ears, sql):
    heard = []

    @listener(TeaBrewed)
    async def first(fact: TeaBrewed) -> None:
        heard.append(("first", fact.pot))

    @listener(TeaBrewed)
    async def second(fact: TeaBrewed) -> None:
        heard.append(("second", fact.pot))

    @listener(TeaSpilt)
    async def other(fact: TeaSpilt) -> None:
        heard.append(("other", ""))

    await told(room, TeaBrewed(pot="red"))
    (event,) = await sql("SELECT id FROM kernel.event")
    await jobs.deliver(event.id)
    await jobs.deliver(event.id)
    await work_off()
    await jobs.deliver(event.id)
    await work_off()
    assert sorted(heard) == [("first", "red"), ("second", "red")]


async def test_a_listener_that_fails_is_tried_again_and_the_others_do_not_wait(room, ears, sql):
    heard = []

    @listener(TeaBrewed)
    async def clumsy(fact: TeaBrewed) -> None:
        heard.append("clumsy")
        if heard.count("clumsy") < 3:
            raise RuntimeError("spilt")

    @listener(TeaBrewed)
    async def steady(fact: TeaBrewed) -> None:
        heard.append("steady")

    await told(room, TeaBrewed())
    await work_off()
    for _ in range(2):
        assert len(await sql("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo'")) == 1
        await sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        await work_off()
    assert heard.count("clumsy") == 3
    assert heard.count("steady") == 1
    assert await sql("SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'failed')") == []


async def test_what_a_room_asked_for_itself_goes_before_facts_that_are_to_be_told(room, ears):
    done = []

    @listener(TeaBrewed)
    async def hears(fact: TeaBrewed) -> None:
        done.append("heard")

    name = f"test.{uuid4().hex}"

    @jobs.task(name)
    async def work() -> None:
        done.append("worked")

    for _ in range(5):
        await told(room, TeaBrewed())
    async with room.unit_of_work() as uow:
        await uow.enqueue(name)
    await work_off()
    jobs.book.tasks.pop(name)
    assert done == ["worked", *["heard"] * 5]


async def test_what_happens_today_is_told_before_what_was_brought_in_as_history(room, ears):
    heard = []

    @listener(TeaBrewed)
    async def hears(fact: TeaBrewed) -> None:
        heard.append(fact.pot)

    with jobs.as_history():
        for _ in range(5):
            await told(room, TeaBrewed(pot="old"))
    await told(room, TeaBrewed(pot="new"))
    await work_off()
    assert heard == ["new", *["old"] * 5]


async def test_a_room_tells_without_knowing_any_listener(room, ears, sql):
    await told(room, TeaBrewed())
    await work_off()
    assert await sql("SELECT 1 FROM kernel.heard") == []
    assert [row.status for row in await sql("SELECT status FROM procrastinate_jobs")] == ["succeeded"]


async def test_a_listener_that_was_taken_out_leaves_its_job_to_be_seen(room, ears, sql):
    @listener(TeaBrewed)
    async def gone(fact: TeaBrewed) -> None:
        """Never reached."""

    await told(room, TeaBrewed())
    (event,) = await sql("SELECT id FROM kernel.event")
    await jobs.deliver(event.id)
    (name,) = ears
    ears.clear()
    with pytest.raises(LookupError):
        await jobs.hear(event.id, name)


async def test_facts_of_one_order_reach_a_listener_in_the_order_they_happened(room, ears):
    heard = []

    @listener(TeaBrewed)
    async def slow_reader(fact: TeaBrewed) -> None:
        heard.append((fact.order_id, fact.pot))

    one, other = uuid4(), uuid4()
    await told(room, *(TeaBrewed(order_id=order, pot=str(n)) for n in range(8) for order in (one, other)))
    await work_off()
    for order in (one, other):
        assert [pot for of, pot in heard if of == order] == [str(n) for n in range(8)]


@pytest.mark.parametrize("about", ["order_id", "purchase_order_id", "invoice_id", "practice_id", "user_id", "key"])
async def test_a_fact_that_cannot_be_heard_holds_up_none_about_something_else(about, room, ears):
    heard = []
    kind = create_model(f"Brewed{uuid4().hex}", __base__=Fact, **{about: (str, ...), "pot": (str, "")})

    @listener(kind)
    async def hears(fact) -> None:
        if fact.pot == "broken":
            raise RuntimeError("spilt")
        heard.append(getattr(fact, about))

    await told(room, kind(**{about: "one", "pot": "broken"}), kind(**{about: "one"}), kind(**{about: "other"}))
    await work_off()
    Fact.known.pop(kind.__name__)
    assert heard == ["other"]


async def test_an_older_listener_reads_a_fact_that_has_grown(room, ears, sql):
    heard = []

    @listener(TeaBrewed)
    async def old(fact: TeaBrewed) -> None:
        heard.append(fact)

    await sql(
        'INSERT INTO kernel.event (name, body, at) VALUES (\'TeaBrewed\', \'{"pot": "new", "milk": true}\', now())'
    )
    (event,) = await sql("SELECT id FROM kernel.event")
    await jobs.deliver(event.id)
    await work_off()
    assert [fact.pot for fact in heard] == ["new"]


async def test_a_fact_that_is_not_there_is_handed_to_nobody(database, ears):
    await jobs.deliver(999)
    ears["x"] = jobs.Listener("x", TeaBrewed, None)
    await jobs.hear(999, "x")


def test_facts_are_known_by_name():
    assert Fact.known["TeaBrewed"] is TeaBrewed
