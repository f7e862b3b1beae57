"""The durable work of this room; each piece survives a repeat."""

from uuid import UUID

from ils_app.auth.events import (
    PasswordChanged,
    PasswordLinkAsked,
    PasswordReset,
    PersonApproved,
    PersonInvited,
    PersonReinstated,
    PersonRejected,
    PersonSignedUp,
    PersonSuspended,
    SignUpRepeated,
)
from ils_app.kernel.jobs import listener, periodic, task
from ils_app.notifications import accounts, sending, telling


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


@listener(PersonInvited)
async def write_invitation(fact: PersonInvited) -> None:
    """Send the invitation, once for each time it was asked for."""
    await accounts.invited(fact.invitation_id, fact.sent)


@listener(PasswordLinkAsked)
async def write_password_link(fact: PasswordLinkAsked) -> None:
    """Send the link, if the email is somebody's."""
    if fact.user_id is not None:
        await accounts.forgot_password(fact.link_id)


@listener(PersonSignedUp)
async def tell_of_sign_up(fact: PersonSignedUp) -> None:
    """Tell the administrators."""
    await accounts.asked_for_account(fact.user_id, fact.role)


@listener(SignUpRepeated)
async def tell_of_repeated_sign_up(fact: SignUpRepeated) -> None:
    """Tell whose email it is."""
    await accounts.signed_up_again(fact.user_id)


@listener(PersonApproved)
async def tell_approved(fact: PersonApproved) -> None:
    """Tell them that they are let in."""
    await accounts.approved(fact.user_id)


@listener(PersonReinstated)
async def tell_reinstated(fact: PersonReinstated) -> None:
    """Tell them that they are let in again."""
    await accounts.reinstated(fact.user_id)


@listener(PersonSuspended)
async def write_suspended(fact: PersonSuspended) -> None:
    """Tell them why they are not let in any more."""
    await accounts.suspended(fact.user_id, fact.reason)


@listener(PasswordChanged)
async def tell_password_changed(fact: PasswordChanged) -> None:
    """Tell them, in case it was not they who did it."""
    await accounts.password_changed(fact.user_id)


@listener(PasswordReset)
async def tell_password_reset(fact: PasswordReset) -> None:
    """Tell them who is to hand the new one over."""
    await accounts.password_reset(fact.user_id)


@listener(PersonRejected)
async def write_rejected(fact: PersonRejected) -> None:
    """Tell them why they are not let in."""
    await accounts.rejected(fact.user_id, fact.reason)
