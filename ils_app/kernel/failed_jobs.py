"""Durable jobs that have used up their attempts, for the engineer to see; `giving_back` gives them back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_FAILED = text(
    "SELECT job.id, job.task_name, job.args, job.attempts, max(event.at) AS failed_at FROM procrastinate_jobs AS job "
    "LEFT JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'failed' "
    "WHERE job.status = 'failed' GROUP BY job.id ORDER BY job.id DESC LIMIT :limit"
)
_COUNT = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that has given up. `args` holds ids."""

    id: int
    task: str
    args: dict[str, Any]
    attempts: int
    failed_at: datetime | None


async def listed(session: AsyncSession, limit: int = 50) -> list[FailedJob]:
    """The jobs that have given up, newest first."""
    rows = await session.execute(_FAILED, {"limit": limit})
    return [FailedJob(*row) for row in rows]


async def count(session: AsyncSession) -> int:
    """How many jobs have given up."""
    return int((await session.execute(_COUNT)).scalar_one())
