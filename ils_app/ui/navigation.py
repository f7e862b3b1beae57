"""The places of the application, handed in by each room's pages: who sees which, and what count stands beside it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ils_app.kernel.actor import Actor, Role

Count = Callable[[Actor], Awaitable[int]]


@dataclass(frozen=True)
class Place:
    """One entry of the left rail. `count` answers the number beside it, for this person, truly."""

    label: str
    icon: str
    href: str
    roles: tuple[Role, ...]
    group: str = ""
    order: int = 50
    shortcut: str = ""
    count: Count | None = None


@dataclass(frozen=True)
class NavLink:
    """A place as this person sees it."""

    label: str
    icon: str
    href: str
    group: str
    shortcut: str
    count: str
    active: bool


_places: list[Place] = []


def add(*places: Place) -> None:
    """Hand places to the shell; called once, when the application is gathered."""
    _places.extend(places)
    _places.sort(key=lambda place: place.order)


async def links_for(actor: Actor, path: str) -> list[NavLink]:
    """The rail of this person in this role; the longest place that begins the path is the active one."""
    seen = [place for place in _places if actor.role in place.roles]
    here = max((place.href for place in seen if _within(path, place.href)), key=len, default="")
    return [
        NavLink(
            label=place.label,
            icon=place.icon,
            href=place.href,
            group=place.group,
            shortcut=place.shortcut,
            count=str(number) if place.count and (number := await place.count(actor)) else "",
            active=place.href == here,
        )
        for place in seen
    ]


def _within(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(href + "/"))
