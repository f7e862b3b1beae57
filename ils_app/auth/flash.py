"""What the sign-in page must still know after a refusal: a short-lived cookie, since an email belongs in no address."""

import base64
import binascii
from typing import Final

from fastapi import Response
from pydantic import BaseModel, ConfigDict, ValidationError

from ils_app.auth.http import cookie_value
from ils_app.kernel import config

FLASH_COOKIE: Final = "ils_sign_in"
LIFE_SECONDS: Final = 60
LONGEST: Final = 254


class SignInFlash(BaseModel):
    """The refused attempt: what was typed but the password, why it failed, where it was to lead."""

    model_config = ConfigDict(frozen=True)

    problem: str  # a Refused's code
    message: str
    email: str = ""
    next: str = "/"


def leave(response: Response, flash: SignInFlash) -> None:
    """Hand it to the next page."""
    body = flash.model_copy(update={"email": flash.email[:LONGEST], "next": flash.next[:1000]}).model_dump_json()
    response.set_cookie(
        FLASH_COOKIE,
        base64.urlsafe_b64encode(body.encode("utf-8", "replace")).decode().rstrip("="),
        max_age=LIFE_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=config.current().secure_cookies,
    )


def found_in(cookie_header: str) -> SignInFlash | None:
    """What a raw Cookie header, such as a websocket's handshake, brings along; None when nothing or nonsense."""
    value = cookie_value(cookie_header, FLASH_COOKIE)
    if not value:
        return None
    try:
        return SignInFlash.model_validate_json(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (ValidationError, binascii.Error, ValueError):
        return None


def clear(response: Response) -> None:
    """Take it back once a sign-in succeeded."""
    response.delete_cookie(FLASH_COOKIE, path="/")
