"""The lab's system away, and back: orders are saved, say that they wait, and are sent once."""

import contextlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as NotInTime

from tests.support.browsing import INES, OLIVE, PRIYA, SAM, THEO, People, fact, fill_order, on_order_page, send
from tests.support.running import RunningIls

BACK_SECONDS = 150  # a minute in which ILS leaves a silent LIMS alone, then the next try of the order


@pytest.fixture
def outage(ils: RunningIls) -> Iterator[RunningIls]:
    """The LIMS is there again afterwards, and nobody remembers that it was away."""
    yield ils
    if not ils.sandbox_answers():
        ils.sandbox.restart()
    ils.restart_app_and_worker()


def test_with_the_lab_away_orders_wait_and_say_so_and_are_sent_once_by_themselves_or_by_hand(
    outage: RunningIls, people: People
) -> None:
    olive, sam = people.at(OLIVE, "/orders/new"), people.at(SAM, "/orders/new")
    theo, ines, priya = people.at(THEO, "/lab"), people.at(INES, "/engineering/catalog"), people.at(PRIYA)
    for page in (olive, sam):
        fill_order(page)
    outage.sandbox.stop()
    numbers = []
    for page in (olive, sam):
        send(page)
        numbers.append(on_order_page(page))
        expect(_told(page)).to_contain_text("next try")
        expect(_told(page).get_by_role("time")).to_have_text(re.compile(r"^\d\d:\d\d"))
    for page in (theo, ines):
        expect(_banner(page)).to_contain_text("waiting")
    expect(_banner(priya)).not_to_contain_text("waiting")  # nothing of hers does
    again = sam.get_by_role("button", name="Send again now")
    again.click()
    expect(_told(sam)).to_be_visible()

    outage.sandbox.restart()
    for _ in range(BACK_SECONDS):
        if fact(sam, "Job").inner_text() != "not yet":
            break
        if again.is_visible() and again.is_enabled():
            with contextlib.suppress(NotInTime):  # it was sent by itself, and the button went
                again.click(timeout=1_000)
        sam.wait_for_timeout(1_000)
    for page in (sam, olive):
        expect(fact(page, "Job")).not_to_have_text("not yet", timeout=BACK_SECONDS * 1_000)
        expect(_told(page)).to_have_count(0)
    for page in (theo, ines):
        expect(_banner(page)).to_have_count(0)
    assert [len(outage.jobs_of(number)) for number in numbers] == [1, 1]


def test_a_lab_that_answers_with_a_web_page_keeps_no_order_from_being_saved(outage: RunningIls, people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    fill_order(olive)
    outage.sandbox.control(outage=True, outage_mode="html")
    try:
        send(olive)
        on_order_page(olive)
        expect(_told(olive)).to_be_visible()
    finally:
        outage.sandbox.control(outage=False, outage_mode="503")


def _told(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("status").filter(has_text="Waiting for the lab")


def _banner(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="has not answered since")
