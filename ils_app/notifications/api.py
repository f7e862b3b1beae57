"""The notifications room over HTTP: what one was told, and the administrators' list of mails."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, service_app
from ils_app.notifications import service
from ils_app.notifications.reading import MAX_PAGE
from ils_app.notifications.schemas import MailsPage, MailState, MailView, NotificationsPage
from ils_app.settings.following import followed
from ils_app.settings.schemas import NotificationKind

told = APIRouter(prefix=f"{API}/notifications", tags=["notifications"])
mail = APIRouter(prefix=f"{API}/mails", tags=["mails"])

Reader = Annotated[Actor, Depends(asks("notifications.own"))]
Keeper = Annotated[Actor, Depends(asks("mails.manage"))]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
Size = Annotated[int, Query(ge=1, le=MAX_PAGE)]


class Marked(BaseModel):
    """How many notifications were unread and are not any more."""

    marked: int


@told.get("")
async def notifications(
    actor: Reader, unread: bool = False, kind: NotificationKind | None = None, page: PageNumber = 1, size: Size = 25
) -> NotificationsPage:
    """What you were told, newest first; `unread=true` for what you have not read, `kind` for one kind of it."""
    return await service.notifications(actor, unread_only=unread, kind=kind, page=page, size=size)


@told.post("/read")
async def mark_all_read(actor: Reader) -> Marked:
    """Mark everything read."""
    return Marked(marked=await service.mark_all_read(actor))


@told.post("/{notification_id}/read", status_code=204)
async def mark_read(actor: Reader, notification_id: UUID) -> None:
    """Mark one read; doing it again changes nothing."""
    await service.mark_read(actor, notification_id)


@mail.get("")
async def mails(actor: Keeper, state: MailState | None = None, page: PageNumber = 1, size: Size = 25) -> MailsPage:
    """Mails, newest first, with where each stands and why it did not leave."""
    return await service.mails(actor, state=state, page=page, size=size)


@mail.post("/{mail_id}/send")
async def send_again(actor: Keeper, mail_id: UUID) -> MailView:
    """Have a mail that was given up tried anew; 409 when it was not."""
    return await service.send_again(actor, mail_id)


router = APIRouter(routes=[*told.routes, *mail.routes])
"""`dev_mail.router` is added by the shell, outside production."""

app = service_app("notifications", router, holding=followed)
