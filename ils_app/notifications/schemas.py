"""What crosses this room's door."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ils_app.settings.schemas import NotificationKind


class MailState(StrEnum):
    """Where a mail stands."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Notification(_View):
    """What a person was told."""

    id: UUID
    kind: NotificationKind
    title: str
    text: str
    href: str
    at: datetime
    read_at: datetime | None


class NotificationsPage(_View):
    """One page of what a person was told; `total` counts all that match, `unread` all they have not read."""

    rows: list[Notification]
    total: int
    unread: int
    page: int
    size: int


class MailView(_View):
    """A mail as an administrator sees it: to whom, about what, and why it did not leave."""

    id: UUID
    subject: str
    address: str
    name: str
    state: MailState
    attempts: int
    last_error: str
    at: datetime
    next_try_at: datetime | None
    done_at: datetime | None


class MailsPage(_View):
    """One page of mails; `total` counts all that match. `leaves`: whether any way for mail to leave is set."""

    rows: list[MailView]
    total: int
    waiting: int
    sent: int
    given_up: int
    leaves: bool
    page: int
    size: int
