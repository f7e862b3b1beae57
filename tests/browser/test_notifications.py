"""The bell: what happens at the lab is told to who ordered, live in each of their tabs, and stands in a mail."""

import re
import time

from playwright.sync_api import Locator, Page, expect

from tests.support.axe import violations
from tests.support.browsing import ADA, OLIVE, PHONE, PRIYA, SAM, People, address, job_of, place_order
from tests.support.running import RunningIls


def bell(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile(r"^Notifications"))


def unread(page: Page) -> int:
    words = bell(page).get_attribute("aria-label") or ""
    return int(re.sub(r"\D", "", words) or 0)


def test_a_hold_at_the_lab_rings_the_bell_of_who_ordered_and_stands_in_their_mail(
    ils: RunningIls, people: People
) -> None:
    olive = people.at(OLIVE, "/orders/new")
    number = place_order(olive)
    path, job = address(olive), job_of(olive)
    expect(bell(olive)).to_have_attribute("aria-label", re.compile("unread"))  # it was received
    ils.wait_for_jobs()
    elsewhere, sam, priya = people.at(OLIVE, "/orders"), people.at(SAM, "/patients"), people.at(PRIYA, "/orders")
    expect(bell(olive)).to_have_attribute("aria-label", bell(elsewhere).get_attribute("aria-label") or "")
    before = {page: unread(page) for page in (olive, elsewhere, sam, priya)}
    started = time.monotonic()
    ils.lims("POST", f"jobs/{job}/hold", json={"reason": "The blank cracked at edging."})
    for page in (elsewhere, olive, sam):
        expect(bell(page)).to_have_attribute("aria-label", f"Notifications, {before[page] + 1} unread")
    took = time.monotonic() - started
    print(f"\nfrom the lab's hold to the bells: {took:.2f} s")
    assert took < 3
    assert unread(priya) == before[priya]

    bell(elsewhere).click()
    panel = elsewhere.get_by_role("dialog", name="Notifications")
    entry = panel.get_by_role("link", name=re.compile(f"{number} is on hold"))
    expect(entry).to_contain_text("The blank cracked at edging.")
    expect(entry).to_contain_text("unread")
    entry.click()
    elsewhere.wait_for_url(f"**{path}")
    expect(panel).to_have_count(0)
    for page in (elsewhere, olive):
        expect(bell(page)).to_have_attribute("aria-label", re.compile(rf"^Notifications(, {before[olive]} unread)?$"))

    ils.wait_for_jobs()
    mail = people.context().new_page()
    mail.goto("/dev/mail")
    expect(mail.get_by_role("link", name=re.compile(f"{number} is on hold"))).to_have_count(2)  # Olive and Sam
    mail.get_by_role("link", name=re.compile(f"Olive Vance.*{number} is on hold")).click()
    letter = mail.frame_locator("iframe")
    expect(letter.get_by_role("heading", level=1)).to_have_text(f"{number} is on hold")
    expect(letter.get_by_text("The blank cracked at edging.")).to_be_visible()
    assert "Jones" not in mail.content()
    with mail.context.expect_page() as opened:
        letter.get_by_role("link", name="Open it in ILS").click()
    opened.value.wait_for_url(re.compile("/sign-in"))


def test_the_bell_and_its_panel_go_by_keyboard_and_everything_can_be_marked_read(people: People) -> None:
    sam = people.at(SAM, "/orders")
    assert unread(sam) > 0
    bell(sam).focus()
    sam.keyboard.press("Enter")
    panel = sam.get_by_role("dialog", name="Notifications")
    expect(panel.get_by_role("link").first).to_be_visible()
    assert violations(sam) == []
    sam.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(bell(sam)).to_be_focused()
    sam.keyboard.press("Enter")
    panel.get_by_role("button", name="Mark all read").click()
    expect(bell(sam)).to_have_attribute("aria-label", "Notifications")
    panel.get_by_role("link", name="All notifications").click()
    sam.wait_for_url("**/notifications")
    expect(sam.get_by_text("all read")).to_be_visible()
    sam.get_by_role("link", name=re.compile("Unread")).click()
    sam.wait_for_url("**view=unread")
    expect(sam.get_by_text("Nothing is unread")).to_be_visible()
    sam.goto("/notifications?kind=order_on_hold")
    expect(sam.get_by_role("combobox", name="Kind")).to_have_value("order_on_hold")
    expect(sam.get_by_role("main").get_by_role("listitem").first).to_contain_text("is on hold")
    sam.set_viewport_size(PHONE)
    bell(sam).click()
    expect(panel.get_by_role("link").first).to_be_visible()
    assert violations(sam) == []


def test_an_administrator_sees_what_did_not_leave_and_has_it_sent_again(ils: RunningIls, people: People) -> None:
    ada = people.at(ADA, "/admin/mails")
    subject = ils.sql("SELECT n.title FROM notifications.notice n JOIN notifications.mail m ON m.notice_id = n.id"
                      " WHERE m.state = 'sent' AND n.kind <> 'account' ORDER BY m.at DESC LIMIT 1")[0][0]  # fmt: skip
    ((mail_id,),) = ils.sql("UPDATE notifications.mail SET state = 'given_up', attempts = 11, done_at = now(),"
            " last_error = 'The mail server refuses the recipient''s address (550).' WHERE id = (SELECT m.id FROM"
            " notifications.mail m JOIN notifications.notice n ON n.id = m.notice_id WHERE n.title = %s LIMIT 1)"
            " RETURNING id", subject)  # fmt: skip
    ada.goto("/admin/mails?state=given_up")
    row = ada.get_by_role("row").filter(has_text=subject).filter(has_text="(550)")  # others may be told the same
    expect(row).to_contain_text("refuses the recipient's address (550)")
    assert violations(ada) == []
    row.get_by_role("button", name=re.compile("Send the mail to .* again")).click()
    expect(row).to_have_count(0)
    ils.wait_for_jobs()
    assert ils.sql("SELECT state, last_error FROM notifications.mail WHERE id = %s", mail_id) == [("sent", "")]


def test_the_sink_s_pages_hold_to_the_policy_and_can_be_read_by_everybody(people: People) -> None:
    page = people.context().new_page()
    page.goto("/dev/mail")
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        assert violations(page) == []
    page.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
