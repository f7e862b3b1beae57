"""How patients are found: what someone typed as a condition, and whom a new patient may be the same as."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, cast, extract, func, or_, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel.clock import today_in_lab
from ils_app.patients import birthdays
from ils_app.patients.likeness import Person, alike
from ils_app.patients.models import WORDS, PatientRow
from ils_app.patients.names import compact, typed_words
from ils_app.patients.schemas import PatientDraft

MAX_TYPED = 200
MAX_COMPARED = 1000
MAX_OFFERED = 5


def of_practice(practice_id: UUID, typed: str = "") -> Select[PatientRow]:
    """A practice's patients whom the typed text may mean; all of them when nothing is typed.

    Every word typed begins a word of the patient's names, number or reference, in any order; a date, whole or as far
    as it has been typed, is their date of birth.
    """
    query = select(PatientRow).where(col(PatientRow.practice_id) == practice_id)
    typed = typed[:MAX_TYPED]
    if not typed.strip():
        return query
    ways = [_all_begin(typed_words(typed))]
    if found := birthdays.find(typed):
        born, rest = found
        by_date = _born(born)
        ways.append(and_(by_date, _all_begin(typed_words(rest))) if rest.strip() else by_date)
    elif whole := birthdays.read(typed, today=today_in_lab()):
        ways.append(col(PatientRow.date_of_birth) == whole)
    return query.where(or_(*ways))


def likeliest_first(query: Select[PatientRow], typed: str) -> Select[PatientRow]:
    """Whole words before beginnings, family names before other words, then by name."""
    words = typed_words(typed[:MAX_TYPED])
    if words:
        family_first = or_(*(col(PatientRow.search_text).startswith(word, autoescape=True) for word in words))
        query = query.order_by(_matches(_every(words, begin=False)).desc(), family_first.desc())
    return by_name(query)


def by_name(query: Select[PatientRow]) -> Select[PatientRow]:
    """In the order of lists: family name, given name."""
    return query.order_by(col(PatientRow.search_text), col(PatientRow.id))


async def looking_like(session: AsyncSession, practice_id: UUID, draft: PatientDraft) -> list[PatientRow]:
    """The practice's patients whom this one may be, the likeliest first, at most five.

    Whoever shares the date of birth, a whole name or the beginnings of both names is compared. A slip in the first
    two letters of one name is therefore seen only where the other name or the date of birth is exactly the same.
    """
    family, given = compact(draft.family_name), compact(draft.given_name)
    near = f"'{family}' | '{given}' | ('{family[:2]}':* & '{given[:1]}':*) | ('{given[:2]}':* & '{family[:1]}':*)"
    ways = [_matches(near)]
    if draft.date_of_birth is not None:
        ways.append(col(PatientRow.date_of_birth) == draft.date_of_birth)
    query = of_practice(practice_id).where(or_(*ways)).limit(MAX_COMPARED)
    rows = (await session.execute(query)).scalars()
    new = Person(draft.given_name, draft.family_name, draft.date_of_birth)
    same = [row for row in rows if alike(new, Person(row.given_name, row.family_name, row.date_of_birth))]
    return sorted(same, key=lambda row: (-_shared(draft, row), row.search_text))[:MAX_OFFERED]


def exactly(draft: PatientDraft, row: PatientRow) -> bool:
    """True when names and a known date of birth are the same: nobody would call these two people."""
    return draft.date_of_birth is not None and _shared(draft, row) == 3


async def lock_additions(session: AsyncSession, practice_id: UUID) -> None:
    """One new patient of a practice at a time, so that two quick clicks see each other."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"{practice_id}"})


def _shared(draft: PatientDraft, row: PatientRow) -> int:
    return (
        (compact(draft.family_name) == compact(row.family_name))
        + (compact(draft.given_name) == compact(row.given_name))
        + (draft.date_of_birth is not None and draft.date_of_birth == row.date_of_birth)
    )


def _all_begin(words: list[str]) -> ColumnElement[bool]:
    return _matches(_every(words, begin=True))


def _every(words: Iterable[str], *, begin: bool) -> str:
    """A tsquery; the words hold letters and digits only, so nothing in them needs escaping."""
    return " & ".join(f"'{word}'{':*' if begin else ''}" for word in words)


def _matches(tsquery: str) -> ColumnElement[bool]:
    """Rows with these words; none for an empty query, as PostgreSQL has it."""
    found: ColumnElement[bool] = WORDS.bool_op("@@")(cast(tsquery, TSQUERY))
    return found


def _born(born: birthdays.Born) -> ColumnElement[bool]:
    """Patients born on that date, or on any that begins like it."""
    column = col(PatientRow.date_of_birth)
    if (whole := born.on(today_in_lab())) and len(born.year) == 4:
        return column == whole
    conditions: list[ColumnElement[bool]] = [extract("month", column) == born.month]
    if born.day is not None:
        conditions.append(extract("day", column) == born.day)
    if born.year:
        begins = func.to_char(column, "YYYY").startswith(born.year)
        ends = func.to_char(column, "YY") == born.year
        conditions.append(or_(begins, ends) if len(born.year) == 2 else begins)
    return and_(*conditions)
