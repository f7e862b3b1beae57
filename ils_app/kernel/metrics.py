"""What a process counts for Prometheus: names, units and labels in one place, none of them a person's or a patient's.

Each process counts its own; several app processes on one machine share a folder (`PROMETHEUS_MULTIPROC_DIR`), which
`serve --workers` sets. A worker tells its figures on a port of its own. The durable jobs are the same for everybody:
they are read from the database when somebody asks.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ils_app.kernel import database, log
from lims_client.breaker import BreakerState
from lims_client.hooks import AttemptFailed, BreakerChanged, ResponseReceived

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
REGISTRY: Final = CollectorRegistry()
CLICK_BUCKETS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10)
PUSH_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
WORK_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

SUBMISSION_SECONDS: Final = Histogram(
    "order_submission_duration_seconds",
    "From the call of the door to its answer; the LIMS's part is in it.",
    ["outcome"],
    buckets=CLICK_BUCKETS,
    registry=REGISTRY,
)
SUBMISSIONS: Final = Counter(
    "order_submissions",
    "Orders placed, by what came of it: sent, waiting, refused, rejected, repeated.",
    ["outcome"],
    registry=REGISTRY,
)
LIMS_SECONDS: Final = Histogram(
    "lims_request_duration_seconds",
    "One attempt of a call to the LIMS; `outcome` is the class of its answer, or the error's name.",
    ["operation", "outcome"],
    buckets=CLICK_BUCKETS,
    registry=REGISTRY,
)
BREAKER: Final = Gauge(
    "lims_breaker_state",
    "The breaker before the LIMS: 0 closed, 1 half open, 2 open.",
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
WEBHOOK_SECONDS: Final = Histogram(
    "webhook_processing_duration_seconds",
    "From accepting a delivery to having worked it.",
    ["source", "outcome"],
    buckets=WORK_BUCKETS,
    registry=REGISTRY,
)
FORGED: Final = Counter(
    "webhook_signature_failures", "Deliveries whose signature proved nothing.", ["source"], registry=REGISTRY
)
SESSIONS: Final = Gauge(
    "live_sessions", "Open tabs that are told of changes.", registry=REGISTRY, multiprocess_mode="livesum"
)
PUSH_SECONDS: Final = Histogram(
    "push_fan_out_seconds",
    "From hearing of a change to having told every tab of this process that shows it.",
    buckets=PUSH_BUCKETS,
    registry=REGISTRY,
)

JOBS: Final = Gauge(
    "jobs",
    "Durable jobs: waiting (due), scheduled (later), doing, failed (given up).",
    ["state"],
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)
JOBS_AGE: Final = Gauge(
    "jobs_oldest_age_seconds",
    "How long the oldest job has been in its state.",
    ["state"],
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)

_BREAKER_VALUES: Final = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}
_STATES: Final = ("waiting", "scheduled", "doing", "failed")
_JOBS: Final = text("""
    SELECT CASE WHEN status <> 'todo' THEN status::text WHEN scheduled_at > now() THEN 'scheduled' ELSE 'waiting' END,
           count(*), extract(epoch FROM now() - min(CASE WHEN scheduled_at > now() THEN told.at
                                                    ELSE greatest(told.at, scheduled_at) END))
    FROM procrastinate_jobs AS job
    LEFT JOIN LATERAL (SELECT max(at) AS at FROM procrastinate_events WHERE job_id = job.id) AS told ON true
    WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1
""")


logger = log.get_logger(__name__)


@dataclass(slots=True)
class Submission:
    """One placing of an order; `outcome` is what came of it, `rejected` until somebody says better."""

    outcome: str = "rejected"


@contextmanager
def submission() -> Iterator[Submission]:
    """Around one placing of an order: counts it by its outcome, and how long it took."""
    began, one = time.perf_counter(), Submission()
    try:
        yield one
    finally:
        SUBMISSION_SECONDS.labels(one.outcome).observe(time.perf_counter() - began)
        SUBMISSIONS.labels(one.outcome).inc()


def lims_answered(event: ResponseReceived) -> None:
    """Count an answer of the LIMS by its class (`2xx`)."""
    LIMS_SECONDS.labels(event.operation, f"{event.status_code // 100}xx").observe(event.seconds)


def lims_failed(event: AttemptFailed) -> None:
    """Count an attempt that brought no answer that counts."""
    LIMS_SECONDS.labels(event.operation, event.error).observe(event.seconds)


def breaker_changed(event: BreakerChanged) -> None:
    """Show what the breaker is now."""
    BREAKER.set(_BREAKER_VALUES[event.after])


async def told() -> bytes:
    """Everything counted so far, in Prometheus's text format; the jobs are counted now."""
    await _count_jobs()
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    everybodys = CollectorRegistry()
    MultiProcessCollector(everybodys)  # type: ignore[no-untyped-call]
    return generate_latest(everybodys)


@contextmanager
def served(port: int) -> Iterator[None]:
    """Tell this process's figures on a loopback port while the block lasts; nowhere when it is 0.

    The jobs are left to the app: they are the same for everybody.
    """
    if not port:
        yield
        return
    server, thread = start_http_server(port, addr="127.0.0.1", registry=REGISTRY)
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


async def _count_jobs() -> None:
    try:
        async with database.session() as session:
            found = {state: (count, age) for state, count, age in await session.execute(_JOBS)}
    except (SQLAlchemyError, OSError) as error:  # what was counted here is worth telling all the more then
        logger.warning("jobs_uncounted", error=type(error).__name__)
        JOBS.clear()
        JOBS_AGE.clear()
        return
    for state in _STATES:
        count, age = found.get(state, (0, 0))
        JOBS.labels(state).set(count)
        JOBS_AGE.labels(state).set(float(age or 0))
