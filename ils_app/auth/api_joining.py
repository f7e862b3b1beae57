"""The two links that are mailed, over HTTP: native form posts that choose a password and sign in."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from ils_app.auth import flash, service
from ils_app.auth.errors import LinkOver, Refused
from ils_app.auth.http import COOKIE, address_of, keep_session
from ils_app.auth.http import refuse_foreign_origin as refuse_foreign
from ils_app.auth.schemas import SignedIn
from ils_app.kernel.errors import Conflict, Invalid
from ils_app.kernel.permissions import anyone

INVITATION_PAGE = "/invitation"
PASSWORD_PAGE = "/new-password"  # noqa: S105  a page
SIGN_IN_PAGE = "/sign-in"

router = APIRouter(tags=["auth"])


@router.post("/auth/invitation", status_code=303, response_class=RedirectResponse, include_in_schema=False)
@anyone
async def accept(
    request: Request, link: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    """Make the invited person's account and go to the first page, signed in; back to the link's page when refused."""
    return await _entering(request, service.accept_invitation, INVITATION_PAGE, link, password)


@router.post("/auth/new-password", status_code=303, response_class=RedirectResponse, include_in_schema=False)
@anyone
async def new_password(
    request: Request, link: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    """Take the new password and go to the first page, signed in; back to the link's page when refused."""
    return await _entering(request, service.choose_password, PASSWORD_PAGE, link, password)


async def _entering(
    request: Request, enter: Callable[..., Awaitable[SignedIn]], page: str, link: str, password: str
) -> Response:
    refuse_foreign(request, absent_is_fine=True)
    try:
        signed_in = await enter(
            link,
            password,
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
            replaces=request.cookies.get(COOKIE),
        )
    except Refused as refused:  # the password is taken; the account may not sign in
        answer = RedirectResponse(f"{SIGN_IN_PAGE}?problem={refused.code}", status_code=303)
        flash.leave(answer, flash.SignInFlash(problem=refused.code, message=refused.message))
        return answer
    except (Invalid, Conflict, LinkOver) as refused:
        answer = RedirectResponse(f"{page}?link={quote(link[:200])}&problem={refused.code}", status_code=303)
        flash.leave(answer, flash.SignInFlash(problem=refused.code, message=refused.message))
        return answer
    answer = RedirectResponse("/", status_code=303)
    keep_session(answer, signed_in)
    flash.clear(answer)
    return answer
