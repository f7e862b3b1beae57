"""One real Chromium beside the load, and what it saw when."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browsing import FLAGS, WIDE

WATCH = """(selector) => {
  window.seen = [];
  const read = () => document.querySelector(selector)?.closest("tr, li, section")?.innerText ?? "";
  let last = read();
  new MutationObserver(() => {
    const now = read();
    if (now !== last) { last = now; window.seen.push(Date.now()); }
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Playwright's own Chromium, else the system's."""
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        path = own if own.exists() else shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


def page_of(browser: Browser, url: str, token: str) -> Page:
    """A page with this session's cookie."""
    context = browser.new_context(viewport=WIDE, base_url=url, locale="en-GB", reduced_motion="reduce")
    context.add_cookies([{"name": "ils_session", "value": token, "url": url}])
    context.set_default_timeout(30_000)
    return context.new_page()


def wait_for(page: Page, done: Future[Any]) -> Any:
    """What the future gives; the page lives on meanwhile."""
    while not done.done():
        page.wait_for_timeout(100)
    return done.result()
