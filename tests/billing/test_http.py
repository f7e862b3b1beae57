"""The room over HTTP, alone: lists, papers, acts and their refusals, in the form the whole API speaks."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from ils_app.auth import service as auth
from ils_app.billing import service as billing
from ils_app.billing.api import app
from ils_app.kernel.clock import today_in_lab
from tests.support.invoices import a_rate, a_shipped_order, sql

TODAY = today_in_lab()


@pytest.fixture
async def client(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """The room's own application."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as asking:
        yield asking


@pytest.fixture
def signed_in(database: str):
    """The headers of somebody who is there."""

    async def headers(actor) -> dict[str, str]:
        (email,) = (row[0] for row in sql(database, f"SELECT email FROM auth.person WHERE id = '{actor.user_id}'"))
        token = (await auth.sign_in(email, "violet-meniscus-42", address="127.0.0.1")).token
        return {"authorization": f"Bearer {token}"}

    return headers


async def test_an_invoice_is_read_listed_counted_and_downloaded(taxed, issued, client, signed_in):
    mine, theirs = await signed_in(taxed.ecp), await signed_in(taxed.other_ecp)
    listed = (await client.get("/api/v1/invoices", params={"view": "open"}, headers=mine)).json()
    assert [row["number"] for row in listed["rows"]] == [issued.number]
    one = (await client.get(f"/api/v1/invoices/{issued.id}", headers=mine)).json()
    assert (one["total"], one["status"]) == ({"minor": 5_459, "currency": "GBP"}, "open")
    assert (await client.get("/api/v1/invoices/counts", headers=mine)).json()["by_view"]["open"] == 1
    figures = (await client.get("/api/v1/invoices/figures", headers=mine)).json()
    assert figures["outstanding"] == [{"minor": 5_459, "currency": "GBP"}]
    paper = await client.get(f"/api/v1/invoices/{issued.id}/invoice.pdf", headers=mine)
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.headers["content-disposition"] == f'inline; filename="{issued.number}.pdf"'
    assert paper.content.startswith(b"%PDF-")
    for path in (f"/api/v1/invoices/{issued.id}", f"/api/v1/invoices/{issued.id}/invoice.pdf"):
        answer = await client.get(path, headers=theirs)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_list_is_exported_for_a_spreadsheet_that_runs_nothing(taxed, client, signed_in, database):
    await billing.issue_for_order(await a_shipped_order(taxed.ecp), taken_over_on=TODAY - timedelta(days=40))
    trick = await a_shipped_order(taxed.other_ecp)
    sql(database, f"""UPDATE orders."order" SET reference = '=HYPERLINK("x")' WHERE id = '{trick}'""")
    await billing.issue_for_order(trick)
    answer = await client.get("/api/v1/invoices.csv", headers=await signed_in(taxed.technician))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    newest, oldest = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (newest["Reference"], newest["Status"], newest["Balance"]) == ('\'=HYPERLINK("x")', "open", "54.59")
    assert (oldest["Status"], oldest["Total"], oldest["Practice"]) == ("overdue", "54.59", "Harbour Eye Care")


async def test_the_lab_credits_records_and_voids_over_http(taxed, issued, client, signed_in):
    lab = await signed_in(taxed.technician)
    path = f"/api/v1/invoices/{issued.id}"
    body = {"reason": "Scratched", "parts": [{"position": 2, "net_minor": 400}]}
    note = await client.post(f"{path}/credit-notes", json=body, headers=lab)
    assert (note.status_code, note.json()["total_minor"]) == (201, 480)
    read = await client.get(f"/api/v1/credit-notes/{note.json()['id']}", headers=lab)
    assert read.json() == note.json()
    paper = await client.get(f"/api/v1/credit-notes/{note.json()['id']}/credit-note.pdf", headers=lab)
    assert paper.content.startswith(b"%PDF-")
    assert len((await client.get("/api/v1/credit-notes", headers=lab)).json()["rows"]) == 1
    money = {"minor": 4_979, "reference": "BACS 1", "on": TODAY.isoformat()}
    assert (await client.post(f"{path}/transfers", json=money, headers=lab)).status_code == 204
    again = await client.post(f"{path}/transfers", json=money, headers=lab)
    assert (again.status_code, [one["field"] for one in again.json()["errors"]]) == (409, ["reference"])
    more = await client.post(f"{path}/transfers", json={**money, "reference": "BACS 2"}, headers=lab)
    assert more.status_code == 204, "it has moved"
    stands = (await client.get(path, headers=lab)).json()
    assert (stands["status"], stands["balance"]["minor"]) == ("overpaid", -4_979)
    assert (await client.post(f"{path}/void", json={"reason": "No"}, headers=lab)).json()["code"] == "cannot_void"
    assert (await client.post(f"{path}/transfer-refunds", json=money, headers=lab)).status_code == 204
    refused = await client.post(f"{path}/credit-notes", json={**body, "reason": " "}, headers=lab)
    assert refused.json()["errors"] == [{"field": "reason", "message": "Say why; the practice is shown it."}]


async def test_an_invoice_is_voided_over_http(taxed, issued, client, signed_in):
    lab = await signed_in(taxed.technician)
    answer = await client.post(f"/api/v1/invoices/{issued.id}/void", json={"reason": "By mistake"}, headers=lab)
    assert answer.status_code == 204
    assert (await client.get(f"/api/v1/invoices/{issued.id}", headers=lab)).json()["status"] == "void"


async def test_what_waits_is_listed_priced_retried_and_closed_over_http(taxed, client, signed_in):
    lab = await signed_in(taxed.technician)
    first, second = [await a_shipped_order(taxed.ecp, None) for _ in range(2)]
    for order_id in (first, second):
        await billing.issue_for_order(order_id)
    waiting = (await client.get("/api/v1/invoices/waiting", headers=lab)).json()
    assert {one["waits_for"] for one in waiting} == {"price"}
    path = f"/api/v1/invoices/waiting/{first}"
    assert (await client.post(f"{path}/retry", headers=lab)).status_code == 409
    lines = {"lines": [{"what": "As agreed", "minor": 1_000}]}
    priced = await client.post(f"{path}/price", json=lines, headers=lab)
    one = await client.get(f"/api/v1/invoices/{priced.json()['invoice_id']}", headers=lab)
    assert one.json()["total"]["minor"] == 1_200
    closing = {"reason": "Remake at our cost"}
    closed = await client.post(f"/api/v1/invoices/waiting/{second}/close", json=closing, headers=lab)
    assert closed.status_code == 204
    assert (await client.get("/api/v1/invoices/waiting", headers=lab)).json() == []


async def test_the_rates_of_tax_are_kept_over_http(house, client, signed_in):
    admin = await signed_in(house.admin)
    await a_rate(house)
    since = (TODAY + timedelta(days=9)).isoformat()
    body = {"kind": "service", "name": "VAT", "rate_bp": 2250, "valid_from": since}
    added = await client.post("/api/v1/tax-rates", json=body, headers=admin)
    assert (added.status_code, added.json()["may_withdraw"]) == (201, True)
    refused = await client.post("/api/v1/tax-rates", json={**body, "valid_from": "2020-01-01"}, headers=admin)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "valid_from")
    gone = await client.delete(f"/api/v1/tax-rates/{added.json()['id']}", headers=admin)
    assert gone.status_code == 204
    assert [one["rate_bp"] for one in (await client.get("/api/v1/tax-rates", headers=admin)).json()].count(2000) == 3


async def test_the_document_of_the_room_names_its_routes(client):
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    assert {"/api/v1/invoices", "/api/v1/credit-notes", "/api/v1/tax-rates"} <= set(paths)
