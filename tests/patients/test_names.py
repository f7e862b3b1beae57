"""Names and dates of birth as they are compared, found and read."""

import doctest
from datetime import date, timedelta
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ils_app.patients import birthdays, likeness, names
from ils_app.patients.likeness import Person, alike, slips

ANY_TEXT = st.text(max_size=60)
LATIN = st.text(st.characters(codec="latin-1", categories=["L"]), min_size=1, max_size=12)
TODAY = date(2026, 11, 24)
DAYS = st.dates(date(1900, 1, 1), TODAY)
PEOPLE = st.builds(Person, LATIN, LATIN, st.none() | DAYS)


@pytest.mark.parametrize("module", [names, birthdays, likeness], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_hold(module: ModuleType):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


@given(ANY_TEXT)
def test_a_plain_text_is_plain_already(text: str):
    assert names.plain(names.plain(text)) == names.plain(text)


@given(LATIN)
def test_case_makes_no_difference(text: str):
    assert names.compact(text.upper()) == names.compact(text.lower()) == names.compact(text)


@given(ANY_TEXT)
def test_words_hold_nothing_that_a_query_would_have_to_escape(text: str):
    for word in names.words(text):
        assert 0 < len(word) <= names.MAX_WORD
        assert not set(word) & set(" '\\:&|!()*<>\0")
        word.encode()


@given(family=LATIN, first=LATIN, reference=ANY_TEXT)
def test_every_word_of_a_patient_stands_in_their_search_text(family: str, first: str, reference: str):
    text = names.search_text(family, first, "CUST-001001", reference)
    assert text.startswith(names.words(family)[0] if names.words(family) else "")
    assert {*names.words(family), *names.words(first), "cust001001", "1001"} <= set(text.split())


def test_a_search_text_fits_into_an_index_however_long_the_names_expand():
    long = " ".join(str(n) + "\N{LATIN SMALL LIGATURE FFI}" * 25 for n in range(20))  # one letter becomes three
    text = names.search_text(long, long[::-1], "CUST-001001", long)
    assert names.MAX_SEARCH_TEXT - names.MAX_WORD <= len(text) <= names.MAX_SEARCH_TEXT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "muller"),
        ("Łukasz", "LUKASZ"),
        ("Sørensen", "Sorensen"),
        ("O’Brien", "O'BRIEN"),
        ("de la Cruz", "Delacruz"),
        ("Weiß", "WEISS"),
        ("Æsa", "aesa"),
        ("Zoe\u0308", "Zo\u00eb"),
    ],
)
def test_two_spellings_of_one_name_are_the_same_word(one: str, other: str):
    assert names.compact(one) == names.compact(other) != ""


@pytest.mark.parametrize("name", ["Ольга", "王小明", "محمد", "नीलम", "さくら", "Ελένη"])
def test_a_name_in_any_script_has_words(name: str):
    assert names.words(name)


@given(DAYS)
def test_a_date_is_read_in_every_usual_way_it_is_typed(day: date):
    month = f"{day:%b}"
    for typed in (
        f"{day:%d/%m/%Y}",
        f"{day.day}.{day.month}.{day.year}",
        f"{day:%d-%m-%Y}",
        f"{day:%d %m %Y}",
        f"{day:%d%m%Y}",
        day.isoformat(),
        f"{day.day} {month} {day.year}",
        f"{day.day} {day:%B} {day.year}",
        f"{day.day}th {day:%B}, {day.year}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day.day}{month.lower()}{day.year}",
        f"  {day.day}-{month.upper()}-{day.year} ",
    ):
        assert birthdays.read(typed, today=TODAY) == day, typed
        if day.day > 12:
            assert birthdays.read(f"{day:%m/%d/%Y}", today=TODAY) == day


@given(DAYS)
def test_two_digits_of_a_year_are_never_in_the_future(day: date):
    found = birthdays.read(f"{day:%d/%m/%y}", today=TODAY)
    assert found is None or (found <= TODAY and found.year % 100 == day.year % 100)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "smith",
        "31/02/1961",
        "29/02/61",
        "14/03",
        "14/03/1",
        "45/45/1961",
        "1961",
        "smith 14/03/1961",
        "14/03/1961 x",
    ],
)
def test_what_is_no_whole_date_is_read_as_none(typed: str):
    assert birthdays.read(typed, today=TODAY) is None


@given(ANY_TEXT)
def test_no_text_breaks_the_reading_of_dates(text: str):
    birthdays.read(text, today=TODAY)
    birthdays.find(text)


def test_a_name_that_begins_like_a_month_is_a_name():
    assert birthdays.find("14 Marcus") is None
    assert birthdays.find("Decker 12") is None


@given(PEOPLE, PEOPLE)
def test_likeness_is_mutual(one: Person, other: Person):
    assert alike(one, other) == alike(other, one)


@given(PEOPLE)
def test_everybody_is_alike_themselves_and_themselves_turned_round(person: Person):
    assert alike(person, person)
    assert alike(person, Person(person.family_name, person.given_name, person.date_of_birth))
    assert alike(person, Person(person.given_name.upper(), f" {person.family_name}", None))


@given(st.text("abcdefgh", min_size=3, max_size=12), st.data())
def test_one_slip_of_the_typist_is_one_slip(word: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(word) - 2))
    slip = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + "z" + word[at:],
                word[:at] + "z" + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )
    assert slips(word, slip) == slips(slip, word) == (word != slip)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Eleanor", "Marsh", "1961-03-14"), ("Eleanor", "Marsh", None)),
        (("Eleanor", "Marsh", "1961-03-14"), ("Nell", "Marsh", "1961-03-14")),  # twins are offered too
        (("Eleanor", "Marsh", None), ("Elenor", "Marsh", None)),
        (("Eleanor", "Marsh", "1961-03-14"), ("E", "Marsh", "1961-03-14")),
        (("Eleanor", "Marsh", "1961-03-14"), ("Eleanor Ruth", "Marsh", "1961-03-15")),  # a digit off
        (("Eleanor", "Marsh", "1961-03-04"), ("Elenor", "Marsh", "1961-04-03")),  # day and month turned
        (("Eleanor", "Marsh", "1961-03-14"), ("Eleanor", "Marsh", "1990-12-01")),  # offered: the date may be wrong
        (("Eleanor", "Marsh", None), ("Eleanor", "Mrash", None)),
        (("Eleanor", "Marsh", "1961-03-14"), ("Eleanor", "Whitfield", "1961-03-14")),  # married
        (("Eleanor", "Marsh", None), ("Marsh", "Elenor", None)),
        (("Eleanor", "Marsh", None), ("Marsh", "Eleanor", "1961-03-14")),
        (("José", "García López", None), ("Jose", "GARCIA-LOPEZ", None)),
    ],
)
def test_who_may_be_one_person_is_alike(one: tuple[str, str, str | None], other: tuple[str, str, str | None]):
    assert alike(a_person(one), a_person(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Eleanor", "Marsh", None), ("Thomas", "Marsh", None)),
        (("Eleanor", "Marsh", "1961-03-14"), ("Elenor", "Marsh", "1990-12-01")),  # relatives
        (("Eleanor", "Marsh", None), ("Eleanor", "Whitfield", None)),
        (("Eleanor", "Marsh", "1961-03-14"), ("Thomas", "Whitfield", "1961-03-14")),
        (("Li", "Wu", None), ("Li", "Xu", None)),  # in two letters every slip is another name
        (("Eleanor", "Marsh", None), ("Eleanor", "Marshall", None)),
    ],
)
def test_who_is_plainly_someone_else_is_not_alike(one: tuple[str, str, str | None], other: tuple[str, str, str | None]):
    assert not alike(a_person(one), a_person(other))


def test_a_day_off_by_a_month_is_no_slip():
    born = date(1961, 3, 14)
    late = Person("Elenor", "Marsh", born + timedelta(days=400))
    assert not alike(Person("Eleanor", "Marsh", born), late)


def a_person(given: tuple[str, str, str | None]) -> Person:
    """A person from words."""
    return Person(given[0], given[1], date.fromisoformat(given[2]) if given[2] else None)
