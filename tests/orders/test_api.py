"""The HTTP door of orders: its example is a valid order, one key is one order, pages miss and double nothing."""

import asyncio
import base64
import json
from uuid import uuid4

import httpx
import pytest

from ils_app.kernel.actor import Role
from ils_app.kernel.errors import Invalid
from ils_app.orders import service as orders
from ils_app.orders.api import app
from ils_app.orders.schemas import ListView
from ils_app.patients import service as patients
from tests.support.signed_in import signed_in

ORDERS = "/api/v1/orders"


@pytest.fixture
async def client(lab, clinic):
    """Somebody of Harbour Eye Care, signed in."""
    async with signed_in(app, Role.ECP, clinic.id) as one:
        yield one


@pytest.fixture
async def example(client) -> dict:
    """The example of the OpenAPI document."""
    document = (await client.get("/api/v1/openapi.json")).json()
    return document["paths"][ORDERS]["post"]["requestBody"]["content"]["application/json"]["example"]


async def test_the_example_of_the_document_is_a_valid_order(client, example):
    answer = await client.post(ORDERS, json=example)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert answer.headers["location"] == f"{ORDERS}/{body['id']}"
    assert body["status"] == "in_production"
    assert body["job_id"]
    assert body["job_status"] == "queued"
    assert body["queue_position"] >= 1
    assert body["estimated_completion"]
    assert body["rules_version"]
    assert body["price"]["total_minor"] == sum(line["minor"] for line in body["price"]["lines"]) > 0
    assert body["prescription"]["odAxis"] == 90
    assert (await client.get(f"{ORDERS}/{body['id']}")).json() == body
    timeline = (await client.get(f"{ORDERS}/{body['id']}/timeline")).json()
    assert [line["what"] for line in timeline] == ["Queued at the lab", "Order placed"]


async def test_nobody_is_told_nothing_and_the_wrong_role_is_forbidden(lab, clinic, nobody, example):
    order_id = uuid4()
    for method, path in (
        ("GET", ORDERS), ("POST", ORDERS), ("GET", f"{ORDERS}/{order_id}"), ("GET", f"{ORDERS}/{order_id}/timeline"),
        ("POST", f"{ORDERS}/{order_id}/cancel"), ("POST", f"{ORDERS}/{order_id}/resend"),
        ("GET", f"{ORDERS}/{order_id}/trace"),
    ):  # fmt: skip
        assert (await nobody.request(method, path, json={})).status_code == 401, path
    async with signed_in(app, Role.SUPPLIER) as supplier:
        assert (await supplier.get(ORDERS)).status_code == 403
    async with signed_in(app, Role.ENGINEER) as engineer:
        assert (await engineer.post(ORDERS, json=example)).status_code == 403
    async with signed_in(app, Role.ADMIN) as admin:
        assert (await admin.get(f"{ORDERS}/{order_id}/trace")).status_code == 403


async def test_a_foreign_practice_gets_not_found_as_if_there_were_nothing(client, clinic_of, placed):
    order = await placed()
    other = await clinic_of("MILL-001", "Mill Lane")
    async with signed_in(app, Role.ECP, other.id) as stranger:
        answers = [await stranger.get(f"{ORDERS}/{order_id}") for order_id in (order.id, uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json() == answers[1].json() == {
            "code": "not_found", "message": "There is no such order.", "errors": [],
        }  # fmt: skip
        assert (await stranger.get(ORDERS)).json() == {"orders": [], "next_cursor": None}


async def test_a_rejected_order_says_why_field_by_field_and_leaves_nothing(client, clinic, example):
    wrong = {**example, "prescription": {**example["prescription"], "od_axis": None}}
    answer = await client.post(ORDERS, json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "cannot_be_made")
    assert [error["field"] for error in answer.json()["errors"]] == ["od_axis"]
    assert (await orders.counts(clinic.actor)).of(ListView.ALL) == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"urgency": "now"}, "urgency"),
        ({"prescription": {"od_sphere": "minus two"}}, "prescription.od_sphere"),
        ({"practice_id": "x"}, "practice_id"),
        ({"patient": {"given_name": "", "family_name": "", "date_of_birth": "soon"}}, "patient.given_name"),
    ],
)
async def test_a_body_that_is_not_an_order_is_422_with_the_field_and_never_the_value(client, example, change, field):
    answer = await client.post(ORDERS, json={**example, **change})
    assert answer.status_code == 422, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert "minus two" not in answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"od_sphere": -2, "od_cylinder": -0.5, "od_pd": 31.5, "os_sphere": -1.75, "os_pd": 31.5},  # no axis
        {"od_sphere": -30, "od_pd": 31.5, "os_sphere": -1.75, "os_pd": 31.5},  # more than the lab makes
    ],
)
async def test_a_refused_order_takes_up_no_new_patient(client, example, clinic, wrong):
    before = (await patients.page(clinic.actor)).total
    body = {**example, "prescription": wrong}
    for key in (None, "once"):
        refused = await client.post(ORDERS, json=body, headers={"idempotency-key": key} if key else {})
        assert refused.status_code == 422, refused.text
    assert (await patients.page(clinic.actor)).total == before
    placed = await client.post(ORDERS, json=example, headers={"idempotency-key": "once"})
    assert placed.status_code == 201, placed.text
    again = await client.post(ORDERS, json=example, headers={"idempotency-key": "once"})
    assert again.json()["id"] == placed.json()["id"]
    assert (await patients.page(clinic.actor)).total == before + 1


async def test_everything_a_program_may_write_reaches_the_lab(client, example, clinic):
    full = {
        **example,
        "patient": None,
        "patient_id": str(clinic.patient_id),
        "prescription": {
            "eye": "both", "od_sphere": 1, "od_cylinder": "-0.25", "od_axis": 0, "od_add": 2, "od_pd": 31.5,
            "od_height": 18, "os_sphere": 1, "os_add": 2, "os_pd": 31.5, "os_height": 18,
            "od_prism": [{"amount": 1, "base": "in"}, {"amount": 1, "base": "up"}],
            "os_prism": [{"amount": 1, "base": "in"}, {"amount": 1, "base": "down"}],
        },
        "lens_type": "progressive", "design": "pal-plus", "material": "160",
        "tint": {"entry": "tint-solid", "density": 20},
        "confirmations": [{"code": code} for code in ("RX_OPP_SIGN", "PD_LOOKS_BINO")],
        "notes": "As last time", "ship_to": "MAIN", "urgency": "rush",
    }  # fmt: skip
    answer = await client.post(ORDERS, json=full, headers={"idempotency-key": "full"})
    assert answer.status_code == 201, answer.text
    sent = answer.json()["prescription"]
    assert sent["odPrism"] == [{"amount": 1, "base": "in"}, {"amount": 1, "base": "up"}]
    assert (sent["odAxis"], sent["odCylinder"], sent["odHeight"]) == (180, -0.25, 18)
    again = await client.post(ORDERS, json=full, headers={"idempotency-key": "full"})
    assert again.json()["id"] == answer.json()["id"]  # confirmations carry a time, which is no other body


async def test_the_same_key_and_body_again_is_the_same_order_and_another_body_is_refused(
    client, clinic, example, jobs_of
):
    headers = {"idempotency-key": "order-77"}
    first = await client.post(ORDERS, json=example, headers=headers)
    again = await client.post(ORDERS, json=example, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await client.post(ORDERS, json={**example, "reference": "Other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_used")
    assert len(jobs_of(clinic.id)) == 1
    assert (await orders.counts(clinic.actor)).of(ListView.ALL) == 1


async def test_the_same_key_at_the_same_moment_makes_one_order(client, clinic, example, jobs_of):
    calls = [client.post(ORDERS, json=example, headers={"idempotency-key": "burst"}) for _ in range(6)]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(jobs_of(clinic.id)) == 1
    assert (await orders.counts(clinic.actor)).of(ListView.ALL) == 1


async def test_the_same_key_at_the_same_moment_on_a_bad_order_is_refused_to_all_and_frees_the_key(
    client, clinic, example
):
    wrong = {**example, "prescription": {**example["prescription"], "od_axis": None}}
    calls = [client.post(ORDERS, json=wrong, headers={"idempotency-key": "bad"}) for _ in range(5)]
    answers = await asyncio.gather(*calls)
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(422, "cannot_be_made")}
    assert (await orders.counts(clinic.actor)).of(ListView.ALL) == 0
    mended = await client.post(ORDERS, json=example, headers={"idempotency-key": "bad"})
    assert mended.status_code == 201


async def test_one_persons_key_is_not_anothers(client, clinic, example):
    first = await client.post(ORDERS, json=example, headers={"idempotency-key": "mine"})
    async with signed_in(app, Role.LAB) as lab_client:
        body = {**example, "practice_id": str(clinic.id), "patient": None, "patient_id": str(clinic.patient_id)}
        second = await lab_client.post(ORDERS, json=body, headers={"idempotency-key": "mine"})
    assert second.status_code == 201, second.text
    assert second.json()["id"] != first.json()["id"]


async def test_pages_are_complete_and_without_doubles_while_orders_are_added(client, clinic, good):
    wanted = [str((await orders.open_draft(clinic.actor, good())).id) for _ in range(11)]
    seen, cursor = [], None
    while True:
        page = (await client.get(ORDERS, params={"limit": 3, **({"cursor": cursor} if cursor else {})})).json()
        seen += [line["id"] for line in page["orders"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        await orders.open_draft(clinic.actor, good())  # arrives above, and is the next reading's business
    assert seen == list(reversed(wanted))


def cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


NOBODY = "0" * 32


@pytest.mark.parametrize("cursor", [
    "x", "AAAA", "\u00e9", "%00", cursor_of(["a"]), cursor_of(5), cursor_of([1, 2]), cursor_of(["2026-01-01", 5]),
    cursor_of({"a": 1, "b": 2}), cursor_of(["2026-01-01", "no id"]), cursor_of(["9999-12-31T23:59:59-23:59", NOBODY]),
])  # fmt: skip
async def test_a_cursor_we_did_not_give_is_422(client, cursor):
    answer = await client.get(ORDERS, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "view=secret", "limit=many"])
async def test_a_question_the_list_does_not_know_is_422(client, query):
    answer = await client.get(f"{ORDERS}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_the_trace_comes_back_as_it_was_attached(client, clinic, good, placed):
    body = b"JOB=1\r\nTRCFMT=1;400;E;R;F\r\n"
    ref = await orders.attach(clinic.actor, "../../Jones \u0141.oma", body)
    order = await placed(good(file=ref))
    answer = await client.get(f"{ORDERS}/{order.id}/trace")
    assert (answer.status_code, answer.content) == (200, body)
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Jones%20%C5%81.oma"
    assert answer.headers["content-type"] == "application/octet-stream"
    without = await placed()
    missing = await client.get(f"{ORDERS}/{without.id}/trace")
    assert (missing.status_code, missing.json()["message"]) == (404, "No file is attached to this order.")


@pytest.mark.parametrize(("name", "body", "said"), [
    ("photo.jpg", b"A=1", "ends in .oma"), ("trace.oma", b"nothing here", "no record"),
    ("trace.vca", b"<a b=1>", "VCA"),
])  # fmt: skip
async def test_what_is_no_trace_is_refused_with_what_to_do(lab, clinic, name, body, said):
    with pytest.raises(Invalid) as refused:
        await orders.attach(clinic.actor, name, body)
    assert said in refused.value.message
    assert "file" in refused.value.fields


async def test_an_order_is_cancelled_and_sent_again_by_http(client, clinic, wire, good, placed):
    order = await placed()
    answer = await client.post(f"{ORDERS}/{order.id}/cancel", json={"reason": "By program"})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert (await client.post(f"{ORDERS}/{order.id}/cancel", json={"reason": ""})).status_code == 422
    assert (await client.post(f"{ORDERS}/{order.id}/cancel", json={"reason": "\x00"})).status_code == 422
    wire.cut = True
    waiting = await placed()
    shown = (await client.get(f"{ORDERS}/{waiting.id}")).json()
    assert (shown["status"], shown["waiting_for_lab"]) == ("submitted", True)
    assert shown["next_try_at"]
    wire.cut = False
    sent = await client.post(f"{ORDERS}/{waiting.id}/resend")
    assert (sent.status_code, sent.json()["job_status"]) == (200, "queued")
    assert (await client.post(f"{ORDERS}/{waiting.id}/resend")).status_code == 409


async def test_the_room_runs_alone_with_its_lims_client(lab, database):
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as client:
            assert (await client.get(ORDERS)).status_code == 401
