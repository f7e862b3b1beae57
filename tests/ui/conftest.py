"""A Chromium page with the app's own script on it and no app behind it."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, async_playwright

from ils_app.ui import theme

SCRIPT = theme.TOKENS_CSS.parent / "ils.js"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
POLICY = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'"
Show = Callable[[str], Awaitable[Page]]


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium where there is one, else Playwright's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def show(chromium: Browser) -> AsyncIterator[Show]:
    """Shows some HTML with `ils.js` in its head, under the policy the pages run under, in London."""
    context = await chromium.new_context(timezone_id="Europe/London", locale="en-GB")
    page = await context.new_page()

    async def shown(body: str) -> Page:
        async def answer(route):
            if route.request.url.endswith("ils.js"):
                await route.fulfill(path=SCRIPT, content_type="text/javascript")
                return
            head = '<!doctype html><html lang="en"><head><script src="/ils.js"></script></head>'
            await route.fulfill(
                body=f"{head}<body>{body}</body></html>",
                content_type="text/html; charset=utf-8",
                headers={"content-security-policy": POLICY},
            )

        await page.route("http://ils.test/**", answer)
        await page.goto("http://ils.test/")
        return page

    yield shown
    await context.close()
