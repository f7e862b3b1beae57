"""Words in the database are the words of the enums, in every table of every room."""

import re
from enum import StrEnum

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from ils_app import rooms
from ils_app.kernel.columns import Word


def word_columns() -> dict[tuple[str, str, str], type[StrEnum]]:
    """Every column that holds words, by schema, table and name."""
    found = {}
    for metadata in rooms.metadata():
        for table in metadata.tables.values():
            for column in table.columns:
                if isinstance(column.type, Word):
                    found[table.schema, table.name, column.name] = column.type.words
    return found


async def test_every_word_column_has_a_check_with_exactly_the_enums_words(room):
    """An enum that grew without its migration would be refused by the database in the middle of a day's work."""
    async with room.read() as session:
        rows = await session.execute(text(
            "SELECT n.nspname, c.relname, pg_get_constraintdef(k.oid) AS said FROM pg_constraint k "
            "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'c'"
        ))  # fmt: skip
        checks = [tuple(row) for row in rows]
    columns = word_columns()
    assert len(columns) > 8
    wrong = {}
    for (schema, table, name), words in columns.items():
        said = [
            set(re.findall(r"'([^']*)'::text", check))
            for in_schema, in_table, check in checks
            if (in_schema, in_table) == (schema, table) and re.match(rf'CHECK \(\(+"?{name}"?\)? = ANY', check)
        ]
        if said != [{word.value for word in words}]:
            wrong[schema, table, name] = said
    assert wrong == {}


def test_a_word_that_is_not_of_the_enum_is_refused_before_the_database():
    class Colour(StrEnum):
        RED = "red"

    word = Word(Colour)
    assert word.process_bind_param(Colour.RED, None) == word.process_bind_param("red", None) == "red"
    assert word.process_bind_param(None, None) is None
    assert word.process_result_value("red", None) is Colour.RED
    assert word.process_result_value(None, None) is None
    with pytest.raises(ValueError):
        word.process_bind_param("blue", None)


async def test_no_key_crosses_from_one_rooms_schema_into_anothers(room):
    async with room.read() as session:
        rows = await session.execute(text(
            "SELECT a.relnamespace::regnamespace::text || '.' || a.relname AS from_table, "
            "b.relnamespace::regnamespace::text || '.' || b.relname AS to_table FROM pg_constraint k "
            "JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid WHERE k.contype = 'f' "
            "AND a.relnamespace <> b.relnamespace"
        ))  # fmt: skip
        assert rows.all() == []


async def test_an_unknown_word_never_reaches_a_table(room):
    from ils_app.kernel.inbox import InboxRow

    with pytest.raises(StatementError, match="not a valid"):
        async with room.unit_of_work() as uow:
            uow.session.add(InboxRow(source="x", delivery_id="1", body=b"", state="melted"))
