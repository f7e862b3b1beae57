"""Two hundred orders in believable states: real prescriptions, checked by the lab's own rules, at every station."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx

from ils_app.catalog import service as catalog
from ils_app.demo.people import Cast, fixed
from ils_app.demo.writing import Writer
from ils_app.kernel import config, log
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.lab import service as lab
from ils_app.orders import service as orders
from ils_app.orders.service import OrderDraft
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft
from lims_client.models import Configuration, Decision, Job, JobStatus
from lims_client.rules.engine import evaluate
from lims_client.rules.ruleset import Rules

AT_ONCE: Final = 8
PATIENTS_A_PRACTICE: Final = 36
LAB_SPEED: Final = 12  # times real time: some job moves every few seconds, and an order can be watched
S = JobStatus
STATES: Final = (
    *[S.QUEUED] * 16, *[S.IN_PRODUCTION] * 26, *[S.QUALITY_CHECK] * 9, *[S.READY_FOR_SHIPPING] * 6, *[S.SHIPPED] * 10,
    *[S.COMPLETED] * 26, *[S.ON_HOLD] * 4, *[S.CANCELLED] * 3,
)  # fmt: skip
FLOOR: Final = {"GEN", "POLISH", "HC", "TINT", "AR", "BLOCK", "EDGE", "DRILL", "MOUNT"}
WAY: Final = (S.QUEUED, S.IN_PRODUCTION, S.QUALITY_CHECK, S.READY_FOR_SHIPPING, S.SHIPPED, S.COMPLETED)
HOLDS: Final = (
    "Frame arrived with a cracked bridge; the practice was asked for another.",
    "Blank out of stock: due tomorrow morning.",
    "Heights differ by 4 mm: the practice was asked to confirm.",
)

logger = log.get_logger(__name__)


async def seed(cast: Cast) -> int:
    """Add patients, orders and a few drafts that are not there yet; says how many orders were added."""
    rules = (await catalog.offered()).rules
    if rules is None:
        logger.warning("demo_without_rules")
        return 0
    added = 0
    async with _sandbox() as lims:
        for actor, seeded in ((cast.harbour, 11), (cast.mill, 23)):
            added += await _practice(actor, Writer(random.Random(seeded)), rules, lims)  # noqa: S311  not a secret
        if added:
            alive = {"speed": LAB_SPEED, "paused": False, "station_events": True}
            (await lims.patch("sandbox/control", json=alive)).raise_for_status()
    return added


def _sandbox() -> httpx.AsyncClient:
    """The sandbox's own doors, which set jobs down with a past; no real LIMS has them."""
    settings = config.current()
    key = settings.lims_api_key.get_secret_value()
    return httpx.AsyncClient(
        base_url=settings.lims_api_base_url + "/", headers={"authorization": f"Bearer {key}"}, timeout=30
    )


async def _practice(actor: Actor, writer: Writer, rules: Rules, lims: httpx.AsyncClient) -> int:
    people = [writer.patient() for _ in range(PATIENTS_A_PRACTICE)]
    if await orders.is_there(_order_id(actor, len(STATES) - 1)):
        return 0
    ids = [await _patient(actor, person) for person in people]
    wanted = [
        (_makeable(writer, rules, ids), _order_id(actor, place), status, writer.days_ago(status))
        for place, status in enumerate(STATES)
    ]
    added = 0
    for start in range(0, len(wanted), AT_ONCE):
        batch = wanted[start : start + AT_ONCE]
        added += sum(await asyncio.gather(*(_order(actor, *one, writer, rules, lims) for one in batch)))
    for _ in range(3):
        await orders.open_draft(actor, _makeable(writer, rules, ids))
    return added


async def _patient(actor: Actor, person: PatientDraft) -> UUID:
    return (await patients.add(actor, person, even_if_alike=True)).id


def _makeable(writer: Writer, rules: Rules, patient_ids: Sequence[UUID]) -> OrderDraft:
    """A draft the lab would take as it stands."""
    while True:
        draft = writer.draft().model_copy(update={"patient_id": writer.chance.choice(patient_ids)})
        if evaluate(orders.read(draft).configuration, rules, today=today_in_lab()).decision in {
            Decision.ACCEPT,
            Decision.WARN,
        }:
            return draft


async def _order(
    actor: Actor, draft: OrderDraft, order_id: UUID, status: JobStatus, days_ago: float, writer: Writer, rules: Rules,
    lims: httpx.AsyncClient,
) -> int:  # fmt: skip
    if await orders.is_there(order_id):
        return 0
    placed_at = now() - timedelta(days=days_ago)
    number = await orders.draw_number()
    body: dict[str, Any] = {
        **_configuration(actor, draft, number).to_wire(),
        "metadata": {"source": "ILS"},
        "status": status.value,
        "history": _history(status, days_ago, writer, _stations(draft, rules)),
    }
    answer = await lims.post("sandbox/seed-job", json=body, headers={"idempotency-key": str(order_id)})
    job = Job.from_wire(answer.raise_for_status().content)
    await orders.bring_in(actor, draft, job, order_id=order_id, number=number, placed_at=placed_at)
    await lab.take_card(order_id, history=job.history)
    return 1


def _configuration(actor: Actor, draft: OrderDraft, number: str) -> Configuration:
    account = {"harbour": "HARB-001", "mill-lane": "MILL-001"}
    whose = next(name for name in account if fixed(name) == actor.organisation_id)
    return orders.read(draft).configuration.model_copy(
        update={
            "account_number": account[whose],
            "ship_to": "MAIN",
            "practice_id": str(actor.organisation_id),
            "ecp_id": str(actor.user_id),
            "order_number": number,
        }
    )


def _stations(draft: OrderDraft, rules: Rules) -> list[str]:
    """The stations of the floor that these lenses pass."""
    verdict = evaluate(orders.read(draft).configuration, rules, today=today_in_lab())
    return [station for station in verdict.stations if station in FLOOR]


def _history(status: JobStatus, days_ago: float, writer: Writer, stations: Sequence[str]) -> list[dict[str, Any]]:
    """How the job got there: from when it was placed to a little before now."""
    if status is S.ON_HOLD:
        way: Sequence[JobStatus] = (S.QUEUED, S.IN_PRODUCTION, S.ON_HOLD)
    elif status is S.CANCELLED:
        way = (S.QUEUED, S.CANCELLED)
    else:
        way = WAY[: WAY.index(status) + 1]
    reasons = {S.ON_HOLD: writer.chance.choice(HOLDS), S.CANCELLED: "Ordered twice by mistake."}
    station = writer.chance.choice(stations) if stations else None
    last = min(days_ago * 0.9, writer.chance.uniform(0.01, 0.4)) if status in {*WAY[:4], S.ON_HOLD} else days_ago * 0.3
    step = (days_ago - last) / max(1, len(way) - 1)
    return [
        {
            "status": one.value,
            "timestamp": (now() - timedelta(days=days_ago - step * place)).isoformat(),
            **({"reason": reasons[one]} if one in reasons else {}),
            **({"station": station} if station and one in {S.IN_PRODUCTION, S.ON_HOLD} else {}),
        }
        for place, one in enumerate(way)
    ]


def _order_id(actor: Actor, place: int) -> UUID:
    return fixed(f"order:{actor.organisation_id}:{place}")
