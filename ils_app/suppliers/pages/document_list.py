"""The library of technical documents: the lab reads all, a supplier keeps its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.kernel.errors import IlsError
from ils_app.kernel.roles import Role
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.pages.document_dialogs import document_dialogs
from ils_app.suppliers.pages.rows import PaperLine, paper_line, size
from ils_app.suppliers.service import DocumentDraft, DocumentKind, DocumentList, DocumentView, HeldFile, NoSuchDocument
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables, times
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.tables import Page, View

READ, WRITE = "documents.read", "documents.write"
FIELDS = ("title", "kind", "valid_until", "file")
VIEWS = (
    (DocumentList.ALL, "All"), (DocumentList.EXPIRING, "End within 30 days"), (DocumentList.EXPIRED, "Ended"),
    (DocumentList.WITHDRAWN, "Withdrawn"),
)  # fmt: skip
KINDS = [fields.Option("", "Every kind"), *(fields.Option(one.value, one.label) for one in DocumentKind)]
PIECE_BYTES = 256_000


@dataclass(frozen=True)
class Version:
    """One version in words."""

    id: str
    number: str
    name: str
    valid: str
    who: str
    at: str
    href: str


class DocumentsState(SessionState):
    """One page of one view, the document that is open, and the form of a new one or of a new version."""

    rows: list[PaperLine] = []
    views: list[View] = []
    pages: Page = Page()
    words: str = ""
    loading: bool = True
    kind: str = ""
    opened: bool = False
    shown: PaperLine = PaperLine("", "", "", "", "", "", "idle", "", "", "", "")
    versions: list[Version] = []
    may_write: bool = False
    asking: str = ""  # which form is open: add, version, rename, withdraw
    held: str = ""  # the file that was taken, in words
    problems: dict[str, str] = dict.fromkeys(FIELDS, "")
    start: dict[str, str] = {"title": "", "kind": "", "valid_until": ""}
    busy: bool = False
    epoch: int = 0
    _view: DocumentList = DocumentList.ALL
    _text: str = ""
    _page: int = 1
    _held: HeldFile | None = None
    _document: UUID | None = None
    _version: int = 0

    @rx.event
    @opens(READ)
    async def load(self):
        """The view the address names, from its first page."""
        actor = await self._actor()
        named = self.router.url.query_parameters.get("view", "")
        self._view = DocumentList(named) if named in set(DocumentList) else DocumentList.ALL
        self._text, self._page, self.kind, self.loading = "", 1, "", True
        self.opened, self.asking, self._document = False, "", None
        await self._let_go()  # a file that was taken here before the page was left
        own = actor.role is Role.SUPPLIER
        self._watch(DocumentsState.refresh, f"documents:supplier:{actor.organisation_id}" if own else "documents")
        await self._read()

    @rx.event
    @needs(READ, pushed=True)
    async def refresh(self):
        """A document changed."""
        await self._read()
        if self.opened and self._document is not None:
            await self._open(self._document)

    @rx.event(background=True, supersedes=True)
    @needs(READ)
    async def search(self, name: str, text: str):
        """Narrow the view to what is typed."""
        await asyncio.sleep(0.15)
        async with self:
            self._text, self._page = text, 1
            await self._read()

    @rx.event
    @needs(READ)
    async def pick_kind(self, value: str):
        """Show one kind only."""
        self.kind, self._page = value if value in set(DocumentKind) else "", 1
        await self._read()

    @rx.event
    @needs(READ)
    async def next_page(self):
        """The next page."""
        if self.pages.has_next:
            self._page += 1
            await self._read()

    @rx.event
    @needs(READ)
    async def previous_page(self):
        """The page before."""
        if self._page > 1:
            self._page -= 1
            await self._read()

    @rx.event
    @needs(READ)
    async def open_document(self, document_id: str):
        """Show a document with its versions."""
        if any(row.id == document_id for row in self.rows):
            await self._open(UUID(document_id))

    @rx.event
    @needs(READ)
    async def shut(self):
        """Put the document away."""
        self.opened = False

    @rx.event
    @needs(WRITE)
    async def ask(self, what: str):
        """Open a form: of a new document, a new version, a new name, or whether to withdraw."""
        if what not in {"add", "version", "rename", "withdraw"}:
            return
        renaming = what == "rename" and self._document is not None
        kinds = {one.label: one.value for one in DocumentKind}
        named = {"title": self.shown.title, "kind": kinds.get(self.shown.kind, "")}
        self.start = {"title": "", "kind": "", "valid_until": ""} | (named if renaming else {})
        self.problems, self.opened, self.epoch = dict.fromkeys(FIELDS, ""), False, self.epoch + 1
        self.asking = what

    @rx.event
    @needs(WRITE)
    async def leave(self):
        """Close the form; a file that was taken for it is forgotten."""
        self.asking = ""
        await self._let_go()

    @rx.event
    @needs(WRITE)
    async def take(self, files: list[rx.UploadFile]):
        """Take the file that was dropped; what it is is told from its content."""
        if not files:
            return
        await self._let_go()
        self.problems = self.problems | {"file": ""}
        try:
            name = str(files[0].name or files[0].filename or "")
            self._held = await suppliers.hold_file(await self._actor(), name, _pieces(files[0]))
        except IlsError as error:
            self.problems = self.problems | errors.beside(error, ("file",))
            return
        self.held = f"{self._held.ref.name}, {size(self._held.ref.size_bytes)}"

    @rx.event
    @needs(WRITE)
    async def add(self, form: dict[str, Any]):
        """Put up a new document."""
        draft = DocumentDraft.read(form)

        async def put(file: HeldFile) -> None:
            await suppliers.add_document(await self._actor(), draft, file.ref.name, file)

        return await self._put(put, "The document is up.")

    @rx.event
    @needs(WRITE)
    async def add_version(self, form: dict[str, Any]):
        """Put up a newer version of the open document."""
        document_id, until = self._document, str(form.get("valid_until", ""))[:100]
        if document_id is None:
            raise NoSuchDocument

        async def put(file: HeldFile) -> None:
            await suppliers.add_version(await self._actor(), document_id, until, file.ref.name, file)

        return await self._put(put, "The new version is up; the older ones are kept.")

    @rx.event
    @needs(WRITE)
    async def rename(self, form: dict[str, Any]):
        """Call the open document otherwise."""
        if self._document is None:
            return None
        title, kind = str(form.get("title", "")), str(form.get("kind", ""))
        try:
            await suppliers.edit_document(await self._actor(), self._document, title, kind, self._version)
        except IlsError as error:
            self.problems = errors.beside(error, FIELDS)
            return None
        self.asking = ""
        await self._read()
        return errors.done("Saved.")

    @rx.event
    @needs(WRITE)
    async def withdraw(self):
        """Take the open document back."""
        self.asking = ""
        if self._document is None:
            return None
        await suppliers.withdraw_document(await self._actor(), self._document)
        await self._read()
        return errors.done("Withdrawn. It stays among the withdrawn ones.")

    async def _put(self, put: Any, done: str) -> Any:
        if self._held is None:
            self.problems = dict.fromkeys(FIELDS, "") | {"file": self.problems["file"] or "Choose the file."}
            return None
        try:
            await put(self._held)
        except IlsError as error:
            self.problems = errors.beside(error, FIELDS)
            return None
        self._held, self.held, self.asking = None, "", ""
        await self._read()
        return errors.done(done)

    async def _let_go(self) -> None:
        held, self._held, self.held = self._held, None, ""
        if held is not None:
            await suppliers.let_go(await self._actor(), held)

    async def _open(self, document_id: UUID) -> None:
        actor = await self._actor()
        view = await suppliers.document(actor, document_id)
        self._document, self._version = document_id, view.version
        self.shown, self.may_write, self.opened = paper_line(view, actor.role.value), view.may_write, True
        self.versions = _versions(view, actor.role.value)

    async def _read(self) -> None:
        actor = await self._actor()
        kind = DocumentKind(self.kind) if self.kind else None
        found = await suppliers.documents_page(actor, view=self._view, kind=kind, text=self._text, page=self._page)
        counts = await suppliers.document_counts(actor)
        self.rows = [paper_line(row, actor.role.value) for row in found.rows]
        self.views = [
            View(view, label, routes.DOCUMENTS if view is DocumentList.ALL else f"{routes.DOCUMENTS}?view={view}",
                 counts.of(view), view is self._view)
            for view, label in VIEWS
        ]  # fmt: skip
        self.pages = Page.of(found)
        self.words = f"{counts.of(DocumentList.EXPIRING)} about to end · {counts.of(DocumentList.EXPIRED)} ended"
        self.loading = False


async def _pieces(file: Any) -> AsyncIterator[bytes]:
    """An upload, piece by piece."""
    while piece := await file.read(PIECE_BYTES):
        yield piece


def _versions(view: DocumentView, role: str) -> list[Version]:
    return [
        Version(
            id=str(one.id), number=f"Version {one.number}", name=f"{one.name}, {size(one.size_bytes)}",
            valid=f"until {one.valid_until.day} {one.valid_until:%b %Y}" if one.valid_until else "does not end",
            who=one.who, at=one.at.isoformat(), href=routes.document_file(one.id, role),
        )
        for one in view.versions
    ]  # fmt: skip


@page(routes.DOCUMENTS, title="Documents", on_load=DocumentsState.load)
def document_library() -> rx.Component:
    """The list, the open document, and the forms."""
    state = DocumentsState
    theirs = state.role == Role.SUPPLIER
    add = buttons.button("Put up a document", kind="primary", icon="plus", shortcut="a", on_click=state.ask("add"))
    none = rx.cond(
        theirs,
        feedback.empty_state("file-badge", "No document here", "Spec sheets, certificates and data sheets come here.",
                             add),
        feedback.empty_state("file-badge", "No document here", "Suppliers put them up when they are signed in."),
    )  # fmt: skip

    def table(*, with_supplier: bool) -> rx.Component:
        whose = [tables.Column("Supplier", lambda row: row.supplier)] if with_supplier else []
        columns = [
            tables.Column("Document", lambda row: layout.strong(row.title)),
            *whose,
            tables.Column("Kind", lambda row: row.kind),
            tables.Column("Valid", lambda row: feedback.toned_badge(row.state, row.tone)),
            tables.Column("Version", lambda row: layout.mono(row.number), align="end", secondary=True),
            tables.Column("File", lambda row: layout.muted(row.file), secondary=True),
            tables.Column("Changed", lambda row: layout.muted(times.ago(row.changed_at)), secondary=True),
            tables.Column(
                "",
                lambda row: layout.row(
                    buttons.button("Versions", small=True, on_click=state.open_document(row.id),
                                   aria_label=f"Versions of {row.title}"),
                    buttons.download_link("Download", row.href, aria_label=f"Download {row.title}"),
                ),
                align="end",
            ),
        ]  # fmt: skip
        return tables.data_table(state.rows, columns, label="Documents", loading=state.loading, empty=none)

    return frame(
        tables.list_page(
            tables.view_tabs(state.views),
            tables.filter_bar(
                fields.search_field("find", "Title, kind, supplier", on_edit=state.search),
                tables.filter_select("Kind", KINDS, value=state.kind, on_pick=state.pick_kind),
            ),
            rx.cond(theirs, table(with_supplier=False), table(with_supplier=True)),
            tables.pager(state.pages, on_previous=state.previous_page, on_next=state.next_page),
        ),
        document_dialogs(state),
        title="Documents",
        subtitle=state.words,
        active=routes.DOCUMENTS,
        actions=rx.cond(theirs, add),
        shortcuts=(dialogs.Shortcut("a", "Put up a document (suppliers)"), *dialogs.LISTS),
    )
