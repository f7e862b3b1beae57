"""What browser tests share: ILS running as in real life, one Chromium, and people at their browsers."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.support.browsing import FLAGS, People
from tests.support.running import RunningIls, whole_ils

HERE = Path(__file__).parent
expect.set_options(timeout=10_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests carry their marker, and come last: their event loop and another's do not go together."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.timeout(600))  # the first of them waits for the pages to be built
    items.sort(key=lambda item: HERE in item.path.parents)


@pytest.fixture(scope="session")
def ils(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIls]:
    """PostgreSQL, sandbox LIMS, app and worker, each a process of its own; the lab stands still."""
    with whole_ils(tmp_path_factory.mktemp("ils")) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, for as long as the session lasts."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Playwright's own Chromium, else the system's."""
    own = Path(playwright.chromium.executable_path)
    path = own if own.exists() else shutil.which("chromium") or shutil.which("chromium-browser")
    browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def cookies() -> dict[str, Any]:
    """Who has signed in already, so that it is done once a person."""
    return {}


@pytest.fixture
def people(ils: RunningIls, chromium: Browser, cookies: dict[str, Any]) -> Iterator[People]:
    """Puts people at browsers; afterwards nothing may have left loopback, met the policy or broken."""
    people = People(ils, chromium, cookies)
    yield people
    people.close()
    assert people.complaints.heard() == []
