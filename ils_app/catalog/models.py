"""The catalog room's one table: each version the LIMS has published, as it was when ILS fetched it."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Identity, Index, Integer, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.clock import now
from ils_app.kernel.columns import document, room_metadata


class CatalogBase(SQLModel, registry=registry(metadata=room_metadata("catalog"))):
    """Tables of the catalog room."""


BASE = CatalogBase


class VersionRow(CatalogBase, table=True):
    """One version. Entries, rules and difference never change; only which one is current, and when it was confirmed."""

    __tablename__ = "version"
    __table_args__ = (Index("uq_version_current", "current", unique=True, postgresql_where=text("current")),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    number: int | None = Field(
        default=None, sa_column=Column(Integer, Identity(always=True), unique=True, nullable=False)
    )
    rules_version: str = Field(sa_type=Text, index=True)
    version: str = Field(sa_type=Text)
    etag: str = Field(sa_type=Text)  # our digest of it all: the same thing fetched twice is one version
    entries: list[dict[str, Any]] = Field(sa_type=document)  # type: ignore[call-overload]
    rules: dict[str, Any] | None = Field(default=None, sa_type=document)  # type: ignore[call-overload]
    difference: list[dict[str, Any]] = Field(default_factory=list, sa_type=document)  # type: ignore[call-overload]
    author: str = Field(default="", sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    published_at: datetime | None = None
    fetched_at: datetime = Field(default_factory=now)
    confirmed_at: datetime  # when the LIMS was last asked and said that this is still it
    current: bool = True
