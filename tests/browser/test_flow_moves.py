"""Flow 2 in the browser: the lab moves a job, and every open page that may show it follows by itself."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import (
    OLIVE,
    PRIYA,
    SAM,
    THEO,
    People,
    address,
    card,
    fact,
    figure,
    job_of,
    place_order,
    row,
)
from tests.support.running import STATUS_ROUTE, RunningIls

DEAD_REDIS = "redis://127.0.0.1:1/0"


def test_when_the_lab_moves_a_job_every_open_page_follows_within_a_second(ils: RunningIls, people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    number = place_order(olive, rush=True)
    job = job_of(olive)
    orders, today = people.at(OLIVE, "/orders"), people.at(OLIVE)
    sam, theo = people.at(SAM, address(olive)), people.at(THEO, "/lab?view=rush")
    priya = people.at(PRIYA, "/orders")
    expect(card(theo, olive, within="Queued")).to_be_visible()
    in_production = figure(today, "In production")

    ils.step(job)
    expect(fact(olive, "At the lab")).to_have_text("in production")
    expect(card(theo, olive, within="Queued")).to_have_count(0)
    expect(card(theo, olive)).to_be_visible()

    started = time.monotonic()
    ils.step(job)
    took = {
        "order page": _until(started, lambda: expect(_step(olive)).to_have_text("Quality check")),
        "a colleague's": _until(started, lambda: expect(_step(sam)).to_have_text("Quality check")),
        "orders list": _until(started, lambda: expect(row(orders, number)).to_contain_text("Quality check")),
        "lab board": _until(started, lambda: expect(card(theo, olive, within="Inspection")).to_be_visible()),
        "dashboard": _until(started, lambda: _expect_figure(today, in_production - 1)),
    }
    print("\nfrom the lab's step to the page:", {page: f"{seconds:.2f} s" for page, seconds in took.items()})
    happened = olive.get_by_role("list", name="Timeline").get_by_role("listitem")
    expect(happened.first).to_contain_text("Being inspected")
    expect(row(priya, number)).to_have_count(0)
    assert max(took.values()) < 3, took


def test_with_the_bus_cut_the_page_stays_behind_and_catches_up_when_it_is_opened_again(
    ils: RunningIls, people: People
) -> None:
    olive = people.at(OLIVE, "/orders/new")
    place_order(olive)
    job = job_of(olive)
    ils.worker.stop()
    ils.worker.start(REDIS_URL=DEAD_REDIS)  # it tells of changes where nobody listens
    try:
        ils.step(job)
        with pytest.raises(AssertionError):
            expect(fact(olive, "At the lab")).to_have_text("in production", timeout=4_000)
        olive.reload()
        expect(fact(olive, "At the lab")).to_have_text("in production")
    finally:
        ils.worker.stop()
        ils.start_worker()


def test_a_webhook_that_is_lost_is_caught_by_the_sweep(ils: RunningIls, people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    number = place_order(olive)
    job = job_of(olive)
    with ils.webhook_dropped(STATUS_ROUTE):
        ils.step(job)
        with pytest.raises(AssertionError):
            expect(fact(olive, "At the lab")).to_have_text("in production", timeout=2_000)
        ils.let_silence_pass(number)
        ils.run_job("orders.reconcile", timestamp=0)
        expect(fact(olive, "At the lab")).to_have_text("in production")


def test_doubled_and_overtaking_webhooks_end_in_the_same_state(ils: RunningIls, people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    place_order(olive)
    job = job_of(olive)
    ils.sandbox.control(duplicate_rate=1, reorder=True)
    try:
        for _ in range(4):
            ils.step(job)
        expect(_step(olive)).to_have_text("Shipped")
        expect(olive.get_by_role("list", name="Timeline").get_by_text("Being inspected")).to_have_count(1)
    finally:
        ils.sandbox.control(duplicate_rate=0, reorder=False)


def _step(page: Page):
    return page.get_by_role("list", name="Progress").locator("[aria-current=step]")


def _expect_figure(page: Page, wanted: int) -> None:
    deadline = time.monotonic() + 10
    while figure(page, "In production") != wanted:
        assert time.monotonic() < deadline, f"In production says {figure(page, 'In production')}, not {wanted}"
        page.wait_for_timeout(50)


def _until(started: float, check: Callable[[], object]) -> float:
    check()
    return time.monotonic() - started
