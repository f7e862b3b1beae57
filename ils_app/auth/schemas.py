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


class PersonView(_View):
    """An account as an administrator sees it."""

    user_id: UUID
    name: str
    email: str
    status: PersonStatus
    reason: str
    organisation_id: UUID
    organisation_name: str
    organisation_kind: OrganisationKind
    roles: tuple[Role, ...]
    manager: bool
    supervisor: bool
    password_temporary: bool
    last_seen_at: datetime | None
    created_at: datetime


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
