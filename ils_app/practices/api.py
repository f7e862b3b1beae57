"""The practices room over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.practices import service
from ils_app.practices.schemas import (
    Code,
    Email,
    KnownSupplier,
    Member,
    Note,
    PersonDraft,
    Phone,
    PracticeDraft,
    PracticePerson,
    PracticeView,
    ProfileDraft,
    SiteChange,
    SiteDraft,
    WaitingPractice,
    Website,
)

router = APIRouter(prefix=f"{API}/practices", tags=["practices"])

Reader = Annotated[Actor, Depends(asks("practices.read"))]
Writer = Annotated[Actor, Depends(asks("practices.write"))]
Opener = Annotated[Actor, Depends(asks("practices.open"))]


class _In(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ProfileIn(_In):
    """What to change of a practice; what is left out stays."""

    version: int = Field(description="of the practice as you read it")
    phone: Phone = None
    email: Email = ""
    website: Website = ""
    note: Note = ""


class AccountIn(_In):
    """The practice's account with the lab."""

    version: int = Field(description="of the practice as you read it")
    account_number: Code


class SiteIn(SiteChange):
    """A site as it should be; its code stays."""

    version: int = Field(description="of the site as you read it")


class StaffIn(PersonDraft):
    """Somebody of the roster as they should be."""

    version: int = Field(description="of the person as you read it")


class DefaultSiteIn(_In):
    """Where lenses go unless an order says otherwise."""

    site_id: UUID


class SuppliersIn(_In):
    """The suppliers the practice prefers, the first most."""

    version: int = Field(description="the practice's `suppliers_version` as you read it")
    supplier_ids: tuple[UUID, ...]


@router.get("")
async def practices(actor: Reader) -> list[PracticeView]:
    """The practices you may see: your own, or everyone's for the lab, the engineer and the admin."""
    return await service.practices(actor)


@router.get("/waiting")
async def waiting(actor: Opener) -> list[WaitingPractice]:
    """Practices that were added and cannot order yet: they need an account number and a site."""
    return await service.waiting(actor)


@router.get("/suppliers")
async def known_suppliers(actor: Reader) -> list[KnownSupplier]:
    """The lab's active suppliers, for a practice to choose from."""
    return await service.known_suppliers(actor)


@router.post("", status_code=201)
async def open_practice(actor: Opener, draft: PracticeDraft) -> PracticeView:
    """Let a practice order: `id` is its organisation's. The same call again answers with the same practice."""
    return await service.open_practice(actor, draft)


@router.get("/{practice_id}")
async def practice(actor: Reader, practice_id: UUID) -> PracticeView:
    """One practice with its account number, sites, people and preferred suppliers."""
    return await service.practice(actor, practice_id)


@router.patch("/{practice_id}")
async def edit_profile(actor: Writer, practice_id: UUID, change: ProfileIn) -> PracticeView:
    """Change contacts and note, as the practice's manager or the admin; 409 when it changed since you read it."""
    now = (await service.practice(actor, practice_id)).model_dump(include=set(ProfileDraft.model_fields))
    draft = ProfileDraft.model_validate({**now, **change.model_dump(exclude_unset=True, exclude={"version"})})
    return await service.edit_profile(actor, practice_id, draft, change.version)


@router.put("/{practice_id}/account")
async def change_account(actor: Opener, practice_id: UUID, change: AccountIn) -> PracticeView:
    """Have the practice order under another account with the lab; orders already sent keep theirs."""
    return await service.change_account(actor, practice_id, change.account_number, change.version)


@router.get("/{practice_id}/members")
async def members(actor: Reader, practice_id: UUID) -> list[Member]:
    """Who may sign in for the practice, and who of them manages it."""
    return await service.members(actor, practice_id)


@router.post("/{practice_id}/sites", status_code=201)
async def add_site(actor: Writer, practice_id: UUID, draft: SiteDraft) -> PracticeView:
    """Add a place to send lenses to."""
    return await service.add_site(actor, practice_id, draft)


@router.put("/{practice_id}/sites/{site_id}")
async def edit_site(actor: Writer, practice_id: UUID, site_id: UUID, site: SiteIn) -> PracticeView:
    """Change a site's name and address; 409 when it changed since you read it."""
    change = SiteChange.model_validate(site.model_dump(exclude={"version"}))
    return await service.edit_site(actor, practice_id, site_id, change, site.version)


@router.post("/{practice_id}/sites/{site_id}/close")
async def close_site(actor: Writer, practice_id: UUID, site_id: UUID) -> PracticeView:
    """Send nothing new to a site; orders already placed keep it."""
    return await service.close_site(actor, practice_id, site_id)


@router.post("/{practice_id}/sites/{site_id}/reopen")
async def reopen_site(actor: Writer, practice_id: UUID, site_id: UUID) -> PracticeView:
    """Let orders be sent to a closed site again."""
    return await service.reopen_site(actor, practice_id, site_id)


@router.put("/{practice_id}/default-site")
async def choose_default_site(actor: Writer, practice_id: UUID, chosen: DefaultSiteIn) -> PracticeView:
    """Send lenses here unless an order says otherwise."""
    return await service.choose_default_site(actor, practice_id, chosen.site_id)


@router.post("/{practice_id}/staff", status_code=201)
async def add_staff(actor: Writer, practice_id: UUID, draft: PersonDraft) -> PracticePerson:
    """Add somebody to the roster."""
    return await service.add_staff(actor, practice_id, draft)


@router.put("/{practice_id}/staff/{person_id}")
async def edit_staff(actor: Writer, practice_id: UUID, person_id: UUID, person: StaffIn) -> PracticePerson:
    """Change what the roster says of somebody; 409 when it changed since you read it."""
    draft = PersonDraft.model_validate(person.model_dump(exclude={"version"}))
    return await service.edit_staff(actor, practice_id, person_id, draft, person.version)


@router.post("/{practice_id}/staff/{person_id}/leave")
async def staff_left(actor: Writer, practice_id: UUID, person_id: UUID) -> PracticePerson:
    """Somebody no longer works here; what they ordered keeps their name."""
    return await service.staff_left(actor, practice_id, person_id)


@router.post("/{practice_id}/staff/{person_id}/return")
async def staff_returned(actor: Writer, practice_id: UUID, person_id: UUID) -> PracticePerson:
    """Somebody who had left works here again."""
    return await service.staff_returned(actor, practice_id, person_id)


@router.put("/{practice_id}/suppliers")
async def prefer_suppliers(actor: Writer, practice_id: UUID, chosen: SuppliersIn) -> PracticeView:
    """Prefer these suppliers and no others, the first most."""
    return await service.prefer_suppliers(actor, practice_id, chosen.supplier_ids, chosen.version)


app = service_app("practices", router)
