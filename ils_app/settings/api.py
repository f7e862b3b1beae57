"""The settings room over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.kernel.openapi import refuses, sends
from ils_app.settings import service
from ils_app.settings.following import followed
from ils_app.settings.schemas import (
    LabDraft,
    LabToday,
    LabView,
    Letterhead,
    LetterheadDraft,
    LetterheadView,
    NotificationKind,
    Picture,
    Preferences,
    Theme,
)

router = APIRouter(prefix=f"{API}/settings", tags=["settings"])

Anybody = Annotated[Actor, Depends(asks("settings.read"))]
Administrator = Annotated[Actor, Depends(asks("settings.manage"))]
Writer = Annotated[Actor, Depends(asks("settings.letterhead"))]
Oneself = Annotated[Actor, Depends(asks("account.own"))]

LOGO = sends("image/png", "image/jpeg")
PICTURE = {"required": True, "content": LOGO[200]["content"]}


class LabIn(LabDraft):
    """How the lab is to work, and the version that was read."""

    model_config = ConfigDict(extra="forbid")

    version: int


class LetterheadIn(LetterheadDraft):
    """What an organisation's documents are to say, and the version that was read."""

    model_config = ConfigDict(extra="forbid")

    version: int


class LetterheadOut(LetterheadDraft):
    """What stands on an organisation's documents."""

    organisation_id: UUID
    organisation_name: str
    logo: bool
    version: int


class HolidayIn(BaseModel):
    """A day, and what is celebrated."""

    model_config = ConfigDict(extra="forbid")

    day: date
    name: str


class OwnIn(BaseModel):
    """What is to change: the theme, and for each kind named whether it is told in the app and by mail."""

    model_config = ConfigDict(extra="forbid")

    theme: Theme | None = None
    in_app: dict[NotificationKind, bool] = {}
    by_mail: dict[NotificationKind, bool] = {}


class OwnOut(BaseModel):
    """What you like."""

    theme: Theme
    in_app: dict[NotificationKind, bool]
    by_mail: dict[NotificationKind, bool]


@router.get("/own")
async def own(actor: Oneself) -> OwnOut:
    """Your theme, and what you are told."""
    return _own(await service.own_preferences(actor))


@router.patch("/own")
async def change_own(actor: Oneself, wanted: OwnIn) -> OwnOut:
    """Change your theme, or what you are told; what is not named stays as it is."""
    return _own(
        await service.change_preferences(actor, theme=wanted.theme, in_app=wanted.in_app, by_mail=wanted.by_mail)
    )


@router.get("/lab")
async def lab(actor: Anybody) -> LabView:
    """How the lab works: hours, holidays, lead time, terms."""
    return await service.lab_settings(actor)


@router.put("/lab")
async def change_lab(actor: Administrator, wanted: LabIn) -> LabView:
    """Have the lab work like this. 409 when somebody changed it since `version`."""
    return await service.set_lab_settings(actor, wanted, wanted.version)


@router.get("/lab/today")
async def today(actor: Anybody) -> LabToday:
    """Whether the lab is open, and when something sent now is usually ready; an estimate, never a promise."""
    return await service.lab_today(actor)


@router.get("/lab/logo", response_class=Response, responses={**LOGO, **refuses(404)})
async def lab_logo(actor: Anybody) -> Response:
    """The lab's logo."""
    return _sent(await service.lab_logo(actor))


@router.post("/lab/holidays")
async def add_holiday(actor: Administrator, wanted: HolidayIn) -> LabView:
    """Close the lab on a day, or call a holiday otherwise."""
    return await service.add_holiday(actor, wanted.day, wanted.name)


@router.delete("/lab/holidays/{day}")
async def remove_holiday(actor: Administrator, day: date) -> LabView:
    """Have the lab work on a day after all."""
    return await service.remove_holiday(actor, day)


@router.get("/letterheads/{organisation_id}")
async def letterhead(actor: Writer, organisation_id: UUID) -> LetterheadOut:
    """What stands on an organisation's documents: your own practice's, or any for an administrator."""
    return _out(await service.letterhead_view(actor, organisation_id))


@router.put("/letterheads/{organisation_id}")
async def change_letterhead(actor: Writer, organisation_id: UUID, wanted: LetterheadIn) -> LetterheadOut:
    """Have an organisation's documents say this. 409 when somebody changed it since `version`."""
    return _out(await service.set_letterhead(actor, organisation_id, wanted, wanted.version))


@router.get("/letterheads/{organisation_id}/logo", response_class=Response, responses=LOGO)
async def logo(actor: Writer, organisation_id: UUID) -> Response:
    """An organisation's logo."""
    return _sent(await service.logo_picture(actor, organisation_id))


@router.put("/letterheads/{organisation_id}/logo", openapi_extra={"requestBody": PICTURE})
async def put_logo(actor: Writer, organisation_id: UUID, request: Request) -> LetterheadOut:
    """Print this PNG or JPEG, at most 500 kB, on an organisation's documents: the body is the picture itself."""
    return _out(await service.put_logo(actor, organisation_id, "logo", await request.body()))


@router.delete("/letterheads/{organisation_id}/logo")
async def remove_logo(actor: Writer, organisation_id: UUID) -> LetterheadOut:
    """Print no picture any more."""
    return _out(await service.remove_logo(actor, organisation_id))


def _own(likes: Preferences) -> OwnOut:
    return OwnOut(
        theme=likes.theme,
        in_app={kind: kind in likes.in_app for kind in NotificationKind},
        by_mail={kind: kind in likes.by_mail for kind in NotificationKind},
    )


def _out(view: LetterheadView) -> LetterheadOut:
    head: Letterhead = view.letterhead
    return LetterheadOut(
        **head.model_dump(exclude={"logo"}),
        organisation_name=view.organisation_name,
        logo=head.logo is not None,
        version=view.version,
    )


def _sent(picture: Picture) -> Response:
    """The picture as it is; its address names its version, so a browser may keep it."""
    return Response(picture.body, media_type=picture.media_type, headers={"cache-control": "private, max-age=3600"})


app = service_app("settings", router, holding=followed)
