"""What rooms hand to the shell: places with their counts, what the search finds, the banner's sentence, the bell."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ils_app.kernel.actor import Actor, Role

Count = Callable[[Actor], Awaitable[int]]


@dataclass(frozen=True)
class Found:
    """One find of the top bar's search, as a room answers it."""

    href: str
    title: str
    detail: str
    kind: str


@dataclass(frozen=True)
class Beside:
    """What another room has to show beside an order: a label, and a link to it."""

    label: str
    text: str
    href: str
    detail: str = ""


BesideOrder = Callable[[Actor, UUID], Awaitable[list[Beside]]]
Search = Callable[[Actor, str], Awaitable[list[Found]]]
Banner = Callable[[Actor], Awaitable[str]]
Arrival = Callable[[Any, Actor], Awaitable[None]]  # the state of the tab, and who arrives


@dataclass(frozen=True)
class Place:
    """One entry of the left rail. `count` answers the number beside it, for this person, truly; a change of `topic`
    has it counted again."""

    label: str
    icon: str
    href: str
    roles: tuple[Role, ...]
    group: str = ""
    order: int = 50
    shortcut: str = ""
    count: Count | None = None
    topic: str = ""


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
_searches: list[Search] = []
_banners: list[Banner] = []
_arrivals: list[Arrival] = []
_bells: list[Callable[[], Any]] = []
_beside_orders: list[BesideOrder] = []


def add(*places: Place) -> None:
    """Hand places to the shell; called once, when the application is gathered."""
    _places.extend(places)
    first = {place.group: min(one.order for one in _places if one.group == place.group) for place in _places}
    _places.sort(key=lambda place: (first[place.group], place.group, place.order))


def add_search(search: Search) -> None:
    """Hand in a room's answer to the top bar's search; it answers only what this person may see."""
    _searches.append(search)


def add_banner(banner: Banner) -> None:
    """Hand in a sentence that stands above every page while it is true; empty when it is not."""
    _banners.append(banner)


def add_bell(drawn: Callable[[], Any], arrival: Arrival) -> None:
    """Hand in the component of the top bar that tells of news, and what it does when a page opens."""
    _bells.append(drawn)
    _arrivals.append(arrival)


def bell() -> Any:
    """The bell, drawn; None when no room has one."""
    return _bells[0]() if _bells else None


async def arrive(tab: Any, actor: Actor) -> None:
    """Tell whoever wants to know that this person came onto a page in this tab."""
    for arrival in _arrivals:
        await arrival(tab, actor)


def add_beside_order(beside: BesideOrder) -> None:
    """Hand in what a room above `orders` shows on an order's page; it answers only what this person may see.

    Whatever changes there publishes the topic `order:<id>`, so that the open page reads it again.
    """
    _beside_orders.append(beside)


async def beside_order(actor: Actor, order_id: UUID) -> list[Beside]:
    """What the rooms above show beside an order, for this person."""
    return [one for beside in _beside_orders for one in await beside(actor, order_id)]


def icons() -> list[str]:
    """The icons of all places, for the pages to be built with."""
    return sorted({place.icon for place in _places})


async def found(actor: Actor, text: str) -> list[Found]:
    """What the rooms find for this person."""
    return [hit for search in _searches for hit in await search(actor, text)]


async def banner_for(actor: Actor) -> str:
    """The sentence above every page, for this person; empty when there is nothing to say."""
    return " ".join(filter(None, [await banner(actor) for banner in _banners]))


def topics_for(actor: Actor) -> set[str]:
    """What the rail of this person's role listens to."""
    return {place.topic for place in _places if place.topic and actor.role in place.roles}


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
