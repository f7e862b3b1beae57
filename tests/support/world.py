"""Two practices and a lab with all that somebody may or may not reach, made through the rooms' own doors."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
from standardwebhooks import Webhook

from ils_app.auth import service as auth
from ils_app.auth.session_cache import cache
from ils_app.billing import service as billing
from ils_app.catalog import service as catalog
from ils_app.engineering import service as engineering
from ils_app.kernel import config
from ils_app.kernel import database as kernel_database
from ils_app.kernel import lims as kernel_lims
from ils_app.kernel.actor import Actor
from ils_app.kernel.roles import Role
from ils_app.lab import service as lab
from ils_app.notifications import service as notifications
from ils_app.orders import service as orders
from ils_app.orders.api import app as orders_api
from ils_app.orders.schemas import OrderDraft, OrderStatus
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft
from ils_app.practices import service as practices
from ils_app.practices.schemas import PersonDraft, PracticeDraft, SiteDraft
from ils_app.settings.schemas import NotificationKind
from ils_app.suppliers import service as suppliers
from lims_client import LimsClient, Timing
from tests.support.invoices import an_invoice
from tests.support.sandbox_process import SandboxProcess
from tests.support.supplying import PDF, a_contact, a_supplier, an_order

PASSWORD = "violet-meniscus-42"
FIGURES = {
    "od_sphere": "-2.00", "od_cylinder": "-0.50", "od_axis": "90", "od_pd": "31.5", "os_sphere": "-1.75",
    "os_pd": "31.5", "frame_a": "52", "frame_b": "36", "frame_dbl": "18", "frame_ed": "55",
}  # fmt: skip
TRACE = b"REQ=FIL\r\nJOB=1\r\nTRCFMT=1;400;E;R;F\r\n"


@dataclass(frozen=True)
class Clinic:
    """A practice with one of everything. `family_name` is found nowhere else."""

    id: UUID
    actor: Actor
    site_id: UUID
    person_id: UUID  # on its roster
    family_name: str
    patient_id: UUID
    draft_id: UUID
    order_id: UUID  # with the lab, queued
    number: str
    job_id: str
    invoice_id: UUID
    credit_note_id: UUID
    payment_page: str  # the stand-in's, of that invoice

    @property
    def words(self) -> tuple[str, ...]:
        """What nobody else may ever be shown of it."""
        ids = (self.patient_id, self.draft_id, self.order_id, self.invoice_id, self.credit_note_id)
        return (self.family_name, self.number, self.job_id, *(str(one) for one in ids))


@dataclass(frozen=True)
class Supply:
    """A supplier with one of everything. `name` is found nowhere else."""

    id: UUID
    name: str
    contact_id: UUID
    order_id: UUID  # sent
    number: str
    document_id: UUID
    version_id: UUID

    @property
    def words(self) -> tuple[str, ...]:
        """What no other supplier may ever be shown of it."""
        return (self.name, self.number, *(str(one) for one in (self.id, self.order_id, self.document_id)))


@dataclass
class World:
    """Everything there is, and who is in it: one actor and one browser's token a role."""

    database_url: str
    sandbox: SandboxProcess
    harbour: Clinic
    mill: Clinic
    actors: dict[Role, Actor]
    tokens: dict[Role, str]
    delivery_id: UUID
    failed_job: int
    rules_draft: str
    rules_version: str
    lumen: UUID  # an organisation
    invitation_id: UUID  # to it
    somebody: UUID  # an account
    supply: Supply  # of that organisation
    own_supply: Supply  # of the supplier who is signed in
    session_of: dict[Role, UUID] = field(default_factory=dict)
    notification_id: UUID = field(default_factory=uuid4)  # somebody's
    mail_id: UUID = field(default_factory=uuid4)  # one that did not leave
    _fingerprint: str = ""

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database behind everybody's back."""
        with psycopg.connect(_libpq(self.database_url), autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def written(self) -> dict[str, str]:
        """A fingerprint of every row of every table. When a session was last used is no part of it."""
        if not self._fingerprint:
            parts = [_PART.format(schema=schema, name=name) for schema, name in self.sql(_TABLES)]
            self._fingerprint = " UNION ALL ".join(parts)
        return dict(self.sql(self._fingerprint))

    def draft(self, clinic: Clinic, **changes: Any) -> OrderDraft:
        """An order the lab can make, for a patient of this practice."""
        return a_draft(clinic.id, clinic.patient_id, **changes)


_PART = """SELECT '{schema}.{name}', count(*) || ':' ||
coalesce(sum(hashtextextended((to_jsonb(t) - 'last_seen_at')::text, 0)::numeric), 0) FROM "{schema}"."{name}" t"""
_TABLES = """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND c.relname NOT IN ('procrastinate_workers', 'alembic_version') ORDER BY 1, 2"""


def a_draft(practice_id: UUID | None, patient_id: UUID | None, **changes: Any) -> OrderDraft:
    """An order the lab can make."""
    return OrderDraft(
        practice_id=practice_id, patient_id=patient_id, written=FIGURES, lens_type="single_vision", design="sv-sph",
        material="150", coatings=("hc", "ar-std"), frame_type="full_rim", frame_status="supplied",
    ).model_copy(update=changes)  # fmt: skip


@asynccontextmanager
async def a_world(postgres: str, sandbox: SandboxProcess) -> AsyncIterator[World]:
    """A database of its own with all of it; the process's settings and LIMS client point there while it lasts."""
    name = f"w_{os.getpid()}_{uuid4().hex[:8]}"
    await asyncio.to_thread(_execute, postgres, f"CREATE DATABASE {name} TEMPLATE template_ils")
    head, _, tail = postgres.rpartition("/")
    os.environ["DATABASE_URL"] = f"{head}/{name}" + ("?" + tail.split("?", 1)[1] if "?" in tail else "")
    config.current.cache_clear()
    cache.clear()
    kernel_lims.use(
        LimsClient(
            base_url=sandbox.base_url,
            api_key=sandbox.api_key,
            webhook_secret=sandbox.webhook_secret,
            timing=Timing(attempts=1),
        )
    )
    try:
        yield await _filled(os.environ["DATABASE_URL"], sandbox)
    finally:
        await kernel_lims.close()
        await kernel_database.close()
        os.environ.pop("DATABASE_URL", None)
        config.current.cache_clear()
        cache.clear()
        await asyncio.to_thread(_execute, postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _filled(url: str, sandbox: SandboxProcess) -> World:
    await catalog.refresh()
    kinds = {Role.ECP: "practice", Role.SUPPLIER: "supplier"}
    houses = {
        kind: (await auth.create_organisation(name=f"Test {kind}", kind=auth.OrganisationKind(kind))).id
        for kind in ("practice", "supplier", "lab")
    }
    actors, tokens, sessions = {}, {}, {}
    for role in Role:
        actors[role], tokens[role] = await person(role, houses[kinds.get(role, "lab")])
        sessions[role] = actors[role].session_id
    harbour = await _clinic(Actor(uuid4(), "Olive Vance", Role.ECP, uuid4(), manager=True), "HARB-001", "Quillfeather")
    mill = await _clinic(actors[Role.ECP], "MILL-001", "Oxenbridge")
    draft = await engineering.start_draft(actors[Role.ENGINEER], "A draft nobody else may see")
    current = await catalog.current()
    assert current
    lumen = await auth.create_organisation(name="Lumen Blanks", kind=auth.OrganisationKind.SUPPLIER)
    somebody, _ = await person(Role.SUPPLIER, lumen.id)
    asked = auth.InvitationDraft(email="y@lumen.test", name="Y", organisation_id=lumen.id, roles=(Role.SUPPLIER,))
    invited = await auth.invite(actors[Role.ADMIN], asked)
    world = World(
        database_url=url,
        sandbox=sandbox,
        harbour=harbour,
        mill=mill,
        actors=actors,
        tokens=tokens,
        delivery_id=await _deliver(sandbox),
        failed_job=0,
        rules_draft=draft.version,
        rules_version=current.rules_version,
        lumen=lumen.id,
        invitation_id=invited.id,
        somebody=somebody.user_id,
        supply=await _supply(actors[Role.LAB], lumen.id, "Lumen Blanks"),
        own_supply=await _supply(actors[Role.LAB], houses["supplier"], "Glasswork"),
        session_of={role: one for role, one in sessions.items() if one},
    )
    world.failed_job = _failed_job(world)
    world.notification_id, world.mail_id = await _told(world)
    return world


async def _told(world: World) -> tuple[UUID, UUID]:
    """What somebody at a supplier was told, and the mail of it that did not leave."""
    await notifications.tell(
        key="told:somebody", kind=NotificationKind.ACCOUNT, title="Told", text="To somebody.", href="/account",
        user_ids=[world.somebody],
    )  # fmt: skip
    await notifications.spread(world.sql("SELECT id FROM notifications.notice WHERE key = 'told:somebody'")[0][0])
    world.sql("UPDATE notifications.mail SET state = 'given_up', done_at = now()")
    entry = world.sql("SELECT id FROM notifications.entry WHERE user_id = %s", world.somebody)
    mail = world.sql("SELECT id FROM notifications.mail WHERE user_id = %s", world.somebody)
    return entry[0][0], mail[0][0]


async def person(role: Role, organisation_id: UUID) -> tuple[Actor, str]:
    """Somebody with an account in this role, and the token of their browser."""
    email = f"{uuid4().hex}@example.test"
    await auth.create_user(
        email=email,
        name=f"Test {role.label}",
        password=PASSWORD,
        organisation_id=organisation_id,
        roles=(role,),
        manager=role is Role.ECP,
    )
    signed_in = await auth.sign_in(email, PASSWORD, address="127.0.0.1")
    return signed_in.person.actor(), signed_in.token


async def _clinic(actor: Actor, account: str, family_name: str) -> Clinic:
    site = SiteDraft(code="MAIN", name="Main site", address_lines=("1 Quay",), postcode="PL1 1AA", default=True)
    practice = await practices.register(
        PracticeDraft(
            id=actor.organisation_id,
            name=f"Practice {account}",
            account_number=account,
            sites=(site, SiteDraft(code="HILL", name="Hill")),
            people=(PersonDraft(name="Mira Sol"),),
        )
    )
    entered = {"given_name": "Zyzzyva", "family_name": family_name, "date_of_birth": "14/03/1961"}
    patient = await patients.add(actor, PatientDraft.read(entered))
    kept = await orders.open_draft(actor, a_draft(practice.id, patient.id))
    file = await orders.attach(actor, "trace.oma", TRACE)
    draft = a_draft(practice.id, patient.id, file=file)
    sent = await orders.submit(actor, (await orders.open_draft(actor, draft)).id, draft)
    assert sent.status is OrderStatus.IN_PRODUCTION, sent.status
    assert await lab.take_card(sent.id)
    invoice_id = await an_invoice(practice_id=practice.id)
    technician = Actor(uuid4(), "Theo Brandt", Role.LAB, uuid4())
    note = await billing.issue_credit_note(
        technician, invoice_id, "Scratched", [billing.CreditPart(position=0, net_minor=100)]
    )
    payment_page = (await billing.pay_by_card(actor, invoice_id)).url.rpartition("/")[2]
    return Clinic(
        id=practice.id,
        actor=actor,
        site_id=practice.sites[1].id,
        person_id=practice.people[0].id,
        family_name=family_name,
        patient_id=patient.id,
        draft_id=kept.id,
        order_id=sent.id,
        number=sent.number,
        job_id=sent.job_id,
        invoice_id=invoice_id,
        credit_note_id=note.id,
        payment_page=payment_page,
    )


async def _supply(actor: Actor, organisation_id: UUID, name: str) -> Supply:
    await suppliers.add_supplier(actor, a_supplier(name=name), organisation_id=organisation_id)
    known = await suppliers.add_contact(actor, organisation_id, a_contact())
    order = await suppliers.begin_order(actor, an_order(organisation_id))
    await suppliers.send_order(actor, order.id, order.version)
    await suppliers.mail_left(f"purchase-order:{order.id}:1")
    clerk = Actor(uuid4(), f"Somebody at {name}", Role.SUPPLIER, organisation_id)
    sheet = suppliers.DocumentDraft(title=f"Sheet of {name}", kind="sds")
    document = await suppliers.add_document(clerk, sheet, "sheet.pdf", PDF)
    return Supply(
        id=organisation_id, name=name, contact_id=known.contacts[0].id, order_id=order.id, number=order.number,
        document_id=document.id, version_id=document.versions[0].id,
    )  # fmt: skip


async def _deliver(sandbox: SandboxProcess) -> UUID:
    """A signed delivery about a job that is nobody's."""
    body = json.dumps(
        {
            "event": "job.status_changed",
            "jobId": "JOB-NOBODY",
            "newStatus": "queued",
            "timestamp": "2026-01-02T03:04:05Z",
        }
    )
    at, delivery_id = datetime.now(UTC), f"msg_{uuid4().hex}"
    headers = {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(sandbox.webhook_secret).sign(delivery_id, at, body),
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(orders_api), base_url="http://ils.test") as client:
        answer = await client.post("/api/webhooks/lims-status", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    admin = Actor(uuid4(), "Ada", Role.ADMIN, uuid4())
    return (await engineering.deliveries(admin)).rows[0].id


def _failed_job(world: World) -> int:
    """A durable job that has given up."""
    statement = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts) "
        "VALUES ('default', 'orders.send_to_lab', '{}', 'failed', 8) RETURNING id"
    )
    return int(world.sql(statement)[0][0])


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(_libpq(url), autocommit=True) as connection:
        connection.execute(statement)
