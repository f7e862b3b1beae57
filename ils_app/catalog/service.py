"""The catalog's door: what the lab can make, in every version it has had, and what an order form may offer now."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.catalog.differences import differences
from ils_app.catalog.errors import NoCatalog, NoSuchVersion
from ils_app.catalog.keeping import (
    TOPIC,
    Deed,
    catalog_view,
    changes_of,
    current_row,
    entries_of,
    fetch,
    is_stale,
    room,
    store,
    version_view,
)
from ils_app.catalog.models import VersionRow
from ils_app.catalog.offering import offer_of
from ils_app.catalog.possible import narrowed, possible
from ils_app.catalog.schemas import CatalogView, DifferenceView, Offer, VersionView
from ils_app.kernel import live
from ils_app.kernel.actor import Actor
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.remembered import Remembered
from lims_client import Configuration, LimsUnavailable

VERSIONS_SHOWN: Final = 50
_kept: dict[str, Offer] = {}  # the offer of the version in force, by that version's etag and number
_names: dict[str, Mapping[str, str]] = {}  # the same for what its entries are called


@internal
async def refresh(at_least: str | None = None, *, author: str | None = None, note: str | None = None) -> CatalogView:
    """Ask the LIMS what it offers and keep it as a new version if it differs from the one in force.

    `at_least` is the rules version a webhook named. `author` and `note` say who made it current and why, where the
    LIMS cannot say it (a roll-back). The LIMS is asked with no transaction open. Raises `LimsError`.
    """
    fetched = await fetch(at_least)
    deed = Deed(author or "", note or "") if author or note else None
    async with room.unit_of_work() as uow:
        return catalog_view(await store(uow, fetched, deed))


@internal
async def current() -> CatalogView | None:
    """The version in force as last fetched; None when the LIMS has never answered."""
    async with room.read() as session:
        row = await current_row(session)
        return catalog_view(row) if row else None


@internal
async def has_had(rules_version: str) -> bool:
    """Whether a rules version was in force once and another one is now: what a late webhook names."""
    query = select(VersionRow.current).where(VersionRow.rules_version == rules_version)  # type: ignore[call-overload]
    async with room.read() as session:
        found = list((await session.execute(query)).scalars())
    return bool(found) and not any(found)


@internal
async def names() -> Mapping[str, str]:
    """What each entry of the version in force is called, by its id; empty when the LIMS has never answered.

    The document is read once a version, not with every order.
    """
    head = await _heads.get(TOPIC)
    if head is None:
        return {}
    key = f"{head.number}:{head.etag}"
    if (kept := _names.get(key)) is None:
        view = await current()
        assert view is not None  # a version is only ever replaced by another
        kept = {entry.id: entry.name for entry in view.entries}
        _names.clear()
        _names[key] = kept
    return kept


@internal
async def offered() -> Offer:
    """What an order form may offer now; asks the LIMS once if nothing was ever fetched. Raises NoCatalog."""
    head = await _head()
    if head is None:
        return offer_of(await _first())
    key = f"{head.number}:{head.etag}"
    if (kept := _kept.get(key)) is None:
        view = await current()
        assert view is not None  # a version is only ever replaced by another
        kept = offer_of(view)
        _kept.clear()
        _kept[key] = kept
    return kept.confirmed(head.confirmed_at, stale=is_stale(head.confirmed_at))


async def _head(_: str = TOPIC) -> Any:
    """Which version is in force, without what it holds; None when there is none yet."""
    query = select(VersionRow.etag, VersionRow.number, VersionRow.confirmed_at).where(VersionRow.current)  # type: ignore[call-overload]
    async with room.read() as session:
        return (await session.execute(query)).first()


_heads: Final = Remembered(_head)


async def _hear(topics: Sequence[str]) -> None:
    """Look again which version is in force when it may be another."""
    if live.EVERYTHING in topics or TOPIC in topics:
        _heads.forget()


live.subscribe(_hear)


async def _first() -> CatalogView:
    try:
        return await refresh()
    except LimsUnavailable:
        raise NoCatalog from None


@door("catalog.read")
async def offer(actor: Actor) -> Offer:
    """What an order form may offer: families, designs, materials, colours, treatments, tints, frames, urgencies.

    Raises NoCatalog (503) only when the LIMS has never answered.
    """
    return await offered()


@door("catalog.read")
async def offer_for(actor: Actor, configuration: Configuration) -> Offer:
    """The offer with a reason on each choice that is not possible with the rest of what is entered."""
    kept = await offered()
    return narrowed(kept, possible(kept, configuration))


@door("catalog.read")
async def catalog(actor: Actor) -> CatalogView:
    """The version in force, whole. Raises NoCatalog when the LIMS has never answered."""
    return await current() or await _first()


@door("catalog.read")
async def versions(actor: Actor, *, before: int | None = None, limit: int = VERSIONS_SHOWN) -> list[VersionView]:
    """The versions kept, newest first; `before` is the lowest number of the page above."""
    query = select(VersionRow).order_by(VersionRow.number.desc()).limit(min(limit, VERSIONS_SHOWN))  # type: ignore[union-attr]
    if before is not None:
        query = query.where(VersionRow.number < before)  # type: ignore[arg-type,operator]
    async with room.read() as session:
        return [version_view(row) for row in (await session.execute(query)).scalars()]


@door("catalog.read")
async def difference(actor: Actor, older: int | None, newer: int) -> DifferenceView:
    """How version `newer` differs from `older`, or from the one it replaced when that is None. Raises NoSuchVersion."""
    async with room.read() as session:
        new = await _row(session, newer)
        if older is None:
            below = select(func.max(VersionRow.number)).where(VersionRow.number < newer)  # type: ignore[arg-type,operator]
            replaced = (await session.execute(below)).scalar_one()
            return DifferenceView(older=replaced, newer=newer, changes=changes_of(new))
        old = await _row(session, older)
    changes = differences(entries_of(old), entries_of(new), old.rules, new.rules)
    return DifferenceView(older=older, newer=newer, changes=changes)


async def _row(session: AsyncSession, number: int) -> VersionRow:
    query = select(VersionRow).where(VersionRow.number == number)  # type: ignore[arg-type]
    row = (await session.execute(query)).scalar_one_or_none()
    if row is None:
        raise NoSuchVersion
    return row


__all__ = [
    "TOPIC",
    "catalog",
    "current",
    "difference",
    "has_had",
    "names",
    "offer",
    "offer_for",
    "offered",
    "refresh",
    "versions",
]
