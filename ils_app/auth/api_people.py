"""HTTP for administrators: accounts, organisations and everybody's sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from ils_app.auth import service
from ils_app.auth.http import asks
from ils_app.auth.schemas import (
    Grant,
    InvitationDraft,
    InvitationsPage,
    InvitationState,
    InvitationView,
    OrganisationDraft,
    OrganisationKind,
    OrganisationView,
    PeoplePage,
    PersonDraft,
    PersonStatus,
    PersonView,
    SessionsPage,
)
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API
from ils_app.kernel.roles import Role

Admin = Annotated[Actor, Depends(asks("people.manage"))]
Page = Annotated[int, Query(ge=1, le=100_000)]
Size = Annotated[int, Query(ge=1, le=100)]

router = APIRouter(prefix=API, tags=["people"])


class RolesWish(BaseModel):
    """The roles a person is to hold, their default first; the other two stay as they are when left out."""

    roles: tuple[Role, ...]
    manager: bool | None = None
    supervisor: bool | None = None


class ReasonWish(BaseModel):
    """Why; a suspended person is shown it."""

    reason: str


class NameWish(BaseModel):
    """What it is to be called."""

    name: str


class AccessWish(BaseModel):
    """Whether the organisation's people may sign in."""

    active: bool


@router.get("/users")
async def people(
    actor: Admin,
    search: str = "",
    status: PersonStatus | None = None,
    role: Role | None = None,
    organisation_id: UUID | None = None,
    page: Page = 1,
    size: Size = 25,
) -> PeoplePage:
    """Accounts by name, a page at a time."""
    return await service.people(
        actor, search=search, status=status, role=role, organisation_id=organisation_id, page=page, size=size
    )


@router.post("/users", status_code=201)
async def add_person(draft: PersonDraft, actor: Admin) -> Response:
    """Add an account; the temporary password is in this answer and nowhere else."""
    added = await service.add_person(actor, draft)
    return _shown_once(
        {
            "person": added.person.model_dump(mode="json"),
            "temporary_password": added.temporary.password.get_secret_value(),
            "expires_at": added.temporary.expires_at.isoformat(),
        },
        status_code=201,
    )


@router.get("/users/{user_id}")
async def person(user_id: UUID, actor: Admin) -> PersonView:
    """One account."""
    return await service.person(actor, user_id)


@router.put("/users/{user_id}/roles")
async def set_roles(user_id: UUID, wish: RolesWish, actor: Admin) -> PersonView:
    """Give a person exactly these roles."""
    return await service.set_roles(actor, user_id, wish.roles, manager=wish.manager, supervisor=wish.supervisor)


@router.post("/users/{user_id}/approve")
async def approve(user_id: UUID, actor: Admin, given: Grant | None = None) -> PersonView:
    """Let a pending account in; who signed up needs an organisation and roles with it."""
    return await service.approve(actor, user_id, given)


@router.post("/users/{user_id}/reject")
async def reject(user_id: UUID, wish: ReasonWish, actor: Admin) -> PersonView:
    """Turn a request for an account down."""
    return await service.reject(actor, user_id, wish.reason)


@router.post("/users/{user_id}/suspend")
async def suspend(user_id: UUID, wish: ReasonWish, actor: Admin) -> PersonView:
    """Shut a person out at once."""
    return await service.suspend(actor, user_id, wish.reason)


@router.post("/users/{user_id}/reinstate")
async def reinstate(user_id: UUID, wish: ReasonWish, actor: Admin) -> PersonView:
    """Let a suspended person in again."""
    return await service.reinstate(actor, user_id, wish.reason)


@router.post("/users/{user_id}/password")
async def reset_password(user_id: UUID, actor: Admin) -> Response:
    """Replace a password by a temporary one, which is in this answer and nowhere else."""
    temporary = await service.reset_password(actor, user_id)
    return _shown_once(
        {
            "temporary_password": temporary.password.get_secret_value(),
            "expires_at": temporary.expires_at.isoformat(),
        }
    )


@router.get("/organisations")
async def organisations(actor: Admin, search: str = "", kind: OrganisationKind | None = None) -> list[OrganisationView]:
    """Every organisation by name."""
    return await service.organisations(actor, search=search, kind=kind)


@router.post("/organisations", status_code=201)
async def add_organisation(draft: OrganisationDraft, actor: Admin) -> OrganisationView:
    """Add an organisation."""
    return await service.add_organisation(actor, draft)


@router.put("/organisations/{organisation_id}/name")
async def rename(organisation_id: UUID, wish: NameWish, actor: Admin) -> OrganisationView:
    """Call an organisation by another name."""
    return await service.rename_organisation(actor, organisation_id, wish.name)


@router.put("/organisations/{organisation_id}/access")
async def set_access(organisation_id: UUID, wish: AccessWish, actor: Admin) -> OrganisationView:
    """Close an organisation or open it again."""
    return await service.set_access(actor, organisation_id, wish.active)


@router.get("/invitations")
async def invitations(
    actor: Admin, search: str = "", state: InvitationState | None = None, page: Page = 1, size: Size = 25
) -> InvitationsPage:
    """Invitations, the latest first."""
    return await service.invitations(actor, search=search, state=state, page=page, size=size)


@router.post("/invitations", status_code=201)
async def invite(draft: InvitationDraft, actor: Admin) -> InvitationView:
    """Invite somebody by mail; the link is in that mail and nowhere else."""
    return await service.invite(actor, draft)


@router.post("/invitations/{invitation_id}/send")
async def send_again(invitation_id: UUID, actor: Admin) -> InvitationView:
    """Send an invitation again; the link before ends."""
    return await service.send_again(actor, invitation_id)


@router.delete("/invitations/{invitation_id}")
async def revoke(invitation_id: UUID, actor: Admin) -> InvitationView:
    """Have an invitation let nobody in any more."""
    return await service.revoke(actor, invitation_id)


@router.get("/sessions")
async def sessions(actor: Admin, search: str = "", page: Page = 1, size: Size = 25) -> SessionsPage:
    """Everybody's live sessions, the latest used first; one is ended with `DELETE /auth/sessions/{id}`."""
    return await service.sessions(actor, search=search, page=page, size=size)


def _shown_once(body: dict[str, object], *, status_code: int = 200) -> Response:
    return JSONResponse(body, status_code=status_code, headers={"cache-control": "no-store"})
