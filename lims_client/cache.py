"""The catalog, kept for five minutes, fetched once for all who ask together, served stale when nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lims_client.clock import Clock
from lims_client.errors import LimsTimeout, LimsUnavailable
from lims_client.models import Catalog


@dataclass(frozen=True, slots=True)
class Fetched:
    """A catalog and the tag to ask with next time; `catalog` is None when the LIMS says the known one still holds."""

    catalog: Catalog | None
    etag: str | None


@dataclass(frozen=True, slots=True)
class _Kept:
    catalog: Catalog
    etag: str | None
    flight: int  # the number of the request that last confirmed it
    at: float  # monotonic seconds


class CatalogCache:
    """Requests are numbered *flights*; at most one is in the air, and it outlives a caller who stops waiting."""

    def __init__(
        self, fetch: Callable[[str | None], Awaitable[Fetched]], *, fresh_seconds: float, clock: Clock
    ) -> None:
        self._fetch, self._fresh_seconds, self._clock = fetch, fresh_seconds, clock
        self._kept: _Kept | None = None
        self._flights = 0
        self._in_the_air: asyncio.Task[None] | None = None

    async def get(self, *, at_least: str | None, deadline_seconds: float) -> Catalog:
        """The catalog as of at least those rules.

        `at_least` needs no order between versions: what is kept serves when it is exactly that version, or when it was
        asked for after this call began; else the LIMS is asked, and its word is newest. With the LIMS away a stale
        catalog is served, marked so, unless `at_least` is given and is not what is kept: then `LimsUnavailable`.
        """
        asked = self._flights
        try:
            async with asyncio.timeout(deadline_seconds):
                while (catalog := self._serves(at_least, asked)) is None:
                    await self._land()
                return catalog
        except TimeoutError:
            return self._stale(at_least, LimsTimeout("fetch_catalog: no answer from the LIMS in time"))
        except LimsUnavailable as error:
            return self._stale(at_least, error)

    def _serves(self, at_least: str | None, asked: int) -> Catalog | None:
        kept = self._kept
        if kept is None:
            return None
        fresh = self._clock.monotonic() - kept.at < self._fresh_seconds
        new_enough = kept.flight > asked
        return kept.catalog if new_enough or (fresh and at_least in (None, kept.catalog.rules_version)) else None

    def _stale(self, at_least: str | None, error: LimsUnavailable) -> Catalog:
        kept = self._kept
        if kept is None or at_least not in (None, kept.catalog.rules_version):
            raise error
        return kept.catalog.model_copy(update={"stale": True})

    async def _land(self) -> None:
        """Wait for the flight in the air, or start one."""
        if self._in_the_air is None or self._in_the_air.done():
            self._flights += 1
            self._in_the_air = asyncio.create_task(self._fly(self._flights), name="lims-catalog")
            self._in_the_air.add_done_callback(_look_at)
        await asyncio.shield(self._in_the_air)

    async def _fly(self, flight: int) -> None:
        fetched = await self._fetch(self._kept.etag if self._kept else None)
        catalog = fetched.catalog or (self._kept.catalog if self._kept else None)
        assert catalog is not None  # a 304 answers only a tag, and a tag comes only with a catalog
        self._kept = _Kept(catalog, fetched.etag, flight, self._clock.monotonic())

    async def aclose(self) -> None:
        """Stop the flight in the air."""
        if self._in_the_air is not None and not self._in_the_air.done():
            self._in_the_air.cancel()
            await asyncio.wait([self._in_the_air])


def _look_at(task: asyncio.Task[None]) -> None:
    """Fetch the outcome, so that a failure nobody waits for any more is not reported as never retrieved."""
    if not task.cancelled():
        task.exception()
