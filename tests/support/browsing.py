"""People at their browsers: each signed in with a context of their own, and what their browsers complained about."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.support.running import RunningIls

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # nothing leaves, whatever a page asks for
)
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
OLIVE, SAM, PRIYA, THEO = "Olive Vance", "Sam Ito", "Priya Nair", "Theo Brandt"
INES, MARCO, ADA = "Ines Calder", "Marco Bell", "Ada Winter"

Figures = dict[str, str]
SINGLE_VISION: Figures = {
    "Right sphere": "-2.00", "Right monocular PD in mm": "31.5",
    "Left sphere": "-1.75", "Left monocular PD in mm": "31.5",
    "Frame A in mm": "52", "Frame B in mm": "36", "Frame DBL in mm": "18", "Frame ED in mm": "55",
}  # fmt: skip


@dataclass
class Complaints:
    """What browsers said that no test may overlook."""

    strangers: list[str] = field(default_factory=list)  # requests to anywhere but ILS
    policy: list[str] = field(default_factory=list)  # what the Content-Security-Policy kept from running
    broken: list[str] = field(default_factory=list)  # exceptions nobody caught

    def heard(self) -> list[str]:
        """All of them, each with its kind."""
        return [
            *(f"asked elsewhere: {one}" for one in self.strangers),
            *(f"policy: {one}" for one in self.policy),
            *(f"exception: {one}" for one in self.broken),
        ]


class People:
    """Signs people in, through the page's own button the first time, and remembers who is at which page."""

    def __init__(self, ils: RunningIls, chromium: Browser, cookies: dict[str, Any]) -> None:
        self.ils, self.complaints = ils, Complaints()
        self._chromium, self._cookies = chromium, cookies
        self._contexts: list[BrowserContext] = []

    def context(self, **options: Any) -> BrowserContext:
        """A browser of its own, with nobody signed in."""
        options = {"viewport": WIDE, "base_url": self.ils.url, "locale": "en-GB", "reduced_motion": "reduce", **options}
        context = self._chromium.new_context(**options)
        context.set_default_timeout(10_000)
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.broken.append(str(error.error)[:300]))
        self._contexts.append(context)
        return context

    def at(self, person: str, path: str = "/", **options: Any) -> Page:
        """The person's browser, on this page."""
        if person not in self._cookies:
            signing_in = self.context()
            sign_in(signing_in.new_page(), person)
            self._cookies[person] = signing_in.storage_state()
            signing_in.close()
        page = self.context(storage_state=self._cookies[person], **options).new_page()
        go(page, path)
        return page

    def freshly(self, person: str, path: str = "/") -> Page:
        """The person's browser with a session of its own, which a test may end."""
        page = self.context().new_page()
        sign_in(page, person)
        go(page, path)
        return page

    def forget(self, person: str) -> None:
        """The person's sessions end: the next time, they sign in again."""
        self._cookies.pop(person, None)

    def close(self) -> None:
        """Close every browser."""
        for context in self._contexts:
            context.close()

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != urlsplit(self.ils.url).netloc:
            self.complaints.strangers.append(request.url[:200])

    def _said(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.complaints.policy.append(message.text[:300])
        elif "another version of the app" in message.text:
            self.complaints.broken.append(message.text[:300])


def sign_in(page: Page, person: str) -> None:
    """Sign in with the page's one-click button."""
    page.goto("/sign-in")
    page.get_by_role("button", name=f"Sign in as {person}").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def go(page: Page, path: str) -> None:
    """Open a page and wait until it is drawn for this person."""
    page.goto(path)
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page is drawn for whoever is there: its skeleton is gone and the socket is up."""
    expect(page.get_by_role("button", name="You and your session")).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def choose_patient(page: Page, text: str) -> None:
    """Find a patient by typing and take the first."""
    finder = page.get_by_role("combobox", name="Patient", exact=True)
    finder.fill(text)
    hit = page.get_by_role("listbox", name="Patient: found").get_by_role("option").first
    expect(hit).not_to_contain_text("as a new patient")
    hit.click()
    expect(page.get_by_role("button", name=re.compile("^change$", re.IGNORECASE))).to_be_visible()


def fill_order(
    page: Page, *, patient: str = "Jones", reference: str = "", figures: Figures = SINGLE_VISION, rush: bool = False
) -> None:
    """Enter an order as somebody would who reads it from a card; a rush one has few beside it on the lab's board."""
    choose_patient(page, patient)
    if reference:
        page.get_by_label("Your reference").fill(reference)
    for label, value in figures.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Type", exact=True).select_option("full_rim")
    page.get_by_label("Frame is").select_option("supplied")
    for treatment in ("Hard coat", "AR standard"):
        page.get_by_role("checkbox", name=re.compile(f"^{treatment}")).check()
    if rush:
        page.get_by_role("radio", name=re.compile("^Rush")).check()


def send(page: Page) -> None:
    """Press the button."""
    page.get_by_role("button", name="Send to the lab").click()


def on_order_page(page: Page) -> str:
    """Wait for the order's page; its number."""
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}"))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"^ORD-\d{4}-\d{6}$"))
    return heading.inner_text()


def fact(page: Page, name: str) -> Locator:
    """What stands beside a name in a list of facts."""
    return page.locator("dt", has_text=re.compile(f"^{re.escape(name)}$")).locator("xpath=following-sibling::dd[1]")


def stage(page: Page, label: str) -> Locator:
    """A column of the board, or of whatever part of it is shown."""
    stages = page.get_by_role("region", name="Stages")
    return stages.locator("section").filter(has=page.get_by_role("heading", name=label, exact=True))


def card(page: Page, order_page: Page, *, within: str = "") -> Locator:
    """The card on the board, in a column or anywhere, of the order that the other page shows."""
    where = stage(page, within) if within else page.get_by_role("region", name="Stages")
    order_id = order_page.url.rstrip("/").rsplit("/", 1)[-1]
    return where.get_by_role("listitem").filter(has=page.locator(f'a[href*="job={order_id}"]'))


def figure(page: Page, label: str) -> int:
    """A figure of the dashboard."""
    words = page.get_by_role("main").get_by_role("link", name=re.compile(rf"^{label}\s*\d")).inner_text()
    return int(words.split()[-1])


def row(page: Page, text: str) -> Locator:
    """A row of a table with this text in it."""
    return page.get_by_role("row").filter(has_text=text)


def saved(page: Page) -> None:
    """Wait until everything that was entered is saved: the form has had the time to say that it saves, and says so."""
    page.wait_for_timeout(1_000)
    expect(page.get_by_role("status").filter(has_text="draft saved")).to_be_visible()


def place_order(page: Page, **entered: Any) -> str:
    """Order on the page of the form; the order's number."""
    fill_order(page, **entered)
    send(page)
    return on_order_page(page)


def job_of(page: Page) -> str:
    """The job id that stands on an order's page."""
    job = fact(page, "Job")
    expect(job).not_to_have_text("not yet")
    return job.inner_text()


def address(page: Page) -> str:
    """Path and query of the page that is shown."""
    parts = urlsplit(page.url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
