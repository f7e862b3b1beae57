"""Placing an order: once, safely, whatever the lab's system does meanwhile."""

import asyncio

import pytest
from sqlalchemy import select

from ils_app.kernel import metrics
from ils_app.kernel.events import EventRow
from ils_app.kernel.room import Room
from ils_app.orders import service as orders
from ils_app.orders.schemas import ListView, OrderStatus


async def emitted() -> list[str]:
    async with Room("kernel").read() as session:
        rows = (await session.execute(select(EventRow).order_by(EventRow.id))).scalars()
        return [row.name for row in rows if row.name.startswith("Order")]


def jobs_of(lab, order) -> list[dict]:
    """The lab's jobs for this order's practice; every test has a practice of its own."""
    jobs, cursor = [], ""
    while cursor is not None:
        page = lab.call("GET", f"jobs?limit=200&cursor={cursor}" if cursor else "jobs?limit=200").json()
        jobs, cursor = [*jobs, *page["jobs"]], page.get("nextCursor")
    return [job for job in jobs if job.get("practiceId") == str(order.practice_id)]


async def test_a_placed_order_has_its_job_place_and_promise_at_once(lab, clinic, good):
    draft = await orders.open_draft(clinic.actor, good())
    view = await orders.submit(clinic.actor, draft.id, good())
    assert view.status is OrderStatus.IN_PRODUCTION
    assert view.job_id
    assert view.queue_position
    assert view.due_at
    assert view.promised_at == view.due_at
    assert view.price
    assert view.price.minor == sum(line.minor for line in view.price_lines) > 0
    assert view.number.startswith("ORD-")
    assert [entry.what for entry in await orders.timeline(clinic.actor, view.id)] == [
        "Queued at the lab",
        "Order placed",
    ]


async def test_submitting_a_draft_twice_sends_one_order_to_the_lab(lab, clinic, good):
    draft = await orders.open_draft(clinic.actor, good())
    first, second = [await orders.submit(clinic.actor, draft.id, good()) for _ in range(2)]
    assert second == first
    assert await emitted() == ["OrderSubmitted", "OrderSent", "OrderMoved"]
    assert len(jobs_of(lab, first)) == 1


async def test_every_placing_is_counted_with_its_time_by_what_came_of_it(lab, clinic, good):
    def counted() -> dict[str, float]:
        read = metrics.REGISTRY.get_sample_value
        words = ("sent", "repeated", "rejected", "waiting")
        totals = {word: read("order_submissions_total", {"outcome": word}) or 0 for word in words}
        assert totals == {
            word: read("order_submission_duration_seconds_count", {"outcome": word}) or 0 for word in words
        }
        return totals

    before = counted()
    first, wrong, late = [(await orders.open_draft(clinic.actor, good())).id for _ in range(3)]
    for _ in range(2):
        await orders.submit(clinic.actor, first, good())
    with pytest.raises(orders.CannotBeMade):
        await orders.submit(clinic.actor, wrong, good({"od_axis": ""}))
    lab.control(outage=True)
    await orders.submit(clinic.actor, late, good())
    assert {word: total - before[word] for word, total in counted().items()} == {
        "sent": 1, "repeated": 1, "rejected": 1, "waiting": 1,
    }  # fmt: skip


async def test_two_tabs_submitting_at_the_same_moment_make_one_job(lab, clinic, good):
    draft = await orders.open_draft(clinic.actor, good())
    views = await asyncio.gather(*(orders.submit(clinic.actor, draft.id, good()) for _ in range(5)))
    assert {view.job_id for view in views} == {views[0].job_id}
    assert len(jobs_of(lab, views[0])) == 1
    assert (await emitted()).count("OrderSubmitted") == 1


async def test_what_the_rules_reject_is_not_sent_and_names_the_field(lab, clinic, good):
    wrong = good({"od_axis": ""})
    draft = await orders.open_draft(clinic.actor, wrong)
    with pytest.raises(orders.CannotBeMade) as refused:
        await orders.submit(clinic.actor, draft.id, wrong)
    assert refused.value.fields["od_axis"]
    assert {finding.code for finding in refused.value.findings} == {"RX_AXIS_MISSING"}
    assert (await orders.draft(clinic.actor, draft.id)).draft.written["od_sphere"] == "-2.00"
    assert await emitted() == []


async def test_what_cannot_be_read_is_said_before_anything_is_sent(lab, clinic, good):
    wrong = good({"os_sphere": "minus two"}, patient_id=None)
    draft = await orders.open_draft(clinic.actor, wrong)
    with pytest.raises(orders.NotReadable) as refused:
        await orders.submit(clinic.actor, draft.id, wrong)
    assert set(refused.value.fields) == {"os_sphere", "patient_id"}


async def test_with_the_lab_away_the_order_waits_and_is_sent_by_itself_once(lab, clinic, good, work_off):
    lab.control(outage=True)
    draft = await orders.open_draft(clinic.actor, good())
    view = await orders.submit(clinic.actor, draft.id, good())
    assert view.status is OrderStatus.SUBMITTED
    assert view.waiting
    assert view.next_try_at
    assert view.may_resend
    assert (await orders.waiting_for_lab(clinic.actor)).count == 1
    lab.control(outage=False)
    sent = await orders.resend(clinic.actor, view.id)
    assert sent.job_id
    await work_off()
    assert len(jobs_of(lab, view)) == 1
    assert (await orders.order(clinic.actor, view.id)).job_id == sent.job_id


async def test_an_answer_lost_on_its_way_is_found_again_by_the_key(lab, wire, clinic, good):
    draft = await orders.open_draft(clinic.actor, good())
    wire.lose_answers_of = "/jobs/create"
    waiting = await orders.submit(clinic.actor, draft.id, good())
    assert waiting.waiting
    wire.lose_answers_of = ""
    sent = await orders.resend(clinic.actor, draft.id)
    assert sent.job_id
    assert len(jobs_of(lab, sent)) == 1


async def test_a_hold_finding_creates_the_order_on_hold_with_its_reason(lab, clinic, good):
    held = good(
        {"od_sphere": "-7", "od_cylinder": "", "od_axis": "", "os_sphere": "-7", "frame_b": "34", "frame_ed": "54"},
        material="159", frame_type="rimless",
    )  # fmt: skip
    draft = await orders.open_draft(clinic.actor, held)
    view = await orders.submit(clinic.actor, draft.id, held)
    assert view.status is OrderStatus.ON_HOLD
    assert view.attention
    assert "MOUNT_POWER" in {finding.code for finding in view.findings}
    assert (await orders.counts(clinic.actor)).of(ListView.ATTENTION) == 1


async def test_refused_after_it_was_saved_it_is_held_and_opens_as_a_corrected_draft(lab, clinic, good):
    lab.control(outage=True)
    wrong = good({"od_axis": ""})
    draft = await orders.open_draft(clinic.actor, wrong)
    saved = await orders.submit(clinic.actor, draft.id, wrong)
    assert saved.waiting
    lab.control(outage=False)
    view = await orders.resend(clinic.actor, saved.id)
    assert view.status is OrderStatus.ON_HOLD
    assert view.refused
    assert "RX_AXIS_MISSING" in {finding.code for finding in view.findings}
    assert (await orders.counts(clinic.actor)).of(ListView.ATTENTION) == 1
    corrected = await orders.cancel_and_correct(clinic.actor, view.id)
    assert corrected.corrects == view.number
    again = await orders.cancel_and_correct(clinic.actor, view.id)
    assert again.id == corrected.id
    assert (await orders.counts(clinic.actor)).of(ListView.ATTENTION) == 0
    sent = await orders.submit(clinic.actor, corrected.id, good())
    assert sent.job_id


async def test_with_the_lab_away_its_questions_are_still_asked(lab, clinic, good):
    asking = good({"od_sphere": "-2.25", "od_cylinder": "", "od_axis": "", "os_sphere": "2.25"})
    draft = await orders.open_draft(clinic.actor, asking)
    lab.control(outage=True)
    with pytest.raises(orders.NotConfirmed):
        await orders.submit(clinic.actor, draft.id, asking)
    assert (await orders.draft(clinic.actor, draft.id)).version == draft.version


async def test_a_draft_saved_elsewhere_since_is_not_sent_over(lab, clinic, good):
    draft = await orders.open_draft(clinic.actor, good())
    elsewhere = await orders.autosave(clinic.actor, draft.id, good({"od_sphere": "-4.00"}), version=draft.version)
    with pytest.raises(orders.DraftChanged) as changed:
        await orders.submit(clinic.actor, draft.id, good(), version=draft.version)
    assert changed.value.theirs == elsewhere
    assert jobs_of(lab, draft) == []
