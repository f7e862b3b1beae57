"""Orders placed earlier or elsewhere are taken over with all their jobs have been through, once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from ils_app.orders import handlers
from ils_app.orders import service as orders
from ils_app.orders.schemas import ListView
from lims_client.models import Job, JobStatus

LAST_WEEK = datetime.now(UTC) - timedelta(days=7)


async def a_job(lab, clinic, number: str) -> Job:
    """A job that has been through the queue and is being made, in the LIMS's own words."""
    body = {
        "accountNumber": "HARB-001", "shipTo": "MAIN", "orderNumber": number, "practiceId": str(clinic.id),
        "lensType": "single_vision", "material": "150",
        "prescription": {"odSphere": -2, "osSphere": -2, "odPd": 31, "osPd": 31},
        "frame": {"type": "full_rim", "a": 52, "b": 36, "dbl": 18, "ed": 55, "status": "supplied"},
    }  # fmt: skip
    born = lab.call("POST", "sandbox/jobs", json=body).raise_for_status().json()
    lab.call("POST", "sandbox/step", json={"jobId": born["jobId"]}).raise_for_status()
    return Job.model_validate(lab.call("GET", f"jobs/{born['jobId']}").json())


async def test_an_order_is_taken_over_once_with_its_history_and_its_own_times(lab, clinic, good, emitted):
    order_id, number = uuid4(), await orders.draw_number()
    job = await a_job(lab, clinic, number)
    assert not await orders.is_there(order_id)
    for _ in range(2):
        await orders.bring_in(clinic.actor, good(), job, order_id=order_id, number=number, placed_at=LAST_WEEK)
    assert await orders.is_there(order_id)
    view = await orders.order(clinic.actor, order_id)
    assert (view.number, view.job_id, view.job_status) == (number, job.job_id, JobStatus.IN_PRODUCTION)
    assert view.placed_at == view.sent_at == LAST_WEEK
    assert view.prescription == job.prescription.to_wire()
    lines = await orders.timeline(clinic.actor, order_id)
    assert [(line.what, line.old, line.new) for line in lines] == [
        ("In production", "in_production", "in_production"), ("Queued at the lab", "submitted", "in_production"),
        ("Order placed", "draft", "submitted"),
    ]  # fmt: skip
    assert (await orders.counts(clinic.actor)).of(ListView.IN_PRODUCTION) == 1
    assert [row.id for row in await orders.find_orders(clinic.actor, number)] == [order_id]
    assert (await emitted()).count("OrderAdopted") == 1


async def test_the_sweep_by_the_clock_reconciles_and_sends_what_was_forgotten(lab, wire, clinic, placed, sql):
    heard = await placed()
    lab.call("POST", "sandbox/step", json={"jobId": heard.job_id}).raise_for_status()
    wire.cut = True
    forgotten = await placed()
    wire.cut = False
    await sql(
        "UPDATE orders.\"order\" SET heard_at = now() - interval '1 hour', next_try_at = now() - interval '1 hour'"
    )
    await handlers.reconcile()
    assert (await orders.order(clinic.actor, heard.id)).job_status is JobStatus.IN_PRODUCTION
    assert (await orders.order(clinic.actor, forgotten.id)).job_id
