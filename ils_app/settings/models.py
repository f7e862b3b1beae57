"""Tables of this room: the lab's way of working, its holidays, letterheads, and what people like."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.clock import now
from ils_app.kernel.columns import check_words, document, room_metadata, word_column
from ils_app.settings.schemas import Currency, Theme

THE_LAB: Final = 1


class SettingsBase(SQLModel, registry=registry(metadata=room_metadata("settings"))):
    """Tables of this room."""


BASE = SettingsBase


class LabRow(SettingsBase, table=True):
    """How the lab works: one row, since one ILS is one lab's."""

    __tablename__ = "lab"
    __table_args__ = (CheckConstraint("id = 1", name="one"), check_words("currency", Currency))

    id: int = Field(default=THE_LAB, primary_key=True, sa_column_kwargs={"autoincrement": False})
    order_prefix: str = Field(sa_type=Text)
    lead_time_days: int
    time_zone: str = Field(sa_type=Text)
    opening_hours: list[Any] = Field(sa_type=document)  # type: ignore[call-overload]
    payment_terms_days: int
    currency: Currency = Field(sa_column=word_column("currency", Currency))
    version: int = 1
    updated_at: datetime = Field(default_factory=now)
    updated_by: UUID | None = None  # None for the demo


class HolidayRow(SettingsBase, table=True):
    """A day the lab is closed."""

    __tablename__ = "holiday"

    day: date = Field(primary_key=True)
    name: str = Field(sa_type=Text)


class LetterheadRow(SettingsBase, table=True):
    """What an organisation's documents say of it; an empty name is the one it has in `auth`."""

    __tablename__ = "letterhead"

    organisation_id: UUID = Field(primary_key=True)
    name: str = Field(default="", sa_type=Text)
    address_lines: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    postcode: str = Field(default="", sa_type=Text)
    country: str = Field(default="", sa_type=Text)
    phone: str = Field(default="", sa_type=Text)
    email: str = Field(default="", sa_type=Text)
    website: str = Field(default="", sa_type=Text)
    tax_number: str = Field(default="", sa_type=Text)
    company_number: str = Field(default="", sa_type=Text)
    bank_details: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    logo: dict[str, Any] | None = Field(default=None, sa_type=document)  # type: ignore[call-overload]
    version: int = 1
    updated_at: datetime = Field(default_factory=now)
    updated_by: UUID | None = None


class PersonRow(SettingsBase, table=True):
    """What a person likes. What they switched off is stored, so that a new kind of notification reaches them."""

    __tablename__ = "person"
    __table_args__ = (check_words("theme", Theme),)

    user_id: UUID = Field(primary_key=True)
    theme: Theme = Field(default=Theme.SYSTEM, sa_column=word_column("theme", Theme))
    off_in_app: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    off_by_mail: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    updated_at: datetime = Field(default_factory=now)
