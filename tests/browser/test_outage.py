"""The lab's system away, and back: an order is saved, says that it waits, and is sent once."""

import re

from playwright.sync_api import Page, expect

from tests.support.browsing import INES, OLIVE, PRIYA, THEO, People, fact, fill_order, on_order_page, send
from tests.support.running import RunningIls


def test_with_the_lab_away_an_order_waits_says_so_to_all_and_is_sent_by_itself(ils: RunningIls, people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    theo, ines, priya = people.at(THEO, "/lab"), people.at(INES, "/engineering/catalog"), people.at(PRIYA)
    fill_order(olive)
    ils.sandbox.stop()
    try:
        send(olive)
        number = on_order_page(olive)
        _expect_waiting(olive)
        for page in (theo, ines):
            expect(_banner(page)).to_contain_text("waiting")
        expect(_banner(priya)).not_to_contain_text("waiting")  # nothing of hers does
    finally:
        ils.sandbox.restart()
    expect(fact(olive, "Job")).not_to_have_text("not yet", timeout=60_000)
    expect(_told(olive)).to_have_count(0)
    for page in (theo, ines):
        expect(_banner(page)).to_have_count(0)
    assert len(ils.jobs_of(number)) == 1
    ils.wait_for_lims()


def test_an_order_that_waits_can_be_sent_again_at_once(ils: RunningIls, people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    fill_order(olive)
    ils.sandbox.control(outage=True, outage_mode="html")
    try:
        send(olive)
        number = on_order_page(olive)
        _expect_waiting(olive)
        again = olive.get_by_role("button", name="Send again now")
        again.click()
        _expect_waiting(olive)
    finally:
        ils.sandbox.control(outage=False, outage_mode="503")
    for _ in range(20):
        if fact(olive, "Job").inner_text() != "not yet":
            break
        if again.is_visible() and again.is_enabled():
            again.click()
        olive.wait_for_timeout(1_000)
    expect(fact(olive, "Job")).not_to_have_text("not yet")
    assert len(ils.jobs_of(number)) == 1
    ils.wait_for_lims()


def _expect_waiting(page: Page) -> None:
    expect(_told(page)).to_contain_text("next try")
    expect(_told(page).get_by_role("time")).to_have_text(re.compile(r"^\d\d:\d\d"))


def _told(page: Page):
    return page.get_by_role("main").get_by_role("status").filter(has_text="Waiting for the lab")


def _banner(page: Page):
    return page.get_by_role("status").filter(has_text="has not answered since")
