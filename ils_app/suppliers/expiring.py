"""Documents that are about to end: said thirty days and seven days before, once each, to both sides."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, select
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.permissions import internal
from ils_app.kernel.roles import Role
from ils_app.kernel.room import UnitOfWork
from ils_app.notifications import service as notifications
from ils_app.settings import service as settings
from ils_app.suppliers.models import DocumentRow, DocumentVersionRow, SupplierRow
from ils_app.suppliers.room import room

WARNINGS_DAYS: Final = (7, 30)  # before the last day, the nearest first


@internal
async def remind_of_expiry() -> int:
    """Remind of every document whose next warning is due; how many that were. What was said is not said again.

    A document put up with a week left is reminded of once, not twice.
    """
    today = today_in_lab()
    lab = await auth.the_lab()
    current = and_(
        col(DocumentVersionRow.document_id) == col(DocumentRow.id),
        col(DocumentVersionRow.number) == col(DocumentRow.number),
    )
    query: Any = (
        select(DocumentRow, DocumentVersionRow, SupplierRow)
        .join(DocumentVersionRow, current)
        .join(SupplierRow, col(SupplierRow.id) == col(DocumentRow.supplier_id))
        .where(
            col(DocumentRow.withdrawn_at).is_(None),
            col(DocumentRow.valid_until) >= today,
            col(DocumentRow.valid_until) <= today + timedelta(days=max(WARNINGS_DAYS)),
        )
    )
    said = 0
    async with room.unit_of_work() as uow:
        for document, version, supplier in (
            await uow.session.execute(query.with_for_update(of=DocumentVersionRow))
        ).all():
            due = next(days for days in WARNINGS_DAYS if document.valid_until <= today + timedelta(days=days))
            if version.reminded_days is not None and version.reminded_days <= due:
                continue
            version.reminded_days = due
            await _tell(uow, document, version, supplier, due, lab.id if lab else None)
            said += 1
    return said


async def _tell(
    uow: UnitOfWork, document: DocumentRow, version: DocumentVersionRow, supplier: SupplierRow, due: int, lab_id: Any
) -> None:
    assert document.valid_until is not None
    until = f"{document.valid_until.day} {document.valid_until:%B %Y}"
    about: dict[str, Any] = {
        "kind": settings.NotificationKind.DOCUMENT_EXPIRY,
        "title": f"{document.title} ends on {until}",
        "href": "/documents?view=expiring",
        "uow": uow,
    }
    key = f"document-expiry:{version.id}:{due}"
    await notifications.tell(
        key=f"{key}:supplier", text="Put up a new version before then, so that the lab can go on using what it covers.",
        organisation_id=supplier.id, roles=(Role.SUPPLIER,), **about,
    )  # fmt: skip
    if lab_id is not None:
        await notifications.tell(
            key=f"{key}:lab", text=f"{supplier.name} was reminded to put up a new version.", organisation_id=lab_id,
            roles=(Role.LAB, Role.ENGINEER), **about,
        )  # fmt: skip
