"""Placing an order, bare: FastAPI, psycopg and httpx alone; the same rows and jobs, the same two calls to the LIMS."""

import contextlib
import json
import os
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Annotated, Any
from uuid import uuid4

import httpx
from fastapi import FastAPI, Header, Request
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

PERSON = """
SELECT p.id, p.name, p.organisation_id FROM auth.session s JOIN auth.person p ON p.id = s.person_id
WHERE s.token_sha256 = %s AND s.expires_at > now() AND s.revoked_at IS NULL"""
FOR_WHOM = """
SELECT p.name, p.account_number, s.code, t.number, t.family_name || ', ' || t.given_name
FROM practices.practice p JOIN practices.site s ON s.practice_id = p.id AND s.is_default
JOIN patients.patient t ON t.practice_id = p.id WHERE p.id = %s AND t.id = %s"""
NUMBER = "SELECT 'ORD-2026-' || lpad(nextval('orders.number_' || extract(year FROM now()))::text, 6, '0')"
ORDER = """
INSERT INTO orders."order" (id, version, number, practice_id, practice_name, account_number, ship_to, ecp_name,
entered_by, entered_for_practice, status, cancel_requested, cancel_reason, refused, attention, reason, patient_id,
patient_name, patient_number, reference, lens, urgency, frame_to_come, draft, configuration, search, lims_sequence,
station, rules_version, price, findings, carrier, tracking_number, attempts, may_have_arrived, last_error, placed_at,
changed_at, due_at, promised_at)
VALUES (%(id)s, 2, %(number)s, %(practice)s, %(practice_name)s, %(account)s, %(ship_to)s, %(name)s, %(user)s, false,
'submitted', false, '', false, false, '', %(patient)s, %(patient_name)s, %(patient_number)s, %(reference)s, %(lens)s,
'standard', false, %(draft)s, %(configuration)s, %(search)s, 0, '', %(rules)s, %(price)s, %(findings)s, '', '', 1,
true, '', now(), now(), %(promised)s, %(promised)s)"""
SENT = """
UPDATE orders."order" SET status = 'in_production', job_id = %(job)s, job_status = %(status)s, lims_sequence = 1,
queue_position = %(queue)s, due_at = %(due)s, sent_at = now(), heard_at = now(), lims_at = now(), changed_at = now(),
search = search || ' ' || %(folded)s WHERE id = %(id)s"""
TIMELINE = """
INSERT INTO orders.timeline (order_id, at, who, what, old, new, job_status, why, lims_sequence)
VALUES (%s, now(), %s, %s, %s, %s, %s, '', %s)"""
EVENT = """
INSERT INTO kernel.event (name, body, at, actor_id, actor_role, subjects) VALUES (%s, %s, now(), %s, 'ecp', %s)
RETURNING id"""
JOB = """
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', %s, 0, %s, NULL, %s, now() + %s * interval '1 second')
::procrastinate_job_to_defer_v1])"""
NOTE = "SELECT pg_notify('ils_live', %s)"


class Shop:
    """Takes orders."""

    def __init__(self, pool: AsyncConnectionPool, http: httpx.AsyncClient) -> None:
        self._pool, self._http = pool, http
        self._people: dict[str, tuple[Any, ...]] = {}

    async def person(self, token: str) -> tuple[Any, ...]:
        """Whose token it is."""
        if token not in self._people:
            async with self._pool.connection() as connection:
                found = await (await connection.execute(PERSON, [sha256(token.encode()).hexdigest()])).fetchone()
            assert found
            self._people[token] = found
        return self._people[token]

    async def place(self, person: tuple[Any, ...], body: dict[str, Any]) -> dict[str, Any]:
        """Validate, keep, have made, keep what became of it."""
        user, name, practice = person
        key = str(uuid4())
        async with self._pool.connection() as connection:
            about = await (await connection.execute(FOR_WHOM, [practice, body["patient_id"]])).fetchone()
            assert about
            practice_name, account, ship_to, patient_number, patient_name = about
        wire = {
            "accountNumber": account, "shipTo": ship_to, "practiceId": str(practice), "patientId": body["patient_id"],
            "prescription": {_camel(name): value for name, value in body["prescription"].items()},
            "lensType": body["lens_type"], "frame": body["frame"],
            **{part: body[part] for part in ("design", "material", "coatings")},
        }  # fmt: skip
        verdict = await self._ask("/validation", wire)
        assert verdict["decision"] == "accept", verdict
        async with self._pool.connection() as connection:
            number = (await (await connection.execute(NUMBER)).fetchone())[0]  # type: ignore[index]
            wire["orderNumber"] = number
            words = (number, patient_name, patient_number, body["reference"], practice_name, name)
            await connection.execute(ORDER, {
                "id": key, "number": number, "practice": practice, "practice_name": practice_name, "account": account,
                "ship_to": ship_to, "name": name, "user": user, "patient": body["patient_id"],
                "patient_name": patient_name, "patient_number": patient_number, "reference": body["reference"],
                "lens": f"{body['design']} · {body['material']}", "draft": Jsonb(body), "configuration": Jsonb(wire),
                "search": _folded(" ".join(words)), "rules": verdict["rulesVersion"], "price": Jsonb(verdict["price"]),
                "findings": Jsonb(verdict["findings"]), "promised": verdict["promisedDate"],
            })  # fmt: skip
            await connection.execute(TIMELINE, [key, name, "Order placed", "draft", "submitted", None, None])
            await _tell(connection, "OrderSubmitted", {"order_id": key, "practice_id": str(practice)}, user)
            await connection.execute(JOB, ["orders.send_to_lab", None, json.dumps({"order_id": key}), 6])
            await _publish(connection, key, practice)
        job = await self._ask("/jobs/create", {**wire, "metadata": {"source": "ILS"}}, key=key)
        async with self._pool.connection() as connection:
            await connection.execute(SENT, {
                "job": job["jobId"], "status": job["status"], "queue": job.get("queuePosition"), "id": key,
                "due": job.get("estimatedCompletionDate"), "folded": _folded(job["jobId"]),
            })  # fmt: skip
            await connection.execute(
                TIMELINE, [key, "The lab", "Queued at the lab", "submitted", "in_production", job["status"], 1]
            )
            ids = {"order_id": key, "practice_id": str(practice), "job_id": job["jobId"]}
            moved = {"old": "submitted", "new": "in_production", "job_status": job["status"]}
            await _tell(connection, "OrderSent", ids, user)
            await _tell(connection, "OrderMoved", {**ids, **moved}, user)
            lock = f"lims-status:{job['jobId']}"
            await connection.execute(JOB, ["orders.match_deliveries", lock, json.dumps({"job_id": job["jobId"]}), 0])
            await _publish(connection, key, practice)
        return {"id": key, "number": number, "job_id": job["jobId"]}

    async def _ask(self, path: str, body: dict[str, Any], key: str = "") -> dict[str, Any]:
        answer = await self._http.post(path, json=body, headers={"idempotency-key": key} if key else {})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


async def _tell(connection: Any, name: str, body: dict[str, Any], user: Any) -> None:
    subjects = [body["order_id"], body["practice_id"]]
    event = await (await connection.execute(EVENT, [name, Jsonb(body), user, subjects])).fetchone()
    await connection.execute(JOB, ["kernel.deliver", None, json.dumps({"event_id": event[0]}), 0])


async def _publish(connection: Any, order: str, practice: Any) -> None:
    topics = ["twin", f"order:{order}", f"orders:practice:{practice}", "orders:all"]
    await connection.execute(NOTE, [json.dumps(topics)])


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def _folded(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


@contextlib.asynccontextmanager
async def shop() -> AsyncIterator[Shop]:
    """The shop with its connections, from the same settings as ILS."""
    headers = {"authorization": f"Bearer {os.environ['LIMS_API_KEY']}"}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with (
        AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=15, max_size=30, timeout=30, open=False) as pool,
        httpx.AsyncClient(
            base_url=os.environ["LIMS_API_BASE_URL"], headers=headers, trust_env=False, timeout=30, limits=limits
        ) as http,
    ):
        yield Shop(pool, http)


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open while the server runs."""
    async with shop() as app.state.shop:
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/api/v1/orders", status_code=201)
async def place(request: Request, authorization: Annotated[str, Header()]) -> dict[str, Any]:
    """Place an order."""
    taking: Shop = request.app.state.shop
    person = await taking.person(authorization.removeprefix("Bearer "))
    return await taking.place(person, await request.json())
