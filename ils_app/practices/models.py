"""Tables of the practices room: practices, the sites lenses are sent to, and the people who prescribe."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Boolean, Column, ForeignKey, Index, Text, UniqueConstraint, Uuid, false, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.clock import now
from ils_app.kernel.columns import room_metadata


class PracticesBase(SQLModel, registry=registry(metadata=room_metadata("practices"))):
    """Tables of this room."""


BASE = PracticesBase


class PracticeRow(PracticesBase, table=True):
    """A practice that orders from the lab. Its id is its organisation's id in auth."""

    __tablename__ = "practice"
    __table_args__ = (UniqueConstraint("account_number"),)

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    account_number: str = Field(sa_type=Text)  # the LIMS's name for the account; never changed by the practice
    phone: str | None = Field(default=None, sa_type=Text)
    active: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    version: int = 1
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class SiteRow(PracticesBase, table=True):
    """A place the lab sends lenses to; `code` is what the LIMS calls it (ship-to)."""

    __tablename__ = "site"
    __table_args__ = (
        UniqueConstraint("practice_id", "code"),
        Index("uq_site_practice_id_default", "practice_id", unique=True, postgresql_where=text("is_default")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    practice_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("practices.practice.id"), nullable=False))
    code: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    address_lines: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    postcode: str = Field(default="", sa_type=Text)
    country: str = Field(sa_type=Text)  # ISO 3166-1, two letters
    is_default: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class PersonRow(PracticesBase, table=True):
    """Someone who prescribes or dispenses at a practice, with or without an account of their own."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("practice_id", "user_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    practice_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("practices.practice.id"), nullable=False))
    name: str = Field(sa_type=Text)
    user_id: UUID | None = None
    registration: str = Field(default="", sa_type=Text)  # with the profession's register, printed on orders
