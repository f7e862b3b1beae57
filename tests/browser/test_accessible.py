"""Every page for a role that may see it: no axe violation, light and dark, no sideways scrolling, headers, policy."""

from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import sideways, violations
from tests.support.browsing import (
    ADA,
    INES,
    MARCO,
    OLIVE,
    PHONE,
    PRIYA,
    SAM,
    THEO,
    People,
    fill_order,
    settled,
)
from tests.support.running import RunningIls

TABLES = {
    "/orders": "Orders",
    "/patients": "Patients",
    "/practices": "Practices",
    "/invoices": "Invoices",
    "/suppliers": "Suppliers",
    "/purchase-orders": "Purchase orders",
}
PAGES = {
    "today": (OLIVE, "/"),
    "orders": (OLIVE, "/orders"),
    "no orders": (OLIVE, "/orders?view=waiting"),
    "new order": (OLIVE, "/orders/new"),
    "an order": (OLIVE, "first of /orders?view=in_production"),
    "a held order": (OLIVE, "first of /orders?view=on_hold"),
    "no such order": (OLIVE, "/orders/00000000-0000-4000-8000-000000000000"),
    "patients": (OLIVE, "/patients"),
    "a patient": (OLIVE, "first of /patients"),
    "new patient": (OLIVE, "/patients/new"),
    "own practice": (OLIVE, "/practice"),
    "practices": (ADA, "/practices"),
    "a practice": (ADA, "first of /practices"),
    "account": (MARCO, "/account"),
    "settings": (MARCO, "/settings"),
    "settings of a practice": (OLIVE, "/settings"),
    "settings of a member": (SAM, "/settings"),
    "invoices": (OLIVE, "/invoices"),
    "no invoices": (OLIVE, "/invoices?view=refund_due"),
    "an invoice": (OLIVE, "first of /invoices?view=open"),
    "an overdue invoice at the lab": (THEO, "first of /invoices?view=overdue"),
    "invoices at the lab": (THEO, "/invoices"),
    "to be invoiced": (THEO, "/invoices/waiting"),
    "tax": (ADA, "/admin/tax"),
    "board": (THEO, "/lab"),
    "board as a list": (THEO, "/lab?as=list"),
    "new order at the lab": (THEO, "/orders/new"),
    "orders at the lab": (THEO, "/orders"),
    "suppliers": (THEO, "/suppliers"),
    "a supplier": (THEO, "first of /suppliers"),
    "purchase orders": (THEO, "/purchase-orders"),
    "a purchase order": (THEO, "first of /purchase-orders?view=to_count"),
    "a draft of one": (THEO, "first of /purchase-orders?view=drafts"),
    "new purchase order": (THEO, "/purchase-orders/new"),
    "no such purchase order": (THEO, "/purchase-orders/00000000-0000-4000-8000-000000000000"),
    "documents": (INES, "/documents"),
    "a supplier's first screen": (MARCO, "/supplies"),
    "a supplier's orders": (MARCO, "/purchase-orders"),
    "a supplier's order": (MARCO, "first of /purchase-orders?view=sent"),
    "a supplier's documents": (MARCO, "/documents"),
    "catalog and rules": (INES, "/engineering/catalog"),
    "deliveries": (INES, "/deliveries"),
    "overview": (ADA, "/admin"),
    "requests": (ADA, "/admin/requests"),
    "invitations": (ADA, "/admin/invitations"),
    "audit": (ADA, "/admin/audit"),
    "an act": (ADA, "/admin/audit?act=1"),
    "people": (ADA, "/admin/people"),
    "organisations": (ADA, "/admin/organisations"),
    "sessions": (ADA, "/admin/sessions"),
    "mail": (ADA, "/admin/mails"),
    "notifications": (OLIVE, "/notifications"),
    "nothing unread": (MARCO, "/notifications?view=unread"),
    "lab settings": (ADA, "/admin/settings"),
    "not allowed": (PRIYA, "/not-allowed"),
    "not found": (PRIYA, "/nowhere"),
    "sign in": ("", "/sign-in"),
    "sign up": ("", "/sign-up"),
    "password forgotten": ("", "/forgotten"),
    "an invitation that is over": ("", "/invitation"),
    "set up": ("", "/setup"),
}
BARE = {name for name, (person, _) in PAGES.items() if not person} | {"not allowed", "not found"}


@pytest.fixture
def opened(people: People, request: pytest.FixtureRequest) -> Page:
    """The page of this name, drawn for who may see it."""
    person, path = PAGES[request.param]
    return open_page(people, request.param, person, path)


def open_page(people: People, name: str, person: str, path: str) -> Page:
    """Open it: by its address, or as the first row of a list."""
    if name in BARE:
        page = people.at(person).context.new_page() if person else people.context().new_page()
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        return page
    if not path.startswith("first of "):
        return people.at(person, path)
    listed = path.removeprefix("first of ")
    page = people.at(person, listed)
    page.get_by_role("table", name=TABLES[listed.split("?")[0]]).get_by_role("link").first.click()
    page.wait_for_url(lambda url: urlsplit(url).path.rstrip("/") != listed.split("?")[0])
    settled(page)
    return page


@pytest.mark.parametrize("opened", PAGES, indirect=True)
def test_axe_finds_nothing_in_light_and_dark_and_nothing_scrolls_sideways_on_a_phone(opened: Page) -> None:
    found = []
    for colours in ("light", "dark"):
        opened.emulate_media(color_scheme=colours, reduced_motion="reduce")
        expect(opened.locator("html")).to_have_class(colours)
        found += [f"{colours}: {line}" for line in violations(opened)]
    opened.set_viewport_size(PHONE)
    assert sideways(opened) == []
    found += [f"phone: {line}" for line in violations(opened)]
    assert found == []
    for width in (768, 1920):
        opened.set_viewport_size({"width": width, "height": 900})
        assert sideways(opened) == [], width


def test_axe_finds_nothing_in_a_filled_form_an_open_job_and_open_dialogs(people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    fill_order(olive)
    olive.get_by_label("Right cylinder").fill("-1")
    expect(olive.get_by_role("button", name="Send to the lab")).to_contain_text("to fix")
    assert violations(olive) == []
    olive.get_by_role("heading", level=1).click()
    olive.keyboard.press("?")
    expect(olive.get_by_role("dialog")).to_be_visible()
    assert violations(olive) == []
    theo = people.at(THEO, "/lab")
    theo.get_by_role("region", name="Stages").get_by_role("link").first.click()
    theo.wait_for_url("**job=*")
    expect(theo.get_by_role("heading", name="Timeline").or_(theo.get_by_text("What happened")).first).to_be_visible()
    assert violations(theo) == []
    theo.set_viewport_size(PHONE)
    assert sideways(theo) == []


def test_every_answer_carries_the_security_headers_and_the_pages_run_under_the_policy(ils: RunningIls) -> None:
    for path in ("/", "/sign-in", "/health", "/api/v1/openapi.json", "/nowhere", "/ils.js"):
        answer = httpx.get(f"{ils.url}{path}", trust_env=False)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy or "default-src 'none'" in policy
        script = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
        assert "'self'" in script
        assert "unsafe" not in script
        assert "*" not in script
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "same-origin" in answer.headers["referrer-policy"]
    stranger = {"origin": "http://evil.example", "connection": "upgrade", "upgrade": "websocket"}
    stranger |= {"sec-websocket-version": "13", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    refused = httpx.get(f"{ils.url}/_event/?EIO=4&transport=websocket", headers=stranger, trust_env=False)
    assert refused.status_code == 403
