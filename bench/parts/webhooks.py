"""How many webhooks a second are taken, and how many a worker works, also while ten thousand jobs wait."""

from __future__ import annotations

from collections.abc import Iterable

from bench.filling import fill
from bench.goals import REPORTED, Goal
from bench.house import House
from bench.measuring import Sample, in_turns
from bench.results import Result

JOBS, ORDERS = 1_500, 6_000
AT_ONCE = 20
WAITING = 10_000
STATUSES = ("in_production", "quality_check")
ACCEPTED = Goal("≥ 0.8 × verify + INSERT + one deferred job", ratio_at_least=0.8)
WORKED = Goal("≥ 200/s, ≥ 0.6 × a no-op job", at_least=200, ratio_at_least=0.6)
UNHINDERED = Goal("≥ 0.8 × with none waiting", ratio_at_least=0.8)
# Half of them not due for an hour and older than what is measured, half due and behind it; none finds anything to do.
WAIT = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)
SELECT 'default', 'orders.apply_status', jsonb_build_object('inbox_id', gen_random_uuid()), {when}
FROM generate_series(1, %s)"""
FORGET = (
    "DELETE FROM procrastinate_jobs WHERE status = 'todo'",
    "DELETE FROM kernel.inbox WHERE source = 'lims-status'",
)
MEASURED = "SELECT count(*) FILTER (WHERE worked_at IS NULL) FROM kernel.inbox WHERE source = 'lims-status'"
PER_SECOND = """
SELECT (count(*) - 1) / extract(epoch FROM max(worked_at) - min(worked_at)) FROM kernel.inbox
WHERE source = 'lims-status'"""
SINCE_THE_FIRST = """
SELECT count(*) / extract(epoch FROM now() - min(worked_at)) FROM kernel.inbox WHERE source = 'lims-status'"""
FOLLOWING = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name LIKE 'kernel.%%'"


class Deliveries:
    """Sends the same jobs' next words, round after round, and has them worked."""

    def __init__(self, house: House) -> None:
        self._house, self._ils, self._sequence = house, house.ils, 10

    def accepted(self, url: str, *, waiting: int = 0) -> Sample:
        """Deliveries taken per second by the server at this address; no worker runs."""
        self._have_waiting(waiting)
        sample = self._send(url)
        self._forget()
        return sample

    def worked(self, *, waiting: int = 0) -> Sample:
        """Deliveries worked per second by one worker: applied to their orders, and with all that follows."""
        self._have_waiting(waiting // 2, later=True)
        self._send(self._ils.url)
        self._have_waiting(waiting // 2)
        self._ils.start_worker()
        self._house.until(lambda: self._ils.sql(MEASURED)[0][0] == 0, "webhooks are left")
        sample = {"per_second": float(self._ils.sql(PER_SECOND)[0][0])}
        self._house.until(lambda: self._ils.sql(FOLLOWING)[0][0] == 0, "facts are left")
        sample["followed"] = float(self._ils.sql(SINCE_THE_FIRST)[0][0])
        self._ils.worker.stop()
        self._forget()
        return sample

    def _send(self, url: str) -> Sample:
        self._sequence += 1
        status = STATUSES[self._sequence % 2]
        secret = self._ils.environ["LIMS_WEBHOOK_SECRET"]
        found = self._house.load("loads.deliveries", url, secret, status, self._sequence, JOBS, AT_ONCE)
        if found["failures"]:
            raise RuntimeError(f"deliveries were refused: {found['failures']}")
        sample: Sample = found["sample"]
        return sample

    def _have_waiting(self, jobs: int, *, later: bool = False) -> None:
        if jobs:
            self._ils.sql(WAIT.format(when="now() + interval '1 hour'" if later else "NULL"), jobs)

    def _forget(self) -> None:
        for statement in FORGET:
            self._ils.sql(statement)
        for table in ("procrastinate_jobs", "procrastinate_events", "kernel.inbox"):
            self._ils.sql(f"VACUUM (ANALYZE) {table}")


def measure(house: House) -> Iterable[Result]:
    """Taken and worked, with an empty queue and with a full one."""
    ils = house.ils
    ils.worker.stop()
    fill(ils.database_url, ORDERS)
    twin_url = house.asgi("webhook-twin", "bench.twins.webhook:app", ils.environ)
    deliveries = Deliveries(house)
    deliveries.accepted(ils.url)  # warm-up
    found = in_turns(
        house.rounds,
        ours=lambda: deliveries.accepted(ils.url),
        twin=lambda: deliveries.accepted(twin_url),
        full=lambda: deliveries.accepted(ils.url, waiting=WAITING),
    )
    yield from house.results(
        "webhooks: accepted", found, [("per_second", "", "/s", ACCEPTED), ("p99", "p99", "ms", REPORTED)]
    )
    full = {"ours": found["full"], "twin": found["ours"]}
    about = f"webhooks: accepted, {WAITING:,} jobs waiting, beside none waiting"
    yield from house.results(about, full, [("per_second", "", "/s", UNHINDERED)])
    found = in_turns(
        house.rounds,
        ours=deliveries.worked,
        twin=lambda: house.load("twins.noop_worker", JOBS, environ=ils.environ),
        full=lambda: deliveries.worked(waiting=WAITING),
    )
    yield from house.results("webhooks: worked by one worker", found, [("per_second", "", "/s", WORKED)])
    full = {"ours": found["full"], "twin": found["ours"]}
    about = f"webhooks: worked, {WAITING:,} jobs waiting, beside none waiting"
    yield from house.results(about, full, [("per_second", "", "/s", UNHINDERED)])
    yield house.result("webhooks: worked, with the board's card and every fact heard", found["ours"]["followed"], "/s")
