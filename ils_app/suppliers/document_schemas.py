"""Technical documents as they cross the door: drafts in, views out. All frozen; none is a table row."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from ils_app.suppliers.schemas import Value
from ils_app.suppliers.words import DocumentKind

MOST_BYTES = 10_000_000
SOON_DAYS = 30
LONGEST: Final = {"title": 2000, "kind": 100, "valid_until": 100}


class DocumentDraft(Value):
    """What a document is, as typed; `valid_until` is its last day, empty for one that does not end."""

    title: str = Field("", max_length=LONGEST["title"])
    kind: str = Field("", max_length=LONGEST["kind"])
    valid_until: str = Field("", max_length=LONGEST["valid_until"])

    @classmethod
    def read(cls, form: Mapping[str, Any]) -> "DocumentDraft":
        """The draft out of a form's fields. What is longer than can be right is cut, and then said to be wrong."""
        return cls(**{name: str(form.get(name, ""))[:most] for name, most in LONGEST.items()})


class DocumentState(StrEnum):
    """How a document stands today."""

    VALID = "valid"
    EXPIRING = "expiring"  # ends within thirty days
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class DocumentList(StrEnum):
    """The saved views of the library."""

    ALL = "all"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class VersionView(Value):
    """One version of a document. Its file is downloaded by its id."""

    id: UUID
    number: int
    name: str
    size_bytes: int
    content_type: str
    valid_until: date | None
    who: str
    at: datetime


class DocumentLine(Value):
    """A document on a list, with the version that counts."""

    id: UUID
    supplier_id: UUID
    supplier_name: str
    title: str
    kind: DocumentKind
    state: DocumentState
    valid_until: date | None
    number: int
    version_id: UUID
    name: str
    size_bytes: int
    changed_at: datetime


class DocumentView(DocumentLine):
    """A document with all its versions, newest first."""

    version: int
    versions: tuple[VersionView, ...]
    may_write: bool


class DocumentsPage(Value):
    """One page of documents; `total` counts all that match."""

    rows: tuple[DocumentLine, ...]
    total: int
    page: int
    size: int


class DocumentCounts(Value):
    """How many documents stand in each view, for the person who asks."""

    by_list: dict[DocumentList, int]

    def of(self, view: DocumentList) -> int:
        """The number of one view."""
        return self.by_list.get(view, 0)
