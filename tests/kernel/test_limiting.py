"""How often an address may ask: counted for each by itself, told when to come again, and never in the way of work."""

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from ils_app.kernel import asgi, config, limiting
from ils_app.kernel.limiting import Limits, Rule
from tests.support.redis_server import running_redis

RULES = (Rule("/auth/token", 3), Rule("/auth/", 5))


def an_app(rules=RULES):
    app = FastAPI()

    @app.post("/auth/token")
    @app.post("/auth/other")
    @app.get("/page")
    async def who(request: Request) -> str:
        return request.client.host

    return Limits(app, rules)


async def ask(app, path="/auth/token", address="192.0.2.1", method="POST", **headers):
    transport = httpx.ASGITransport(app, client=(address, 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as client:
        return await client.request(method, path, headers=headers)


async def statuses(app, times, **asked):
    return [(await ask(app, **asked)).status_code for _ in range(times)]


async def test_past_its_minute_s_share_an_address_is_told_when_to_come_again(database):
    app = an_app()
    assert await statuses(app, 3) == [200] * 3
    refused = await ask(app)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert refused.json()["code"] == "too_many"
    assert refused.headers["retry-after"] in refused.json()["message"]


async def test_another_address_another_path_and_what_no_rule_names_are_not_touched(database):
    app = an_app()
    assert await statuses(app, 4) == [200, 200, 200, 429]
    assert await statuses(app, 3, address="192.0.2.2") == [200] * 3
    assert await statuses(app, 5, path="/auth/other") == [200] * 5
    assert await statuses(app, 9, path="/page", method="GET") == [200] * 9


async def test_processes_that_share_a_redis_count_together(database, monkeypatch):
    with running_redis() as server:
        shared = config.current().model_copy(update={"redis_url": server.url})
        monkeypatch.setattr(config, "current", lambda: shared)
        one, other = an_app(), an_app()
        assert await statuses(one, 2) == [200, 200]
        assert await statuses(other, 2) == [200, 429]
        assert (await ask(one)).status_code == 429
    assert await statuses(an_app(), 9) == [200] * 9  # Redis is gone, and nobody is refused for it


async def test_only_a_trusted_proxy_says_whose_request_it_is(database, monkeypatch):
    trusting = config.current().model_copy(update={"trusted_proxies": ("10.1.0.0/16",)})
    monkeypatch.setattr(config, "current", lambda: trusting)
    app = asgi.behind_proxies(an_app())
    named = {"x-forwarded-for": "203.0.113.9, 10.1.0.7"}
    assert (await ask(app, address="10.1.0.8", **named)).json() == "203.0.113.9"
    assert (await ask(app, address="192.0.2.1", **named)).json() == "192.0.2.1"


@pytest.mark.parametrize("path", ["/auth/sign-in", "/api/v1/auth/token", "/api/webhooks/lims-status", "/api/v1/orders"])
def test_every_way_in_has_a_rule(path):
    assert next(rule for rule in limiting.RULES if path.startswith(rule.begins)).a_minute > 0
