"""Flow 1 in the browser: an order is placed, and everybody who may see it does, without touching the page."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import (
    INES,
    OLIVE,
    PRIYA,
    SAM,
    THEO,
    People,
    address,
    card,
    fact,
    figure,
    fill_order,
    go,
    job_of,
    on_order_page,
    row,
    send,
)
from tests.support.running import RunningIls

RUSH_BOARD = "/lab?view=rush"


def test_an_order_is_placed_by_typing_and_the_next_page_says_job_queue_place_and_promise(
    ils: RunningIls, people: People
) -> None:
    olive, theo = people.at(OLIVE, "/orders/new"), people.at(THEO, RUSH_BOARD)
    fill_order(olive, rush=True)
    expect(olive.get_by_text(re.compile("^checked by the lab"))).to_be_visible()
    started = time.monotonic()
    send(olive)
    number = on_order_page(olive)
    job = job_of(olive)
    print(f"\nfrom the click to the order page with its job id: {time.monotonic() - started:.2f} s")
    expect(fact(olive, "Queue place")).to_have_text(re.compile(r"^\d+$"))
    expect(fact(olive, "Promised").get_by_role("time")).to_have_text(re.compile(r"^(in \d+ days|tomorrow|today)"))
    expect(card(theo, olive, within="Queued")).to_be_visible()
    assert [one["jobId"] for one in ils.jobs_of(number)] == [job]


def test_a_new_order_appears_on_the_open_pages_of_those_who_may_see_it_and_of_nobody_else(people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    sam, ines = people.at(SAM, "/orders"), people.at(INES, "/orders")
    priya = people.at(PRIYA, "/orders")
    before = figure(people.at(SAM), "In production")
    number = _placed(olive)
    expect(row(sam, number)).to_be_visible()
    expect(row(ines, number)).to_contain_text("Harbour Eye Care")
    assert figure(people.at(SAM), "In production") == before + 1
    expect(row(priya, number)).to_have_count(0)
    go(priya, address(olive))
    expect(priya.get_by_text("There is no such order", exact=True)).to_be_visible()
    expect(priya.get_by_text(number)).to_have_count(0)
    go(ines, address(olive))
    expect(ines.get_by_role("heading", level=1)).to_have_text(number)


def test_without_the_worker_no_card_appears_and_it_does_once_the_worker_is_back(
    ils: RunningIls, people: People
) -> None:
    olive, theo = people.at(OLIVE, "/orders/new"), people.at(THEO, RUSH_BOARD)
    ils.worker.stop()
    try:
        _placed(olive)
        with pytest.raises(AssertionError):
            expect(card(theo, olive)).to_be_visible(timeout=2_000)
    finally:
        ils.start_worker()
    expect(card(theo, olive, within="Queued")).to_be_visible()


def _placed(page: Page) -> str:
    fill_order(page, rush=True)
    send(page)
    return on_order_page(page)
