"""A purchase order with the lab and the supplier signed in side by side: each sees what the other does, live."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from ils_app.kernel.clock import today_in_lab
from tests.support.browsing import MARCO, THEO, People, address, fact, go, row, settled
from tests.support.running import RunningIls
from tests.support.supplying import PDF

BLANK, POLISH = "CR-39 blank 70 mm", "Polish, 5 l"


def now_at(page: Page, step: str, *, timeout: float = 10_000) -> None:
    """The order's progress stands here, by itself."""
    expect(page.get_by_role("list", name="Progress").locator("[aria-current=step]")).to_have_text(step, timeout=timeout)


def write_line(page: Page, what: str, quantity: str, price: str) -> None:
    """One line, by keyboard: Enter takes it into the order."""
    page.get_by_label("What is ordered", exact=True).fill(what)
    page.get_by_label("Quantity", exact=True).fill(quantity)
    page.get_by_label("Unit price", exact=True).fill(price)
    page.get_by_label("Unit price", exact=True).press("Enter")
    expect(row(page, what)).to_be_visible()


def confirm(page: Page, button: str) -> None:
    """Press the dialog's own button, and see it close."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile(f"^{button}")).click()
    expect(dialog).to_have_count(0)


def test_an_order_goes_from_draft_to_counted_in_and_each_side_sees_it_live(ils: RunningIls, people: People) -> None:
    marco = people.at(MARCO)  # at his first screen: nothing of this order yet
    theo = people.at(THEO, "/purchase-orders/new")
    theo.get_by_label("Supplier", exact=True).select_option(label="Lumen Blanks")
    number = theo.get_by_role("heading", level=1)
    expect(number).to_have_text(re.compile(r"^PO-\d{4}-\d{6}$"))
    order = number.inner_text()
    write_line(theo, BLANK, "50", "12.50")
    write_line(theo, POLISH, "2.5", "8.40")
    expect(theo.get_by_role("main")).to_contain_text("£775.20")  # 646.00 and 20 % of it
    theo.get_by_label("Our reference").fill("Side by side")
    expect(theo.get_by_role("status").filter(has_text="draft saved")).to_be_visible()
    assert row(marco, order).count() == 0

    theo.get_by_role("button", name="Send to the supplier").click()
    theo.wait_for_url(re.compile(r"/purchase-orders/[0-9a-f-]{36}"))
    now_at(theo, "Sent", timeout=60_000)  # once the PDF is made and the mail has left
    expect(fact(theo, "Sent to")).to_contain_text("orders@lumen.example")
    expect(row(marco, order)).to_be_visible()
    go(marco, address(theo))
    now_at(marco, "Sent")
    assert marco.get_by_role("button", name="Cancel").count() == 0

    marco.get_by_role("button", name="Acknowledge").click()
    day = today_in_lab() + timedelta(days=9)
    marco.get_by_label("It will be there on").fill(day.isoformat())
    marco.get_by_label("The supplier's own number").fill("SO-4711")
    confirm(marco, "Acknowledge")
    now_at(theo, "Acknowledged")
    expect(fact(theo, "Supplier's reference")).to_have_text("SO-4711")

    marco.get_by_role("button", name="Ship a parcel").click()
    marco.get_by_role("dialog").get_by_role("button", name=re.compile("^It has left")).click()
    expect(marco.get_by_role("dialog").get_by_text("Who carries it?")).to_be_visible()  # and nothing was lost
    marco.get_by_label("Carrier").fill("DPD")
    marco.get_by_label("Tracking number").fill("1Z-SIDE")
    confirm(marco, "It has left")
    now_at(theo, "In transit")
    expect(row(theo, "1Z-SIDE")).to_be_visible()

    theo.get_by_role("button", name="Count in").click()
    dialog = theo.get_by_role("dialog")
    dialog.get_by_label(re.compile(BLANK)).fill("51")
    dialog.get_by_label(re.compile("Polish")).fill("")
    dialog.get_by_role("button", name=re.compile("^Count in")).click()
    expect(dialog.get_by_text("At most 50 pcs of this line are still to come.")).to_be_visible()
    dialog.get_by_label(re.compile(BLANK)).fill("30")
    confirm(theo, "Count in")
    now_at(marco, "In transit")
    expect(row(marco, BLANK).get_by_role("cell").nth(2)).to_have_text("30")

    marco.get_by_role("button", name="Delivered").click()
    confirm(marco, "It is delivered")
    expect(theo.get_by_text("The supplier says that it is delivered")).to_be_visible()
    theo.get_by_role("button", name="Count in").first.click()
    confirm(theo, "Count in")
    expect(fact(theo, "Status")).to_have_text("Delivered")
    expect(row(marco, POLISH).get_by_role("cell").nth(2)).to_have_text("2.5")
    for page in (theo, marco):
        now_at(page, "Delivered")
        happened = page.get_by_role("list", name="Timeline").get_by_role("listitem")
        expect(happened.first).to_contain_text("Everything counted in")
    expect(marco.get_by_role("list", name="Timeline")).not_to_contain_text("Draft begun")


def test_a_draft_survives_a_closed_tab_and_says_what_keeps_it_from_being_sent(people: People) -> None:
    theo = people.at(THEO, "/purchase-orders/new")
    theo.get_by_role("button", name="Send to the supplier").click()
    expect(theo.get_by_text("Choose the supplier first.")).to_be_visible()
    theo.get_by_label("Supplier", exact=True).select_option(label="Keld Coatings")
    expect(theo.get_by_role("heading", level=1)).to_have_text(re.compile(r"^PO-"))
    theo.get_by_role("button", name="Send to the supplier").click()
    expect(theo.get_by_text("An order needs a line.")).to_be_visible()
    theo.get_by_label("What is ordered", exact=True).fill("Lacquer")
    theo.get_by_label("Quantity", exact=True).fill("a few")
    theo.get_by_label("Quantity", exact=True).press("Enter")
    expect(theo.get_by_text("Give a quantity above 0, like 50 or 2.5.")).to_be_visible()
    expect(theo.get_by_label("What is ordered", exact=True)).to_have_value("Lacquer")
    write_line(theo, "Lacquer", "3", "9,99")
    theo.get_by_label("Our reference").fill("Kept")
    expect(theo.get_by_role("status").filter(has_text="draft saved")).to_be_visible()
    kept = address(theo)
    theo.close()
    again = people.at(THEO, kept)
    expect(row(again, "Lacquer")).to_contain_text("£29.97")
    expect(again.get_by_label("Our reference")).to_have_value("Kept")
    again.get_by_role("button", name="Discard").click()
    again.get_by_role("alertdialog").get_by_role("button", name="Discard the draft").click()
    again.wait_for_url("**/purchase-orders")


def test_a_supplier_puts_up_a_document_and_the_lab_sees_it_at_once_and_saves_it(people: People) -> None:
    theo, marco = people.at(THEO, "/documents"), people.at(MARCO, "/documents")
    marco.get_by_role("button", name="Put up a document").first.click()
    dialog = marco.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "program.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00" + b"\x00" * 200}
    )
    expect(dialog.get_by_text("A document is a PDF, a PNG or JPEG picture, or plain text")).to_be_visible()
    dialog.get_by_label("What it is called").fill("Base curve chart")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "chart.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    expect(dialog.get_by_text("chart.pdf")).to_be_visible()
    dialog.get_by_role("button", name=re.compile("^Put it up")).click()
    expect(dialog.get_by_text("Choose what it is.")).to_be_visible()
    expect(dialog.get_by_label("What it is called")).to_have_value("Base curve chart")
    dialog.get_by_label("What it is", exact=True).select_option(label="Spec sheet")
    dialog.get_by_role("button", name=re.compile("^Put it up")).click()
    expect(dialog).to_have_count(0)
    expect(row(marco, "Base curve chart")).to_be_visible()
    expect(row(theo, "Base curve chart")).to_contain_text("Lumen Blanks")
    assert theo.get_by_role("button", name="Put up a document").count() == 0
    with theo.expect_download() as saved:
        row(theo, "Base curve chart").get_by_role("link", name="Download Base curve chart").click()
    assert saved.value.suggested_filename == "chart.pdf"
    assert saved.value.path().read_bytes() == PDF


def test_a_supplier_is_added_stopped_and_started_again(people: People) -> None:
    theo = people.at(THEO, "/suppliers")
    theo.get_by_role("button", name="Add a supplier").first.click()
    dialog = theo.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^Add the supplier")).click()
    expect(dialog.get_by_text("A supplier needs a name.")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("Saint-Éloi Verres")
    dialog.get_by_label("Lead time, working days").fill("8")
    dialog.get_by_role("button", name=re.compile("^Add the supplier")).click()
    theo.wait_for_url(re.compile(r"/suppliers/[0-9a-f-]{36}"))
    settled(theo)
    expect(theo.get_by_role("heading", level=1)).to_have_text("Saint-Éloi Verres")
    expect(theo.get_by_text("Nobody gets orders yet")).to_be_visible()
    theo.get_by_role("button", name="Add a contact").first.click()
    dialog = theo.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Ève")
    dialog.get_by_label("Email").fill("eve@eloi.example")
    dialog.get_by_role("button", name=re.compile("^Save the contact")).click()
    expect(dialog).to_have_count(0)
    expect(row(theo, "Ève")).to_contain_text("gets orders")
    expect(theo.get_by_text("Nobody gets orders yet")).to_have_count(0)
    theo.get_by_role("button", name="Stop ordering").click()
    theo.get_by_role("alertdialog").get_by_role("button", name="Stop ordering").click()
    expect(theo.get_by_text("Nothing more is ordered from this supplier")).to_be_visible()
    theo.get_by_role("button", name="Order from it again").click()
    expect(theo.get_by_role("link", name="New order").last).to_be_visible()
