"""Rooms and the webhook intake as processes of their own: what they promise is kept by a worker elsewhere."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from standardwebhooks import Webhook

from tests.support.fleet import Fleet
from tests.support.orders_http import place
from tests.support.world import World


def imported(log: str) -> set[str]:
    """The modules a process imported, which it wrote down under PYTHONPROFILEIMPORTTIME."""
    return {line.rpartition("|")[2].strip() for line in log.splitlines() if line.startswith("import time:")}


def test_an_order_placed_where_nobody_knows_the_lab_gets_its_card_from_a_worker_elsewhere(fleet: Fleet, world: World):
    orders = fleet.alone("orders", "ils_app.orders.api:app", PYTHONPROFILEIMPORTTIME="1")
    answer = place(orders.url, world)
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert order["job_id"]
    assert fleet.sql("SELECT 1 FROM lab.card WHERE order_id = %s", order["id"]) == []
    known = imported(orders.log)
    assert "ils_app.orders.service" in known
    assert not [name for name in known if name.startswith(("ils_app.lab", "ils_app.rooms", "reflex"))]
    orders.program.kill()
    fleet.worker("worker")
    fleet.until(lambda: fleet.sql("SELECT 1 FROM lab.card WHERE order_id = %s", order["id"]))
    heard = fleet.sql("SELECT count(*) FROM kernel.heard WHERE listener = 'lab.card_of_new_job'")
    assert heard[0][0] >= 1  # type: ignore[operator]


def test_what_the_intake_alone_takes_is_worked_by_a_worker_elsewhere(fleet: Fleet, world: World):
    intake = fleet.alone("intake", "ils_app.intake:app", PYTHONPROFILEIMPORTTIME="1")
    at, delivery = datetime.now(UTC), f"msg_{uuid4().hex}"
    said = {
        "event": "job.status_changed", "jobId": world.mill.job_id, "newStatus": "in_production", "sequence": 9_000,
        "timestamp": at.isoformat(),
    }  # fmt: skip
    body = json.dumps(said)
    headers = {
        "webhook-id": delivery,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(world.sandbox.webhook_secret).sign(delivery, at, body),
    }
    for route, expected in (("lims-status", 202), ("lims-catalog-update", 400), ("stripe", 401)):
        url = f"{intake.url}/api/webhooks/{route}"
        answer = httpx.post(url, content=body, headers=headers, timeout=30, trust_env=False)
        assert answer.status_code == expected, (route, answer.text)
    assert intake.get("/api/v1/orders").status_code == 404
    assert not [name for name in imported(intake.log) if name.startswith("reflex")]
    state = "SELECT state FROM kernel.inbox WHERE delivery_id = %s"
    assert fleet.sql(state, delivery) == [("waiting",)]
    intake.program.kill()
    fleet.worker("worker")
    fleet.until(lambda: fleet.sql(state, delivery) == [("applied",)])
    moved = fleet.sql('SELECT job_status FROM orders."order" WHERE id = %s', world.mill.order_id)
    assert moved == [("in_production",)]
