"""Sessions that end and processes that restart while pages are open."""

import re

from playwright.sync_api import expect

from tests.support.browsing import (
    ADA,
    MARCO,
    OLIVE,
    THEO,
    People,
    card,
    fact,
    job_of,
    place_order,
    row,
)
from tests.support.running import RunningIls


def test_when_an_admin_ends_a_session_its_open_page_leaves_at_once(people: People) -> None:
    marco, ada = people.freshly(MARCO, "/account"), people.at(ADA, "/admin/sessions")
    people.forget(MARCO)
    ada.get_by_role("main").get_by_role("searchbox").fill("Marco")
    ends = ada.get_by_role("button", name=f"End the session of {MARCO}")
    expect(ends.first).to_be_visible()
    asked = ada.get_by_role("alertdialog", name=f"End the session of {MARCO}?")
    while left := ends.count():
        ends.first.click()
        asked.get_by_role("button", name="End it").click()
        expect(asked).to_have_count(0)
        expect(ends).to_have_count(left - 1)
    marco.wait_for_url(re.compile("/sign-in"), timeout=3_000)
    expect(marco.get_by_text("Your session has ended. Sign in to go on.")).to_be_visible()
    marco.goto("/account")
    marco.wait_for_url(re.compile("/sign-in"))


def test_after_a_restart_of_the_app_open_pages_come_back_and_catch_up_by_themselves(
    ils: RunningIls, people: People
) -> None:
    olive = people.at(OLIVE, "/orders/new")
    number = place_order(olive, rush=True)
    job = job_of(olive)
    theo, orders = people.at(THEO, "/lab?view=rush"), people.at(OLIVE, "/orders")
    expect(card(theo, olive, within="Queued")).to_be_visible()
    ils.worker.stop()
    ils.step(job)
    ils.step(job)
    ils.wait_for_deliveries()
    ils.app.kill()
    expect(olive.get_by_text("Not connected").first).to_be_visible()
    ils.start_worker()  # what the lab told is worked while no app is there to show it
    ils.wait_for_jobs()
    expect(fact(olive, "At the lab")).to_have_text("queued")
    ils.start_app()
    expect(fact(olive, "At the lab")).to_have_text("quality check")
    expect(row(orders, number)).to_contain_text("Quality check")
    expect(card(theo, olive, within="Inspection")).to_be_visible()
    expect(olive.get_by_text("Not connected")).to_have_count(0)
    ils.step(job)  # and they listen again
    expect(fact(olive, "At the lab")).to_have_text("inspected and packed")
    expect(card(theo, olive, within="Packed")).to_be_visible()
