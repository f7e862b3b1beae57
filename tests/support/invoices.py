"""Invoices for tests: one set down as it stands after issue, and what the database says behind everybody's back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from ils_app.auth import service as auth
from ils_app.billing import service as billing
from ils_app.billing.ledger import enter
from ils_app.billing.models import InvoiceRow
from ils_app.billing.room import room
from ils_app.billing.schemas import EntryKind, EntrySource, SupplyKind
from ils_app.billing.tax import TaxRateDraft
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import now, today_in_lab
from ils_app.orders import service as orders
from ils_app.orders.schemas import OrderDraft
from ils_app.practices import service as practices
from ils_app.practices.schemas import PracticeDraft, SiteDraft
from lims_client.models import Job, JobStatus


async def an_invoice(
    total_minor: int = 12_000, *, practice_id: UUID | None = None, issued_on: date | None = None, currency: str = "GBP"
) -> UUID:
    """An open invoice of this total, a sixth of it tax, without an order behind it."""
    on, tax = issued_on or today_in_lab(), total_minor // 6
    net, practice, number = total_minor - tax, practice_id or uuid4(), f"INV-{on.year}-{uuid4().int % 10**6:06d}"
    rate = {"rate_id": str(uuid4()), "rate_name": "Standard", "rate_bp": 2000, "exempt": False}
    row = InvoiceRow(
        entity_id=uuid4(), number=number, order_id=uuid4(), order_number=f"ORD-{number[4:]}", practice_id=practice,
        practice_name="Test practice", seller={"organisation_id": str(uuid4()), "name": "Test lab"},
        bill_to={"organisation_id": str(practice), "name": "Test practice", "account_number": "TEST-001"},
        issued_on=on, tax_point_on=on,
        due_on=on + timedelta(days=30), terms_days=30, currency=currency, net_minor=net, tax_minor=tax,
        total_minor=total_minor, balance_minor=total_minor,
        lines=[{"what": "Right lens: SV spherical, 1.50", "kind": "lenses", "net_minor": net, **rate}],
        tax=[{"rate_name": "Standard", "rate_bp": 2000, "exempt": False, "net_minor": net, "tax_minor": tax}],
    )  # fmt: skip
    async with room.unit_of_work() as uow:
        uow.session.add(row)
        await uow.session.flush()
        await enter(uow, row, EntryKind.INVOICED, total_minor, EntrySource.INVOICE, number)
    return row.id


def facts(database_url: str) -> list[str]:
    """The facts told so far, in their order."""
    return [name for (name,) in sql(database_url, "SELECT name FROM kernel.event ORDER BY id")]


def sql(database_url: str, statement: str) -> list[tuple[Any, ...]]:
    """Ask the database itself."""
    url = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True)
class House:
    """A lab, two of its practices, and people of each; the accounts behind the actors are real."""

    lab: UUID
    ecp: Actor
    other_ecp: Actor
    technician: Actor
    admin: Actor


LINES = (
    ("Right lens: SV spherical, 1.50", 1_250),
    ("Left lens: SV spherical, 1.50", 1_250),
    ("Hard coat", 400),
    ("Glazing: full rim", 650),
    ("Rush", 999),
)
"""A price as the LIMS gives it: 4,549 altogether."""


async def a_house() -> House:
    """The lab's organisation with a letterhead's worth of people, and two practices with accounts."""
    lab = (await auth.create_organisation(name="Northlight Lab", kind=auth.OrganisationKind.LAB)).id
    people = {}
    for role, name in ((Role.LAB, "Theo Brandt"), (Role.ADMIN, "Ada Winter")):
        people[role] = await a_person(lab, role, name)
    ecps = []
    for name, account in (("Harbour Eye Care", "HARB-001"), ("Mill Lane Opticians", "MILL-001")):
        practice = (await auth.create_organisation(name=name, kind=auth.OrganisationKind.PRACTICE)).id
        site = SiteDraft(code="MAIN", name="Main", address_lines=("12 Quay Road",), postcode="PL1 2AB", default=True)
        await practices.register(PracticeDraft(id=practice, name=name, account_number=account, sites=(site,)))
        ecps.append(await a_person(practice, Role.ECP, f"Olive of {name}"))
    return House(lab, *ecps, people[Role.LAB], people[Role.ADMIN])


async def a_person(organisation_id: UUID, role: Role, name: str) -> Actor:
    """Somebody with an account in this role."""
    made = await auth.create_user(
        email=f"{uuid4().hex}@example.test", name=name, password="violet-meniscus-42", organisation_id=organisation_id,
        roles=(role,), manager=role is Role.ECP,
    )  # fmt: skip
    return Actor(made.user_id, name, role, organisation_id, manager=role is Role.ECP)


async def a_rate(
    house: House,
    kind: SupplyKind | None = None,
    rate_bp: int = 2000,
    *,
    name: str = "VAT",
    since: date = date(2011, 1, 4),
    exempt: bool = False,
) -> None:
    """Enter a rate of tax, for every kind of supply unless one is named."""
    for one in (kind,) if kind else SupplyKind:
        await billing.add_tax_rate(
            house.admin, TaxRateDraft(kind=one, name=name, rate_bp=rate_bp, exempt=exempt, valid_from=since)
        )


async def an_order(
    actor: Actor,
    lines: Sequence[tuple[str, int]] | None = LINES,
    *,
    total: int | None = None,
    status: JobStatus = JobStatus.READY_FOR_SHIPPING,
    shipped_at: datetime | None = None,
) -> tuple[UUID, Job]:
    """An order whose job stands ready to leave the lab, priced by the LIMS as told, and its job."""
    number = await orders.draw_number()
    body: dict[str, Any] = {
        "jobId": f"JOB-{uuid4().hex[:10]}", "orderNumber": number, "status": status, "sequence": 4,
        "timestamp": (shipped_at or now() - timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    if lines is not None:
        listed = [{"what": what, "minor": minor} for what, minor in lines]
        said = sum(minor for _, minor in lines) if total is None else total
        body["price"] = {"currency": "GBP", "lines": listed, "totalMinor": said}
    order_id, job = uuid4(), Job.model_validate(body)
    draft = OrderDraft(practice_id=actor.organisation_id, reference="Bay 12")
    await orders.bring_in(actor, draft, job, order_id=order_id, number=number, placed_at=now() - timedelta(days=3))
    return order_id, job


async def ship(job: Job, *, at: datetime | None = None, sequence: int = 5) -> bool:
    """The LIMS says that the parcel has left."""
    word = {"status": JobStatus.SHIPPED, "sequence": sequence, "timestamp": at or now(), "carrier": "Post",
            "tracking_number": "1Z"}  # fmt: skip
    return await orders.take_job(job.model_copy(update=word))


async def a_shipped_order(actor: Actor, lines: Sequence[tuple[str, int]] | None = LINES, **more: Any) -> UUID:
    """An order that has left the lab."""
    at = more.pop("at", None)
    order_id, job = await an_order(actor, lines, **more)
    assert await ship(job, at=at)
    return order_id
