"""Who asks over HTTP: a bearer token, or the browser's cookie from one of our own pages."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import cookie_parser

from ils_app.auth import service
from ils_app.auth.errors import ForeignOrigin, SignedOut
from ils_app.auth.schemas import Person, SignedIn
from ils_app.kernel import clock, config
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden
from ils_app.kernel.roles import TABLE, Role

COOKIE: Final = "ils_session"
ROLE_HEADER: Final = "x-ils-role"
ROLE_QUERY: Final = "as"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

bearer: Final = HTTPBearer(auto_error=False, description="A token of POST /api/v1/auth/token.")


def asks(row: str) -> Callable[..., Awaitable[Actor]]:
    """A dependency that gives the actor who asks, when their role has this row of the permission table.

    The role is the token's own, or the one named by the header `X-ILS-Role` or the query `as` (for links), else the
    person's first. SignedOut (401) for nobody, Forbidden for a role that lacks the row, ForeignOrigin when a cookie
    came with a change from elsewhere. Whoever is on a temporary password may only change it.
    """
    if row not in TABLE:
        raise LookupError(f"the permission table has no row {row!r}")

    async def asking(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)] = None
    ) -> Actor:
        person = await person_asking(request, credentials)
        actor = person.actor(_role_asked_for(request))
        if actor.scope(row) is None or (person.password_temporary and row != "account.own"):
            raise Forbidden
        return actor

    asking.__permission__ = row  # type: ignore[attr-defined]
    return asking


async def person_asking(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Person:
    """The signed-in person of this request. Raises SignedOut, ForeignOrigin."""
    if credentials is not None:
        person = await service.person_for(credentials.credentials)
    else:
        person = await service.person_for(request.cookies.get(COOKIE))
        if person is not None and request.method not in SAFE_METHODS:
            refuse_foreign_origin(request)
    if person is None:
        raise SignedOut
    return person


def refuse_foreign_origin(request: Request, *, absent_is_fine: bool = False) -> None:
    """Raise ForeignOrigin unless the browser says that a page of ours sent this.

    Browsers name the origin of every such request; one without is no browser and carries no cookie of a victim, so a
    route that needs no cookie may let it pass.
    """
    origin = request.headers.get("origin")
    if origin != config.current().public_url and not (absent_is_fine and origin is None):
        raise ForeignOrigin


def token_in(cookie_header: str) -> str | None:
    """The session's token in a raw Cookie header, such as a websocket's handshake carried; None without one."""
    return cookie_value(cookie_header, COOKIE)


def cookie_value(cookie_header: str, name: str) -> str | None:
    """One cookie of a raw Cookie header, read as the routes read it: an odd cookie beside it is no matter."""
    return cookie_parser(cookie_header).get(name)


def keep_session(response: Response, signed_in: SignedIn) -> None:
    """Give the browser its session."""
    response.set_cookie(
        COOKIE,
        signed_in.token,
        max_age=max(0, int((signed_in.expires_at - clock.now()).total_seconds())),
        path="/",
        httponly=True,
        samesite="lax",
        secure=config.current().secure_cookies,
    )


def forget_session(response: Response) -> None:
    """Take the browser's session away."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=config.current().secure_cookies)


def address_of(request: Request) -> str:
    """The address this request came from, as the server saw it."""
    return request.client.host if request.client else ""


def local_path(wanted: str) -> str:
    """`wanted` when it leads to a page of ours, else the first page.

    >>> local_path("/orders?status=on_hold"), local_path("//evil.example"), local_path("https://evil.example")
    ('/orders?status=on_hold', '/', '/')
    """
    if re.fullmatch(r"/(?![/\\])[!-~]*", wanted) and "\\" not in wanted and not wanted.startswith("/auth/"):
        return wanted
    return "/"


def _role_asked_for(request: Request) -> Role | None:
    named = request.headers.get(ROLE_HEADER) or request.query_params.get(ROLE_QUERY)
    if not named:
        return None
    try:
        return Role(named)
    except ValueError:
        raise Forbidden from None
