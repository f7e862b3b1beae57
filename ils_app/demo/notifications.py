"""What everybody of the demo is told first: where the mails are that would have left."""

from ils_app.kernel.roles import Role
from ils_app.notifications import service as notifications
from ils_app.settings.schemas import NotificationKind


async def seed() -> None:
    """Tell everybody once."""
    await notifications.tell(
        key="demo-welcome",
        kind=NotificationKind.ACCOUNT,
        title="This is the demo",
        text="No mail leaves it: what would have been sent to you stands at /dev/mail.",
        href="/notifications",
        roles=list(Role),
    )
