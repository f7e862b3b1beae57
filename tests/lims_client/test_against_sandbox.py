"""The README's example and the contract suite against the sandbox in its own process, and against spoiled copies."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

import lims_client
from lims_client import LimsRejected
from lims_client.contract import Outcome, run_contract

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "lims_client" / "README.md"


def example() -> str:
    """The first Python block of the README."""
    found = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    return found.group(1)


async def run(code: str, sandbox: Any) -> dict[str, Any]:
    """Run the example with the settings and a delivery filled in; its variables."""
    body = b'{"type": "job.status_changed", "jobId": "J-1", "newStatus": "queued", "sequence": 1}'
    secret, moment = (
        base64.b64decode(sandbox.webhook_secret.removeprefix("whsec_")),
        str(int(datetime.now(UTC).timestamp())),
    )
    mac = hmac.new(secret, f"msg_1.{moment}.".encode() + body, hashlib.sha256).digest()
    names: dict[str, Any] = {
        **vars(lims_client),
        "payload": body,
        "signature": hmac.new(secret, body, hashlib.sha256).hexdigest(),
        "raw_body": body,
        "headers": {
            "webhook-id": "msg_1",
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        },
    }
    placeholders = "base_url=..., api_key=..., webhook_secret=..."
    assert placeholders in code
    settings = f"base_url={sandbox.url!r}, api_key={sandbox.api_key!r}, webhook_secret={sandbox.webhook_secret!r}"
    code = code.replace(placeholders, settings)
    source = f"async def example():\n{textwrap.indent(code, '    ')}\n    return locals()"
    exec(source, names)
    return await names["example"]()


async def test_the_readmes_example_as_printed_is_refused_for_its_missing_addition(sandbox):
    with pytest.raises(LimsRejected) as caught:
        await run(example(), sandbox)
    assert "RX_ADD_MISSING" in {finding.code for finding in caught.value.findings}


async def test_the_readmes_example_with_the_addition_is_made(sandbox):
    printed = "od_sphere=-2.0, os_sphere=-1.5, pd=64"
    assert printed in example()
    ran = await run(example().replace(printed, f"{printed}, od_add=2.0, os_add=2.0"), sandbox)
    assert ran["job"].job_id
    assert ran["job"].prescription.od_add == 2
    assert ran["check"].is_valid
    assert ran["catalog"].entry("anti-reflective") or ran["catalog"].of("coating")
    assert ran["event"].new_status == "queued"


async def test_a_progressive_without_an_addition_answers_with_the_finding(sandbox):
    async with lims_client.LimsClient(sandbox.url, sandbox.api_key) as lims:
        prescription = lims_client.Prescription(od_sphere=-2.0, os_sphere=-1.5, pd=64)
        check = await lims.validate_configuration(
            prescription=prescription, lens_type="progressive", coating="anti-reflective"
        )
    assert not check.is_valid
    assert "RX_ADD_MISSING" in check.codes()


def test_the_readmes_example_is_the_contracts_own():
    assert 'lens_type="progressive", coating="anti-reflective"))\n' in example()
    assert example().count("await lims.") == 3


async def test_the_sandbox_keeps_the_contract(sandbox):
    report = await run_contract(sandbox.url, sandbox.api_key, webhook_wait_seconds=20)
    assert report.ok, report.text()
    assert {result.outcome for result in report.results} == {Outcome.PASSED}, report.text()
    assert {result.capability for result in report.results} == {"core", "rules", "floor", "pricing"}


async def test_the_contract_can_be_checked_again_because_it_cleans_up(sandbox):
    async with lims_client.LimsClient(sandbox.url, sandbox.api_key) as lims:
        before = [one for one in await lims.rules() if one.state == "published"]
        report = await run_contract(sandbox.url, sandbox.api_key, webhook_wait_seconds=20)
        after = [one for one in await lims.rules() if one.state == "published"]
    assert report.ok, report.text()
    assert [one.rules for one in before] == [one.rules for one in after]


def test_on_the_command_line_the_report_is_printed_and_the_exit_code_tells(sandbox):
    command = [sys.executable, "-m", "lims_client.contract", "--base-url", sandbox.url, "--webhook-wait", "20"]
    good = subprocess.run([*command, "--api-key", sandbox.api_key], cwd=ROOT, capture_output=True, text=True)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "floor: 7 passed" in good.stdout
    assert "The LIMS keeps the contract." in good.stdout
    bad = subprocess.run([*command, "--api-key", "wrong"], cwd=ROOT, capture_output=True, text=True)
    assert bad.returncode == 1
    assert "checks failed" in bad.stdout
    none = subprocess.run([*command, "--api-key", ""], cwd=ROOT, capture_output=True, text=True, env={})
    assert none.returncode == 2
    assert "LIMS_API_KEY" in none.stderr


# ------------------------------------------------------------------------------- a LIMS that breaks one rule each


class Spoiled(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox and spoils some of what goes there or comes back."""

    def __init__(self, *, request: Callable[..., None] | None = None, answer: Callable[..., Any] | None = None) -> None:
        self._through = httpx.AsyncHTTPTransport()
        self._spoil_request, self._spoil_answer = request, answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._spoil_request:
            self._spoil_request(request)
        response = await self._through.handle_async_request(request)
        content = await response.aread()
        if self._spoil_answer and content:
            body = json.loads(content)
            spoiled = self._spoil_answer(request, response, body)
            content = json.dumps(body if spoiled is None else spoiled).encode()
        headers = {k: v for k, v in response.headers.items() if k not in ("content-length", "content-encoding")}
        return httpx.Response(response.status_code, headers=headers, content=content)

    async def aclose(self) -> None:
        await self._through.aclose()


def path(request: httpx.Request) -> str:
    return request.url.path


def forgets_its_tag(request, response, body):
    response.headers.pop("etag", None)


def sends_naive_times(request, response, body):
    if "timestamp" in body and isinstance(body, dict):
        body["timestamp"] = body["timestamp"].removesuffix("Z").partition("+")[0]


def loses_the_key(request):
    if "idempotency-key" in request.headers:
        request.headers["idempotency-key"] = base64.b32encode(
            hashlib.sha256(str(id(request)).encode()).digest()
        ).decode()


def ignores_what_was_seen(request):
    if request.content and b"expectedStatus" in request.content:
        body = json.loads(request.content)
        del body["expectedStatus"]
        request.stream = httpx.ByteStream(json.dumps(body).encode())
        request.headers["content-length"] = str(len(json.dumps(body)))


def _registers(change):
    def spoil(request):
        if path(request) == "/webhooks/status":
            content = json.dumps({**json.loads(request.content), **change}).encode()
            request.stream = httpx.ByteStream(content)
            request.headers["content-length"] = str(len(content))

    return spoil


def calls_everything_valid(request, response, body):
    if path(request) == "/validation" and "isValid" in body:
        body.update(isValid=True, decision="accept")


def speaks_of_other_errors(request, response, body):
    return {"detail": "Not Found"} if response.status_code == 404 else None


def adds_wrongly(request, response, body):
    if isinstance(body, dict) and body.get("price"):
        body["price"]["totalMinor"] += 1


def lists_nothing(request, response, body):
    if path(request) == "/jobs":
        body["jobs"] = []


def has_no_history(request, response, body):
    if isinstance(body, dict):
        body.pop("history", None)


SPOILED = [
    ({"answer": forgets_its_tag}, "no ETag"),
    ({"answer": sends_naive_times}, "without a zone"),
    ({"request": loses_the_key}, "two jobs"),
    ({"request": ignores_what_was_seen}, "with another expectedStatus"),
    ({"answer": calls_everything_valid}, "isValid True"),
    ({"answer": speaks_of_other_errors}, "is not {code, message, errors}"),
    ({"answer": adds_wrongly}, "do not make the total"),
    ({"answer": lists_nothing}, "3 of 3 new jobs are not listed"),
    ({"answer": has_no_history}, "no history"),
]


@pytest.mark.parametrize(
    ("spoil", "reason"), SPOILED, ids=[next(iter(spoil.values())).__name__ for spoil, _ in SPOILED]
)
async def test_a_lims_that_breaks_a_rule_fails_with_the_rule_named(sandbox, spoil, reason):
    report = await run_contract(sandbox.url, sandbox.api_key, webhook_wait_seconds=2, transport=Spoiled(**spoil))
    assert not report.ok
    assert reason in report.text()


async def test_a_lims_that_only_claims_the_core_is_not_held_to_the_rest(sandbox):
    def claims_the_core(request, response, body):
        if path(request) == "/health":
            body["capabilities"] = ["core"]

    report = await run_contract(
        sandbox.url, sandbox.api_key, webhook_wait_seconds=20, transport=Spoiled(answer=claims_the_core)
    )
    assert report.ok, report.text()
    assert {result.outcome for result in report.of("rules")} == {Outcome.SKIPPED}
    assert "does not claim pricing" in report.text()


async def test_a_lims_elsewhere_that_cannot_reach_the_listener_is_not_blamed(sandbox):
    class Elsewhere(Spoiled):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=httpx.URL(sandbox.url).port)
            return await super().handle_async_request(request)

    report = await run_contract("https://lims.test", sandbox.api_key, transport=Elsewhere())
    assert report.ok, report.text()
    skipped = [result for result in report.results if result.outcome is Outcome.SKIPPED]
    assert len(skipped) == 3
    assert all("--callback-url" in result.reason for result in skipped)


async def test_a_lims_that_is_not_there_fails_and_says_so():
    report = await run_contract("http://127.0.0.1:9", "key", webhook_wait_seconds=0.1)
    assert not report.ok
    assert "cannot be reached" in report.text()


async def test_an_order_the_lims_cannot_make_asks_for_another_sample(sandbox):
    sample = {"prescription": {"odSphere": -60, "osSphere": -60, "pd": 64}, "lensType": "single_vision"}
    report = await run_contract(sandbox.url, sandbox.api_key, configuration=sample, webhook_wait_seconds=1)
    assert "give --configuration" in report.text()
