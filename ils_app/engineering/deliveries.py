"""What the LIMS has told ILS and what became of it; jobs that have given up."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ils_app.engineering.events import DeliveryReplayed, JobRetried
from ils_app.engineering.rule_sets import room
from ils_app.engineering.schemas import DeliveryCounts, DeliveryPage, FailedJob
from ils_app.kernel import failed_jobs as kernel_failed_jobs
from ils_app.kernel import giving_back, inbox
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.inbox import DeliveryState, DeliveryView
from ils_app.kernel.permissions import door

PAGE: Final = 25
WORKED_BY: Final = {
    "lims-catalog-update": "catalog.apply_update",
    "lims-status": "orders.apply_status",
    "stripe": "billing.apply_stripe",
}
"""The durable job that works the deliveries of each source."""


@door("deliveries.read")
async def deliveries(
    actor: Actor,
    *,
    state: DeliveryState | None = None,
    source: str | None = None,
    request_id: str | None = None,
    within: timedelta | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> DeliveryPage:
    """Webhook deliveries, newest first, a page at a time. Raises Invalid for a cursor that is none.

    `request_id` finds those that come from one click.
    """
    before = _read_cursor(cursor) if cursor else None
    rows = await inbox.deliveries(
        state=state, source=source, request_id=request_id, within=within, before=before, limit=min(limit, 100) + 1
    )
    page, more = rows[: min(limit, 100)], len(rows) > min(limit, 100)
    last = page[-1] if page else None
    next_cursor = f"{last.received_at.isoformat()}~{last.id}" if more and last else None
    return DeliveryPage(rows=tuple(page), next_cursor=next_cursor)


@door("deliveries.read")
async def delivery(actor: Actor, delivery_id: UUID) -> DeliveryView:
    """One delivery, with its body. Raises NotFound."""
    return await inbox.delivery(delivery_id)


@door("deliveries.read")
async def delivery_counts(actor: Actor) -> DeliveryCounts:
    """How the last seven days' deliveries stand, and how many jobs have given up."""
    by_state = await inbox.counts()
    async with room.read() as session:
        failed = await kernel_failed_jobs.count(session)
    return DeliveryCounts(by_state={state: by_state.get(state, 0) for state in DeliveryState}, failed_jobs=failed)


@door("deliveries.replay")
async def replay(actor: Actor, delivery_id: UUID) -> DeliveryView:
    """Have a delivery worked again; what is already true does not change. Raises NotFound."""
    view = await inbox.replay(delivery_id, WORKED_BY)
    async with room.unit_of_work() as uow:
        uow.emit(DeliveryReplayed(inbox_id=delivery_id, by=actor.user_id))
    return view


@door("deliveries.read")
async def failed_jobs(actor: Actor, *, limit: int = 50) -> list[FailedJob]:
    """Durable jobs that have used up their attempts, newest first."""
    async with room.read() as session:
        found = await kernel_failed_jobs.listed(session, min(limit, 200))
    return [
        FailedJob(id=one.id, task=one.task, args=one.args, attempts=one.attempts, failed_at=one.failed_at)
        for one in found
    ]


@door("deliveries.replay")
async def retry_job(actor: Actor, job_id: int) -> None:
    """Give a job that has given up back to the queue; every job survives a repeat. Raises NotFound."""
    async with room.unit_of_work() as uow:
        task = await giving_back.failed(uow.session, job_id)
        if task is None:
            raise NotFound("There is no such failed job.")
        uow.emit(JobRetried(job_id=job_id, task=task, by=actor.user_id))
        uow.publish(inbox.TOPIC)


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, _, row_id = cursor.partition("~")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError
        return moment, UUID(row_id)
    except ValueError:
        raise Invalid("This is not a cursor of the list.", fields={"cursor": "Begin with the first page."}) from None
