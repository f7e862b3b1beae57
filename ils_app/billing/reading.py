"""Invoices as they are read: one on its own, pages of them, true counts, and what is owed altogether."""

import base64
import json
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.billing.errors import NoSuchCreditNote, NoSuchInvoice
from ils_app.billing.models import CreditNoteRow, EntryRow, InvoiceRow, TallyRow
from ils_app.billing.refunds_under_way import on_its_way
from ils_app.billing.room import room
from ils_app.billing.schemas import (
    OWED,
    Counts,
    CreditNotePage,
    CreditNoteView,
    Figures,
    InvoicePage,
    InvoiceStatus,
    InvoicesView,
    InvoiceView,
)
from ils_app.billing.schemas import InvoiceRow as InvoiceOnList
from ils_app.billing.views import credit_note_of, row_of, view_of
from ils_app.kernel.actor import Actor, Scope
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.money import Money
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.search import prefix_query

PAGE_ROWS = 25
LONGEST_PAGE = 100
LONGEST_EXPORT = 20_000


async def find_for(session: AsyncSession, actor: Actor, row: str, invoice_id: UUID) -> InvoiceRow:
    """The invoice if this person's row of the permission table reaches it. Raises NoSuchInvoice."""
    found = await session.get(InvoiceRow, invoice_id)
    if found is None or not actor.may(row, practice_id=found.practice_id):
        raise NoSuchInvoice
    return found


@door("invoices.read")
async def invoice(actor: Actor, invoice_id: UUID) -> InvoiceView:
    """One invoice with its lines, tax, entries and credit notes. Raises NoSuchInvoice, for a foreign one too."""
    async with room.read() as session:
        row = await find_for(session, actor, "invoices.read", invoice_id)
        entries: Any = select(EntryRow).where(col(EntryRow.invoice_id) == row.id).order_by(col(EntryRow.id))
        found = (await session.execute(entries)).scalars().all()
        going_back = await on_its_way(session, row.id)
        return view_of(row, found, await notes_of(session, row.id), actor, going_back=going_back)


@door("invoices.read")
async def invoice_of_order(actor: Actor, order_id: UUID) -> InvoiceOnList | None:
    """The invoice of an order; None when it has none, or it is another practice's."""
    query = select(InvoiceRow).where(col(InvoiceRow.order_id) == order_id)
    async with room.read() as session:
        row = (await session.execute(query)).scalar_one_or_none()
    return row_of(row) if row is not None and actor.may("invoices.read", practice_id=row.practice_id) else None


@door("invoices.read")
async def invoices_page(
    actor: Actor,
    *,
    view: InvoicesView = InvoicesView.ALL,
    text: str = "",
    practice_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> InvoicePage:
    """A page of the invoices this person may see, newest first. Raises Invalid for a cursor we did not give."""
    limit = max(1, min(limit, LONGEST_PAGE))
    query = _found(actor, view, text, practice_id).limit(limit + 1)
    if cursor:
        query = query.where(tuple_(col(InvoiceRow.issued_on), col(InvoiceRow.number)) < tuple_(*_read_cursor(cursor)))
    async with room.read() as session:
        rows = list((await session.execute(query)).scalars())
    more, rows = len(rows) > limit, rows[:limit]
    return InvoicePage(
        rows=tuple(row_of(row) for row in rows),
        next_cursor=_write_cursor(rows[-1].issued_on, rows[-1].number) if more else None,
    )


@door("invoices.read")
async def invoices_for_export(
    actor: Actor, *, view: InvoicesView = InvoicesView.ALL, text: str = "", practice_id: UUID | None = None
) -> tuple[InvoiceOnList, ...]:
    """All invoices of a view at once, newest first, at most twenty thousand."""
    query = _found(actor, view, text, practice_id).limit(LONGEST_EXPORT)
    async with room.read() as session:
        return tuple(row_of(row) for row in (await session.execute(query)).scalars())


@internal
async def invoice_numbers(ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of these invoices, unknown ids left out."""
    if not ids:
        return {}
    query: Any = select(col(InvoiceRow.id), col(InvoiceRow.number)).where(col(InvoiceRow.id).in_(list(ids)))
    async with room.read() as session:
        return {row[0]: row[1] for row in await session.execute(query)}


@door("invoices.read")
async def counts(actor: Actor, *, practice_id: UUID | None = None) -> Counts:
    """How many invoices stand in each view: from counters kept with every move; overdue from the owed ones' index."""
    tally: Any = select(col(TallyRow.bucket), func.sum(col(TallyRow.count))).group_by(col(TallyRow.bucket))
    late: Any = select(func.count()).where(col(InvoiceRow.status).in_(OWED), col(InvoiceRow.due_on) < today_in_lab())
    if practice := _practice_of(actor, practice_id):
        tally = tally.where(col(TallyRow.practice_id) == practice)
        late = late.where(col(InvoiceRow.practice_id) == practice)
    async with room.read() as session:
        buckets = {bucket: int(count) for bucket, count in (await session.execute(tally)).all()}
        overdue = int((await session.execute(late)).scalar_one())
    return Counts(
        by_view={
            InvoicesView.OPEN: sum(buckets.get(status, 0) for status in OWED),
            InvoicesView.OVERDUE: overdue,
            InvoicesView.PAID: buckets.get(InvoiceStatus.PAID, 0),
            InvoicesView.REFUND_DUE: buckets.get(InvoiceStatus.OVERPAID, 0),
            InvoicesView.ALL: sum(buckets.values()),
        }
    )


@door("invoices.read")
async def figures(actor: Actor, *, practice_id: UUID | None = None) -> Figures:
    """What is owed altogether and what of it is overdue, by currency; and how many invoices that is."""
    owed = func.sum(col(InvoiceRow.balance_minor))
    is_late = col(InvoiceRow.due_on) < today_in_lab()
    query: Any = (
        select(
            col(InvoiceRow.currency), owed, func.count(), func.coalesce(owed.filter(is_late), 0),
            func.count().filter(is_late),
        )
        .where(col(InvoiceRow.status).in_(OWED))
        .group_by(col(InvoiceRow.currency))
        .order_by(owed.desc())
    )  # fmt: skip
    if practice := _practice_of(actor, practice_id):
        query = query.where(col(InvoiceRow.practice_id) == practice)
    async with room.read() as session:
        found = (await session.execute(query)).all()
    return Figures(
        outstanding=tuple(Money(minor=int(minor), currency=currency) for currency, minor, *_ in found),
        overdue=tuple(Money(minor=int(late), currency=currency) for currency, _, _, late, _ in found if late),
        open_count=sum(count for _, _, count, _, _ in found),
        overdue_count=sum(count for *_, count in found),
    )


@door("invoices.read")
async def credit_note(actor: Actor, credit_note_id: UUID) -> CreditNoteView:
    """One credit note. Raises NoSuchCreditNote, for a foreign one too."""
    async with room.read() as session:
        note, row = await credit_note_for(session, actor, credit_note_id)
        return credit_note_of(note, row)


@door("invoices.read")
async def credit_notes_page(
    actor: Actor, *, practice_id: UUID | None = None, cursor: str | None = None, limit: int = PAGE_ROWS
) -> CreditNotePage:
    """A page of the credit notes this person may see, newest first. Raises Invalid for a cursor we did not give."""
    limit = max(1, min(limit, LONGEST_PAGE))
    issued, number = col(CreditNoteRow.issued_on), col(CreditNoteRow.number)
    query: Any = select(CreditNoteRow, InvoiceRow).join(InvoiceRow, col(InvoiceRow.id) == col(CreditNoteRow.invoice_id))
    if practice := _practice_of(actor, practice_id):
        query = query.where(col(CreditNoteRow.practice_id) == practice)
    if cursor:
        query = query.where(tuple_(issued, number) < tuple_(*_read_cursor(cursor)))
    async with room.read() as session:
        found = (await session.execute(query.order_by(issued.desc(), number.desc()).limit(limit + 1))).all()
    rows = tuple(credit_note_of(note, row) for note, row in found[:limit])
    return CreditNotePage(
        rows=rows,
        next_cursor=_write_cursor(rows[-1].issued_on, rows[-1].number) if len(found) > limit else None,
    )


async def credit_note_for(
    session: AsyncSession, actor: Actor, credit_note_id: UUID
) -> tuple[CreditNoteRow, InvoiceRow]:
    """A credit note and its invoice if this person may read them. Raises NoSuchCreditNote."""
    note = await session.get(CreditNoteRow, credit_note_id)
    if note is None or not actor.may("invoices.read", practice_id=note.practice_id):
        raise NoSuchCreditNote
    row = await session.get(InvoiceRow, note.invoice_id)
    assert row is not None
    return note, row


async def notes_of(session: AsyncSession, invoice_id: UUID) -> list[CreditNoteRow]:
    """The credit notes of an invoice, oldest first."""
    query: Any = select(CreditNoteRow).where(col(CreditNoteRow.invoice_id) == invoice_id)
    return list((await session.execute(query.order_by(col(CreditNoteRow.created_at)))).scalars())


def _found(actor: Actor, view: InvoicesView, text: str, practice_id: UUID | None) -> Any:
    query: Any = select(InvoiceRow).order_by(col(InvoiceRow.issued_on).desc(), col(InvoiceRow.number).desc())
    if practice := _practice_of(actor, practice_id):
        query = query.where(col(InvoiceRow.practice_id) == practice)
    status = col(InvoiceRow.status)
    if view in (InvoicesView.OPEN, InvoicesView.OVERDUE):
        query = query.where(status.in_(OWED))
    if view is InvoicesView.OVERDUE:
        query = query.where(col(InvoiceRow.due_on) < today_in_lab())
    if view is InvoicesView.PAID:
        query = query.where(status == InvoiceStatus.PAID)
    if view is InvoicesView.REFUND_DUE:
        query = query.where(status == InvoiceStatus.OVERPAID)
    if asked := prefix_query(text):
        query = query.where(col(InvoiceRow.search_vector).op("@@")(func.to_tsquery("simple", asked)))
    return query


def _practice_of(actor: Actor, practice_id: UUID | None) -> UUID | None:
    """The practice a question is limited to; None for all. Raises NotFound for a foreign one."""
    if actor.scope("invoices.read") is Scope.OWN:
        if practice_id is not None and practice_id != actor.organisation_id:
            raise NotFound
        return actor.organisation_id
    return practice_id


def _write_cursor(issued_on: date, number: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([issued_on.isoformat(), number]).encode()).decode()


def _read_cursor(cursor: str) -> tuple[date, str]:
    try:
        on, number = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return date.fromisoformat(on), str(number).replace("\x00", "")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid("This page of the list cannot be found; begin again at its top.") from error
