"""The order form keeps what was entered, and sends it once, whatever the hand does."""

import re

from playwright.sync_api import Page, expect

from tests.support.browsing import (
    OLIVE,
    SINGLE_VISION,
    People,
    address,
    fill_order,
    go,
    job_of,
    on_order_page,
    saved,
    send,
)
from tests.support.running import RunningIls


def test_a_double_click_is_one_order_and_one_job(ils: RunningIls, people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    fill_order(olive, reference="double click")
    olive.get_by_role("button", name="Send to the lab").dblclick()
    number = on_order_page(olive)
    assert [row[0] for row in ils.orders("double click")] == [number]
    assert [one["jobId"] for one in ils.jobs_of(number)] == [job_of(olive)]


def test_a_reload_right_after_the_click_is_one_order_and_one_job(ils: RunningIls, people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    fill_order(olive, reference="reload")
    saved(olive)
    olive.get_by_role("button", name="Send to the lab").click(no_wait_after=True)
    olive.reload()
    expect(olive.get_by_role("heading", level=1)).to_be_visible()
    olive.wait_for_timeout(1_000)
    if "/orders/new" in olive.url:
        send(olive)  # the click had not left the browser
    number = on_order_page(olive)
    assert [row[0] for row in ils.orders("reload")] == [number]
    assert [one["jobId"] for one in ils.jobs_of(number)] == [job_of(olive)]


def test_two_tabs_that_both_send_one_draft_are_one_order_and_one_job(ils: RunningIls, people: People) -> None:
    first = people.at(OLIVE, "/orders/new")
    fill_order(first, reference="two tabs send")
    saved(first)
    second = first.context.new_page()
    go(second, address(first))
    expect(second.get_by_label("Right sphere")).to_have_value("-2.00")
    send(first)
    send(second)
    number = on_order_page(first)
    assert on_order_page(second) == number
    assert [row[0] for row in ils.orders("two tabs send")] == [number]
    assert [one["jobId"] for one in ils.jobs_of(number)] == [job_of(first)]


def test_a_second_tab_in_which_nothing_was_entered_follows_the_first(people: People) -> None:
    first = people.at(OLIVE, "/orders/new")
    fill_order(first, reference="begun here")
    saved(first)
    second = first.context.new_page()
    go(second, address(first))
    expect(second.get_by_label("Your reference")).to_have_value("begun here")
    first.get_by_label("Your reference").fill("gone on there")
    expect(second.get_by_label("Your reference")).to_have_value("gone on there")
    expect(_changed_elsewhere(second)).to_have_count(0)
    second.get_by_label("Right sphere").fill("-2.25")  # and now the hand is here
    saved(second)
    expect(_changed_elsewhere(second)).to_have_count(0)


def test_two_tabs_on_one_draft_ask_whose_words_count(people: People) -> None:
    mine = people.at(OLIVE, "/orders/new")
    fill_order(mine, reference="begun")
    saved(mine)
    theirs = mine.context.new_page()
    go(theirs, address(mine))
    expect(theirs.get_by_label("Your reference")).to_have_value("begun")

    theirs.get_by_label("Your reference").fill("theirs")
    saved(theirs)
    mine.get_by_label("Your reference").fill("mine")
    expect(_changed_elsewhere(mine)).to_be_visible()
    mine.get_by_role("button", name="Keep mine").click()
    expect(_changed_elsewhere(mine)).to_have_count(0)
    expect(mine.get_by_label("Your reference")).to_have_value("mine")
    saved(mine)

    theirs.get_by_label("Your reference").fill("theirs again")
    expect(_changed_elsewhere(theirs)).to_be_visible()
    theirs.get_by_role("button", name="Take theirs").click()
    expect(theirs.get_by_label("Your reference")).to_have_value("mine")
    expect(theirs.get_by_label("Right sphere")).to_have_value("-2.00")
    expect(_changed_elsewhere(theirs)).to_have_count(0)


def test_what_was_typed_into_one_draft_never_gets_into_another_by_way_of_the_browser_s_back(people: People) -> None:
    for reference in ("the one", "the other"):
        tab = people.at(OLIVE, "/orders/new")
        fill_order(tab, reference=reference)
        saved(tab)
        tab.close()
    olive = people.at(OLIVE, "/orders?view=drafts")
    drafts = olive.get_by_role("table", name="Orders").get_by_role("link")
    drafts.nth(1).click()
    expect(olive.get_by_label("Your reference")).to_have_value("the one")
    olive.get_by_role("link", name=re.compile("^Orders")).first.click()
    olive.get_by_role("link", name=re.compile("^Drafts")).click()
    drafts.nth(0).click()
    expect(olive.get_by_label("Your reference")).to_have_value("the other")
    olive.get_by_label("Right sphere").fill("-7.25")
    saved(olive)
    while olive.get_by_label("Your reference").or_(olive.get_by_role("searchbox")).first.input_value() != "the one":
        olive.go_back()
        olive.wait_for_timeout(700)  # longer than what was typed waits before it is entered again
    expect(olive.get_by_label("Right sphere")).to_have_value("-2.00")
    saved(olive)
    olive.reload()
    expect(olive.get_by_label("Your reference")).to_have_value("the one")
    expect(olive.get_by_label("Right sphere")).to_have_value("-2.00")


def test_a_draft_survives_a_closed_tab_down_to_the_last_key(people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    fill_order(olive, reference="closed tab")
    saved(olive)
    where = address(olive)
    olive.get_by_label("Your reference").press("End")
    olive.get_by_label("Your reference").press_sequentially(" and more")
    olive.wait_for_timeout(150)  # the hand goes to the mouse
    olive.close(run_before_unload=True)
    again = people.at(OLIVE, "/orders?view=drafts")
    again.get_by_role("table", name="Orders").get_by_role("link").first.click()
    again.wait_for_url(lambda url: where in url)
    expect(again.get_by_label("Your reference")).to_have_value("closed tab and more")
    for label, value in SINGLE_VISION.items():
        expect(again.get_by_label(label, exact=True)).to_have_value(value)
    for treatment in ("Hard coat", "AR standard"):
        expect(again.get_by_role("checkbox", name=re.compile(f"^{treatment}"))).to_be_checked()


def test_a_rejected_order_sends_nothing_and_says_every_reason_beside_its_field(ils: RunningIls, people: People) -> None:
    olive = people.at(OLIVE, "/orders/new")
    wrong = {**SINGLE_VISION, "Right cylinder": "-1.00", "Left sphere": "-25.00", "Frame A in mm": "90"}
    fill_order(olive, reference="rejected", figures=wrong)
    before = ils.lims("GET", "sandbox/summary")["jobs"]
    send(olive)
    told = olive.get_by_role("list", name="Findings").get_by_role("listitem").filter(has_text="To fix")
    expect(told.first).to_be_visible()
    for field in ("Right axis", "Left sphere", "Frame A in mm"):
        expect(olive.get_by_label(field, exact=True)).to_have_attribute("aria-invalid", "true")
    expect(olive.get_by_role("button", name="Send to the lab")).to_contain_text("to fix")
    assert told.count() >= 3
    assert "/orders/new" in olive.url
    for label, value in wrong.items():
        expect(olive.get_by_label(label, exact=True)).to_have_value(value)
    assert [(number, job) for number, _, job in ils.orders("rejected")] in ([], [("", None)], [(None, None)])
    assert ils.lims("GET", "sandbox/summary")["jobs"] == before


def _changed_elsewhere(page: Page):
    return page.get_by_role("status").filter(has_text="This draft was changed elsewhere")
