"""Jobs: how they are made, kept and shown. How they move is in `moves`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lims_client.models import Configuration, CreateJobRequest, Decision, JobStatus, Urgency
from lims_client.rules import Evaluation, evaluate
from lims_client.sandbox.accounts import Accounts
from lims_client.sandbox.asked import request_id
from lims_client.sandbox.database import Database
from lims_client.sandbox.moments import now, written
from lims_client.sandbox.outbox import Outbox
from lims_client.sandbox.problems import Refusal, not_found, rejected
from lims_client.sandbox.rule_sets import RuleSets

PAGE = 100
FRAME_TRANSIT_SECONDS = 2 * 24 * 3600
RANKS = {Urgency.RUSH: 1, Urgency.EXPEDITED: 2, Urgency.STANDARD: 3}
REMAKE_RANK = 0
POSITION = (
    "CASE WHEN status = 'queued' THEN (SELECT count(*) FROM job AS ahead WHERE ahead.status = 'queued' AND "
    "(ahead.rank, ahead.number) <= (job.rank, job.number)) END AS position"
)
_PLAIN = (
    ("jobId", "job_id"), ("status", "status"), ("orderNumber", "order_number"), ("accountNumber", "account_number"),
    ("sequence", "sequence"), ("timestamp", "timestamp"), ("queuePosition", "position"),
    ("estimatedCompletionDate", "estimated_completion_date"), ("rulesVersion", "rules_version"),
    ("carrier", "carrier"), ("trackingNumber", "tracking_number"), ("reason", "reason"), ("remakeOf", "remake_of"),
    ("createdAt", "created_at"), ("origin", "origin"),
)  # fmt: skip


class Jobs:
    """The jobs of the lab. Every change gives a job its next sequence number and the list its next change number."""

    def __init__(
        self, database: Database, rule_sets: RuleSets, accounts: Accounts, outbox: Outbox, zone: ZoneInfo
    ) -> None:
        self.database, self.rule_sets, self.accounts, self.outbox = database, rule_sets, accounts, outbox
        self.zone = zone

    # ------------------------------------------------------------------------------------------------ judging

    def today(self) -> date:
        """The day at the lab."""
        return now().astimezone(self.zone).date()

    def evaluate(
        self, configuration: Configuration, *, ask_the_books: bool = True, today: date | None = None
    ) -> Evaluation:
        """The published rules' word on a configuration, as of a day at the lab (today when absent)."""
        standing = self.accounts.standing(configuration.account_number) if ask_the_books else None
        return evaluate(configuration, self.rule_sets.published, account=standing, today=today or self.today())

    # ------------------------------------------------------------------------------------------------ making

    def create(
        self, request: CreateJobRequest, *, key: str | None, origin: str = "api", remake_of: str | None = None
    ) -> tuple[dict[str, Any], bool]:
        """Make a job; (the job, whether it is new).

        The same key and body answer the same job. Raises 409 for the same key with another body, 422 when the rules
        reject. A configuration that has to be looked at, or that nobody has confirmed, is made on hold.
        """
        digest = digest_of("create", request.to_wire())
        known = self.made_with(key, digest)
        if known is not None:
            return self.get(known), False
        verdict = self.evaluate(request.configuration())
        if verdict.decision is Decision.REJECT:
            raise rejected(verdict.findings)
        waits = verdict.decision in (Decision.HOLD, Decision.CONFIRM)
        with self.database.transaction():
            job_id = self.insert(request, verdict, origin=origin, remake_of=remake_of)
            self.keep_key(key, digest, job_id)
            self.accounts.charge(request.account_number, verdict.price.total_minor if verdict.price else 0)
            row, announce = self.row(job_id), origin != "api"  # who made it through the API has the answer
            if waits:
                self.record(
                    row, JobStatus.ON_HOLD, previous=None, reason=_reason_to_wait(verdict), announce=announce,
                    held_from=JobStatus.QUEUED.value, held_at=written(now()),
                )  # fmt: skip
            else:
                self.record(row, JobStatus.QUEUED, previous=None, announce=announce)
        return self.get(job_id), True

    def insert(
        self,
        request: CreateJobRequest,
        verdict: Evaluation,
        *,
        origin: str,
        remake_of: str | None = None,
        created_at: str | None = None,
    ) -> str:
        """Put a job into the books, before its first status; its id."""
        database, moment = self.database, created_at or written(now())
        promised = verdict.to_validation(self.zone).promised_date
        to_come = request.frame is not None and request.frame.status == "to_come"
        number = database.next_number("job")
        job_id = f"JOB-{number:06d}"
        database.run(
            "INSERT INTO job (number, job_id, status, sequence, change, changed_at, timestamp, created_at, rank, "
            "account_number, order_number, configuration, metadata, findings, decision, price, rules_version, "
            "estimated_completion_date, stations, due, remake_of, origin, request_id) "
            "VALUES (:number, :job_id, 'queued', 0, "
            ":change, :now, :moment, :moment, :rank, :account, :order, :configuration, :metadata, "
            ":findings, :decision, :price, :rules, :promised, :stations, :due, :remake_of, :origin, :request_id)",
            number=number,
            job_id=job_id,
            change=database.next_number("change"),
            now=written(now()),
            moment=moment,
            rank=REMAKE_RANK if remake_of is not None else RANKS[request.urgency],
            account=request.account_number,
            order=request.order_number,
            configuration=json.dumps(request.configuration().to_wire()),
            metadata=json.dumps(request.metadata),
            findings=json.dumps([finding.to_wire() for finding in verdict.findings]),
            decision=verdict.decision.value,
            price=None if verdict.price is None else json.dumps(verdict.price.to_wire()),
            rules=verdict.rules_version,
            promised=None if promised is None else written(promised),
            stations=json.dumps(verdict.stations),
            due=float(database.setting("lab_seconds", "0")) + FRAME_TRANSIT_SECONDS if to_come else None,
            remake_of=remake_of,
            origin=origin,
            request_id=request_id.get(),
        )
        return job_id

    def made_with(self, key: str | None, digest: str) -> str | None:
        """The job made with this key before; raises 409 when it came with another body then."""
        if key is None:
            return None
        row = self.database.one("SELECT digest, job_id FROM idempotency WHERE key = :key", key=key)
        if row is None:
            return None
        if row["digest"] != digest:
            raise Refusal(409, "key_reused", "This Idempotency-Key came with another body before.")
        return str(row["job_id"])

    def keep_key(self, key: str | None, digest: str, job_id: str) -> None:
        if key is not None:
            self.database.run(
                "INSERT INTO idempotency VALUES (:key, :digest, :job_id)", key=key, digest=digest, job_id=job_id
            )

    # ------------------------------------------------------------------------------------------------ changing

    def record(
        self,
        row: Any,
        status: JobStatus,
        *,
        previous: JobStatus | None,
        station: str | None = None,
        reason: str | None = None,
        note: str | None = None,
        by: str | None = None,
        at: datetime | None = None,
        announce: bool = True,
        **columns: Any,
    ) -> None:
        """Write one change of a job: its row, its history, and (unless told not to) the event; in a transaction.

        `columns` are further columns of the job to set. Times are real, even while the lab runs faster.
        """
        sequence, moment = row["sequence"] + 1, written(at or now())
        columns |= {
            "status": status.value,
            "sequence": sequence,
            "change": self.database.next_number("change"),
            "changed_at": written(now()),
            "timestamp": moment,
            "reason": reason,
        }
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        self.database.run(f"UPDATE job SET {assignments} WHERE number = :number", number=row["number"], **columns)  # noqa: S608 - names from code  # nosec B608
        self.database.run(
            "INSERT INTO history VALUES (:job, :sequence, :status, :previous, :station, :reason, :note, :by, :moment)",
            job=row["number"],
            sequence=sequence,
            status=status.value,
            previous=None if previous is None else previous.value,
            station=station,
            reason=reason,
            note=note,
            by=by,
            moment=moment,
        )
        if announce:
            self._announce(row["job_id"], previous, note, request_id.get() or row["request_id"])

    def _announce(self, job_id: str, previous: JobStatus | None, note: str | None, asked_by: str | None) -> None:
        state = self.state(job_id)
        event = {"type": "job.status_changed", "previousStatus": previous, "newStatus": state.pop("status"), **state}
        if note is not None:
            event["details"] = {"note": note}
        if event["newStatus"] == "failed" and event.get("reason"):
            event["errorMessage"] = event["reason"]
        self.outbox.add(
            "job.status_changed",
            job_id,
            {name: value for name, value in event.items() if value is not None},
            request_id=asked_by,
        )

    # ------------------------------------------------------------------------------------------------ showing

    def row(self, job_id: str) -> Any:
        row = self.database.one(f"SELECT *, {POSITION} FROM job WHERE job_id = :job_id", job_id=job_id)  # noqa: S608 - a constant  # nosec B608
        if row is None:
            raise not_found("such job")
        return row

    def state(self, job_id: str) -> dict[str, Any]:
        """A job's status and what belongs to it, without its prescription and history."""
        return _state(self.row(job_id))

    def get(self, job_id: str) -> dict[str, Any]:
        """The whole job with its history."""
        row = self.row(job_id)
        history = self.database.all("SELECT * FROM history WHERE job = :job ORDER BY sequence", job=row["number"])
        return {**_whole(row), "history": [_history(line) for line in history]}

    def page(self, *, updated_since: datetime | None, cursor: str | None, limit: int = PAGE) -> dict[str, Any]:
        """Jobs changed since then, oldest change first, without their histories."""
        if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 18):
            raise Refusal(400, "cursor_invalid", "This cursor was not made here.")
        rows = self.database.all(
            f"SELECT *, {POSITION} FROM job WHERE change > :after AND (:since IS NULL OR changed_at >= :since) "  # noqa: S608 - a constant  # nosec B608
            "ORDER BY change LIMIT :limit",
            after=int(cursor or 0),
            since=None if updated_since is None else written(updated_since),
            limit=limit + 1,
        )
        body: dict[str, Any] = {"jobs": [_whole(row) for row in rows[:limit]]}
        if len(rows) > limit:
            body["nextCursor"] = str(rows[limit - 1]["change"])
        return body

    def counts(self) -> dict[str, int]:
        """How many jobs there are in each status."""
        rows = self.database.all("SELECT status, count(*) AS number FROM job GROUP BY status")
        found = {row["status"]: row["number"] for row in rows}
        return {status.value: found.get(status.value, 0) for status in JobStatus}

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """The jobs that changed last, without histories."""
        rows = self.database.all(f"SELECT *, {POSITION} FROM job ORDER BY change DESC LIMIT :limit", limit=limit)  # noqa: S608 - a constant  # nosec B608
        return [_whole(row) for row in rows]


def digest_of(what: str, body: Mapping[str, Any]) -> str:
    """One fingerprint for one meaning: the same fields and values, in whatever order they came."""
    return hashlib.sha256(f"{what}\n{json.dumps(body, sort_keys=True)}".encode()).hexdigest()


def _reason_to_wait(verdict: Evaluation) -> str:
    asks = [one for one in verdict.findings if one.severity in ("hold", "confirm")]
    return " ".join(one.message for one in asks if not (one.model_extra or {}).get("confirmed"))[:500]


def _state(row: Any) -> dict[str, Any]:
    body = {wire: row[column] for wire, column in _PLAIN}
    stations = json.loads(row["stations"])
    if row["status"] in ("in_production", "quality_check", "ready_for_shipping") and stations:
        body["station"] = stations[min(row["stop"], len(stations) - 1)]
    if row["price"] is not None:
        body["price"] = json.loads(row["price"])
    return {name: value for name, value in body.items() if value is not None}


def _whole(row: Any) -> dict[str, Any]:
    configuration = json.loads(row["configuration"])
    echoed = {name: value for name, value in configuration.items() if name not in ("confirmations", "rulesVersion")}
    return {**echoed, **_state(row), "metadata": json.loads(row["metadata"]), "findings": json.loads(row["findings"])}


def _history(line: Any) -> dict[str, Any]:
    body = {
        "status": line["status"],
        "previousStatus": line["previous_status"],
        "sequence": line["sequence"],
        "timestamp": line["timestamp"],
        "station": line["station"],
        "reason": line["reason"],
        "note": line["note"],
        "by": line["by"],
    }
    return {name: value for name, value in body.items() if value is not None}
