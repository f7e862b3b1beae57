"""Drafts in, views out: what crosses this room's door."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, SecretStr

from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden
from ils_app.kernel.roles import Role


class OrganisationKind(StrEnum):
    """What an organisation is to the lab."""

    PRACTICE = "practice"
    LAB = "lab"
    SUPPLIER = "supplier"


class PersonStatus(StrEnum):
    """How far an account has got."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"


class SessionKind(StrEnum):
    """Who holds the token: a browser in its cookie, or a program that asked for one."""

    BROWSER = "browser"
    API = "api"


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Person(_View):
    """A signed-in person, as their session's row says. `session_role` is the one a program's token was asked for."""

    user_id: UUID
    name: str
    email: str
    organisation_id: UUID
    organisation_name: str
    organisation_kind: OrganisationKind
    roles: tuple[Role, ...]
    manager: bool
    supervisor: bool
    session_id: UUID
    session_role: Role | None = None
    expires_at: datetime
    password_temporary: bool = False

    def actor(self, role: Role | None = None) -> Actor:
        """The person in one of their roles: the one asked for, else the token's own, else their first.

        Raises Forbidden for a role they do not hold, or another than a program's token was made for.
        """
        chosen = role or self.session_role or self.roles[0]
        if chosen not in self.roles or (self.session_role or chosen) is not chosen:
            raise Forbidden
        return Actor(
            user_id=self.user_id,
            name=self.name,
            role=chosen,
            organisation_id=self.organisation_id,
            manager=self.manager,
            supervisor=self.supervisor,
            session_id=self.session_id,
            password_temporary=self.password_temporary,
        )


class SignedIn(_View):
    """A new session. The token is here and in no other place."""

    token: str
    expires_at: datetime
    person: Person


class DemoPerson(_View):
    """Somebody to try ILS as, outside production."""

    email: str
    name: str
    roles: tuple[Role, ...]
    organisation_name: str


class OrganisationView(_View):
    """An organisation as an administrator sees it."""

    id: UUID
    name: str
    kind: OrganisationKind
    active: bool
    people: int
    created_at: datetime


class Wish(_View):
    """What somebody who signed up asked for, in their own words."""

    role: Role
    organisation: str
    note: str
    at: datetime


class PersonView(_View):
    """An account as an administrator sees it. Who signed up works nowhere until they are approved."""

    user_id: UUID
    name: str
    email: str
    status: PersonStatus
    reason: str
    organisation_id: UUID | None
    organisation_name: str
    organisation_kind: OrganisationKind | None
    roles: tuple[Role, ...]
    manager: bool
    supervisor: bool
    password_temporary: bool
    last_seen_at: datetime | None
    created_at: datetime
    wish: Wish | None = None


class PeoplePage(_View):
    """One page of accounts; `total` counts all that match."""

    rows: list[PersonView]
    total: int
    page: int
    size: int


class SessionView(_View):
    """A session that is alive, without what would let anybody use it. Address and agent are coarse."""

    id: UUID
    user_id: UUID
    person_name: str
    organisation_name: str
    kind: SessionKind
    role: Role | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    current: bool  # the asker's own, at this moment


class SessionsPage(_View):
    """One page of sessions; `total` counts all that match."""

    rows: list[SessionView]
    total: int
    page: int
    size: int


class TemporaryPassword(_View):
    """A password to hand over. It is shown once and must be changed before anything else."""

    user_id: UUID
    password: SecretStr
    expires_at: datetime


class PersonAdded(_View):
    """A new account, and what its person signs in with the first time."""

    person: PersonView
    temporary: TemporaryPassword


class PersonDraft(BaseModel):
    """A new account as an administrator writes it."""

    email: str
    name: str
    organisation_id: UUID
    roles: tuple[Role, ...]
    manager: bool = False
    supervisor: bool = False


class Recipient(BaseModel):
    """Somebody who can be reached: who they are, where they work, and their address."""

    model_config = ConfigDict(frozen=True)

    user_id: UUID
    name: str
    email: str
    organisation_id: UUID
    manager: bool


class Contact(_View):
    """Where a person is written to, let in or not."""

    name: str
    email: str


class OrganisationName(BaseModel):
    """An organisation as other rooms know it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    name: str
    kind: OrganisationKind
    active: bool


class OrganisationDraft(BaseModel):
    """A new organisation as an administrator writes it."""

    name: str
    kind: OrganisationKind


class Grant(BaseModel):
    """Where somebody is to work, and as what; the first role is their default."""

    organisation_id: UUID
    roles: tuple[Role, ...]
    manager: bool = False
    supervisor: bool = False


class SignUpDraft(BaseModel):
    """What somebody without an account writes to get one."""

    model_config = ConfigDict(hide_input_in_errors=True)

    email: str
    name: str
    password: SecretStr
    role: Role | None
    organisation: str
    note: str = ""


class SetupDraft(BaseModel):
    """The first administrator, as whoever sets ILS up writes it; `key` is ADMIN_SETUP_KEY."""

    model_config = ConfigDict(hide_input_in_errors=True)

    key: SecretStr
    email: str
    name: str
    password: SecretStr
    organisation: str = "The lab"


class InvitationDraft(BaseModel):
    """Whom an administrator invites, where to and as what."""

    email: str
    name: str
    organisation_id: UUID
    roles: tuple[Role, ...]
    manager: bool = False
    supervisor: bool = False


class InvitationState(StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REVOKED = "revoked"


class InvitationView(_View):
    """An invitation as an administrator sees it."""

    id: UUID
    email: str
    name: str
    organisation_id: UUID
    organisation_name: str
    roles: tuple[Role, ...]
    manager: bool
    supervisor: bool
    state: InvitationState
    sent: int  # how often
    invited_by: UUID | None
    created_at: datetime
    expires_at: datetime


class InvitationsPage(_View):
    """One page of invitations, the latest first; `total` counts all that match."""

    rows: list[InvitationView]
    total: int
    page: int
    size: int


class Welcome(_View):
    """What the page of a link says to whoever holds it."""

    email: str
    name: str
    organisation_name: str
    expires_at: datetime


class Letter(_View):
    """What the mail with a link needs: to whom, from where, until when. The link is made as it is sent."""

    email: str
    name: str
    organisation_name: str
    expires_at: datetime
    open: bool  # False once it was used, revoked or ran out: nothing is to be sent any more


class Names(_View):
    """What ids stand for, as far as they are known: people and organisations by name, invitations by email."""

    people: dict[UUID, str]
    organisations: dict[UUID, str]
    invitations: dict[UUID, str]
