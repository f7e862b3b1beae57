"""Who may send files to the pages: Reflex takes an upload from anybody, so nobody reaches it without a session.

Nor does another site's page in the name of somebody who has one.
"""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ils_app.auth import service as auth
from ils_app.auth.errors import ForeignOrigin, SignedOut
from ils_app.auth.http import token_in
from ils_app.kernel import config
from ils_app.kernel.asgi import refusal
from ils_app.kernel.errors import IlsError

UPLOAD = "/_upload"


class SignedInUploads:
    """Refuses an upload of nobody before a byte of it is kept; the handler asks for the permission afterwards."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what is no upload, and uploads of people who are signed in."""
        upload = scope["type"] == "http" and scope["path"].rstrip("/") == UPLOAD and scope["method"] == "POST"
        error = await _refused(dict(scope["headers"])) if upload else None
        if error is None:
            await self.app(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass  # thrown away: a connection that is cut while it sends never hears why
        answer: JSONResponse = refusal(error)
        await answer(scope, receive, send)


async def _refused(headers: dict[bytes, bytes]) -> IlsError | None:
    token = token_in(headers.get(b"cookie", b"").decode("latin-1"))
    if token is None or await auth.person_for(token) is None:
        return SignedOut()
    if headers.get(b"origin", b"").decode("latin-1") != config.current().public_url:
        return ForeignOrigin()
    return None
