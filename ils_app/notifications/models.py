"""Tables of notices, who was told of them, and the mails they became; private to this room."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Column, ForeignKeyConstraint, Index, SmallInteger, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.kernel.clock import now
from ils_app.kernel.columns import check_words, document, room_metadata, word_column
from ils_app.kernel.roles import Role
from ils_app.notifications.schemas import MailState
from ils_app.settings.schemas import NotificationKind


class NotificationsBase(SQLModel, registry=registry(metadata=room_metadata("notifications"))):
    """Tables of this room."""


BASE = NotificationsBase

LEASE: Final = timedelta(seconds=90)
"""How long whoever claimed a mail has it alone: longer than any provider is waited for."""

PAUSES: Final = tuple(
    timedelta(minutes=minutes) for minutes in (0.5, 2, 5, 15, 30, 60, 120, 240, 480, 960)
)  # half an hour of quick tries, then a day and a half of patience
"""How long a mail waits after each attempt that failed; after the last one it is given up."""


class Way(StrEnum):
    """How a notice came in: told to people of ILS, or written to an address."""

    TOLD = "told"
    WRITTEN = "written"


class NoticeRow(NotificationsBase, table=True):
    """One sentence that was said, and to whom; kept for ever, so that its key is said once for ever."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("way", "key"),
        check_words("way", Way),
        check_words("kind", NotificationKind),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    way: Way = Field(sa_column=word_column("way", Way))
    key: str = Field(sa_type=Text)
    kind: NotificationKind | None = Field(default=None, sa_column=word_column("kind", NotificationKind, nullable=True))
    title: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    href: str = Field(default="", sa_type=Text)
    organisation_id: UUID | None = None  # of the people told
    roles: list[Role] = Field(default_factory=list, sa_column=Column("roles", ARRAY(Text), nullable=False))
    user_ids: list[UUID] = Field(default_factory=list, sa_column=Column("user_ids", ARRAY(Uuid), nullable=False))
    attachments: list[dict[str, Any]] = Field(default_factory=list, sa_type=document)  # type: ignore[call-overload]
    sender_organisation_id: UUID | None = None  # whose name stands above a written mail; the lab's when None
    at: datetime = Field(default_factory=now)
    spread_at: datetime | None = None


class EntryRow(NotificationsBase, table=True):
    """That a notice stands in somebody's notification centre, and when they read it."""

    __tablename__ = "entry"
    __table_args__ = (
        ForeignKeyConstraint(["notice_id"], ["notifications.notice.id"]),
        UniqueConstraint("notice_id", "user_id"),
        Index("ix_entry_user_at", "user_id", "at", "id"),
        Index("ix_entry_user_unread", "user_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_entry_read_at", "read_at"),
        check_words("kind", NotificationKind),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    notice_id: UUID
    user_id: UUID
    kind: NotificationKind = Field(sa_column=word_column("kind", NotificationKind))
    at: datetime = Field(default_factory=now)
    read_at: datetime | None = None


class MailRow(NotificationsBase, table=True):
    """One mail to one address, and where it stands. Its id is the key a provider knows it by."""

    __tablename__ = "mail"
    __table_args__ = (
        ForeignKeyConstraint(["notice_id"], ["notifications.notice.id"]),
        UniqueConstraint("notice_id", "address"),
        Index("ix_mail_state_at", "state", "at", "id"),
        Index("ix_mail_waiting", "next_try_at", postgresql_where=text("state = 'waiting'")),
        check_words("state", MailState),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    notice_id: UUID
    user_id: UUID | None = None  # None: an address that is nobody's account
    address: str = Field(sa_type=Text, repr=False)
    name: str = Field(sa_type=Text, repr=False)
    state: MailState = Field(
        default=MailState.WAITING, sa_column=word_column("state", MailState, default=MailState.WAITING)
    )
    attempts: int = Field(default=0, sa_type=SmallInteger)
    last_error: str = Field(default="", sa_type=Text)
    provider_id: str = Field(default="", sa_type=Text)
    at: datetime = Field(default_factory=now)
    claimed_until: datetime | None = None
    next_try_at: datetime = Field(default_factory=now)
    done_at: datetime | None = None  # when it was sent, or given up

    def claim(self) -> None:
        """Have it alone for a while, to send it. Counted now: who dies while sending has tried."""
        self.attempts += 1
        self.claimed_until = now() + LEASE

    def left(self, provider_id: str) -> None:
        """A provider has taken it."""
        self._done(MailState.SENT)
        self.provider_id, self.last_error = provider_id[:200], ""

    def failed(self, why: str, *, for_good: bool) -> None:
        """It did not leave: wait for the next try, or give it up when there is none."""
        self.last_error, self.claimed_until = why[:500], None
        if for_good or self.attempts > len(PAUSES):
            self._done(MailState.GIVEN_UP)
        else:
            self.next_try_at = now() + PAUSES[self.attempts - 1]

    def begin_again(self) -> None:
        """Somebody wants a given-up mail sent after all, with all its attempts before it."""
        self.state, self.attempts, self.done_at = MailState.WAITING, 0, None
        self.next_try_at = now()

    def _done(self, state: MailState) -> None:
        self.state, self.done_at, self.claimed_until = state, now(), None
