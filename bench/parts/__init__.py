"""The parts of the bench by name, in the order in which they are measured and shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from bench.house import House
from bench.parts import client, lists, live, optics, start, submit, sustained, typing, webhooks
from bench.results import Result


class Part(Protocol):
    """A module that measures a group of figures; their names begin with the part's and a colon."""

    def measure(self, house: House) -> Iterable[Result]:
        """The results."""


ALL: dict[str, Part] = {
    "client": client,
    "submit": submit,
    "webhooks": webhooks,
    "lists": lists,
    "live": live,
    "typing": typing,
    "optics": optics,
    "start": start,
    "sustained": sustained,
}
