"""Requests made up from the sandbox LIMS's own OpenAPI document: nothing breaks, every answer is one it promises."""

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from schemathesis import Case

from lims_client.sandbox.app import build_app
from lims_client.sandbox.control import ControlChange
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.settings import Settings
from tests.support.fuzzing import BASE, Fuzz, cases, operations

KEY = "a-key-for-made-up-requests"
SECRET = "whsec_" + "dGVzdHMgb25seSwgbm90IGEgc2VjcmV0IGF0IGFsbCE="
ROUNDS = int(os.environ.get("ROUNDS", "40"))
WELL = ControlChange(paused=True, outage=False, latency_ms=0, error_rate=0)
JOB = {
    "prescription": {"odSphere": -2, "osSphere": -1.75, "odPd": 31.5, "osPd": 31.5}, "lensType": "single_vision",
    "design": "sv-sph", "material": "150", "coatings": ["hc", "ar-std"], "accountNumber": "HARB-001",
    "frame": {"type": "full_rim", "a": 52, "b": 36, "dbl": 18, "ed": 55, "status": "supplied"},
}  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab whose jobs stand still."""
    opened = Lab(Settings(database=tmp_path / "lims.sqlite", api_key=KEY, webhook_secret=SECRET, paused=True))
    yield opened
    opened.close()


@pytest.fixture
async def client(lab: Lab) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_app(lab), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as asking:
        yield asking


async def names(client: httpx.AsyncClient) -> dict[str, str]:
    """One of everything that an address can name."""
    key = {"authorization": f"Bearer {KEY}"}
    hook = {"url": "http://127.0.0.1:9/hooks", "events": ["job.status_changed"], "secret": SECRET}
    job = (await client.post("/jobs/create", json=JOB, headers={**key, "idempotency-key": "one"})).json()
    draft = (await client.post("/rules", json={"note": "A try"}, headers=key)).json()
    kept = (await client.post("/webhooks/status", json=hook, headers=key)).json()
    return {"job_id": job["jobId"], "version": draft["version"], "number": "HARB-001", "webhook_id": kept["id"]}


async def ask_everything(client: httpx.AsyncClient, lab: Lab, *, right: int, wrong: int) -> Fuzz:
    fuzz, document = Fuzz(), build_app(lab).openapi()
    known, key = await names(client), {"authorization": f"Bearer {KEY}"}
    for operation in operations(document):
        for case, aim in zip(cases(operation, right=right, wrong=wrong), itertools.cycle((True, False)), strict=False):
            await fuzz.send(client, aimed(case, known) if aim else case, key)
            lab.control.change(WELL)  # troubles somebody switched on are meant to break things
    return fuzz


def aimed(case: Case, known: dict[str, str]) -> Case:
    parameters: dict[str, Any] = case.path_parameters or {}
    for name in parameters:
        parameters[name] = known.get(name, parameters[name])
    return case


async def test_nothing_breaks_and_every_answer_is_as_promised(client, lab):
    fuzz = await ask_everything(client, lab, right=3, wrong=1)
    assert not fuzz.wrong, "\n\n".join(fuzz.wrong)
    assert len(fuzz.succeeded()) > 15


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_nothing_breaks_however_long_it_is_asked(client, lab):
    fuzz = await ask_everything(client, lab, right=ROUNDS, wrong=ROUNDS // 2)
    assert not fuzz.wrong, "\n\n".join(fuzz.wrong)
