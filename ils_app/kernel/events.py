"""Facts: what happened, told to other rooms and to browsers, kept for ever in the order it happened."""

from collections.abc import Iterator
from datetime import datetime
from string import Formatter
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, Column, Identity, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel import log
from ils_app.kernel.actor import acting
from ils_app.kernel.clock import now
from ils_app.kernel.columns import document, room_metadata


class KernelBase(SQLModel, registry=registry(metadata=room_metadata("kernel"))):
    """Tables that belong to no room."""


class EventRow(KernelBase, table=True):
    """One fact, appended in the transaction that made it true. Never updated, never deleted.

    Who did it is in `actor_id` and `actor_role`, both empty when it was no signed-in person; whom and what it is about
    is in `subjects`, every id the fact names but who did it.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_at_id", "at", "id"),
        Index("ix_event_name_at_id", "name", "at", "id"),
        Index("ix_event_actor_id_at_id", "actor_id", "at", "id", postgresql_where=text("actor_id IS NOT NULL")),
        Index("ix_event_by_people", "at", "id", postgresql_where=text("actor_id IS NOT NULL")),
        Index("ix_event_subjects", "subjects", postgresql_using="gin"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    name: str = Field(sa_type=Text)
    body: dict[str, Any] = Field(sa_type=document)  # type: ignore[call-overload]
    at: datetime = Field(default_factory=now)
    actor_id: UUID | None = None
    actor_role: str | None = Field(default=None, sa_type=Text)
    request_id: str | None = Field(
        default=None, sa_type=Text
    )  # of the click or the HTTP request, as it stands in the log
    subjects: list[UUID] = Field(
        default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False, server_default=text("'{}'"))
    )


class HeardRow(KernelBase, table=True):
    """That a fact was handed to a listener: what makes handing it out twice impossible."""

    __tablename__ = "heard"

    event_id: int = Field(sa_type=BigInteger, primary_key=True)
    listener: str = Field(sa_type=Text, primary_key=True)
    at: datetime = Field(default_factory=now)


class Fact(BaseModel):
    """Something that happened, in ids and words of the trade; a room's `events.py` holds its subclasses.

    Only ever added to: a listener written last year must still read what is told today. No names of patients.
    `sentence` is how a person reads it, with the fact's own fields in braces: "{user_id} was suspended: {reason}". A
    fact without one is read by the first line of its docstring.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    known: ClassVar[dict[str, type["Fact"]]] = {}
    sentence: ClassVar[str] = ""
    doer: ClassVar[str] = "by"
    """The field that says who did it when nobody was signed in yet: whoever signs in or up, or older rooms' `by`."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        fields = {name for _, name, _, _ in Formatter().parse(cls.sentence) if name is not None}
        if unknown := fields - set(cls.model_fields):
            raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))} to say")
        Fact.known[cls.__name__] = cls

    def told(self) -> str:
        """The sentence of this very fact, its fields still in braces; facts that can mean two things choose here."""
        return self.sentence or (type(self).__doc__ or "").strip().partition("\n")[0]


def record_of(fact: Fact) -> dict[str, Any]:
    """The fact as it is kept, with who does it at this moment; JSON."""
    actor = acting()
    doer = actor.user_id if actor else getattr(fact, fact.doer, None)
    return {
        "name": type(fact).__name__,
        "body": fact.model_dump(mode="json"),
        "at": now().isoformat(),
        "actor_id": str(doer) if doer else None,
        "actor_role": actor.role.value if actor else None,
        "request_id": log.request_id(),
        "subjects": [str(one) for one in dict.fromkeys(_ids(fact.model_dump(exclude={"by"})))],
    }


def _ids(value: Any) -> Iterator[UUID]:
    if isinstance(value, UUID):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _ids(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _ids(part)
