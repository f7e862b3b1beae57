"""An invoice in the browser, with both sides signed in: from the parcel at the LIMS to paid on pages nobody reloads."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import ADA, OLIVE, PRIYA, THEO, People, address, fact, go, job_of, place_order
from tests.support.running import RunningIls

INVOICE = re.compile(r"^INV-\d{4}-\d{6}$")
STEPS = 8


@pytest.fixture
def shipped(ils: RunningIls, people: People) -> Page:
    """The practice's page of an order that has just left the lab: its invoice appears on it by itself."""
    olive = people.at(OLIVE, "/orders/new")
    place_order(olive, rush=True)
    job = job_of(olive)
    for _ in range(STEPS):
        ils.step(job)
        if ils.lims("GET", f"jobs/{job}")["status"] == "shipped":
            break
    expect(olive.get_by_role("link", name=INVOICE)).to_be_visible(timeout=60_000)  # the demo's facts are told first
    return olive


def test_a_shipped_order_is_invoiced_and_paid_by_transfer_while_both_sides_look_on(
    shipped: Page, people: People
) -> None:
    shipped.get_by_role("link", name=INVOICE).click()
    number = shipped.get_by_role("heading", level=1, name=INVOICE).inner_text()
    olive, theo = shipped, people.at(THEO, address(shipped))
    total = fact(olive, "Total").inner_text()
    assert re.fullmatch(r"£\d+\.\d\d", total)
    expect(fact(olive, "Still owed")).to_have_text(total)
    expect(badge(olive, "Open")).to_be_visible()
    expect(olive.get_by_role("button", name="Record a transfer")).to_have_count(0)

    theo.get_by_role("button", name="Record a transfer").click()
    dialog = theo.get_by_role("dialog")
    expect(dialog.get_by_label("Amount")).to_have_value(total[1:])
    dialog.get_by_label("Amount").fill("all of it")
    dialog.get_by_label("Reference").fill("BACS 4711")
    dialog.get_by_role("button", name="Record it").click()
    expect(dialog.get_by_text("Write an amount, like 54.59.")).to_be_visible()
    expect(dialog.get_by_label("Reference")).to_have_value("BACS 4711")
    dialog.get_by_label("Amount").fill(total[1:])
    dialog.get_by_role("button", name="Record it").click()
    for page in (olive, theo):
        expect(badge(page, "Paid")).to_be_visible()
        expect(fact(page, "Still owed")).to_have_text("nothing")
    entries = olive.get_by_role("list", name="Entries").get_by_role("listitem")
    expect(entries.first).to_contain_text(f"Payment {total} by bank transfer")
    expect(entries.first).to_contain_text("BACS 4711")

    theo.get_by_role("button", name="Credit note").click()
    dialog = theo.get_by_role("dialog")
    dialog.get_by_role("button", name="Issue the credit note").click()
    expect(dialog.get_by_text("Say why; the practice is shown it.")).to_be_visible()
    dialog.get_by_label("Why").fill("Coating scratched in transit")
    dialog.get_by_role("button", name="Issue the credit note").click()
    for page in (olive, theo):
        expect(badge(page, "Refund due")).to_be_visible()
        expect(page.get_by_text(re.compile(r"^CN-\d{4}-\d{6}$")).first).to_be_visible()
    theo.get_by_role("button", name="Record a refund").click()
    dialog = theo.get_by_role("dialog")
    expect(dialog.get_by_label("Amount")).to_have_value(total[1:])
    dialog.get_by_label("Reference").fill("BACS 4712")
    dialog.get_by_role("button", name="Record it").click()
    for page in (olive, theo):
        expect(badge(page, "Credited")).to_be_visible()

    go(olive, "/invoices")
    line = olive.get_by_role("row").filter(has_text=number)
    expect(line).to_contain_text("Credited")


def test_a_practice_is_told_there_is_no_such_invoice_when_it_is_another_s(shipped: Page, people: People) -> None:
    shipped.get_by_role("link", name=INVOICE).click()
    shipped.wait_for_url(re.compile(r"/invoices/[0-9a-f-]{36}"))
    priya = people.at(PRIYA, urlsplit(shipped.url).path)
    expect(priya.get_by_text("There is no such invoice")).to_be_visible()


def test_an_administrator_enters_a_rate_ahead_and_withdraws_it(people: People) -> None:
    ada = people.at(ADA, "/admin/tax")
    ada.get_by_role("button", name="Enter a rate").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_label("Per cent").fill("twenty")
    dialog.get_by_role("button", name="Enter it").click()
    expect(dialog.get_by_text("A rate in per cent, like 20 or 17.5.")).to_be_visible()
    expect(dialog.get_by_label("Per cent")).to_have_value("twenty")
    dialog.get_by_label("Per cent").fill("22.5")
    dialog.get_by_role("button", name="Enter it").click()
    coming = ada.get_by_role("row").filter(has_text="22.5 %")
    expect(coming).to_contain_text("To come")
    coming.get_by_role("button", name="Withdraw").click()
    expect(coming).to_contain_text("Withdrawn")


def badge(page: Page, word: str):
    """The invoice's status on its page."""
    return page.locator(".ils-badge", has_text=re.compile(f"^{word}$"))
