"""What every test may ask for: a real PostgreSQL with a fresh database, settings that point at it, jobs worked off."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.planted import pytest_runtest_makereport, pytest_sessionfinish

__all__ = ["pytest_runtest_makereport", "pytest_sessionfinish"]

ROOT = Path(__file__).resolve().parents[1]
os.environ.update(
    ILS_ENV="test",
    REFLEX_STATE_MANAGER_MODE="memory",
    REFLEX_TELEMETRY_ENABLED="false",
    REFLEX_CHECK_LATEST_VERSION="false",
    __REFLEX_SKIP_COMPILE="true",
)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as shells leave it to what they start in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl-C of what the tests start must not be deaf too
for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "PORT", "LIMS_API_BASE_URL"):
    os.environ.pop(name, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long ones out unless they are asked for by their mark."""
    if "soak" not in config.option.markexpr:
        long = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def ils_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of its own for `.ils/`, so that no test meets a developer's."""
    home = tmp_path_factory.mktemp("home")
    os.environ["ILS_HOME"] = str(home)
    from ils_app.kernel import config

    config.current.cache_clear()
    yield home
    os.environ.pop("ILS_HOME", None)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, ils_home: Path) -> Iterator[str]:
    """The address of a running PostgreSQL whose database `template_ils` has every migration applied."""
    from alembic import command
    from alembic.config import Config

    from ils_app.kernel import postgres

    server = postgres.temporary(tmp_path_factory.mktemp("postgres"))
    try:
        with psycopg.connect(_libpq(server.url), autocommit=True) as connection:
            connection.execute("CREATE DATABASE template_ils")
        alembic = Config(toml_file=ROOT / "pyproject.toml")
        alembic.attributes["url"] = _named(server.url, "template_ils")
        command.upgrade(alembic, "head")
        yield server.url
    finally:
        server.stop()


@pytest.fixture
async def database(postgres: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A fresh database for one test; the process's settings point at it."""
    from ils_app.kernel import clock, config
    from ils_app.kernel import database as kernel_database

    name = f"t_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**10}"
    await asyncio.to_thread(_execute, postgres, f"DROP DATABASE IF EXISTS {name}")
    await asyncio.to_thread(_execute, postgres, f"CREATE DATABASE {name} TEMPLATE template_ils")
    os.environ["DATABASE_URL"] = _named(postgres, name)
    config.current.cache_clear()
    try:
        yield os.environ["DATABASE_URL"]
    finally:
        await kernel_database.close()
        clock.set_lab_zone(clock.USUAL_ZONE)
        os.environ.pop("DATABASE_URL", None)
        config.current.cache_clear()
        await asyncio.to_thread(_execute, postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def work_off(database: str) -> Callable[[], Awaitable[None]]:
    """Does every durable job that is due, as the worker would, with every room's ears open."""
    from ils_app import rooms
    from ils_app.kernel import jobs

    rooms.import_handlers()
    return jobs.work_off


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _named(url: str, name: str) -> str:
    head, _, tail = url.rpartition("/")
    query = "?" + tail.split("?", 1)[1] if "?" in tail else ""
    return f"{head}/{name}{query}"


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(_libpq(url), autocommit=True) as connection:
        connection.execute(statement)
