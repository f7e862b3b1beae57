"""Facts: what happened, told to other rooms and to browsers, kept for ever in the order it happened."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, Column, Identity, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.clock import now
from ils_app.kernel.columns import document, room_metadata


class KernelBase(SQLModel, registry=registry(metadata=room_metadata("kernel"))):
    """Tables that belong to no room."""


class EventRow(KernelBase, table=True):
    """One fact, appended in the transaction that made it true. Never updated, never deleted."""

    __tablename__ = "event"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    name: str = Field(sa_type=Text, index=True)
    body: dict[str, Any] = Field(sa_type=document)  # type: ignore[call-overload]
    at: datetime = Field(default_factory=now)


class HeardRow(KernelBase, table=True):
    """That a fact was handed to a listener: what makes handing it out twice impossible."""

    __tablename__ = "heard"

    event_id: int = Field(sa_type=BigInteger, primary_key=True)
    listener: str = Field(sa_type=Text, primary_key=True)
    at: datetime = Field(default_factory=now)


class Fact(BaseModel):
    """Something that happened, in ids and words of the trade; a room's `events.py` holds its subclasses.

    Only ever added to: a listener written last year must still read what is told today. No names of patients.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    known: ClassVar[dict[str, type["Fact"]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        Fact.known[cls.__name__] = cls
