"""The facts of all rooms read back, newest first, a page at a time by key: what an audit asks of `kernel.event`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, literal, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel.events import EventRow

MOST_BRANCHES = 60
"""Of how many people or kinds the newest are looked up one by one; of more, all that match are sorted at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts: told by any of these people, about any of these ids, of these kinds, in this time. None is all."""

    actors: Collection[UUID] | None = None
    subjects: Collection[UUID] | None = None
    names: Collection[str] | None = None
    since: datetime | None = None  # from this moment on
    until: datetime | None = None  # up to but without this one
    by_people: bool = False  # without what ILS did by itself


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended."""

    at: datetime
    id: int


async def listed(
    session: AsyncSession, wanted: Wanted, *, after: Place | None = None, limit: int = 50
) -> Sequence[EventRow]:
    """Facts, newest first. An index answers whatever is asked for: time, actor, kind or subject."""
    if any(asked is not None and not asked for asked in (wanted.actors, wanted.subjects, wanted.names)):
        return []
    bounds = _bounds(wanted, after)
    if wanted.subjects:
        bounds.append(col(EventRow.subjects).overlap(list(wanted.subjects)))  # type: ignore[attr-defined]
    newest = (col(EventRow.at).desc(), col(EventRow.id).desc())
    branches = _branches(wanted)
    if branches is None:
        query: Any = select(EventRow).where(*bounds).order_by(*newest).limit(limit)
        return (await session.execute(query)).scalars().all()
    # Of each person or kind the newest, by its own index; of those together the newest.
    parts = [
        select(col(EventRow.id), col(EventRow.at)).where(branch, *bounds).order_by(*newest).limit(limit)
        for branch in branches
    ]
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    keys = select(found.c.id).order_by(found.c.at.desc(), found.c.id.desc()).limit(limit)
    query = select(EventRow).where(col(EventRow.id).in_(keys)).order_by(*newest)
    return (await session.execute(query)).scalars().all()


async def one(session: AsyncSession, fact_id: int) -> EventRow | None:
    """One fact by its number."""
    return await session.get(EventRow, fact_id)


def _bounds(wanted: Wanted, after: Place | None) -> list[Any]:
    bounds: list[Any] = [col(EventRow.actor_id).is_not(None)] if wanted.by_people else []
    if wanted.since is not None:
        bounds.append(col(EventRow.at) >= wanted.since)
    if wanted.until is not None:
        bounds.append(col(EventRow.at) < wanted.until)
    if after is not None:
        bounds.append(tuple_(col(EventRow.at), col(EventRow.id)) < tuple_(literal(after.at), literal(after.id)))
    return bounds


def _branches(wanted: Wanted) -> list[Any] | None:
    actors, names = wanted.actors, wanted.names
    if actors is None and names is None:
        return None
    many = len(actors if actors is not None else names or ()) > MOST_BRANCHES
    if wanted.subjects or many:  # of subjects there are few rows each: filtered as they are
        return [and_(*_filters(actors, names))]
    if actors is not None:
        return [and_(col(EventRow.actor_id) == one, *_filters(None, names)) for one in actors]
    return [col(EventRow.name) == one for one in names or ()]


def _filters(actors: Collection[UUID] | None, names: Collection[str] | None) -> list[Any]:
    filters: list[Any] = []
    if actors is not None:
        filters.append(col(EventRow.actor_id).in_(list(actors)))
    if names is not None:
        filters.append(col(EventRow.name).in_(list(names)))
    return filters


__all__ = ["Place", "Wanted", "listed", "one"]
