"""What each tab shows, kept beside its state, so that a push can be answered without waking that state.

Only what is a plain function of a question and of how far somebody sees can be kept so: then tabs that show the same
are told the same, in one go. What a tab was told past its state is owed to the state, and written into it before the
tab's next event (`CaughtUp`), so that no handler ever sees less than the browser shows.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import reflex as rx
from reflex.event import Event
from reflex.state import BaseState, StateUpdate
from reflex.utils import format

from ils_app.kernel.actor import Actor

SETTLED_SECONDS = 1.0
"""How long what a tab's own event read may still be on its way to the browser."""
MOST_CHANGES = 8
"""From more changed rows on, a list is sent as a whole."""

Values = Mapping[str, Any]
Told = dict[type[BaseState], dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Picture:
    """The vars of a page as they are shown. Equal ones are one object, so that tabs can be told together."""

    values: Values

    @classmethod
    def of(cls, values: Values, key: Hashable = None) -> "Picture":
        """The picture with these values; `key` names them when they are long and follow from something short."""
        key = key if key is not None else format.json_dumps(values)
        if (known := _pictures.get(key)) is None:
            known = _pictures[key] = cls(values)
        return known


@dataclass(eq=False)
class Showing:
    """What a tab shows of a topic, on what question, and for whom.

    `read` answers the question for everybody in a role of a practice alike; it must not ask who exactly it is. `rows`
    names a list of the page and the var that overrides its rows by id. `notice` is the code under which a change of
    `announcement` is also said as a toast. `then` is the full name of an event that runs in the tab afterwards.
    """

    state: type[BaseState]
    row: str
    topic: str
    about: Hashable
    read: Callable[[Actor], Awaitable[Picture]]
    seen: Picture | None = None  # None: not known, so everything is told
    rows: tuple[str, str] | None = None
    notice: str = ""
    then: str = ""
    token: str = ""
    role: str = ""
    whole: Picture | None = None  # the picture whose list of rows the tab holds, beside the overrides
    settled_at: float = 0.0

    def differing(self, picture: Picture) -> tuple[dict[str, Any], Picture | None]:
        """What a tab that shows this must be told to show the picture, and whose list of rows it holds then."""
        if self.seen is None:
            return {**picture.values, **({self.rows[1]: {}} if self.rows else {})}, picture
        before = self.seen.values
        told = {name: value for name, value in picture.values.items() if name not in before or before[name] != value}
        if self.rows is None or self.rows[0] not in told:
            return told, self.whole
        rows, overrides = self.rows
        base = self.whole.values[rows] if self.whole else []
        changed = {new.id: new for old, new in zip(base, told[rows], strict=False) if new != old}
        if [one.id for one in base] != [one.id for one in told[rows]] or len(changed) > MOST_CHANGES:
            return {**told, overrides: {}}, picture
        del told[rows]
        return {**told, overrides: changed}, self.whole


_pictures: WeakValueDictionary[Hashable, Picture] = WeakValueDictionary()
_shown: dict[str, dict[str, Showing]] = defaultdict(dict)  # tab -> full name of the event a push would run -> what
_owed: dict[str, Told] = {}


def name_of(event: Any) -> str:
    """What an event is called everywhere."""
    name: str = Event.from_event_type(event())[0].name
    return name


def keep(tab: str, event: Any, showing: Showing) -> None:
    """Keep what this tab shows from now on, in place of what it showed before."""
    showing.whole = showing.seen
    showing.settled_at = asyncio.get_running_loop().time() + SETTLED_SECONDS
    _shown[tab][name_of(event)] = showing


def shown(tab: str, event: str) -> Showing | None:
    """What this tab shows because of the event; None when only the event itself can tell, or its word is on its way."""
    found = _shown.get(tab, {}).get(event)
    if found is None or found.settled_at > asyncio.get_running_loop().time():
        return None
    return found


def settle(tab: str, event: str) -> None:
    """The tab's own event is over: what it read is with the browser."""
    if found := _shown.get(tab, {}).get(event):
        found.settled_at = 0.0


def owe(tab: str, told: Told) -> None:
    """The tab's browser was told this, its state was not."""
    owed = _owed.setdefault(tab, {})
    for kind, values in told.items():
        owed[kind] = {**owed.get(kind, {}), **values}


def forget(tab: str) -> None:
    """The tab shows another page now, or is gone."""
    _shown.pop(tab, None)
    _owed.pop(tab, None)


class CaughtUp(rx.Middleware):
    """Before every event of a tab: write into its state what its browser was told past it."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Quietly, since the browser has it already."""
        for kind, values in _owed.pop(state.router.session.client_token, {}).items():
            behind = await state.get_state(kind)
            known = set(values) - behind.dirty_vars
            for name, value in values.items():
                setattr(behind, name, value)
            behind.dirty_vars -= known
        return None
