"""Every HTTP route, tried by nobody, by every role without its row, and by a practice on another's rows."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.responses import Response

from ils_app.kernel import config
from ils_app.kernel.roles import TABLE, Role, Scope
from ils_app.orders.incoming import EXAMPLE
from tests.support.door_calls import Aim, at, at_nothing
from tests.support.filling import filled
from tests.support.supplying import PDF
from tests.support.surfaces import Route, routes, shell
from tests.support.world import World

FORBIDDEN = {"code": "forbidden", "message": "Your role does not allow this.", "errors": []}
GUARDED = [route for route in routes() if len(route.rows) == 1 and route.rows[0] in TABLE]
REFUSED = [(route, role) for route in GUARDED for role in Role if role not in TABLE[route.rows[0]]]
ORDER = {name: value for name, value in EXAMPLE.items() if name != "patient"}
NEW_PATIENT = {"given_name": "Zyzzyva", "family_name": "Nowhere"}
SITE = {"code": "M", "name": "Main"}
PERSON = {"email": "x@example.test", "name": "X", "roles": ["admin"]}
CONTACT = {"name": "Jo Fenn", "email": "jo@x.example"}
EDIT = {"kind": "availability", "section": "materials", "id": "150", "available": False}

A_TRANSFER = {"minor": 100, "reference": "BACS 1", "on": "2026-01-02"}
LAB = {
    "order_prefix": "XYZ", "lead_time_days": 9, "time_zone": "Asia/Tokyo", "payment_terms_days": 7, "currency": "EUR",
    "opening_hours": [{"opens": "09:00", "closes": "17:00"}, None, None, None, None, None, None], "version": 0,
}  # fmt: skip

# What a program sends; `{...}` are filled in with whose rows it is aimed at.
BODIES: dict[str, Any] = {
    "POST /api/v1/orders": ORDER | {"practice_id": "{practice_id}", "patient_id": "{patient_id}"},
    "POST /api/v1/orders/{order_id}/cancel": {"reason": "Not wanted"},
    "POST /api/v1/orders/{order_id}/resend": None,
    "PATCH /api/v1/settings/own": {"theme": "dark"},
    "PUT /api/v1/settings/lab": LAB,
    "POST /api/v1/settings/lab/holidays": {"day": "2031-01-01", "name": "New Year's Day"},
    "DELETE /api/v1/settings/lab/holidays/{day}": None,
    "PUT /api/v1/settings/letterheads/{organisation_id}": {"name": "Mine now", "version": 0},
    "PUT /api/v1/settings/letterheads/{organisation_id}/logo": None,
    "DELETE /api/v1/settings/letterheads/{organisation_id}/logo": None,
    "POST /api/v1/practices": {"id": "{practice_id}", "name": "Z", "account_number": "Z-1", "sites": [SITE]},
    "PATCH /api/v1/practices/{practice_id}": {"version": 1, "phone": "01752 111111"},
    "PUT /api/v1/practices/{practice_id}/account": {"version": 1, "account_number": "Z-2"},
    "POST /api/v1/practices/{practice_id}/sites": SITE,
    "PUT /api/v1/practices/{practice_id}/sites/{site_id}": {"version": 1, "name": "Quay"},
    "POST /api/v1/practices/{practice_id}/sites/{site_id}/close": None,
    "POST /api/v1/practices/{practice_id}/sites/{site_id}/reopen": None,
    "PUT /api/v1/practices/{practice_id}/default-site": {"site_id": "{site_id}"},
    "POST /api/v1/practices/{practice_id}/staff": {"name": "Zyzzyva"},
    "PUT /api/v1/practices/{practice_id}/staff/{person_id}": {"version": 1, "name": "Zyzzyva"},
    "POST /api/v1/practices/{practice_id}/staff/{person_id}/leave": None,
    "POST /api/v1/practices/{practice_id}/staff/{person_id}/return": None,
    "PUT /api/v1/practices/{practice_id}/suppliers": {"version": 1, "supplier_ids": []},
    "POST /api/v1/patients": NEW_PATIENT,
    "POST /api/v1/patients/search": {"text": "zyzzyva"},
    "PATCH /api/v1/patients/{patient_id}": {"version": 1, "reference": "Mine now"},
    "POST /api/v1/users": PERSON | {"organisation_id": "{organisation_id}"},
    "PUT /api/v1/users/{user_id}/roles": {"roles": ["supplier"]},
    "POST /api/v1/users/{user_id}/approve": None,
    "POST /api/v1/users/{user_id}/reject": {"reason": "For no reason"},
    "POST /api/v1/users/{user_id}/suspend": {"reason": "For no reason"},
    "POST /api/v1/users/{user_id}/reinstate": {"reason": "For no reason"},
    "POST /api/v1/users/{user_id}/password": None,
    "POST /api/v1/organisations": {"name": "Another", "kind": "lab"},
    "PUT /api/v1/organisations/{organisation_id}/access": {"active": False},
    "POST /api/v1/users/{user_id}/admit": {"role": "ecp", "organisation_id": "{practice_id}"},
    "POST /api/v1/audit/export": None,
    "PUT /api/v1/organisations/{organisation_id}/name": {"name": "Another"},
    "POST /api/v1/invitations": PERSON | {"organisation_id": "{organisation_id}"},
    "POST /api/v1/invitations/{invitation_id}/send": None,
    "DELETE /api/v1/invitations/{invitation_id}": None,
    "DELETE /api/v1/auth/sessions/{session_id}": None,
    "POST /api/v1/lab/orders/{order_id}/move": {"to": "in_production"},
    "POST /api/v1/lab/orders/{order_id}/hold": {"reason": "Scratched"},
    "POST /api/v1/lab/orders/{order_id}/release": {},
    "POST /api/v1/lab/orders/{order_id}/ship": {"carrier": "Post", "tracking_number": "1Z"},
    "POST /api/v1/lab/moves": {"jobs": [{"order_id": "{order_id}"}]},
    "POST /api/v1/suppliers": {"name": "Another"},
    "PUT /api/v1/suppliers/{supplier_id}": {"name": "Mine now", "version": 1},
    "PUT /api/v1/suppliers/{supplier_id}/active": {"active": False},
    "POST /api/v1/suppliers/{supplier_id}/contacts": CONTACT,
    "PUT /api/v1/suppliers/{supplier_id}/contacts/{contact_id}": CONTACT,
    "DELETE /api/v1/suppliers/{supplier_id}/contacts/{contact_id}": None,
    "POST /api/v1/invoices/waiting/{order_id}/retry": None,
    "POST /api/v1/invoices/waiting/{order_id}/price": {"lines": [{"what": "Lenses", "minor": 100}]},
    "POST /api/v1/invoices/waiting/{order_id}/close": {"reason": "Free of charge"},
    "POST /api/v1/invoices/{invoice_id}/credit-notes": {"reason": "Not as ordered"},
    "POST /api/v1/invoices/{invoice_id}/void": {"reason": "By mistake"},
    "POST /api/v1/invoices/{invoice_id}/card-payments": None,
    "POST /api/v1/invoices/{invoice_id}/card-refunds": {"amount_minor": 100, "reason": "Broken"},
    "POST /api/v1/invoices/{invoice_id}/transfers": A_TRANSFER,
    "POST /api/v1/invoices/{invoice_id}/transfer-refunds": A_TRANSFER,
    "POST /api/v1/tax-rates": {"kind": "lenses", "name": "VAT", "rate_bp": 2500, "valid_from": "2099-01-01"},
    "DELETE /api/v1/tax-rates/{rate_id}": None,
    "POST /api/v1/purchase-orders": {"supplier_id": "{supplier_id}"},
    "PUT /api/v1/purchase-orders/{purchase_order_id}": {"supplier_id": "{supplier_id}", "version": 1},
    "POST /api/v1/purchase-orders/{purchase_order_id}/send": {"version": 1},
    "POST /api/v1/purchase-orders/{purchase_order_id}/again": None,
    "POST /api/v1/purchase-orders/{purchase_order_id}/acknowledge": {"confirmed_on": "2031-01-02"},
    "POST /api/v1/purchase-orders/{purchase_order_id}/ship": {"carrier": "Post"},
    "POST /api/v1/purchase-orders/{purchase_order_id}/deliver": {},
    "POST /api/v1/purchase-orders/{purchase_order_id}/receipts": {"version": 1, "counted": {}},
    "POST /api/v1/purchase-orders/{purchase_order_id}/close": {"reason": "Sold out"},
    "POST /api/v1/purchase-orders/{purchase_order_id}/cancel": {"reason": "Not needed"},
    "POST /api/v1/documents": None,
    "PUT /api/v1/documents/{document_id}": {"title": "Mine now", "kind": "sds", "version": 1},
    "POST /api/v1/documents/{document_id}/versions": None,
    "POST /api/v1/documents/{document_id}/withdraw": None,
    "POST /api/v1/rules": {"note": "A try"},
    "POST /api/v1/rules/{version}/changes": {"edits": [EDIT]},
    "POST /api/v1/rules/{version}/simulate": None,
    "POST /api/v1/rules/{version}/publish": {"note": "A try"},
    "POST /api/v1/rules/{version}/rollback": {"note": "A try"},
    "POST /api/v1/notifications/read": None,
    "POST /api/v1/notifications/{notification_id}/read": None,
    "POST /api/v1/mails/{mail_id}/send": None,
    "POST /api/v1/deliveries/{delivery_id}/replay": None,
    "POST /api/v1/jobs/{job_id}/retry": None,
}
WEBHOOKS = ("/api/webhooks/lims-status", "/api/webhooks/lims-catalog-update", "/api/webhooks/stripe")
UPLOADS = {"POST /api/v1/documents", "POST /api/v1/documents/{document_id}/versions"}
QUERIES = {"GET /api/v1/lab/scan": {"code": "ORD-2026-000001"}}


@pytest.fixture(scope="module")
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway, asked by nobody."""
    transport = httpx.ASGITransport(shell().gateway())
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as asking:
        yield asking


@pytest.fixture
def unchanged(world: World):
    """Fails a test after which any row of any table is another than before."""
    before = world.written()
    yield
    assert world.written() == before


async def ask(client: httpx.AsyncClient, route: Route, aim: Aim, **more: Any) -> httpx.Response:
    body = filled(BODIES.get(route.id), aim)
    kwargs: dict[str, Any] = {"json": body} if body is not None else {}
    if route.id in UPLOADS and "json" not in more:
        kwargs = {"files": {"file": ("sheet.pdf", PDF, "application/pdf")}}
    return await client.request(
        route.method, filled(route.path, aim), params=QUERIES.get(route.id), **{**kwargs, **more}
    )


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_every_route_that_changes_something_has_its_body():
    changing = {route.id for route in GUARDED if route.method != "GET"}
    assert changing == set(BODIES)


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.id)
async def test_nobody_is_told_to_sign_in_and_nothing_else(world, client, unchanged, route):
    aim = at(world, world.harbour)
    for headers in ({}, bearer("no-token"), bearer(""), {"cookie": "ils_session=no-token"}):
        answer = await ask(client, route, aim, headers=headers)
        assert answer.status_code == 401, answer.text
        said = answer.json()
        assert (set(said), said["code"], said["errors"]) == ({"code", "message", "errors"}, "signed_out", [])


@pytest.mark.parametrize("route", [one for one in GUARDED if BODIES.get(one.id)], ids=lambda route: route.id)
async def test_who_may_not_is_not_even_told_what_is_wrong_with_the_body(world, client, unchanged, route):
    aim = at(world, world.harbour)
    for body in ({}, [], {"surprise": "Zyzzyva"}):
        assert (await ask(client, route, aim, json=body)).status_code == 401
        for role in Role:
            if role not in TABLE[route.rows[0]]:
                answer = await ask(client, route, aim, json=body, headers=bearer(world.tokens[role]))
                assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


@pytest.mark.parametrize(("route", "role"), REFUSED, ids=lambda value: getattr(value, "id", value))
async def test_a_role_without_the_row_is_forbidden_and_nothing_is_written(world, client, unchanged, route, role):
    for aim in (at(world, world.harbour), at_nothing(world)):
        answer = await ask(client, route, aim, headers=bearer(world.tokens[role]))
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.id)
async def test_a_role_somebody_does_not_hold_is_forbidden_though_they_name_it(world, client, unchanged, route):
    aim = at(world, world.harbour)
    headers = bearer(world.tokens[Role.SUPPLIER])
    for role in ("admin", "lab_tech", "engineer", "nonsense"):
        answer = await ask(client, route, aim, headers={**headers, "x-ils-role": role})
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


OWN_ROWS = [
    route
    for route in GUARDED
    if TABLE[route.rows[0]].get(Role.ECP) is Scope.OWN
    if "_id}" in route.path + str(BODIES.get(route.id, "")) and "session_id" not in route.path
]


@pytest.mark.parametrize("route", OWN_ROWS, ids=lambda route: route.id)
async def test_what_is_another_practice_s_is_not_found_as_if_it_were_not_there(world, client, unchanged, route):
    headers = bearer(world.tokens[Role.ECP])
    theirs = await ask(client, route, at(world, world.harbour), headers=headers)
    none = await ask(client, route, at_nothing(world), headers=headers)
    assert theirs.status_code == 404, theirs.text
    said = theirs.json()
    assert (set(said), said["code"], said["errors"]) == ({"code", "message", "errors"}, "not_found", [])
    assert said == none.json()


SUPPLIERS_ROWS = [
    route
    for route in GUARDED
    if TABLE[route.rows[0]].get(Role.SUPPLIER) is Scope.OWN and route.rows[0] != "account.own" and "_id}" in route.path
]


@pytest.mark.parametrize("route", SUPPLIERS_ROWS, ids=lambda route: route.id)
async def test_what_is_another_supplier_s_is_not_found_as_if_it_were_not_there(world, client, unchanged, route):
    headers = bearer(world.tokens[Role.SUPPLIER])
    theirs = await ask(client, route, at(world, world.harbour), headers=headers)
    none = await ask(client, route, at_nothing(world), headers=headers)
    assert (theirs.status_code, theirs.json()) == (404, none.json()), theirs.text
    assert theirs.json()["code"] == "not_found"


def test_there_are_routes_with_rows_of_a_supplier():
    assert len(SUPPLIERS_ROWS) > 8


def test_there_are_routes_with_rows_of_a_practice():
    assert len(OWN_ROWS) > 8


@pytest.mark.parametrize("route", [one for one in GUARDED if "{" in one.path], ids=lambda route: route.id)
async def test_what_is_not_there_is_not_found_by_who_may(world, client, unchanged, route):
    if "{number}" in route.path:
        return  # versions are counted from one
    for role in TABLE[route.rows[0]]:
        answer = await ask(client, route, at_nothing(world), headers=bearer(world.tokens[role]))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.text


async def test_an_order_for_a_foreign_patient_or_practice_takes_up_nobody(world, client, unchanged):
    headers = bearer(world.tokens[Role.ECP])
    for body in (
        ORDER | {"patient_id": str(world.harbour.patient_id)},
        ORDER | {"practice_id": str(world.harbour.id), "patient": NEW_PATIENT},
    ):
        answer = await client.post("/api/v1/orders", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_lab_takes_up_no_patient_for_a_practice_there_is_not(world, client, unchanged):
    body = ORDER | {"practice_id": str(uuid4()), "patient": NEW_PATIENT}
    answer = await client.post("/api/v1/orders", json=body, headers=bearer(world.tokens[Role.LAB]))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("route", [one for one in GUARDED if one.method != "GET"], ids=lambda route: route.id)
async def test_a_cookie_alone_changes_nothing_from_another_site(world, client, unchanged, route):
    aim = at(world, world.harbour)
    role = next(iter(TABLE[route.rows[0]]))
    cookie = {"cookie": f"ils_session={world.tokens[role]}"}
    ours = config.current().public_url
    for origin in ({}, {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": f"{ours}.evil.example"}):
        answer = await ask(client, route, aim, headers=cookie | origin)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


WITHOUT_COOKIE = {"POST /api/v1/auth/token"}
"""Takes a password and no cookie, from programs."""


@pytest.mark.parametrize(
    "route",
    [one for one in routes() if one.method != "GET" and one.path not in WEBHOOKS and one.id not in WITHOUT_COOKIE],
    ids=lambda route: route.id,
)
async def test_whatever_changes_something_is_refused_to_another_site_s_page(world, client, unchanged, route):
    """All there is, also what nobody need be signed in for."""
    headers = {"cookie": f"ils_session={world.tokens[Role.ADMIN]}", "origin": "http://evil.example"}
    answer = await ask(client, route, at(world, world.harbour), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text


async def test_a_file_for_a_page_comes_from_our_page_and_is_no_larger_than_files_are(world):
    async def taken(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive()).get("more_body") or message.get("body"):
            body += message["body"]
            if not message["more_body"]:
                break
        await Response(str(len(body)))(scope, receive, send)

    ours, cookie = config.current().public_url, {"cookie": f"ils_session={world.tokens[Role.LAB]}"}
    transport = httpx.ASGITransport(shell().hardened(taken))
    async with httpx.AsyncClient(transport=transport, base_url=ours) as asking:

        async def sent(size: int, **headers: str) -> int:
            answer = await asking.post("/_upload", content=b"x" * size, headers=headers)
            return answer.status_code

        assert await sent(10, origin=ours) == 401
        assert await sent(10, **cookie) == 403
        assert await sent(10, **cookie, origin="http://evil.example") == 403
        assert await sent(10_000_000, **cookie, origin=ours) == 200
        assert await sent(10_600_000, **cookie, origin=ours) == 413


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_a_webhook_without_proof_is_refused_whoever_is_signed_in(world, client, unchanged, path):
    for headers in ({}, bearer(world.tokens[Role.ADMIN]), {"webhook-id": "1", "webhook-signature": "v1,none"}):
        answer = await client.post(path, json={"jobId": world.mill.job_id, "newStatus": "shipped"}, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["errors"] == []


async def test_an_administrator_reads_an_order_without_patient_and_prescription(world, client):
    headers = bearer(world.tokens[Role.ADMIN])
    for path in ("", f"/{world.harbour.order_id}", f"/{world.harbour.order_id}/timeline"):
        answer = await client.get(f"/api/v1/orders{path}", headers=headers)
        assert answer.status_code == 200
        assert world.harbour.family_name not in answer.text
        assert "-2.00" not in answer.text
