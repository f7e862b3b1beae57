"""The short form of `make soak`: rounds of killing in which nothing is lost, and a checker that finds what is."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass

import psycopg
import pytest

from tests.soak.checker import check, lims_of
from tests.soak.rounds import begin_one, faults, play
from tests.soak.stage import VICTIMS, Stage, staged
from tests.soak.told import Told

SEED, ROUNDS, ORDERS, SECONDS = 39, 2, 6, 3.0


@dataclass(frozen=True)
class Played:
    """A stage after its rounds, the LIMS standing still."""

    stage: Stage
    told: Told
    found: list[str]

    def kinds(self) -> set[str]:
        """What the checker says is wrong now."""
        return {one.kind for one in check(self.stage.sql, lims_of(self.stage.sandbox.database), self.told)}

    def sabotage_lims(self, *statements: str) -> None:
        """Change the LIMS's books behind its back."""
        with sqlite3.connect(self.stage.sandbox.database) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()


@pytest.fixture(scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Played]:
    """Rounds in which each of the four is killed at least once."""
    with staged(tmp_path_factory.mktemp("soak")) as stage:
        told, found = Told(), []
        for number in range(ROUNDS):
            wrong = await play(stage, told, seed=SEED, number=number, orders=ORDERS, seconds=SECONDS)
            found += [str(one) for one in wrong]
        await begin_one(stage, told, "begun")
        yield Played(stage, told, found)


def test_the_seed_repeats_the_faults_and_each_of_the_four_is_killed():
    plan = [faults(SEED, number, SECONDS) for number in range(ROUNDS)]
    assert plan == [faults(SEED, number, SECONDS) for number in range(ROUNDS)]
    assert plan != [faults(SEED + 1, number, SECONDS) for number in range(ROUNDS)]
    assert {victim for faults_ in plan for fault in faults_ for victim in fault.victims} == set(VICTIMS)


async def test_nothing_is_lost_or_doubled_when_processes_are_killed(played):
    assert played.found == []
    assert len(played.told.orders) >= ROUNDS * ORDERS // 2
    assert played.stage.sql("SELECT count(*) FROM kernel.inbox WHERE state = 'applied'")[0][0] > ORDERS


async def test_the_checker_finds_an_order_the_lims_lost_and_one_it_has_twice(played):
    played.sabotage_lims("CREATE TABLE kept AS SELECT * FROM job", "DELETE FROM job WHERE number = 1")
    assert "lost" in played.kinds()
    played.sabotage_lims(
        "DELETE FROM job", "INSERT INTO job SELECT * FROM kept",
        "UPDATE kept SET job_id = 'JOB-TWICE', number = 9999, change = 999999 WHERE number = 1",
        "INSERT INTO job SELECT * FROM kept WHERE number = 9999",
    )  # fmt: skip
    assert {"doubled", "unknown"} <= played.kinds()
    played.sabotage_lims("DELETE FROM job WHERE number = 9999", "DROP TABLE kept")
    assert played.kinds() == set()


PLANTED = {
    "an accepted order that is gone": ("lost", 'DELETE FROM orders."order" WHERE id = (SELECT order_id FROM one)'),
    "a line of the timeline that is missing": (
        "timeline", "DELETE FROM orders.timeline WHERE lims_sequence = 1 AND order_id = (SELECT order_id FROM one)",
    ),
    "a timeline out of order": (
        "timeline",
        ("UPDATE orders.timeline SET at = at + interval '1 day' WHERE lims_sequence = 1"
        " AND order_id = (SELECT order_id FROM one)"),
    ),
    "a webhook that was taken and is gone": (
        "webhook", "DELETE FROM kernel.inbox WHERE id = (SELECT id FROM kernel.inbox ORDER BY received_at LIMIT 1)",
    ),
    "a webhook nobody worked": (
        "webhook", "UPDATE kernel.inbox SET state = 'waiting' WHERE id = (SELECT id FROM kernel.inbox LIMIT 1)",
    ),
    "an effect that came twice": (
        "doubled",
        ("INSERT INTO kernel.event (name, body, at) SELECT name, body, at FROM kernel.event"
        " WHERE name = 'OrderMoved' LIMIT 1"),
    ),
    "an order that stands elsewhere": (
        "behind", 'UPDATE orders."order" SET lims_sequence = 99 WHERE id = (SELECT order_id FROM one)',
    ),
    "a parcel nobody invoiced": (
        "money", "UPDATE orders.\"order\" SET status = 'shipped' WHERE id = (SELECT order_id FROM one)",
    ),
    "a number that was skipped": ("money", "UPDATE billing.counter SET last = last + 1"),
    "a payment nobody made": (
        "money",
        ("INSERT INTO billing.entry (invoice_id, kind, minor, source, reference, at, who, note)"
        " SELECT id, 'payment', -1, 'card', 'pi_nowhere', now(), '', '' FROM billing.invoice LIMIT 1"),
    ),
    "a job that a dead worker holds": (
        "stuck",
        ("INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
        " VALUES ('default', 'orders.send_to_lab', '{}', 'doing')"),
    ),
    "a job that has given up": (
        "stuck",
        ("INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
        " VALUES ('default', 'orders.send_to_lab', '{}', 'failed')"),
    ),
    "a line of no order": (
        "orphan",
        "INSERT INTO orders.timeline (order_id, at, who, what, why) VALUES (gen_random_uuid(), now(), '', '', '')",
    ),
    "a draft nobody wrote": (
        "orphan",
        ("DELETE FROM orders.idempotency_key WHERE order_id = (SELECT order_id FROM one);"
        " UPDATE orders.\"order\" SET status = 'draft' WHERE id = (SELECT order_id FROM one)"),
    ),
}  # fmt: skip
ONE = (
    'CREATE TEMP TABLE one AS SELECT id AS order_id FROM orders."order"'
    " WHERE lims_sequence > 1 AND status NOT IN ('shipped', 'completed', 'cancelled') LIMIT 1"
)


@pytest.mark.parametrize("what", PLANTED)
async def test_the_checker_finds(played, what):
    """In a transaction that is rolled back, so that each finds only its own."""
    kind, statements = PLANTED[what]
    lims = lims_of(played.stage.sandbox.database)
    with psycopg.connect(played.stage.server.url) as connection:
        connection.execute("SET session_replication_role = replica")  # no trigger stands in the way of the saboteur
        connection.execute(ONE)
        for statement in statements.split("; "):
            assert connection.execute(statement).rowcount
        connection.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 hour' WHERE status = 'doing'"
        )

        def sql(query: str, *values):
            return connection.execute(query, values or None).fetchall()

        found = {one.kind for one in await asyncio.to_thread(check, sql, lims, played.told)}
        connection.rollback()
    assert kind in found
