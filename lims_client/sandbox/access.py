"""Who may call: the bearer key of the API, and the cookie of the sandbox's own page."""

import hashlib
import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from lims_client.sandbox.lab import Lab
from lims_client.sandbox.problems import Refusal

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


async def the_lab(request: Request) -> Lab:
    """The lab this application serves."""
    lab: Lab = request.app.state.lab
    return lab


OneLab = Annotated[Lab, Depends(the_lab)]


async def with_key(request: Request, lab: OneLab) -> None:
    """Refuse a call without the bearer key."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), lab.settings.api_key.encode()):
        raise Refusal(401, "unauthorized", "This call needs the bearer key of the LIMS.")


def cookie_name(lab: Lab) -> str:
    """Cookies do not tell ports apart, so the name does."""
    return f"lims_sandbox_{lab.settings.port}"


def page_cookie(lab: Lab) -> str:
    """The cookie that stands for the key on the page: derived from it, so that the key itself is never sent out."""
    return hmac.new(lab.settings.api_key.encode(), b"the sandbox's page", hashlib.sha256).hexdigest()


def asked_on_loopback(request: Request, lab: Lab) -> bool:
    """Listening on loopback only, and asked for by a loopback name (so no foreign name that resolves to us)."""
    return lab.settings.loopback and (request.url.hostname or "") in LOOPBACK_NAMES


def has_cookie(request: Request, lab: Lab) -> bool:
    return hmac.compare_digest(request.cookies.get(cookie_name(lab), "").encode(), page_cookie(lab).encode())


async def from_the_page(request: Request, lab: OneLab) -> None:
    """Refuse a button press without the page's cookie, or from another page."""
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(403, "foreign_page", "Only the sandbox's own page has these buttons.")
    if not has_cookie(request, lab):
        raise Refusal(401, "unauthorized", "Open the sandbox's page again.")
