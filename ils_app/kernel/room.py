"""A room's way to its tables: one door call, one transaction, and what it tells others goes with it or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.kernel import database, jobs, live
from ils_app.kernel.actor import nobody_acting
from ils_app.kernel.events import Fact, row_of

NOTE_TOPICS = 100
"""How many topics go into one note: PostgreSQL carries eight thousand bytes, and more would break the change itself."""


class UnitOfWork:
    """What belongs to one transaction: rows, facts, jobs, and the live topics to publish once it is true."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.facts: list[Fact] = []
        self.topics: list[str] = []

    def emit(self, fact: Fact) -> None:
        """Record a fact with this change; every listener hears it once, after the commit."""
        self.facts.append(fact)

    def publish(self, *topics: str) -> None:
        """Tell open browsers, after the commit, that what stands behind these topics has changed."""
        self.topics.extend(topic for topic in topics if topic not in self.topics)

    async def enqueue(
        self,
        task: str,
        *,
        lock: str | None = None,
        once: str | None = None,
        schedule_at: datetime | None = None,
        **args: Any,
    ) -> None:
        """Add a durable job to this transaction, by name. Jobs with one `lock` run in order, one at a time.

        With `once`, nothing is added while a job of that key still waits.
        """
        await jobs.defer(self.session, task, lock=lock, once=once, schedule_at=schedule_at, args=args)

    async def _seal(self) -> None:
        """Write the facts and what carries them, last thing before the commit."""
        priority = jobs.facts_priority.get()
        for fact in self.facts:
            row = row_of(fact)
            self.session.add(row)
            await self.session.flush()
            await jobs.defer(self.session, "kernel.deliver", priority=priority, args={"event_id": row.id})
        for start in range(0, len(self.topics), NOTE_TOPICS):
            if note := live.note(self.topics[start : start + NOTE_TOPICS]):
                await self.session.execute(
                    text("SELECT pg_notify(:channel, :note)"), {"channel": live.CHANNEL, "note": note}
                )


class Room:
    """One domain's tables, reached only from its own door."""

    def __init__(self, name: str) -> None:
        self.name = name

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """Open a transaction; leave it clean and it commits, leave it with an error and nothing has happened.

        No network call belongs inside.
        """
        async with database.session() as session:
            uow = UnitOfWork(session)
            async with session.begin():
                yield uow
                await uow._seal()
        if uow.topics:
            with nobody_acting():  # what open pages do next is their own people's doing
                await live.spread(uow.topics)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a session to read with; whatever is done in it is rolled back."""
        async with database.session() as session:
            yield session
