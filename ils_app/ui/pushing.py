"""Shows a change in many tabs at once: rights are asked for each, the answer is read and written out once for all.

An event in a tab costs a lock, a task, a look through its state and, with Redis, its loading and saving. For tabs that
keep what they show (`ui.showing`) none of it is needed: their person is looked up as for any event, those who see as
far and show the same are told the same, and in one emit.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any
from uuid import uuid4

import reflex as rx
from reflex.constants import SocketEvent
from reflex.state import StateUpdate
from reflex_base.constants.state import FIELD_MARKER

from ils_app.kernel.actor import Actor
from ils_app.ui import rights, showing
from ils_app.ui.notices import Notice, Notices
from ils_app.ui.shared import shared
from ils_app.ui.showing import Picture, Showing, Told

TOGETHER = 200
"""Tabs that are told in one go: others' requests are let in between."""

One = tuple[str, str, Showing]  # tab, event, what it shows


async def push(app: rx.App, wanted: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Show what changed in these tabs. Answers those, with their event, in which the event itself must run."""
    left: list[tuple[str, str]] = []
    known: list[One] = []
    for tab, event in wanted:
        found = showing.shown(tab, event)
        if found is None:
            left.append((tab, event))
        else:
            known.append((tab, event, found))
    rest = iter(known)
    while together := list(islice(rest, TOGETHER)):
        left += await _show(app, together)
        await asyncio.sleep(0)
    return left


async def _show(app: rx.App, tabs: Sequence[One]) -> list[tuple[str, str]]:
    left: list[tuple[str, str]] = []
    actors = await _admitted({(one.token, one.role, one.row) for _, _, one in tabs})
    asking: dict[Any, Any] = {}
    alike: dict[Any, list[One]] = defaultdict(list)
    for tab, event, found in tabs:
        actor = actors[found.token, found.role, found.row]
        if isinstance(actor, BaseException):  # the tab's own event leads it to the door, or says what broke
            left.append((tab, event))
            continue
        key = (found.state, found.about, rights.reach(actor))
        asking.setdefault((found.topic, key), partial(shared, found.topic, key, partial(found.read, actor)))
        alike[(found.topic, key)].append((tab, event, found))
    answers = await asyncio.gather(*(ask() for ask in asking.values()), return_exceptions=True)
    for members, answer in zip(alike.values(), answers, strict=True):
        if isinstance(answer, Picture):
            left += await _tell(app, members, answer)
        else:  # the tabs' own events say what is wrong
            left += [one[:2] for one in members]
    return left


async def _admitted(asked: set[tuple[str, str, str]]) -> dict[tuple[str, str, str], Actor | BaseException]:
    """Whom each session is, in which role, for which row; or why not."""
    found = await asyncio.gather(*(rights.admitted(*one) for one in asked), return_exceptions=True)
    return dict(zip(asked, found, strict=True))


async def _tell(app: rx.App, members: Sequence[One], picture: Picture) -> list[tuple[str, str]]:
    """Tell these tabs what they do not show yet. Answers what must run in them afterwards."""
    alike: dict[Any, list[One]] = defaultdict(list)
    for one in members:
        alike[(one[2].seen, one[2].whole)].append(one)
    after: list[tuple[str, str]] = []
    for tabs in alike.values():
        found = tabs[0][2]
        values, whole = found.differing(picture)
        told = _told(found, values)
        if told:
            await _emit(app, [tab for tab, _, _ in tabs], told)
        for tab, _, one in tabs:
            one.seen, one.whole = picture, whole
            if told:
                showing.owe(tab, told)
                after += [(tab, one.then)] if one.then else []
    return after


def _told(found: Showing, values: dict[str, Any]) -> Told:
    """The values by the state that holds them."""
    told: Told = defaultdict(dict)
    for name, value in values.items():
        told[found.state.__fields__[name]._owner][name] = value
    if found.notice and (said := values.get("announcement")):
        told[Notices]["waiting"] = [Notice(f"pushed-{uuid4()}", "told", said, found.notice)]
    return told


async def _emit(app: rx.App, tabs: Sequence[str], told: Told) -> None:
    namespace = app.event_namespace
    assert namespace is not None
    sockets = namespace._token_manager.token_to_socket
    delta = {
        kind.get_full_name(): {name + FIELD_MARKER: value for name, value in values.items()}
        for kind, values in told.items()
    }
    to = [sockets[tab].sid for tab in tabs if tab in sockets]
    await namespace.emit(str(SocketEvent.EVENT), StateUpdate(delta=delta), to=to)
