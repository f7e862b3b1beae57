"""Checks of what every LIMS must do: health, catalog, validation, jobs, reconciliation, webhooks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from lims_client.contract.bench import PROGRESSIVE_WITHOUT_ADD, Bench, Broken, must
from lims_client.errors import LimsConflict
from lims_client.models import (
    Catalog,
    Category,
    Decision,
    HealthStatus,
    Job,
    JobStatus,
    Severity,
    ValidationResult,
)


async def health_names_itself(bench: Bench) -> None:
    """GET /health answers a status and the capabilities, core among them"""
    health = await bench.client.health()
    must(health.lims is not None, health.reason)
    must("core" in health.capabilities, "capabilities lack core")
    must(health.status is not HealthStatus.UNHEALTHY, "it says of itself that it is unhealthy")


async def a_wrong_key_is_refused(bench: Bench) -> None:
    """without the key, or with a wrong one, nothing is answered: 401 or 403 with code and message"""
    for authorization in ("Bearer wrong", "", "Basic wrong"):
        for method, path in (("GET", "catalog"), ("GET", "jobs"), ("POST", "validation")):
            response = await bench.ask(method, path, {} if method == "POST" else None, authorization=authorization)
            bench.refused(response, 401, 403, about=f"{method} /{path} with a wrong key")


async def the_catalog_has_entries(bench: Bench) -> None:
    """GET /catalog answers version, rulesVersion and entries, each id once in its category"""
    catalog = await bench.client.fetch_catalog()
    keys = [(entry.category, entry.id) for entry in catalog.entries]
    must(len(keys) == len(set(keys)), "an id appears twice in one category")
    for category in (Category.LENS_TYPE, Category.DESIGN, Category.MATERIAL, Category.COATING):
        must(catalog.of(category), f"no entry of category {category}")


async def the_catalog_has_a_tag(bench: Bench) -> None:
    """GET /catalog carries an ETag, and answers 304 without a body to it"""
    first = await bench.ask("GET", "catalog")
    etag = first.headers.get("etag", "")
    must(etag, "no ETag")
    again = await bench.ask("GET", "catalog", if_none_match=etag)
    must(again.status_code == 304 and not again.content, f"answered {again.status_code} to its own ETag")
    other = await bench.ask("GET", "catalog", if_none_match='"another"')
    must(other.status_code == 200, f"answered {other.status_code} to a foreign ETag")
    must(Catalog.from_wire(other.content).entries, "no entries")


async def a_good_configuration_is_valid(bench: Bench) -> None:
    """POST /validation accepts the sample, with lead time, promised date and the published rules' version"""
    result = await bench.check(bench.order())
    must(result.is_valid, f"the sample order is refused ({', '.join(sorted(result.codes()))}): give --configuration")
    must(result.decision is not Decision.REJECT, "isValid is true and the decision is reject")
    must(result.estimated_lead_time is not None and result.estimated_lead_time >= 0, "no estimatedLeadTime")
    must(result.promised_date is not None, "no promisedDate")
    must(result.promised_date > datetime.now(UTC), "promisedDate is in the past")
    catalog = await bench.client.fetch_catalog()
    must(result.rules_version == catalog.rules_version, "rulesVersion is not the catalog's")


async def a_missing_addition_is_said(bench: Bench) -> None:
    """POST /validation rejects a progressive without an addition: 200, isValid false, RX_ADD_MISSING in errors"""
    response = await bench.ask("POST", "validation", PROGRESSIVE_WITHOUT_ADD)
    must(response.status_code == 200, f"answered {response.status_code}, not 200")
    result = ValidationResult.from_wire(response.content)
    must(not result.is_valid and result.decision is Decision.REJECT, f"isValid {result.is_valid}, {result.decision}")
    finding = next((finding for finding in result.findings if finding.code == "RX_ADD_MISSING"), None)
    must(finding is not None, f"no RX_ADD_MISSING among {sorted(result.codes())}")
    assert finding is not None
    must(finding.severity is Severity.REJECT, f"RX_ADD_MISSING has severity {finding.severity}")
    must("RX_ADD_MISSING" in json.dumps(response.json().get("errors")), "errors does not follow from the findings")


async def findings_speak_the_codes(bench: Bench) -> None:
    """POST /validation names what is wrong with the contract's codes"""
    rx = bench.sample["prescription"]
    without_pd = {name: value for name, value in rx.items() if "pd" not in name.lower()}
    wrong: dict[str, dict[str, Any]] = {
        "RX_AXIS_MISSING": {"prescription": {**rx, "odCylinder": -1}},
        "RX_AXIS_RANGE": {"prescription": {**rx, "odCylinder": -1, "odAxis": 190}},
        "PRISM_BASE_MISSING": {"prescription": {**rx, "odPrism": [{"amount": 1}]}},
        "PD_MISSING": {"prescription": without_pd},
        "COMBO_UNKNOWN": {"material": "no-such-material"},
    }
    missing = []
    for code, change in wrong.items():
        result = await bench.check(bench.order(**change))
        if code not in result.codes():
            missing.append(f"{code} (said {', '.join(sorted(result.codes())) or 'nothing'})")
        verdicts = {finding.severity for finding in result.findings}
        must(result.is_valid is (Severity.REJECT not in verdicts), f"{code}: isValid does not follow from the findings")
    must(not missing, f"not said: {'; '.join(missing)}")


async def one_eye_is_enough(bench: Bench) -> None:
    """POST /validation takes an order for one eye, the other without fields"""
    result = await bench.check(bench.order(prescription={"eye": "right", "odSphere": -2, "odPd": 31.5}))
    must(result.is_valid, f"refused: {', '.join(sorted(result.codes()))}")


async def one_coating_may_stand_alone(bench: Bench) -> None:
    """POST /validation takes `coating` for a list of one"""
    coating = next((e.id for e in (await bench.client.fetch_catalog()).of(Category.COATING) if e.available), None)
    must(coating is not None, "the catalog offers no coating")
    one = await bench.ask("POST", "validation", bench.order(coating=coating))
    many = await bench.ask("POST", "validation", bench.order(coatings=[coating]))
    results = [ValidationResult.from_wire(response.content) for response in (one, many)]
    must(results[0].codes() == results[1].codes(), "it judges `coating` and `coatings` differently")


async def a_body_that_is_none_is_refused(bench: Bench) -> None:
    """a body outside the contract is a 4xx with code and message, never a 5xx"""
    bodies: list[Any] = [{"prescription": "minus two"}, [], {"prescription": {"odSphere": "x"}}]
    for body in bodies:
        response = await bench.ask("POST", "validation", body)
        bench.refused(response, 400, 422, about="POST /validation with a body that is none")


async def a_job_is_made(bench: Bench) -> None:
    """POST /jobs/create answers a job with all a job carries, and its prescription"""
    body = bench.order()
    job = Job.from_wire(await _made(bench, body))
    must(job.status in (JobStatus.QUEUED, JobStatus.ON_HOLD), f"a new job is {job.status}")
    must(job.order_number == body["orderNumber"], "orderNumber is not the order's")
    for name in ("sequence", "timestamp", "estimated_completion_date", "rules_version"):
        must(getattr(job, name) is not None, f"no {name}")
    if job.status is JobStatus.QUEUED:
        must(job.queue_position is not None and job.queue_position >= 1, "a queued job has no queuePosition")
    must(job.prescription is not None, "it does not echo its prescription")
    assert job.prescription is not None
    must(job.prescription.od_sphere == -2 or bench.sample["prescription"].get("odSphere") != -2, "another prescription")


async def _made(bench: Bench, body: dict[str, Any], key: str | None = None) -> bytes:
    response = await bench.create(body, key)
    must(response.is_success, f"POST /jobs/create answered {response.status_code}")
    return response.content


async def the_same_key_is_the_same_job(bench: Bench) -> None:
    """POST /jobs/create with the same key and body is the same job; with another body it is 409"""
    key, body = uuid4().hex, bench.order()
    first = Job.from_wire(await _made(bench, body, key))
    second = Job.from_wire(await _made(bench, body, key))
    must(first.job_id == second.job_id, "the same key and body made two jobs")
    other = await bench.create({**body, "patientId": "somebody-else"}, key)
    bench.refused(other, 409, about="the same key with another body")


async def a_key_is_required(bench: Bench) -> None:
    """POST /jobs/create without a key is refused"""
    response = await bench.ask("POST", "jobs/create", bench.order())
    if response.is_success:
        bench.also_ends(Job.from_wire(response.content))
    bench.refused(response, 400, 422, 428, about="POST /jobs/create without Idempotency-Key")


async def what_cannot_be_made_is_refused(bench: Bench) -> None:
    """POST /jobs/create of what the rules reject is 422 with the findings"""
    response = await bench.create(bench.order(**PROGRESSIVE_WITHOUT_ADD))
    body = bench.refused(response, 422, about="creating what is rejected")
    must("RX_ADD_MISSING" in {finding.code for finding in body.findings}, "the findings lack RX_ADD_MISSING")


async def a_job_can_be_asked_for(bench: Bench) -> None:
    """GET /jobs/{jobId} has the job with its history in order, and /status agrees"""
    made = await bench.a_job()
    job = await bench.client.get_job(made.job_id)
    must(job.job_id == made.job_id and job.order_number == made.order_number, "another job came")
    must(job.history, "no history")
    sequences = [entry.sequence for entry in job.history if entry.sequence is not None]
    must(sequences == sorted(set(sequences)), "the history's sequences do not grow")
    state = await bench.client.get_job_status(made.job_id)
    must((state.sequence or 0) >= (job.sequence or 0), "/status is behind the job")


async def an_unknown_job_is_not_found(bench: Bench) -> None:
    """an unknown job is 404 with code and message, whatever is asked of it"""
    nobody = f"no-such-job-{uuid4().hex[:8]}"
    for path in (f"jobs/{nobody}", f"jobs/{nobody}/status"):
        bench.refused(await bench.ask("GET", path), 404, about=f"GET /{path}")


async def changed_jobs_are_listed(bench: Bench) -> None:
    """GET /jobs?updatedSince= finds every job changed since, once, over all pages, and none from before"""
    since = datetime.now(UTC) - timedelta(seconds=5)
    made = {(await bench.a_job()).job_id for _ in range(3)}
    found: list[str] = []
    cursor: str | None = None
    for _ in range(1000):
        page = await bench.client.list_jobs(updated_since=since if cursor is None else None, cursor=cursor)
        found += [job.job_id for job in page.jobs]
        cursor = page.next_cursor
        if cursor is None:
            break
    must(cursor is None, "the pages do not end")
    must(made <= set(found), f"{len(made - set(found))} of 3 new jobs are not listed")
    later = await bench.client.list_jobs(updated_since=datetime.now(UTC) + timedelta(days=1))
    must(not later.jobs, "jobs are listed that were changed tomorrow")


async def a_nonsense_cursor_is_refused(bench: Bench) -> None:
    """GET /jobs with a cursor that is none is a 4xx with code and message"""
    bench.refused(await bench.ask("GET", "jobs?cursor=no-cursor"), 400, 404, 422, about="a cursor that is none")


async def registering_twice_is_registering_once(bench: Bench) -> None:
    """POST /webhooks/status answers an id, the same for the same url; DELETE ends it"""
    url = f"http://127.0.0.1:9/{uuid4().hex}"
    first = await bench.client.register_webhook(url, events=["job.status_changed"], secret=bench.webhook_secret)
    second = await bench.client.register_webhook(url, events=["catalog.updated"], secret=bench.webhook_secret)
    must(first.id == second.id, "the same url got two ids")
    response = await bench.ask("DELETE", f"webhooks/{first.id}")
    must(response.is_success, f"DELETE answered {response.status_code}")


async def a_change_is_delivered_and_proven(bench: Bench) -> None:
    """a job's change is delivered, signed as Standard Webhooks, with the job's sequence and fields"""
    await bench.listen("job.status_changed")
    job = await bench.a_job()
    await _cancelled(bench, job)
    delivery, event = await bench.heard_of(job.job_id)
    must(event.sequence is not None and event.timestamp is not None, "no sequence or timestamp")
    must(delivery.headers.get("webhook-id"), "no webhook-id")
    must('"jobId"' in delivery.body.decode(), "the body is not camelCase")


async def _cancelled(bench: Bench, job: Job) -> None:
    try:
        await bench.client.cancel(job.job_id, reason="made by the contract check")
    except LimsConflict as error:
        raise Broken(f"a new job cannot be cancelled: {error}") from None


async def a_refused_delivery_comes_again(bench: Bench) -> None:
    """a delivery answered with 500 comes again, with the same webhook-id"""
    listener = await bench.listen("job.status_changed")
    listener.refusing = True
    job = await bench.a_job()
    await _cancelled(bench, job)
    try:
        while not listener.refused:
            await listener.news(bench.webhook_wait_seconds)
    except TimeoutError:
        raise Broken("nothing was delivered") from None
    finally:
        listener.refusing = False
    first = listener.refused[0].headers.get("webhook-id")
    try:
        while first not in {delivery.headers.get("webhook-id") for delivery in listener.received}:
            await listener.news(bench.webhook_wait_seconds)
    except TimeoutError:
        raise Broken(f"the refused delivery did not come again within {bench.webhook_wait_seconds:g} s") from None


async def times_carry_a_zone(bench: Bench) -> None:
    """every time carries its zone"""
    fields = {f"{event.operation}: {', '.join(event.fields)}" for event in bench.naive}
    must(not fields, f"without a zone: {'; '.join(sorted(fields))}")


CHECKS = (
    health_names_itself,
    a_wrong_key_is_refused,
    the_catalog_has_entries,
    the_catalog_has_a_tag,
    a_good_configuration_is_valid,
    a_missing_addition_is_said,
    findings_speak_the_codes,
    one_eye_is_enough,
    one_coating_may_stand_alone,
    a_body_that_is_none_is_refused,
    a_job_is_made,
    the_same_key_is_the_same_job,
    a_key_is_required,
    what_cannot_be_made_is_refused,
    a_job_can_be_asked_for,
    an_unknown_job_is_not_found,
    changed_jobs_are_listed,
    a_nonsense_cursor_is_refused,
    registering_twice_is_registering_once,
    a_change_is_delivered_and_proven,
    a_refused_delivery_comes_again,
)
LAST = (times_carry_a_zone,)
