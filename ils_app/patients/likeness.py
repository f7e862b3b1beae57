"""When two patients of a practice look like one person: names a slip apart or turned round, a birthday shared."""

from dataclasses import dataclass
from datetime import date

from ils_app.patients.names import compact, words


@dataclass(frozen=True, slots=True)
class Person:
    """What likeness is judged by."""

    given_name: str
    family_name: str
    date_of_birth: date | None


def alike(one: Person, other: Person) -> bool:
    """True when the two may be one person, so that the second is offered the first and not added beside it.

    - the same family name, and the same date of birth or a similar given name;
    - the names the other way round;
    - a family name a slip away, with a similar given name;
    - another family name, but the same given name and date of birth (a name changed by marriage).

    A given name that is only similar does not count when both dates of birth are known and more than a slip apart:
    those are relatives. Symmetric.
    """
    if _alike_in_order(one, other):
        return True
    turned = Person(other.family_name, other.given_name, other.date_of_birth)
    return _spelt_alike(one.family_name, turned.family_name) and _spelt_alike(one.given_name, turned.given_name)


def slips(one: str, other: str) -> int:
    """How many slips of a typist lie between two words: a letter too many, too few, wrong, or two turned round.

    >>> slips("jhon", "john")
    1
    """
    before: list[int] = []
    line = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        after = [i]
        for j, right in enumerate(other, 1):
            cost = min(line[j] + 1, after[j - 1] + 1, line[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            after.append(cost)
        before, line = line, after
    return line[-1]


def _alike_in_order(one: Person, other: Person) -> bool:
    born_same = one.date_of_birth is not None and one.date_of_birth == other.date_of_birth
    given_same = compact(one.given_name) == compact(other.given_name)
    given_similar = given_same or (_similar_given(one.given_name, other.given_name) and _may_be_one_day(one, other))
    if compact(one.family_name) == compact(other.family_name):
        return born_same or given_similar
    if _spelt_alike(one.family_name, other.family_name):
        return given_similar
    return given_same and born_same


def _spelt_alike(one: str, other: str) -> bool:
    """At most one slip in a name of three to six letters, two in a longer one, none in a shorter."""
    left, right = compact(one), compact(other)
    shorter = min(len(left), len(right))
    allowed = 0 if shorter < 3 else 1 if shorter < 7 else 2
    return abs(len(left) - len(right)) <= allowed and slips(left, right) <= allowed


def _similar_given(one: str, other: str) -> bool:
    """A slip, an initial or a short form ("J", "Alex"), or a middle name the other lacks."""
    left, right = compact(one), compact(other)
    if left.startswith(right) or right.startswith(left):
        return True
    return words(one)[:1] == words(other)[:1] or _spelt_alike(one, other)


def _may_be_one_day(one: Person, other: Person) -> bool:
    """False only when both days are known and no single slip makes one of the other."""
    born, other_born = one.date_of_birth, other.date_of_birth
    if born is None or other_born is None:
        return True
    if (born.year, born.month, born.day) == (other_born.year, other_born.day, other_born.month):
        return True
    return slips(f"{born:%d%m%Y}", f"{other_born:%d%m%Y}") <= 1
