"""Business papers: whose they are, nothing lost over page breaks, and any European script."""

import io
from datetime import UTC, datetime

from PIL import Image

from ils_app.kernel.paper import Column, Paper, Party, Sender
from tests.support.pdfs import pages_of, pictures_in, text_of

MADE_AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
COLUMNS = (Column("Part", 20), Column("Description", 60), Column("Amount", 20, "right"))


def a_paper(**more):
    sender = Sender(
        "Łódź Prescription House", ("1 Quay", "PL1 1AA"), contacts=("+44 1752 1",), legal=("VAT 9",), **more
    )
    return Paper("Purchase order", "PO-2026-000017", sender=sender, made_at=MADE_AT)


def test_every_line_stands_on_some_page_under_a_head_and_each_page_says_which_it_is():
    paper = a_paper()
    paper.parties(("Supplier", Party("Lumen Blanks", ("Straße 5",))), ("Deliver to", Party("The lab")))
    paper.table(COLUMNS, [(f"P-{number:03}", "A blank " * (1 + number % 20), f"£{number}.00") for number in range(120)])
    paper.totals(("Subtotal", "£7,140.00"), ("Total", "£8,568.00"))
    pages = pages_of(paper.finished())
    assert len(pages) > 3
    assert all(f"P-{number:03}" in " ".join(pages) for number in range(120))
    for place, page in enumerate(pages, start=1):
        assert f"page {place} of {len(pages)}" in page
        assert "PO-2026-000017" in page
        assert "VAT 9" in page
        assert "Description" in page or "P-" not in page
    assert "£8,568.00" in pages[-1]
    for words in ("Łódź Prescription House", "1 Quay", "Lumen Blanks", "Straße 5", "The lab"):
        assert words in pages[0]


def test_what_is_not_there_leaves_no_label_and_an_empty_table_says_so():
    paper = a_paper()
    paper.facts(("Date", "4 March 2026"), ("Our reference", ""))
    paper.table(COLUMNS, [], empty="Nothing was ordered.")
    paper.words("", title="Notes")
    paper.words("Before noon, please.", title="Delivery")
    text = text_of(paper.finished())
    assert "4 March 2026" in text
    assert "Our reference" not in text
    assert "Notes" not in text
    assert "Nothing was ordered." in text
    assert "Delivery Before noon, please." in text


def test_totals_are_never_torn_apart():
    paper = a_paper()
    while not paper.will_page_break(9):
        paper.words("A line.")
    paper.totals(("Subtotal", "£1.00"), ("VAT 20 %", "£0.20"), ("Total", "£1.20"))
    last = pages_of(paper.finished())[-1]
    assert all(words in last for words in ("£1.00", "£0.20", "£1.20"))


def test_a_logo_of_any_shape_is_drawn_inside_its_place():
    picture = io.BytesIO()
    Image.new("RGB", (900, 60), "navy").save(picture, "PNG")
    with_logo, without = (a_paper(logo=logo).finished() for logo in (picture.getvalue(), None))
    assert (pictures_in(with_logo), pictures_in(without)) == (1, 0)
