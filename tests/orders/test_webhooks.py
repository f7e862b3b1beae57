"""The status webhook: proven over the raw bytes, kept once, answered at once, worked once in effect."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from ils_app.kernel import inbox, metrics
from ils_app.kernel import lims as kernel_lims
from ils_app.kernel.inbox import DeliveryState
from ils_app.orders import service as orders
from ils_app.orders.schemas import ListView, OrderStatus
from lims_client import LimsClient
from lims_client.models import JobStatus
from tests.support.sandbox_process import a_webhook_secret

ROUTE = "/api/webhooks/lims-status"
BODY = json.dumps({"jobId": "J-1", "newStatus": "in_production", "sequence": 2}).encode()


async def kept() -> list[inbox.DeliveryView]:
    return await inbox.deliveries(limit=200)


async def test_a_proven_delivery_is_kept_and_answered_202(nobody, signed):
    answer = await nobody.post(ROUTE, content=BODY, headers=signed(BODY, delivery_id="msg_one"))
    assert (answer.status_code, answer.json()) == (202, {"status": "kept"})
    (delivery,) = await kept()
    assert (delivery.delivery_id, delivery.subject, delivery.state) == ("msg_one", "J-1", DeliveryState.WAITING)
    assert delivery.body == BODY.decode()


FORGERIES = {
    "another secret": lambda headers: (
        headers
        | {
            "webhook-signature": Webhook(a_webhook_secret()).sign(
                headers["webhook-id"], datetime.now(UTC), BODY.decode()
            )
        }
    ),
    "no signature": lambda headers: {**headers, "webhook-signature": ""},
    "no scheme": lambda headers: {**headers, "webhook-signature": headers["webhook-signature"][3:]},
    "no base64": lambda headers: {**headers, "webhook-signature": "v1,%%%"},
    "another id": lambda headers: {**headers, "webhook-id": "msg_other"},
    "another time": lambda headers: {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)},
    "no time": lambda headers: {name: value for name, value in headers.items() if name != "webhook-timestamp"},
    "time in words": lambda headers: {**headers, "webhook-timestamp": "noon"},
    "no id": lambda headers: {name: value for name, value in headers.items() if name != "webhook-id"},
    "plain hex, not switched on": lambda headers: {"x-lims-signature": "00" * 32},
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_or_malformed_signature_is_refused_and_keeps_nothing(forge, nobody, signed):
    before = metrics.REGISTRY.get_sample_value("webhook_signature_failures_total", {"source": "lims"}) or 0
    answer = await nobody.post(ROUTE, content=BODY, headers=forge(signed(BODY)))
    assert answer.status_code == 401
    assert metrics.REGISTRY.get_sample_value("webhook_signature_failures_total", {"source": "lims"}) == before + 1
    assert answer.json()["code"] == "signature"
    assert await kept() == []


@pytest.mark.parametrize("minutes", [-6, 6], ids=["recorded long ago", "from the future"])
async def test_outside_the_five_minute_window_nothing_is_believed(minutes, nobody, signed):
    headers = signed(BODY, at=datetime.now(UTC) + timedelta(minutes=minutes))
    assert (await nobody.post(ROUTE, content=BODY, headers=headers)).status_code == 401
    assert await kept() == []


async def test_a_body_changed_on_its_way_is_refused(nobody, signed):
    changed = BODY.replace(b"in_production", b"quality_check")
    assert (await nobody.post(ROUTE, content=changed, headers=signed(BODY))).status_code == 401


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "JSON"),
        (b"[]", "event of the contract"),
        (b'{"jobId": "J-1"}', "newStatus"),
        (b'{"newStatus": "queued"}', "jobId"),
        (b'{"jobId": "J-1", "newStatus": "melted"}', "unknown job status"),
        (b'{"jobId": "J-1", "newStatus": "queued", "sequence": "soon"}', "sequence"),
        (b'{"type": "job.exploded", "jobId": "J-1", "newStatus": "queued"}', "event"),
        (b'{"type": "catalog.updated", "rulesVersion": "2"}', "lims-catalog-update"),
    ],
)  # fmt: skip
async def test_a_malformed_body_is_refused_with_the_reason(body, reason, nobody, signed):
    answer = await nobody.post(ROUTE, content=body, headers=signed(body))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert reason in answer.json()["message"]
    assert await kept() == []


async def test_over_256_kb_is_too_large_and_just_under_is_not(nobody, signed):
    def of_size(size: int) -> bytes:
        head = BODY[:-1] + b', "details": "'
        return head + b"x" * (size - len(head) - 2) + b'"}'

    most = of_size(inbox.MAX_BODY_BYTES)
    assert (await nobody.post(ROUTE, content=most, headers=signed(most))).status_code == 202
    over = of_size(inbox.MAX_BODY_BYTES + 1)
    answer = await nobody.post(ROUTE, content=over, headers=signed(over))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert len(await kept()) == 1


async def test_the_same_delivery_twice_is_applied_once(lab, placed, engineer, hear, work_off):
    order = await placed()
    said = {"jobId": order.job_id, "previousStatus": "queued", "newStatus": "in_production", "sequence": 2}
    first = await hear(said, delivery_id="msg_again")
    answers = await asyncio.gather(*(hear(said, delivery_id="msg_again") for _ in range(5)))
    assert first.json() == {"status": "kept"}
    assert [(answer.status_code, answer.json()) for answer in answers] == [(202, {"status": "known"})] * 5
    await work_off()
    (delivery,) = await kept()
    assert (delivery.state, delivery.attempts) == (DeliveryState.APPLIED, 1)
    lines = await orders.timeline(engineer, order.id)
    assert [line.what for line in lines].count("In production") == 1


async def test_working_a_delivery_again_changes_nothing(lab, placed, engineer, hear, work_off, emitted):
    order = await placed()
    await hear({"jobId": order.job_id, "previousStatus": "queued", "newStatus": "in_production", "sequence": 2})
    await work_off()
    before = (await orders.timeline(engineer, order.id), await emitted(), await orders.order(engineer, order.id))
    (delivery,) = await kept()
    await inbox.replay(delivery.id, {"lims-status": "orders.apply_status"})
    await work_off()
    (delivery,) = await kept()
    assert (delivery.state, delivery.attempts) == (DeliveryState.APPLIED, 2)  # what it did once stays on record
    assert delivery.outcome.endswith("known already.")
    after = (await orders.timeline(engineer, order.id), await emitted(), await orders.order(engineer, order.id))
    assert after == before


async def test_a_job_nobody_knows_is_kept_and_shown_as_unmatched(lab, hear, work_off):
    await hear({"jobId": "J-nowhere", "newStatus": "in_production", "sequence": 2})
    await work_off()
    (delivery,) = await kept()
    assert (delivery.state, delivery.subject) == (DeliveryState.UNMATCHED, "J-nowhere")
    assert "No order has this job" in delivery.outcome


async def test_a_word_heard_before_the_answer_was_stored_is_applied_when_it_is(
    lab, wire, clinic, good, hear, work_off, engineer, jobs_of
):
    """The LIMS makes the job and moves it; its answer is lost; the webhook comes before the order knows its job."""
    draft = await orders.open_draft(clinic.actor, good())
    wire.lose_answers_of = "/jobs/create"
    waiting = await orders.submit(clinic.actor, draft.id, good())
    assert waiting.waiting
    wire.lose_answers_of = ""
    (job,) = [one for one in jobs_of(clinic.id) if one["orderNumber"] == waiting.number]
    await hear({**job, "previousStatus": "queued", "newStatus": "in_production", "sequence": 2})
    await work_off()
    assert [one.state for one in await kept()] == [DeliveryState.UNMATCHED]
    sent = await orders.resend(clinic.actor, waiting.id)
    assert (sent.job_id, sent.job_status) == (job["jobId"], JobStatus.QUEUED)
    await work_off()
    assert [one.state for one in await kept()] == [DeliveryState.APPLIED]
    assert (await orders.order(engineer, waiting.id)).job_status is JobStatus.IN_PRODUCTION


async def test_an_answer_that_comes_late_brings_the_history_the_webhooks_would_have_told(
    lab, wire, clinic, good, jobs_of
):
    draft = await orders.open_draft(clinic.actor, good())
    wire.lose_answers_of = "/jobs/create"
    waiting = await orders.submit(clinic.actor, draft.id, good())
    wire.lose_answers_of = ""
    (job,) = [one for one in jobs_of(clinic.id) if one["orderNumber"] == waiting.number]
    for _ in range(2):
        lab.call("POST", "sandbox/step", json={"jobId": job["jobId"]}).raise_for_status()
    sent = await orders.resend(clinic.actor, waiting.id)
    assert sent.status is OrderStatus.QUALITY_CHECK
    lines = [(line.old, line.new) for line in await orders.timeline(clinic.actor, sent.id) if line.who == "The lab"]
    assert lines == [
        ("in_production", "quality_check"), ("in_production", "in_production"), ("submitted", "in_production"),
    ]  # fmt: skip


async def born(lab, account: str) -> dict:
    body = {
        "accountNumber": account, "shipTo": "MAIN", "lensType": "single_vision", "material": "150",
        "prescription": {"odSphere": -2, "osSphere": -2, "odPd": 31, "osPd": 31},
        "frame": {"type": "full_rim", "a": 52, "b": 36, "dbl": 18, "ed": 55, "status": "supplied"},
    }  # fmt: skip
    answer = lab.call("POST", "sandbox/jobs", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_job_born_in_the_lims_becomes_an_order_of_the_account_it_names(
    lab, clinic, clinic_of, hear, work_off, emitted
):
    other = await clinic_of("MILL-001", "Mill Lane Opticians")
    job = await born(lab, "MILL-001")
    for sequence, status in ((2, "in_production"), (1, "queued")):
        if sequence == 2:
            lab.call("POST", "sandbox/step", json={"jobId": job["jobId"]}).raise_for_status()
        await hear({**job, "newStatus": status, "previousStatus": "queued" if sequence == 2 else None,
                    "sequence": sequence})  # fmt: skip
    await work_off()
    (row,) = (await orders.orders_page(other.actor)).rows
    assert (row.job_id, row.job_status, row.practice_id) == (job["jobId"], JobStatus.IN_PRODUCTION, other.id)
    view = await orders.order(other.actor, row.id)
    assert view.price
    assert view.prescription["odSphere"] == -2
    assert [line.what for line in await orders.timeline(other.actor, row.id)] == ["In production", "Queued at the lab"]
    assert (await orders.counts(other.actor)).of(ListView.IN_PRODUCTION) == 1
    assert (await orders.orders_page(clinic.actor)).rows == ()
    assert (await emitted()).count("OrderAdopted") == 1
    assert {one.state for one in await kept()} == {DeliveryState.APPLIED, DeliveryState.REPEATED}


async def test_adopting_one_job_from_two_workers_at_once_makes_one_order(lab, clinic):
    job = await born(lab, "HARB-001")
    assert await asyncio.gather(*(orders.adopt(job["jobId"]) for _ in range(5))) == [True] * 5
    assert len((await orders.orders_page(clinic.actor)).rows) == 1
    assert (await orders.counts(clinic.actor)).of(ListView.ALL) == 1


async def test_a_job_of_an_account_that_is_not_ours_waits_and_is_applied_once_the_account_is(
    lab, clinic_of, hear, work_off
):
    lab.call("POST", "sandbox/accounts", json={"accountNumber": "LATE-001", "name": "Late"}).raise_for_status()
    job = await born(lab, "LATE-001")
    await hear({**job, "newStatus": "queued"})
    await work_off()
    assert [one.state for one in await kept()] == [DeliveryState.UNMATCHED]
    late = await clinic_of("LATE-001", "Late Opticians")
    lab.call("POST", "sandbox/step", json={"jobId": job["jobId"]}).raise_for_status()
    await hear({**job, "previousStatus": "queued", "newStatus": "in_production", "sequence": 2})
    await work_off()
    assert [row.job_id for row in (await orders.orders_page(late.actor)).rows] == [job["jobId"]]
    # The second word made the order, history and all; the first, worked again, finds itself told.
    assert [one.state for one in await kept()] == [DeliveryState.APPLIED, DeliveryState.REPEATED]


async def test_a_job_held_at_birth_shows_why(lab, clinic, hear, work_off):
    body = {
        "accountNumber": "HARB-001", "shipTo": "MAIN", "lensType": "single_vision", "design": "sv-sph",
        "material": "159", "coatings": ["hc", "ar-std"],
        "prescription": {"odSphere": -7, "osSphere": -7, "odPd": 31, "osPd": 31},
        "frame": {"type": "rimless", "a": 52, "b": 34, "dbl": 18, "ed": 54, "status": "supplied"},
    }  # fmt: skip
    job = lab.call("POST", "sandbox/jobs", json=body).raise_for_status().json()
    await hear({**job, "newStatus": job["status"]})
    await work_off()
    (row,) = (await orders.orders_page(clinic.actor, view=ListView.ATTENTION)).rows
    view = await orders.order(clinic.actor, row.id)
    assert "MOUNT_POWER" in {finding.code for finding in view.findings}
    assert view.reason


async def test_an_illegal_move_is_kept_as_failed_and_the_order_stands(lab, placed, engineer, hear, work_off):
    order = await placed()
    for sequence, status in ((2, "cancelled"), (3, "in_production")):
        await hear({"jobId": order.job_id, "newStatus": status, "sequence": sequence})
    await work_off()
    assert [one.state for one in await kept()] == [DeliveryState.FAILED, DeliveryState.APPLIED]
    assert (await orders.order(engineer, order.id)).status is OrderStatus.CANCELLED


async def test_a_delivery_that_meets_its_order_being_stored_is_not_left_unmatched(
    lab, placed, hear, work_off, engineer, sql
):
    """The order's job id is stored while a worker has just found no order: the match comes after that delivery."""
    order = await placed()
    await sql('UPDATE orders."order" SET job_id = NULL WHERE id = :id', id=order.id)
    await hear({"jobId": order.job_id, "newStatus": "in_production", "sequence": 2})
    await orders.apply_status((await kept())[0].id)
    locks = await sql(
        "SELECT task_name, lock FROM procrastinate_jobs WHERE task_name LIKE 'orders.%' AND lock IS NOT NULL"
    )
    assert {row.lock for row in locks} == {f"lims-status:{order.job_id}"}
    assert {row.task_name for row in locks} == {"orders.apply_status", "orders.match_deliveries"}
    await sql('UPDATE orders."order" SET job_id = :job WHERE id = :id', id=order.id, job=order.job_id)
    await work_off()
    assert (await orders.order(engineer, order.id)).job_status is JobStatus.IN_PRODUCTION


async def test_the_plain_hex_signature_counts_only_when_it_is_switched_on(lab, placed, nobody, work_off, engineer):
    import hashlib
    import hmac

    order = await placed()
    body = json.dumps({"jobId": order.job_id, "newStatus": "in_production", "sequence": 2}).encode()
    key = lab.webhook_secret.encode()
    headers = {"x-lims-signature": hmac.new(key, body, hashlib.sha256).hexdigest()}
    assert (await nobody.post(ROUTE, content=body, headers=headers)).status_code == 401
    asked = kernel_lims.lims()
    kernel_lims.use(LimsClient(base_url=lab.base_url, api_key=lab.api_key, webhook_secret=lab.webhook_secret,
                               allow_hex_signature=True))  # fmt: skip
    try:
        answers = [await nobody.post(ROUTE, content=body, headers=headers) for _ in range(2)]
        assert [answer.json()["status"] for answer in answers] == ["kept", "known"]
        short = json.dumps({"job_id": order.job_id, "new_status": "on_hold"}).encode()
        headers = {"x-lims-signature": hmac.new(key, short, hashlib.sha256).hexdigest()}
        assert (await nobody.post(ROUTE, content=short, headers=headers)).status_code == 202
    finally:
        await kernel_lims.close()
        kernel_lims.use(asked)
    await work_off()
    assert (await orders.order(engineer, order.id)).job_status is JobStatus.ON_HOLD


async def test_a_lost_webhook_is_caught_by_the_sweep(lab, placed, engineer, sql):
    silent, heard = await placed(), await placed()
    for order in (silent, heard):
        lab.call("POST", "sandbox/step", json={"jobId": order.job_id}).raise_for_status()
    await sql("UPDATE orders.\"order\" SET heard_at = now() - interval '1 hour' WHERE id = :id", id=silent.id)
    assert await orders.reconcile() == 1
    assert (await orders.order(engineer, silent.id)).job_status is JobStatus.IN_PRODUCTION
    assert (await orders.order(engineer, heard.id)).job_status is JobStatus.QUEUED
    assert await orders.reconcile() == 0


async def test_what_the_sweep_tells_is_what_the_webhooks_would_have_told(lab, placed, engineer, sql, tell_lims):
    by_sweep, by_webhook = await placed(), await placed()
    for _ in range(3):
        for order in (by_sweep, by_webhook):
            lab.call("POST", "sandbox/step", json={"jobId": order.job_id}).raise_for_status()
        await tell_lims(by_webhook.job_id)
    await sql("UPDATE orders.\"order\" SET heard_at = now() - interval '1 hour' WHERE id = :id", id=by_sweep.id)
    await orders.reconcile()
    swept, told = [
        [(line.who, line.what, line.old, line.new) for line in await orders.timeline(engineer, order.id)]
        for order in (by_sweep, by_webhook)
    ]
    assert swept == told


async def test_one_job_the_lims_has_forgotten_does_not_keep_the_others_from_the_sweep(lab, placed, engineer, sql):
    lost, silent = await placed(), await placed()
    lab.call("POST", "sandbox/step", json={"jobId": silent.job_id}).raise_for_status()
    aged = "UPDATE orders.\"order\" SET heard_at = now() - :hours * interval '1 hour', job_id = :job WHERE id = :id"
    await sql(aged, hours=3, job="J-gone", id=lost.id)
    await sql(aged, hours=1, job=silent.job_id, id=silent.id)
    assert await orders.reconcile() == 1
    assert (await orders.order(engineer, silent.id)).job_status is JobStatus.IN_PRODUCTION


async def test_with_the_lab_away_the_sweep_stops_and_goes_on_next_time(lab, placed, engineer, sql):
    order = await placed()
    lab.call("POST", "sandbox/step", json={"jobId": order.job_id}).raise_for_status()
    await sql("UPDATE orders.\"order\" SET heard_at = now() - interval '1 hour'")
    lab.control(outage=True)
    assert await orders.reconcile() == 0
    lab.control(outage=False)
    assert await orders.reconcile() == 1
