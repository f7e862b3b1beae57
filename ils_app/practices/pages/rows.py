"""A practice as its pages show it: display strings, and what its forms start with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ils_app.practices.models import StaffRole
from ils_app.practices.service import (
    KnownSupplier,
    Member,
    PracticePerson,
    PracticeSummary,
    PracticeView,
    SiteView,
    WaitingPractice,
)
from ils_app.ui import routes
from ils_app.ui.fields import Option

PROFILE_FIELDS = ("phone", "email", "website", "note")
SITE_FIELDS = ("code", "name", "address_lines", "postcode", "country")
STAFF_FIELDS = ("name", "role", "registration", "body", "user_id")
OPENING_FIELDS = ("account_number", "phone", *SITE_FIELDS)

ROLES = [Option(role.value, role.label) for role in StaffRole]


def started(names: Sequence[str], **given: str) -> dict[str, str]:
    """What a form starts with: something for every field."""
    return {**dict.fromkeys(names, ""), **given}


def problems(names: Sequence[str]) -> dict[str, str]:
    """Nothing to say yet of any field of a form."""
    return dict.fromkeys(names, "")


def lines_of(form: Mapping[str, Any]) -> tuple[str, ...]:
    """The lines of an address as they were written under one another."""
    return tuple(line for line in str(form.get("address_lines", "")).splitlines() if line.strip())


@dataclass(frozen=True)
class SiteLine:
    """A site."""

    id: str = ""
    code: str = ""
    name: str = ""
    address: str = ""
    default: bool = False
    open: bool = True

    @classmethod
    def of(cls, site: SiteView) -> Self:
        """The line of a site."""
        return cls(str(site.id), site.code, site.name, site.address, site.default, site.open)


def site_entry(site: SiteView | None) -> dict[str, str]:
    """What the form of a site starts with."""
    if site is None:
        return started(SITE_FIELDS, country="GB")
    return started(
        SITE_FIELDS,
        code=site.code,
        name=site.name,
        address_lines="\n".join(site.address_lines),
        postcode=site.postcode,
        country=site.country,
    )


@dataclass(frozen=True)
class StaffLine:
    """Somebody of the roster."""

    id: str = ""
    name: str = ""
    role: str = ""
    registration: str = ""
    account: str = ""
    active: bool = True

    @classmethod
    def of(cls, person: PracticePerson, members: Sequence[Member]) -> Self:
        """The line of a person; their account by the name it has."""
        account = next((member.name for member in members if member.user_id == person.user_id), "")
        if person.user_id and not account:
            account = "not active"
        registration = " ".join(filter(None, (person.body, person.registration)))
        return cls(str(person.id), person.name, person.role.label, registration, account, person.active)


def staff_entry(person: PracticePerson | None) -> dict[str, str]:
    """What the form of a person starts with."""
    if person is None:
        return started(STAFF_FIELDS, role=StaffRole.OPTOMETRIST.value)
    return started(
        STAFF_FIELDS,
        name=person.name,
        role=person.role.value,
        registration=person.registration,
        body=person.body,
        user_id=str(person.user_id or ""),
    )


def accounts_for(person: PracticePerson | None, active: Sequence[Option]) -> list[Option]:
    """The accounts to choose from: the practice's active ones, and the one the person has whatever became of it."""
    own = str(person.user_id) if person and person.user_id else ""
    kept = [Option(own, "Their account, not active now")] if own not in {one.value for one in active} | {""} else []
    return [*active, *kept]


@dataclass(frozen=True)
class MemberLine:
    """Somebody with an account."""

    user_id: str = ""
    name: str = ""
    email: str = ""
    manager: bool = False
    listed: bool = False  # stands on the roster

    @classmethod
    def of(cls, member: Member, people: Sequence[PracticePerson]) -> Self:
        """The line of a member."""
        listed = any(person.user_id == member.user_id for person in people)
        return cls(str(member.user_id), member.name, member.email, member.manager, listed)


@dataclass(frozen=True)
class SupplierLine:
    """A preferred supplier, in its place."""

    id: str = ""
    name: str = ""
    place: int = 1
    active: bool = True
    last: bool = False

    @classmethod
    def all_of(cls, suppliers: Sequence[KnownSupplier]) -> list[Self]:
        """The lines of all of them."""
        return [
            cls(str(one.id), one.name, place, one.active, place == len(suppliers))
            for place, one in enumerate(suppliers, start=1)
        ]


def profile_entry(view: PracticeView) -> dict[str, str]:
    """What the form of the profile starts with."""
    return started(PROFILE_FIELDS, phone=view.phone or "", email=view.email, website=view.website, note=view.note)


@dataclass(frozen=True)
class PracticeLine:
    """A practice in the list."""

    id: str = ""
    name: str = ""
    account_number: str = ""
    place: str = ""
    sites: str = ""
    people: str = ""
    active: bool = True
    href: str = ""

    @classmethod
    def of(cls, row: PracticeSummary) -> Self:
        """The line of a practice."""
        return cls(
            str(row.id), row.name, row.account_number, row.place, str(row.sites), str(row.people), row.active,
            routes.practice(row.id),
        )  # fmt: skip


@dataclass(frozen=True)
class WaitingLine:
    """A practice that cannot order yet."""

    id: str = ""
    name: str = ""
    people: str = ""
    since: str = ""

    @classmethod
    def of(cls, row: WaitingPractice) -> Self:
        """The line of a practice that waits."""
        people = (
            "nobody has an account" if not row.people else "1 person" if row.people == 1 else f"{row.people} people"
        )
        return cls(str(row.id), row.name, people, row.since.isoformat())
