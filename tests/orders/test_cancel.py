"""Taking an order back: while it may, remembered while it cannot be said yet, and said plainly when it is too late."""

import asyncio

import httpx
import pytest

from ils_app.kernel import lims as kernel_lims
from ils_app.kernel.errors import Invalid
from ils_app.orders import service as orders
from ils_app.orders.cancel import cancel_forgotten
from ils_app.orders.schemas import ListView, OrderStatus
from lims_client import LimsClient, Timing
from lims_client.errors import LimsUnavailable
from lims_client.models import JobStatus


async def words(actor, order_id) -> list[str]:
    return [line.what for line in await orders.timeline(actor, order_id)]


def step(lab, order) -> None:
    lab.call("POST", "sandbox/step", json={"jobId": order.job_id}).raise_for_status()


async def test_a_queued_order_is_cancelled_at_the_lab_with_its_reason(lab, clinic, placed):
    order = await placed()
    assert order.may_cancel
    seen = await orders.cancel(clinic.actor, order.id, reason=" Patient changed her mind ")
    assert (seen.status, seen.cancel_requested, seen.reason) == (
        OrderStatus.CANCELLED, False, "Patient changed her mind",
    )  # fmt: skip
    assert lab.call("GET", f"jobs/{order.job_id}").json()["status"] == "cancelled"
    assert await words(clinic.actor, order.id) == [
        "Cancelled", "Cancellation requested", "Queued at the lab", "Order placed",
    ]  # fmt: skip
    assert (await orders.counts(clinic.actor)).of(ListView.CANCELLED) == 1


async def test_cancelling_twice_is_cancelling_once(lab, clinic, placed):
    order = await placed()
    views = await asyncio.gather(*(orders.cancel(clinic.actor, order.id, reason="Twice") for _ in range(4)))
    assert {view.number for view in views} == {order.number}
    assert (await orders.cancel(clinic.actor, order.id, reason="Again")).status is OrderStatus.CANCELLED
    assert (await words(clinic.actor, order.id)).count("Cancellation requested") == 1


@pytest.mark.parametrize("reason", ["", "  ", "\x00"])
async def test_without_a_reason_nothing_is_cancelled(reason, lab, clinic, placed):
    order = await placed()
    with pytest.raises(Invalid) as refused:
        await orders.cancel(clinic.actor, order.id, reason=reason)
    assert set(refused.value.fields) == {"reason"}
    assert (await orders.order(clinic.actor, order.id)).status is OrderStatus.IN_PRODUCTION


async def test_once_we_know_that_the_lab_has_begun_it_is_too_late(lab, clinic, placed, tell_lims):
    order = await placed()
    step(lab, order)
    await tell_lims(order.job_id)
    with pytest.raises(orders.TooLate, match="in production"):
        await orders.cancel(clinic.actor, order.id, reason="Too late")
    with pytest.raises(orders.TooLate):
        await orders.cancel_and_correct(clinic.actor, order.id)
    assert not (await orders.order(clinic.actor, order.id)).may_cancel


async def test_a_lab_that_began_before_we_knew_does_not_cancel_and_it_is_said(lab, clinic, placed):
    order = await placed()
    step(lab, order)
    seen = await orders.cancel(clinic.actor, order.id, reason="Perhaps in time")
    assert (seen.status, seen.job_status, seen.cancel_requested) == (
        OrderStatus.IN_PRODUCTION, JobStatus.IN_PRODUCTION, False,
    )  # fmt: skip
    assert (await words(clinic.actor, order.id)).count("Not cancelled") == 1


async def test_a_lab_that_begins_while_a_cancellation_waits_is_said_too(lab, wire, clinic, placed, tell_lims):
    order = await placed()
    wire.cut = True
    seen = await orders.cancel(clinic.actor, order.id, reason="In vain")
    assert seen.cancel_requested
    wire.cut = False
    step(lab, order)
    await tell_lims(order.job_id)
    seen = await orders.order(clinic.actor, order.id)
    assert not seen.cancel_requested
    assert (await words(clinic.actor, order.id)).count("Not cancelled") == 1
    await orders.cancel_job(order.id)  # the durable job comes round and finds nothing to ask
    assert lab.call("GET", f"jobs/{order.job_id}").json()["status"] == "in_production"


async def test_cancel_and_correct_of_an_order_the_lab_has_begun_opens_no_draft(lab, clinic, placed):
    order = await placed()
    step(lab, order)
    with pytest.raises(orders.TooLate, match="ask the lab to hold it"):
        await orders.cancel_and_correct(clinic.actor, order.id)
    assert (await orders.counts(clinic.actor)).of(ListView.DRAFTS) == 0


async def test_a_cancellation_the_lims_does_not_answer_is_sent_by_itself_later(lab, wire, clinic, placed, work_off):
    order = await placed()
    wire.cut = True
    seen = await orders.cancel(clinic.actor, order.id, reason="Lab away")
    assert seen.cancel_requested
    assert seen.status is OrderStatus.IN_PRODUCTION
    assert not seen.may_cancel
    with pytest.raises(LimsUnavailable):
        await orders.cancel_job(order.id)  # so that the durable job is tried again
    wire.cut = False
    await work_off()
    assert (await orders.order(clinic.actor, order.id)).status is OrderStatus.CANCELLED


async def test_a_cancellation_whose_answer_was_lost_is_found_done(lab, wire, clinic, placed, work_off):
    order = await placed()
    wire.lose_answers_of = "/cancel"
    assert (await orders.cancel(clinic.actor, order.id, reason="Lost answer")).cancel_requested
    wire.lose_answers_of = ""
    await work_off()
    seen = await orders.order(clinic.actor, order.id)
    assert (seen.status, seen.reason) == (OrderStatus.CANCELLED, "Lost answer")
    assert "Not cancelled" not in await words(clinic.actor, order.id)


async def test_a_cancellation_while_the_job_is_being_created_is_remembered_and_sent(
    lab, wire, clinic, good, work_off, jobs_of
):
    draft = await orders.open_draft(clinic.actor, good())
    wire.hold_answers_of = "/jobs/create"
    submitting = asyncio.create_task(orders.submit(clinic.actor, draft.id, good()))
    await wire.held.wait()  # the lab has the job, we do not have its answer
    asked = await orders.cancel(clinic.actor, draft.id, reason="At once")
    assert (asked.status, asked.cancel_requested) == (OrderStatus.SUBMITTED, True)
    wire.let_go.set()
    known = await submitting
    assert known.job_id
    assert known.cancel_requested
    await work_off()
    seen = await orders.order(clinic.actor, draft.id)
    assert (seen.status, seen.reason) == (OrderStatus.CANCELLED, "At once")
    assert [job["status"] for job in jobs_of(clinic.id)] == ["cancelled"]


async def test_a_job_that_is_created_on_hold_is_cancelled_all_the_same(lab, wire, clinic, good, work_off, jobs_of):
    held = good(
        {"od_sphere": "-7", "od_cylinder": "", "od_axis": "", "os_sphere": "-7", "frame_b": "34", "frame_ed": "54"},
        material="159", frame_type="rimless",
    )  # fmt: skip
    draft = await orders.open_draft(clinic.actor, held)
    wire.hold_answers_of = "/jobs/create"
    submitting = asyncio.create_task(orders.submit(clinic.actor, draft.id, held))
    await wire.held.wait()
    await orders.cancel(clinic.actor, draft.id, reason="Another frame")
    wire.let_go.set()
    await submitting
    await work_off()
    assert (await orders.order(clinic.actor, draft.id)).status is OrderStatus.CANCELLED
    assert [job["status"] for job in jobs_of(clinic.id)] == ["cancelled"]


async def test_an_order_that_never_reached_the_lab_is_cancelled_without_a_job(
    lab, wire, clinic, good, work_off, jobs_of, emitted, sql
):
    wire.cut = True
    draft = await orders.open_draft(clinic.actor, good())
    waiting = await orders.submit(clinic.actor, draft.id, good())
    for _ in range(3):  # however often it was tried: a refused connection has left nothing behind
        await orders.resend(clinic.actor, waiting.id)
    asked = await orders.cancel(clinic.actor, waiting.id, reason="Never mind")
    assert asked.cancel_requested
    wire.cut = False
    await work_off()
    seen = await orders.order(clinic.actor, waiting.id)
    assert (seen.status, seen.reason, seen.job_id) == (OrderStatus.CANCELLED, "Never mind", "")
    assert jobs_of(clinic.id) == []
    assert (await words(clinic.actor, waiting.id))[0] == "Cancelled before it reached the lab"
    assert (await emitted())[-1] == "OrderMoved"


async def test_an_order_that_may_have_reached_the_lab_is_made_and_then_cancelled(
    lab, wire, clinic, good, work_off, jobs_of
):
    wire.lose_answers_of = "/jobs/create"
    draft = await orders.open_draft(clinic.actor, good())
    waiting = await orders.submit(clinic.actor, draft.id, good())
    await orders.cancel(clinic.actor, waiting.id, reason="Never mind")
    wire.lose_answers_of = ""
    await work_off()
    await work_off()
    assert (await orders.order(clinic.actor, waiting.id)).status is OrderStatus.CANCELLED
    assert [job["status"] for job in jobs_of(clinic.id)] == ["cancelled"]


@pytest.fixture
def refused(lab, wire, clinic, good):
    """An order the lab refused after it was saved."""

    async def make(reference: str = ""):
        wrong = good({"od_axis": ""}, reference=reference)
        wire.cut = True
        draft = await orders.open_draft(clinic.actor, wrong)
        await orders.submit(clinic.actor, draft.id, wrong)
        wire.cut = False
        return await orders.resend(clinic.actor, draft.id)

    return make


async def test_a_refused_order_is_cancelled_without_asking_the_lab(lab, wire, clinic, refused, emitted):
    order = await refused()
    assert (order.status, order.refused, order.may_cancel) == (OrderStatus.ON_HOLD, True, True)
    wire.cut = True
    seen = await orders.cancel(clinic.actor, order.id, reason="Forget it")
    assert (seen.status, seen.reason, seen.attention) == (OrderStatus.CANCELLED, "Forget it", False)
    assert (await orders.counts(clinic.actor)).of(ListView.ATTENTION) == 0
    assert (await emitted())[-1] == "OrderMoved"


async def test_a_cancellation_asked_for_while_the_lab_refuses_the_order_is_carried_out(
    lab, wire, clinic, good, work_off
):
    wrong = good({"od_axis": ""})
    wire.cut = True
    draft = await orders.open_draft(clinic.actor, wrong)
    await orders.submit(clinic.actor, draft.id, wrong)
    wire.cut, wire.hold_answers_of = False, "/jobs/create"
    resending = asyncio.create_task(orders.resend(clinic.actor, draft.id))
    await wire.held.wait()
    await orders.cancel(clinic.actor, draft.id, reason="Changed my mind")
    wire.let_go.set()
    seen = await resending
    assert seen.status is OrderStatus.CANCELLED
    assert seen.reason == "Changed my mind"
    assert not seen.attention
    await work_off()
    assert (await orders.order(clinic.actor, draft.id)).status is OrderStatus.CANCELLED


async def test_cancel_and_correct_is_one_act_and_the_same_draft_when_asked_again(lab, clinic, placed, good, jobs_of):
    order = await placed(good(reference="First"))
    drafts = [await orders.cancel_and_correct(clinic.actor, order.id) for _ in range(2)]
    assert drafts[0].id == drafts[1].id
    assert drafts[0].corrects == drafts[1].corrects == order.number
    assert drafts[0].draft.written == order.draft.written
    seen = await orders.order(clinic.actor, order.id)
    assert (seen.status, seen.corrected_by) == (OrderStatus.CANCELLED, drafts[0].id)
    mended = good({"od_sphere": "-2.25"}, reference="First, mended")
    sent = await orders.submit(clinic.actor, drafts[0].id, mended)
    assert sent.corrects == order.id
    assert sorted(job["status"] for job in jobs_of(clinic.id)) == ["cancelled", "queued"]


async def test_a_corrected_draft_opened_again_names_what_it_corrects(lab, clinic, refused):
    order = await refused()
    corrected = await orders.cancel_and_correct(clinic.actor, order.id)
    assert (await orders.draft(clinic.actor, corrected.id)).corrects == order.number
    assert not (await orders.order(clinic.actor, order.id)).may_correct


async def test_a_duplicate_has_everything_but_confirmations_and_file(lab, clinic, placed, good, work_off):
    ticked = good(confirmations=(orders.Ticked(code="RX_ANTIMETROPIA", by="x", at="2026-01-01T00:00:00Z"),))
    order = await placed(ticked)
    copy = await orders.duplicate(clinic.actor, order.id)
    assert copy.copied_from == order.number
    assert (await orders.draft(clinic.actor, copy.id)).copied_from == order.number
    assert copy.draft.confirmations == ()
    assert copy.draft == order.draft.model_copy(update={"confirmations": ()})
    second = await orders.submit(clinic.actor, copy.id, copy.draft)
    assert second.job_id not in ("", order.job_id)


async def test_a_lims_that_says_no_without_the_job_leaves_the_order_and_says_so(lab, clinic, placed):
    order = await placed()
    conflict = {"code": "illegal_move", "message": "It cannot be cancelled.", "status": "in_production"}

    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(409, json=conflict)

    asked = kernel_lims.lims()
    kernel_lims.use(
        LimsClient("http://lims.test", "key", timing=Timing(attempts=1), transport=httpx.MockTransport(refuse))
    )
    seen = await orders.cancel(clinic.actor, order.id, reason="In vain")
    kernel_lims.use(asked)
    assert (seen.status, seen.cancel_requested) == (OrderStatus.IN_PRODUCTION, False)
    assert (await words(clinic.actor, order.id)).count("Not cancelled") == 1


async def test_a_cancellation_whose_job_gave_up_is_carried_on_once_the_lab_is_back(
    lab, clinic, placed, wire, forget_failures, work_off, sql
):
    order = await placed()
    wire.cut = True
    assert (await orders.cancel(clinic.actor, order.id, reason="Too long away")).cancel_requested
    await sql("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'orders.cancel_job'")
    wire.cut = False
    forget_failures()
    assert await cancel_forgotten() == 1
    assert await cancel_forgotten() == 1  # and waits once
    waiting = "SELECT 1 FROM procrastinate_jobs WHERE task_name = 'orders.cancel_job' AND status = 'todo'"
    assert len(await sql(waiting)) == 1
    await work_off()
    assert (await orders.order(clinic.actor, order.id)).status is OrderStatus.CANCELLED
    assert await cancel_forgotten() == 0
