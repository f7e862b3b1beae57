"""What people type is read as they mean it, or said back to them."""

from datetime import date
from decimal import Decimal

import pytest

from ils_app.suppliers.entering import Reader


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("12.50", 1250), ("12,5", 1250), ("1 250,50", 125050), ("1,250.50", 125050), ("1.250,50", 125050), ("0", 0)],
)
def test_a_price_is_read_in_any_spelling(typed, minor):
    read = Reader()
    assert read.money_minor("price", typed) == minor
    assert read.problems == {}


@pytest.mark.parametrize("typed", ["", "x", "-1", "1.234", "1e3", "NaN", "٣", "999999999999", "1.2.3"])
def test_what_is_no_price_is_said(typed):
    read = Reader()
    assert read.money_minor("price", typed) == 0
    assert "price" in read.problems


@pytest.mark.parametrize(("typed", "value"), [("50", "50"), ("2.5", "2.5"), ("0,125", "0.125"), ("1 000", "1000")])
def test_a_quantity_is_read(typed, value):
    read = Reader()
    assert read.quantity("quantity", typed) == Decimal(value)
    assert read.problems == {}


@pytest.mark.parametrize("typed", ["0", "", "-1", "0.0001", "1000000", "Infinity"])
def test_what_is_no_quantity_is_said(typed):
    read = Reader()
    read.quantity("quantity", typed)
    assert "quantity" in read.problems


@pytest.mark.parametrize("typed", ["1,000", "12,500", "1,000,000", "1 ,000"])
def test_a_comma_before_three_figures_is_asked_about_and_never_guessed(typed):
    read = Reader()
    assert read.quantity("quantity", typed) == 0
    assert read.money_minor("price", typed) == 0
    read.percent("rate", f"{typed}%")
    assert {field for field, said in read.problems.items() if "like 1000 or 2.5" in said} == {
        "quantity", "price", "rate",
    }  # fmt: skip


def test_a_comma_for_thousands_is_known_by_the_point_behind_it():
    read = Reader()
    assert read.quantity("quantity", "1,250.50") == Decimal("1250.5")
    assert read.money_minor("price", "1,250.50") == 125_050
    assert read.problems == {}


def test_a_day_is_a_day_of_the_calendar_and_not_before_what_it_must_follow():
    read = Reader()
    assert read.day("day", "2026-02-28") == date(2026, 2, 28)
    assert read.day("day", "  ") is None
    assert read.problems == {}
    for wrong in ("2026-02-30", "28/02/2026", "20260228", "9999-01-01"):
        assert read.day("day", wrong) is None
        assert read.problems.pop("day")
    read.day("day", "2026-01-01", least=date(2026, 1, 2), earlier="Too early.")
    assert read.problems == {"day": "Too early."}


def test_lines_and_texts_lose_what_no_keyboard_writes():
    read = Reader()
    assert read.line("a", " Two\x00  words\n") == "Two words"
    assert read.text("b", "one\r\ntwo\x00\t.") == "one\ntwo\t."
    assert read.text("c", "x" * 2001)
    assert set(read.problems) == {"c"}
