"""What the client makes of a LIMS that is slow, broken, busy or not there."""

import asyncio
import random
import socket
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from lims_client import (
    AttemptFailed,
    BreakerChanged,
    CreateJobRequest,
    LimsAuthError,
    LimsCircuitOpen,
    LimsClient,
    LimsConflict,
    LimsError,
    LimsNotFound,
    LimsProtocolError,
    LimsRefused,
    LimsRejected,
    LimsTimeout,
    LimsUnavailable,
    NaiveTimestamps,
    Prescription,
    RetryScheduled,
    RuleSetDraft,
    Timing,
)

HTML_502 = httpx.Response(502, html="<html><h1>502 Bad Gateway</h1></html>")
REQUEST = CreateJobRequest(prescription=Prescription(od_sphere=-2, os_sphere=-1.5, pd=64), lens_type="single_vision")


def error(status: int, /, **more: object) -> httpx.Response:
    return httpx.Response(status, json={"code": "SOME_CODE", "message": "a sentence", **more})


async def raw_server(*pieces: bytes, hang: bool = False) -> tuple[asyncio.Server, str]:
    """A real server on the loopback that sends these bytes, then closes or hangs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if hang:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_an_html_502_from_a_proxy_is_unavailable_after_three_attempts(lims_that, held):
    lims, script = lims_that(HTML_502)
    with pytest.raises(LimsUnavailable) as caught:
        await lims.get_job("J-1")
    assert not isinstance(caught.value, LimsProtocolError)
    assert len(script.requests) == 3
    assert len(held.slept) == 2
    assert held.slept[0] <= 1
    assert held.slept[1] <= 2


async def test_one_good_answer_among_bad_ones_is_the_answer(lims_that, job, heard):
    lims, _ = lims_that(HTML_502, httpx.ConnectError("refused"), job)
    assert (await lims.get_job("J-1")).status == "queued"
    assert [event.attempt for event in heard.of(RetryScheduled)] == [1, 2]
    assert [event.error for event in heard.of(AttemptFailed)] == ["LimsUnavailable", "LimsUnavailable"]


async def test_a_create_repeats_the_same_key_and_the_same_request_id_in_every_attempt(lims_that, job):
    lims, script = lims_that(httpx.ReadTimeout("slow"), HTML_502, job)
    await lims.create_job(REQUEST)
    keys = {request.headers["idempotency-key"] for request in script.requests}
    assert len(script.requests) == 3
    assert len(keys) == 1
    assert len({request.headers["x-request-id"] for request in script.requests}) == 1
    await lims.create_job(REQUEST)
    assert script.requests[-1].headers["idempotency-key"] not in keys


async def test_a_refused_connection_is_unavailable_and_surely_did_not_arrive():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with LimsClient(url, "key", timing=Timing(backoff_seconds=0)) as lims:
        with pytest.raises(LimsUnavailable) as caught:
            await lims.get_job("J-1")
    assert not caught.value.may_have_arrived


async def test_a_connection_that_is_not_made_in_time_is_a_timeout_that_did_not_arrive(lims_that):
    lims, _ = lims_that(httpx.ConnectTimeout("no"))
    with pytest.raises(LimsTimeout) as caught:
        await lims.get_job("J-1")
    assert not caught.value.may_have_arrived


async def test_a_silent_lims_is_a_timeout_within_the_deadline():
    server, url = await raw_server(hang=True)
    async with server, LimsClient(url, "key") as lims:
        began = asyncio.get_running_loop().time()
        with pytest.raises(LimsTimeout) as caught:
            await lims.get_job("J-1", deadline_seconds=0.2)
        assert asyncio.get_running_loop().time() - began < 1
        assert caught.value.may_have_arrived


async def test_a_body_that_drips_in_for_ever_is_cut_by_the_deadline():
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            try:
                await writer.drain()
            except ConnectionError:
                break
            await asyncio.sleep(0.02)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, LimsClient(url, "key") as lims:
        with pytest.raises(LimsTimeout):
            await lims.get_job("J-1", deadline_seconds=0.3)


async def test_a_body_cut_off_by_the_network_is_unavailable():
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n"
    server, url = await raw_server(head + b'{"jobId": "J-1", "sta')
    async with server, LimsClient(url, "key", timing=Timing(backoff_seconds=0)) as lims:
        with pytest.raises(LimsUnavailable, match="connection broke"):
            await lims.get_job("J-1")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b'{"jobId": "J-1", "sta', headers={"content-type": "application/json"}),
        httpx.Response(200, html="<html>down for maintenance</html>"),
        httpx.Response(200, content=b""),
    ],
    ids=["cut off", "html", "empty"],
)
async def test_a_200_that_is_no_json_is_tried_again_and_then_unavailable(lims_that, answer):
    lims, script = lims_that(answer)
    with pytest.raises(LimsUnavailable):
        await lims.get_job("J-1")
    assert len(script.requests) == 3


async def test_a_body_that_cannot_be_unpacked_is_unavailable():
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n"
    server, url = await raw_server(head + b"\xff\xfe\xfd\xfc")
    async with server, LimsClient(url, "key", timing=Timing(backoff_seconds=0)) as lims:
        with pytest.raises(LimsUnavailable, match="connection broke"):
            await lims.get_job("J-1")


async def test_a_429_without_retry_after_backs_off_with_jitter(lims_that, held, job):
    lims, script = lims_that(error(429), job)
    await lims.get_job("J-1")
    assert len(script.requests) == 2
    assert 0 <= held.slept[0] <= 1


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_in_seconds_is_waited_for(lims_that, held, job, status):
    lims, _ = lims_that(httpx.Response(status, headers={"Retry-After": "7"}), job)
    await lims.get_job("J-1")
    assert 7 <= held.slept[0] <= 7.1


async def test_retry_after_as_a_date_is_waited_for(lims_that, held, job):
    date = (held.now() + timedelta(seconds=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    lims, _ = lims_that(httpx.Response(429, headers={"Retry-After": date}), job)
    await lims.get_job("J-1")
    assert 5 <= held.slept[0] <= 5.1


@pytest.mark.parametrize("text", ["soon", "-5", "", "Mon, 99 Nov 2025 99:99:99 GMT", "²"])
async def test_a_retry_after_that_makes_no_sense_is_ignored(lims_that, held, job, text):
    lims, _ = lims_that(httpx.Response(429, headers=[(b"retry-after", text.encode())]), job)
    await lims.get_job("J-1")
    assert held.slept[0] <= 1


async def test_a_retry_after_date_without_a_zone_is_read_as_utc(lims_that, held, job):
    lims, _ = lims_that(httpx.Response(429, headers={"Retry-After": "Mon, 03 Nov 2025 09:00:04 -0000"}), job)
    await lims.get_job("J-1")
    assert 4 <= held.slept[0] <= 4.1


async def test_retry_after_is_honoured_only_up_to_the_ceiling(lims_that, held, job):
    lims, _ = lims_that(httpx.Response(429, headers={"Retry-After": "3600"}), job)
    await lims.get_job("J-1")
    assert 20 <= held.slept[0] <= 20.1


async def test_a_retry_after_beyond_the_deadline_is_said_at_once_with_the_time_of_the_next_try(lims_that, held):
    lims, script = lims_that(httpx.Response(429, headers={"Retry-After": "15"}))
    with pytest.raises(LimsUnavailable) as caught:
        await lims.get_job("J-1", deadline_seconds=3)
    assert len(script.requests) == 1
    assert held.slept == []
    assert caught.value.retry_at == held.now() + timedelta(seconds=15)
    assert not caught.value.may_have_arrived


async def test_a_caller_may_ask_for_a_single_attempt(lims_that):
    lims, script = lims_that(HTML_502)
    with pytest.raises(LimsUnavailable):
        await lims.create_job(REQUEST, attempts=1)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, LimsRefused),
        (401, LimsAuthError),
        (403, LimsAuthError),
        (404, LimsNotFound),
        (409, LimsConflict),
        (422, LimsRejected),
        (418, LimsRefused),
    ],
)
async def test_a_business_answer_is_never_retried_and_has_its_own_error(lims_that, status, kind):
    lims, script = lims_that(error(status, errors=[{"field": "pd", "message": "no", "code": "PD_RANGE"}]))
    with pytest.raises(LimsRefused) as caught:
        await lims.create_job(REQUEST, request_id="req-7")
    refused = caught.value
    assert type(refused) is kind
    assert (refused.status_code, refused.code, refused.request_id) == (status, "SOME_CODE", "req-7")
    assert refused.errors[0].code == "PD_RANGE"
    assert len(script.requests) == 1


async def test_a_rejection_carries_its_findings(lims_that):
    finding = {"code": "RX_ADD_MISSING", "severity": "reject", "message": "An addition is needed."}
    lims, _ = lims_that(error(422, findings=[finding]))
    with pytest.raises(LimsRejected) as caught:
        await lims.create_job(REQUEST)
    assert [finding.code for finding in caught.value.findings] == ["RX_ADD_MISSING"]


async def test_a_conflict_says_where_the_job_is(lims_that):
    lims, _ = lims_that(error(409, status="shipped"), error(409, job={"jobId": "J-1", "status": "failed"}), error(409))
    conflicts = []
    for _ in range(3):
        with pytest.raises(LimsConflict) as caught:
            await lims.cancel("J-1", reason="changed mind", expected_status="queued")
        conflicts.append(caught.value)
    assert [conflict.status for conflict in conflicts] == ["shipped", "failed", None]
    assert conflicts[1].job is not None
    assert conflicts[1].job.job_id == "J-1"


@pytest.mark.parametrize(
    "answer", [httpx.Response(404, html="nginx"), httpx.Response(404, json={"detail": "Not Found"})]
)
async def test_a_404_that_is_not_the_contracts_own_does_not_mean_that_there_is_no_such_job(lims_that, answer):
    lims, _ = lims_that(answer)
    with pytest.raises(LimsProtocolError, match="base URL"):
        await lims.get_job("J-1")


async def test_a_401_with_any_body_is_about_the_key(lims_that):
    lims, _ = lims_that(httpx.Response(401, html="no"))
    with pytest.raises(LimsAuthError):
        await lims.get_job("J-1")


async def test_a_redirect_is_not_followed_because_the_key_would_go_with_it(lims_that):
    lims, script = lims_that(httpx.Response(302, headers={"Location": "https://elsewhere.test/"}))
    with pytest.raises(LimsProtocolError, match="redirect"):
        await lims.get_job("J-1")
    assert len(script.requests) == 1


async def test_an_unknown_status_is_a_clear_error_and_is_not_retried(lims_that):
    lims, script = lims_that(httpx.Response(200, json={"jobId": "J-1", "status": "teleported"}))
    with pytest.raises(LimsProtocolError, match=r"unknown job status 'teleported'.*queued"):
        await lims.get_job("J-1")
    assert len(script.requests) == 1


async def test_no_value_of_an_answer_is_in_an_error_or_its_chain(lims_that):
    body = {"jobId": "J-1", "status": "queued", "prescription": {"odSphere": "Ada Lovelace"}}
    lims, _ = lims_that(httpx.Response(200, json=body))
    with pytest.raises(LimsProtocolError) as caught:
        await lims.get_job("J-1")
    link: BaseException | None = caught.value
    assert "prescription.odSphere" in str(link)
    while link is not None:
        assert "Lovelace" not in f"{link!s} {link!r}"
        link = link.__cause__


async def test_unknown_extra_fields_are_kept(lims_that):
    body = {"jobId": "J-1", "status": "queued", "robotArm": 7, "prescription": {"odSphere": -1, "odMood": "calm"}}
    lims, _ = lims_that(httpx.Response(200, json=body))
    job = await lims.get_job("J-1")
    assert job.model_extra == {"robotArm": 7}
    assert job.to_wire()["robotArm"] == 7
    assert job.prescription is not None
    assert job.prescription.model_extra == {"odMood": "calm"}


async def test_a_time_without_a_zone_is_read_as_utc_and_the_hooks_hear_of_it(lims_that, heard):
    body = {"jobId": "J-1", "status": "queued", "timestamp": "2025-11-03T09:00:00", "history": [{"status": "queued"}]}
    lims, _ = lims_that(httpx.Response(200, json=body))
    job = await lims.get_job("J-1")
    assert job.timestamp == datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
    assert heard.of(NaiveTimestamps) == [NaiveTimestamps("get_job", ("timestamp",))]


async def test_five_failures_open_the_breaker_and_the_next_call_is_answered_at_once(lims_that, held, heard, job):
    lims, script = lims_that(*[HTML_502] * 5, job)
    for _ in range(2):
        with pytest.raises(LimsUnavailable):
            await lims.get_job("J-1")
    assert len(script.requests) == 5
    with pytest.raises(LimsCircuitOpen) as caught:
        await lims.create_job(REQUEST)
    assert len(script.requests) == 5
    assert caught.value.retry_at is not None
    assert timedelta(0) < caught.value.retry_at - held.now() <= timedelta(seconds=60)
    assert not caught.value.may_have_arrived
    held.move(60)
    for _ in range(3):
        await lims.get_job("J-1")
    assert [event.after for event in heard.of(BreakerChanged)] == ["open", "half_open", "closed"]


async def test_a_wall_clock_that_jumps_neither_opens_nor_closes_the_breaker(lims_that, held):
    lims, script = lims_that(HTML_502)
    for _ in range(5):
        with pytest.raises(LimsUnavailable):
            await lims.get_job("J-1", attempts=1)
    for jump in (86_400, -200_000):
        held.jump(jump)
        with pytest.raises(LimsCircuitOpen) as caught:
            await lims.get_job("J-1")
        assert caught.value.retry_at == held.now() + timedelta(seconds=60)
    assert len(script.requests) == 5


async def test_a_business_answer_among_failures_begins_the_count_again(lims_that, job):
    lims, _ = lims_that(HTML_502, HTML_502, HTML_502, HTML_502, error(422), HTML_502, job)
    for _ in range(6):
        with pytest.raises(LimsError):
            await lims.get_job("J-1", attempts=1)
    assert (await lims.get_job("J-1")).job_id == "J-1"


async def test_a_call_that_is_cancelled_ends_at_once_and_is_no_failure():
    arrived = asyncio.Semaphore(0)

    async def hang(_: httpx.Request) -> httpx.Response:
        arrived.release()
        await asyncio.Event().wait()
        raise AssertionError

    async with LimsClient("https://lims.test", "key", transport=httpx.MockTransport(hang)) as lims:
        for _ in range(6):
            call = asyncio.create_task(lims.get_job("J-1"))
            await arrived.acquire()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        assert (await lims.health(deadline_seconds=0.05)).breaker == "closed"


async def test_a_deadline_that_is_over_before_asking_is_no_failure_of_the_lims(lims_that, job):
    lims, script = lims_that(job)
    for _ in range(6):
        with pytest.raises(LimsTimeout) as caught:
            await lims.get_job("J-1", deadline_seconds=0)
        assert not caught.value.may_have_arrived
    assert script.requests == []
    assert (await lims.get_job("J-1")).job_id == "J-1"


async def test_what_would_be_done_twice_is_tried_again_only_if_it_surely_did_not_arrive(lims_that):
    rules = httpx.Response(200, json={"version": "2", "state": "draft"})
    lims, script = lims_that(httpx.ReadTimeout("slow"), httpx.ConnectError("refused"), rules)
    with pytest.raises(LimsTimeout):
        await lims.create_draft(RuleSetDraft(note="n"))
    assert len(script.requests) == 1
    assert (await lims.create_draft(RuleSetDraft(note="n"))).version == "2"
    assert len(script.requests) == 3


async def test_waits_between_attempts_differ_so_that_clients_do_not_come_in_step(lims_that, held):
    random.seed(7)
    lims, _ = lims_that(HTML_502, timing=Timing(attempts=5))
    with pytest.raises(LimsUnavailable):
        await lims.get_job("J-1")
    assert len(set(held.slept)) == len(held.slept) == 4


async def test_a_hook_that_fails_is_logged_and_loses_no_answer(job, caplog):
    from lims_client import Hooks

    def broken(_: object) -> None:
        raise RuntimeError("the metrics are down")

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=job.content))
    async with LimsClient("https://l.test", "key", transport=transport, hooks=Hooks(on_request=broken)) as lims:
        assert (await lims.get_job("J-1")).job_id == "J-1"
    assert "a hook failed on RequestSent" in caplog.text
