"""Tables of organisations, people, role grants, sessions and counted attempts; private to this room."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ils_app.auth.errors import NotThatMove
from ils_app.auth.schemas import OrganisationKind, PersonStatus, SessionKind
from ils_app.kernel import clock
from ils_app.kernel.columns import Word, check_words, room_metadata, word_column
from ils_app.kernel.roles import Role

IDLE: Final = timedelta(hours=8)
"""A session nobody used for this long is over: a working day with its breaks, not a night."""

LIFE: Final = {SessionKind.BROWSER: timedelta(days=7), SessionKind.API: timedelta(hours=8)}
"""How long a session lasts at most, however busy it is."""

TEMPORARY_PASSWORD_LIFE: Final = timedelta(hours=24)
INVITATION_LIFE: Final = timedelta(days=7)
PASSWORD_LINK_LIFE: Final = timedelta(hours=1)


class AuthBase(SQLModel, registry=registry(metadata=room_metadata("auth"))):
    """Tables of this room."""


class OrganisationRow(AuthBase, table=True):
    """A practice, a lab or a supplier. A practice's id here is its id everywhere."""

    __tablename__ = "organisation"
    __table_args__ = (check_words("kind", OrganisationKind),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str = Field(sa_type=Text)
    kind: OrganisationKind = Field(sa_column=word_column("kind", OrganisationKind))
    active: bool = True
    created_at: datetime = Field(default_factory=clock.now)


class PersonRow(AuthBase, table=True):
    """A person and how they prove it. `email` is normalised; a temporary password ends at `temporary_until`."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("email"),
        Index("ix_person_name_id", "name", "id"),
        check_words("status", PersonStatus),
        CheckConstraint("organisation_id IS NOT NULL OR status IN ('pending', 'rejected')", name="works_somewhere"),
        Index("ix_person_waiting", "created_at", postgresql_where=sql("status = 'pending'")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    email: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    password_hash: str = Field(sa_type=Text, repr=False)
    temporary_until: datetime | None = None
    status: PersonStatus = Field(sa_column=word_column("status", PersonStatus))
    status_reason: str = Field(default="", sa_type=Text)
    organisation_id: UUID | None = Field(default=None, foreign_key="auth.organisation.id", index=True)
    manager: bool = False
    supervisor: bool = False
    demo: bool = False
    created_at: datetime = Field(default_factory=clock.now)

    def move(self, status: PersonStatus, *, reason: str = "", only_from: PersonStatus | None = None) -> None:
        """Take a status the table of moves allows; a repeat is refused, since it would overwrite the reason."""
        if status not in MOVES[self.status] or (only_from or self.status) is not self.status:
            raise NotThatMove(f"{self.name}'s account is {self.status.value}, so this is not possible.")
        if self.organisation_id is None and status in {PersonStatus.ACTIVE, PersonStatus.SUSPENDED}:
            raise NotThatMove(f"{self.name} works nowhere yet: approve or turn down the request.")
        self.status, self.status_reason = status, reason


MOVES: Final[dict[PersonStatus, frozenset[PersonStatus]]] = {
    PersonStatus.PENDING: frozenset({PersonStatus.ACTIVE, PersonStatus.SUSPENDED, PersonStatus.REJECTED}),
    PersonStatus.ACTIVE: frozenset({PersonStatus.SUSPENDED}),
    PersonStatus.SUSPENDED: frozenset({PersonStatus.ACTIVE}),
    PersonStatus.REJECTED: frozenset({PersonStatus.PENDING}),  # they may ask again
}


class GrantRow(AuthBase, table=True):
    """That a person holds a role. The one with the lowest place is theirs by default."""

    __tablename__ = "role_grant"
    __table_args__ = (check_words("role", Role),)

    person_id: UUID = Field(foreign_key="auth.person.id", primary_key=True)
    role: Role = Field(sa_column=Column("role", Word(Role), primary_key=True))
    place: int = Field(sa_type=SmallInteger)
    granted_by: UUID | None = None  # None when the system did, at the very start
    granted_at: datetime = Field(default_factory=clock.now)


class SessionRow(AuthBase, table=True):
    """A signed-in browser or program. The token itself is nowhere: only what it hashes to."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("token_sha256"),
        Index("ix_session_expires_at", "expires_at"),
        check_words("kind", SessionKind),
        check_words("role", Role),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="auth.person.id", index=True)
    token_sha256: str = Field(sa_type=Text, repr=False)
    kind: SessionKind = Field(sa_column=word_column("kind", SessionKind))
    role: Role | None = Field(default=None, sa_column=word_column("role", Role, nullable=True))
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    address: str = Field(default="", sa_type=Text)  # coarse: 192.0.2.x
    agent: str = Field(default="", sa_type=Text)  # coarse: Firefox on Windows


class SignUpRow(AuthBase, table=True):
    """What somebody asked for when they signed up, in their own words; kept after the decision."""

    __tablename__ = "sign_up"
    __table_args__ = (check_words("role", Role),)

    person_id: UUID = Field(foreign_key="auth.person.id", primary_key=True)
    role: Role = Field(sa_column=word_column("role", Role))
    organisation: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    at: datetime = Field(default_factory=clock.now)


class InvitationRow(AuthBase, table=True):
    """That somebody may make an account. The link's token follows from the id and `sent` and is kept nowhere."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index("uq_invitation_email_open", "email", unique=True, postgresql_where=sql("ended_at IS NULL")),
        Index("ix_invitation_created_at_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    email: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    organisation_id: UUID = Field(foreign_key="auth.organisation.id", index=True)
    roles: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    manager: bool = False
    supervisor: bool = False
    invited_by: UUID | None = None  # None when the system did
    sent: int = Field(default=1, sa_type=SmallInteger)  # each time it is sent, the links before it end
    created_at: datetime = Field(default_factory=clock.now)
    expires_at: datetime
    ended_at: datetime | None = None  # accepted or revoked; one that ran out is still open to be sent again
    user_id: UUID | None = None  # who accepted it


class PasswordLinkRow(AuthBase, table=True):
    """That somebody forgot their password. Without a person when the email is nobody's: the work is the same."""

    __tablename__ = "password_link"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID | None = Field(default=None, foreign_key="auth.person.id", index=True)
    created_at: datetime = Field(default_factory=clock.now, index=True)
    expires_at: datetime
    used_at: datetime | None = None


class AttemptRow(AuthBase, table=True):
    """How often somebody failed lately, for one account or one address; the key is a hash of which."""

    __tablename__ = "attempt"

    key: str = Field(sa_type=Text, primary_key=True)
    failures: int = 0
    last_at: datetime = Field(default_factory=clock.now, index=True)
    blocked_until: datetime | None = None


BASE = AuthBase
