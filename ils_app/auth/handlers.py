"""What this room does by the clock: sessions and links that are over and counts nobody adds to are removed."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_
from sqlmodel import col

from ils_app.auth import attempts
from ils_app.auth.models import IDLE, PasswordLinkRow, SessionRow
from ils_app.auth.room import room
from ils_app.kernel import clock, jobs, log

KEPT_AFTER_THE_END = timedelta(days=7)
"""How long a session that is over stays on record, for whoever asks where somebody was signed in."""

logger = log.get_logger(__name__)


@jobs.periodic("17 * * * *", "auth.forget_old_sessions")
async def forget_old_sessions() -> None:
    """Remove what ended, expired or was left idle more than a week ago; a repeat finds nothing."""
    before = clock.now() - KEPT_AFTER_THE_END
    over = or_(
        col(SessionRow.revoked_at) < before,
        col(SessionRow.expires_at) < before,
        col(SessionRow.last_seen_at) < before - IDLE,
    )
    async with room.unit_of_work() as uow:
        gone: Any = await uow.session.execute(delete(SessionRow).where(over))
        sessions = int(gone.rowcount)
        await uow.session.execute(delete(PasswordLinkRow).where(col(PasswordLinkRow.created_at) < before))
    logger.info("old_sessions_forgotten", sessions=sessions, attempts=await attempts.forget_old())
