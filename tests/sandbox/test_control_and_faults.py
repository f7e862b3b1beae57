"""The switches: outages, slowness, errors after the work was done; kept across restarts, always in reach."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from lims_client.sandbox import faults, moments
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.settings import Settings


async def test_the_switches_start_off_and_only_what_is_named_changes(sandbox: Any):
    assert (await sandbox.http.get("/sandbox/control")).json() == {
        "speed": 1, "paused": True, "latency_ms": 0, "error_rate": 0, "duplicate_rate": 0, "reorder": False,
        "outage": False, "outage_mode": "503", "rework_rate": 0, "hold_rate": 0, "station_events": False,
    }  # fmt: skip
    changed = (await sandbox.http.patch("/sandbox/control", json={"speed": 60, "paused": False})).json()
    assert (changed["speed"], changed["paused"], changed["latency_ms"]) == (60, False, 0)
    for wrong in ({"speed": -1}, {"error_rate": 2}, {"sped": 1}, {"outage": -5}):
        assert (await sandbox.http.patch("/sandbox/control", json=wrong)).status_code == 400, wrong


async def test_an_outage_answers_503_to_everything_but_the_switches(sandbox: Any):
    await sandbox.http.patch("/sandbox/control", json={"outage": True})
    for path in ("/health", "/catalog", "/jobs", "/rules"):
        away = await sandbox.http.get(path)
        assert (away.status_code, away.json()["code"]) == (503, "unavailable")
    assert (await sandbox.http.get("/sandbox/control")).json()["outage"] is True
    await sandbox.http.patch("/sandbox/control", json={"outage": False})
    assert (await sandbox.http.get("/health")).status_code == 200


async def test_an_outage_of_some_seconds_ends_by_itself(sandbox: Any, monkeypatch: pytest.MonkeyPatch):
    begun = moments.now()
    for seconds, status, left in ((0, 503, 30), (29, 503, 1), (31, 200, False)):
        monkeypatch.setattr("lims_client.sandbox.control.now", lambda s=seconds: begun + timedelta(seconds=s))
        if seconds == 0:
            await sandbox.http.patch("/sandbox/control", json={"outage": 30})
        assert (await sandbox.http.get("/health")).status_code == status
        assert (await sandbox.http.get("/sandbox/control")).json()["outage"] == left


async def test_a_proxys_html_502_can_be_had(sandbox: Any):
    await sandbox.http.patch("/sandbox/control", json={"outage": True, "outage_mode": "html"})
    answer = await sandbox.http.get("/catalog")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert "<html>" in answer.text


async def test_a_silent_lims_does_not_answer(sandbox: Any, monkeypatch: pytest.MonkeyPatch):
    await sandbox.http.patch("/sandbox/control", json={"outage": True, "outage_mode": "silence"})
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sandbox.http.get("/catalog"), 0.2)
    monkeypatch.setattr(faults, "SILENCE_SECONDS", 0)
    assert (await sandbox.http.get("/catalog")).status_code == 503


async def test_latency_is_added_to_every_answer(sandbox: Any):
    await sandbox.http.patch("/sandbox/control", json={"latency_ms": 150})
    begun = time.monotonic()
    await sandbox.http.get("/health")
    assert time.monotonic() - begun >= 0.15


async def test_an_error_may_strike_after_the_work_and_the_key_finds_the_job(
    sandbox: Any, body: Callable[..., dict[str, Any]]
):
    await sandbox.http.patch("/sandbox/control", json={"error_rate": 1})
    lost = 0
    for number in range(30):
        before = sandbox.count()
        answer = await sandbox.http.post("/jobs/create", json=body(), headers={"idempotency-key": f"k{number}"})
        assert answer.status_code == 500
        lost += sandbox.count() - before
    assert 0 < lost < 30
    await sandbox.http.patch("/sandbox/control", json={"error_rate": 0})
    for number in range(30):
        await sandbox.make(f"k{number}")
    assert sandbox.count() == 30


async def test_the_switches_survive_a_restart_unless_the_start_says_otherwise(
    sandbox: Any, reopened: Callable[[Any], Any], settings: Settings
):
    await sandbox.http.patch("/sandbox/control", json={"speed": 77, "paused": False, "duplicate_rate": 0.5})
    again = reopened(sandbox)
    kept = (await again.http.get("/sandbox/control")).json()
    assert (kept["speed"], kept["paused"], kept["duplicate_rate"]) == (77, settings.paused, 0.5)


async def test_accounts_are_opened_changed_and_asked(sandbox: Any, body: Callable[..., dict[str, Any]]):
    seeded = {one["accountNumber"]: one for one in (await sandbox.http.get("/sandbox/accounts")).json()}
    assert seeded["HARB-001"]["name"] == "Harbour Eye Care"
    assert seeded["STOP-001"]["onStop"] is True
    new = {"accountNumber": "QUAY-002", "name": "Quay Optics", "creditLimitMinor": 6000}
    assert (await sandbox.http.post("/sandbox/accounts", json=new)).status_code == 201
    assert (await sandbox.make(accountNumber="QUAY-002"))["status"] == "queued"
    assert (await sandbox.make(accountNumber="QUAY-002"))["status"] == "on_hold", "the first order used the limit up"
    stopped = await sandbox.http.put("/sandbox/accounts/QUAY-002", json={**new, "onStop": True})
    assert stopped.json()["onStop"] is True
    refused = await sandbox.http.post(
        "/jobs/create", json=body(accountNumber="QUAY-002"), headers={"idempotency-key": "z"}
    )
    assert refused.json()["errors"][0]["code"] == "ACCOUNT_STOP"
    assert (await sandbox.http.put("/sandbox/accounts/OTHER", json=new)).json()["code"] == "number_differs"


async def test_an_unknown_account_is_opened_by_its_first_order_and_said_to_be(sandbox: Any):
    job = await sandbox.make(accountNumber="NEW-1")
    assert (job["status"], [one["code"] for one in job["findings"]]) == ("queued", ["ACCOUNT_UNKNOWN"])
    assert (await sandbox.make(accountNumber="NEW-1"))["findings"] == []


async def test_a_lab_closes_what_it_opened(settings: Settings):
    lab = Lab(settings)
    async with lab.running(httpx.MockTransport(lambda _: httpx.Response(202))):
        pass
    Lab(settings).close()
