"""What every HTTP surface of ILS has: errors as answers, request ids, security headers, limits on what is sent.

`service_app` makes a room's API runnable alone; in one process the shell mounts the same routers.
"""

import base64
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ils_app.kernel import config, database, database_watch, health, limiting, lims, live, log, mail_provider
from ils_app.kernel.deadline import Deadline
from ils_app.kernel.errors import Forbidden, IlsError, Invalid, NotFound
from ils_app.kernel.openapi import documented

API = "/api/v1"
MAX_BODY_BYTES = 2_000_000
FILE_BODY_BYTES = 10_500_000
FILE_PATHS = (f"{API}/documents", "/_upload")
"""Where whole files come in: a file of 10 MB and the form around it."""
NOT_SERVED = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
}
BROKEN = {"code": "error", "message": "ILS could not answer this.", "errors": []}

logger = log.get_logger(__name__)


Held = Callable[[], AbstractAsyncContextManager[None]]


def service_app(name: str, *routers: APIRouter, holding: Held = contextlib.nullcontext) -> FastAPI:
    """A room run alone: its routers, its errors, its own OpenAPI document; jobs it adds are worked elsewhere.

    It hears other processes: a session that ends there ends here. `holding` is what the room keeps open besides, such
    as the lab's settings it follows.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        log.configure()
        async with lims.opened(), live.relay(), holding():
            yield
        await database.close()

    app = FastAPI(
        title=f"ILS · {name}",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
    )
    for router in (health.router, *routers):
        app.include_router(router)
    documented(app)
    translate_errors(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(limiting.Limits)
    app.add_middleware(Deadline, file_paths=FILE_PATHS)
    app.add_middleware(LastResort)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestIds)
    app.add_middleware(behind_proxies)
    return app


def translate_errors(app: FastAPI) -> None:
    """Answer every refusal as `{code, message, errors: [{field, message}]}`, the form the whole API speaks."""

    @app.exception_handler(IlsError)
    async def refused(_: Request, error: IlsError) -> JSONResponse:
        return refusal(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = {".".join(str(part) for part in e["loc"] if part != "body"): str(e["msg"]) for e in error.errors()}
        return refusal(Invalid("The request does not have the expected form.", fields=fields, code="malformed"))

    async def away(_: Request, error: Exception) -> JSONResponse:
        logger.warning("database_met_silent", error=type(error).__name__)
        database_watch.suspect()
        return refusal(database.DatabaseAway())

    for kind in database.AWAY:
        app.add_exception_handler(kind, away)

    @app.exception_handler(HTTPException)
    async def not_served(_: Request, error: HTTPException) -> JSONResponse:
        """What no route of ours refused: another path, another method, a form that is none."""
        code, message = NOT_SERVED.get(error.status_code, ("malformed", "The request does not have the expected form."))
        body = {"code": code, "message": message, "errors": []}
        return JSONResponse(body, status_code=error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def broken(_: Request, error: Exception) -> JSONResponse:  # `LastResort`, around the app, logs it
        return JSONResponse(BROKEN, status_code=500)


def refusal(error: IlsError) -> JSONResponse:
    """A refusal as an answer. A role that may not and a row that is not there say nothing more than that."""
    body: dict[str, object]
    if isinstance(error, Forbidden | NotFound):
        body = {"code": error.code, "message": error.message, "errors": []}
    else:
        errors = [{"field": field, "message": text} for field, text in error.fields.items()]
        body = {"code": error.code, "message": error.message, "errors": errors}
    headers = {"retry-after": "5"} if isinstance(error, database.DatabaseAway) else None
    return JSONResponse(body, status_code=error.status, headers=headers)


def behind_proxies(app: ASGIApp) -> ASGIApp:
    """Take for a request's address the one its proxy names, when it comes from one of `TRUSTED_PROXIES`."""
    trusted = config.current().trusted_proxies
    wrapped: ASGIApp = wrap_asgi_with_proxy_headers(app, list(trusted)) if trusted else app
    return wrapped


class LastResort:
    """Ends here what broke: a server would print the error's text, and what somebody entered may stand in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 where nothing was answered yet; the log gets the error's type and place."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:  # whatever it is, it goes no further
            logger.error("request_failed", exc_info=error)
            if not started:
                await JSONResponse(BROKEN, status_code=500)(scope, receive, send)


class RequestIds:
    """Gives each request an id, in the answer and in every log line it causes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bind the id around the request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if re.fullmatch(r"[A-Za-z0-9_-]{8,64}", given) else uuid4().hex

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        with log.bound(request_id=request_id):
            await self.app(scope, receive, answer)


class BodyLimit:
    """Refuses a body over the limit, declared or not, before anything has read it whole."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.app, self.max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in and answer 413 past the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = FILE_BODY_BYTES if scope.get("path", "").startswith(FILE_PATHS) else self.max_bytes
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and (len(declared) > 18 or int(declared) > limit):
            await self._too_large(limit, scope, receive, send)
            return
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            if seen > limit and not started:
                return  # whoever read makes an answer of its own of what it could not read
            started = True
            await send(message)

        with contextlib.suppress(_TooLarge):
            await self.app(scope, counted, noted)
        if seen > limit and not started:
            await self._too_large(limit, scope, receive, send)

    async def _too_large(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        most = f"{limit // 1000} kB" if limit < 10_000_000 else f"{limit // 1_000_000} MB"
        body = {"code": "too_large", "message": f"The body is larger than {most}.", "errors": []}
        await JSONResponse(body, status_code=413)(scope, receive, send)


class _TooLarge(Exception):
    """The body passed the limit while it was read."""


class SecurityHeaders:
    """The headers every answer carries, with a Content-Security-Policy the pages really run under."""

    def __init__(self, app: ASGIApp, pages: Path | None = None) -> None:
        self.app = app
        public_url = config.current().public_url
        policy = content_security_policy(inline_script_hashes(pages) if pages else (), socket=_socket_of(public_url))
        self.headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        ]
        if public_url.startswith("https://"):
            self.headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to an HTTP answer; what a route set itself stands."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message.get("headers", ())}
                extra = [pair for pair in self.headers if pair[0] not in present]
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        await self.app(scope, receive, answer)


class OneHost:
    """Outside production, sends `localhost` to the address the pages were built for, or the other way round.

    The two are different origins to a browser, and the socket takes only one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.wanted = urlsplit(config.current().public_url)
        self.other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(self.wanted.hostname or "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect a page asked for under the other name."""
        if scope["type"] == "http" and self.other and scope["method"] == "GET":
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            if host == self.wanted.netloc.replace(self.wanted.hostname or "", self.other):
                query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
                target = f"{self.wanted.scheme}://{self.wanted.netloc}{scope['path']}{query}"
                await RedirectResponse(target, status_code=307)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def content_security_policy(hashes: Iterable[str], *, socket: str = "") -> str:
    """Only our own files, our own socket, and the inline scripts whose hashes are named; Radix writes styles inline."""
    scripts = " ".join(["'self'", *(f"'sha256-{value}'" for value in hashes)])
    connections = f"'self' {socket}".strip()
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"font-src 'self'; connect-src {connections}; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def _socket_of(public_url: str) -> str:
    """The address of the pages' socket; older browsers do not take it for `'self'`."""
    return public_url.replace("http", "ws", 1)


def inline_script_hashes(pages: Path) -> list[str]:
    """The base64 sha256 of every inline script in the built pages below this folder."""
    found: set[str] = set()
    for page in pages.rglob("*.html"):
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page.read_text("utf-8"), re.S):
            if body and "src=" not in attributes:
                found.add(base64.b64encode(hashlib.sha256(body.encode()).digest()).decode())
    return sorted(found)


@contextlib.asynccontextmanager
async def process() -> AsyncIterator[None]:
    """What a whole app process holds open: the LIMS client, the live relay, the database."""
    if mail_provider.chosen() is None:
        logger.warning("no_mail_leaves", why=mail_provider.NOT_SET)
    async with lims.opened(), live.relay():
        yield
    await database.close()
