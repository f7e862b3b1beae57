"""Column types the rooms share: words as checked text, powers exact, names of constraints predictable."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, MetaData, Numeric, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def room_metadata(schema: str) -> MetaData:
    """The metadata of one room: its own PostgreSQL schema, and no other's tables."""
    return MetaData(schema=schema, naming_convention=NAMING)


class Word(TypeDecorator[StrEnum]):
    """A StrEnum stored as its value in plain text, so that a new member needs only a new CHECK."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To the database; a word that is not of the enum is refused here."""
        return None if value is None else str(self.words(value).value)

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        """From the database."""
        return None if value is None else self.words(value)


def word_column(
    name: str, words: type[StrEnum], *, nullable: bool = False, index: bool = False, default: StrEnum | None = None
) -> Column[Any]:
    """A text column that holds one of `words` and nothing else; `check_words` writes the CHECK beside it."""
    return Column(name, Word(words), nullable=nullable, index=index, default=default)


def check_words(name: str, words: type[StrEnum]) -> CheckConstraint:
    """The CHECK that goes with `word_column`, for `__table_args__`."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{name} IN ({listed})", name=f"{name}_words")


def dioptres() -> Numeric[Decimal]:
    """Powers to a hundredth of a dioptre, exact."""
    return Numeric(6, 2)


def document() -> JSONB:
    """A JSON document."""
    return JSONB()


__all__ = ["NAMING", "Word", "check_words", "dioptres", "document", "room_metadata", "word_column"]
