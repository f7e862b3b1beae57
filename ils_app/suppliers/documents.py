"""Technical documents as a supplier keeps them: put up, replaced by a newer version, named, withdrawn."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.kernel import files
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.files import FileRef
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork
from ils_app.kernel.search import folded
from ils_app.suppliers.content import Content, named
from ils_app.suppliers.document_lists import document_view, find_document_for
from ils_app.suppliers.document_schemas import MOST_BYTES, DocumentDraft, DocumentView
from ils_app.suppliers.entering import Reader
from ils_app.suppliers.errors import ChangedElsewhere, NotThatMove
from ils_app.suppliers.events import DocumentAdded, DocumentRenamed, DocumentWithdrawn
from ils_app.suppliers.models import DocumentRow, DocumentVersionRow, SupplierRow
from ils_app.suppliers.records import find_supplier
from ils_app.suppliers.room import room
from ils_app.suppliers.schemas import Value
from ils_app.suppliers.words import DocumentKind

WRITE = "documents.write"
DOCUMENTS = "documents"
"""The topic of the lab's library."""


class HeldFile(Value):
    """A file that was taken and is not put up yet, and what it is."""

    ref: FileRef
    content_type: str


Body = bytes | AsyncIterable[bytes] | HeldFile
NOT_AS_IT_IS = "The document cannot be taken as it is; each reason stands beside its field."


@door(WRITE)
async def hold_file(actor: Actor, name: str, body: bytes | AsyncIterable[bytes]) -> HeldFile:
    """Take a file while the rest is still being written. Raises WrongContent, Invalid when it is empty or too large."""
    async with _taken(name, body) as (ref, content_type):
        return HeldFile(ref=ref, content_type=content_type)


@door(WRITE)
async def let_go(actor: Actor, held: HeldFile) -> None:
    """Forget a file that was taken and is not put up after all."""
    await files.forget(held.ref)


@door(WRITE)
async def add_document(actor: Actor, draft: DocumentDraft, name: str, body: Body) -> DocumentView:
    """Put up a document of one's own. Raises Invalid by field, WrongContent, NoSuchSupplier for who is none."""
    async with room.read() as session:
        await find_supplier(session, actor.organisation_id)
    title, kind, valid_until = _read(draft)
    async with _taken(name, body) as (ref, content_type), room.unit_of_work() as uow:
        supplier = await find_supplier(uow.session, actor.organisation_id)
        row = DocumentRow(supplier_id=supplier.id, kind=kind, title=title, valid_until=valid_until)
        _remember(row, supplier)
        uow.session.add(row)
        await uow.session.flush()
        _add_version(uow, row, actor, ref, content_type)
        return await _shown(uow, row, actor)


@door(WRITE)
async def add_version(actor: Actor, document_id: UUID, valid_until: str, name: str, body: Body) -> DocumentView:
    """Replace a document by a newer version; the older ones are kept. Raises Invalid, WrongContent, NoSuchDocument."""
    async with room.read() as session:
        held = await find_document_for(session, actor, WRITE, document_id)
        _refuse_withdrawn(held)
    read = Reader()
    until = _until(read, valid_until)
    read.done(NOT_AS_IT_IS)
    async with _taken(name, body) as (ref, content_type), room.unit_of_work() as uow:
        row = await find_document_for(uow.session, actor, WRITE, document_id, for_update=True)
        _refuse_withdrawn(row)
        row.number, row.valid_until = row.number + 1, until
        _touch(row)
        _add_version(uow, row, actor, ref, content_type)
        return await _shown(uow, row, actor)


@door(WRITE)
async def edit_document(actor: Actor, document_id: UUID, title: str, kind: str, version: int) -> DocumentView:
    """Call a document otherwise. Raises Invalid, ChangedElsewhere, NoSuchDocument."""
    async with room.unit_of_work() as uow:
        row = await find_document_for(uow.session, actor, WRITE, document_id, for_update=True)
        _refuse_withdrawn(row)
        if row.version != version:
            raise ChangedElsewhere(row.title)
        before = row.title, row.kind
        row.title, row.kind, _ = _read(DocumentDraft.read({"title": title, "kind": kind}))
        _remember(row, await find_supplier(uow.session, row.supplier_id))
        _touch(row)
        if before != (row.title, row.kind):
            uow.emit(DocumentRenamed(document_id=row.id, supplier_id=row.supplier_id))
        return await _shown(uow, row, actor)


@door(WRITE)
async def withdraw_document(actor: Actor, document_id: UUID) -> DocumentView:
    """Take a document back: it no longer counts, and is kept. A repeat does nothing. Raises NoSuchDocument."""
    async with room.unit_of_work() as uow:
        row = await find_document_for(uow.session, actor, WRITE, document_id, for_update=True)
        if row.withdrawn_at is None:
            row.withdrawn_at = now()
            _touch(row)
            uow.emit(DocumentWithdrawn(document_id=row.id, supplier_id=row.supplier_id))
        return await _shown(uow, row, actor)


@asynccontextmanager
async def _taken(name: str, body: Body) -> AsyncIterator[tuple[FileRef, str]]:
    """The file, kept while what is done with it goes well, and what it is. Raises WrongContent, Invalid.

    One that was held before stays held when it does not.
    """
    if isinstance(body, HeldFile):
        yield body.ref, body.content_type
        return
    content = Content()
    ref = await files.keep(name or "document", content.watched(_pieces(body)), most_bytes=MOST_BYTES)
    try:
        yield ref.model_copy(update={"name": named(name, content.kind)}), content.kind
    except BaseException:
        await files.forget(ref)
        raise


async def _pieces(body: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    async for piece in body:
        yield piece


def _add_version(uow: UnitOfWork, row: DocumentRow, actor: Actor, ref: FileRef, content_type: str) -> None:
    uow.session.add(
        DocumentVersionRow(
            document_id=row.id, number=row.number, file=ref.model_dump(mode="json"), content_type=content_type,
            valid_until=row.valid_until, user_id=actor.user_id, who=actor.name,
        )
    )  # fmt: skip
    uow.emit(DocumentAdded(document_id=row.id, supplier_id=row.supplier_id, number=row.number))


async def _shown(uow: UnitOfWork, row: DocumentRow, actor: Actor) -> DocumentView:
    await uow.session.flush()
    uow.publish(DOCUMENTS, f"documents:supplier:{row.supplier_id}", f"document:{row.id}", f"supplier:{row.supplier_id}")
    session: AsyncSession = uow.session
    return await document_view(session, row, actor)


def _touch(row: DocumentRow) -> None:
    row.version, row.changed_at = row.version + 1, now()


def _remember(row: DocumentRow, supplier: SupplierRow) -> None:
    row.search = folded(f"{row.title} {DocumentKind(row.kind).label} {supplier.name}")


def _refuse_withdrawn(row: DocumentRow) -> None:
    if row.withdrawn_at is not None:
        raise NotThatMove("This document was withdrawn: put up a new one.")


def _read(draft: DocumentDraft) -> tuple[str, DocumentKind, date | None]:
    read = Reader()
    title = read.line("title", draft.title, needed="What is it called?")
    kind: Any = read.one_of("kind", draft.kind, DocumentKind, "Choose what it is.")
    until = _until(read, draft.valid_until)
    read.done(NOT_AS_IT_IS)
    return title, DocumentKind(kind), until


def _until(read: Reader, text: str) -> date | None:
    return read.day(
        "valid_until", text, least=today_in_lab(), earlier="This day is over: what has ended is not put up."
    )
