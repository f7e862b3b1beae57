"""The dashboard's numbers are those of the lists they lead to; the room over HTTP."""

import csv
import io
import itertools
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from ils_app.admin import service as admin_room
from ils_app.admin.api import app
from ils_app.auth import service as auth
from ils_app.kernel import inbox
from ils_app.kernel.inbox import DeliveryState
from ils_app.kernel.roles import Role
from ils_app.practices import service as practices
from ils_app.suppliers import service as suppliers
from tests.support.supplying import a_supplier, an_order

PASSWORD = "violet-meniscus-42"


async def test_each_number_is_the_length_of_its_list(admin, ask, rows):
    empty = await admin_room.overview(admin)
    numbers = empty.model_dump(exclude={"lab_silent_since"})
    assert set(numbers.values()) == {0}
    await ask()
    suspended = await auth.create_user(
        email="l@north.example", name="L", password=PASSWORD, organisation_id=admin.organisation_id, roles=(Role.LAB,)
    )
    await auth.suspend(admin, suspended.user_id, "On leave")
    draft = auth.InvitationDraft(
        email="new@north.example", name="New", organisation_id=admin.organisation_id, roles=(Role.LAB,)
    )
    invited = await auth.invite(admin, draft)
    await auth.create_organisation(name="Quay", kind=auth.OrganisationKind.PRACTICE)
    rows("UPDATE auth.invitation SET expires_at = now() + interval '1 day' WHERE id = %s", invited.id)
    await auth.invite(admin, draft.model_copy(update={"email": "later@north.example"}))
    for state, days in itertools.product(("failed", "unmatched", "applied"), (1, 8)):
        rows(
            "INSERT INTO kernel.inbox (id, source, delivery_id, subject, body, received_at, state, outcome, attempts) "
            "VALUES (%s, 'lims-status', %s, 'JOB-1', '', now() - make_interval(days => %s), %s, '', 1)",
            uuid4(), uuid4().hex, days, state,
        )  # fmt: skip
    lumen = await suppliers.add_supplier(admin, a_supplier(name="Lumen"))
    for error, since in (("", None), ("It came back.", None), ("It came back.", "now")):
        order = await suppliers.begin_order(admin, an_order(lumen.id))
        change = "UPDATE suppliers.purchase_order SET send_error = %s, sending_since = %s::timestamptz WHERE id = %s"
        rows(change, error, since, order.id)
    rows("INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ('default', 'x', '{}', 'failed')")
    now = await admin_room.overview(admin)
    assert (now.waiting, now.suspended, now.ending_invitations, now.practices_to_open) == (1, 1, 1, 1)
    assert (now.failed_deliveries, now.unmatched_deliveries, now.failed_jobs) == (1, 1, 1)
    assert (now.on_hold, now.waiting_for_lab, now.mails_given_up) == (0, 0, 0)
    assert (now.overdue_invoices, now.late_purchase_orders, now.unsent_purchase_orders) == (0, 0, 1)
    lists = {  # as the addresses of the overview's figures narrow them
        "waiting": (await auth.people(admin, status=auth.PersonStatus.PENDING)).total,
        "suspended": (await auth.people(admin, status=auth.PersonStatus.SUSPENDED)).total,
        "ending_invitations": (await auth.invitations(admin, ending_within=admin_room.SOON)).total,
        "practices_to_open": len(await practices.waiting(admin)),
        "failed_deliveries": len(await inbox.deliveries(state=DeliveryState.FAILED, within=inbox.WEEK)),
        "unmatched_deliveries": len(await inbox.deliveries(state=DeliveryState.UNMATCHED, within=inbox.WEEK)),
        "unsent_purchase_orders": (await suppliers.orders_page(admin, unsent=True)).total,
        "late_purchase_orders": (await suppliers.orders_page(admin, late=True)).total,
    }
    assert {name: getattr(now, name) for name in lists} == lists
    assert await auth.invitations_ending(admin, timedelta(hours=1)) == 0


@pytest.fixture
async def client(admin):
    """A program that holds the administrator's token."""
    session = await auth.sign_in("ada@north.example", PASSWORD, address="127.0.0.1", kind=auth.SessionKind.API)
    headers = {"authorization": f"Bearer {session.token}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test", headers=headers) as asking:
        yield asking


async def test_over_http_the_audit_is_a_list_and_a_file(client, ask):
    asked = await ask()
    page = (await client.get("/api/v1/audit", params={"about": asked.email, "limit": 1})).json()
    assert page["rows"][0]["what"].startswith("Nora Quinn asked for an account")
    number = page["rows"][0]["id"]
    assert (await client.get(f"/api/v1/audit/{number}")).json()["id"] == number
    for answer in (
        await client.get("/api/v1/audit.csv", params={"about": asked.email}),
        await client.post("/api/v1/audit/export", data={"about": asked.email, "area": "nonsense", "since": "soon"}),
    ):
        assert answer.headers["content-type"].startswith("text/csv")
        assert "attachment" in answer.headers["content-disposition"]
        (row,) = csv.DictReader(io.StringIO(answer.text))
        assert row["kind"] == "PersonSignedUp"
    assert (await client.get("/api/v1/audit", params={"cursor": "x"})).status_code == 422
    assert (await client.get("/api/v1/audit", params={"area": "nonsense"})).status_code == 422


async def test_over_http_somebody_is_let_in_and_the_numbers_follow(client, ask):
    asked = await ask()
    assert (await client.get("/api/v1/overview")).json()["waiting"] == 1
    body = {"role": "ecp", "manager": True, "new": {"name": "Quay", "account_number": "Q-1", "site_code": "MAIN"}}
    let_in = await client.post(f"/api/v1/users/{asked.user_id}/admit", json=body)
    assert let_in.json()["status"] == "active"
    assert (await client.get("/api/v1/overview")).json()["waiting"] == 0
    assert "/api/v1/audit.csv" in (await client.get("/api/v1/openapi.json")).json()["paths"]
