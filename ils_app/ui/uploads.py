"""Who may send files to the pages: Reflex takes an upload from anybody, so nobody reaches it without a session."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ils_app.auth import service as auth
from ils_app.auth.errors import SignedOut
from ils_app.auth.http import token_in
from ils_app.kernel.asgi import refusal

UPLOAD = "/_upload"


class SignedInUploads:
    """Refuses an upload of nobody before a byte of it is kept; the handler asks for the permission afterwards."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what is no upload, and uploads of people who are signed in."""
        if scope["type"] == "http" and scope["path"].rstrip("/") == UPLOAD and scope["method"] == "POST":
            cookies = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
            token = token_in(cookies)
            if token is None or await auth.person_for(token) is None:
                while (await receive()).get("more_body"):
                    pass  # thrown away: a connection that is cut while it sends never hears why
                answer: JSONResponse = refusal(SignedOut())
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)
