"""Pushes: when a topic changes, every tab of this process that shows it reads again what its person may see.

A push carries no data, so nothing reaches the wrong tab. The first change of a topic goes out at once; what follows
within the pause goes out together at its end, and one push is over before the next begins. Tabs that keep what they
show (`ui.showing`) are told together (`ui.pushing`); in the others their own event runs.
"""

import asyncio
import functools
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextvars import Context
from time import monotonic
from typing import Any
from uuid import uuid4

import reflex as rx
from reflex.event import Event

from ils_app.kernel import config, log, metrics, redis_line
from ils_app.kernel import live as bus
from ils_app.ui import showing
from ils_app.ui.showing import Showing

PAUSE_SECONDS = 0.2

Tabs = Iterable[tuple[str, str]]  # tab, and the full name of the event to run in it

logger = log.get_logger(__name__)
_app: rx.App | None = None
_together: Callable[[rx.App, Tabs], Awaitable[Tabs]] | None = None
_watching: dict[str, dict[str, set[str]]] = defaultdict(dict)  # tab -> topic -> full names of the events to run
_tabs: dict[str, set[str]] = defaultdict(set)  # topic -> tabs
_last: dict[str, float] = {}
_changes: dict[str, int] = {}  # topic -> which change was its last while a tab of this process listened
_numbers = itertools.count(1)
_waiting: set[str] = set()
_due: set[tuple[str, str]] = set()  # tabs that are to be told together, with their event
_one_push = asyncio.Lock()
_done_for: dict[str, str] = {}  # topic -> the request its last change was made for
_reasons: dict[str, str] = {}  # tab -> the request of what it was last told
_timer: asyncio.TimerHandle | None = None
_tasks: set[asyncio.Task[None]] = set()


def bind(app: rx.App, together: Callable[[rx.App, Tabs], Awaitable[Tabs]]) -> None:
    """Let changes reach this app's tabs; called once, when the application is gathered.

    `together` tells tabs that show the same in one go, and answers those in which their own event has to run.
    """
    global _app, _together
    _app, _together = app, together
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
    showing.forget(tab)
    _reasons.pop(tab, None)
    for topic in _watching.pop(tab, {}):
        _tabs[topic].discard(tab)
        if not _tabs[topic]:
            del _tabs[topic]
            _last.pop(topic, None)
            _changes.pop(topic, None)
            _done_for.pop(topic, None)
    metrics.SESSIONS.set(len(_watching))


def heard(topic: str) -> int:
    """The number of this topic's last change while a tab of this process listened; 0 before any."""
    return _changes.get(topic, 0)


def shows(tab: str, event: Any, what: Showing, *, since: int) -> None:
    """Keep what this tab shows because of the event, read when the topic's last change was `since`.

    What changed while it was read may have reached the browser before it: then the tab reads once more.
    """
    showing.keep(tab, event, what)
    if heard(what.topic) != since:
        _wait_for(what.topic)


def watchers() -> int:
    """How many tabs are listening in this process."""
    return len(_watching)


def last_change(topic: str) -> int:
    """The number of this topic's last change; another one means that what was read before may be out of date.

    Nobody counts while no tab listens, so then it is another one each time.
    """
    return _changes.get(topic) or next(_numbers)


def reason_of(tab: str) -> str:
    """The request of what this tab was told last; a new one where nobody asked for it."""
    return _reasons.get(tab) or uuid4().hex


async def _on_change(topics: Sequence[str]) -> None:
    moment = monotonic()
    at_once = set()
    for topic in list(_tabs) if bus.EVERYTHING in topics else topics:
        if topic not in _tabs:
            continue
        _changes[topic] = next(_numbers)
        _done_for[topic] = log.request_id() or ""
        if moment - _last.get(topic, 0.0) >= PAUSE_SECONDS and topic not in _waiting:
            at_once.add(topic)
            _last[topic] = moment
        else:
            _wait_for(topic)
    _start(at_once)


def _wait_for(topic: str) -> None:
    global _timer
    _waiting.add(topic)
    if _timer is None:
        _timer = asyncio.get_running_loop().call_later(PAUSE_SECONDS, _release)


def _release() -> None:
    global _timer
    _timer = None
    topics = set(_waiting)
    _waiting.clear()
    _start(topics)


def _start(topics: set[str]) -> None:
    """Push, in nobody's context and nobody's time: who made the change does not wait for those who see it."""
    if not topics or _app is None or _app.event_namespace is None:
        return
    task = asyncio.get_running_loop().create_task(_push(_app, topics), context=Context())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _push(app: rx.App, topics: set[str]) -> None:
    try:
        with app.set_contexts(), metrics.PUSH_SECONDS.time():
            await _tell_tabs(app, topics)
    except Exception:  # the change is made and the next push must go out: who was not told, reads again then
        logger.exception("push_failed")


async def _tell_tabs(app: rx.App, topics: set[str]) -> None:
    """Tabs with an event of their own wait for nobody; those that are told together, for the push before."""
    moment = monotonic()
    wanted: set[tuple[str, str]] = set()
    for topic in topics:
        _last[topic] = moment
        if reason := _done_for.get(topic):
            _reasons.update(dict.fromkeys(_tabs.get(topic, ()), reason))
        wanted.update((tab, event) for tab in _tabs.get(topic, ()) for event in _watching[tab][topic])
    alone: list[tuple[str, str]] = []
    for tab, event in wanted:
        if not _is_here(app, tab):
            leave(tab)
        elif _together and showing.shown(tab, event):
            _due.add((tab, event))
        else:
            alone.append((tab, event))
    await _run(app, alone)
    async with _one_push:
        due = [(tab, event) for tab, event in _due if any(event in heard for heard in _watching.get(tab, {}).values())]
        _due.clear()
        if _together and due:
            await _run(app, await _together(app, due))


async def _run(app: rx.App, events: Tabs) -> None:
    for tab, event in events:
        # Of the root context, never of the event that made the change: a child of that would take over its
        # connection's headers, and this tab would be answered as the person who sits at the other.
        context = app.event_processor._root_context.fork(token=tab)
        running = await app.event_processor.enqueue(tab, Event(name=event, payload={}), context)
        running.add_done_callback(functools.partial(_over, tab, event))


def _over(tab: str, event: str, _: Any) -> None:
    showing.settle(tab, event)


def _is_here(app: rx.App, tab: str) -> bool:
    """Whether the tab's socket is open, and in this process."""
    sockets = app.event_namespace._token_manager
    found = sockets.token_to_socket.get(tab)
    return found is not None and found.instance_id == sockets.instance_id
