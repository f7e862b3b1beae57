"""Signing in and out over HTTP: native form posts that answer with a redirect, and a token for programs."""

from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import BaseModel, ValidationError

from ils_app.auth import flash, service
from ils_app.auth.errors import Refused, Slowed
from ils_app.auth.http import COOKIE, address_of, asks, bearer, forget_session, keep_session, local_path, person_asking
from ils_app.auth.http import refuse_foreign_origin as refuse_foreign
from ils_app.auth.schemas import OrganisationKind, SessionKind, SessionView, SignedIn
from ils_app.kernel import clock
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API, refusal
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import anyone
from ils_app.kernel.roles import Role

SIGN_IN_PAGE = "/sign-in"
ACCOUNT_PAGE = "/account"

router = APIRouter(tags=["auth"])


class TokenWish(BaseModel):
    """Who a program wants to be. The role is one the person holds; without it the token has their first."""

    email: str
    password: str
    role: Role | None = None


class Token(BaseModel):
    """A bearer token and how long it lasts at most."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105
    expires_in: int  # seconds


class Me(BaseModel):
    """Who this token or cookie belongs to."""

    user_id: UUID
    name: str
    email: str
    role: Role
    roles: tuple[Role, ...]
    manager: bool
    supervisor: bool
    organisation_id: UUID
    organisation_name: str
    organisation_kind: OrganisationKind


@router.post("/auth/sign-in", status_code=303, response_class=RedirectResponse, include_in_schema=False)
@anyone
async def sign_in(
    request: Request,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in from the page's form and go where the person was heading; back to the page when refused."""
    refuse_foreign(request, absent_is_fine=True)
    try:
        signed_in = await service.sign_in(
            email,
            password,
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
            replaces=request.cookies.get(COOKIE),
        )
    except Refused as refused:
        return _back_to_the_page(refused, email, next)
    return _arrived(signed_in, next)


@router.post("/auth/demo", status_code=303, response_class=RedirectResponse, include_in_schema=False)
@anyone
async def sign_in_demo(
    request: Request, email: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
) -> Response:
    """Sign in as one of the demo people, outside production; there the route does not exist."""
    refuse_foreign(request, absent_is_fine=True)
    try:
        signed_in = await service.sign_in_demo(
            email,
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
            replaces=request.cookies.get(COOKIE),
        )
    except Refused as refused:
        return _back_to_the_page(refused, email, next)
    return _arrived(signed_in, next)


@router.post("/auth/sign-out", status_code=303, response_class=RedirectResponse, include_in_schema=False)
@anyone
async def sign_out(request: Request) -> Response:
    """End the browser's session and show the sign-in page."""
    if token := request.cookies.get(COOKIE):
        refuse_foreign(request)
        await service.sign_out(token)
    answer = RedirectResponse(SIGN_IN_PAGE, status_code=303)
    forget_session(answer)
    return answer


_WISH: dict[str, Any] = TokenWish.model_json_schema(ref_template="#/components/schemas/{model}")
_WISH.pop("$defs")  # the document has the roles already
_TOKEN_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": _WISH} for kind in ("application/json", "application/x-www-form-urlencoded")},
    },
    "responses": {
        "401": {"description": "The email and password do not belong together, or the account may not sign in."},
        "429": {"description": "Too many attempts; `Retry-After` says for how many seconds."},
    },
}


@router.post(f"{API}/auth/token", response_model=Token, openapi_extra=_TOKEN_BODY)
@anyone
async def token(request: Request) -> Response:
    """A token for a program, as JSON or form: `email`, `password` and optionally `role`."""
    wish = await _wish(request)
    try:
        signed_in = await service.sign_in(
            wish.email,
            wish.password,
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
            kind=SessionKind.API,
            role=wish.role,
        )
    except Refused as refused:
        answer: Response = refusal(refused)
        answer.headers.update(_retry_after(refused))
        return answer
    seconds = int((signed_in.expires_at - clock.now()).total_seconds())
    body = Token(access_token=signed_in.token, expires_in=seconds).model_dump()
    return JSONResponse(body, headers={"cache-control": "no-store"})


@router.get(f"{API}/auth/me")
async def me(
    request: Request,
    actor: Annotated[Actor, Depends(asks("account.own"))],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)] = None,
) -> Me:
    """Who asks, in which role, and which others they hold."""
    person = await person_asking(request, credentials)
    return Me(**person.model_dump(include=set(Me.model_fields) - {"role"}), role=actor.role)


@router.get(f"{API}/auth/sessions")
async def own_sessions(actor: Annotated[Actor, Depends(asks("account.own"))]) -> list[SessionView]:
    """Where the one who asks is signed in."""
    return await service.own_sessions(actor)


@router.delete(f"{API}/auth/sessions/{{session_id}}", status_code=204)
async def end_session(session_id: UUID, actor: Annotated[Actor, Depends(asks("account.own"))]) -> None:
    """End one of one's own sessions at once; an administrator anybody's."""
    await service.end_session(actor, session_id)


async def _wish(request: Request) -> TokenWish:
    body = await request.body()
    try:
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return TokenWish.model_validate(dict(parse_qsl(body.decode(), keep_blank_values=True)))
        return TokenWish.model_validate_json(body)
    except ValidationError as error:
        fields = {".".join(map(str, e["loc"])) or "body": str(e["msg"]) for e in error.errors(include_input=False)}
        raise Invalid("The request does not have the expected form.", fields=fields, code="malformed") from None
    except ValueError:  # bytes that are no text
        raise Invalid("The request does not have the expected form.", code="malformed") from None


def _arrived(signed_in: SignedIn, wanted: str) -> Response:
    path = ACCOUNT_PAGE if signed_in.person.password_temporary else local_path(wanted)
    answer = RedirectResponse(path, status_code=303)
    keep_session(answer, signed_in)
    flash.clear(answer)
    return answer


def _back_to_the_page(refused: Refused, email: str, wanted: str) -> Response:
    answer = RedirectResponse(f"{SIGN_IN_PAGE}?problem={refused.code}", 303, headers=_retry_after(refused))
    told = flash.SignInFlash(problem=refused.code, message=refused.message, email=email, next=local_path(wanted))
    flash.leave(answer, told)
    return answer


def _retry_after(refused: Refused) -> dict[str, str]:
    return {"retry-after": str(refused.retry_after_seconds)} if isinstance(refused, Slowed) else {}
