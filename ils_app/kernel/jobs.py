"""Durable jobs: work that is added in a room's own transaction and done at least once, by this process or another.

A job is named, so that a room running alone can add work for a handler it has never imported. Every job survives a
repeat. What a dead worker held is taken up again once its heart has stopped.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import procrastinate
from procrastinate import exceptions
from procrastinate import periodic as periodic_jobs
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.kernel import config, database, giving_back, log
from ils_app.kernel.events import EventRow, Fact, HeardRow

HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0
WORKER_CONNECTIONS = 12
LONGEST_WAIT_SECONDS = 300
POLL_SECONDS = 0.5  # a note that a job was added can be lost while the worker looks for one
RESTART_SECONDS = 1.0
FACTS = -10
"""The priority of telling facts on: whatever a room asked for itself, such as working a webhook, goes first."""
HISTORY = -20
SUBJECTS = (
    "order_id", "purchase_order_id", "invoice_id", "document_id", "patient_id", "supplier_id", "practice_id",
    "organisation_id", "user_id", "key",
)  # fmt: skip
"""What a fact is about, the nearest first."""

logger = log.get_logger(__name__)
book = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Every task of the process. Its connector is replaced by a real one while a worker runs."""

facts_priority: ContextVar[int] = ContextVar("facts_priority", default=FACTS)
"""The priority with which facts are told on that are recorded here; `as_history` lowers it."""

Work = TypeVar("Work", bound=Callable[..., Awaitable[object]])
FactT = TypeVar("FactT", bound=Fact)


@dataclass(frozen=True)
class Listener:
    """A room's ear for one kind of fact."""

    name: str
    fact: type[Fact]
    hear: Callable[[Any], Awaitable[None]]


_listeners: dict[str, Listener] = {}
_hearing: ContextVar[int] = ContextVar("hearing")


def heard_fact() -> int:
    """The number of the fact that is being heard, the same at every repeat. Raises LookupError outside a listener.

    What happened twice is two facts, so what must be done once for each is known by it.
    """
    return _hearing.get()


@dataclass(frozen=True)
class Patient(procrastinate.BaseRetryStrategy):
    """Try again after 2, 4, 8 … seconds, at most five minutes; a job out of attempts stays *failed* and is seen."""

    attempts: int

    def get_retry_decision(self, *, exception: BaseException, job: Any) -> procrastinate.RetryDecision | None:
        """When to try again, None when that was the last attempt."""
        if job.attempts >= self.attempts:
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": min(LONGEST_WAIT_SECONDS, 2 ** (job.attempts + 1))})


def task(name: str, *, attempts: int = 8) -> Callable[[Work], Work]:
    """Register the function as the job `room.verb`. Its arguments are JSON and it survives a repeat.

    Beside them a job carries the id of the request it was added for, and is done for that.
    """

    def register(function: Work) -> Work:
        async def worked(*, request_id: str | None = None, **args: Any) -> None:
            with log.for_request(request_id):
                await function(**args)

        book.task(name=name, retry=Patient(attempts))(worked)
        return function

    return register


def periodic(cron: str, name: str, *, attempts: int = 8) -> Callable[[Work], Work]:
    """Run the function by the clock, once in the whole system however many workers there are.

    It is tried again as any job is: what comes once a day must not be lost with a database that was away for a moment.
    """

    def register(function: Work) -> Work:
        async def tick(timestamp: int) -> None:
            await function()

        book.periodic(cron=cron)(book.task(name=name, queueing_lock=name, retry=Patient(attempts))(tick))
        return function

    return register


def listener(fact: type[FactT]) -> Callable[[Callable[[FactT], Awaitable[None]]], Callable[[FactT], Awaitable[None]]]:
    """Have the function hear every fact of this kind, once each, in a job of its own that survives a repeat."""

    def register(function: Callable[[FactT], Awaitable[None]]) -> Callable[[FactT], Awaitable[None]]:
        name = f"{function.__module__.removeprefix('ils_app.').removesuffix('.handlers')}.{function.__qualname__}"
        _listeners[name] = Listener(name, fact, function)
        return function

    return register


@contextlib.contextmanager
def as_history() -> Iterator[None]:
    """Have the facts recorded inside told when nothing of today waits: a demo or an import makes very many at once."""
    token = facts_priority.set(HISTORY)
    try:
        yield
    finally:
        facts_priority.reset(token)


def for_this_request(args: dict[str, Any]) -> dict[str, Any]:
    """A job's arguments, with the id of the request it is added for."""
    asked_by = log.request_id()
    return {**args, "request_id": asked_by} if asked_by else args


async def defer(
    session: AsyncSession,
    name: str,
    *,
    lock: str | None = None,
    once: str | None = None,
    schedule_at: datetime | None = None,
    priority: int = 0,
    args: dict[str, Any],
) -> None:
    """Add a job to the session's transaction: it runs after the commit, or never; a higher priority runs first."""

    async def add() -> None:
        raw = (await (await session.connection()).get_raw_connection()).driver_connection
        job = book.configure_task(
            name,
            allow_unknown=True,
            lock=lock,
            queueing_lock=once,
            schedule_at=schedule_at,
            priority=priority,
            connection=raw,
        )
        await job.defer_async(**for_this_request(args))

    if once is None:
        await add()
        return
    with contextlib.suppress(exceptions.AlreadyEnqueued):
        # The refusal must not take the room's own work with it. SQLAlchemy sets the savepoint when the connection is
        # asked for inside the block, so `add` asks for it there.
        async with session.begin_nested():
            await add()


@task("kernel.deliver")
async def deliver(event_id: int) -> None:
    """Hand a fact to each listener there is, one job each; a second delivery hands out nothing."""
    async with database.session() as session, session.begin():
        event = await session.get(EventRow, event_id)
        if event is None:
            return
        for ear in _listeners.values():
            if ear.fact.__name__ != event.name:
                continue
            fresh = await session.execute(
                insert(HeardRow)
                .values(event_id=event_id, listener=ear.name)
                .on_conflict_do_nothing()
                .returning(HeardRow.event_id)  # type: ignore[call-overload]
            )
            if fresh.first():
                args = {"event_id": event_id, "listener": ear.name}
                await defer(session, "kernel.hear", lock=ear.name + _subject(event.body), priority=FACTS, args=args)


def _subject(body: dict[str, Any]) -> str:
    """Facts about one thing reach a listener in the order they happened; those about others do not wait for them."""
    return ":" + next((str(body[name]) for name in SUBJECTS if body.get(name)), "")


@task("kernel.hear")
async def hear(event_id: int, listener: str) -> None:
    """Let one listener hear one fact."""
    ear = _listeners.get(listener)
    if ear is None:
        raise LookupError(listener)  # a room that was taken out; the job stays visible as failed
    async with database.session() as session:
        event = await session.get(EventRow, event_id)
    if event is not None:
        this = _hearing.set(event_id)
        try:
            with log.for_request(event.request_id), log.bound(event_id=event_id, listener=listener):
                await ear.hear(ear.fact.model_validate(event.body))
        finally:
            _hearing.reset(this)


@periodic("* * * * * */10", "kernel.rescue")
async def rescue() -> None:
    """Give the jobs of workers whose heart has stopped back to the queue."""
    for job in await book.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        if await _give_back(job):
            logger.warning("job_rescued", job=job.task_name, job_id=job.id)


async def _give_back(job: Any) -> bool:
    async with database.session() as session, session.begin():
        return await giving_back.held(session, job.id, job.worker_id) is not None


@contextlib.asynccontextmanager
async def _open() -> AsyncIterator[procrastinate.App]:
    url = config.current().require_libpq_url()
    connector = procrastinate.PsycopgConnector(
        conninfo=url,
        connection_class=database.Connection,
        kwargs=database.connect_options(url),
        min_size=1,
        max_size=WORKER_CONNECTIONS,
        timeout=database.CONNECT_SECONDS * 2,
    )
    with book.replace_connector(connector) as app:
        async with app.open_async():
            yield app


_letting_go: set[asyncio.Task[None]] = set()


async def _let_go(job: Any) -> None:
    """Give back a job that is over in all but the books. Its worker lives, so nobody else would ever take it up."""
    while True:
        await asyncio.sleep(RESTART_SECONDS)
        try:
            await _give_back(job)
            return
        except Exception:  # the database may be away for long
            logger.warning("job_held", job=job.task_name, job_id=job.id, exc_info=True)


async def _watched(call_next: Callable[[], Awaitable[Any]], context: Any, worker: Any) -> Any:
    """Log a job that failed with its name and id, never with what it carried; when it is over, look for the next.

    Procrastinate looks when a job is added. One that waited for this one's lock was added long ago.
    """

    def look_again(over: asyncio.Task[Any]) -> None:
        if not over.cancelled() and (error := over.exception()):  # done, but that could not be written down
            logger.warning("job_unfinished", job=context.job.task_name, job_id=context.job.id, exc_info=error)
            giving = asyncio.create_task(_let_go(context.job), name="let-go")
            _letting_go.add(giving)
            giving.add_done_callback(_letting_go.discard)
        worker._new_job_event.set()

    this = asyncio.current_task()
    assert this is not None
    this.add_done_callback(look_again)
    with log.bound(job=context.job.task_name, job_id=context.job.id):
        try:
            return await call_next()
        except Exception:
            logger.warning("job_attempt_failed", attempt=context.job.attempts + 1, exc_info=True)
            raise


@contextlib.asynccontextmanager
async def running(concurrency: int = 8) -> AsyncIterator[None]:
    """Work on jobs for as long as the block lasts; what is under way at its end is finished, up to ten seconds."""
    worker = asyncio.create_task(_keep_working(concurrency), name="job-worker")
    try:
        yield
    finally:
        for begun in (worker, *_letting_go):
            begun.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await begun


async def _keep_working(concurrency: int) -> None:
    """Work until cancelled; a worker that lost its database is followed by another as soon as there is one again."""
    while True:
        try:
            async with _open() as app:
                await rescue()
                await app.run_worker_async(
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    fetch_job_polling_interval=POLL_SECONDS,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    shutdown_graceful_timeout=10,
                    worker_middleware=[_watched],
                )
        except Exception:  # whatever broke it: a process without its worker would look alive and do nothing
            logger.warning("worker_lost", exc_info=True)
        await asyncio.sleep(RESTART_SECONDS)


async def work_off() -> None:
    """Do every job that is due now, one after another, and return; for tests and commands. Schedules rest meanwhile."""
    async with _open() as app:
        schedules, app.periodic_registry = app.periodic_registry, periodic_jobs.PeriodicRegistry()  # type: ignore[no-untyped-call]
        try:
            await app.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False, worker_middleware=[_watched]
            )
        finally:
            app.periodic_registry = schedules
