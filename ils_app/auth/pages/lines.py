"""People, organisations and sessions as the pages show them, and where a list's page stands."""

from dataclasses import dataclass
from typing import Self

from ils_app.auth import service as auth

SIZE = 25
TONES = {
    auth.PersonStatus.PENDING: "warn",
    auth.PersonStatus.ACTIVE: "ok",
    auth.PersonStatus.SUSPENDED: "bad",
    auth.PersonStatus.REJECTED: "idle",
}


@dataclass(frozen=True)
class PersonLine:
    """An account in words."""

    id: str = ""
    name: str = ""
    email: str = ""
    place: str = ""
    roles: str = ""
    status: str = ""
    tone: str = "idle"
    reason: str = ""
    seen_at: str = ""
    temporary: bool = False
    href: str = ""

    @classmethod
    def of(cls, person: auth.PersonView, *, href: str = "") -> Self:
        """The account in words; `href` opens it."""
        more = [word for word, true in (("manager", person.manager), ("supervisor", person.supervisor)) if true]
        return cls(
            id=str(person.user_id),
            name=person.name,
            email=person.email,
            place=person.organisation_name,
            roles=", ".join([*(role.label for role in person.roles), *more]),
            status=person.status.value,
            tone=TONES[person.status],
            reason=person.reason,
            seen_at=person.last_seen_at.isoformat() if person.last_seen_at else "",
            temporary=person.password_temporary,
            href=href,
        )


@dataclass(frozen=True)
class OrganisationLine:
    """An organisation in words."""

    id: str = ""
    name: str = ""
    kind: str = ""
    people: str = ""
    active: bool = True
    since: str = ""

    @classmethod
    def of(cls, organisation: auth.OrganisationView) -> Self:
        """The organisation in words."""
        return cls(
            id=str(organisation.id),
            name=organisation.name,
            kind=organisation.kind.value,
            people=str(organisation.people),
            active=organisation.active,
            since=organisation.created_at.isoformat(),
        )


@dataclass(frozen=True)
class SessionLine:
    """A session in words."""

    id: str = ""
    person: str = ""
    place: str = ""
    device: str = ""
    address: str = ""
    seen_at: str = ""
    since: str = ""
    current: bool = False

    @classmethod
    def of(cls, session: auth.SessionView) -> Self:
        """The session in words."""
        device = session.agent or "unknown"
        if session.kind is auth.SessionKind.API:
            device = f"program ({device})"
        return cls(
            id=str(session.id),
            person=session.person_name,
            place=session.organisation_name,
            device=device,
            address=session.address or "unknown",
            seen_at=session.last_seen_at.isoformat(),
            since=session.created_at.isoformat(),
            current=session.current,
        )


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
