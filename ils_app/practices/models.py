"""Tables of the practices room: practices, their sites, their people, and the suppliers they prefer."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Boolean, Column, ForeignKey, Index, Text, UniqueConstraint, Uuid, false, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.clock import now
from ils_app.kernel.columns import check_words, room_metadata, word_column


class PracticesBase(SQLModel, registry=registry(metadata=room_metadata("practices"))):
    """Tables of this room."""


BASE = PracticesBase


class StaffRole(StrEnum):
    """What somebody is at a practice."""

    OPTOMETRIST = "optometrist"
    DISPENSING_OPTICIAN = "dispensing_optician"
    CONTACT_LENS_OPTICIAN = "contact_lens_optician"
    OPHTHALMOLOGIST = "ophthalmologist"
    OPTICAL_ASSISTANT = "optical_assistant"
    FRONT_DESK = "front_desk"
    OTHER = "other"

    @property
    def label(self) -> str:
        """As it is shown."""
        return self.value.replace("_", " ").capitalize()

    @property
    def orders(self) -> bool:
        """Whether an order can be in their name; an assistant enters it in somebody else's."""
        return self not in {StaffRole.OPTICAL_ASSISTANT, StaffRole.FRONT_DESK}


class PracticeRow(PracticesBase, table=True):
    """A practice that orders from the lab. Its id is its organisation's id in auth."""

    __tablename__ = "practice"
    __table_args__ = (UniqueConstraint("account_number"),)

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)  # its organisation's, followed when that is renamed
    account_number: str = Field(sa_type=Text)  # the LIMS's name for the account; never changed by the practice
    phone: str | None = Field(default=None, sa_type=Text)
    email: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    website: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    note: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # for the lab to read
    active: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    version: int = 1
    suppliers_version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class SiteRow(PracticesBase, table=True):
    """A place the lab sends lenses to; `code` is what the LIMS calls it (ship-to). Orders name it, so it stays."""

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
    closed_at: datetime | None = None
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class PersonRow(PracticesBase, table=True):
    """Somebody who works at a practice, with or without an account of their own."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("practice_id", "user_id"), check_words("role", StaffRole))

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    practice_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("practices.practice.id"), nullable=False))
    name: str = Field(sa_type=Text)
    user_id: UUID | None = None
    role: StaffRole = Field(sa_column=word_column("role", StaffRole, default=StaffRole.OTHER))
    registration: str = Field(default="", sa_type=Text)  # with the profession's register
    body: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # the register: GOC, GMC …
    left_at: datetime | None = None
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class SupplierRow(PracticesBase, table=True):
    """A supplier as this room knows it: what the suppliers room tells, for who may not read that room."""

    __tablename__ = "supplier"

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    active: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))


class PreferredRow(PracticesBase, table=True):
    """That a practice prefers a supplier, and in which place."""

    __tablename__ = "preferred_supplier"

    practice_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("practices.practice.id"), primary_key=True))
    supplier_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("practices.supplier.id"), primary_key=True))
    place: int
