"""An invoice's money: entries that are only ever added, a balance that is their sum, a status that follows.

Private to the room, and used inside a unit of work. Every verb locks its invoice first, so that two payments of one
invoice at the same moment come one after the other.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.billing.amounts import status_of
from ils_app.billing.errors import NoSuchInvoice
from ils_app.billing.events import InvoicePaid, PaymentReceived, RefundMade
from ils_app.billing.models import EntryRow, InvoiceRow
from ils_app.billing.open_pages import settle_outdated
from ils_app.billing.room import topics
from ils_app.billing.schemas import OWED, EntryKind, EntrySource, InvoiceStatus
from ils_app.kernel import log
from ils_app.kernel.clock import now
from ils_app.kernel.room import UnitOfWork

SYSTEM = "ILS"
SETTLED = (InvoiceStatus.PAID, InvoiceStatus.OVERPAID)
RAISES = (EntryKind.INVOICED, EntryKind.REFUND)

logger = log.get_logger(__name__)


async def locked_invoice(uow: UnitOfWork, invoice_id: UUID) -> InvoiceRow:
    """The invoice, locked until the transaction ends. Raises NoSuchInvoice."""
    query = select(InvoiceRow).where(col(InvoiceRow.id) == invoice_id).with_for_update()
    row = (await uow.session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
    if row is None:
        raise NoSuchInvoice
    return row


async def balance(session: AsyncSession, invoice_id: UUID) -> int:
    """What is owed on it, in minor units: the sum of its entries. Negative when a refund is due."""
    query: Any = select(func.coalesce(func.sum(EntryRow.minor), 0)).where(col(EntryRow.invoice_id) == invoice_id)
    return int((await session.execute(query)).scalar_one())


async def record_payment(
    uow: UnitOfWork,
    invoice_id: UUID,
    minor: int,
    *,
    source: str,
    reference: str,
    who: str = SYSTEM,
    at: datetime | None = None,
    note: str = "",
) -> bool:
    """Record money that came in for an invoice, whatever is owed. False, and nothing changed, for a repeat.

    `minor` is positive. `reference` is the payment's own name at its source: the provider's id, or the words on the
    bank statement.
    """
    row = await locked_invoice(uow, invoice_id)
    before = row.status
    given = EntrySource(source)
    entry_id = await enter(uow, row, EntryKind.PAYMENT, minor, given, reference, who=who, at=at, note=note)
    if entry_id is None:
        return False
    uow.emit(PaymentReceived(**about(row), entry_id=entry_id, minor=minor, source=given))
    if row.status in SETTLED and before in OWED:  # of a void one that is paid nothing was owed
        uow.emit(InvoicePaid(**about(row)))
    return True


async def record_refund(
    uow: UnitOfWork,
    invoice_id: UUID,
    minor: int,
    *,
    reference: str,
    source: str = EntrySource.CARD,
    who: str = SYSTEM,
    at: datetime | None = None,
    note: str = "",
) -> bool:
    """Record money that went back for an invoice. False, and nothing changed, for a repeat.

    How much may go back is for the door that sends it to say: what has left is recorded here in any case.
    """
    row = await locked_invoice(uow, invoice_id)
    given = EntrySource(source)
    entry_id = await enter(uow, row, EntryKind.REFUND, minor, given, reference, who=who, at=at, note=note)
    if entry_id is None:
        return False
    uow.emit(RefundMade(**about(row), entry_id=entry_id, minor=minor, source=given))
    return True


async def enter(
    uow: UnitOfWork,
    row: InvoiceRow,
    kind: EntryKind,
    minor: int,
    source: EntrySource,
    reference: str,
    *,
    who: str = SYSTEM,
    at: datetime | None = None,
    note: str = "",
) -> int | None:
    """Add one entry to a locked invoice and bring its sums and status up to it; None when it stands already.

    `minor` is a size, above nought; its sign follows from the kind.
    """
    if minor <= 0:
        raise ValueError(f"an entry of {minor} moves nothing")
    values = {
        "invoice_id": row.id, "kind": kind, "minor": minor if kind in RAISES else -minor, "source": source,
        "reference": reference, "at": at or now(), "who": who, "note": note,
    }  # fmt: skip
    added: Any = insert(EntryRow).values(values).on_conflict_do_nothing().returning(col(EntryRow.id))
    entry_id = (await uow.session.execute(added)).scalar_one_or_none()
    if entry_id is None:
        logger.info("entry_known", invoice_id=row.id, kind=kind, source=source)
        return None
    await _stand(uow.session, row)
    await settle_outdated(uow, row)
    uow.publish(*topics(row.id, row.practice_id), f"order:{row.order_id}")
    return int(entry_id)


async def _stand(session: AsyncSession, row: InvoiceRow) -> None:
    """Set an invoice's sums and status to what its entries say."""
    query: Any = (
        select(col(EntryRow.kind), func.sum(col(EntryRow.minor)))
        .where(col(EntryRow.invoice_id) == row.id)
        .group_by(col(EntryRow.kind))
    )
    sums = {kind: abs(int(minor)) for kind, minor in (await session.execute(query)).all()}
    row.paid_minor = sums.get(EntryKind.PAYMENT, 0)
    row.credited_minor = sums.get(EntryKind.CREDIT, 0)
    row.refunded_minor = sums.get(EntryKind.REFUND, 0)
    row.voided_minor = sums.get(EntryKind.VOID, 0)
    row.balance_minor = (
        sums.get(EntryKind.INVOICED, 0)
        - row.credited_minor - row.voided_minor - row.paid_minor + row.refunded_minor
    )  # fmt: skip
    row.status = status_of(
        invoiced=sums.get(EntryKind.INVOICED, 0), credited=row.credited_minor, voided=row.voided_minor,
        paid=row.paid_minor, refunded=row.refunded_minor,
    )  # fmt: skip
    row.changed_at = now()
    await session.flush()


def about(row: InvoiceRow) -> dict[str, UUID]:
    """Which invoice a fact is about."""
    return {"invoice_id": row.id, "practice_id": row.practice_id, "order_id": row.order_id}
