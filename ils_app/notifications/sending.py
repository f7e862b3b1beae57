"""A mail on its way: claimed, handed to the provider, marked; each in its own transaction or in none.

Whoever dies between handing over and marking leaves a claim behind. When it has run out the mail is handed over again,
with the same key: Resend takes it once; by SMTP and SendGrid it may arrive twice, with one Message-ID, by which most
mail servers and readers show it once. Lost it is never.
"""

import mimetypes
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel import files, log, mail_provider
from ils_app.kernel.clock import now
from ils_app.kernel.errors import NotFound
from ils_app.kernel.files import FileRef
from ils_app.kernel.mail import Attached, Message, Never, NotSent
from ils_app.kernel.permissions import internal
from ils_app.kernel.roles import Role
from ils_app.notifications import accounts, letters
from ils_app.notifications.events import MailGaveUp, MailLeft
from ils_app.notifications.models import EntryRow, MailRow, NoticeRow, Way
from ils_app.notifications.room import MAILS, room
from ils_app.notifications.schemas import MailState
from ils_app.notifications.telling import LATE, post
from ils_app.settings import service as settings
from ils_app.settings.schemas import Letterhead, NotificationKind

OVERDUE: Final = timedelta(minutes=2)
SWEPT_AT_ONCE: Final = 500
NOBODY: Final = UUID(int=0)

READ_KEPT: Final = timedelta(days=90)
UNREAD_KEPT: Final = timedelta(days=365)
MAILS_KEPT: Final = timedelta(days=180)
"""How long what is read, what is not, and what became of mails stays on record. Keys stay for ever."""

logger = log.get_logger(__name__)


@internal
async def send(mail_id: UUID) -> None:
    """Hand a mail to the provider and note what became of it. One that is sent or given up is left alone."""
    claimed = await _claim(mail_id)
    if claimed is None:
        return
    mail, notice = claimed
    with log.bound(mail_id=mail_id):
        try:
            provider_id = await mail_provider.send(await _message(mail, notice), str(mail_id))
        except NotSent as error:
            await _failed(mail_id, error.why, for_good=isinstance(error, Never))
        except Exception as error:  # a try like any other: counted, shown to the administrator, and made again
            logger.exception("mail_broke")
            await _failed(mail_id, f"ILS could not write it ({type(error).__name__}).", for_good=False)
        else:
            await _left(mail_id, provider_id)


@internal
async def sweep() -> int:
    """Have mails sent whose job was lost, or whose sender died; says how many."""
    late = now() - OVERDUE
    query = (
        select(MailRow)
        .where(
            col(MailRow.state) == MailState.WAITING,
            col(MailRow.next_try_at) < late,
            or_(col(MailRow.claimed_until).is_(None), col(MailRow.claimed_until) < now()),
        )
        .order_by(col(MailRow.next_try_at))
        .limit(SWEPT_AT_ONCE)
    )
    async with room.unit_of_work() as uow:
        overdue = (await uow.session.execute(query)).scalars().all()
        for mail in overdue:
            mail.next_try_at = now()  # so that the next sweep leaves it alone while its job waits its turn
            await post(uow, mail)
    return len(overdue)


@internal
async def forget_old() -> None:
    """Remove what was read three months ago, what nobody read in a year, and mails done with half a year ago."""
    at = now()
    async with room.unit_of_work() as uow:
        await uow.session.execute(
            delete(EntryRow).where(or_(col(EntryRow.read_at) < at - READ_KEPT, col(EntryRow.at) < at - UNREAD_KEPT))
        )
        await uow.session.execute(delete(MailRow).where(col(MailRow.done_at) < at - MAILS_KEPT))


async def _claim(mail_id: UUID) -> tuple[MailRow, NoticeRow] | None:
    """Have a waiting mail alone; while another has it, look again when their claim has run out."""
    async with room.unit_of_work() as uow:
        mail = await uow.session.get(MailRow, mail_id, with_for_update=True)
        if mail is None or mail.state is not MailState.WAITING:
            return None
        if mail.claimed_until is not None and mail.claimed_until > now():
            mail.next_try_at = mail.claimed_until
            await post(uow, mail)
            return None
        mail.claim()
        notice = await uow.session.get(NoticeRow, mail.notice_id)
        assert notice is not None
        return mail, notice


async def _message(mail: MailRow, notice: NoticeRow) -> Message:
    """The whole mail. Raises Never when it is no longer for them, or a file that goes along is gone."""
    await _refuse_who_left(mail, notice)
    letterhead = await _letterhead(notice.sender_organisation_id)
    refs = [FileRef.model_validate(one) for one in notice.attachments]
    chooses = mail.user_id is not None and notice.kind is not NotificationKind.ACCOUNT
    letter = letters.Letter(
        to_name=mail.name,
        title=notice.title,
        text=notice.text,
        link=letters.address(await _path_of(notice.href)),
        attached=tuple(ref.name for ref in refs),
        settings_url=letters.address(letters.SETTINGS) if chooses else "",
    )
    return Message(
        to=mail.address,
        to_name=mail.name,
        from_name=letterhead.name,
        reply_to=letterhead.email,
        subject=notice.title,
        text=letters.as_text(letter, letterhead),
        html=letters.as_html(letter, letterhead),
        settings_url=letter.settings_url,
        attachments=await _attached(refs),
    )


async def _refuse_who_left(mail: MailRow, notice: NoticeRow) -> None:
    """What was told to people of ILS leaves while they are still those it is for; a letter to an address always does.

    Raises Never for who was suspended, moved or stripped of the role since.
    """
    if mail.user_id is None:
        return
    still = await auth.recipients(
        organisation_id=notice.organisation_id, roles=[Role(role) for role in notice.roles], user_ids=[mail.user_id]
    )
    if not still:
        raise Never("It is not for them any more: they were suspended, work elsewhere or have another role.")


async def _path_of(href: str) -> str:
    """The page a mail leads to. Raises Never when it was a link that is over."""
    if not href.startswith(LATE):
        return href
    kind, row_id = href.removeprefix(LATE).split(":")
    return await accounts.link_of(kind, UUID(row_id))


async def _letterhead(organisation_id: UUID | None) -> Letterhead:
    """Whose name stands above a mail: the sender's, else the lab's, else ours before there is a lab."""
    if organisation_id is None:
        lab = await auth.the_lab()
        if lab is None:
            return Letterhead(organisation_id=NOBODY, name="ILS")
        organisation_id = lab.id
    return await settings.letterhead(organisation_id)


async def _attached(refs: Sequence[FileRef]) -> tuple[Attached, ...]:
    try:
        return tuple([
            Attached(
                name=ref.name,
                content_type=mimetypes.guess_type(ref.name)[0] or "application/octet-stream",
                body=await files.read(ref),
            )
            for ref in refs
        ])  # fmt: skip
    except NotFound as error:
        raise Never("A file that goes along with it is not to be found any more.") from error


async def _found(session: AsyncSession, mail_id: UUID) -> tuple[MailRow, NoticeRow]:
    """A mail, locked, and what it says."""
    mail = await session.get_one(MailRow, mail_id, with_for_update=True)
    return mail, await session.get_one(NoticeRow, mail.notice_id)


async def _left(mail_id: UUID, provider_id: str) -> None:
    async with room.unit_of_work() as uow:
        mail, notice = await _found(uow.session, mail_id)
        if mail.state is MailState.SENT:
            return
        mail.left(provider_id)
        if notice.way is Way.WRITTEN:
            uow.emit(MailLeft(key=notice.key))
        uow.publish(MAILS)
    logger.info("mail_left", mail_id=mail_id, attempts=mail.attempts)


async def _failed(mail_id: UUID, why: str, *, for_good: bool) -> None:
    async with room.unit_of_work() as uow:
        mail, notice = await _found(uow.session, mail_id)
        if mail.state is not MailState.WAITING:
            return
        mail.failed(why, for_good=for_good)
        if mail.state is MailState.WAITING:
            await post(uow, mail)
        elif notice.way is Way.WRITTEN:
            uow.emit(MailGaveUp(key=notice.key))
        uow.publish(MAILS)
    logger.warning("mail_not_sent", mail_id=mail_id, attempts=mail.attempts, state=mail.state.value, why=why)
