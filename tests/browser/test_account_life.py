"""An account's life in the browser: asked for, let in, put to work, shut out; an invitation; the audit of it all."""

import csv
import re
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.support.axe import violations
from tests.support.browsing import ADA, People, fill_order, go, job_of, on_order_page, row, send, settled
from tests.support.running import RunningIls

PASSWORD = "violet-meniscus-42"
REASON = "The practice has closed; ask the lab if this is wrong."


def test_somebody_signs_up_is_let_in_with_a_new_practice_orders_and_is_shut_out(people: People) -> None:
    nora, ada = people.context().new_page(), people.at(ADA, "/admin")
    email, practice = f"nora.{uuid4().hex[:8]}@quay.example", f"Quay {uuid4().hex[:6]}"
    before = waiting(ada)

    ask(nora, "Nora Quinn", email, practice)
    expect(nora.get_by_role("heading", name="Waiting for approval")).to_be_visible()
    sign_in(nora, email)
    expect(nora.get_by_text("Your account waits for an administrator to approve it.")).to_be_visible()

    # The administrator's open page counts without being touched.
    expect(figure(ada, "Ask for an account")).to_contain_text(str(before + 1))
    rail = ada.get_by_role("navigation", name="Main").get_by_role("link", name=re.compile("^Requests"))
    expect(rail).to_contain_text(str(before + 1))
    row(ada, practice).get_by_role("link").first.click()
    expect(ada.get_by_text("Our account is QUAY-7.")).to_be_visible()
    expect(ada.get_by_label("Name", exact=True)).to_have_value(practice)
    ada.get_by_role("button", name="Approve").click()
    expect(ada.get_by_text("This is needed.").first).to_be_visible()  # and nothing typed is lost
    ada.get_by_label("Account with the lab").fill(f"QUAY-{uuid4().hex[:6]}")
    ada.get_by_label("Address").fill("1 The Quay\nPlymouth")
    ada.get_by_label("Postcode").fill("PL1 1AA")
    ada.get_by_role("button", name="Approve").click()
    expect(ada.get_by_text("Nora Quinn can sign in now.")).to_be_visible()
    expect(row(ada, practice)).to_have_count(0)

    sign_in(nora, email)
    nora.wait_for_url(lambda url: "/sign-in" not in url)
    family = f"Jones-{uuid4().hex[:4]}"
    go(nora, "/patients/new")
    nora.get_by_label("Given name").fill("Megan")
    nora.get_by_label("Family name").fill(family)
    nora.get_by_role("button", name=re.compile("^Add")).click()
    nora.wait_for_url(re.compile(r"/patients/[0-9a-f-]{36}"))
    go(nora, "/orders/new")
    fill_order(nora, patient=family)
    send(nora)
    number = on_order_page(nora)
    assert job_of(nora)

    shut_out(ada, email)
    nora.wait_for_url(re.compile("/sign-in"))
    expect(nora.get_by_text(REASON)).to_be_visible()
    sign_in(nora, email, "not-their-password")
    expect(nora.get_by_text("do not belong together")).to_be_visible()
    expect(nora.get_by_text(REASON)).to_have_count(0)
    sign_in(nora, email)
    expect(nora.get_by_text(REASON)).to_be_visible()

    go(ada, "/admin/audit")
    ada.get_by_label("About").fill(email)
    acts = ada.get_by_role("table", name="Audit")
    for words in ("asked for an account", "was approved for", f"was suspended: {REASON.rstrip('.')}"):
        expect(acts.get_by_role("row").filter(has_text=words)).to_have_count(1)
    ada.get_by_label("About").fill(number)
    expect(acts.get_by_role("row").filter(has_text="was placed")).to_have_count(1)


def test_who_is_turned_down_reads_why_and_may_ask_again(people: People) -> None:
    vera, ada = people.context().new_page(), people.at(ADA, "/admin/requests")
    email, company = f"vera.{uuid4().hex[:8]}@blanks.example", f"Blanks {uuid4().hex[:6]}"
    ask(vera, "Vera Holt", email, company, supplier=True)
    expect(vera.get_by_role("heading", name="Waiting for approval")).to_be_visible()
    row(ada, company).get_by_role("link").first.click()
    ada.get_by_role("button", name="Turn down").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("We buy from nobody new this year")
    dialog.get_by_role("button", name="Turn down").click()
    expect(row(ada, company)).to_have_count(0)
    sign_in(vera, email)
    expect(vera.get_by_text("turned down: We buy from nobody new this year")).to_be_visible()
    ask(vera, "Vera Holt", email, company, supplier=True)
    expect(row(ada, company)).to_be_visible()
    row(ada, company).get_by_role("link").first.click()
    ada.get_by_role("button", name="Approve").click()
    expect(ada.get_by_text("Vera Holt can sign in now.")).to_be_visible()
    sign_in(vera, email)
    vera.wait_for_url(lambda url: "/sign-in" not in url)


def test_what_is_wrong_in_a_request_is_said_and_nothing_typed_is_lost(people: People) -> None:
    page = people.context().new_page()
    page.goto("/sign-up")
    page.get_by_label("Your name").fill("Nora Quinn")
    page.get_by_label("Email").fill("nora")
    page.get_by_label("Practice or company").fill("Quay")
    page.get_by_label("Choose a password").fill("short")
    page.get_by_role("button", name="Ask for an account").click()
    expect(page.get_by_text("This is not an email address.")).to_be_visible()
    expect(page.get_by_text("Use at least 10 characters.")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Nora Quinn")
    expect(page.get_by_label("Practice or company")).to_have_value("Quay")


def test_the_audit_is_filtered_looked_into_and_taken_along(people: People) -> None:
    ada = people.at(ADA, "/admin/audit")
    acts = ada.get_by_role("table", name="Audit")
    expect(acts.get_by_role("row").filter(has_text="signed in").first).to_be_visible()
    everything = ada.get_by_role("link", name="Everything, ILS's own too")
    everything.click()
    expect(everything).to_have_attribute("aria-current", "page")
    ada.get_by_label("Area").select_option("orders")
    ada.wait_for_url("**area=orders*")
    expect(acts.get_by_role("row").filter(has_text="signed in")).to_have_count(0)
    acts.get_by_role("link").first.click()
    expect(ada.get_by_role("heading", name=re.compile(r"^Act \d+$"))).to_be_visible()
    expect(ada.get_by_text("What was recorded")).to_be_visible()
    with ada.expect_download() as taken:
        ada.get_by_role("button", name="Export as CSV").click()
    with open(taken.value.path(), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 100
    assert {one["area"] for one in rows} == {"Orders"}


def test_an_invited_person_comes_in_by_the_link_in_their_mail_and_the_link_works_once(
    ils: RunningIls, people: People
) -> None:
    ada, tomas = people.at(ADA, "/admin/invitations"), people.context().new_page()
    name = f"Tomas {uuid4().hex[:6]}"
    email = f"{uuid4().hex[:8]}@lumen.example"
    ada.get_by_role("button", name="Invite").click()
    form = ada.get_by_role("dialog")
    expect(form).to_be_visible()
    assert violations(ada) == []
    form.get_by_label("Name").fill(name)
    form.get_by_label("Email").fill(email)
    form.get_by_label("Works at").select_option(label="Lumen Blanks (supplier)")
    expect(form.get_by_role("checkbox", name="Supplier")).to_be_checked()
    form.get_by_role("button", name="Send the invitation").click()
    expect(row(ada, email)).to_contain_text("open")
    first = link_in_mail(ils, tomas, name)
    row(ada, email).get_by_role("button", name=f"Send again to {name}").click()
    expect(row(ada, email)).to_contain_text("2 times")
    second = link_in_mail(ils, tomas, name)
    assert second != first
    tomas.goto(first)
    expect(tomas.get_by_text("This invitation does not work any more")).to_be_visible()
    tomas.goto(second)
    expect(tomas.get_by_label("Email")).to_have_value(email)
    tomas.get_by_label("Choose a password").fill("short")
    tomas.get_by_role("button", name="Make my account").click()
    expect(tomas.get_by_text("Use at least 10 characters.")).to_be_visible()
    tomas.get_by_label("Choose a password").fill(PASSWORD)
    tomas.get_by_role("button", name="Make my account").click()
    settled(tomas)
    expect(row(ada, email)).to_contain_text("accepted")
    other = people.context().new_page()
    other.goto(second)
    expect(other.get_by_text("This invitation does not work any more")).to_be_visible()


def test_a_forgotten_password_is_chosen_anew_by_the_link_in_the_mail(ils: RunningIls, people: People) -> None:
    page, ada = people.context().new_page(), people.at(ADA, "/admin/requests")
    name, email = f"Petra {uuid4().hex[:6]}", f"{uuid4().hex[:8]}@petra.example"
    ask(page, name, email, f"Petra {uuid4().hex[:6]}", supplier=True)
    row(ada, name).get_by_role("link").first.click()
    ada.get_by_role("button", name="Approve").click()
    expect(ada.get_by_text(f"{name} can sign in now.")).to_be_visible()
    page.goto("/sign-in")
    page.get_by_role("link", name="Password forgotten?").click()
    expect(page.get_by_role("heading", name="Password forgotten")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.get_by_text("If there is an account with this email, a link is on its way to it.")).to_be_visible()
    page.goto(link_in_mail(ils, page, name, "Choose a new password"))
    page.get_by_label("New password").fill("lilac-prism-77")
    page.get_by_role("button", name="Save it and sign in").click()
    settled(page)
    elsewhere = people.context().new_page()
    sign_in(elsewhere, email)
    expect(elsewhere.get_by_text("do not belong together")).to_be_visible()
    sign_in(elsewhere, email, "lilac-prism-77")
    settled(elsewhere)


def link_in_mail(ils: RunningIls, page: Page, name: str, subject: str = "invites you") -> str:
    """The path that the newest such mail to this person leads to."""
    ils.wait_for_jobs()
    page.goto("/dev/mail")
    page.get_by_role("link", name=re.compile(f"{name}.*{subject}", re.DOTALL)).first.click()
    address = page.frame_locator("iframe").get_by_role("link", name="Open it in ILS").get_attribute("href")
    assert address
    return urlsplit(address).path + "?" + urlsplit(address).query


def ask(page: Page, name: str, email: str, organisation: str, *, supplier: bool = False) -> None:
    page.goto("/sign-up")
    if supplier:
        page.get_by_role("radio", name=re.compile("^Supplier")).check()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Practice or company").fill(organisation)
    page.get_by_label("What the administrator should know").fill("Our account is QUAY-7.")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Ask for an account").click()


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def shut_out(page: Page, email: str) -> None:
    go(page, "/admin/people")
    page.get_by_label("Name, email or organisation").fill(email)
    row(page, email).get_by_role("link").first.click()
    page.get_by_role("button", name="Suspend").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(REASON)
    dialog.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("is suspended and signed out.")).to_be_visible()
    settled(page)


def figure(page: Page, label: str):
    return page.get_by_role("main").get_by_role("link", name=re.compile(f"^{label}"))


def waiting(page: Page) -> int:
    return int(figure(page, "Ask for an account").inner_text().split()[-1])
