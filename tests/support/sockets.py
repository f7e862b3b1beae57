"""A tab without a browser: speaks the socket's protocol and sees everything the server says to it. For tests only."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import socketio  # type: ignore[import-untyped]

EVENTS = "/_event"
HYDRATE = "reflex___state____state.hydrate"
WAITING = "waiting_rx_state_"
ANSWER_SECONDS = 10.0
SETTLE_SECONDS = 60.0


@dataclass(frozen=True)
class Said:
    """What a person would be shown for an event: a sentence, or another page."""

    tone: str = ""
    code: str = ""
    text: str = ""
    redirect: str = ""


@dataclass
class Tab:
    """One connection, and its transcript."""

    url: str
    token: str
    client: socketio.AsyncClient
    notices: str  # the name of the state in which sentences wait
    heard: list[dict[str, Any]] = field(default_factory=list)
    said: asyncio.Queue[Said] = field(default_factory=asyncio.Queue)
    greeted: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: set[str] = field(default_factory=set)

    @property
    def transcript(self) -> str:
        """Everything the server has said, as it came."""
        return json.dumps(self.heard)

    async def send(self, name: str, payload: Any = None, *, at: str = "/nowhere") -> None:
        """Send an event as the page at this address would."""
        parts = urlsplit(at)
        router = {"pathname": parts.path, "asPath": at, "query": dict(parse_qsl(parts.query))}
        event = {"name": name, "payload": {} if payload is None else payload, "router_data": router}
        await self.client.emit("event", event, namespace=EVENTS)

    async def ask(self, name: str, payload: Any = None, *, at: str = "/nowhere") -> Said:
        """Send an event and wait for the sentence, or the other page, that answers it."""
        await self.send(name, payload, at=at)
        return await asyncio.wait_for(self.said.get(), ANSWER_SECONDS)

    async def settle(self) -> None:
        """Wait until everything sent before has been taken up."""
        mark = uuid4().hex
        await self.send(f"{self.notices}.say", {"tone": "told", "text": mark, "code": mark})
        async with asyncio.timeout(SETTLE_SECONDS):
            while (await self.said.get()).code != mark:
                continue

    async def shows(self, words: str) -> None:
        """Wait until the server has said these words, whatever for."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while words not in self.transcript:
                self._news.clear()
                await self._news.wait()

    def hear(self, update: dict[str, Any]) -> None:
        """Take what the server said."""
        self.heard.append(update)
        self._news.set()
        self.greeted.set()
        for event in update.get("events") or ():
            if event["name"] == "_redirect":
                self.said.put_nowait(Said(redirect=event["payload"]["path"]))
        for notice in ((update.get("delta") or {}).get(self.notices) or {}).get(WAITING) or ():
            if notice["id"] not in self._seen:
                self._seen.add(notice["id"])
                self.said.put_nowait(Said(notice["tone"], notice["code"], notice["text"]))


@asynccontextmanager
async def a_tab(
    url: str, cookie: str | None, notices: str, *, token: str | None = None, origin: str | None = None
) -> AsyncIterator[Tab]:
    """A tab that has loaded; `cookie` is the session's token. Raises socketio's ConnectionError when refused."""
    client = socketio.AsyncClient(reconnection=False)
    tab = Tab(url, token or str(uuid4()), client, notices)
    client.on("event", tab.hear, namespace=EVENTS)
    client.on("disconnect", lambda *_: tab.lost.set(), namespace=EVENTS)
    headers = {"Origin": origin or url} | ({"Cookie": f"ils_session={cookie}"} if cookie else {})
    await client.connect(
        f"{url}{EVENTS}?{urlencode({'token': tab.token})}",
        headers=headers,
        transports=["websocket"],
        namespaces=[EVENTS],
        socketio_path=EVENTS,
    )
    try:
        await tab.send(HYDRATE)
        await asyncio.wait_for(tab.greeted.wait(), ANSWER_SECONDS)
        yield tab
    finally:
        await client.disconnect()
