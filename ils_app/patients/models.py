"""Tables of the patients room: patients, and who read them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    literal_column,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.actor import Role
from ils_app.kernel.clock import now
from ils_app.kernel.columns import check_words, room_metadata, word_column


class PatientsBase(SQLModel, registry=registry(metadata=room_metadata("patients"))):
    """Tables of this room."""


BASE = PatientsBase

NUMBERS: Final = Sequence("patient_number", start=1001, metadata=PatientsBase.metadata, schema="patients")
"""Where customer numbers come from: CUST-001001 and on, with gaps where an insert failed."""

WORDS: Final[Any] = func.array_to_tsvector(func.string_to_array(literal_column("search_text"), literal_column("' '")))
"""The words of `search_text` as they stand there: PostgreSQL's own parser would split scripts it does not know."""


class ReadFor(StrEnum):
    """Why someone read a patient."""

    OPENED = "opened"  # looked the patient up
    ORDER = "order"  # makes, places or follows an order for them


class PatientRow(PatientsBase, table=True):
    """A patient of one practice. The practice never changes; the number is never used again."""

    __tablename__ = "patient"
    __table_args__ = (
        UniqueConstraint("number"),
        # In the "C" collation one index serves the order of a list and the beginning of a name alike.
        Index("ix_patient_practice_id_search_text_id", "practice_id", "search_text", "id"),
        Index("ix_patient_practice_id_date_of_birth", "practice_id", "date_of_birth"),
        Index("ix_patient_words", WORDS, postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    practice_id: UUID
    number: str = Field(sa_type=Text)
    given_name: str = Field(sa_type=Text, repr=False)
    family_name: str = Field(sa_type=Text, repr=False)
    date_of_birth: date | None = Field(default=None, repr=False)
    reference: str | None = Field(default=None, sa_type=Text, repr=False)
    search_text: str = Field(sa_column=Column(Text(collation="C"), nullable=False), repr=False)
    version: int = 1
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class PatientReadRow(PatientsBase, table=True):
    """That someone read a patient: appended, never changed, in the database too."""

    __tablename__ = "patient_read"
    __table_args__ = (
        Index("ix_patient_read_patient_id_at", "patient_id", "at"),
        check_words("role", Role),
        check_words("why", ReadFor),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    patient_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("patients.patient.id"), nullable=False))
    user_id: UUID
    user_name: str = Field(sa_type=Text)  # as it was that day: accounts come and go, the record stays
    role: Role = Field(sa_column=word_column("role", Role))
    why: ReadFor = Field(sa_column=word_column("why", ReadFor))
    at: datetime = Field(default_factory=now)
