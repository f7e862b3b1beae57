"""What goes into the practices room and what comes out of it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_FROZEN = ConfigDict(frozen=True, hide_input_in_errors=True)

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[+0-9][0-9 ()/.\-]{4,30}$")]


class SiteDraft(BaseModel):
    """A place the lab sends lenses to."""

    model_config = _FROZEN

    code: Code
    name: Line
    address_lines: tuple[Line, ...] = ()
    postcode: str = ""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "GB"
    default: bool = False


class PersonDraft(BaseModel):
    """Someone who prescribes or dispenses at a practice."""

    model_config = _FROZEN

    name: Line
    user_id: UUID | None = None
    registration: str = ""


class PracticeDraft(BaseModel):
    """A practice as it is registered; `id` is its organisation's."""

    model_config = _FROZEN

    id: UUID
    name: Line
    account_number: Code
    phone: Phone | None = None
    sites: tuple[SiteDraft, ...] = Field(default=(), description="the first is the default when none is marked so")
    people: tuple[PersonDraft, ...] = ()


class ProfileDraft(BaseModel):
    """What a practice's manager may change about it."""

    model_config = _FROZEN

    phone: Phone | None = None
    default_site_id: UUID | None = Field(default=None, description="where lenses go unless an order says otherwise")


class SiteView(BaseModel):
    """A place the lab sends lenses to; `address` is its lines, postcode and country on one line."""

    model_config = _FROZEN

    id: UUID
    code: str
    name: str
    address: str
    address_lines: tuple[str, ...]
    postcode: str
    country: str
    default: bool


class PracticePerson(BaseModel):
    """Someone who prescribes or dispenses at a practice."""

    model_config = _FROZEN

    id: UUID
    name: str
    user_id: UUID | None
    registration: str


class PracticeView(BaseModel):
    """A practice, with its sites (the default first) and its people by name."""

    model_config = _FROZEN

    id: UUID
    name: str
    account_number: str
    phone: str | None
    active: bool
    version: int
    sites: tuple[SiteView, ...]
    people: tuple[PracticePerson, ...]

    @property
    def default_site(self) -> SiteView | None:
        """Where lenses go unless an order says otherwise."""
        return next((site for site in self.sites if site.default), None)

    def site(self, code: str) -> SiteView | None:
        """The site the LIMS knows by this code."""
        return next((site for site in self.sites if site.code == code), None)


class WaitingPractice(BaseModel):
    """A practice that was added and cannot order yet: no account number, no site."""

    model_config = _FROZEN

    id: UUID
    name: str
    people: int
    since: datetime
