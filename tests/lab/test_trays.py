"""Tray numbers: read as they are called out, and never mistaken for another's."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ils_app.lab.errors import MisreadTray
from ils_app.lab.trays import check_digit, read_tray, tray_number

NUMBERS = st.integers(1, 99_999_999)


@given(NUMBERS)
def test_every_tray_number_reads_back_as_itself(number):
    tray = tray_number(number)
    assert read_tray(tray) == tray
    assert read_tray(f"  {tray.lower().replace('-', '')} ") == tray


@given(NUMBERS, st.data())
def test_one_wrong_figure_is_always_noticed(number, data):
    tray = tray_number(number)
    places = [place for place, letter in enumerate(tray) if letter.isdigit()]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([figure for figure in "0123456789" if figure != tray[place]]))
    with pytest.raises(MisreadTray):
        read_tray(tray[:place] + other + tray[place + 1 :])


@given(NUMBERS, st.data())
def test_two_swapped_neighbours_are_always_noticed(number, data):
    figures = tray_number(number)[2:-2]
    check = check_digit(figures)
    place = data.draw(st.integers(0, len(figures) - 2))
    assume(figures[place] != figures[place + 1])
    swapped = figures[:place] + figures[place + 1] + figures[place] + figures[place + 2 :]
    with pytest.raises(MisreadTray):
        read_tray(f"T-{swapped}-{check}")


@pytest.mark.parametrize("code", ["ORD-2026-000001", "JOB-000001", "T-12-3", "", "tray"])
def test_what_is_no_tray_number_is_not_taken_for_one(code):
    assert read_tray(code) is None
