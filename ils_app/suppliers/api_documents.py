"""The HTTP door to technical documents: files come in piece by piece, after who sends them is known, and leave as
attachments."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API
from ils_app.kernel.errors import Invalid
from ils_app.kernel.openapi import sends
from ils_app.suppliers import service
from ils_app.suppliers.content import ENDINGS
from ils_app.suppliers.document_schemas import DocumentDraft, DocumentList, DocumentsPage, DocumentView
from ils_app.suppliers.words import DocumentKind

router = APIRouter(tags=["documents"])
Reader = Annotated[Actor, Depends(asks("documents.read"))]
Writer = Annotated[Actor, Depends(asks("documents.write"))]
DOCUMENTS: Final = f"{API}/documents"
PIECE_BYTES: Final = 64_000
LONGEST_FIELD: Final = 500


class DocumentChange(BaseModel):
    """What a document is called and is; `version` is the one that was read."""

    title: str = Field(max_length=500)
    kind: DocumentKind
    version: int


def form_of(*fields: str) -> dict[str, Any]:
    """What the OpenAPI document says of a form with a file; FastAPI would read it before it knows who sends it."""
    shown: dict[str, Any] = {"file": {"type": "string", "format": "binary"}} | {
        one: {"type": "string"} for one in fields
    }
    schema = {"type": "object", "required": ["file"], "properties": shown}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@asynccontextmanager
async def sent_form(request: Request) -> AsyncIterator[tuple[dict[str, str], UploadFile]]:
    """The form's words and its one file. Raises Invalid when there is none."""
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid("Send the document as the file of a form.", fields={"file": "Choose a file."})
        words = {name: value[:LONGEST_FIELD] for name, value in form.items() if isinstance(value, str)}
        yield words, file


async def pieces(file: UploadFile) -> AsyncIterator[bytes]:
    """An upload, piece by piece."""
    while piece := await file.read(PIECE_BYTES):
        yield piece


@router.get(DOCUMENTS)
async def list_documents(
    actor: Reader,
    view: DocumentList = DocumentList.ALL,
    kind: DocumentKind | None = None,
    supplier_id: UUID | None = None,
    text: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 25,
) -> DocumentsPage:
    """Documents, what ends first first; a supplier sees its own."""
    return await service.documents_page(
        actor, view=view, kind=kind, supplier_id=supplier_id, text=text, page=page, size=size
    )


@router.post(DOCUMENTS, status_code=201, openapi_extra=form_of("title", "kind", "valid_until"))
async def add_document(actor: Writer, request: Request) -> DocumentView:
    """Put up a document: PDF, PNG, JPEG or plain text of at most 10 MB."""
    async with sent_form(request) as (words, file):
        return await service.add_document(actor, DocumentDraft.read(words), file.filename or "", pieces(file))


@router.get(f"{DOCUMENTS}/{{document_id}}")
async def read_document(actor: Reader, document_id: UUID) -> DocumentView:
    """One document, with its versions."""
    return await service.document(actor, document_id)


@router.put(f"{DOCUMENTS}/{{document_id}}")
async def change_document(actor: Writer, document_id: UUID, body: DocumentChange) -> DocumentView:
    """Call a document otherwise."""
    return await service.edit_document(actor, document_id, body.title, body.kind.value, body.version)


@router.post(f"{DOCUMENTS}/{{document_id}}/versions", status_code=201, openapi_extra=form_of("valid_until"))
async def add_version(actor: Writer, document_id: UUID, request: Request) -> DocumentView:
    """Replace it by a newer version."""
    async with sent_form(request) as (words, file):
        until = words.get("valid_until", "")
        return await service.add_version(actor, document_id, until, file.filename or "", pieces(file))


@router.post(f"{DOCUMENTS}/{{document_id}}/withdraw")
async def withdraw_document(actor: Writer, document_id: UUID) -> DocumentView:
    """Take it back; it is kept and no longer counts."""
    return await service.withdraw_document(actor, document_id)


@router.get(f"{API}/document-files/{{version_id}}", response_class=Response, responses=sends(*ENDINGS))
async def download_document(actor: Reader, version_id: UUID) -> Response:
    """The file of a version, to be saved and never run or shown in place."""
    ref, content_type, body = await service.download_document(actor, version_id)
    return Response(
        body,
        media_type=content_type,
        headers={
            "content-disposition": f"attachment; filename*=UTF-8''{quote(ref.name)}",
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'",
            "cache-control": "private, no-store",
        },
    )
