"""Paying by card, with the practice and the lab each at a browser: the lab's open page follows, nobody reloads."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import sideways, violations
from tests.support.browsing import OLIVE, PHONE, PRIYA, SAM, THEO, WIDE, People, fact, go, settled
from tests.support.running import RunningIls

OPEN = "/invoices?view=open"
BY_CARD = re.compile(r"^Pay £[\d,.]+ by card$")


@pytest.fixture(autouse=True)
def _nothing_waits(ils: RunningIls) -> None:
    """The demo leaves hundreds of mails and invoices to the worker; a payment would have to wait behind them."""
    ils.wait_for_jobs()


def an_open_invoice(olive: Page) -> str:
    """The newest invoice of the list of open ones, which is the first page of this tab; its path."""
    link = olive.get_by_role("table").get_by_role("link").first
    path = link.get_attribute("href")
    assert path
    go(olive, path)
    return path.partition("?")[0]


def to_the_payment_page(olive: Page) -> str:
    """Press the button; what is asked for there."""
    olive.get_by_role("button", name=BY_CARD).click()
    olive.wait_for_url(re.compile("/stand-in-payment/"))
    expect(olive.get_by_text("A stand-in for Stripe")).to_be_visible()
    return fact(olive, "Amount").inner_text()


def test_the_lab_s_open_page_turns_paid_when_the_practice_pays_and_refunds_reach_the_practice(people: People):
    olive = people.at(OLIVE, OPEN)
    path = an_open_invoice(olive)
    theo = people.at(THEO, path)
    owed = fact(theo, "Still owed").inner_text()
    expect(theo.get_by_role("button", name=BY_CARD)).to_have_count(0)
    expect(olive.get_by_text("No Stripe account is set")).to_be_visible()

    assert to_the_payment_page(olive) == owed
    olive.get_by_role("button", name=f"Pay {owed}").click()
    olive.wait_for_url(re.compile(f"{path}.card=paid"))
    expect(fact(olive, "Still owed")).to_have_text("nothing")
    expect(fact(theo, "Still owed")).to_have_text("nothing")
    expect(theo.get_by_role("list", name="Card payments")).to_contain_text(f"Paid by card: {owed}")
    expect(olive.get_by_role("button", name=BY_CARD)).to_have_count(0)

    theo.get_by_role("button", name="Refund to card").click()
    dialog = theo.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("9999999")
    dialog.get_by_label("Why").fill("Left lens arrived broken")
    dialog.get_by_role("button", name="Send it back").click()
    expect(dialog.get_by_text(f"At most {owed} can go back")).to_be_visible()
    expect(dialog.get_by_label("Why")).to_have_value("Left lens arrived broken")
    dialog.get_by_label("Amount").fill("1,50")
    dialog.get_by_role("button", name="Send it back").click()
    expect(dialog).to_have_count(0)
    for page in (theo, olive):
        expect(fact(page, "Still owed")).to_have_text("£1.50")
        expect(page.get_by_role("list", name="Card payments")).to_contain_text("Refunded to the card: £1.50")
    expect(olive.get_by_role("button", name="Pay £1.50 by card")).to_be_visible()


def test_a_declined_card_is_told_to_both_and_leaving_pays_nothing(people: People):
    olive = people.at(OLIVE, OPEN)
    path = an_open_invoice(olive)
    theo = people.at(THEO, path)
    owed = to_the_payment_page(olive)
    olive.get_by_role("button", name="Decline the card").click()
    expect(olive.get_by_text("The card was declined")).to_be_visible()
    expect(theo.get_by_text("The last card payment failed")).to_be_visible()
    expect(theo.get_by_role("list", name="Card payments")).to_contain_text("The card has not enough money on it.")
    olive.get_by_role("link", name="Leave").click()
    olive.wait_for_url(re.compile("card=left"))
    settled(olive)
    expect(olive.get_by_text("The last card payment failed")).to_be_visible()
    expect(fact(olive, "Still owed")).to_have_text(owed)
    keys = "SELECT key FROM notifications.notice WHERE key LIKE 'card-failed:%%' ORDER BY key"
    assert [key.rpartition(":")[2] for (key,) in people.ils.sql(keys)][-2:] == ["lab", "practice"]

    assert to_the_payment_page(olive) == owed  # the same page, still open
    olive.get_by_role("button", name=f"Pay {owed}").click()
    expect(fact(theo, "Still owed")).to_have_text("nothing")


def test_two_people_who_pay_the_same_invoice_pay_it_once(people: People):
    olive = people.at(OLIVE, OPEN)
    path = an_open_invoice(olive)
    sam = people.at(SAM, path)
    owed = to_the_payment_page(olive)
    assert to_the_payment_page(sam) == owed
    assert olive.url == sam.url
    olive.get_by_role("button", name=f"Pay {owed}").click()
    olive.wait_for_url(re.compile("card=paid"))
    sam.get_by_role("button", name=f"Pay {owed}").click()
    expect(sam.get_by_text("has been used")).to_be_visible()
    go(sam, path)
    expect(fact(sam, "Still owed")).to_have_text("nothing")
    expect(sam.get_by_role("list", name="Card payments").get_by_role("listitem")).to_have_count(1)


def test_another_practice_finds_neither_the_invoice_nor_its_payment_page(people: People):
    olive = people.at(OLIVE, OPEN)
    path = an_open_invoice(olive)
    to_the_payment_page(olive)
    priya = people.at(PRIYA, path)
    expect(priya.get_by_text("There is no such invoice").first).to_be_visible()
    priya.goto(olive.url)
    expect(priya.get_by_role("heading", name="There is no such payment page")).to_be_visible()


def test_the_payment_page_fits_a_phone_and_goes_by_keyboard(people: People):
    olive = people.at(OLIVE, OPEN, viewport=PHONE)
    path = an_open_invoice(olive)
    to_the_payment_page(olive)
    olive.get_by_role("button", name="Decline the card").click()
    expect(olive.get_by_text("The card was declined")).to_be_visible()
    for size in (PHONE, WIDE):
        olive.set_viewport_size(size)
        assert not sideways(olive)
        assert violations(olive) == []
    olive.get_by_role("button", name=re.compile("^Pay ")).focus()
    olive.keyboard.press("Tab")
    olive.keyboard.press("Tab")
    expect(olive.get_by_role("link", name="Leave")).to_be_focused()
    olive.keyboard.press("Enter")
    olive.wait_for_url(re.compile(f"{path}.card=left"))
    expect(olive.get_by_text("The last card payment failed")).to_be_visible()
    assert violations(olive) == []
