"""The practices room over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.practices import service
from ils_app.practices.schemas import PracticeDraft, PracticeView, WaitingPractice

router = APIRouter(prefix=f"{API}/practices", tags=["practices"])

Reader = Annotated[Actor, Depends(asks("practices.read"))]
Opener = Annotated[Actor, Depends(asks("practices.open"))]


@router.get("")
async def practices(actor: Reader) -> list[PracticeView]:
    """The practices you may see: your own, or everyone's for the lab, the engineer and the admin."""
    return await service.practices(actor)


@router.get("/waiting")
async def waiting(actor: Opener) -> list[WaitingPractice]:
    """Practices that were added and cannot order yet: they need an account number and a site."""
    return await service.waiting(actor)


@router.post("", status_code=201)
async def open_practice(actor: Opener, draft: PracticeDraft) -> PracticeView:
    """Let a practice order: `id` is its organisation's. The same call again answers with the same practice."""
    return await service.open_practice(actor, draft)


@router.get("/{practice_id}")
async def practice(actor: Reader, practice_id: UUID) -> PracticeView:
    """One practice with its account number, sites and people."""
    return await service.practice(actor, practice_id)


app = service_app("practices", router)
