"""Facts of this room that others may rely on; only ever added to. Who did it is in `by`, None for the system."""

from uuid import UUID

from ils_app.kernel.events import Fact
from ils_app.kernel.roles import Role


class PersonSignedIn(Fact):
    """A session began."""

    sentence = "{user_id} signed in"
    doer = "user_id"

    user_id: UUID
    session_id: UUID


class SessionEnded(Fact):
    """A session was ended before its time: `why` is signed_out, replaced, ended, password, suspended or closed."""

    sentence = "A session of {user_id} ended: {why}"

    user_id: UUID
    session_id: UUID
    why: str
    by: UUID | None

    def told(self) -> str:
        """Who signs out themselves is no news of an ended session."""
        return _ENDS.get(self.why, self.sentence)


_ENDS = {
    "signed_out": "{user_id} signed out",
    "replaced": "{user_id} signed in again in the same browser",
    "ended": "A session of {user_id} was ended by hand",
    "password": "A session of {user_id} ended with their old password",  # pragma: allowlist secret
    "suspended": "A session of {user_id} ended as they were suspended",
    "closed": "A session of {user_id} ended as their organisation was closed",
}


class AccountAdded(Fact):
    """There is a new account."""

    sentence = "An account was added for {user_id} at {organisation_id} as {roles}"

    user_id: UUID
    organisation_id: UUID
    roles: tuple[Role, ...]
    by: UUID | None


class PersonApproved(Fact):
    """A pending account became active."""

    sentence = "{user_id} was approved"

    user_id: UUID
    by: UUID
    organisation_id: UUID | None = None
    roles: tuple[Role, ...] = ()

    def told(self) -> str:
        """Where and as what, since it is known."""
        if self.organisation_id is None:
            return self.sentence
        return "{user_id} was approved for {organisation_id} as {roles}"


class PersonSuspended(Fact):
    """An account may not sign in any more, and its sessions are over."""

    sentence = "{user_id} was suspended: {reason}"

    user_id: UUID
    reason: str
    by: UUID


class PersonReinstated(Fact):
    """A suspended account may sign in again."""

    sentence = "{user_id} was let in again: {reason}"

    user_id: UUID
    reason: str
    by: UUID


class RolesChanged(Fact):
    """A person holds other roles, or became or ceased to be manager or supervisor."""

    sentence = "The roles of {user_id} were changed from {old} to {new}"

    user_id: UUID
    old: tuple[Role, ...]
    new: tuple[Role, ...]
    manager: bool
    supervisor: bool
    by: UUID


class PasswordChanged(Fact):
    """A person chose a new password."""

    sentence = "{user_id} chose a new password"
    doer = "user_id"

    user_id: UUID


class NameChanged(Fact):
    """A person is called otherwise; the name itself is in their account."""

    sentence = "{user_id} took another name"

    user_id: UUID


class PasswordReset(Fact):
    """An administrator gave a person a temporary password."""

    sentence = "{user_id} was given a temporary password"

    user_id: UUID
    by: UUID


class OrganisationAdded(Fact):
    """There is a new organisation."""

    sentence = "{organisation_id} was added as a {kind}"

    organisation_id: UUID
    kind: str
    by: UUID | None


class OrganisationAccessChanged(Fact):
    """An organisation's people may, or may no longer, sign in."""

    sentence = "{organisation_id} was closed: its people may not sign in"

    organisation_id: UUID
    active: bool
    by: UUID

    def told(self) -> str:
        """Closed, or opened again."""
        return "{organisation_id} was opened again" if self.active else self.sentence


class OrganisationRenamed(Fact):
    """An organisation is called otherwise."""

    sentence = "{old} was renamed: {new}"

    organisation_id: UUID
    old: str
    new: str


class PersonSignedUp(Fact):
    """Somebody asked for an account, and waits."""

    sentence = "{user_id} asked for an account as {role}"
    doer = "user_id"

    user_id: UUID
    role: Role


class SignUpRepeated(Fact):
    """Somebody asked for an account with the email of one there is; its owner should know."""

    sentence = "Somebody signed up with the email of {user_id}, who has an account already"

    user_id: UUID


class PersonRejected(Fact):
    """A request for an account was turned down."""

    sentence = "The request of {user_id} was turned down: {reason}"

    user_id: UUID
    reason: str


class PersonInvited(Fact):
    """An invitation is to be sent, for the first time or again (`sent` counts)."""

    sentence = "{invitation_id} was invited to {organisation_id} as {roles}"

    invitation_id: UUID
    organisation_id: UUID
    roles: tuple[Role, ...]
    sent: int

    def told(self) -> str:
        """Invited, or reminded."""
        return "{invitation_id} was invited to {organisation_id} again" if self.sent > 1 else self.sentence


class InvitationRevoked(Fact):
    """An invitation does not let anybody in any more."""

    sentence = "The invitation of {invitation_id} to {organisation_id} was revoked"

    invitation_id: UUID
    organisation_id: UUID


class InvitationAccepted(Fact):
    """An invited person has made their account."""

    sentence = "{user_id} accepted an invitation to {organisation_id} as {roles}"
    doer = "user_id"

    invitation_id: UUID
    user_id: UUID
    organisation_id: UUID
    roles: tuple[Role, ...]


class PasswordLinkAsked(Fact):
    """Somebody forgot a password. Without a person the email is nobody's, and nothing is sent."""

    sentence = "Somebody forgot the password of {user_id}"

    link_id: UUID
    user_id: UUID | None

    def told(self) -> str:
        """Of an account, or of none there is."""
        return self.sentence if self.user_id else "Somebody forgot the password of an account that does not exist"


class FirstAdminAdded(Fact):
    """ILS was set up: the first administrator has an account."""

    sentence = "ILS was set up with {user_id} as the first administrator"
    doer = "user_id"

    user_id: UUID
