"""How ILS is, for the engineer: the parts, the figures, and the same limits as the alerts have."""

import re
import time
from pathlib import Path
from uuid import uuid4

import pytest

from ils_app.engineering import health
from ils_app.engineering import service as engineering
from ils_app.kernel import config, database, inbox, metrics, trend
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden
from ils_app.kernel.inbox import Delivery, DeliveryState
from ils_app.kernel.room import Room

ALERTS = (Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "alerts.yml").read_text("utf-8")
ENGINEER = Actor(uuid4(), "Ines", Role.ENGINEER, uuid4())
LIMITS = {
    "OrderingSlow": health.ORDERING_SECONDS,
    "WebhooksSlow": health.WEBHOOK_SECONDS,
    "PushesSlow": health.PUSH_SECONDS,
    "JobsPileUp": health.JOB_AGE_SECONDS,
    "WebhooksForged": health.FORGED,
}


@pytest.fixture(autouse=True)
def nothing_kept():
    trend._kept.clear()


async def figures():
    found = await engineering.system_health(ENGINEER)
    return found, {one.label: one for one in found.figures}


@pytest.mark.parametrize("alert", LIMITS)
def test_a_figure_becomes_a_worry_where_its_alert_fires(alert):
    limit = re.search(rf"alert: {alert}\n\s+expr: .* > ([\d.]+)\n", ALERTS)[1]
    assert float(limit) == LIMITS[alert]


async def test_without_a_worker_the_part_is_named_and_counts_as_a_worry(lims):
    found, _ = await figures()
    parts = {part.name: part for part in found.parts}
    assert set(parts) == set(health.PARTS.values())
    assert parts["Database"].ok
    assert parts["Tables"].ok
    assert not parts["Worker"].ok
    assert "worker" in parts["Worker"].says
    assert found.worries >= 1


async def test_a_delivery_worked_slowly_is_a_worry_and_a_quiet_time_has_no_time(lims):
    _, before = await figures()
    assert before["Accepted to worked, 99 of 100 within"].value is None
    assert not before["Accepted to worked, 99 of 100 within"].over
    room = Room("kernel")
    await inbox.keep(Delivery("lims-status", "msg_1", "JOB-1", b"{}", "orders.apply_status"))
    async with room.unit_of_work() as uow:
        await (await uow.session.connection()).exec_driver_sql(
            "UPDATE kernel.inbox SET received_at = now() - interval '9 seconds'"
        )
    (kept,) = await inbox.deliveries()
    async with room.unit_of_work() as uow:
        inbox.close(uow, await inbox.take(uow.session, kept.id), DeliveryState.APPLIED, "moved")
    _, after = await figures()
    slow = after["Accepted to worked, 99 of 100 within"]
    assert 9 <= slow.value < 60
    assert slow.over


async def test_orders_that_wait_and_signatures_that_prove_nothing_are_counted_from_when_figures_are_kept(lims):
    trend._kept.append((time.monotonic(), await trend._read()))
    with metrics.submission() as one:
        one.outcome = "waiting"
    metrics.FORGED.labels("lims").inc(6)
    _, found = await figures()
    assert found["Orders that wait for the lab"].value == 1
    assert found["Orders that wait for the lab"].over
    assert found["Signatures that prove nothing"].over
    assert "1 waiting" in found["From click to job, 99 of 100 within"].detail


@pytest.mark.parametrize("role", [Role.ECP, Role.LAB, Role.SUPPLIER])
async def test_it_is_the_engineer_s_and_the_administrator_s(role, database):
    with pytest.raises(Forbidden):
        await engineering.system_health(Actor(uuid4(), "Somebody", role, uuid4()))


async def test_with_the_database_away_it_is_the_part_that_is_named(lims, monkeypatch):
    await database.close()
    elsewhere = config.current().model_copy(update={"database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none"})
    monkeypatch.setattr(config, "current", lambda: elsewhere)
    try:
        found, figures_now = await figures()
    finally:
        await database.close()
    assert not next(part for part in found.parts if part.name == "Database").ok
    assert figures_now["Accepted to worked, 99 of 100 within"].value is None
    assert found.worries
