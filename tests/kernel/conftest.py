"""What the kernel's tests share: a fact, a room of their own, and a look at what a transaction left behind."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from ils_app.kernel import jobs
from ils_app.kernel.room import Room


@pytest.fixture
def room(database: str) -> Room:
    """A room that borrows the kernel's own tables."""
    return Room("kernel")


@pytest.fixture
def sql(database: str) -> Callable[..., Awaitable[list[Any]]]:
    """Runs a statement and commits; answers its rows."""

    async def run(statement: str, **values: Any) -> list[Any]:
        async with Room("kernel").unit_of_work() as uow:
            result = await uow.session.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    return run


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> dict[str, jobs.Listener]:
    """The listeners there are, none at first and gone afterwards."""
    heard: dict[str, jobs.Listener] = {}
    monkeypatch.setattr(jobs, "_listeners", heard)
    return heard
