"""A room's way to its tables: one door call, one transaction, and what it tells others goes with it or not at all."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.kernel import database, jobs, live
from ils_app.kernel.actor import nobody_acting
from ils_app.kernel.events import Fact, record_of

NOTE_TOPICS = 100
"""How many topics go into one note: PostgreSQL carries eight thousand bytes, and more would break the change itself."""

SEAL = """
WITH told AS (
    INSERT INTO kernel.event (name, body, at, actor_id, actor_role, request_id, subjects)
    SELECT name, body, at, actor_id, actor_role, request_id, subjects
    FROM ROWS FROM (jsonb_to_recordset(%(facts)s::jsonb) AS (
        name text, body jsonb, at timestamptz, actor_id uuid, actor_role text, request_id text, subjects uuid[]
    )) WITH ORDINALITY AS fact (name, body, at, actor_id, actor_role, request_id, subjects, place)
    ORDER BY place RETURNING id
), wanted AS (
    SELECT 0 AS kind, place, task, 0 AS priority, lock, args, at
    FROM ROWS FROM (jsonb_to_recordset(%(jobs)s::jsonb) AS (task text, lock text, args jsonb, at timestamptz))
        WITH ORDINALITY AS job (task, lock, args, at, place)
    UNION ALL
    SELECT 1, id, 'kernel.deliver', %(priority)s, NULL, jsonb_build_object('event_id', id), NULL FROM told
), added AS (
    SELECT procrastinate_defer_jobs_v1(array_agg(
        ROW('default', task, priority, lock, NULL, args, at)::procrastinate_job_to_defer_v1 ORDER BY kind, place))
    FROM wanted HAVING count(*) > 0
), noted AS (
    SELECT pg_notify(%(channel)s, note) FROM unnest(%(notes)s::text[]) AS note
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM noted)
"""
"""All a change tells, in one statement: the jobs it wants, its facts with the jobs that carry them, its notes."""


class UnitOfWork:
    """What belongs to one transaction: rows, facts, jobs, and the live topics to publish once it is true."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.facts: list[Fact] = []
        self.topics: list[str] = []
        self._jobs: list[dict[str, Any]] = []

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
        if once is not None:  # it may be refused, and that must not take the rest with it
            await jobs.defer(self.session, task, lock=lock, once=once, schedule_at=schedule_at, args=args)
            return
        at = schedule_at.isoformat() if schedule_at else None
        self._jobs.append({"task": task, "lock": lock, "args": jobs.for_this_request(args), "at": at})

    async def _seal(self) -> None:
        """Write what is told and wanted, last thing before the commit."""
        await self.session.flush()
        parts = (self.topics[start : start + NOTE_TOPICS] for start in range(0, len(self.topics), NOTE_TOPICS))
        notes = [note for part in parts if (note := live.note(part))]
        if not (self.facts or self._jobs or notes):
            return
        values = {
            "facts": json.dumps([record_of(fact) for fact in self.facts]), "jobs": json.dumps(self._jobs),
            "priority": jobs.facts_priority.get(), "channel": live.CHANNEL, "notes": notes,
        }  # fmt: skip
        await (await self.session.connection()).exec_driver_sql(SEAL, values)


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
