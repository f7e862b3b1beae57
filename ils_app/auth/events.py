"""Facts of this room that others may rely on; only ever added to. Who did it is in `by`, None for the system."""

from uuid import UUID

from ils_app.kernel.events import Fact
from ils_app.kernel.roles import Role


class PersonSignedIn(Fact):
    """A session began."""

    user_id: UUID
    session_id: UUID


class SessionEnded(Fact):
    """A session was ended before its time: `why` is signed_out, replaced, ended, password, suspended or closed."""

    user_id: UUID
    session_id: UUID
    why: str
    by: UUID | None


class AccountAdded(Fact):
    """There is a new account."""

    user_id: UUID
    organisation_id: UUID
    roles: tuple[Role, ...]
    by: UUID | None


class PersonApproved(Fact):
    """A pending account became active."""

    user_id: UUID
    by: UUID


class PersonSuspended(Fact):
    """An account may not sign in any more, and its sessions are over."""

    user_id: UUID
    reason: str
    by: UUID


class PersonReinstated(Fact):
    """A suspended account may sign in again."""

    user_id: UUID
    reason: str
    by: UUID


class RolesChanged(Fact):
    """A person holds other roles, or became or ceased to be manager or supervisor."""

    user_id: UUID
    old: tuple[Role, ...]
    new: tuple[Role, ...]
    manager: bool
    supervisor: bool
    by: UUID


class PasswordChanged(Fact):
    """A person chose a new password."""

    user_id: UUID


class NameChanged(Fact):
    """A person is called otherwise; the name itself is in their account."""

    user_id: UUID


class PasswordReset(Fact):
    """An administrator gave a person a temporary password."""

    user_id: UUID
    by: UUID


class OrganisationAdded(Fact):
    """There is a new organisation."""

    organisation_id: UUID
    kind: str
    by: UUID | None


class OrganisationAccessChanged(Fact):
    """An organisation's people may, or may no longer, sign in."""

    organisation_id: UUID
    active: bool
    by: UUID
