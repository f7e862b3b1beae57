"""Open tabs without browsers: sockets that hear every change and do next to nothing with it.

They speak the socket's protocol themselves (engine.io 4, socket.io 5) and read no JSON, so that a thousand of them
leave the machine to the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import aiohttp

NAMESPACE = "/_event"
HYDRATE = "reflex___state____state.hydrate"
ARRIVING = 40  # at once
READY_SECONDS = 60.0


@dataclass(frozen=True)
class Page:
    """What a tab shows: where, the event its page begins with, and the var whose change is waited for."""

    path: str
    load: str
    var: str


@dataclass
class RawTab:
    """One socket. `heard` holds when each text with the page's var in it came, in seconds of `time.time()`."""

    socket: aiohttp.ClientWebSocketResponse
    page: Page
    heard: list[float] = field(default_factory=list)
    there: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    open: bool = True

    async def listen(self) -> None:
        """Hear until the line is cut."""
        async for message in self.socket:
            text = message.data
            if text == "2":
                await self.socket.send_str("3")
            elif f'"{self.page.var}_rx_state_"' in text:
                self.heard.append(time.time())
                self.there.set()
                self.news.set()
        self.open = False

    async def send(self, name: str, payload: dict[str, Any] | None = None) -> None:
        """Send an event of the page."""
        parts = urlsplit(self.page.path)
        router = {"pathname": parts.path, "asPath": self.page.path, "query": {}}
        event = {"name": name, "payload": payload or {}, "router_data": router}
        await self.socket.send_str(f"42{NAMESPACE},{json.dumps(['event', event])}")


@contextlib.asynccontextmanager
async def open_tabs(url: str, page: Page, cookies: Sequence[str], count: int) -> AsyncIterator[list[RawTab]]:
    """So many tabs on this page, loaded; the cookies are shared out among them. Raises TimeoutError."""
    gate = asyncio.Semaphore(ARRIVING)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        listening: list[asyncio.Task[None]] = []

        async def arrive(number: int) -> RawTab:
            async with gate:
                headers = {"Origin": url}
                if cookies:
                    headers["Cookie"] = f"ils_session={cookies[number % len(cookies)]}"
                asked = urlencode({"EIO": 4, "transport": "websocket", "token": str(uuid4())})
                socket = await session.ws_connect(f"{url}{NAMESPACE}/?{asked}", headers=headers, max_msg_size=0)
                await socket.receive()  # engine.io's greeting
                await socket.send_str(f"40{NAMESPACE},")
                while not str((await socket.receive()).data).startswith(f"40{NAMESPACE}"):
                    continue
                tab = RawTab(socket, page)
                listening.append(asyncio.create_task(tab.listen()))
                await tab.send(HYDRATE)
                await asyncio.wait_for(tab.there.wait(), READY_SECONDS)
                tab.there.clear()
                await tab.send(page.load)
                await asyncio.wait_for(tab.there.wait(), READY_SECONDS)
                return tab

        try:
            tabs = await asyncio.gather(*(arrive(number) for number in range(count)))
            yield list(tabs)
        finally:
            for task in listening:
                task.cancel()


async def all_heard(tabs: Sequence[RawTab], since: float, within_seconds: float) -> list[float]:
    """How long after `since` each tab heard its first change; those that heard none in time are left out."""
    deadline = time.time() + within_seconds
    for tab in tabs:
        while tab.open and not _first(tab, since) and (left := deadline - time.time()) > 0:
            tab.news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(tab.news.wait(), left)
    return [first - since for tab in tabs if (first := _first(tab, since))]


def _first(tab: RawTab, since: float) -> float:
    return next((moment for moment in tab.heard if moment > since), 0.0)
