"""The HTTP door of the suppliers room: for programs, with the same refusals as the pages."""

import json
from datetime import timedelta

import httpx
import pytest

from ils_app.auth import http as auth_http
from ils_app.kernel.clock import today_in_lab
from ils_app.suppliers.api import app
from tests.support.supplying import PDF

SUPPLIER = {
    "name": "Keld Coatings", "address_lines": ["The Old Mill"], "email": "sales@keld.example", "payment_days": 14,
    "lead_time_days": 3, "tax_rate_percent": "20",
}  # fmt: skip
LINE = {"description": "Lacquer", "quantity": "2.5", "unit": "l", "unit_price_minor": 1999, "tax_rate_percent": "20"}


@pytest.fixture
async def client(database, monkeypatch):
    """The room's own app; `as_` says who asks."""
    who = {}

    async def somebody(request, credentials):
        class Found:
            password_temporary = False

            def actor(self, role=None):
                return who["actor"]

        return Found()

    monkeypatch.setattr(auth_http, "person_asking", somebody)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ils.test") as asking:
        asking.as_ = lambda actor: who.update(actor=actor) or asking
        yield asking


async def test_a_supplier_is_added_read_changed_and_stopped(client, theo):
    client.as_(theo)
    added = await client.post("/api/v1/suppliers", json=SUPPLIER)
    assert added.status_code == 201, added.text
    path = added.headers["location"]
    assert (await client.get(path)).json()["address_lines"] == ["The Old Mill"]
    contact = {"name": "Ruth", "email": "ruth@keld.example", "gets_orders": True}
    contacts = (await client.post(f"{path}/contacts", json=contact)).json()["contacts"]
    one = f"{path}/contacts/{contacts[0]['id']}"
    assert (await client.put(one, json=contact | {"role": "Sales"})).json()["contacts"][0]["role"] == "Sales"
    assert (await client.delete(one)).json()["contacts"] == []
    version = (await client.get(path)).json()["version"]
    changed = await client.put(path, json=SUPPLIER | {"payment_days": 7, "version": version})
    assert changed.json()["payment_days"] == 7
    stale = await client.put(path, json=SUPPLIER | {"version": version})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_elsewhere")
    assert (await client.put(f"{path}/active", json={"active": False})).json()["active"] is False
    assert (await client.get("/api/v1/suppliers", params={"active": True})).json()["total"] == 0
    assert (await client.get(f"{path}/users")).json() == []
    wrong = await client.post("/api/v1/suppliers", json={"name": "", "payment_days": -1})
    assert wrong.status_code == 422
    assert {one["field"] for one in wrong.json()["errors"]} == {"name", "payment_days"}


async def test_an_order_goes_from_draft_to_counted_in(client, theo, marco, lumen, carrier, work_off):
    client.as_(theo)
    body = {"supplier_id": str(lumen.id), "reference": "API", "lines": [LINE]}
    begun = await client.post("/api/v1/purchase-orders", json=body)
    assert begun.status_code == 201, begun.text
    path = begun.headers["location"]
    assert begun.json()["total"] == {"minor": 5998, "currency": "GBP"}  # 2.5 × 19.99 = 49.98, and 20 % of it
    more = body | {"lines": [LINE, LINE | {"quantity": "1"}], "version": begun.json()["version"]}
    saved = (await client.put(path, json=more)).json()
    assert len(saved["lines"]) == 2
    stale = await client.post(f"{path}/send", json={"version": begun.json()["version"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_elsewhere")
    sent = await client.post(f"{path}/send", json={"version": saved["version"]})
    assert (sent.status_code, sent.json()["sending"]) == (202, True)
    assert (await client.post(f"{path}/send", json={"version": 1})).json()["code"] == "being_sent"
    await work_off()
    client.as_(marco)
    day = (today_in_lab() + timedelta(days=2)).isoformat()
    taken = await client.post(f"{path}/acknowledge", json={"confirmed_on": day, "supplier_reference": "SO-1"})
    assert taken.json()["status"] == "acknowledged"
    shipped = await client.post(f"{path}/ship", json={"carrier": "DPD", "tracking_number": "1Z"})
    assert shipped.json()["status"] == "in_transit"
    assert (await client.post(f"{path}/deliver", json={})).json()["status"] == "delivered"
    client.as_(theo)
    order = (await client.get(path)).json()
    counted = {line["id"]: line["quantity"] for line in order["lines"]}
    done = await client.post(f"{path}/receipts", json={"version": order["version"], "counted": counted})
    assert done.json()["closed_at"]
    told = (await client.get(f"{path}/timeline")).json()
    assert told[0]["what"] == "Everything counted in"
    paper = await client.get(f"{path}/pdf")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert paper.headers["x-content-type-options"] == "nosniff"
    again = await client.post(f"{path}/again")
    assert (again.status_code, again.json()["status"]) == (201, "draft")
    cancelled = await client.post(f"/api/v1/purchase-orders/{again.json()['id']}/cancel", json={})
    assert cancelled.json()["status"] == "cancelled"
    listed = await client.get("/api/v1/purchase-orders", params={"view": "delivered"})
    assert [row["number"] for row in listed.json()["rows"]] == [order["number"]]
    table = await client.get("/api/v1/purchase-orders.csv")
    assert table.headers["content-disposition"] == 'attachment; filename="purchase-orders.csv"'
    assert len(table.text.splitlines()) == 3


async def test_the_rest_of_an_order_is_closed_short(client, theo, sent):
    order = await sent()
    client.as_(theo)
    path = f"/api/v1/purchase-orders/{order.id}"
    refused = await client.post(f"{path}/close", json={"reason": "Sold out"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_that_move")
    await client.post(f"{path}/receipts", json={"version": order.version, "counted": {str(order.lines[0].id): "1"}})
    assert (await client.post(f"{path}/close", json={"reason": "Sold out"})).json()["closed_reason"] == "Sold out"


async def test_a_document_is_uploaded_replaced_downloaded_and_withdrawn(client, theo, marco, anna):
    client.as_(marco)
    words = {"title": "Hard coat 7", "kind": "sds", "valid_until": "2031-01-01"}
    added = await client.post("/api/v1/documents", data=words, files={"file": ('evil"\r\n.html', PDF, "text/html")})
    assert added.status_code == 201, added.text
    document = added.json()
    path = f"/api/v1/documents/{document['id']}"
    newer = await client.post(f"{path}/versions", data={"valid_until": ""}, files={"file": ("two.txt", b"hello")})
    assert [one["number"] for one in newer.json()["versions"]] == [2, 1]
    for version, kind, body in zip(newer.json()["versions"], ("text/plain", "application/pdf"), (b"hello", PDF),
                                   strict=True):  # fmt: skip
        client.as_(theo)
        file = await client.get(f"/api/v1/document-files/{version['id']}")
        assert (file.headers["content-type"].split(";")[0], file.content) == (kind, body)
        assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
        assert "\n" not in file.headers["content-disposition"]
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["content-security-policy"] == "default-src 'none'"
        client.as_(anna)
        assert (await client.get(f"/api/v1/document-files/{version['id']}")).status_code == 404
    client.as_(marco)
    change = {"title": "Hard coat 8", "kind": "certificate", "version": newer.json()["version"]}
    assert (await client.put(path, json=change)).json()["title"] == "Hard coat 8"
    assert (await client.post(f"{path}/withdraw")).json()["state"] == "withdrawn"
    assert (await client.get("/api/v1/documents")).json()["total"] == 0
    assert (await client.get(path)).json()["may_write"] is False


async def test_what_is_no_document_is_refused_with_its_field(client, marco):
    client.as_(marco)
    words = {"title": "Program", "kind": "sds"}
    refused = await client.post(
        "/api/v1/documents", data=words, files={"file": ("a.pdf", b"MZ\x90\x00" + b"\x00" * 99)}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_content")
    assert [one["field"] for one in refused.json()["errors"]] == ["file"]
    none = await client.post("/api/v1/documents", data=words)
    assert [one["field"] for one in none.json()["errors"]] == ["file"]


async def test_a_file_of_ten_megabytes_is_taken_and_a_larger_one_is_not(client, marco):
    client.as_(marco)
    words = {"title": "Large", "kind": "sds"}
    most = PDF + b"x" * (10_000_000 - len(PDF))
    taken = await client.post("/api/v1/documents", data=words, files={"file": ("a.pdf", most)})
    assert taken.status_code == 201, taken.text
    more = await client.post("/api/v1/documents", data=words, files={"file": ("a.pdf", most + b"x")})
    assert (more.status_code, more.json()["errors"][0]["field"]) == (422, "file")
    much = await client.post("/api/v1/documents", data=words, files={"file": ("a.pdf", most + b"x" * 1_000_000)})
    assert (much.status_code, much.json()["code"]) == (413, "too_large")
    other = await client.post("/api/v1/suppliers", content=json.dumps(SUPPLIER | {"notes": "x" * 2_100_000}))
    assert (other.status_code, other.json()["code"]) == (413, "too_large")


async def test_a_figure_no_paper_could_hold_is_refused_before_it_is_written_out(client, theo, lumen, sent):
    client.as_(theo)
    for wrong in (
        {"quantity": "1e200"}, {"quantity": "1e-200"}, {"tax_rate_percent": "1e200"}, {"unit_price_minor": 10**400},
        {"quantity": "NaN"},
    ):  # fmt: skip
        body = {"supplier_id": str(lumen.id), "lines": [LINE | wrong]}
        refused = await client.post("/api/v1/purchase-orders", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "malformed"), wrong
    order = await sent()
    counted = {"version": order.version, "counted": {str(order.lines[0].id): "1e200"}}
    refused = await client.post(f"/api/v1/purchase-orders/{order.id}/receipts", json=counted)
    assert (refused.status_code, refused.json()["code"]) == (422, "malformed")


async def test_a_document_with_long_words_is_refused_with_its_fields(client, marco):
    client.as_(marco)
    words = {"title": "t" * 900, "kind": "k" * 300, "valid_until": "2" * 300}
    refused = await client.post("/api/v1/documents", data=words, files={"file": ("a.pdf", PDF)})
    assert refused.status_code == 422, refused.text
    assert {one["field"] for one in refused.json()["errors"]} == {"title", "kind", "valid_until"}
