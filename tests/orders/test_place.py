"""Placing in one call when the process dies on the way: nothing nobody wrote is left, and the call again goes on."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import event

from ils_app.kernel import database as kernel_database
from ils_app.kernel.gate import Gate
from ils_app.orders import place as placing
from ils_app.orders import service as orders
from ils_app.orders.errors import Busy
from ils_app.orders.schemas import ListView, OrderStatus
from ils_app.patients.schemas import PatientDraft


class Died(BaseException):
    """As if the process had been killed: nobody clears up."""


@pytest.fixture
def dying(monkeypatch):
    """Have the process die where it comes to this function of `place`."""

    async def gone(*_, **__):
        raise Died

    def at(name: str) -> None:
        monkeypatch.setattr(placing, name, gone if name == "submitted" else lambda *_: (_ for _ in ()).throw(Died))

    return at


@pytest.fixture
def bringing(clinic, good):
    """Places an order that brings its patient along: the one kind that is a draft on its way."""
    patient = PatientDraft(given_name="Rosalind", family_name="Achterberg", date_of_birth=date(1984, 5, 2))

    async def place(key: str | None):
        return await orders.place(clinic.actor, good(patient_id=None), key=key, patient=patient)

    return place


async def drafts(clinic) -> int:
    return (await orders.counts(clinic.actor)).of(ListView.DRAFTS)


async def test_a_process_that_dies_before_the_key_is_kept_leaves_no_draft(clinic, bringing, dying):
    dying("publish")  # the last thing before the commit
    with pytest.raises(Died):
        await bringing(key="k")
    assert await drafts(clinic) == 0


async def test_the_same_call_after_a_crash_goes_on_with_the_same_order(clinic, bringing, dying, monkeypatch, jobs_of):
    with monkeypatch.context() as there:
        there.setattr(placing, "submitted", placing.submitted)
        dying("submitted")
        with pytest.raises(Died):
            await bringing(key="k")
    monkeypatch.undo()
    assert await drafts(clinic) == 1
    view = await bringing(key="k")
    assert view.status is OrderStatus.IN_PRODUCTION
    assert await drafts(clinic) == 0
    assert len(jobs_of(clinic.id)) == 1


@pytest.mark.parametrize("key", ["k", None])
async def test_what_nobody_asks_for_again_is_taken_back_after_a_while(clinic, good, bringing, dying, sql, key):
    dying("submitted")
    for one in (key, "young", "typed in"):
        with pytest.raises(Died):
            await bringing(key=one)
    old = "UPDATE orders.idempotency_key SET at = at - interval '2 hours' WHERE key <> 'young'"
    await sql(old)
    await sql("UPDATE orders.\"order\" SET placed_at = placed_at - interval '2 hours'")
    (typed,) = await sql("SELECT order_id FROM orders.idempotency_key WHERE key = 'typed in'")
    await orders.autosave(clinic.actor, typed.order_id, good(reference="Mine"), version=1)
    assert await placing.forget_unplaced() == 1
    assert await drafts(clinic) == 2
    assert {row.key for row in await sql("SELECT key FROM orders.idempotency_key")} == {"young", "typed in"}


async def test_an_order_whose_patient_is_known_is_kept_whole_or_not_at_all(clinic, good, monkeypatch, sql, emitted):
    async def gone(*_, **__):
        raise Died

    with monkeypatch.context() as there:
        there.setattr("ils_app.orders.submit.note", gone)
        with pytest.raises(Died):
            await orders.place(clinic.actor, good(), key="k")
    assert await sql('SELECT 1 FROM orders."order"') == []
    assert await sql("SELECT 1 FROM orders.idempotency_key") == []
    assert await emitted() == []
    assert (await orders.place(clinic.actor, good(reference="Another body"), key="k")).job_id


STATEMENTS, TRANSACTIONS = 9, 3
"""What placing an order may cost: its patient is read; it is kept; what the lab said is kept."""


async def test_placing_an_order_takes_few_statements_and_three_transactions(clinic, good, placed):
    await orders.place(clinic.actor, good())  # what is remembered is read now
    said, begun = [], []
    engine = kernel_database.engine().sync_engine
    listening = {
        "before_cursor_execute": lambda *of: said.append(of[2]),
        "begin": lambda *_: begun.append(1),
    }
    for name, hear in listening.items():
        event.listen(engine, name, hear)
    try:
        view = await orders.place(clinic.actor, good())
    finally:
        for name, hear in listening.items():
            event.remove(engine, name, hear)
    assert view.job_id
    assert len(said) == STATEMENTS, said
    assert len(begun) == TRANSACTIONS


async def test_of_many_at_once_through_a_narrow_gate_every_order_is_placed_once(
    clinic, good, monkeypatch, jobs_of, database
):
    monkeypatch.setattr("ils_app.orders.submit._gate", Gate(2, stuck_seconds=30))
    monkeypatch.setattr("ils_app.kernel.database.CONNECTIONS", 2)
    monkeypatch.setattr("ils_app.kernel.database.STUCK_SECONDS", 1)
    await kernel_database.close()
    views = await asyncio.gather(*(orders.place(clinic.actor, good(reference=f"No {n}")) for n in range(30)))
    assert len({view.number for view in views}) == 30
    assert sorted(job["jobId"] for job in jobs_of(clinic.id)) == sorted(view.job_id for view in views)


async def test_where_no_order_comes_through_whoever_waits_is_told_to_try_again(clinic, good, monkeypatch, wire):
    monkeypatch.setattr("ils_app.orders.submit._gate", Gate(1, stuck_seconds=0.2))
    wire.hold_answers_of = "/validation"
    first = asyncio.create_task(orders.place(clinic.actor, good()))
    await wire.held.wait()
    with pytest.raises(Busy):
        await orders.place(clinic.actor, good())
    wire.let_go.set()
    assert (await first).job_id
