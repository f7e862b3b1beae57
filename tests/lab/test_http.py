"""The lab room over HTTP."""

from datetime import timedelta

import pytest

from ils_app.kernel.actor import Role
from ils_app.kernel.clock import now
from ils_app.lab.api import app
from lims_client.models import JobStatus
from tests.support.signed_in import signed_in

BOARD = "/api/v1/lab/board"


async def test_the_board_is_served_with_its_filters(put):
    await put(JobStatus.IN_PRODUCTION, "GEN", due_at=now() - timedelta(days=1))
    await put(JobStatus.IN_PRODUCTION, "AR", urgency="rush")
    async with signed_in(app, Role.LAB) as client:
        body = (await client.get(BOARD)).json()
        assert {one["key"]: one["count"] for one in body["stages"] if one["count"]} == {"surfacing": 1, "coating": 1}
        assert body["counts"]["late"] == body["counts"]["rush"] == 1
        rush = (await client.get("/api/v1/lab/orders", params={"view": "rush"})).json()
        assert (rush["total"], rush["cards"][0]["station"]) == (1, "AR")
        assert (await client.get(BOARD, params={"view": "nonsense"})).status_code == 422


async def test_a_job_is_found_moved_held_released_and_shipped(placed):
    view = await placed()
    async with signed_in(app, Role.LAB) as client:
        at = f"/api/v1/lab/orders/{view.id}"
        bench = (await client.get("/api/v1/lab/scan", params={"code": view.number})).json()
        assert bench["card"]["order_id"] == str(view.id)
        assert (await client.get(at)).json() == bench
        body = {"to": "in_production", "expected_status": "queued"}
        for _ in range(2):  # the key makes the second the first
            answer = await client.post(f"{at}/move", json=body, headers={"Idempotency-Key": "k-1"})
            assert answer.json()["card"]["job_status"] == "in_production"
        late = await client.post(f"{at}/move", json=body)
        assert (late.status_code, late.json()["code"]) == (409, "moved_on")
        assert (await client.post(f"{at}/hold", json={"reason": "Asks"})).json()["card"]["held"] is True
        assert (await client.post(f"{at}/release", json={})).json()["card"]["held"] is False
        jobs = {"jobs": [{"order_id": str(view.id)}]}
        many = await client.post("/api/v1/lab/moves", json=jobs | {"to": "quality_check"})
        assert many.json()[0]["moved"] is True
        await client.post("/api/v1/lab/moves", json=jobs)
        missing = await client.post(f"{at}/ship", json={"carrier": "DPD", "tracking_number": ""})
        assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "tracking_number")
        shipped = await client.post(f"{at}/ship", json={"carrier": "DPD", "tracking_number": "1Z"})
        assert shipped.json()["card"]["tracking_number"] == "1Z"


async def test_the_ticket_is_a_pdf_that_no_cache_keeps(placed):
    view = await placed()
    async with signed_in(app, Role.LAB) as client:
        answer = await client.get(f"/api/v1/lab/orders/{view.id}/ticket.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize(("role", "board", "move"), [(Role.ECP, 403, 403), (Role.ADMIN, 403, 403)])
async def test_roles_are_refused_at_the_route(put, role, board, move):
    job = await put()
    async with signed_in(app, role) as client:
        assert (await client.get(BOARD)).status_code == board
        answer = await client.post(f"/api/v1/lab/orders/{job.order_id}/move", json={"to": "quality_check"})
        assert answer.status_code == move


async def test_nobody_sees_nothing(put):
    job = await put()
    async with signed_in(app, Role.LAB) as client:
        client.headers.pop("authorization")
        for path in (BOARD, f"/api/v1/lab/orders/{job.order_id}", f"/api/v1/lab/orders/{job.order_id}/ticket.pdf"):
            assert (await client.get(path)).status_code == 401
