"""A practice's own page: its manager keeps it, open order forms follow, and nobody else's eyes reach it."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browsing import ADA, OLIVE, PRIYA, SAM, THEO, People, fact, go, row, saved, settled
from tests.support.running import RunningIls

AT_HARBOUR = "Harbour Eye Care"


def test_the_order_form_of_a_colleague_follows_the_roster_the_manager_keeps(people: People) -> None:
    sam = people.at(SAM, "/orders/new")
    expect(ordered_by(sam)).to_have_value(re.compile("."))
    expect(ordered_by(sam).locator("option:checked")).to_have_text(SAM)
    olive = people.at(OLIVE, "/practice")
    add(olive, "Noor Haddad", "Optometrist")
    expect(ordered_by(sam).locator("option", has_text="Noor Haddad")).to_have_count(1)
    ordered_by(sam).select_option(label="Noor Haddad")
    sam.get_by_label("Right sphere").fill("-2.00")
    saved(sam)

    olive.get_by_role("button", name="Has left: Noor Haddad").click()
    expect(row(olive, "Noor Haddad")).to_contain_text("has left")
    expect(sam.get_by_text("Noor Haddad no longer orders for the practice.").first).to_be_visible()
    expect(ordered_by(sam).locator("option", has_text="Noor Haddad")).to_have_count(0)
    expect(ordered_by(sam).locator("option:checked")).to_have_text(SAM)
    expect(sam.get_by_label("Right sphere")).to_have_value("-2.00")
    sam.get_by_role("button", name="Throw away").first.click()
    sam.get_by_role("alertdialog").get_by_role("button", name="Throw away").click()

    olive.get_by_role("button", name="Is back: Noor Haddad").click()
    expect(ordered_by(sam).locator("option", has_text="Noor Haddad")).to_have_count(1)
    add(olive, "Tess Moor", "Front desk")
    expect(row(olive, "Tess Moor")).to_contain_text("Front desk")
    expect(ordered_by(sam).locator("option", has_text="Tess Moor")).to_have_count(0)


def test_the_manager_keeps_contacts_and_the_lab_reads_them_at_once(people: People) -> None:
    theo = people.at(THEO, "/practices")
    row(theo, AT_HARBOUR).get_by_role("link").click()
    theo.wait_for_url(re.compile(r"/practices/[0-9a-f-]{36}"))
    settled(theo)
    olive = people.at(OLIVE, "/practice")
    olive.get_by_role("button", name="Change", exact=True).first.click()
    dialog = olive.get_by_role("dialog")
    dialog.get_by_label("Telephone").fill("ring us")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Write the telephone number like")
    expect(dialog.get_by_label("Telephone")).to_have_value("ring us")
    dialog.get_by_label("Telephone").fill("01752 600 999")
    dialog.get_by_label("Note for the lab").fill("The bell is broken.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(fact(theo, "Telephone")).to_have_text("01752 600 999")
    expect(theo.get_by_text("The bell is broken.")).to_be_visible()
    expect(theo.get_by_role("button", name="Change", exact=True)).to_have_count(0)


def test_two_who_change_the_profile_at_once_are_told_and_lose_nothing(people: People) -> None:
    olive = people.at(OLIVE, "/practice")
    other = olive.context.new_page()
    go(other, "/practice")
    for page, note in ((olive, "from the first"), (other, "from the second")):
        page.get_by_role("button", name="Change", exact=True).first.click()
        page.get_by_role("dialog").get_by_label("Note for the lab").fill(note)
    olive.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(olive.get_by_role("dialog")).to_have_count(0)
    second = other.get_by_role("dialog")
    second.get_by_role("button", name="Save").click()
    expect(second).to_contain_text("This was changed elsewhere")
    expect(second).to_contain_text("from the first")
    expect(second.get_by_label("Note for the lab")).to_have_value("from the second")
    second.get_by_role("button", name="Keep mine").click()
    expect(olive.get_by_text("from the second")).to_be_visible()


def test_a_closed_site_is_no_choice_and_opens_again(people: People) -> None:
    sam = people.at(SAM, "/orders/new")
    olive = people.at(OLIVE, "/practice")
    send_to = sam.get_by_label("Send to")
    expect(send_to.locator("option", has_text="Hill Street")).to_have_count(1)
    olive.get_by_role("button", name="Close Hill Street").click()
    expect(row(olive, "Hill Street")).to_contain_text("closed")
    expect(send_to).to_have_count(0)  # one place is no choice
    olive.get_by_role("button", name="Open again: Hill Street").click()
    expect(send_to.locator("option", has_text="Hill Street")).to_have_count(1)


def test_a_member_reads_and_a_foreign_practice_is_not_found(ils: RunningIls, people: People) -> None:
    sam = people.at(SAM, "/practice")
    expect(sam.get_by_role("heading", level=1)).to_have_text(AT_HARBOUR)
    expect(sam.get_by_text("A manager changes what stands here: Olive Vance.")).to_be_visible()
    for name in ("Add somebody", "Add a site", "Change"):
        expect(sam.get_by_role("button", name=name)).to_have_count(0)
    harbour = practice_id(people)
    priya = people.at(PRIYA, f"/practices/{harbour}")
    expect(priya.get_by_text("There is no such practice")).to_be_visible()
    expect(priya.get_by_role("main")).not_to_contain_text(AT_HARBOUR)
    go(priya, "/practices/00000000-0000-4000-8000-000000000000")
    expect(priya.get_by_text("There is no such practice")).to_be_visible()
    go(priya, "/practices")
    priya.wait_for_url("**/practice")


@pytest.mark.usefixtures("ils")
def test_a_practice_that_was_only_added_is_on_the_admin_s_list_until_it_can_order(people: People) -> None:
    ada = people.at(ADA, "/admin/organisations")
    ada.get_by_role("button", name="Add an organisation").click()
    ada.get_by_role("dialog").get_by_label("Name").fill("Bay Optics")
    ada.get_by_role("dialog").get_by_label("Kind").select_option("practice")
    ada.get_by_role("dialog").get_by_role("button", name="Add the organisation").click()
    expect(row(ada, "Bay Optics")).to_be_visible()
    go(ada, "/practices")
    ada.get_by_role("button", name="Let it order: Bay Optics").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_label("Account number").fill("HARB-001")
    dialog.get_by_role("button", name="Let it order").click()
    expect(dialog).to_contain_text("Another practice already has this account number.")
    dialog.get_by_label("Account number").fill("BAY-001")
    dialog.get_by_label("Address").fill("3 Bay Road\nTorquay")
    dialog.get_by_role("button", name="Let it order").click()
    ada.wait_for_url(re.compile(r"/practices/[0-9a-f-]{36}"))
    expect(ada.get_by_role("heading", level=1)).to_have_text("Bay Optics")
    expect(row(ada, "MAIN")).to_contain_text("3 Bay Road, Torquay")
    go(ada, "/practices")
    expect(row(ada, "Bay Optics")).to_contain_text("BAY-001")
    expect(ada.get_by_text("Not yet able to order")).to_have_count(0)


def ordered_by(page: Page) -> Locator:
    """The choice of whose name an order is in."""
    return page.get_by_label("Ordered by")


def add(page: Page, name: str, profession: str) -> None:
    """Add somebody to the roster."""
    page.get_by_role("button", name="Add somebody").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Profession").select_option(label=profession)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(row(page, name)).to_be_visible()


def practice_id(people: People) -> UUID:
    """The practice's id, as the lab's address has it."""
    theo = people.at(THEO, "/practices")
    row(theo, AT_HARBOUR).get_by_role("link").click()
    theo.wait_for_url(re.compile(r"/practices/[0-9a-f-]{36}"))
    return UUID(theo.url.rstrip("/").rpartition("/")[2])
