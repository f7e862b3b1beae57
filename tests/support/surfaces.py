"""Everything of ILS that can be called from outside or from another room, found by looking rather than by a list."""

import importlib
import inspect
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import reflex as rx
from fastapi.routing import APIRoute
from reflex.state import BaseState

from ils_app.billing.stripe_signature import signed_by_stripe
from ils_app.kernel import config
from ils_app.kernel.permissions import PUBLIC
from ils_app.kernel.webhooks import signed_by_lims
from ils_app.rooms import ROOMS

SIGNED = "signed"


@dataclass(frozen=True)
class Door:
    """One public function of a room's service."""

    room: str
    name: str
    function: Any

    @property
    def id(self) -> str:
        return f"{self.room}.{self.name}"

    @property
    def row(self) -> str | None:
        return getattr(self.function, "__permission__", None)


@dataclass(frozen=True)
class Route:
    """One method of one HTTP route. `rows` are those its dependencies ask for, or the mark of its endpoint."""

    method: str
    path: str
    rows: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Handler:
    """One event a socket client can send."""

    state: type[rx.State]
    name: str
    event: Any

    @property
    def full_name(self) -> str:
        """As the socket's protocol calls it."""
        return f"{self.state.get_full_name()}.{self.name}"

    @property
    def id(self) -> str:
        return f"{self.state.__name__}.{self.name}"

    @property
    def row(self) -> str | None:
        return getattr(self.event.fn, "__permission__", None)

    @property
    def parameters(self) -> dict[str, Any]:
        """What it takes, with the annotations."""
        return {one.name: one.annotation for one in list(inspect.signature(self.event.fn).parameters.values())[1:]}


@cache
def shell() -> ModuleType:
    """The whole application, gathered without a database and without a trace in the developer's folder."""
    kept = dict(os.environ)
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"ILS_BUILD": "1", "ILS_HOME": home}
        config.current.cache_clear()
        try:
            return importlib.import_module("ils_app.ils_app")
        finally:
            os.environ.clear()
            os.environ |= kept
            config.current.cache_clear()


def doors() -> list[Door]:
    """The public async functions of every room's service."""
    return [door for door in public_functions() if inspect.iscoroutinefunction(door.function)]


def public_functions() -> list[Door]:
    """What every room's service names in `__all__`, and what it defines itself without an underscore."""
    found = []
    for room in ROOMS:
        module = importlib.import_module(f"ils_app.{room}.service")
        for name, value in inspect.getmembers(module, inspect.isfunction):
            own = value.__module__ == module.__name__ and not name.startswith("_")
            if own or name in getattr(module, "__all__", ()):
                found.append(Door(room, name, value))
    return found


def routes() -> list[Route]:
    """Every route of the gateway."""
    return [
        Route(method, route.path, _rows(route))
        for route in _walked(shell().gateway().routes)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


def _walked(listed: list[Any]) -> Iterator[APIRoute]:
    for route in listed:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from _walked(route.original_router.routes)


def _rows(route: APIRoute) -> tuple[str, ...]:
    rows = [PUBLIC] if getattr(route.endpoint, "__permission__", None) == PUBLIC else []
    waiting = list(route.dependant.dependencies)
    while waiting:
        dependant = waiting.pop()
        if dependant.call in (signed_by_lims, signed_by_stripe):
            rows.append(SIGNED)
        elif row := getattr(dependant.call, "__permission__", None):
            rows.append(row)
        waiting += dependant.dependencies
    return tuple(rows)


def states() -> list[type[rx.State]]:
    """Every state class of ILS, the tree's root left out."""
    shell()
    return sorted(
        (state for state in _below(rx.State) if state.__module__.startswith("ils_app.")),
        key=lambda one: (one.__name__, one.__module__),
    )


def _below(state: type[BaseState]) -> Iterator[Any]:
    for child in state.get_substates():
        yield child
        yield from _below(child)


def handlers() -> list[Handler]:
    """Every event of every state of ILS, once, at the state that declares it."""
    return [
        Handler(state, name, event)
        for state in states()
        for name, event in state.event_handlers.items()
        if name != "setvar" and event.state_full_name in ("", state.get_full_name())
        if getattr(state.get_parent_state(), "event_handlers", {}).get(name) is not event
    ]
