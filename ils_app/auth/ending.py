"""Sessions and mailed links that end or change, whoever asks: every process and open page hears it with the commit."""

from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlmodel import col

from ils_app.auth.events import SessionEnded
from ils_app.auth.models import PasswordLinkRow, SessionRow
from ils_app.auth.session_cache import SESSIONS, TOPIC
from ils_app.kernel import clock
from ils_app.kernel.room import UnitOfWork


async def end_sessions(uow: UnitOfWork, which: ColumnElement[bool], *, why: str, by: UUID | None) -> int:
    """End every session `which` finds that is not over yet; answers how many."""
    ended = await uow.session.execute(
        update(SessionRow)
        .where(which, col(SessionRow.revoked_at).is_(None))
        .values(revoked_at=clock.now())
        .returning(col(SessionRow.id), col(SessionRow.person_id))
    )
    rows = ended.all()
    for session_id, user_id in rows:
        uow.emit(SessionEnded(user_id=user_id, session_id=session_id, why=why, by=by))
        uow.publish(f"{TOPIC}{session_id}")
    if rows:
        uow.publish(SESSIONS)
    return len(rows)


async def end_password_links(uow: UnitOfWork, person_id: UUID) -> None:
    """End every mailed password link of a person whose row is locked: a password has come since they were asked for."""
    mine = (col(PasswordLinkRow.person_id) == person_id) & col(PasswordLinkRow.used_at).is_(None)
    await uow.session.execute(update(PasswordLinkRow).where(mine).values(used_at=clock.now()))


async def tell_open_pages(uow: UnitOfWork, user_id: UUID) -> None:
    """Have every process read the person's sessions anew, and every open page of theirs with it."""
    mine = select(col(SessionRow.id)).where(col(SessionRow.person_id) == user_id, col(SessionRow.revoked_at).is_(None))
    uow.publish("people", *(f"{TOPIC}{session_id}" for session_id in (await uow.session.execute(mine)).scalars()))
