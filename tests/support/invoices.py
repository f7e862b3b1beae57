"""Invoices for tests: one set down as it stands after issue, and what the database says behind everybody's back."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from ils_app.billing.ledger import enter
from ils_app.billing.models import InvoiceRow
from ils_app.billing.room import room
from ils_app.billing.schemas import EntryKind, EntrySource
from ils_app.kernel.clock import today_in_lab


async def an_invoice(
    total_minor: int = 12_000, *, practice_id: UUID | None = None, issued_on: date | None = None, currency: str = "GBP"
) -> UUID:
    """An open invoice of this total, a sixth of it tax, without an order behind it."""
    on, tax = issued_on or today_in_lab(), total_minor // 6
    net, practice, number = total_minor - tax, practice_id or uuid4(), f"INV-{on.year}-{uuid4().int % 10**6:06d}"
    rate = {"rate_id": str(uuid4()), "rate_name": "Standard", "rate_bp": 2000, "exempt": False}
    row = InvoiceRow(
        entity_id=uuid4(), number=number, order_id=uuid4(), order_number="ORD-2026-000001", practice_id=practice,
        practice_name="Test practice", seller={"organisation_id": str(uuid4()), "name": "Test lab"},
        bill_to={"organisation_id": str(practice), "name": "Test practice"}, issued_on=on, tax_point_on=on,
        due_on=on + timedelta(days=30), terms_days=30, currency=currency, net_minor=net, tax_minor=tax,
        total_minor=total_minor, balance_minor=total_minor,
        lines=[{"what": "Right lens: SV spherical, 1.50", "kind": "lenses", "net_minor": net, **rate}],
        tax=[{**rate, "net_minor": net, "tax_minor": tax}],
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
