"""The tables of the lab room: a card for each job, and each word of the LIMS on where it was; private to the room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Integer, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.columns import check_words, room_metadata, word_column
from lims_client.models import JobStatus


class LabBase(SQLModel, registry=registry(metadata=room_metadata("lab"))):
    """Tables of this room and no other."""


BASE = LabBase
ON_THE_FLOOR = text("on_floor")


class CardRow(LabBase, table=True):
    """What the board shows of one job; for ever, so that an old tray is still found. `on_floor` while it is worked on.

    Everything but the tray follows from orders and from `StepRow`s and can be made again from them.
    """

    __tablename__ = "card"
    __table_args__ = (
        check_words("job_status", JobStatus),
        Index(
            "ix_card_floor_stage_due", "stage", "due_at", "order_id", postgresql_where=ON_THE_FLOOR,
            postgresql_include=["urgency", "job_status", "frame_to_come", "entered_stage_at"],
        ),
        Index("ix_card_floor_due", "due_at", "order_id", postgresql_where=ON_THE_FLOOR),
        Index("ix_card_shipped", "shipped_at", postgresql_where=text("shipped_at IS NOT NULL")),
        Index("ix_card_number", "number"),
        Index("ix_card_job_id", "job_id"),
    )  # fmt: skip

    order_id: UUID = Field(primary_key=True)
    practice_id: UUID
    practice_name: str = Field(default="", sa_type=Text)
    number: str = Field(default="", sa_type=Text)
    tray: str = Field(sa_column=Column("tray", Text, unique=True, nullable=False))
    lens: str = Field(default="", sa_type=Text)
    urgency: str = Field(default="standard", sa_type=Text)
    frame_to_come: bool = False
    job_id: str = Field(default="", sa_type=Text)
    job_status: JobStatus = Field(sa_column=word_column("job_status", JobStatus))
    lims_sequence: int = -1  # -1 until the first word was taken
    lims_at: datetime | None = None
    stage: str = Field(default="", sa_type=Text)
    station: str = Field(default="", sa_type=Text)
    entered_stage_at: datetime
    shipped_at: datetime | None = None
    on_floor: bool = True
    queue_position: int | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None
    reason: str = Field(default="", sa_type=Text)
    carrier: str = Field(default="", sa_type=Text)
    tracking_number: str = Field(default="", sa_type=Text)
    search: str = Field(default="", sa_type=Text)


class StepRow(LabBase, table=True):
    """One word of the LIMS on one job: what it became, where, when. What arrives twice stands once.

    The card's stage and since when follow from these, so that it does not matter in which order they were heard.
    """

    __tablename__ = "step"
    __table_args__ = (check_words("job_status", JobStatus),)

    order_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_column=Column("sequence", Integer, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column("at", DateTime(timezone=True), primary_key=True))
    job_status: JobStatus = Field(sa_column=word_column("job_status", JobStatus))
    station: str = Field(default="", sa_type=Text)
