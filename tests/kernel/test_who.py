"""A fact says who caused it: the person at the outermost door, and nobody for what the system does by itself."""

import asyncio
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from ils_app.kernel import jobs, live, log
from ils_app.kernel.actor import Actor, Role, acting
from ils_app.kernel.events import Fact
from ils_app.kernel.permissions import anyone, door, internal
from ils_app.kernel.room import Room

room = Room("kernel")


class BellRung(Fact):
    """Somebody rang."""

    sentence = "{user_id} rang {times} times"

    user_id: UUID
    times: int = 1
    guests: tuple[UUID, ...] = ()
    by: UUID | None = None


@internal
async def tell(fact: Fact) -> None:
    async with room.unit_of_work() as uow:
        uow.emit(fact)
        uow.publish("bells")


@door("account.own")
async def ring(actor: Actor, user_id: UUID) -> None:
    await tell(BellRung(user_id=user_id, by=actor.user_id))


@door("account.own")
async def ring_through(actor: Actor, other: Actor, user_id: UUID) -> None:
    await ring(other, user_id)


@anyone
async def ring_from_outside(user_id: UUID) -> None:
    await tell(BellRung(user_id=user_id))


def somebody(role: Role = Role.ADMIN) -> Actor:
    return Actor(uuid4(), "Somebody", role, uuid4())


async def rung(sql, user_id: UUID):
    (row,) = await sql("SELECT * FROM kernel.event WHERE body ->> 'user_id' = :id", id=str(user_id))
    return row


async def test_a_fact_names_the_person_and_the_role_they_acted_in(database, sql):
    actor, whom = somebody(Role.LAB), uuid4()
    await ring(actor, whom)
    row = await rung(sql, whom)
    assert (row.actor_id, row.actor_role, row.request_id) == (actor.user_id, "lab_tech", None)


async def test_a_door_that_is_called_by_another_door_is_still_the_first_person_s_doing(database, sql):
    first, second, whom = somebody(Role.ECP), somebody(Role.LAB), uuid4()
    await ring_through(first, second, whom)
    row = await rung(sql, whom)
    assert (row.actor_id, row.actor_role) == (first.user_id, "ecp")
    assert acting() is None


async def test_what_nobody_signed_in_does_has_no_actor(database, sql):
    whom = uuid4()
    await ring_from_outside(whom)
    row = await rung(sql, whom)
    assert (row.actor_id, row.actor_role) == (None, None)


async def test_who_signs_in_did_it_themselves(database, sql):
    class BellFound(Fact):
        """Somebody came in."""

        doer = "user_id"
        user_id: UUID

    whom = uuid4()
    await tell(BellFound(user_id=whom))
    row = await rung(sql, whom)
    assert (row.actor_id, row.actor_role, row.subjects) == (whom, None, [whom])


async def test_a_refused_or_broken_door_leaves_nobody_acting(database):
    @door("people.manage")
    async def break_down(actor: Actor) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await break_down(somebody())
    assert acting() is None


async def test_people_who_act_at_once_are_not_taken_for_each_other(database, sql):
    pairs = [(somebody(role), uuid4()) for role in list(Role) * 8]
    await asyncio.gather(*(ring(actor, whom) for actor, whom in pairs))
    rows = {row.body["user_id"]: row for row in await sql("SELECT * FROM kernel.event WHERE name = 'BellRung'")}
    for actor, whom in pairs:
        assert (rows[str(whom)].actor_id, rows[str(whom)].actor_role) == (actor.user_id, actor.role.value)


async def test_what_hears_of_a_change_does_not_act_as_who_made_it(database, sql):
    """A page that is refreshed by somebody's act reads, and is recorded as reading, as its own person."""
    mine, theirs, begun = uuid4(), uuid4(), []

    async def hear(topics) -> None:
        if "bells" in topics and not begun:
            begun.append(asyncio.create_task(ring_from_outside(theirs)))

    end = live.subscribe(hear)
    try:
        await ring(somebody(), mine)
        await begun[0]
    finally:
        end()
    assert (await rung(sql, theirs)).actor_id is None


async def test_what_a_job_does_later_is_the_system_s_doing(database, ears, sql):
    whom = uuid4()

    @jobs.listener(BellRung)
    async def echo(fact: BellRung) -> None:
        if fact.user_id != whom:
            await tell(BellRung(user_id=whom))

    actor = somebody()
    await ring(actor, uuid4())
    await jobs.work_off()
    assert (await rung(sql, whom)).actor_id is None


async def test_a_fact_told_while_a_request_is_answered_carries_its_id(database, sql):
    whom = uuid4()
    with log.bound(request_id="abc12345"):
        await ring(somebody(), whom)
    assert (await rung(sql, whom)).request_id == "abc12345"


async def test_a_fact_is_found_by_everybody_and_everything_it_names_but_not_by_who_did_it(database, sql):
    actor, whom, guests = somebody(), uuid4(), (uuid4(), uuid4())
    await tell(BellRung(user_id=whom, guests=(*guests, whom), by=actor.user_id))
    row = await rung(sql, whom)
    assert row.subjects == [whom, *guests]


async def test_facts_cannot_be_changed_or_taken_away(database, sql):
    await tell(BellRung(user_id=uuid4()))
    for statement in ("UPDATE kernel.event SET actor_id = NULL", "DELETE FROM kernel.event"):
        with pytest.raises((DBAPIError, psycopg.Error)):
            await sql(statement)


def test_a_sentence_can_only_say_what_the_fact_holds():
    with pytest.raises(TypeError, match="BellMuted has no volume"):

        class BellMuted(Fact):
            sentence = "{volume} is too loud"

    assert BellRung(user_id=uuid4()).told() == "{user_id} rang {times} times"


def test_a_fact_without_a_sentence_is_read_by_its_docstring():
    class BellSold(Fact):
        """The bell is gone.

        For good.
        """

    assert BellSold().told() == "The bell is gone."
