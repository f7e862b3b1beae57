"""What other rooms say: to people of ILS, as each wishes to hear it, or to any address; once for ever by its key."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel.clock import now
from ils_app.kernel.files import FileRef
from ils_app.kernel.permissions import internal
from ils_app.kernel.roles import Role
from ils_app.kernel.room import UnitOfWork
from ils_app.notifications.models import EntryRow, MailRow, NoticeRow, Way
from ils_app.notifications.room import MAILS, room, topic
from ils_app.settings import service as settings
from ils_app.settings.schemas import REACHES, NotificationKind

LATE: Final = "late:"
"""What the `href` of a notice begins with when its link is made as the mail leaves."""


@internal
async def tell(
    *,
    key: str,
    kind: NotificationKind,
    title: str,
    text: str,
    href: str,
    organisation_id: UUID | None = None,
    roles: Collection[Role] = (),
    user_ids: Collection[UUID] = (),
    attachments: Sequence[FileRef] = (),
    uow: UnitOfWork | None = None,
) -> None:
    """Tell active people something: those of an organisation, those who hold any of some roles, or these people.

    Everything given narrows, and something must be given. Each of them finds it in the app and by mail as they wish;
    who that is, is asked in a durable job of its own. A `key` is said once for ever. `title` and `text` name no
    patient, nor anything that could hold one's name; `href` is a path of a page. Joins the unit of work, or opens one.
    """
    if organisation_id is None and not roles and not user_ids:
        raise ValueError("say whom to tell: an organisation, roles or people")
    if not set(roles) <= REACHES[kind]:
        raise ValueError("a kind is told to the roles it is offered to: add the role to REACHES, with its words")
    values = {
        "way": Way.TOLD, "key": key, "kind": kind, "title": title, "text": text, "href": _path(href),
        "organisation_id": organisation_id, "roles": [role.value for role in roles], "user_ids": list(user_ids),
        "attachments": [one.model_dump(mode="json") for one in attachments],
    }  # fmt: skip
    async with _joined(uow) as work:
        notice_id = await _said_first(work, values)
        if notice_id is not None:
            await work.enqueue("notifications.spread", notice_id=str(notice_id))


@internal
async def write(
    *,
    key: str,
    to: str,
    to_name: str,
    subject: str,
    text: str,
    href: str = "",
    attachments: Sequence[FileRef] = (),
    sender_organisation_id: UUID | None = None,
    uow: UnitOfWork | None = None,
) -> None:
    """Write a mail to an address: an invited person, a supplier's order desk. A `key` is written once for ever.

    The name above it is the sender's organisation's, the lab's when there is none. `MailLeft` or `MailGaveUp` tells
    what became of it. `subject` and `text` name no patient. `href` is a path of a page, which the mail leads to. Joins
    the unit of work, or opens one.
    """
    await write_late(
        key=key, to=to, to_name=to_name, subject=subject, text=text, href=_path(href) if href else "",
        attachments=attachments, sender_organisation_id=sender_organisation_id, uow=uow,
    )  # fmt: skip


async def write_late(
    *,
    key: str,
    to: str,
    to_name: str,
    subject: str,
    text: str,
    href: str,
    attachments: Sequence[FileRef] = (),
    sender_organisation_id: UUID | None = None,
    uow: UnitOfWork | None = None,
) -> None:
    """As `write`, with an `href` that may be a `late_link`."""
    values = {
        "way": Way.WRITTEN, "key": key, "kind": None, "title": subject, "text": text, "href": href, "roles": [],
        "user_ids": [], "spread_at": now(), "attachments": [one.model_dump(mode="json") for one in attachments],
        "sender_organisation_id": sender_organisation_id,
    }  # fmt: skip
    async with _joined(uow) as work:
        notice_id = await _said_first(work, values)
        if notice_id is not None:
            await post(work, MailRow(notice_id=notice_id, address=to.strip(), name=to_name.strip()))


def late_link(kind: str, row_id: UUID) -> str:
    """What stands for a link that lets somebody in until its mail leaves: only then is it made."""
    return f"{LATE}{kind}:{row_id}"


@internal
async def spread(notice_id: UUID) -> None:
    """Put a notice into the notification centres of those it is for, and their mails on the way. A repeat adds nothing.

    Who is asked before the transaction: people and their wishes are other rooms' business.
    """
    async with room.read() as session:
        notice = await session.get(NoticeRow, notice_id)
    if notice is None or notice.kind is None or notice.spread_at is not None:
        return
    kind = notice.kind
    people = await auth.recipients(
        organisation_id=notice.organisation_id, roles=[Role(role) for role in notice.roles], user_ids=notice.user_ids
    )
    wishes = {person.user_id: await settings.preferences(person.user_id) for person in people}
    async with room.unit_of_work() as uow:
        notice = await uow.session.get(NoticeRow, notice_id, with_for_update=True)
        if notice is None or notice.spread_at is not None:
            return
        notice.spread_at = now()
        for person in people:
            if kind in wishes[person.user_id].in_app:
                uow.session.add(EntryRow(notice_id=notice_id, user_id=person.user_id, kind=kind))
                uow.publish(topic(person.user_id))
            if kind in wishes[person.user_id].by_mail:
                mail = MailRow(notice_id=notice_id, user_id=person.user_id, address=person.email, name=person.name)
                await post(uow, mail)


async def post(uow: UnitOfWork, mail: MailRow) -> None:
    """Add a mail, or one that is to be tried again, and the job that sends it."""
    uow.session.add(mail)
    await uow.session.flush()
    await uow.enqueue("notifications.send", lock=f"mail:{mail.id}", schedule_at=mail.next_try_at, mail_id=str(mail.id))
    uow.publish(MAILS)


async def _said_first(uow: UnitOfWork, values: dict[str, Any]) -> UUID | None:
    """Keep a notice; None when its key was said before."""
    kept = insert(NoticeRow).values(id=uuid4(), at=now(), **values).on_conflict_do_nothing()
    return (await uow.session.execute(kept.returning(col(NoticeRow.id)))).scalar_one_or_none()


@asynccontextmanager
async def _joined(uow: UnitOfWork | None) -> AsyncIterator[UnitOfWork]:
    if uow is not None:
        yield uow
        return
    async with room.unit_of_work() as own:
        yield own


def _path(href: str) -> str:
    """A page of ours. Raises ValueError for anything else: a mail must not lead elsewhere."""
    if not href.startswith("/") or href.startswith("//"):
        raise ValueError("a notice leads to a page of ILS: its href begins with one slash")
    return href
