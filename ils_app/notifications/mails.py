"""The administrators' list of mails: what waits, what left, what did not and why; and trying once more."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from ils_app.kernel import mail_provider
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import door
from ils_app.notifications.errors import NotGivenUp
from ils_app.notifications.events import MailTriedAgain
from ils_app.notifications.models import MailRow, NoticeRow
from ils_app.notifications.room import room
from ils_app.notifications.schemas import MailsPage, MailState, MailView
from ils_app.notifications.telling import post

MAX_PAGE: Final = 100


@door("mails.manage")
async def mails(actor: Actor, *, state: MailState | None = None, page: int = 1, size: int = 25) -> MailsPage:
    """One page of mails, newest first, all or those in one state. Pages count from 1; `size` is at most a hundred."""
    size, page = max(1, min(size, MAX_PAGE)), max(1, page)
    matching: list[Any] = [col(MailRow.state) == state] if state is not None else []
    listed: Any = (
        select(MailRow, col(NoticeRow.title))
        .join(NoticeRow, col(NoticeRow.id) == col(MailRow.notice_id))
        .where(*matching)
        .order_by(col(MailRow.at).desc(), col(MailRow.id).desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    counted = select(func.count()).select_from(MailRow)
    async with room.read() as session:
        rows = [_view(mail, title) for mail, title in await session.execute(listed)]
        total = (await session.execute(counted.where(*matching))).scalar_one()
        by_state: Any = select(col(MailRow.state), func.count()).group_by(col(MailRow.state))
        counts = dict((await session.execute(by_state)).all())
    return MailsPage(
        rows=rows, total=total, waiting=counts.get(MailState.WAITING, 0), given_up=counts.get(MailState.GIVEN_UP, 0),
        sent=counts.get(MailState.SENT, 0), leaves=mail_provider.chosen() is not None, page=page, size=size,
    )  # fmt: skip


@door("mails.manage")
async def mails_given_up(actor: Actor) -> int:
    """How many mails did not leave and are tried no more."""
    query = select(func.count()).select_from(MailRow).where(col(MailRow.state) == MailState.GIVEN_UP)
    async with room.read() as session:
        return int((await session.execute(query)).scalar_one())


@door("mails.manage")
async def send_again(actor: Actor, mail_id: UUID) -> MailView:
    """Have a mail that was given up tried anew, with all its attempts. Raises NotFound, NotGivenUp."""
    async with room.unit_of_work() as uow:
        mail = await uow.session.get(MailRow, mail_id, with_for_update=True)
        if mail is None:
            raise NotFound("There is no such mail.")
        if mail.state is not MailState.GIVEN_UP:
            raise NotGivenUp("This mail was not given up: it has left, or is on its way.")
        mail.begin_again()
        await post(uow, mail)
        uow.emit(MailTriedAgain(mail_id=mail_id, by=actor.user_id))
        notice = await uow.session.get_one(NoticeRow, mail.notice_id)
        return _view(mail, notice.title)


def _view(mail: MailRow, title: str) -> MailView:
    waiting = mail.state is MailState.WAITING
    return MailView(
        id=mail.id, subject=title, address=mail.address, name=mail.name, state=mail.state, attempts=mail.attempts,
        last_error=mail.last_error, at=mail.at, next_try_at=mail.next_try_at if waiting else None,
        done_at=mail.done_at,
    )  # fmt: skip
