"""Tokens of links that are mailed: they follow from the session secret and the row, and are kept nowhere."""

import base64
import hashlib
import hmac
from uuid import UUID

from ils_app.kernel import config


def token(purpose: str, row_id: UUID, turn: int = 1) -> str:
    """The token of one link; another `turn` of the same row has another, so that a later link ends the earlier."""
    secret = config.current().session_secret.get_secret_value().encode()
    digest = hmac.new(secret, f"link:{purpose}:{row_id}:{turn}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def path(page: str, purpose: str, row_id: UUID, turn: int = 1) -> str:
    """The path and query a mail leads to."""
    return f"{page}?link={row_id.hex}.{token(purpose, row_id, turn)}"


def row_named(link: str) -> UUID | None:
    """The row a link names; None when it is no link at all. That it is genuine, `is_genuine` says."""
    try:
        return UUID(link.partition(".")[0])
    except ValueError:
        return None


def is_genuine(link: str, purpose: str, row_id: UUID, turn: int = 1) -> bool:
    """Whether the link's token is the one of this row, compared in constant time."""
    given = link.partition(".")[2]
    return hmac.compare_digest(given.encode("utf-8", "replace"), token(purpose, row_id, turn).encode())
