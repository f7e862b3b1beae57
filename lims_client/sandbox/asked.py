"""The id of the request that is being answered: kept with the job it makes, told with what happens to it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""None while nobody asks: the lab itself moves a job, and its own request's id goes along."""


class Asked:
    """ASGI middleware: takes a plain `X-Request-ID` for the request's id."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        given = dict(scope.get("headers", ())).get(b"x-request-id", b"").decode("latin-1")
        token = request_id.set(given if re.fullmatch(r"[A-Za-z0-9_-]{8,64}", given) else None)
        try:
            await self._app(scope, receive, send)
        finally:
            request_id.reset(token)
