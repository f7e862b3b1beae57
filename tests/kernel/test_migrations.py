"""Migrations make the tables the models say, come down again, and wait for each other."""

import asyncio
import os
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def empty(postgres):
    """The address of an empty database."""
    name = f"m_{os.getpid()}"
    libpq = postgres.replace("postgresql+psycopg://", "postgresql://", 1)

    def run(statement: str) -> None:
        with psycopg.connect(libpq, autocommit=True) as connection:
            connection.execute(statement)

    await asyncio.to_thread(run, f"CREATE DATABASE {name}")
    head, _, tail = postgres.rpartition("/")
    yield f"{head}/{name}" + (f"?{tail.split('?', 1)[1]}" if "?" in tail else "")
    await asyncio.to_thread(run, f"DROP DATABASE {name} WITH (FORCE)")


def alembic_of(url: str) -> Config:
    alembic = Config(toml_file=ROOT / "pyproject.toml")
    alembic.attributes["url"] = url
    return alembic


async def test_models_and_migrations_agree(database):
    await asyncio.to_thread(command.check, alembic_of(database))


def shape(url: str) -> list[tuple]:
    """Everything a database holds, by name: tables, columns, constraints, indexes, functions, triggers."""
    question = """
        SELECT 'column', table_schema, table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
        FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
        UNION ALL SELECT 'constraint', connamespace::regnamespace::text, conname || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
        UNION ALL SELECT 'index', schemaname, indexdef FROM pg_indexes WHERE schemaname NOT LIKE 'pg_%'
        UNION ALL
        SELECT 'function', pronamespace::regnamespace::text, proname || pg_get_function_identity_arguments(oid)
        FROM pg_proc WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
        UNION ALL SELECT 'type', typnamespace::regnamespace::text, typname FROM pg_type
        WHERE typnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        UNION ALL SELECT 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal
        UNION ALL SELECT 'schema', '', nspname FROM pg_namespace WHERE nspname !~ '^pg_|information_schema'
        ORDER BY 1, 2, 3
    """
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        return connection.execute(question).fetchall()


async def test_every_step_up_comes_down_again_and_up_once_more(empty):
    def round_trip() -> tuple:
        alembic = alembic_of(empty)
        before = shape(empty)
        command.upgrade(alembic, "head")
        first = shape(empty)
        steps = list(ScriptDirectory.from_config(alembic).walk_revisions())
        for _ in steps:
            command.downgrade(alembic, "-1")
        bare = [line for line in shape(empty) if "alembic_version" not in line[2]]
        command.upgrade(alembic, "head")
        return before, bare, first, shape(empty)

    before, bare, first, again = await asyncio.to_thread(round_trip)
    assert bare == before
    assert again == first
    assert len(first) > 200


async def test_processes_that_migrate_at_once_wait_for_each_other(empty):
    import sys

    async def migrate() -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ils_app", "migrate", cwd=ROOT, env={**os.environ, "DATABASE_URL": empty},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return await process.wait()

    assert await asyncio.gather(migrate(), migrate(), migrate()) == [0, 0, 0]


def test_there_is_one_line_of_migrations():
    assert len(ScriptDirectory.from_config(alembic_of("")).get_heads()) == 1
