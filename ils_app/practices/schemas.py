"""What goes into the practices room and what comes out of it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from ils_app.kernel.errors import Invalid
from ils_app.practices.models import StaffRole

MAX_NOTE = 2000
_FROZEN = ConfigDict(frozen=True, hide_input_in_errors=True)
_PHONE = re.compile(r"[+0-9][0-9 ()/.\-]{4,30}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_WEBSITE = re.compile(r"https?://[^\s/.]+(\.[^\s/.]+)+(/\S*)?", re.IGNORECASE)


def _line(typed: Any) -> Any:
    """One line with single spaces: what a form or a paste adds around it is no part of it."""
    return " ".join(typed.split()) if isinstance(typed, str) else typed


def _filled(text: str) -> str:
    if not text:
        raise PydanticCustomError("missing", "This is needed.")
    return _printable(text, 120)


def _printable(text: str, most: int) -> str:
    if len(text) > most or not text.isprintable():
        raise PydanticCustomError("odd", "This has at most {most} letters, digits and signs.", {"most": most})
    return text


def _code(text: str) -> str:
    if not text:
        raise PydanticCustomError("missing", "This is needed.")
    return _printable(text, 40)


def _phone(text: str | None) -> str | None:
    if text and not _PHONE.fullmatch(text):
        raise PydanticCustomError("phone", "Write the telephone number like +44 1752 600 100.")
    return text or None


def _email(text: str) -> str:
    if text and (not _EMAIL.fullmatch(text) or len(text) > 254):
        raise PydanticCustomError("email", "Write the email address like desk@practice.example.")
    return text


def _website(text: str) -> str:
    address = text if not text or "://" in text else f"https://{text}"
    if address and (not _WEBSITE.fullmatch(address) or len(address) > 200):
        raise PydanticCustomError("website", "Write the website like www.practice.example.")
    return address


def _country(text: str) -> str:
    if not re.fullmatch("[A-Z]{2}", text.upper()):
        raise PydanticCustomError("country", "Write the country as two letters, like GB.")
    return text.upper()


def _note(text: str) -> str:
    if len(text) > MAX_NOTE:
        raise PydanticCustomError("note", "A note has at most {most} letters.", {"most": MAX_NOTE})
    return text.strip()


Line = Annotated[str, BeforeValidator(_line), AfterValidator(_filled)]
Code = Annotated[str, BeforeValidator(_line), AfterValidator(_code)]
Short = Annotated[str, BeforeValidator(_line), AfterValidator(lambda text: _printable(text, 40))]
Phone = Annotated[str | None, BeforeValidator(_line), AfterValidator(_phone)]
Email = Annotated[str, BeforeValidator(_line), AfterValidator(_email)]
Website = Annotated[str, BeforeValidator(_line), AfterValidator(_website)]
Country = Annotated[str, BeforeValidator(_line), AfterValidator(_country)]
Note = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_note)]


class _Draft(BaseModel):
    model_config = _FROZEN

    @classmethod
    def read(cls, form: Mapping[str, Any]) -> Self:
        """The draft in what a form sends. Raises Invalid with a sentence for each field that cannot be taken."""
        missing = {name: "" for name, field in cls.model_fields.items() if field.is_required()}
        try:
            return cls.model_validate({**missing, **{name: form[name] for name in cls.model_fields if name in form}})
        except ValidationError as error:
            problems = error.errors(include_input=False)
        fields = {str(problem["loc"][0]): problem["msg"] for problem in problems}
        raise Invalid("This cannot be saved like this.", fields=fields)


class SiteDraft(_Draft):
    """A place the lab sends lenses to."""

    code: Code = Field(description="what the lab's system calls it; orders name it, so it cannot change later")
    name: Line
    address_lines: tuple[Line, ...] = Field(default=(), max_length=5)
    postcode: Short = ""
    country: Country = "GB"
    default: bool = False


class SiteChange(_Draft):
    """What may change of a site: all but its code."""

    name: Line
    address_lines: tuple[Line, ...] = Field(default=(), max_length=5)
    postcode: Short = ""
    country: Country = "GB"


class PersonDraft(_Draft):
    """Somebody who works at a practice."""

    name: Line
    role: StaffRole = StaffRole.OTHER
    registration: Short = Field(default="", description="the number in the profession's register")
    body: Short = Field(default="", description="the register: GOC, GMC, CORU …")
    user_id: UUID | None = Field(default=None, description="their account, if they have one at this practice")


class PracticeDraft(_Draft):
    """A practice as it is opened; `id` is its organisation's."""

    id: UUID
    name: Line
    account_number: Code
    phone: Phone = None
    sites: tuple[SiteDraft, ...] = Field(default=(), description="the first is the default when none is marked so")
    people: tuple[PersonDraft, ...] = ()


class ProfileDraft(_Draft):
    """What a practice's manager says about it."""

    phone: Phone = None
    email: Email = ""
    website: Website = ""
    note: Note = Field(default="", description="for the lab to read")


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
    open: bool
    version: int


class PracticePerson(BaseModel):
    """Somebody who works, or worked, at a practice. `orders`: an order can be in their name."""

    model_config = _FROZEN

    id: UUID
    name: str
    user_id: UUID | None
    role: StaffRole
    registration: str
    body: str
    active: bool
    orders: bool
    version: int


class KnownSupplier(BaseModel):
    """A supplier of the lab's, as practices may know it."""

    model_config = _FROZEN

    id: UUID
    name: str
    active: bool


class Member(BaseModel):
    """Somebody with an account at a practice."""

    model_config = _FROZEN

    user_id: UUID
    name: str
    email: str
    manager: bool


class PracticeView(BaseModel):
    """A practice: its sites (the default first, closed ones last), its people by name, its suppliers by preference."""

    model_config = _FROZEN

    id: UUID
    name: str
    account_number: str
    phone: str | None
    email: str
    website: str
    note: str
    active: bool
    version: int
    suppliers_version: int
    sites: tuple[SiteView, ...]
    people: tuple[PracticePerson, ...]
    suppliers: tuple[KnownSupplier, ...]

    @property
    def default_site(self) -> SiteView | None:
        """Where lenses go unless an order says otherwise."""
        return next((site for site in self.sites if site.default), None)

    @property
    def open_sites(self) -> tuple[SiteView, ...]:
        """Where lenses can be sent today."""
        return tuple(site for site in self.sites if site.open)

    @property
    def prescribers(self) -> tuple[PracticePerson, ...]:
        """In whose name an order can be placed today."""
        return tuple(person for person in self.people if person.orders)

    def site(self, code: str) -> SiteView | None:
        """The site the LIMS knows by this code, open or closed."""
        return next((site for site in self.sites if site.code == code), None)


class WaitingPractice(BaseModel):
    """A practice that was added and cannot order yet: no account number, no site."""

    model_config = _FROZEN

    id: UUID
    name: str
    people: int
    since: datetime


class PracticeSummary(BaseModel):
    """A practice as it stands in a list."""

    model_config = _FROZEN

    id: UUID
    name: str
    account_number: str
    active: bool
    place: str  # where its lenses go by default
    sites: int
    people: int


class PracticePage(BaseModel):
    """One page of practices by name; `total` counts all that match."""

    model_config = _FROZEN

    rows: tuple[PracticeSummary, ...]
    total: int
    page: int
    size: int
