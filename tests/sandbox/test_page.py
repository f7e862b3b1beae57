"""The sandbox's own page: opens by itself on loopback only, its buttons work, and nobody else's page can press them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from lims_client.sandbox.app import build_app
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.settings import Settings


@pytest.fixture
async def browser(sandbox: Any) -> httpx.AsyncClient:
    """A browser that has opened the page."""
    client = httpx.AsyncClient(
        transport=sandbox.http._transport, base_url="http://127.0.0.1:8400", follow_redirects=True
    )
    opened = await client.get("/")
    assert opened.status_code == 200
    return client


async def press(browser: httpx.AsyncClient, name: str, **more: str) -> httpx.Response:
    return await browser.post("/sandbox/page/press", data={"do": name, **more})


async def test_the_page_shows_jobs_counts_and_buttons_under_a_strict_policy(sandbox: Any, browser: httpx.AsyncClient):
    assert "No job yet" in (await browser.get("/")).text
    await sandbox.register()
    job = await sandbox.make(orderNumber="<b>ORD</b>")
    await sandbox.act(job["jobId"], "hold", reason="<script>")
    await sandbox.make()
    page = await browser.get("/")
    assert job["jobId"] in page.text
    assert "&lt;b&gt;ORD&lt;/b&gt;" in page.text
    assert "<script>" not in page.text.replace("<script src", "")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert sandbox.lab.settings.api_key not in page.text
    for words in ("Down for a minute", "HTML 502", "Slow", "Doubled webhooks", "Move all", "Try the 1 waiting now"):
        assert words in page.text, words
    for name, kind in (("page.css", "text/css"), ("page.js", "text/javascript")):
        assert (await browser.get(f"/sandbox/{name}")).headers["content-type"].startswith(kind)
    assert job["jobId"] in (await browser.get("/sandbox/page/live")).text


@pytest.mark.parametrize(
    ("button", "switch", "value", "off"),
    [
        ("pause", "paused", True, None), ("go", "paused", False, None), ("speed-600", "speed", 600, None),
        ("slow", "latency_ms", 2000, 0), ("errors", "error_rate", 0.2, 0), ("doubled", "duplicate_rate", 1, 0),
        ("reorder", "reorder", True, False),
    ],
)  # fmt: skip
async def test_a_button_sets_its_switch_and_a_second_press_takes_it_back(
    sandbox: Any, browser: httpx.AsyncClient, button: str, switch: str, value: Any, off: Any
):
    assert (await press(browser, button)).status_code == 200
    assert (await sandbox.http.get("/sandbox/control")).json()[switch] == value
    if off is not None:
        await press(browser, button)
        assert (await sandbox.http.get("/sandbox/control")).json()[switch] == off


async def test_an_outage_from_the_page_is_seen_on_it_and_ended_from_it(sandbox: Any, browser: httpx.AsyncClient):
    assert "down for 60 s more" in (await press(browser, "down")).text
    assert (await sandbox.http.get("/health")).status_code == 503
    assert "answering HTML 502" in (await press(browser, "html")).text
    assert (await sandbox.http.get("/health")).status_code == 502
    assert "answers as it should" in (await press(browser, "well")).text
    assert (await sandbox.http.get("/health")).status_code == 200


async def test_jobs_are_moved_from_the_page(sandbox: Any, browser: httpx.AsyncClient):
    await sandbox.register()
    job, other = await sandbox.make(), await sandbox.make()
    await press(browser, "move-all")
    await press(browser, "move", job=job["jobId"])
    assert (await sandbox.job(job["jobId"]))["status"] == "quality_check"
    assert (await sandbox.job(other["jobId"]))["status"] == "in_production"
    await sandbox.act(job["jobId"], "cancel", reason="x")
    assert (await press(browser, "move", job=job["jobId"])).status_code == 200, "a job that cannot move stays"
    await press(browser, "hurry")
    assert (await press(browser, "no-such-button")).status_code == 404


async def test_a_foreign_page_cannot_press_a_button(sandbox: Any, browser: httpx.AsyncClient):
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        refused = await browser.post("/sandbox/page/press", data={"do": "down"}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "foreign_page")
    own = await browser.post("/sandbox/page/press", data={"do": "pause"}, headers={"origin": "http://127.0.0.1:8400"})
    assert own.status_code == 200
    browser.cookies.clear()
    assert (await press(browser, "down")).status_code == 401
    assert (await browser.get("/sandbox/page/live")).status_code == 401
    assert (await sandbox.http.get("/sandbox/control")).json()["outage"] is False


async def test_a_button_sends_little(browser: httpx.AsyncClient):
    assert (await press(browser, "x" * 3000)).status_code == 413


async def test_asked_for_by_a_foreign_name_or_from_outside_the_page_asks_for_the_key(settings: Settings):
    lab = Lab(replace(settings, host="0.0.0.0"))
    transport = httpx.ASGITransport(build_app(lab))
    async with httpx.AsyncClient(transport=transport, base_url="http://lims.example", follow_redirects=True) as browser:
        assert "API key of this sandbox" in (await browser.get("/")).text
        wrong = await browser.post("/sandbox/page/sign-in", data={"key": "other"})
        assert "not the key" in wrong.text
        opened = await browser.post("/sandbox/page/sign-in", data={"key": settings.api_key})
        assert "Move all" in opened.text
    lab.close()


async def test_the_cookie_is_not_the_key_and_no_script_reads_it(sandbox: Any):
    opened = await sandbox.http.get("/")
    cookie = opened.headers["set-cookie"]
    assert sandbox.lab.settings.api_key not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
