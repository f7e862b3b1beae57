"""Every call of the contract as it goes over the wire."""

import json
import ssl
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest
from pydantic import ValidationError

from lims_client import (
    AttemptFailed,
    Configuration,
    CreateJobRequest,
    Hooks,
    JobStatus,
    LimsClient,
    LimsUnavailable,
    Prescription,
    RequestSent,
    ResponseReceived,
    RuleSetDraft,
    RuleSetState,
)

RX = Prescription(od_sphere=-2.0, os_sphere=-1.5, pd=64)
JOB = {"jobId": "J-1", "status": "queued", "sequence": 1}
RULES = {"version": "2", "state": "draft", "rules": {"a": None}}
RESULT = {
    "isValid": False,
    "decision": "reject",
    "findings": [
        {"code": "RX_ADD_MISSING", "severity": "reject", "eye": "both", "field": "prescription.odAdd", "message": "m"},
        {"code": "PD_ASYM", "severity": "warn", "message": "w"},
        {"code": "NOTE", "severity": "info", "message": "i"},
    ],
    "errors": ["whatever the LIMS derived"],
    "price": {"currency": "GBP", "lines": [{"what": "lenses", "minor": 4500}], "totalMinor": 4500},
    "estimatedLeadTime": 48,
    "promisedDate": "2025-11-05T16:00:00+00:00",
}

CALLS = [
    (lambda c: c.get_job("J-1"), "GET", "jobs/J-1", None, JOB),
    (lambda c: c.get_job_status("J-1"), "GET", "jobs/J-1/status", None, JOB),
    (lambda c: c.list_jobs(), "GET", "jobs", None, {"jobs": [JOB], "nextCursor": "c2"}),
    (lambda c: c.list_jobs(cursor="a b"), "GET", "jobs?cursor=a+b", None, {"jobs": []}),
    (lambda c: c.rules(), "GET", "rules", None, [RULES]),
    (lambda c: c.rules(state=RuleSetState.DRAFT), "GET", "rules?state=draft", None, [RULES]),
    (lambda c: c.rule_set("2"), "GET", "rules/2", None, RULES),
    (
        lambda c: c.create_draft(RuleSetDraft(based_on="1", note="n")),
        "POST",
        "rules",
        {"basedOn": "1", "note": "n"},
        RULES,
    ),
    (lambda c: c.change_draft("2", RuleSetDraft(rules={"a": None})), "PUT", "rules/2", {"rules": {"a": None}}, RULES),
    (lambda c: c.simulate("2", last=3), "POST", "rules/2/simulate", {"last": 3}, {"jobs": []}),
    (lambda c: c.simulate("2", jobs=["J-1"]), "POST", "rules/2/simulate", {"jobs": ["J-1"]}, {"jobs": []}),
    (lambda c: c.publish("2"), "POST", "rules/2/publish", None, RULES),
    (lambda c: c.rollback("1"), "POST", "rules/1/rollback", None, RULES),
    (
        lambda c: c.advance("J-1", to=JobStatus.SHIPPED, carrier="DHL", tracking_number="9", expected_status="queued"),
        "POST",
        "jobs/J-1/advance",
        {"to": "shipped", "carrier": "DHL", "trackingNumber": "9", "expectedStatus": "queued"},
        JOB,
    ),
    (lambda c: c.hold("J-1", reason="r"), "POST", "jobs/J-1/hold", {"reason": "r"}, JOB),
    (lambda c: c.release("J-1", note="ok"), "POST", "jobs/J-1/release", {"note": "ok"}, JOB),
    (lambda c: c.cancel("J-1", reason="r"), "POST", "jobs/J-1/cancel", {"reason": "r"}, JOB),
    (lambda c: c.remake("J-1", reason="r", eye="left"), "POST", "jobs/J-1/remake", {"reason": "r", "eye": "left"}, JOB),
    (
        lambda c: c.register_webhook("http://h", events=["catalog.updated"], secret="s"),
        "POST",
        "webhooks/status",
        {"url": "http://h", "events": ["catalog.updated"], "secret": "s"},
        {"id": "w1"},
    ),
    (lambda c: c.delete_webhook("w/1"), "DELETE", "webhooks/w%2F1", None, None),
    (lambda c: c.validate_configuration(Configuration(prescription=RX)), "POST", "validation", ..., RESULT),
]


@pytest.mark.parametrize(("make", "method", "path", "body", "answer"), CALLS, ids=[f"{c[1]} {c[2]}" for c in CALLS])
async def test_each_call_goes_where_the_contract_says_and_reads_its_answer(lims_that, make, method, path, body, answer):
    lims, script = lims_that(httpx.Response(204) if answer is None else httpx.Response(200, json=answer))
    said = await make(lims)
    request = script.requests[0]
    assert (request.method, str(request.url)) == (method, f"https://lims.test/api/{path}")
    if body is not ...:
        assert (json.loads(request.content) if request.content else None) == body
    assert request.headers["authorization"] == "Bearer key"
    assert request.headers["user-agent"].startswith("lims-client/")
    assert len(request.headers["x-request-id"]) == 32
    assert (said is None) == (answer is None)


@pytest.mark.parametrize("verb", ["advance", "hold", "release", "cancel", "remake"])
async def test_actions_of_the_lab_carry_a_key_and_one_may_give_ones_own(lims_that, job, verb):
    lims, script = lims_that(job)
    reason = {} if verb in ("advance", "release") else {"reason": "r"}
    await getattr(lims, verb)("J-1", **reason)
    await getattr(lims, verb)("J-1", **reason, idempotency_key="mine", request_id="req-1")
    minted, mine = (request.headers["idempotency-key"] for request in script.requests)
    assert (len(minted), mine) == (36, "mine")
    assert script.requests[1].headers["x-request-id"] == "req-1"


@pytest.mark.parametrize(("given", "hosts", "sent"), [
    (None, lambda: "the-hosts", "the-hosts"), ("mine", lambda: "the-hosts", "mine"), (None, lambda: None, None),
    (None, lambda: 1 / 0, None),
])  # fmt: skip
async def test_a_call_carries_the_id_of_what_the_host_is_doing(lims_that, job, given, hosts, sent):
    lims, script = lims_that(job, hooks=Hooks(request_id=hosts))
    await lims.get_job("J-1", **({"request_id": given} if given else {}))
    got = script.requests[0].headers["x-request-id"]
    assert got == sent if sent else len(got) == 32


async def test_a_job_is_created_with_the_requests_own_key_which_is_not_in_the_body(lims_that, job):
    lims, script = lims_that(job)
    request = CreateJobRequest(
        ecp_id="e", prescription=RX, lens_type="progressive", coating="ar", idempotency_key="order-7"
    )
    made = await lims.create_job(request)
    assert (made.job_id, made.queue_position) == ("J-1", 4)
    assert script.requests[0].headers["idempotency-key"] == "order-7"
    assert script.bodies[0]["coatings"] == ["ar"]
    assert "idempotencyKey" not in script.bodies[0]
    await lims.create_job(request, idempotency_key="other")
    assert script.requests[1].headers["idempotency-key"] == "other"


async def test_a_rejected_configuration_is_an_answer_whose_lists_follow_from_its_findings(lims_that):
    lims, script = lims_that(httpx.Response(200, json=RESULT))
    check = await lims.validate_configuration(prescription=RX, lens_type="progressive", coating="anti-reflective")
    assert not check.is_valid
    assert check.codes() == {"RX_ADD_MISSING", "PD_ASYM", "NOTE"}
    assert [problem.code for problem in check.errors] == ["RX_ADD_MISSING"]
    assert [problem.code for problem in check.warnings] == ["PD_ASYM"]
    assert check.price is not None
    assert check.price.total_minor == 4500
    assert check.promised_date == datetime(2025, 11, 5, 16, tzinfo=UTC)
    assert script.bodies[0]["coatings"] == ["anti-reflective"]


async def test_validating_a_job_request_sends_only_its_configuration(lims_that):
    lims, script = lims_that(httpx.Response(200, json=RESULT))
    request = CreateJobRequest(prescription=RX, metadata={"till": 4}, patient_id="p")
    await lims.validate_configuration(request, deadline_seconds=2, attempts=1, request_id="r")
    assert "metadata" not in script.bodies[0]
    assert script.bodies[0]["patientId"] == "p"


async def test_a_configuration_and_pieces_together_are_refused(lims_that):
    lims, script = lims_that(httpx.Response(200, json=RESULT))
    with pytest.raises(ValueError, match="not both"):
        await lims.validate_configuration(Configuration(prescription=RX), lens_type="progressive")
    with pytest.raises(ValidationError):
        await lims.validate_configuration(prescription=RX, lens_type="telescope")
    assert script.requests == []


async def test_jobs_are_asked_for_since_an_instant_in_utc(lims_that):
    lims, script = lims_that(httpx.Response(200, json={"jobs": []}))
    await lims.list_jobs(updated_since=datetime(2025, 11, 3, 10, tzinfo=timezone(timedelta(hours=2))))
    assert script.requests[0].url.params["updatedSince"] == "2025-11-03T08:00:00+00:00"
    with pytest.raises(ValueError, match="zone"):
        await lims.list_jobs(updated_since=datetime(2025, 11, 3, 10))  # noqa: DTZ001


async def test_an_id_stays_one_segment_of_the_path(lims_that, job):
    lims, script = lims_that(job)
    await lims.get_job("a/../b?c#d")
    assert script.requests[0].url.raw_path == b"/api/jobs/a%2F..%2Fb%3Fc%23d"
    for nothing in ("", ".", ".."):
        with pytest.raises(ValueError, match="id"):
            await lims.get_job(nothing)


async def test_deleting_a_webhook_that_is_gone_is_fine(lims_that):
    lims, _ = lims_that(httpx.Response(404, json={"code": "NOT_FOUND", "message": "no such webhook"}))
    assert await lims.delete_webhook("w1") is None


async def test_hooks_hear_of_each_attempt_in_names_and_numbers_only(lims_that, heard):
    lims, _ = lims_that(httpx.ConnectError("no"), httpx.Response(200, json=JOB))
    await lims.get_job("J-1", request_id="req-1")
    assert heard.of(RequestSent)[0] == RequestSent("get_job", "GET", "jobs/{job_id}", "req-1", 1)
    assert [failure.error for failure in heard.of(AttemptFailed)] == ["LimsUnavailable"]
    (response,) = heard.of(ResponseReceived)
    assert (response.attempt, response.status_code) == (2, 200)


async def test_no_patient_reference_or_power_reaches_a_hook(lims_that, heard):
    lims, _ = lims_that(httpx.Response(422, json={"code": "X", "message": "patient PAT-77"}))
    with pytest.raises(Exception, match="X"):
        await lims.create_job(CreateJobRequest(patient_id="PAT-77", prescription=Prescription(od_sphere=-7.77)))
    assert heard.events
    assert "PAT-77" not in repr(heard.events)
    assert "7.77" not in repr(heard.events)


async def test_trace_headers_of_the_host_are_sent(lims_that, job):
    lims, script = lims_that(job, hooks=Hooks(trace_headers=lambda: {"traceparent": "00-abc"}))
    await lims.get_job("J-1")
    assert script.requests[0].headers["traceparent"] == "00-abc"


@pytest.mark.parametrize("base", ["https://lims.test/api", "https://lims.test/api/"])
async def test_the_base_url_keeps_its_path(base, job):
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=job.content)

    async with LimsClient(base, "key", transport=httpx.MockTransport(answer)) as lims:
        await lims.get_job("J-1")
    assert asked == ["https://lims.test/api/jobs/J-1"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"base_url": "lims.test"}, "http:// or https://"),
        ({"base_url": "ftp://lims.test"}, "http:// or https://"),
        ({"base_url": "https://u:p@lims.test"}, "no user"),
        ({"base_url": "https://lims.test:port"}, "not a URL"),
        ({"api_key": "a\nb"}, "api_key"),
        ({"api_key": ""}, "api_key"),
        ({"client_key": "k.pem"}, "client_key needs client_cert"),
        ({"client_cert": "/nowhere.pem"}, "cannot be used"),
        ({"webhook_secret": "whsec_!!"}, "base64"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_construction_with_a_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        LimsClient(**{"base_url": "https://lims.test", "api_key": "key", **settings})


@pytest.mark.parametrize("name", ["idempotency_key", "request_id"])
async def test_a_key_or_request_id_that_is_no_header_is_refused_before_anything_is_sent(lims_that, job, name):
    lims, script = lims_that(job)
    with pytest.raises(ValueError, match=name):
        await lims.create_job(CreateJobRequest(prescription=RX), **{name: "é\n"})
    assert script.requests == []


def test_a_client_certificate_is_loaded_and_shown(monkeypatch):
    loaded = []
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda self, *files, password: loaded.append(files))
    LimsClient("https://lims.test", "key", client_cert="c.pem", client_key="k.pem")
    assert loaded == [("c.pem", "k.pem")]


async def test_a_closed_client_sends_nothing(job):
    lims = LimsClient("https://lims.test", "key", transport=httpx.MockTransport(lambda _: job))
    await lims.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await lims.get_job("J-1")


# --------------------------------------------------------------------------------------------------- health

WELL = httpx.Response(200, json={"status": "healthy", "version": "9", "capabilities": ["core", "rules"]})


async def test_a_lims_that_answers_is_healthy_and_says_what_it_can_do(lims_that):
    lims, _ = lims_that(WELL)
    health = await lims.health()
    assert (health.status, health.capabilities) == ("healthy", {"core", "rules"})
    assert health.lims is not None
    assert health.lims.version == "9"


@pytest.mark.parametrize("word", ["degraded", "unhealthy"])
async def test_the_lims_own_word_counts_when_it_is_worse_than_what_we_saw(lims_that, word):
    lims, _ = lims_that(httpx.Response(200, json={"status": word}))
    assert (await lims.health(request_id="r-1")).status == word


async def test_a_lims_that_does_not_answer_is_unhealthy_not_an_exception(lims_that):
    lims, script = lims_that(httpx.Response(502, html="<html>"), httpx.ConnectError("no"), httpx.Response(401, html=""))
    for _ in range(3):
        health = await lims.health()
        assert (health.status, health.lims, health.capabilities) == ("unhealthy", None, frozenset())
        assert health.reason
    assert len(script.requests) == 3


async def test_calls_that_failed_a_moment_ago_make_it_degraded_until_they_are_forgotten(lims_that, held, job):
    lims, _ = lims_that(httpx.Response(502), job, job, job, WELL)
    await lims.get_job("J-1")
    await lims.get_job("J-1")
    await lims.get_job("J-1")
    assert (await lims.health()).status == "degraded"
    held.move(61)
    assert (await lims.health()).status == "healthy"


async def test_an_open_breaker_makes_it_degraded_though_it_answers_and_health_asks_all_the_same(lims_that):
    lims, _ = lims_that(*[httpx.Response(502)] * 5, WELL)
    for _ in range(5):
        with pytest.raises(LimsUnavailable):
            await lims.get_job("J-1", attempts=1)
    health = await lims.health()
    assert (health.status, health.breaker) == ("degraded", "open")
    assert health.retry_at is not None
