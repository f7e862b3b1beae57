"""Whose tab it is: what one session filled is gone before another's first event is heard there.

A tab keeps its name, and Reflex the state behind that name, when somebody signs out and somebody else signs in.
"""

import hashlib
from collections.abc import Iterator

import reflex as rx
from reflex.event import Event
from reflex.state import BaseState, StateUpdate

from ils_app.auth.http import token_in
from ils_app.ui import live
from ils_app.ui.session import SessionState


class OneOwner(rx.Middleware):
    """Stands before every event of every tab, hydration too."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Begin afresh when the connection brings another session than the one that filled this tab."""
        session = await state.get_state(SessionState)
        token = token_in(session.router.headers.cookie)
        owner = hashlib.sha256(token.encode()).hexdigest() if token else "nobody"
        if session._owner != owner:
            if session._owner:
                live.leave(session._token())
                await begin_afresh(state)
            session._owner = owner
        return None


async def begin_afresh(state: BaseState) -> None:
    """Set every state of the tab back to how it begins, also those that are still stored elsewhere."""
    for kind in _below(rx.State):
        await state.get_state(kind)
    state._get_root_state().reset()


def _below(kind: type[BaseState]) -> Iterator[type[BaseState]]:
    for child in kind.get_substates():
        yield child
        yield from _below(child)
