"""What a person was told, for themselves alone: newest first, how much of it is unread, and that they have read it."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlmodel import col

from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import door
from ils_app.notifications.models import EntryRow, NoticeRow
from ils_app.notifications.room import room, topic
from ils_app.notifications.schemas import Notification, NotificationsPage
from ils_app.settings.schemas import NotificationKind

MAX_PAGE: Final = 100


@door("notifications.own")
async def notifications(
    actor: Actor,
    *,
    unread_only: bool = False,
    kind: NotificationKind | None = None,
    page: int = 1,
    size: int = 25,
) -> NotificationsPage:
    """One page of what this person was told. Pages count from 1; `size` is at most a hundred."""
    size, page = max(1, min(size, MAX_PAGE)), max(1, page)
    mine = col(EntryRow.user_id) == actor.user_id
    matching: list[Any] = [mine]
    if unread_only:
        matching.append(col(EntryRow.read_at).is_(None))
    if kind is not None:
        matching.append(col(EntryRow.kind) == kind)
    listed: Any = (
        select(EntryRow, NoticeRow)
        .join(NoticeRow, col(NoticeRow.id) == col(EntryRow.notice_id))
        .where(*matching)
        .order_by(col(EntryRow.at).desc(), col(EntryRow.id).desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    async with room.read() as session:
        rows = [_view(entry, notice) for entry, notice in await session.execute(listed)]
        total = (await session.execute(select(func.count()).select_from(EntryRow).where(*matching))).scalar_one()
        unread = (await session.execute(_unread(actor.user_id))).scalar_one()
    return NotificationsPage(rows=rows, total=total, unread=unread, page=page, size=size)


@door("notifications.own")
async def unread_count(actor: Actor) -> int:
    """How much this person has not read yet."""
    async with room.read() as session:
        return int((await session.execute(_unread(actor.user_id))).scalar_one())


@door("notifications.own")
async def mark_read(actor: Actor, notification_id: UUID) -> None:
    """Note that this person has read it; a repeat changes nothing. Raises NotFound for what another was told."""
    async with room.unit_of_work() as uow:
        entry = await uow.session.get(EntryRow, notification_id, with_for_update=True)
        if entry is None or entry.user_id != actor.user_id:
            raise NotFound("There is no such notification.")
        if entry.read_at is None:
            entry.read_at = now()
            uow.publish(topic(actor.user_id))


@door("notifications.own")
async def mark_all_read(actor: Actor) -> int:
    """Note that this person has read everything; says how much that was."""
    unread = (col(EntryRow.user_id) == actor.user_id, col(EntryRow.read_at).is_(None))
    async with room.unit_of_work() as uow:
        marked: Any = await uow.session.execute(update(EntryRow).where(*unread).values(read_at=now()))
        if marked.rowcount:
            uow.publish(topic(actor.user_id))
        return int(marked.rowcount)


def _unread(user_id: UUID) -> Select[int]:
    return (
        select(func.count())
        .select_from(EntryRow)
        .where(col(EntryRow.user_id) == user_id, col(EntryRow.read_at).is_(None))
    )


def _view(entry: EntryRow, notice: NoticeRow) -> Notification:
    return Notification(
        id=entry.id, kind=entry.kind, title=notice.title, text=notice.text, href=notice.href, at=entry.at,
        read_at=entry.read_at,
    )  # fmt: skip
