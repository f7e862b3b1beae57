"""Stripe's answers as they are given to the library over HTTP, without a network."""

import json
from typing import Any

import stripe


class Canned(stripe.HTTPClient):
    """Gives these answers one after the other, and keeps what was asked."""

    name = "canned"

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers, self.asked = list(answers), []

    async def request_async(self, method, url, headers, post_data=None):  # type: ignore[no-untyped-def]
        """The next answer."""
        self.asked.append((method, url, headers.get("Idempotency-Key"), post_data))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return json.dumps(body).encode(), status, {}

    async def sleep_async(self, secs):  # type: ignore[no-untyped-def]
        """Try again at once."""

    async def close_async(self):  # type: ignore[no-untyped-def]
        """Nothing is open."""


def refused(status: int, code: str = "", kind: str = "invalid_request_error") -> tuple[int, dict[str, Any]]:
    """Stripe's no."""
    return status, {"error": {"type": kind, "code": code, "message": "Zyzzyva"}}
