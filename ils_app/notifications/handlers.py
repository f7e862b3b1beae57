"""The durable work of this room; each piece survives a repeat."""

from uuid import UUID

from ils_app.kernel.jobs import periodic, task
from ils_app.notifications import sending, telling


@task("notifications.spread")
async def spread(notice_id: str) -> None:
    """Tell everybody a notice is for."""
    await telling.spread(UUID(notice_id))


@task("notifications.send")
async def send(mail_id: str) -> None:
    """Send one mail; how often it is tried, its own row decides."""
    await sending.send(UUID(mail_id))


@periodic("*/2 * * * *", "notifications.sweep")
async def sweep() -> None:
    """Catch mails whose job was lost."""
    await sending.sweep()


@periodic("41 3 * * *", "notifications.forget_old")
async def forget_old() -> None:
    """Keep the record to what somebody may still look for."""
    await sending.forget_old()
