"""One page, one var: a post has every tab of every process read it again, or is told it over the raw socket."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import redis.asyncio as redis
import reflex as rx
from fastapi import FastAPI
from reflex.event import Event

CHANNEL = "bare"
value = 0
tabs: set[str] = set()
bus = redis.Redis.from_url(os.environ["REDIS_URL"]) if os.environ.get("REDIS_URL") else None


class Counter(rx.State):
    """What the page shows."""

    value: int = -1
    typed: str = ""

    @rx.event
    async def arrive(self):
        """The tab is there and wants to be told."""
        self.value = value
        tabs.add(self.router.session.client_token)

    @rx.event
    async def type(self, text: str):
        """A key was pressed."""
        self.typed = text

    @rx.event
    async def refresh(self):
        """Read it again."""
        self.value = value


def index() -> rx.Component:
    """The page."""
    return rx.el.main(
        rx.el.h1("Bare"),
        rx.el.input(default_value="", on_change=Counter.type, aria_label="Words"),
        rx.el.p(Counter.typed, class_name="ils-findings"),
        rx.el.p(Counter.value),
    )


api = FastAPI()


@api.post("/refresh", status_code=202)
async def refresh() -> None:
    """Have every tab run an event that reads the var."""
    await _spread("refresh")


@api.post("/emit", status_code=202)
async def emit() -> None:
    """Send every tab the var without asking its state: the least a push over these sockets can cost."""
    await _spread("emit")


async def _spread(how: str) -> None:
    if bus is None:
        await _push(how)
    else:
        await bus.publish(CHANNEL, how)


async def _push(how: str) -> None:
    global value
    value += 1
    namespace = app.event_namespace
    assert namespace is not None
    sockets = namespace._token_manager.token_to_socket
    name = Event.from_event_type(Counter.refresh())[0].name
    for tab in [tab for tab in tabs if tab in sockets]:
        if how == "refresh":
            await app.event_processor.enqueue(tab, Event(name=name, payload={}))
        else:
            update = {"delta": {Counter.get_full_name(): {"value_rx_state_": value}}, "events": []}
            await namespace.emit("event", update, to=sockets[tab].sid)


@contextlib.asynccontextmanager
async def relay() -> AsyncIterator[None]:
    """With Redis, hear what the other processes were told."""
    if bus is None:
        yield
        return
    heard = asyncio.create_task(_hear())
    try:
        yield
    finally:
        heard.cancel()


async def _hear() -> None:
    assert bus is not None
    async with bus.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        async for message in channel.listen():
            if message["type"] == "message":
                with app.set_contexts():
                    await _push(message["data"].decode())


app = rx.App(api_transformer=api)
app.add_page(index, route="/", on_load=Counter.arrive)
app.register_lifespan_task(relay)
