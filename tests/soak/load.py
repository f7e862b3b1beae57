"""Clients, a lab, a shopper's bank and a careless network, all at once; what they were told is kept in `Told`.

Whoever gets no answer asks again with the same key, as a program should, or gives up for good.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from standardwebhooks import Webhook

from bench.loads.order_body import order_body
from ils_app.billing.stripe_signature import sign
from tests.soak.stage import Stage
from tests.soak.told import Told
from tests.support.cards import ROUTE as STRIPE_ROUTE
from tests.support.cards import Attempt, an_event
from tests.support.running import STATUS_ROUTE

GIVES_UP = 0.08  # share of clients that never ask again
BRINGS_PATIENT = 0.3
CANCELS = 0.2
API = "/api/v1"
AWAY = (502, 503, 504)
"""What says that something behind ILS, or ILS itself, is away."""
PAID = (
    "UPDATE billing.stand_in SET status = 'complete' WHERE id = %s AND status = 'open'"
    " RETURNING attempt_id, invoice_id, amount_minor, currency, id, payment_intent"
)


class Load:
    """One round's worth of everything."""

    def __init__(self, stage: Stage, told: Told, chance: random.Random, name: str) -> None:
        self.stage, self.told, self.chance, self.name = stage, told, chance, name
        self.unanswered: dict[str, dict[str, Any]] = {}
        self.later: list[Callable[[], Awaitable[None]]] = []
        self._http = httpx.AsyncClient(
            timeout=15, trust_env=False, verify=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def run(self, orders: int, seconds: float) -> None:
        """Ask for so many orders, and let everything else happen to them for so long."""
        end = time.monotonic() + seconds

        async def often(what: Callable[[], Awaitable[None]], pause: float) -> None:
            while time.monotonic() < end:
                await what()
                await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))

        async with asyncio.TaskGroup() as under_way:
            for number in range(orders):
                under_way.create_task(self._order(f"{self.name}-{number}", self.chance.uniform(0, seconds * 0.8)))
            under_way.create_task(often(self._floor, 0.06))
            under_way.create_task(often(self._floor, 0.06))
            under_way.create_task(often(self._repeated_word, 0.3))
            under_way.create_task(often(self._payment, 0.5))

    async def after(self) -> None:
        """What was held back arrives, and whoever waits for an answer gets one. Everything has to run."""
        for late in self.later:
            await late()
        self.later.clear()
        deadline = time.monotonic() + 60
        while self.unanswered and time.monotonic() < deadline:
            for key, body in list(self.unanswered.items()):
                await self._place(key, body)
        self.told.surprises += [f"order {key} was never answered" for key in self.unanswered]

    async def place(self, key: str) -> None:
        """One order, for as long as it takes to be answered."""
        self.unanswered[key] = order_body(self.stage.people["patient"], key)
        await self.after()

    async def step(self, job_id: str) -> None:
        """The lab goes on with a job."""
        answer = await self._lims("POST", "sandbox/step", {"jobId": job_id})
        assert answer is not None
        assert answer.status_code == 200

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    # The practice

    async def _order(self, key: str, wait: float) -> None:
        await asyncio.sleep(wait)
        body = order_body(self.stage.people["patient"], key)
        if self.chance.random() < BRINGS_PATIENT:
            name = _a_name()
            self.told.names[key] = name
            del body["patient_id"]
            born = date(1930, 1, 1) + timedelta(days=self.chance.randrange(30_000))
            body["patient"] = {"given_name": _a_name(), "family_name": name, "date_of_birth": born.isoformat()}
        gives_up = self.chance.random() < GIVES_UP
        for _ in range(3):
            if order_id := await self._place(key, body):
                if self.chance.random() < CANCELS:
                    await asyncio.sleep(self.chance.uniform(0, 1))
                    await self._cancel(order_id)
                return
            if gives_up:
                self.unanswered.pop(key, None)
                return
            await asyncio.sleep(self.chance.uniform(0.1, 1))

    async def _place(self, key: str, body: dict[str, Any]) -> str | None:
        self.unanswered[key] = body
        answer = await self._ask("POST", f"{API}/orders", "ecp", body, key=key)
        if answer is None:
            return None
        if answer.status_code != 201:
            self.told.surprises.append(f"order {key}: {answer.status_code} {answer.text[:200]}")
            self.unanswered.pop(key)
            return None
        said = answer.json()
        self.unanswered.pop(key)
        self.told.orders[key] = said["id"]
        if said["job_id"]:
            self.told.open_jobs[said["job_id"]] = said["id"]
        return str(said["id"])

    async def _cancel(self, order_id: str) -> None:
        answer = await self._ask("POST", f"{API}/orders/{order_id}/cancel", "ecp", {"reason": "Soak"})
        if answer is not None and answer.status_code == 200:
            self.told.cancelled.add(order_id)

    async def _payment(self) -> None:
        """Somebody pays an invoice, or the lab gives something back."""
        back = self.chance.random() < 0.2
        answer = await self._ask("GET", f"{API}/invoices?view={'paid' if back else 'open'}&limit=10", "ecp")
        rows = answer.json()["rows"] if answer is not None and answer.status_code == 200 else []
        if not rows:
            return
        invoice_id = self.chance.choice(rows)["id"]
        if back:
            key = uuid4().hex
            wanted = {"amount_minor": self.chance.randint(1, 300), "reason": "Soak"}
            path = f"{API}/invoices/{invoice_id}/card-refunds"
            answer = await self._ask("POST", path, "technician", wanted, key=key)
            if answer is not None and answer.status_code == 200:
                self.told.refunds[key] = wanted["amount_minor"]
            return
        answer = await self._ask("POST", f"{API}/invoices/{invoice_id}/card-payments", "ecp")
        if answer is None or answer.status_code != 200:
            return
        session_id = answer.json()["url"].rpartition("/")[2]
        try:
            paid = await asyncio.to_thread(self.stage.sql, PAID, session_id)
        except psycopg.Error:
            return
        for row in paid:
            await self._stripe_says(row)

    async def _stripe_says(self, row: tuple[Any, ...]) -> None:
        """Stripe's events about a payment: doubled, in any order, late, or lost."""
        attempt = Attempt(row[0], row[1], "opened", True, row[2], row[3], row[4], row[5], "")
        bodies = [
            an_event("checkout.session.completed", attempt.page()),
            an_event("payment_intent.succeeded", attempt.intent()),
        ]
        bodies += [body for body in bodies if self.chance.random() < 0.3]
        self.chance.shuffle(bodies)
        for body in bodies:
            way = self.chance.random()
            if way < 0.15:
                continue
            if way < 0.4:
                self.later.append(lambda body=body: self._stripe(body))  # type: ignore[misc]
            else:
                await self._stripe(body)

    async def _stripe(self, body: bytes) -> None:
        signature = sign(body, self.stage.environ["STRIPE_WEBHOOK_SECRET"], at_seconds=int(time.time()))
        answer = await self._send(STRIPE_ROUTE, body, {"stripe-signature": signature})
        if answer is not None and answer.status_code == 202:
            self.told.events.add(json.loads(body)["id"])

    # The lab

    async def _floor(self) -> None:
        """The lab does something to a job: by itself, or through ILS."""
        if not self.told.open_jobs:
            return
        job_id = self.chance.choice(list(self.told.open_jobs))
        order_id, what = self.told.open_jobs[job_id], self.chance.random()
        if what < 0.8:
            answer = await self._lims("POST", "sandbox/step", {"jobId": job_id})
            if answer is not None and answer.status_code == 409:
                where = answer.json()["job"]["status"]
                if where == "on_hold":
                    await self._lims("POST", f"jobs/{job_id}/release", {}, key=uuid4().hex)
                elif where in ("completed", "cancelled", "failed"):
                    self.told.open_jobs.pop(job_id, None)
        elif what < 0.9:
            await self._lims("POST", f"jobs/{job_id}/hold", {"reason": "Soak"}, key=uuid4().hex)
        else:
            verb, body = self.chance.choice([("hold", {"reason": "Soak"}), ("release", {})])
            await self._ask("POST", f"{API}/lab/orders/{order_id}/{verb}", "technician", body, key=uuid4().hex)

    async def _repeated_word(self) -> None:
        """The LIMS says something again that it said before, under the same delivery id or another, now or later."""
        if not self.told.open_jobs:
            return
        job_id = self.chance.choice(list(self.told.open_jobs))
        answer = await self._lims("GET", f"jobs/{job_id}")
        if answer is None or answer.status_code != 200:
            return
        entry = self.chance.choice(answer.json()["history"])
        said = {"type": "job.status_changed", "jobId": job_id, "newStatus": entry["status"]}
        said |= {name: entry[name] for name in ("previousStatus", "sequence", "timestamp", "reason") if name in entry}
        delivery_id, body = f"msg_{uuid4().hex}", json.dumps(said)
        for _ in range(self.chance.choice((1, 1, 2))):
            if self.chance.random() < 0.3:
                self.later.append(lambda: self.webhook(delivery_id, body))
            else:
                await self.webhook(delivery_id, body)

    async def webhook(self, delivery_id: str, body: str) -> None:
        """One delivery, signed now; known to have been taken once ILS says so."""
        at = datetime.now(UTC)
        headers = {
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(self.stage.environ["LIMS_WEBHOOK_SECRET"]).sign(delivery_id, at, body),
        }
        answer = await self._send(STATUS_ROUTE, body.encode(), headers)
        if answer is not None and answer.status_code == 202:
            said = json.loads(body)
            self.told.webhooks[delivery_id] = said["jobId"], said["sequence"]

    # The network

    async def _ask(
        self, method: str, path: str, who: str, body: Any = None, *, key: str | None = None
    ) -> httpx.Response | None:
        headers = {"authorization": f"Bearer {self.stage.tokens[who]}"} | ({"idempotency-key": key} if key else {})
        return await self._request(method, self.stage.url + path, headers, json=body)

    async def _lims(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response | None:
        headers = {"authorization": f"Bearer {self.stage.sandbox.api_key}"} | ({"idempotency-key": key} if key else {})
        return await self._request(method, f"{self.stage.sandbox.base_url}/{path}", headers, json=body)

    async def _send(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response | None:
        headers = {"content-type": "application/json", **headers}
        return await self._request("POST", self.stage.url + path, headers, content=body)

    async def _request(self, method: str, url: str, headers: dict[str, str], **what: Any) -> httpx.Response | None:
        """The answer; None for none at all, and for one that says that something behind it is away.

        An answer of ILS that something broke is a surprise, however well the next try goes.
        """
        try:
            answer = await self._http.request(method, url, headers=headers, **what)
        except httpx.HTTPError:
            return None
        if answer.status_code >= 500:
            if answer.status_code not in AWAY and url.startswith(self.stage.url):
                self.told.surprises.append(f"{method} {answer.url.path}: {answer.status_code}")
            return None
        return answer


def _a_name() -> str:
    """A family name like no other's."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex)
