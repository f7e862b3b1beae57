"""Webhooks: who wants them, what is still to be told, and telling it until it is heard."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import structlog
from standardwebhooks import Webhook

from lims_client.sandbox.control import ControlBox
from lims_client.sandbox.database import Database
from lims_client.sandbox.moments import now, written
from lims_client.sandbox.problems import Refusal, not_found
from lims_client.webhooks import read_secrets

log = structlog.get_logger("lims_sandbox.outbox")

EVENTS = ("job.status_changed", "catalog.updated")
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 300.0
MOST_ATTEMPTS = 60
BATCH = 200
AT_ONCE = 16


class Outbox:
    """Deliveries live in the database from the moment of the change; the sender may be killed at any time."""

    def __init__(self, database: Database, control: ControlBox, *, secret: str, chance: random.Random) -> None:
        self._database, self._control, self._secret, self._chance = database, control, secret, chance
        self._news = asyncio.Event()

    # ------------------------------------------------------------------------------------------------ who

    def register(self, url: str, events: Sequence[str], secret: str | None) -> str:
        """Keep where to deliver. The same url again changes it and keeps its id."""
        if not url.startswith(("http://", "https://")):
            raise Refusal(422, "url_invalid", "A webhook needs an http or https address.")
        unknown = sorted(set(events) - set(EVENTS))
        if unknown or not events:
            raise Refusal(422, "events_unknown", f"The events are {' and '.join(EVENTS)}.")
        try:
            if secret is not None and len(read_secrets(secret)) != 1:
                raise Refusal(422, "secret_invalid", "One secret is needed.")
        except ValueError as error:
            raise Refusal(422, "secret_invalid", f"The {error}.") from None
        with self._database.transaction():
            self._database.run(
                "INSERT INTO webhook VALUES (:id, :url, :events, :secret, :moment) ON CONFLICT (url) DO UPDATE SET "
                "events = excluded.events, secret = excluded.secret",
                id=f"wh_{uuid4().hex}",
                url=url,
                events=json.dumps(list(events)),
                secret=secret or self._secret,
                moment=written(now()),
            )
        row = self._database.one("SELECT id FROM webhook WHERE url = :url", url=url)
        return "" if row is None else str(row["id"])

    def forget(self, webhook: str) -> None:
        with self._database.transaction():
            if not self._database.run("DELETE FROM webhook WHERE id = :id", id=webhook).rowcount:
                raise not_found("such webhook")

    def registered(self) -> list[dict[str, Any]]:
        """Who is registered, without the secrets."""
        rows = self._database.all("SELECT * FROM webhook ORDER BY created_at")
        return [{"id": row["id"], "url": row["url"], "events": json.loads(row["events"])} for row in rows]

    # ------------------------------------------------------------------------------------------------ what

    def add(self, kind: str, subject: str, body: dict[str, Any], *, request_id: str | None = None) -> None:
        """Put an event in the box for everybody who wants its kind; part of the caller's transaction.

        `request_id` is of the request it comes from, and goes along as a header.
        """
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        for row in self._database.all("SELECT id, events FROM webhook"):
            if kind in json.loads(row["events"]):
                self._database.run(
                    "INSERT INTO delivery (id, webhook, type, subject, body, created_at, next_at, request_id) "
                    "VALUES (:id, :webhook, :kind, :subject, :body, :moment, :next_at, :request_id)",
                    id=f"msg_{uuid4().hex}",
                    webhook=row["id"],
                    kind=kind,
                    subject=subject,
                    body=text,
                    moment=written(now()),
                    next_at=now().timestamp() + (self._chance.random() * 2 if self._control.now.reorder else 0),
                    request_id=request_id,
                )
        self._news.set()

    def deliveries(self, limit: int = 100) -> list[dict[str, Any]]:
        """The latest deliveries and how they went."""
        rows = self._database.all(
            "SELECT delivery.*, url FROM delivery JOIN webhook ON webhook.id = delivery.webhook "
            "ORDER BY number DESC LIMIT :limit",
            limit=limit,
        )
        names = ("id", "type", "subject", "state", "attempts", "outcome", "url")
        return [{"createdAt": row["created_at"], **{name: row[name] for name in names}} for row in rows]

    def pending(self) -> int:
        return self._database.number("SELECT count(*) FROM delivery WHERE state = 'pending'")

    def hurry(self) -> None:
        """Try everything that waits, now."""
        self._database.run("UPDATE delivery SET next_at = 0 WHERE state = 'pending'")
        self._news.set()

    # ------------------------------------------------------------------------------------------------ telling

    async def run(self, http: httpx.AsyncClient) -> None:
        """Deliver until cancelled."""
        while True:
            if self._control.now.away:
                await asyncio.sleep(0.2)
                continue
            self._news.clear()
            if await self.deliver_due(http) < BATCH:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._until_next()):
                        await self._news.wait()

    def _until_next(self) -> float:
        row = self._database.one("SELECT min(next_at) AS at FROM delivery WHERE state = 'pending'")
        due = None if row is None else row["at"]
        return 1.0 if due is None else min(1.0, max(0.02, due - now().timestamp()))

    async def deliver_due(self, http: httpx.AsyncClient) -> int:
        """One round over what is due; how many were tried. What concerns one job goes out in order."""
        rows = self._database.all(
            "SELECT delivery.*, url, secret FROM delivery JOIN webhook ON webhook.id = delivery.webhook "
            "WHERE state = 'pending' AND next_at <= :now ORDER BY next_at, number LIMIT :limit",
            now=now().timestamp(),
            limit=BATCH,
        )
        lines: dict[object, list[Any]] = {}
        for row in rows:
            line = row["number"] if self._control.now.reorder else (row["webhook"], row["subject"])
            lines.setdefault(line, []).append(row)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one_line(line: list[Any]) -> None:
            async with gate:
                for row in line:
                    await self._deliver(http, row)

        await asyncio.gather(*(one_line(line) for line in lines.values()))
        return len(rows)

    async def _deliver(self, http: httpx.AsyncClient, row: Any) -> None:
        outcome, heard = await self._send(http, row)
        if heard and self._chance.random() < self._control.now.duplicate_rate:
            await self._send(http, row)
        attempts = row["attempts"] + 1
        delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(attempts - 1, 20))
        state = "delivered" if heard else ("given_up" if attempts >= MOST_ATTEMPTS else "pending")
        self._database.run(
            "UPDATE delivery SET state = :state, attempts = :attempts, next_at = :next_at, outcome = :outcome "
            "WHERE number = :number",
            state=state,
            attempts=attempts,
            next_at=now().timestamp() + delay * self._chance.uniform(0.8, 1.2),
            outcome=outcome,
            number=row["number"],
        )
        if not heard:
            log.info("lims_sandbox.webhook_not_heard", delivery=row["id"], attempts=attempts, outcome=outcome)

    async def _send(self, http: httpx.AsyncClient, row: Any) -> tuple[str, bool]:
        moment = now()
        headers = {
            "content-type": "application/json",
            "webhook-id": row["id"],
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(row["secret"]).sign(row["id"], moment, row["body"]),
        }
        if row["request_id"]:
            headers["x-request-id"] = row["request_id"]
        try:
            answer = await http.post(row["url"], content=row["body"].encode(), headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__, False
        return str(answer.status_code), answer.is_success
