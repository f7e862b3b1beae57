"""The library: documents as a list, on their own with every version, and the files themselves."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel import files
from ils_app.kernel.actor import Actor, Scope
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import NotFound
from ils_app.kernel.files import FileRef
from ils_app.kernel.permissions import door
from ils_app.kernel.search import prefix_query
from ils_app.suppliers.document_schemas import (
    SOON_DAYS,
    DocumentCounts,
    DocumentLine,
    DocumentList,
    DocumentsPage,
    DocumentState,
    DocumentView,
    VersionView,
)
from ils_app.suppliers.errors import NoSuchDocument
from ils_app.suppliers.models import DocumentRow, DocumentVersionRow, SupplierRow
from ils_app.suppliers.room import room
from ils_app.suppliers.words import DocumentKind

READ = "documents.read"
PAGE_ROWS = 25
LARGEST_PAGE = 100


@door(READ)
async def documents_page(
    actor: Actor,
    *,
    view: DocumentList = DocumentList.ALL,
    kind: DocumentKind | None = None,
    supplier_id: UUID | None = None,
    text: str = "",
    page: int = 1,
    size: int = PAGE_ROWS,
) -> DocumentsPage:
    """Documents this person may read: what ends first, then what does not. Raises NotFound for a foreign supplier."""
    page, size = max(page, 1), min(max(size, 1), LARGEST_PAGE)
    query = _reachable(_joined(), actor, supplier_id).where(_in_list(view))
    if kind is not None:
        query = query.where(col(DocumentRow.kind) == kind)
    if asked := prefix_query(text):
        query = query.where(col(DocumentRow.search_vector).op("@@")(func.to_tsquery("simple", asked)))
    ordered = query.order_by(
        col(DocumentRow.valid_until).asc().nulls_last(), col(DocumentRow.title), col(DocumentRow.id)
    )
    async with room.read() as session:
        counted = query.with_only_columns(col(DocumentRow.id)).subquery()
        total = await session.scalar(select(func.count()).select_from(counted))
        rows = (await session.execute(ordered.limit(size).offset((page - 1) * size))).all()
    return DocumentsPage(rows=tuple(_line(*row) for row in rows), total=total or 0, page=page, size=size)


@door(READ)
async def document_counts(actor: Actor, *, supplier_id: UUID | None = None) -> DocumentCounts:
    """How many documents stand in each view."""
    counts = select(*(func.count().filter(_in_list(view)) for view in DocumentList)).select_from(DocumentRow)
    async with room.read() as session:
        found = (await session.execute(_reachable(counts, actor, supplier_id))).one()
    return DocumentCounts(by_list=dict(zip(DocumentList, found, strict=True)))


@door(READ)
async def document(actor: Actor, document_id: UUID) -> DocumentView:
    """One document with its versions. Raises NoSuchDocument, for another supplier's too."""
    async with room.read() as session:
        row = await find_document_for(session, actor, READ, document_id)
        return await document_view(session, row, actor)


@door(READ)
async def download_document(actor: Actor, version_id: UUID) -> tuple[FileRef, str, bytes]:
    """The file of a version, and what it is. Raises NoSuchDocument, NotFound when the file itself is lost."""
    async with room.read() as session:
        version = await session.get(DocumentVersionRow, version_id)
        if version is None:
            raise NoSuchDocument
        await find_document_for(session, actor, READ, version.document_id)
    ref = FileRef.model_validate(version.file)
    return ref, version.content_type, await files.read(ref)


async def find_document_for(
    session: AsyncSession, actor: Actor, row: str, document_id: UUID, *, for_update: bool = False
) -> DocumentRow:
    """The document, locked when asked, if this person's row reaches it; NoSuchDocument otherwise."""
    found = await session.get(DocumentRow, document_id, with_for_update=for_update)
    if found is None or not actor.may(row, practice_id=found.supplier_id):
        raise NoSuchDocument
    return found


async def document_view(session: AsyncSession, row: DocumentRow, actor: Actor) -> DocumentView:
    """A document with its versions, newest first."""
    supplier = await session.get(SupplierRow, row.supplier_id)
    assert supplier is not None
    query: Any = select(DocumentVersionRow).where(col(DocumentVersionRow.document_id) == row.id)
    versions: Sequence[DocumentVersionRow] = (
        (await session.execute(query.order_by(col(DocumentVersionRow.number).desc()))).scalars().all()
    )
    line = _line(row, versions[0], supplier.name)
    return DocumentView(
        **line.model_dump(),
        version=row.version,
        versions=tuple(map(_version, versions)),
        may_write=actor.may("documents.write", practice_id=row.supplier_id) and row.withdrawn_at is None,
    )


def state_of(row: DocumentRow, today: date) -> DocumentState:
    """How a document stands on a day; `valid_until` is the last day it is good for."""
    if row.withdrawn_at is not None:
        return DocumentState.WITHDRAWN
    if row.valid_until is None or row.valid_until > today + timedelta(days=SOON_DAYS):
        return DocumentState.VALID
    return DocumentState.EXPIRING if row.valid_until >= today else DocumentState.EXPIRED


def _joined() -> Any:
    """Documents with the version that counts and the supplier's name."""
    version = and_(
        col(DocumentVersionRow.document_id) == col(DocumentRow.id),
        col(DocumentVersionRow.number) == col(DocumentRow.number),
    )
    named: Any = select(DocumentRow, DocumentVersionRow, col(SupplierRow.name)).select_from(DocumentRow)
    return named.join(DocumentVersionRow, version).join(
        SupplierRow, col(SupplierRow.id) == col(DocumentRow.supplier_id)
    )


def _reachable(query: Any, actor: Actor, supplier_id: UUID | None) -> Any:
    if actor.scope(READ) is Scope.OWN:
        if supplier_id is not None and supplier_id != actor.organisation_id:
            raise NotFound
        supplier_id = actor.organisation_id
    return query if supplier_id is None else query.where(col(DocumentRow.supplier_id) == supplier_id)


def _in_list(view: DocumentList) -> Any:
    today, until = today_in_lab(), col(DocumentRow.valid_until)
    counts = col(DocumentRow.withdrawn_at).is_(None)
    return {
        DocumentList.ALL: counts,
        DocumentList.EXPIRING: and_(counts, until >= today, until <= today + timedelta(days=SOON_DAYS)),
        DocumentList.EXPIRED: and_(counts, until < today),
        DocumentList.WITHDRAWN: ~counts,
    }[view]


def _line(row: DocumentRow, version: DocumentVersionRow, supplier_name: str) -> DocumentLine:
    ref = FileRef.model_validate(version.file)
    return DocumentLine(
        id=row.id, supplier_id=row.supplier_id, supplier_name=supplier_name, title=row.title, kind=row.kind,
        state=state_of(row, today_in_lab()), valid_until=row.valid_until, number=row.number, version_id=version.id,
        name=ref.name, size_bytes=ref.size_bytes, changed_at=row.changed_at,
    )  # fmt: skip


def _version(row: DocumentVersionRow) -> VersionView:
    ref = FileRef.model_validate(row.file)
    return VersionView(
        id=row.id, number=row.number, name=ref.name, size_bytes=ref.size_bytes, content_type=row.content_type,
        valid_until=row.valid_until, who=row.who, at=row.at,
    )  # fmt: skip
