"""Giving a job back to the queue: one that failed, one whose worker died, one whose end could not be written down."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

_FAILED = text("SELECT task_name FROM procrastinate_jobs WHERE id = :id AND status = 'failed' FOR UPDATE")
_HELD = text(
    "SELECT task_name FROM procrastinate_jobs WHERE id = :id AND status = 'doing'"
    " AND worker_id IS NOT DISTINCT FROM :worker_id FOR UPDATE"
)
_RETRY = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")
_DROP = text("DELETE FROM procrastinate_jobs WHERE id = :id")


async def failed(session: AsyncSession, job_id: int) -> str | None:
    """Give back a job that has given up; its task's name, None when it is not (or no longer) a failed one."""
    return await _give_back(session, job_id, (await session.execute(_FAILED, {"id": job_id})).scalar_one_or_none())


async def held(session: AsyncSession, job_id: int, worker_id: int | None) -> str | None:
    """Give back a job that this worker holds and does not work on; None when it is done, or another's by now."""
    found = await session.execute(_HELD, {"id": job_id, "worker_id": worker_id})
    return await _give_back(session, job_id, found.scalar_one_or_none())


async def _give_back(session: AsyncSession, job_id: int, task: Any) -> str | None:
    """Of jobs that are added once, one waits at a time: where that one is there already, this one goes."""
    if task is None:
        return None
    try:
        async with session.begin_nested():
            await session.execute(_RETRY, {"id": job_id})
    except IntegrityError:
        await session.execute(_DROP, {"id": job_id})
    return str(task)
