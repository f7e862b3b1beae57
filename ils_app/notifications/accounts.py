"""What people are told of their own accounts, and administrators of those who ask for one.

Who may not sign in has no notification centre, so they get a letter. A link that lets somebody in is made as its mail
leaves and is kept nowhere.
"""

from datetime import datetime
from uuid import UUID

from ils_app.auth import service as auth
from ils_app.auth.errors import LinkOver
from ils_app.kernel import clock
from ils_app.kernel.errors import NotFound
from ils_app.kernel.jobs import heard_fact
from ils_app.kernel.mail import Never
from ils_app.kernel.roles import Role
from ils_app.notifications.telling import late_link, tell, write, write_late
from ils_app.settings.schemas import NotificationKind

NOT_YOU = "If it was not you, and you did not ask for it, tell your administrator at once."
INVITATION, PASSWORD = "invitation", "password"  # pragma: allowlist secret


async def invited(invitation_id: UUID, sent: int) -> None:
    """Write to somebody who is invited, for the first time or again."""
    letter = await auth.invitation_letter(invitation_id)
    if letter.open:
        text = (
            f"{letter.organisation_name} has a place for you in ILS, where lenses are ordered and followed. Choose a "
            f"password with this link and you are in. It is good until {_moment(letter.expires_at)}."
        )
        await write_late(
            key=f"invitation:{invitation_id}:{sent}", to=letter.email, to_name=letter.name,
            subject=f"{letter.organisation_name} invites you to ILS", text=text,
            href=late_link(INVITATION, invitation_id),
        )  # fmt: skip


async def forgot_password(link_id: UUID) -> None:
    """Write to somebody who forgot their password; one whose link is used by now needs none."""
    letter = await auth.password_letter(link_id)
    if letter.open:
        text = (
            f"Somebody, probably you, forgot the password of this account. Choose another with this link until "
            f"{_moment(letter.expires_at)}.\n\nIf it was not you, there is nothing to do: your password is as it was."
        )
        await write_late(
            key=f"password:{link_id}", to=letter.email, to_name=letter.name, subject="Choose a new password for ILS",
            text=text, href=late_link(PASSWORD, link_id),
        )  # fmt: skip


async def asked_for_account(user_id: UUID, role: Role) -> None:
    """Tell the administrators that somebody waits for them."""
    await tell(
        key=f"sign-up:{user_id}:{heard_fact()}", kind=NotificationKind.ACCOUNT,
        title="A new account waits for your decision", href="/admin/requests",
        text=f"Somebody signed up as {role.label.lower()} and can do nothing until you approve them.",
        roles=[Role.ADMIN],
    )  # fmt: skip


async def signed_up_again(user_id: UUID) -> None:
    """Tell the owner of an account that somebody tried to make another with their email; once a day."""
    await tell(
        key=f"sign-up-again:{user_id}:{clock.today_in_lab()}", kind=NotificationKind.ACCOUNT,
        title="Somebody signed up with your email", href="/account",
        text="Your account is as it was. If it was you: you have one already, so just sign in.", user_ids=[user_id],
    )  # fmt: skip


async def approved(user_id: UUID) -> None:
    """Tell somebody that they are let in."""
    await tell(
        key=f"account-approved:{heard_fact()}", kind=NotificationKind.ACCOUNT, title="Your account is approved",
        text="You can sign in now.", href="/", user_ids=[user_id],
    )  # fmt: skip


async def reinstated(user_id: UUID) -> None:
    """Tell somebody that they are let in again."""
    await tell(
        key=f"account-reinstated:{heard_fact()}", kind=NotificationKind.ACCOUNT, href="/", user_ids=[user_id],
        title="Your account is open again", text="You can sign in again, with the password you had.",
    )  # fmt: skip


async def password_changed(user_id: UUID) -> None:
    """Tell somebody that their password is another one, however they chose it."""
    await tell(
        key=f"password-changed:{heard_fact()}", kind=NotificationKind.ACCOUNT, href="/account", user_ids=[user_id],
        title="Your password was changed", text=f"Another password was chosen for your account. {NOT_YOU}",
    )  # fmt: skip


async def password_reset(user_id: UUID) -> None:
    """Tell somebody that an administrator gave them a temporary password."""
    text = f"An administrator gave you a temporary password, which they hand over to you themselves. {NOT_YOU}"
    await tell(
        key=f"password-reset:{heard_fact()}", kind=NotificationKind.ACCOUNT, href="/account", user_ids=[user_id],
        title="Your password was changed by an administrator", text=text,
    )  # fmt: skip


async def suspended(user_id: UUID, reason: str) -> None:
    """Write to somebody who may not sign in any more, with the reason."""
    text = f"You cannot sign in to ILS any more. The reason given: {reason}"
    await _letter(user_id, "account-suspended", "Your account is suspended", text)


async def rejected(user_id: UUID, reason: str) -> None:
    """Write to somebody whose request for an account was turned down, with the reason."""
    text = f"Your request for an account was turned down. The reason given: {reason}"
    await _letter(user_id, "account-rejected", "Your request for an account", text)


async def link_of(kind: str, row_id: UUID) -> str:
    """The path of a page that lets somebody in, for the mail that leaves now. Raises Never when it is over."""
    try:
        return await (auth.invitation_link(row_id) if kind == INVITATION else auth.password_link_path(row_id))
    except (LinkOver, NotFound) as error:
        raise Never("Its link was used, taken back or too old before it left.") from error


async def _letter(user_id: UUID, about: str, subject: str, text: str) -> None:
    to = await auth.contact(user_id)
    await write(
        key=f"{about}:{heard_fact()}", to=to.email, to_name=to.name, subject=subject,
        text=f"{text}\n\nIf you think this is a mistake, answer this mail.", href="/sign-in",
    )  # fmt: skip


def _moment(moment: datetime) -> str:
    local = moment.astimezone(clock.lab_zone())
    return f"{local:%A} {local.day} {local:%B} at {local:%H:%M}"
