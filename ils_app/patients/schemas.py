"""What goes into the patients room and what comes out of it. No name shows when one of these is printed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from ils_app.kernel.actor import Role
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Invalid
from ils_app.patients import birthdays
from ils_app.patients.models import ReadFor
from ils_app.patients.names import compact

MAX_NAME = 80
MAX_REFERENCE = 40

_FROZEN = ConfigDict(frozen=True, hide_input_in_errors=True)


def _line(typed: Any) -> Any:
    """One line with single spaces: what a form, a paste or a scanner adds around it is not part of a name."""
    return " ".join(typed.split()) if isinstance(typed, str) else typed


def _name(text: str) -> str:
    if not text:
        raise PydanticCustomError("name_missing", "A name is needed.")
    if len(text) > MAX_NAME:
        raise PydanticCustomError("name_long", "A name has at most 80 letters.")
    if not text.isprintable() or not any(letter.isalpha() for letter in text) or not compact(text):
        raise PydanticCustomError("name_odd", "A name is made of letters.")
    return text


def _reference(text: str | None) -> str | None:
    if text and (len(text) > MAX_REFERENCE or not text.isprintable()):
        raise PydanticCustomError("reference_odd", "A reference has at most 40 letters, digits and signs.")
    return text or None


def _day(typed: Any) -> Any:
    """A date as it is typed in a form; an API sends 1961-03-14."""
    if not isinstance(typed, str):
        return typed
    if not typed.strip():
        return None
    found = birthdays.read(typed, today=today_in_lab())
    if found is None:
        raise PydanticCustomError("day_unread", "Write the date of birth like 14/03/1961.")
    return found


def _past(born: date | None) -> date | None:
    if born is not None and born > today_in_lab():
        raise PydanticCustomError("day_to_come", "This date of birth is still to come.")
    if born is not None and born.year < birthdays.EARLIEST_YEAR:
        raise PydanticCustomError("day_too_early", "This date of birth is before 1900.")
    return born


Name = Annotated[str, BeforeValidator(_line), AfterValidator(_name)]
Reference = Annotated[str | None, BeforeValidator(_line), AfterValidator(_reference)]
Birthday = Annotated[date | None, BeforeValidator(_day), AfterValidator(_past)]


class PatientDraft(BaseModel):
    """A patient as entered."""

    model_config = _FROZEN

    given_name: Name = Field(repr=False)
    family_name: Name = Field(repr=False)
    date_of_birth: Birthday = Field(default=None, repr=False)
    reference: Reference = Field(default=None, repr=False, description="the practice's own, if it has one")

    @classmethod
    def read(cls, form: Mapping[str, Any]) -> Self:
        """The draft in what a form sends. Raises Invalid with a sentence for each field that cannot be taken."""
        missing = {"given_name": "", "family_name": ""}
        try:
            return cls.model_validate({**missing, **{name: form[name] for name in cls.model_fields if name in form}})
        except ValidationError as error:
            fields = {str(problem["loc"][0]): problem["msg"] for problem in error.errors(include_input=False)}
        raise Invalid("The patient cannot be saved like this.", fields=fields)


class PatientView(BaseModel):
    """A patient."""

    model_config = _FROZEN

    id: UUID
    number: str
    practice_id: UUID
    given_name: str = Field(repr=False)
    family_name: str = Field(repr=False)
    date_of_birth: date | None = Field(repr=False)
    reference: str | None = Field(repr=False)
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """As it stands in lists: Marsh, Eleanor."""
        return f"{self.family_name}, {self.given_name}"

    @property
    def born(self) -> str:
        """The date of birth as it is shown, empty when it is not known."""
        return birthdays.shown(self.date_of_birth)

    def draft(self) -> PatientDraft:
        """As it would be entered."""
        return PatientDraft.model_construct(
            given_name=self.given_name,
            family_name=self.family_name,
            date_of_birth=self.date_of_birth,
            reference=self.reference,
        )


class PatientPage(BaseModel):
    """A page of patients by name. `next` is where the page after begins, None on the last; `total` counts them all."""

    model_config = _FROZEN

    items: tuple[PatientView, ...]
    next: UUID | None
    total: int


class PatientRead(BaseModel):
    """That someone read a patient."""

    model_config = _FROZEN

    user_id: UUID
    user_name: str
    role: Role
    why: ReadFor
    at: datetime
