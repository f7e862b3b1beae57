"""The catalog over HTTP."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi.routing import APIRoute

from ils_app.catalog import api, service
from ils_app.kernel.actor import Actor
from ils_app.kernel.roles import Role


@pytest.fixture
async def http(lims, actor: Callable[..., Actor]) -> AsyncIterator[httpx.AsyncClient]:
    """A caller who is an ECP; who asks is auth's business and tested there."""
    asking = [
        dependency.call
        for route in api.router.routes
        if isinstance(route, APIRoute)
        for dependency in route.dependant.dependencies
        if getattr(dependency.call, "__permission__", None)
    ]
    for dependency in asking:
        api.app.dependency_overrides[dependency] = lambda: actor(Role.ECP)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app), base_url="http://ils") as client:
        yield client
    api.app.dependency_overrides.clear()


async def test_nobody_is_told_nothing(lims):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app), base_url="http://ils") as client:
        for path in ("catalog", "catalog/versions", "catalog/versions/1/difference"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 401


async def test_the_catalog_is_read_with_its_tag_and_not_sent_again_while_it_holds(http, lims):
    answer = await http.get("/api/v1/catalog")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["number"], body["rules_version"], body["stale"]) == (1, "1", False)
    assert {"id": "hc", "name": "Hard coat", "category": "coating", "leadTime": 24.0}.items() <= next(
        entry for entry in body["entries"] if entry["id"] == "hc"
    ).items()
    again = await http.get("/api/v1/catalog", headers={"if-none-match": f'"x", W/{answer.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    lims.change("2")
    await service.refresh()
    changed = await http.get("/api/v1/catalog", headers={"if-none-match": answer.headers["etag"]})
    assert (changed.status_code, changed.json()["number"]) == (200, 2)


async def test_versions_and_differences_are_read(http, lims):
    await service.refresh()
    lims.change("2", hc={"available": False})
    await service.refresh()
    assert [one["number"] for one in (await http.get("/api/v1/catalog/versions")).json()] == [2, 1]
    assert [one["number"] for one in (await http.get("/api/v1/catalog/versions?before=2&limit=1")).json()] == [1]
    shown = (await http.get("/api/v1/catalog/versions/2/difference?against=1")).json()
    assert (shown["older"], shown["newer"]) == (1, 2)
    assert shown["changes"][0]["text"] == "Coating Hard coat can no longer be ordered."
    assert (await http.get("/api/v1/catalog/versions/9/difference")).status_code == 404
