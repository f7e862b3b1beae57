"""What ILS counts: told to whom it may be told, counted where it happens, without a name in it."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from ils_app.kernel import asgi, config, database, health, inbox, metrics
from ils_app.kernel.clock import now
from ils_app.kernel.inbox import Delivery, DeliveryState
from ils_app.kernel.room import Room
from lims_client.breaker import BreakerState
from lims_client.hooks import AttemptFailed, BreakerChanged, ResponseReceived
from tests.support.sandbox_process import free_port

NAMES = {
    "order_submission_duration_seconds", "order_submissions", "lims_request_duration_seconds", "lims_breaker_state",
    "webhook_processing_duration_seconds", "webhook_signature_failures", "jobs", "jobs_oldest_age_seconds",
    "live_sessions", "push_fan_out_seconds",
}  # fmt: skip
TOKEN = "a-scrapers-own-long-token"
room = Room("kernel")


@pytest.fixture
def ask():
    """Asks for the figures, from an address, with a header."""
    app = FastAPI()
    app.include_router(health.router)
    asgi.translate_errors(app)

    async def asked(address="127.0.0.1", **headers):
        transport = httpx.ASGITransport(app, client=(address, 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as client:
            return await client.get("/metrics", headers=headers)

    return asked


@pytest.fixture
def settings(monkeypatch):
    """The settings with some changed."""

    def changed(**values):
        other = config.current().model_copy(update=values)
        monkeypatch.setattr(config, "current", lambda: other)

    return changed


def value(name, **labels):
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


async def test_every_figure_is_told_by_the_name_the_alerts_use(database, ask):
    answer = await ask()
    assert answer.status_code == 200
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert set(families) >= NAMES
    assert all(family.documentation for family in families.values())


async def test_without_a_token_only_this_machine_is_told_and_in_production_nobody(database, ask, settings):
    for elsewhere in ("192.0.2.7", "unknown"):
        assert (await ask(elsewhere)).status_code == 404
    settings(ils_env=config.Environment.PRODUCTION)
    assert (await ask()).status_code == 404


async def test_with_a_token_whoever_brings_it_is_told_and_nobody_else(database, ask, settings):
    settings(metrics_token=config.SecretStr(TOKEN), ils_env=config.Environment.PRODUCTION)
    assert (await ask("192.0.2.7", authorization=f"Bearer {TOKEN}")).status_code == 200
    for wrong in ("", "Bearer", f"Bearer {TOKEN}x", TOKEN):
        assert (await ask(authorization=wrong)).status_code == 404


async def test_jobs_are_counted_by_state_with_the_age_of_the_oldest(database, ask):
    async with room.unit_of_work() as uow:
        await uow.enqueue("orders.nothing", number=1)
        await uow.enqueue("orders.nothing", number=2)
        await uow.enqueue("orders.nothing", number=3, schedule_at=now() + timedelta(hours=1))
    async with room.unit_of_work() as uow:
        statement = "UPDATE procrastinate_events SET at = now() - interval '90 seconds' WHERE job_id = 1"
        await (await uow.session.connection()).exec_driver_sql(statement)
    text = (await ask()).text
    assert 'jobs{state="waiting"} 2.0' in text
    assert 'jobs{state="scheduled"} 1.0' in text
    assert 'jobs{state="failed"} 0.0' in text
    assert 90 <= value("jobs_oldest_age_seconds", state="waiting") < 150
    assert value("jobs_oldest_age_seconds", state="scheduled") < 60


async def test_a_database_that_is_away_takes_no_other_figure_with_it(ask, settings):
    await database.close()
    settings(database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    try:
        answer = await ask()
    finally:
        await database.close()
    assert answer.status_code == 200
    assert "live_sessions" in answer.text
    assert 'jobs{state="waiting"}' not in answer.text


async def test_a_delivery_counts_once_from_accepted_to_worked_and_a_replay_does_not(database):
    labels = {"source": f"source-{uuid4().hex}", "outcome": "applied"}
    delivery = Delivery(labels["source"], "msg_1", "JOB-1", b"{}", "orders.apply_status")
    await inbox.keep(delivery)
    (kept,) = await inbox.deliveries(source=labels["source"])

    async def work():
        async with room.unit_of_work() as uow:
            inbox.close(uow, await inbox.take(uow.session, kept.id), DeliveryState.APPLIED, "moved")

    await work()
    assert value("webhook_processing_duration_seconds_count", **labels) == 1
    await inbox.replay(kept.id, {labels["source"]: "orders.apply_status"})
    await work()
    assert value("webhook_processing_duration_seconds_count", **labels) == 1


def test_an_attempt_at_the_lims_is_counted_by_what_came_of_it():
    before = {word: value("lims_request_duration_seconds_count", operation="validate", outcome=word)
              for word in ("2xx", "LimsTimeout")}  # fmt: skip
    metrics.lims_answered(ResponseReceived("validate", "POST", "validation", "r", 1, 204, 0.02))
    metrics.lims_failed(AttemptFailed("validate", "POST", "validation", "r", 2, "LimsTimeout", 2.0))
    after = {word: value("lims_request_duration_seconds_count", operation="validate", outcome=word) for word in before}
    assert {word: after[word] - before[word] for word in before} == {"2xx": 1, "LimsTimeout": 1}


@pytest.mark.parametrize(("state", "shown"), [("open", 2), ("half_open", 1), ("closed", 0)])
def test_the_breaker_is_shown_as_it_is(state, shown):
    metrics.breaker_changed(BreakerChanged(BreakerState.CLOSED, BreakerState(state), None))
    assert value("lims_breaker_state") == shown


def test_a_placing_is_counted_by_its_outcome_and_one_that_breaks_is_too():
    before = {word: value("order_submissions_total", outcome=word) for word in ("sent", "rejected")}
    with metrics.submission() as one:
        one.outcome = "sent"
    with pytest.raises(LookupError), metrics.submission():
        raise LookupError
    assert value("order_submissions_total", outcome="sent") - before["sent"] == 1
    assert value("order_submissions_total", outcome="rejected") - before["rejected"] == 1


def test_a_worker_tells_its_figures_on_a_port_of_its_own_while_it_works():
    port = free_port()
    with metrics.served(port):
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    assert "webhook_processing_duration_seconds" in text
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    with metrics.served(0):
        pass


def test_several_processes_on_one_machine_tell_their_sum(tmp_path: Path, database):
    counting = "from ils_app.kernel import metrics; metrics.SUBMISSIONS.labels('sent').inc({n})"
    telling = "import asyncio; from ils_app.kernel import metrics; print(asyncio.run(metrics.told()).decode())"
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for number in (2, 3):
        subprocess.run([sys.executable, "-c", counting.format(n=number)], env=environ, check=True)
    told = subprocess.run([sys.executable, "-c", telling], env=environ, check=True, capture_output=True, text=True)
    assert 'order_submissions_total{outcome="sent"} 5.0' in told.stdout


def test_no_label_can_hold_a_person():
    allowed = {"outcome", "operation", "source", "state"}
    for collector in {metrics.SUBMISSION_SECONDS, metrics.SUBMISSIONS, metrics.LIMS_SECONDS, metrics.WEBHOOK_SECONDS,
                      metrics.FORGED, metrics.JOBS, metrics.JOBS_AGE}:  # fmt: skip
        assert set(collector._labelnames) <= allowed
