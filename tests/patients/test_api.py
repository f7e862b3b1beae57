"""The patients room over HTTP, run alone and signed in as auth has it."""

import io
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from ils_app.kernel import log
from ils_app.kernel.roles import Role
from ils_app.patients import api
from tests.support.signed_in import signed_in

URL = "/api/v1/patients"
ELEANOR = {"given_name": "Eleanor", "family_name": "Marsh", "date_of_birth": "1961-03-14", "reference": "PMS-778"}


@pytest.fixture
async def client(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """A practice's own client."""
    async with signed_in(api.app) as client:
        yield client


async def test_a_patient_is_added_read_and_changed(client: httpx.AsyncClient):
    added = await client.post(URL, json=ELEANOR)
    assert added.status_code == 201
    patient = added.json()
    assert patient["number"] == "CUST-001001"
    assert (await client.get(f"{URL}/{patient['id']}")).json() == patient
    change = {"version": 1, "family_name": "Whitfield"}
    changed = await client.patch(f"{URL}/{patient['id']}", json=change)
    assert changed.status_code == 200
    assert changed.json() == {
        **patient,
        "family_name": "Whitfield",
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }
    cleared = await client.patch(f"{URL}/{patient['id']}", json={"version": 2, "reference": None})
    assert (cleared.json()["reference"], cleared.json()["date_of_birth"]) == (None, "1961-03-14")
    stale = await client.patch(f"{URL}/{patient['id']}", json={"version": 1, "given_name": "Ellen"})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_elsewhere")


async def test_a_patient_who_looks_like_another_is_answered_with_the_other(client: httpx.AsyncClient):
    first = (await client.post(URL, json=ELEANOR)).json()
    refused = await client.post(URL, json={**ELEANOR, "date_of_birth": None})
    assert (refused.status_code, refused.json()["code"]) == (409, "looks_like")
    assert refused.json()["candidates"] == [first]
    assert refused.json()["errors"] == []
    insisted = await client.post(URL, json={**ELEANOR, "even_if_alike": True})
    assert insisted.status_code == 201


async def test_patients_are_listed_page_by_page(client: httpx.AsyncClient):
    for name in ("Ash", "Birch", "Cedar"):
        await client.post(URL, json={"given_name": "Kim", "family_name": name})
    first = (await client.get(URL, params={"limit": 2})).json()
    second = (await client.get(URL, params={"limit": 2, "cursor": first["next"]})).json()
    listed = [patient["family_name"] for patient in first["items"] + second["items"]]
    assert (listed, second["next"], second["total"]) == (["Ash", "Birch", "Cedar"], None, 3)
    assert (await client.get(URL, params={"cursor": str(uuid4())})).status_code == 422
    assert (await client.get(URL, params={"limit": 101})).status_code == 422


async def test_a_search_travels_in_the_body(client: httpx.AsyncClient):
    await client.post(URL, json=ELEANOR)
    found = (await client.post(f"{URL}/search", json={"text": "mar el"})).json()
    assert (found["total"], found["items"][0]["family_name"]) == (1, "Marsh")
    assert (await client.post(f"{URL}/search", json={"text": "birch"})).json()["items"] == []
    assert (await client.post(f"{URL}/search", json={"text": "x" * 201})).status_code == 422


async def test_a_malformed_patient_is_refused_by_field_and_never_echoed(client: httpx.AsyncClient):
    answer = await client.post(URL, json={"given_name": "Zebedee\x07", "family_name": "", "date_of_birth": "Zebedee"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"given_name", "family_name", "date_of_birth"}
    assert "Zebedee" not in answer.text
    patient = (await client.post(URL, json=ELEANOR)).json()
    nameless = await client.patch(f"{URL}/{patient['id']}", json={"version": 1, "given_name": None})
    assert nameless.status_code == 422


async def test_a_patient_s_name_never_reaches_the_log(client: httpx.AsyncClient):
    stream = io.StringIO()
    log.configure(stream)
    body = {"given_name": "Zebedee", "family_name": "Quixotic"}
    await client.post(URL, json=body)
    await client.post(URL, json=body)
    await client.post(URL, json={**body, "date_of_birth": "Zebedee"})
    await client.post(f"{URL}/search", json={"text": "Zebedee"})
    log.get_logger("test").info("end_of_test")
    assert "end_of_test" in stream.getvalue()
    assert "Zebedee" not in stream.getvalue()
    assert "Quixotic" not in stream.getvalue()


async def test_a_foreign_patient_looks_like_none(client: httpx.AsyncClient):
    patient = (await client.post(URL, json=ELEANOR)).json()
    async with signed_in(api.app) as stranger:
        answers = [
            await stranger.get(f"{URL}/{patient['id']}"),
            await stranger.get(f"{URL}/{uuid4()}"),
            await stranger.patch(f"{URL}/{patient['id']}", json={"version": 1, "given_name": "Ellen"}),
        ]
        assert (await stranger.get(URL)).json()["total"] == 0
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("role", [Role.SUPPLIER, Role.ADMIN])
async def test_a_role_without_the_permission_is_forbidden(database: str, role: Role):
    async with signed_in(api.app, role) as client:
        answers = [
            await client.get(URL),
            await client.post(URL, json=ELEANOR),
            await client.post(f"{URL}/search", json={"text": ""}),
            await client.get(f"{URL}/{uuid4()}"),
            await client.patch(f"{URL}/{uuid4()}", json={"version": 1}),
        ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "forbidden")}


async def test_nobody_is_answered_with_401(database: str):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://ils.test") as client:
        assert (await client.get(URL)).status_code == 401


def test_the_api_describes_itself():
    paths = api.app.openapi()["paths"]
    assert set(paths) == {"/health", "/ready", URL, f"{URL}/search", f"{URL}/{{patient_id}}"}
    assert "Zebedee" not in json.dumps(paths)
