"""A page without a browser: its states, and its events called as a tab would call them."""

from typing import Any

import pytest
import reflex as rx
from reflex.event import EventSpec
from reflex.istate.data import ReflexURL, RouterData

from ils_app.kernel.actor import Actor
from ils_app.ui.notices import Notices
from ils_app.ui.session import SessionState


class Tab:
    """One tab of one person. `watched` is what it listens to, `calls` what happened in it, in order."""

    def __init__(self, actor: Actor, monkeypatch: pytest.MonkeyPatch, address: str = "/") -> None:
        self.actor = actor
        self.watched: list[str] = []
        self.calls: list[str] = []
        self._root = rx.State(_reflex_internal_init=True)
        self._root.router = RouterData(url=ReflexURL(f"http://ils.test{address}"))

        async def somebody(state: SessionState) -> Actor:
            return self.actor

        async def nothing(state: SessionState) -> bool:
            return False

        def watch(state: SessionState, refresh: Any, *topics: str) -> None:
            self.watched.extend(topics)
            self.calls.append("watch")

        for name, stand_in in (
            ("_actor", somebody), ("_arrive", somebody), ("_must_change_password", nothing), ("_watch", watch),
        ):  # fmt: skip
            monkeypatch.setattr(SessionState, name, stand_in)

    def state(self, kind: type[rx.State]) -> Any:
        """This tab's state of a kind."""
        return self._root.get_substate(kind.get_full_name().split("."))

    async def do(self, event: Any, *args: Any) -> Any:
        """Run a declared event in this tab; what it answers."""
        done = event.fn(self.state(event.state), *args)
        if hasattr(done, "__aiter__"):
            return [one async for one in done]
        return await done


def said(answer: Any) -> list[tuple[str, str]]:
    """The sentences an event answered with, each with its tone."""
    specs = answer if isinstance(answer, list) else [answer]
    found = []
    for spec in specs:
        if isinstance(spec, EventSpec) and spec.handler.fn is Notices.say.fn:
            given = {str(name): value._var_value for name, value in spec.args}
            found.append((given["tone"], given["text"]))
    return found
