"""Each setting's effect in the browser, with two people signed in: what is shown is stored, and it does something."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browsing import (
    ADA,
    OLIVE,
    PRIYA,
    SAM,
    THEO,
    People,
    fill_order,
    go,
    place_order,
    row,
    send,
    settled,
    sign_in,
)
from tests.support.pdfs import pictures_in, text_of
from tests.support.running import RunningIls

LONDON = ZoneInfo("Europe/London")
URL = "/api/v1/settings"


@pytest.fixture
def as_they_were(people: People) -> Iterator[Callable[[str, str, Any], None]]:
    """Changes settings over HTTP, and puts the lab's back afterwards: other tests order at this lab too."""
    ada = people.at(ADA, "/account").context.request
    before = ada.get(f"{URL}/lab").json()

    def ask(method: str, path: str, body: Any = None) -> Any:
        answer = ada.fetch(f"{URL}{path}", method=method, data=body, headers={"origin": people.ils.url})
        assert answer.ok, answer.text()
        return answer.json()

    yield ask
    now = ask("GET", "/lab")
    kept = {name: before[name] for name in before if name not in ("lab_id", "holidays", "version", "updated_at")}
    ask("PUT", "/lab", kept | {"version": now["version"]})
    for day in {one["day"] for one in now["holidays"]} - {one["day"] for one in before["holidays"]}:
        ask("DELETE", f"/lab/holidays/{day}")


def save_lab(page: Page) -> None:
    page.get_by_role("button", name="Save how the lab works").click()
    expect(page.get_by_text("The lab works like this from now on.")).to_be_visible()


def ticket_of(people: People, order_page: Page) -> bytes:
    """The work ticket of the order on this page, as the technician prints it once the floor has it."""
    theo = people.at(THEO, "/account")
    path = f"/api/v1/lab/orders/{order_page.url.rstrip('/').rsplit('/', 1)[-1]}/ticket.pdf"
    for _ in range(50):
        if (answer := theo.context.request.get(path)).ok:
            return answer.body()
        theo.wait_for_timeout(200)
    raise AssertionError(answer.text())


def test_a_new_prefix_is_on_the_next_order_and_the_old_ones_keep_theirs_and_are_found(
    people: People, as_they_were: Any
) -> None:
    olive, ada = people.at(OLIVE, "/orders/new"), people.at(ADA, "/admin/settings")
    old = place_order(olive)
    ada.get_by_label("Order prefix").fill("nlt")
    save_lab(ada)
    expect(ada.get_by_text(re.compile(r"NLT-\d{4}-000123"))).to_be_visible()
    go(olive, "/orders/new")
    fill_order(olive)
    send(olive)
    heading = olive.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"^NLT-\d{4}-\d{6}$"))
    new = heading.inner_text()
    assert int(new[-6:]) > int(old[-6:])  # one sequence, whatever the prefix
    for number in (old, new):
        olive.get_by_label("Find an order, patient, job").fill(number)
        expect(olive.get_by_role("option").filter(has_text=number).first).to_be_visible()


def test_a_prefix_that_cannot_be_is_refused_beside_its_field_and_what_was_typed_stays(
    people: People, as_they_were: Any
) -> None:
    ada = people.at(ADA, "/admin/settings")
    ada.get_by_label("Order prefix").fill("INV")
    ada.get_by_label("Lead time in days").fill("soon")
    ada.get_by_role("button", name="Save how the lab works").click()
    expect(ada.get_by_text("Give a whole number of days.")).to_be_visible()
    ada.get_by_label("Lead time in days").fill("4")
    ada.get_by_role("button", name="Save how the lab works").click()
    expect(ada.get_by_text("INV is what other numbers of ILS begin with.")).to_be_visible()
    expect(ada.get_by_label("Order prefix")).to_have_value("INV")
    assert as_they_were("GET", "/lab")["order_prefix"] == "ORD"


def test_a_form_being_typed_is_never_overwritten_and_says_that_somebody_else_saved(
    people: People, as_they_were: Any
) -> None:
    ada = people.at(ADA, "/admin/settings")
    ada.get_by_label("Lead time in days").fill("11")
    settled(ada)
    kept = as_they_were("GET", "/lab")
    draft = {name: kept[name] for name in kept if name not in ("lab_id", "holidays", "updated_at")}
    as_they_were("PUT", "/lab", draft | {"lead_time_days": 9})
    expect(ada.get_by_text("Somebody saved these settings while you were typing")).to_be_visible()
    expect(ada.get_by_label("Lead time in days")).to_have_value("11")
    ada.get_by_role("button", name="Take theirs").first.click()
    expect(ada.get_by_label("Lead time in days")).to_have_value("9")


def test_a_practice_reads_that_the_lab_is_closed_and_when_it_opens_again_on_its_open_pages(
    people: People, as_they_were: Any
) -> None:
    home, form = people.at(OLIVE, "/"), people.at(SAM, "/orders/new")
    today = datetime.now(LONDON).date()
    ada = people.at(ADA, "/admin/settings")
    ada.get_by_label("Day", exact=True).fill(today.isoformat())
    ada.get_by_label("What is celebrated").fill("Founders' Day")
    ada.get_by_role("button", name="Add the holiday").click()
    expect(row(ada, "Founders' Day")).to_be_visible()
    for page in (home, form):
        expect(page.get_by_text("The lab is closed today (Founders' Day). It opens again")).to_be_visible()
    row(ada, "Founders' Day").get_by_role("button", name="Remove").click()
    for page in (home, form):
        expect(page.get_by_text("Founders' Day")).to_have_count(0)


def test_the_week_the_administrator_sets_is_the_week_the_practice_reads(people: People, as_they_were: Any) -> None:
    ada = people.at(ADA, "/admin/settings")
    now = datetime.now(LONDON)
    closed_day = now.strftime("%A")
    ada.get_by_role("switch", name=closed_day).uncheck()
    save_lab(ada)
    olive = people.at(OLIVE, "/")
    expect(olive.get_by_text("The lab is closed today. It opens again")).to_be_visible()
    go(ada, "/admin/settings")
    expect(ada.get_by_role("switch", name=closed_day)).not_to_be_checked()


def test_an_order_that_waits_for_the_lab_shows_the_calendar_s_estimate_as_one(
    ils: RunningIls, people: People, as_they_were: Any
) -> None:
    kept = as_they_were("GET", "/lab")
    draft = {name: kept[name] for name in kept if name not in ("lab_id", "holidays", "updated_at")}
    as_they_were("PUT", "/lab", draft | {"lead_time_days": 12})
    olive = people.at(OLIVE, "/orders/new")
    expect(olive.get_by_text(re.compile("The lab usually needs 12 working days: about "))).to_be_visible()
    expect(olive.get_by_text("estimate", exact=True)).to_be_visible()
    ils.sandbox.control(outage=True)
    try:
        place_order(olive)
        expect(olive.get_by_text("Waiting for the lab", exact=True).first).to_be_visible()
        promised = olive.locator("dt", has_text="Promised").locator("xpath=following-sibling::dd[1]")
        expect(promised).to_contain_text("nothing yet")
        expect(promised).to_contain_text("The lab usually needs 12 working days")
    finally:
        ils.sandbox.control(outage=False)


def test_the_time_zone_moves_the_day_tickets_are_printed_in(people: People, as_they_were: Any) -> None:
    olive = people.at(OLIVE, "/orders/new")
    place_order(olive)
    ada = people.at(ADA, "/admin/settings")
    ada.get_by_label("Time zone").select_option("Pacific/Kiritimati")
    save_lab(ada)
    there = datetime.now(UTC).astimezone(ZoneInfo("Pacific/Kiritimati"))
    printed = text_of(ticket_of(people, olive))
    hours = {f"{moment:%-d %b %Y, %H:}" for moment in (there, there - timedelta(minutes=1))}
    assert any(f"Printed {hour}" in printed for hour in hours), printed[-300:]


def test_name_and_logo_are_on_the_next_ticket_and_the_name_in_everybody_s_rail(
    people: People, as_they_were: Any
) -> None:
    theo, ada = people.at(THEO, "/account"), people.at(ADA, "/admin/settings")
    olive = people.at(OLIVE, "/orders/new")
    place_order(olive)
    lab_id = as_they_were("GET", "/lab")["lab_id"]
    before = as_they_were("GET", f"/letterheads/{lab_id}")
    try:
        ada.get_by_label("Name on documents").fill("Northlight Optical Laboratory")
        ada.get_by_label("Telephone").fill("+44 1752 555 999")
        ada.get_by_role("button", name="Save the letterhead").click()
        expect(theo.locator(".ils-rail-place")).to_contain_text("Northlight Optical Laboratory")
        ada.get_by_role("button", name="Remove the logo").click()
        expect(ada.get_by_alt_text("The logo")).to_have_count(0)
        printed = ticket_of(people, olive)
        assert "Northlight Optical Laboratory" in text_of(printed)
        assert "+44 1752 555 999" in text_of(printed)
        assert pictures_in(printed) == 0
        body = io.BytesIO()
        Image.new("RGB", (120, 60), (15, 118, 110)).save(body, "PNG")
        picture = {"name": "mark.png", "mimeType": "image/png", "buffer": body.getvalue()}
        ada.locator("#logo input[type=file]").set_input_files(picture)
        shown = ada.get_by_alt_text("The logo")
        expect(shown).to_be_visible()
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 120
        assert pictures_in(ticket_of(people, olive)) == 1
        ada.locator("#logo input[type=file]").set_input_files(picture | {"buffer": b"<svg/>"})
        expect(ada.get_by_text("Only PNG and JPEG pictures can be a logo")).to_be_visible()
    finally:
        now = as_they_were("GET", f"/letterheads/{lab_id}")
        kept = {name: before[name] for name in before if name not in ("organisation_id", "organisation_name", "logo")}
        as_they_were("PUT", f"/letterheads/{lab_id}", kept | {"version": now["version"]})


def test_what_is_typed_into_one_letterhead_never_lands_in_another_and_a_saved_form_shows_what_is_kept(
    people: People, as_they_were: Any
) -> None:
    ada = people.at(ADA, "/admin/settings")
    ada.get_by_label("Website").fill("www.not-saved.example")
    ada.get_by_label("Whose letterhead").select_option(label="Lumen Blanks (supplier)")
    expect(ada.get_by_label("Name on documents")).to_have_value("Lumen Blanks Ltd")
    ada.wait_for_timeout(800)  # longer than the browser waits before it enters again what a lost connection took
    expect(ada.get_by_label("Website")).to_have_value("")
    ada.get_by_label("Order prefix").fill("nlq")
    save_lab(ada)
    ada.wait_for_timeout(800)
    expect(ada.get_by_label("Order prefix")).to_have_value("NLQ")


def test_a_manager_writes_the_practice_s_letterhead_and_a_member_reads_it_live(people: People) -> None:
    olive, sam = people.at(OLIVE, "/settings"), people.at(SAM, "/settings")
    expect(sam.get_by_text("Your practice's manager changes the letterhead.")).to_be_visible()
    expect(sam.get_by_role("button", name="Save the letterhead")).to_have_count(0)
    olive.get_by_label("Website").fill("www.harbour-eyecare.example")
    olive.get_by_role("button", name="Save the letterhead").click()
    paper = sam.get_by_role("figure", name="The letterhead, as documents have it")
    expect(paper).to_contain_text("www.harbour-eyecare.example")
    priya = people.at(PRIYA, "/settings")
    expect(priya.get_by_role("figure")).not_to_contain_text("harbour-eyecare")


def test_a_theme_follows_the_person_to_another_browser_and_to_their_other_open_pages(people: People) -> None:
    first, second = people.at(PRIYA, "/settings"), people.at(PRIYA, "/orders")
    try:
        first.get_by_role("main").get_by_role("button", name="Dark").click()
        for page in (first, second):
            expect(page.locator("html")).to_have_class("dark")
        stranger = people.context().new_page()  # another browser, which has never seen her
        sign_in(stranger, PRIYA)
        expect(stranger.locator("html")).to_have_class("dark")
        stranger.reload()
        assert stranger.evaluate("document.documentElement.className") == "dark"  # before the first paint
        expect(people.at(OLIVE, "/").locator("html")).to_have_class("light")
        second.get_by_role("button", name="You and your session").click()
        second.get_by_role("button", name="Light").click()  # the switch in the shell writes the same setting
        for page in (first, second, stranger):
            expect(page.locator("html")).to_have_class("light")
    finally:
        first.get_by_role("main").get_by_role("button", name="System").click()
        expect(first.get_by_role("main").get_by_role("button", name="System")).to_have_attribute("aria-pressed", "true")


def test_what_a_person_is_told_is_kept_as_they_switch_and_only_what_can_reach_them_is_there(people: People) -> None:
    olive, other = people.at(OLIVE, "/settings"), people.at(OLIVE, "/settings")
    switch = "An order left the lab, with its tracking: by mail"
    olive.get_by_role("switch", name=switch).uncheck()
    expect(other.get_by_role("switch", name=switch)).not_to_be_checked()
    go(olive, "/settings")
    expect(olive.get_by_role("switch", name=switch)).not_to_be_checked()
    olive.get_by_role("switch", name=switch).check()
    expect(other.get_by_role("switch", name=switch)).to_be_checked()
    expect(olive.get_by_text("Your access: invitations")).to_be_visible()
    expect(olive.get_by_text(re.compile("purchase order"))).to_have_count(0)
    expect(people.at(THEO, "/settings").get_by_text("A supplier acknowledged, shipped")).to_be_visible()


def test_nobody_but_an_administrator_opens_the_lab_s_settings(people: People) -> None:
    for person in (OLIVE, THEO):
        page = people.at(person, "/account")
        page.goto("/admin/settings")
        page.wait_for_url("**/not-allowed")
    answer = httpx.get(f"{people.ils.url}{URL}/lab", trust_env=False)
    assert answer.status_code == 401
