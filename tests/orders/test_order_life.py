"""Orders through whatever may happen to them, in any order, against a model that only knows what ILS was told.

Everything goes through the doors, to a real LIMS and a real database. A worker dies by holding a job for ever, before
its work or after it. `ORDER_LIVES=200` plays that many lives (`make soak` does); the short form is always the same.
"""

import asyncio
import json
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ils_app.kernel import jobs
from ils_app.kernel.errors import IlsError
from ils_app.lab import service as floor
from ils_app.orders import service as orders
from ils_app.orders.models import ORDER_STATUS
from ils_app.orders.schemas import OrderStatus, OrderView
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft
from lims_client.models import JobStatus
from tests.soak.checker import Lims, LimsJob, check
from tests.soak.told import Told
from tests.support.invoices import a_house, a_rate
from tests.support.world import a_draft

LIVES = int(os.environ.get("ORDER_LIVES", "0"))
MOST_ORDERS = 4
RESTLESS = 3  # things that happen before ILS may come to rest
some = st.integers(0, 999)


@dataclass
class Known:
    """An order as the model has it: what ILS must have heard of its job, by the LIMS's own count."""

    id: UUID
    key: str
    job_id: str
    aware: bool = True  # ILS knows that there is a job
    heard: set[int] = field(default_factory=set)
    cancelling: bool = False
    corrected: bool = False


@dataclass
class World:
    """What a life happens in."""

    loop: asyncio.AbstractEventLoop
    house: Any
    lab: Any
    wire: Any
    hear: Any
    good: Any
    work_off: Any
    forget_failures: Any
    database: psycopg.Connection[Any]

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Have the test's own loop do it: the database's connections belong to it."""
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(120)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        cursor = self.database.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []

    def job(self, job_id: str) -> dict[str, Any]:
        """A job as the LIMS has it."""
        said: dict[str, Any] = self.lab.call("GET", f"jobs/{job_id}").raise_for_status().json()
        return said


class OrderLife(RuleBasedStateMachine):
    """One life of some orders."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.known: list[Known] = []
        self.words: list[tuple[Known, str, dict[str, Any]]] = []  # what the LIMS has to say, told or not
        self.said: list[tuple[Known, int]] = []  # what it has told since ILS last came to rest
        self.told = Told()
        self.name = uuid4().hex
        self.restless = 0

    # The practice

    @initialize()
    def begin(self) -> None:
        self.place(answer_lost=False)

    @precondition(lambda self: len(self.known) < MOST_ORDERS)
    @rule(answer_lost=st.booleans())
    def place(self, answer_lost: bool) -> None:
        world, key = self.world, f"{self.name}-{len(self.known)}"
        world.wire.lose_answers_of = "jobs/create" if answer_lost else ""
        view = world.do(orders.place(world.house.ecp, world.good(), key=key))
        world.wire.lose_answers_of = ""
        world.forget_failures()
        assert (view.status is OrderStatus.SUBMITTED) is answer_lost
        self.remember(view, key)

    def remember(self, view: OrderView, key: str) -> None:
        aware = bool(view.job_id)
        found = self.world.job(view.job_id) if aware else self.job_of(view.number)
        self.known.append(Known(view.id, key, found["jobId"], aware, {found["sequence"]} if aware else set()))
        self.told.orders[key] = str(view.id)

    @precondition(lambda self: self.known)
    @rule(which=some)
    def place_again(self, which: int) -> None:
        order = self.one(which)
        if order.cancelling:
            return  # what it comes to depends on which job is worked first
        again = self.world.do(orders.submit(self.world.house.ecp, order.id, self.world.good()))
        assert again.id == order.id
        if not order.aware:
            self.asks_lims(order)

    @precondition(lambda self: self.known)
    @rule(which=some)
    def cancel(self, which: int) -> None:
        order = self.one(which)
        before, believed = self.sequence(order), self.believed(order)
        done_already = believed == "cancelled" or order.cancelling
        view = self.may(orders.cancel(self.world.house.ecp, order.id, reason="Changed their mind"))
        assert (view is not None) is (done_already or believed in ("nothing", "queued"))
        if view is None:
            return
        self.told.cancelled.add(str(order.id))
        if believed == "queued":
            self.asks_lims(order, before)
        order.cancelling = not order.aware

    @precondition(lambda self: self.known)
    @rule(which=some)
    def correct(self, which: int) -> None:
        order, ecp = self.one(which), self.world.house.ecp
        before, believed, truly = self.sequence(order), self.believed(order), self.status(order)
        draft = self.may(orders.cancel_and_correct(ecp, order.id))
        early = believed == "nothing" or believed == truly == "queued"
        assert (draft is not None) is (order.corrected or early)
        if not order.corrected and believed == "queued":
            self.asks_lims(order, before)
        if draft is not None and not order.corrected:
            order.corrected, order.cancelling = True, not order.aware
            self.remember(self.world.do(orders.submit(ecp, draft.id, draft.draft)), f"corrects {order.key}")

    # The lab

    @precondition(lambda self: self.known)
    @rule(which=some, steps=st.integers(1, 3))
    def lims_moves(self, which: int, steps: int) -> None:
        order = self.one(which)
        for _ in range(steps):
            self.lims_does(order, "sandbox/step", {"jobId": order.job_id})

    @precondition(lambda self: self.known)
    @rule(which=some, verb=st.sampled_from(["hold", "release"]))
    def lims_stops_or_goes_on(self, which: int, verb: str) -> None:
        order = self.one(which)
        self.lims_does(order, f"jobs/{order.job_id}/{verb}", {"reason": "No blank"} if verb == "hold" else {})

    @precondition(lambda self: self.known)
    @rule(which=some, verb=st.sampled_from(["hold", "release"]))
    def technician_stops_or_goes_on(self, which: int, verb: str) -> None:
        order, who = self.one(which), self.world.house.technician
        before = self.sequence(order)
        self.may(floor.hold(who, order.id, "No blank") if verb == "hold" else floor.release(who, order.id))
        if order.aware:
            self.asks_lims(order, before)

    # The webhooks

    @precondition(lambda self: self.words)
    @rule(which=some, afresh=st.booleans())
    def webhook(self, which: int, afresh: bool) -> None:
        """Any word, the first time or again, under its own id or a new one."""
        order, delivery_id, said = self.words[which % len(self.words)]
        name = f"msg_{uuid4().hex}" if afresh else delivery_id
        assert self.world.do(self.world.hear(said, delivery_id=name)).status_code == 202
        self.told.webhooks[name] = order.job_id, said["sequence"]
        self.said.append((order, said["sequence"]))

    # The worker

    @rule(which=some, after=st.booleans())
    def worker_dies(self, which: int, after: bool) -> None:
        """A job is claimed, perhaps even done, and that is never written down."""
        waiting = self.world.sql("SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        if not waiting:
            return
        job, task, args = waiting[which % len(waiting)]
        if after and task.startswith(("orders.", "kernel.")):
            self.worked(task, args)
        self.world.sql(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
            f" RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead"
            f" WHERE procrastinate_jobs.id = {job} AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs o"
            "  WHERE o.lock = procrastinate_jobs.lock AND o.status = 'doing')"
        )

    @precondition(lambda self: self.restless > RESTLESS)
    @rule()
    def come_to_rest(self) -> None:
        """The dead are found dead, and everything that waits is worked; then ILS stands where the model says."""
        world, before = self.world, {order.id: self.sequence(order) for order in self.known}
        world.do(_rescue())
        while world.sql("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' LIMIT 1"):
            world.sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
            world.do(world.work_off())
        for order, sequence in self.said:
            order.heard.add(sequence)
        self.said.clear()
        self.restless = 0
        for order in self.known:
            if not order.aware:
                self.asks_lims(order, before[order.id])
                order.cancelling = False
            self.agree(order)

    def agree(self, order: Known) -> None:
        query = 'SELECT status, lims_sequence, cancel_requested FROM orders."order" WHERE id = %s'
        lines = "SELECT lims_sequence FROM orders.timeline WHERE order_id = %s AND lims_sequence IS NOT NULL"
        stands = ORDER_STATUS[JobStatus(self.believed(order))].value
        assert self.world.sql(query, order.id) == [(stands, max(order.heard), False)]
        assert {line for (line,) in self.world.sql(lines, order.id)} == order.heard

    def teardown(self) -> None:
        """Whatever the LIMS has not said yet it says now; then both books agree, as after any soak."""
        for order, delivery_id, said in self.words:
            self.world.do(self.world.hear(said, delivery_id=delivery_id))
            self.said.append((order, said["sequence"]))
        self.come_to_rest()
        jobs_ = tuple(self.as_stored(order) for order in self.known)
        OrderLife.books = (*OrderLife.books, *jobs_)
        assert [str(one) for one in check(self.world.sql, Lims(OrderLife.books, {}), self.told)] == []

    books: tuple[LimsJob, ...] = ()  # of every life so far: they share a database

    # What the rules are made of

    def one(self, which: int) -> Known:
        self.restless += 1
        return self.known[which % len(self.known)]

    def may(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Do what may be refused; what it answers, None for a refusal."""
        try:
            return self.world.do(what)
        except IlsError:
            return None

    def asks_lims(self, order: Known, before: int | None = None) -> None:
        """ILS had the job itself from the LIMS, with all its past; `before`: where it stood before ILS changed it."""
        there = self.sequence(order)
        order.aware, order.heard = True, set(range(1, there + 1))
        self.learn(order, there if before is None else before)

    def sequence(self, order: Known) -> int:
        return int(self.world.job(order.job_id)["sequence"])

    def status(self, order: Known) -> str:
        return str(self.world.job(order.job_id)["status"])

    def believed(self, order: Known) -> str:
        """What ILS takes the job for."""
        if not order.aware:
            return "nothing"
        history = {entry["sequence"]: entry["status"] for entry in self.world.job(order.job_id)["history"]}
        return str(history[max(order.heard)])

    def worked(self, task: str, args: dict[str, Any]) -> None:
        """A job is done, and nobody writes down that it is."""
        order = next((one for one in self.known if str(one.id) == args.get("order_id")), None)
        if order is not None and order.cancelling:
            return
        self.may(jobs.book.tasks[task].func(**args))
        if task == "orders.send_to_lab" and order is not None and not order.aware:
            self.asks_lims(order)
        if task == "orders.apply_status":
            body = self.world.sql("SELECT body FROM kernel.inbox WHERE id = %s", args["inbox_id"])[0][0]
            said = json.loads(body)
            for order in self.known:
                if order.job_id == said["jobId"] and order.aware:
                    order.heard.add(said["sequence"])

    def lims_does(self, order: Known, path: str, body: dict[str, Any]) -> None:
        before = self.sequence(order)
        self.world.lab.call("POST", path, json=body)
        self.learn(order, before)

    def learn(self, order: Known, before: int) -> None:
        """The LIMS has something new to say."""
        for entry in self.world.job(order.job_id)["history"]:
            if entry["sequence"] > before:
                said = {"type": "job.status_changed", "jobId": order.job_id, "newStatus": entry["status"]}
                names = ("previousStatus", "sequence", "timestamp", "reason")
                said |= {name: entry[name] for name in names if name in entry}
                self.words.append((order, f"msg_{uuid4().hex}", said))

    def job_of(self, number: str) -> dict[str, Any]:
        found, cursor = [], ""
        while cursor is not None:
            page = self.world.lab.call("GET", f"jobs?limit=500{'&cursor=' + cursor if cursor else ''}").json()
            found += [job for job in page["jobs"] if job.get("orderNumber") == number]
            cursor = page.get("nextCursor")
        (job,) = [one for one in found if one.get("practiceId") == str(self.world.house.ecp.organisation_id)]
        return dict(job)

    def as_stored(self, order: Known) -> LimsJob:
        job = self.world.job(order.job_id)
        history = tuple((one["sequence"], one["status"], one.get("previousStatus")) for one in job["history"])
        return LimsJob(job["jobId"], job["orderNumber"], job["status"], job["sequence"], history)


async def _rescue() -> None:
    async with jobs._open():
        await jobs.rescue()


@pytest.mark.timeout(0 if LIVES else 300)
async def test_orders_end_where_the_lims_says_whatever_happens_in_whatever_order(
    database, lab, wire, hear, work_off, forget_failures
):
    house = await a_house()
    await a_rate(house)
    entered = {"given_name": "Margaret", "family_name": "Jones", "date_of_birth": "14/03/1961"}
    patient = await patients.add(house.ecp, PatientDraft.read(entered))
    shape = settings(
        max_examples=LIVES or 12, stateful_step_count=40 if LIVES else 25, deadline=None, database=None,
        derandomize=not LIVES, suppress_health_check=list(HealthCheck), print_blob=True,
        phases=[Phase.generate],  # the lives share a database: one that went wrong would spoil a shorter one after it
    )  # fmt: skip
    OrderLife.books = ()
    address = database.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(address, autocommit=True) as connection:
        OrderLife.world = World(
            asyncio.get_running_loop(), house, lab, wire, hear, lambda: a_draft(house.ecp.organisation_id, patient.id),
            work_off, forget_failures, connection,
        )  # fmt: skip
        await asyncio.to_thread(run_state_machine_as_test, OrderLife, settings=shape)
