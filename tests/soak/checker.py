"""What must hold between ILS's database, the LIMS's and what clients were told, once everything has settled.

Each check reads the stored rows and nothing else: no door, no cache, no model of ILS says whether ILS is right.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ils_app.orders.models import ORDER_STATUS
from lims_client.models import JobStatus
from tests.soak.told import Told

Sql = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Violation:
    """One thing that is not as it must be."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


@dataclass(frozen=True)
class LimsJob:
    """A job as it stands in the LIMS's own books."""

    job_id: str
    order_number: str
    status: str
    sequence: int
    history: tuple[tuple[int, str, str | None], ...]  # sequence, status, what it was before

    def told(self) -> list[tuple[int, str]]:
        """The changes of status, as an order's timeline must have them."""
        return [(sequence, status) for sequence, status, previous in self.history if previous != status]


@dataclass(frozen=True)
class Lims:
    """The LIMS's books, read while it stands still."""

    jobs: tuple[LimsJob, ...]
    delivered: dict[str, tuple[str, int]]  # delivery id → job id and sequence of what ILS said it has


def lims_of(path: Path) -> Lims:
    """Read the file of a sandbox that does not run."""
    connection = sqlite3.connect(path)
    try:
        history: dict[int, list[tuple[int, str, str | None]]] = {}
        for job, *entry in connection.execute(
            "SELECT job, sequence, status, previous_status FROM history ORDER BY job, sequence"
        ):
            history.setdefault(job, []).append((entry[0], entry[1], entry[2]))
        jobs = tuple(
            LimsJob(job_id, number or "", status, sequence, tuple(history.get(row, ())))
            for row, job_id, number, status, sequence in connection.execute(
                "SELECT number, job_id, order_number, status, sequence FROM job ORDER BY number"
            )
        )
        delivered = {
            delivery: (subject, sequence)
            for delivery, subject, sequence in connection.execute(
                "SELECT id, subject, json_extract(body, '$.sequence') FROM delivery"
                " WHERE state = 'delivered' AND type = 'job.status_changed'"
            )
        }
    finally:
        connection.close()
    return Lims(jobs, delivered)


def check(sql: Sql, lims: Lims, told: Told) -> list[Violation]:
    """Everything that is wrong; nothing, when all is well."""
    return [
        *(Violation("surprise", one) for one in told.surprises),
        *_orders(sql, lims, told),
        *_timelines(sql, lims),
        *_webhooks(sql, lims, told),
        *_facts(sql),
        *_money(sql, told),
        *_jobs(sql),
        *_orphans(sql),
    ]


def _orders(sql: Sql, lims: Lims, told: Told) -> Iterator[Violation]:
    """Each accepted order once on both sides, standing where the LIMS says."""
    rows = sql('SELECT id::text, number, status, job_id, lims_sequence, cancel_requested, refused FROM orders."order"')
    ours = {row[0]: row for row in rows}
    numbers, jobs = Counter(job.order_number for job in lims.jobs), {job.job_id: job for job in lims.jobs}
    for number, times in numbers.items():
        if times > 1:
            yield Violation("doubled", f"{number} is {times} jobs in the LIMS")
    known = {row[3] for row in rows}
    for job in lims.jobs:
        if job.job_id not in known:
            yield Violation("unknown", f"{job.job_id} of {job.order_number} is in the LIMS and no order's")
    for key, order_id in told.orders.items():
        if order_id not in ours:
            yield Violation("lost", f"order {order_id} ({key}) was accepted and is gone")
    for _, number, status, job_id, sequence, cancelling, refused in rows:
        if status == "draft":
            continue
        found = jobs.get(job_id)
        if found is None:
            if job_id or not (status == "cancelled" or refused):
                yield Violation("lost", f"{number} ({status}, {job_id or 'no job'}) is not in the LIMS")
        elif (status, sequence) != (ORDER_STATUS[JobStatus(found.status)], found.sequence):
            yield Violation(
                "behind", f"{number} is {status} at {sequence}, {job_id} {found.status} at {found.sequence}"
            )
        if cancelling:
            yield Violation("undecided", f"{number} is still to be cancelled")
    said_no = {row[0] for row in sql("SELECT order_id::text FROM orders.timeline WHERE what = 'Not cancelled'")}
    for order_id in told.cancelled:
        if order_id in ours and ours[order_id][2] != "cancelled" and order_id not in said_no:
            yield Violation("lost", f"the cancellation of {ours[order_id][1]} was accepted; it is {ours[order_id][2]}")
    for key, name in told.names.items():
        times = sql("SELECT count(*) FROM patients.patient WHERE family_name = %s", name)[0][0]
        if times > 1 or (times == 0 and key in told.orders):
            yield Violation("doubled" if times else "lost", f"the patient of order {key} is there {times} times")


def _timelines(sql: Sql, lims: Lims) -> Iterator[Violation]:
    """The LIMS's words in their order, each once, none missing, each beginning where the one before ended."""
    lines: dict[str, list[tuple[Any, ...]]] = {}
    for row in sql(
        "SELECT o.job_id, t.lims_sequence, t.job_status, t.old, t.new, t.at FROM orders.timeline t"
        ' JOIN orders."order" o ON o.id = t.order_id WHERE t.lims_sequence IS NOT NULL ORDER BY t.lims_sequence'
    ):
        lines.setdefault(row[0], []).append(row[1:])
    for job in lims.jobs:
        have = lines.get(job.job_id, [])
        if [(row[0], row[1]) for row in have] != job.told():
            got = ", ".join(f"{row[0]} {row[1]}" for row in have)
            yield Violation("timeline", f"{job.job_id} went {job.told()}, its timeline says {got}")
        for before, after in pairwise(have):
            if before[4] > after[4]:
                yield Violation("timeline", f"{job.job_id}: {after[0]} happened before {before[0]}")
            if after[2] is not None and after[2] != before[3]:
                yield Violation("timeline", f"{job.job_id}: {after[0]} begins at {after[2]}, not at {before[3]}")


def _webhooks(sql: Sql, lims: Lims, told: Told) -> Iterator[Violation]:
    """Each delivery that ILS took stands once in the inbox, and was worked."""
    rows = sql("SELECT source, delivery_id, state, outcome FROM kernel.inbox")
    there = Counter((row[0], row[1]) for row in rows)
    taken = [("lims-status", one) for one in (*lims.delivered, *told.webhooks)]
    for source, delivery_id in {*taken, *(("stripe", one) for one in told.events)}:
        if there[source, delivery_id] != 1:
            yield Violation(
                "webhook", f"{source} {delivery_id} was taken and is there {there[source, delivery_id]} times"
            )
    for source, delivery_id, state, outcome in rows:
        if state not in ("applied", "repeated"):
            yield Violation("webhook", f"{source} {delivery_id} is {state}: {outcome}")


def _facts(sql: Sql) -> Iterator[Violation]:
    """Each thing that happens once was told once, and heard by whoever listens."""
    once = {
        "OrderSubmitted": "body->>'order_id'",
        "OrderSent": "body->>'order_id'",
        "OrderMoved": "body->>'order_id' || ' ' || coalesce(body->>'place', 'here')",
        "InvoiceIssued": "body->>'invoice_id'",
    }
    for name, what in once.items():
        query = f"SELECT {what}, count(*) FROM kernel.event WHERE name = %s GROUP BY 1 HAVING count(*) > 1"
        for thing, times in sql(query, name):
            yield Violation("doubled", f"{name} of {thing} was told {times} times")
    missing = "SELECT number FROM orders.\"order\" o WHERE status <> 'draft' AND NOT EXISTS (SELECT 1 FROM kernel.event"
    missing += " WHERE name IN ('OrderSubmitted', 'OrderAdopted') AND body->>'order_id' = o.id::text)"
    for (number,) in sql(missing):
        yield Violation("lost", f"nobody was told of {number}")
    query = 'SELECT number FROM orders."order" WHERE job_id IS NOT NULL AND id NOT IN (SELECT order_id FROM lab.card)'
    for (number,) in sql(query):
        yield Violation("lost", f"{number} has no card on the board")
    query = (
        'SELECT o.number, c.job_status, o.job_status FROM lab.card c JOIN orders."order" o ON o.id = c.order_id'
        " WHERE c.job_status <> o.job_status OR c.lims_sequence <> o.lims_sequence"
    )
    for number, shown, true in sql(query):
        yield Violation("behind", f"the board shows {number} {shown}, it is {true}")


def _money(sql: Sql, told: Told) -> Iterator[Violation]:
    """Each parcel invoiced once, each payment and refund entered once, each invoice the sum of its entries."""
    for (number,) in sql(
        "SELECT number FROM orders.\"order\" o WHERE status IN ('shipped', 'completed') AND NOT EXISTS"
        " (SELECT 1 FROM billing.invoice i WHERE i.order_id = o.id)"
    ):
        yield Violation("money", f"{number} has left and has no invoice")
    for number, what in sql(
        "SELECT i.number, CASE WHEN i.balance_minor <> coalesce(sum(e.minor), 0) THEN 'its entries are not its balance'"
        " WHEN count(*) FILTER (WHERE e.kind = 'invoiced') <> 1 THEN 'it was entered more than once or never'"
        " WHEN i.balance_minor < 0 AND i.status <> 'refund_due' THEN 'more was paid than owed' END"
        " FROM billing.invoice i LEFT JOIN billing.entry e ON e.invoice_id = i.id GROUP BY i.id"
    ):
        if what:
            yield Violation("money", f"{number}: {what}")
    for series, year, last in sql("SELECT series, year, last FROM billing.counter"):
        table = {"INV": "invoice", "CN": "credit_note"}.get(series)
        if table is None:
            yield Violation("money", f"nobody knows the series {series}")
            continue
        (found,) = sql(f"SELECT count(DISTINCT number) FROM billing.{table} WHERE number LIKE %s", f"{series}-{year}-%")
        if found[0] != last:
            yield Violation("money", f"{series} {year} stands at {last}, there are {found[0]}")
    paid = (
        "SELECT s.payment_intent, s.status, s.amount_minor, count(e.id), coalesce(sum(e.minor), 0)"
        " FROM billing.stand_in s LEFT JOIN billing.entry e"
        " ON e.source = 'card' AND e.kind = 'payment' AND e.reference = s.payment_intent GROUP BY s.id"
    )
    for payment, status, amount, times, entered in sql(paid):
        if (times, -entered) != ((1, amount) if status == "complete" else (0, 0)):
            yield Violation("money", f"{payment} is {status} over {amount}; entered {times} times, {-entered}")
    yield from _refunds(sql, told)


def _refunds(sql: Sql, told: Told) -> Iterator[Violation]:
    back = (
        "SELECT r->>'id', (r->>'amount')::bigint, count(e.id), coalesce(sum(e.minor), 0)"
        " FROM billing.stand_in s CROSS JOIN jsonb_array_elements(s.refunds::jsonb) r LEFT JOIN billing.entry e"
        " ON e.source = 'card' AND e.kind = 'refund' AND e.reference = r->>'id' GROUP BY 1, 2"
    )
    for refund, amount, times, entered in sql(back):
        if (times, entered) != (1, amount):
            yield Violation("money", f"{refund} over {amount}; entered {times} times, {entered}")
    for state, times in sql("SELECT state, count(*) FROM billing.card_refund WHERE state <> 'succeeded' GROUP BY 1"):
        yield Violation("money", f"{times} refunds are {state}")
    (asked,) = sql("SELECT coalesce(sum(amount_minor), 0) FROM billing.card_refund WHERE origin = 'lab'")
    if asked[0] < sum(told.refunds.values()):
        yield Violation("money", f"refunds of {sum(told.refunds.values())} were accepted, {asked[0]} are known")


def _jobs(sql: Sql) -> Iterator[Violation]:
    """Nothing that is due waits, nothing is held by nobody, nothing has given up. What began just now is under way."""
    rows = sql(
        "SELECT id, task_name, status, attempts, lock FROM procrastinate_jobs j WHERE status = 'failed' OR"
        " status IN ('todo', 'doing') AND coalesce(scheduled_at, '-infinity') < now() - interval '5 seconds'"
        " AND NOT EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > now() - interval '5 s')"
    )
    for number, task, status, attempts, lock in rows:
        yield Violation("stuck", f"job {number} {task} is {status} after {attempts} attempts ({lock or 'no lock'})")


_ORPHANS = {
    "lines of no order": ("orders.timeline", "order_id", 'orders."order"'),
    "keys of no order": ("orders.idempotency_key", "order_id", 'orders."order"'),
    "corrections of nothing": ('orders."order"', "corrects", 'orders."order"'),
    "orders corrected by nothing": ('orders."order"', "corrected_by", 'orders."order"'),
    "cards of no order": ("lab.card", "order_id", 'orders."order"'),
    "steps of no order": ("lab.step", "order_id", 'orders."order"'),
    "invoices of no order": ("billing.invoice", "order_id", 'orders."order"'),
    "payment pages of no attempt": ("billing.stand_in", "attempt_id", "billing.card_attempt"),
    "things heard that nobody said": ("kernel.heard", "event_id", "kernel.event"),
    "events of no job": ("procrastinate_events", "job_id", "procrastinate_jobs"),
}
"""What points where, across rooms, where no key of the database can hold it."""
_DRAFTS = (
    "SELECT count(*) FROM orders.\"order\" WHERE status = 'draft' AND corrects IS NULL AND copied_from IS NULL"
    " AND id NOT IN (SELECT order_id FROM orders.idempotency_key)"
)


def _orphans(sql: Sql) -> Iterator[Violation]:
    for what, (table, column, other) in _ORPHANS.items():
        query = f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {other})"
        if number := sql(query)[0][0]:
            yield Violation("orphan", f"{number} {what}")
    if number := sql(_DRAFTS)[0][0]:
        yield Violation("orphan", f"{number} drafts nobody wrote")
    wrong = (
        "SELECT t.practice_id, t.bucket, t.count FROM orders.tally t WHERE t.bucket IN"
        " ('submitted', 'in_production', 'quality_check', 'shipped', 'completed', 'on_hold', 'cancelled', 'draft')"
        ' AND t.count <> (SELECT count(*) FROM orders."order" o WHERE o.practice_id = t.practice_id'
        " AND o.status = t.bucket)"
    )
    for practice_id, bucket, number in sql(wrong):
        yield Violation("orphan", f"the tally of {practice_id} counts {number} in {bucket}")
