"""How the lab's word moves an order: only along the table, never backwards, the same end whatever comes first."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ils_app.kernel import inbox
from ils_app.kernel.inbox import DeliveryState
from ils_app.orders import service as orders
from ils_app.orders.models import MOVES, ORDER_STATUS, Order
from ils_app.orders.schemas import ListView, OrderStatus
from lims_client.models import Job, JobStatus

# As the product describes it, written a second time on purpose: rows are where an order stands, columns where it goes.
TABLE = """
               draft submitted in_production quality_check shipped completed on_hold cancelled
draft            .       x           .             .          .        .        .        .
submitted        .       .           x             x          x        x        x        x
in_production    .       .           x             x          x        x        x        x
quality_check    .       .           x             x          x        x        x        x
shipped          .       .           .             .          x        x        x        .
completed        .       .           .             .          .        x        .        .
on_hold          .       .           x             x          x        x        x        x
cancelled        .       .           .             .          .        .        .        x
"""
MEANS = {
    "queued": "in_production", "in_production": "in_production", "quality_check": "quality_check",
    "ready_for_shipping": "quality_check", "shipped": "shipped", "completed": "completed", "on_hold": "on_hold",
    "failed": "on_hold", "cancelled": "cancelled",
}  # fmt: skip


def expected() -> dict[tuple[str, str], bool]:
    heads, *lines = TABLE.strip().splitlines()
    columns = heads.split()
    return {
        (row.split()[0], to): mark == "x" for row in lines for to, mark in zip(columns, row.split()[1:], strict=True)
    }


@pytest.mark.parametrize(("old", "new"), list(itertools.product(OrderStatus, OrderStatus)))
def test_an_order_moves_along_the_table_and_nowhere_else(old: OrderStatus, new: OrderStatus):
    order = Order(practice_id=uuid4(), practice_name="", status=old)
    if expected()[old, new]:
        assert order.move(new) is (old is not new)
        assert order.status is new
    else:
        with pytest.raises(ValueError, match="is not a move"):
            order.move(new)
        assert order.status is old


def test_every_status_has_its_row_and_every_word_of_the_lims_its_meaning():
    assert set(MOVES) == set(OrderStatus)
    assert {job.value: order.value for job, order in ORDER_STATUS.items()} == MEANS


async def test_every_word_on_top_of_every_other_is_taken_or_kept_as_failed(lab, placed, hear, work_off, sql, engineer):
    """Eighty-one orders: one for each status a job may have, with each word the LIMS may say next."""
    first = await placed()
    pairs = list(itertools.product(JobStatus, JobStatus))
    columns = [row.column_name for row in await sql(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'orders' AND table_name = 'order' "
        "AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'number', 'job_id', 'job_status', 'status')"
    )]  # fmt: skip
    ids = {}
    for held, told in pairs:
        order_id, name = uuid4(), f"{held}-{told}"
        await sql(
            f'INSERT INTO orders."order" (id, number, job_id, job_status, status, {", ".join(columns)}) SELECT :id, '
            f':name, :name, :held, :status, {", ".join(columns)} FROM orders."order" WHERE id = :first',
            id=order_id, name=name, held=held.value, status=MEANS[held], first=first.id,
        )  # fmt: skip
        said = {"jobId": name, "previousStatus": held, "newStatus": told, "sequence": 2, "reason": "Why not"}
        assert (await hear(said)).status_code == 202
        ids[name] = order_id
    await work_off()
    outcomes = {one.subject: one for one in await inbox.deliveries(limit=200)}
    for held, told in pairs:
        name = f"{held}-{told}"
        seen = await orders.order(engineer, ids[name])
        if expected()[MEANS[held], MEANS[told]]:
            assert outcomes[name].state is DeliveryState.APPLIED, name
            assert (seen.status.value, seen.job_status) == (MEANS[told], told)
            assert seen.attention is (told in ("on_hold", "failed"))
            assert bool(seen.reason) is (told in ("on_hold", "failed", "cancelled"))
        else:
            assert outcomes[name].state is DeliveryState.FAILED, name
            assert name in outcomes[name].outcome
            assert (seen.status.value, seen.job_status) == (MEANS[held], held)


JOURNEY = [
    ("queued", "in_production"), ("in_production", "quality_check"), ("quality_check", "in_production"),
    ("in_production", "on_hold"), ("on_hold", "in_production"), ("in_production", "quality_check"),
    ("quality_check", "ready_for_shipping"), ("ready_for_shipping", "shipped"), ("shipped", "on_hold"),
    ("on_hold", "ready_for_shipping"), ("ready_for_shipping", "shipped"), ("shipped", "completed"),
]  # fmt: skip
BEGAN = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)


def journey(job_id: str, steps: int) -> list[dict]:
    """What the LIMS says of a job on its way: rework, holds, a parcel that came back, and the end."""
    told = []
    for sequence, (old, new) in enumerate(JOURNEY[:steps], start=2):
        event = {
            "type": "job.status_changed", "jobId": job_id, "previousStatus": old, "newStatus": new,
            "sequence": sequence, "timestamp": (BEGAN + timedelta(hours=sequence)).isoformat(),
            "estimatedCompletionDate": (BEGAN + timedelta(days=sequence)).isoformat(), "rulesVersion": "1",
        }  # fmt: skip
        if new == "on_hold":
            event["reason"] = f"Held at {sequence}"
        if sequence > 8:
            event |= {"carrier": "Post", "trackingNumber": "RM1"}
        told.append(event)
    return told


async def state_of(actor, order_id) -> tuple[dict, list]:
    seen = await orders.order(actor, order_id)
    told = seen.model_dump(include={
        "status", "job_status", "attention", "reason", "due_at", "queue_position", "carrier", "tracking_number",
        "lims_sequence", "rules_version", "cancel_requested",
    })  # fmt: skip
    lines = await orders.timeline(actor, order_id)
    return told, [(max(line.at, BEGAN), line.what, line.old, line.new, line.why, line.who) for line in lines[:-1]]


@pytest.fixture
def tell(hear):
    """Delivers events one by one, each worked before the next comes."""

    async def deliver(events) -> None:
        for event in events:
            assert (await hear(event)).status_code == 202
            waiting = await inbox.deliveries(state=DeliveryState.WAITING)
            for delivery in waiting:
                await orders.apply_status(delivery.id)

    return deliver


@settings(max_examples=16, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_deliveries_in_any_order_and_number_end_in_one_state_and_one_timeline(data, lab, placed, engineer, tell):
    steps = data.draw(st.integers(1, len(JOURNEY)), label="steps")
    straight, shuffled = await placed(), await placed()
    await tell(journey(straight.job_id, steps))
    events = journey(shuffled.job_id, steps)
    twice = data.draw(st.lists(st.sampled_from(events), max_size=4), label="said twice")
    await tell(data.draw(st.permutations(events + twice), label="as they came"))
    assert await state_of(engineer, shuffled.id) == await state_of(engineer, straight.id)
    assert await inbox.deliveries(state=DeliveryState.FAILED) == []


async def test_a_late_word_never_moves_an_order_back(lab, placed, engineer, tell):
    order = await placed()
    events = journey(order.job_id, 7)
    await tell([events[-1], *events[:-1]])
    seen = await orders.order(engineer, order.id)
    assert seen.job_status is JobStatus.READY_FOR_SHIPPING
    states = [one.state for one in await inbox.deliveries()]
    assert states == [DeliveryState.REPEATED] * 6 + [DeliveryState.APPLIED]


async def test_without_sequences_the_time_of_the_change_decides(lab, placed, engineer, tell, sql):
    order = await placed()
    await sql('UPDATE orders."order" SET lims_at = :at, lims_sequence = 0 WHERE id = :id', at=BEGAN, id=order.id)
    events = [{**event, "sequence": None} for event in journey(order.job_id, 6)]
    await tell([events[5], events[0], events[5], *events[1:5]])
    seen = await orders.order(engineer, order.id)
    assert seen.job_status is JobStatus.QUALITY_CHECK
    lines = [line for line in await orders.timeline(engineer, order.id) if line.at > BEGAN]
    assert [line.new for line in lines] == [MEANS[new] for _, new in reversed(JOURNEY[:6])]


async def test_two_changes_within_one_second_both_stand_in_the_timeline(lab, placed, engineer, tell):
    order = await placed()
    base = {"jobId": order.job_id, "sequence": None}
    await tell([
        {**base, "newStatus": "ready_for_shipping", "timestamp": (BEGAN + timedelta(milliseconds=1)).isoformat()},
        {**base, "newStatus": "shipped", "timestamp": (BEGAN + timedelta(milliseconds=2)).isoformat()},
    ])  # fmt: skip
    lines = await orders.timeline(engineer, order.id)
    assert [line.what for line in lines[:2]] == ["Shipped", "Inspected and packed"]


async def test_the_short_snake_case_form_moves_an_order_and_its_repeat_says_nothing_new(
    lab, placed, engineer, tell, clinic
):
    order = await placed()
    for status in ("in_production", "in_production", "quality_check", "quality_check"):
        await tell([{"job_id": order.job_id, "new_status": status}])
    assert (await orders.order(engineer, order.id)).status is OrderStatus.QUALITY_CHECK
    lines = await orders.timeline(engineer, order.id)
    assert [line.what for line in lines] == ["Being inspected", "In production", "Queued at the lab", "Order placed"]
    await tell([{"job_id": order.job_id, "new_status": "shipped"}, {"job_id": order.job_id, "new_status": "queued"}])
    seen = await orders.order(engineer, order.id)
    assert seen.status is OrderStatus.SHIPPED  # with neither place nor time, only the table protects it
    assert [one.state for one in await inbox.deliveries(limit=1)] == [DeliveryState.FAILED]


async def test_a_failed_job_never_looks_healthy_and_shows_the_error(lab, placed, engineer, tell, clinic):
    order = await placed()
    await tell([{"jobId": order.job_id, "newStatus": "failed", "sequence": 2, "errorMessage": "Lens broke at edging"}])
    seen = await orders.order(clinic.actor, order.id)
    assert (seen.status, seen.attention, seen.reason) == (OrderStatus.ON_HOLD, True, "Lens broke at edging")
    assert (await orders.counts(clinic.actor)).of(ListView.ATTENTION) == 1
    await tell([{"jobId": order.job_id, "previousStatus": "failed", "newStatus": "in_production", "sequence": 3}])
    seen = await orders.order(clinic.actor, order.id)
    assert (seen.status, seen.attention, seen.reason) == (OrderStatus.IN_PRODUCTION, False, "")
    assert (await orders.counts(clinic.actor)).of(ListView.ATTENTION) == 0


async def test_what_the_lab_does_in_the_lims_is_seen_with_place_promise_and_tracking(
    lab, placed, clinic, engineer, tell
):
    order = await placed()
    for verb, body in (("advance", {}), ("advance", {}), ("advance", {}), ("advance", {"carrier": "DHL"})):
        job = lab.call("POST", f"jobs/{order.job_id}/{verb}", json=body).raise_for_status().json()
        assert await orders.take_job(Job.model_validate(job), who="Theo Lab")
    seen = await orders.order(clinic.actor, order.id)
    assert (seen.status, seen.carrier, seen.queue_position) == (OrderStatus.SHIPPED, "DHL", None)
    assert seen.tracking_number
    assert [line.who for line in await orders.timeline(clinic.actor, order.id)][:2] == ["Theo Lab", "Theo Lab"]
    assert not await orders.take_job(Job.model_validate(job))
    assert not await orders.take_job(Job.model_validate({**job, "jobId": "nobody-knows"}))
