"""Acts, requests and invitations as the pages show them."""

from dataclasses import dataclass
from typing import Self

from ils_app.admin.service import AuditEntry
from ils_app.auth import service as auth

INVITATION_TONES = {
    auth.InvitationState.OPEN: "info",
    auth.InvitationState.ACCEPTED: "ok",
    auth.InvitationState.EXPIRED: "warn",
    auth.InvitationState.REVOKED: "idle",
}


@dataclass(frozen=True)
class ActLine:
    """An act in words."""

    id: str = ""
    at: str = ""
    who: str = ""
    role: str = ""
    what: str = ""
    area: str = ""
    href: str = ""

    @classmethod
    def of(cls, act: AuditEntry, *, href: str = "") -> Self:
        """The act in words; `href` opens it."""
        return cls(
            id=str(act.id),
            at=act.at.isoformat(),
            who=act.who,
            role=act.role.label if act.role else "",
            what=act.what,
            area=act.area.label if act.area else "",
            href=href,
        )


@dataclass(frozen=True)
class RequestLine:
    """Somebody who asks for an account, in words."""

    id: str = ""
    name: str = ""
    email: str = ""
    role: str = ""
    organisation: str = ""
    note: str = ""
    asked_at: str = ""
    href: str = ""

    @classmethod
    def of(cls, person: auth.PersonView, *, href: str = "") -> Self:
        """The request in words; `href` opens it."""
        wish = person.wish
        return cls(
            id=str(person.user_id),
            name=person.name,
            email=person.email,
            role=wish.role.label if wish else ", ".join(role.label for role in person.roles),
            organisation=wish.organisation if wish else person.organisation_name,
            note=wish.note if wish else "",
            asked_at=(wish.at if wish else person.created_at).isoformat(),
            href=href,
        )


@dataclass(frozen=True)
class InvitationLine:
    """An invitation in words."""

    id: str = ""
    name: str = ""
    email: str = ""
    place: str = ""
    roles: str = ""
    state: str = ""
    tone: str = "idle"
    sent: str = ""
    ends_at: str = ""
    open: bool = False  # may still be sent again or revoked

    @classmethod
    def of(cls, one: auth.InvitationView) -> Self:
        """The invitation in words."""
        more = [word for word, true in (("manager", one.manager), ("supervisor", one.supervisor)) if true]
        return cls(
            id=str(one.id),
            name=one.name,
            email=one.email,
            place=one.organisation_name,
            roles=", ".join([*(role.label for role in one.roles), *more]),
            state=one.state.value,
            tone=INVITATION_TONES[one.state],
            sent="once" if one.sent == 1 else f"{one.sent} times",
            ends_at=one.expires_at.isoformat(),
            open=one.state in {auth.InvitationState.OPEN, auth.InvitationState.EXPIRED},
        )


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
