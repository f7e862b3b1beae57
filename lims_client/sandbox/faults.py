"""Troubles on purpose: latency, errors and outages, in front of everything but the sandbox's own controls."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from lims_client.sandbox.control import ControlBox, OutageMode

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SILENCE_SECONDS = 120.0
HTML_502 = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    b"<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n"
)
AWAY = b'{"code":"unavailable","message":"The LIMS is down for maintenance.","errors":[]}'
FAILED = b'{"code":"internal_error","message":"Something went wrong in the LIMS.","errors":[]}'
OWN_PATHS = ("/sandbox", "/openapi.json", "/docs")


class Faults:
    """ASGI middleware. An injected error strikes before the work or, as often, after it: the answer is lost."""

    def __init__(self, app: App, control: ControlBox, chance: random.Random) -> None:
        self._app, self._control, self._chance = app, control, chance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path == "/" or path.startswith(OWN_PATHS):
            await self._app(scope, receive, send)
            return
        control = self._control.now
        if control.latency_ms:
            await asyncio.sleep(control.latency_ms / 1000)
        if self._control.now.away:
            await _be_away(self._control.now.outage_mode, send)
        elif control.error_rate and self._chance.random() < control.error_rate:
            if self._chance.random() < 0.5:
                await self._app(scope, receive, _unheard)
            await _answer(send, 500, b"application/json", FAILED)
        else:
            await self._app(scope, receive, send)


async def _unheard(message: Message) -> None:
    """An answer that never arrives."""


async def _be_away(mode: OutageMode, send: Send) -> None:
    if mode is OutageMode.HTML:
        await _answer(send, 502, b"text/html", HTML_502)
    elif mode is OutageMode.SILENCE:
        await asyncio.sleep(SILENCE_SECONDS)
        await _answer(send, 503, b"application/json", AWAY)
    else:
        await _answer(send, 503, b"application/json", AWAY)


async def _answer(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
