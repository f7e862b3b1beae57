"""The patients room over HTTP. What is searched for travels in bodies: an address ends up in logs, a body does not."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.patients import service
from ils_app.patients.errors import LooksLike
from ils_app.patients.finding import MAX_TYPED
from ils_app.patients.schemas import Birthday, Name, PatientDraft, PatientPage, PatientView, Reference
from ils_app.settings.following import followed

router = APIRouter(prefix=f"{API}/patients", tags=["patients"])

Reader = Annotated[Actor, Depends(asks("patients.read"))]
Writer = Annotated[Actor, Depends(asks("patients.write"))]
Limit = Annotated[int, Query(ge=1, le=service.MAX_PAGE)]


class NewPatient(PatientDraft):
    """A patient to add."""

    even_if_alike: bool = Field(default=False, description="add it although one looks like it")


class PatientChange(BaseModel):
    """What to change of a patient; what is left out stays."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    version: int = Field(description="of the patient as you read it")
    given_name: Name = ""
    family_name: Name = ""
    date_of_birth: Birthday = None
    reference: Reference = None


class Search(BaseModel):
    """What to look for: beginnings of names in any order, a number, a reference, a date of birth."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    text: str = Field(max_length=MAX_TYPED)
    cursor: UUID | None = None
    limit: int = Field(default=25, ge=1, le=service.MAX_PAGE)


class AlikeAnswer(BaseModel):
    """The refusal of a patient the practice seems to have: a refusal like any other, and whom it looks like."""

    code: str
    message: str
    errors: tuple[()] = ()
    candidates: tuple[PatientView, ...]


@router.get("")
async def patients(actor: Reader, cursor: UUID | None = None, limit: Limit = 25) -> PatientPage:
    """Your practice's patients by name; pass `next` as `cursor` for the page after."""
    return await service.page(actor, after=cursor, limit=limit)


@router.post("/search")
async def search(actor: Reader, wanted: Search) -> PatientPage:
    """Your practice's patients whom the text may mean, by name."""
    return await service.page(actor, wanted.text, after=wanted.cursor, limit=wanted.limit)


@router.post("", status_code=201, response_model=PatientView, responses={409: {"model": AlikeAnswer}})
async def add(actor: Writer, new: NewPatient) -> PatientView | JSONResponse:
    """Add a patient; 409 with `candidates` when your practice seems to have it already."""
    draft = PatientDraft.model_validate(new.model_dump(exclude={"even_if_alike"}))
    try:
        return await service.add(actor, draft, even_if_alike=new.even_if_alike)
    except LooksLike as alike:
        answer = AlikeAnswer(code=alike.code, message=alike.message, candidates=alike.candidates)
        return JSONResponse(answer.model_dump(mode="json"), status_code=alike.status)


@router.get("/{patient_id}")
async def patient(actor: Reader, patient_id: UUID) -> PatientView:
    """One patient; that you read it is recorded."""
    return await service.patient(actor, patient_id)


@router.patch("/{patient_id}")
async def edit(actor: Writer, patient_id: UUID, change: PatientChange) -> PatientView:
    """Change a patient; 409 when it was changed since you read it."""
    now = (await service.patient(actor, patient_id)).draft()
    changed = now.model_copy(update=change.model_dump(exclude_unset=True, exclude={"version"}))
    return await service.edit(actor, patient_id, changed, change.version)


app = service_app("patients", router, holding=followed)
