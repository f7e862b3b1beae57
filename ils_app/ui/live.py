"""Pushes: when a topic changes, every tab of this process that shows it reads again what its person may see.

A push carries no data, so nothing reaches the wrong tab. The first change of a topic goes out at once; what follows
within the pause goes out together at its end.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import reflex as rx
from reflex.event import Event

from ils_app.kernel import config, metrics, redis_line
from ils_app.kernel import live as bus

PAUSE_SECONDS = 0.2

_app: rx.App | None = None
_watching: dict[str, dict[str, set[str]]] = defaultdict(dict)  # tab -> topic -> full names of the events to run
_tabs: dict[str, set[str]] = defaultdict(set)  # topic -> tabs
_last: dict[str, float] = {}
_changes: dict[str, int] = {}  # topic -> which change was its last while a tab of this process listened
_numbers = itertools.count(1)
_waiting: set[str] = set()
_timer: asyncio.TimerHandle | None = None
_tasks: set[asyncio.Task[None]] = set()


def bind(app: rx.App) -> None:
    """Let changes reach this app's tabs; called once, when the application is gathered."""
    global _app
    _app = app
    bus.subscribe(_on_change)
    if url := config.current().redis_url:
        # Reflex's own clients wait for a silent Redis for ever, and with them every click of every tab.
        for owner in (app.state_manager, app.event_namespace and app.event_namespace._token_manager):
            owner.redis = redis_line.state_store(url)  # type: ignore[union-attr]


def watch(tab: str, events: Mapping[str, Any]) -> None:
    """Have each topic's event run in this tab when the topic changes, beside what listens to it there already."""
    for topic, event in events.items():
        _watching[tab].setdefault(topic, set()).add(Event.from_event_type(event())[0].name)
        _tabs[topic].add(tab)
    metrics.SESSIONS.set(len(_watching))


def leave(tab: str) -> None:
    """Forget what this tab was listening to; it shows another page now, or is gone."""
    for topic in _watching.pop(tab, {}):
        _tabs[topic].discard(tab)
        if not _tabs[topic]:
            del _tabs[topic]
            _last.pop(topic, None)
            _changes.pop(topic, None)
    metrics.SESSIONS.set(len(_watching))


def watchers() -> int:
    """How many tabs are listening in this process."""
    return len(_watching)


def last_change(topic: str) -> int:
    """The number of this topic's last change; another one means that what was read before may be out of date.

    Nobody counts while no tab listens, so then it is another one each time.
    """
    return _changes.get(topic) or next(_numbers)


async def _on_change(topics: Sequence[str]) -> None:
    global _timer
    moment = monotonic()
    at_once = set()
    for topic in list(_tabs) if bus.EVERYTHING in topics else topics:
        if topic not in _tabs:
            continue
        _changes[topic] = next(_numbers)
        if moment - _last.get(topic, 0.0) >= PAUSE_SECONDS and topic not in _waiting:
            at_once.add(topic)
        else:
            _waiting.add(topic)
    if _waiting and _timer is None:
        _timer = asyncio.get_running_loop().call_later(PAUSE_SECONDS, _release)
    await _push(at_once)


def _release() -> None:
    global _timer
    _timer = None
    topics = set(_waiting)
    _waiting.clear()
    task = asyncio.create_task(_push(topics))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _push(topics: set[str]) -> None:
    if not topics or _app is None or _app.event_namespace is None:
        return
    with metrics.PUSH_SECONDS.time():
        await _tell_tabs(_app, _app.event_namespace, topics)


async def _tell_tabs(app: rx.App, sockets_of: Any, topics: set[str]) -> None:
    moment = monotonic()
    wanted: set[tuple[str, str]] = set()
    for topic in topics:
        _last[topic] = moment
        wanted.update((tab, event) for tab in _tabs.get(topic, ()) for event in _watching[tab][topic])
    known = sockets_of._token_manager
    for tab, event in wanted:
        socket = known.token_to_socket.get(tab)
        if socket is not None and socket.instance_id == known.instance_id:  # with Redis, others' sockets are known too
            # Of the root context, never of the event that made the change: a child of that would take over its
            # connection's headers, and this tab would be answered as the person who sits at the other.
            context = app.event_processor._root_context.fork(token=tab)
            await app.event_processor.enqueue(tab, Event(name=event, payload={}), context)
        else:
            leave(tab)
