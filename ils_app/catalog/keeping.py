"""How versions are kept: fetched outside any transaction, compared and stored under one lock."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.catalog.differences import differences
from ils_app.catalog.events import CatalogChanged
from ils_app.catalog.models import VersionRow
from ils_app.catalog.schemas import CatalogView, Change, VersionView
from ils_app.kernel import log
from ils_app.kernel.clock import now
from ils_app.kernel.lims import BACKGROUND_SECONDS, lims
from ils_app.kernel.room import Room, UnitOfWork
from lims_client import Catalog, CatalogEntry, LimsError, RuleSet

TOPIC = "catalog"
STALE_AFTER = timedelta(minutes=12)  # two of the regular five-minute looks in a row have failed
ASK_THE_LIMS = ""  # no version is called that, so no cache can answer for it

room = Room("catalog")
logger = log.get_logger(__name__)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('catalog.version'))")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the LIMS said, and when it was asked."""

    catalog: Catalog
    rule_set: RuleSet | None
    asked_at: datetime

    @property
    def rules(self) -> dict[str, Any] | None:
        """The published rules as data, if the LIMS shows them."""
        return self.rule_set.rules if self.rule_set else None

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The entries as JSON."""
        return [entry.to_wire() for entry in self.catalog.entries]

    @property
    def etag(self) -> str:
        """A digest of everything a version holds, entries and rules apart."""
        return f"{_digest(self.catalog.rules_version, self.catalog.version, self.entries)}.{_digest(self.rules)}"


@dataclass(frozen=True, slots=True)
class Deed:
    """Who made this version current and why, where the LIMS itself cannot say (a roll-back carries no note)."""

    author: str
    note: str


async def fetch(at_least: str | None) -> Fetched:
    """Ask the LIMS. Raises `LimsError`; a LIMS without rules as data answers with the catalog alone."""
    asked_at = now()
    catalog = await lims().fetch_catalog(at_least=at_least or ASK_THE_LIMS, deadline_seconds=BACKGROUND_SECONDS)
    return Fetched(catalog, await _rules_of(catalog.rules_version), asked_at)


async def _rules_of(rules_version: str) -> RuleSet | None:
    try:
        return await lims().rule_set(rules_version, deadline_seconds=BACKGROUND_SECONDS)
    except LimsError as error:
        logger.warning("catalog_without_rules", rules_version=rules_version, error=type(error).__name__)
        return None


async def store(uow: UnitOfWork, fetched: Fetched, deed: Deed | None) -> VersionRow:
    """Keep what was fetched if it differs from the current version; answers the version that is current now."""
    await uow.session.execute(_LOCK)
    row = await current_row(uow.session, for_update=True)
    if row is not None and row.confirmed_at > fetched.asked_at:
        return row  # somebody asked after us and has already written the answer
    if row is not None and _same(row, fetched):
        _confirm(uow, row, fetched, deed)
        return row
    return await _add(uow, row, fetched, deed)


def _same(row: VersionRow, fetched: Fetched) -> bool:
    """The same thing again; rules that could not be read are no difference."""
    (entries, rules), (known_entries, known_rules) = fetched.etag.split("."), row.etag.split(".")
    return entries == known_entries and (rules == known_rules or fetched.rules is None or row.rules is None)


def _confirm(uow: UnitOfWork, row: VersionRow, fetched: Fetched, deed: Deed | None) -> None:
    row.confirmed_at = fetched.asked_at
    if row.rules is None and fetched.rule_set is not None:  # what could not be read the first time
        row.rules = fetched.rules
        row.etag = fetched.etag
        row.author, row.note = fetched.rule_set.author or "", fetched.rule_set.note or ""
        row.published_at = fetched.rule_set.published_at
        uow.publish(TOPIC)
    if deed is not None and (row.author, row.note) != (deed.author, deed.note):
        row.author, row.note = deed.author, deed.note
        uow.publish(TOPIC)


async def _add(uow: UnitOfWork, before: VersionRow | None, fetched: Fetched, deed: Deed | None) -> VersionRow:
    catalog, rule_set = fetched.catalog, fetched.rule_set
    if before is not None:
        before.current = False
        await uow.session.flush()  # only one version is current, at every moment
    said = Deed(rule_set.author or "", rule_set.note or "") if rule_set else Deed("", "")
    row = VersionRow(
        rules_version=catalog.rules_version,
        version=catalog.version,
        etag=fetched.etag,
        entries=fetched.entries,
        rules=fetched.rules,
        difference=[change.model_dump(mode="json") for change in _changes(before, fetched)],
        author=(deed or said).author,
        note=(deed or said).note,
        published_at=rule_set.published_at if rule_set else catalog.timestamp,
        fetched_at=now(),
        confirmed_at=fetched.asked_at,
    )
    uow.session.add(row)
    await uow.session.flush()
    await uow.session.refresh(row, ["number"])
    uow.emit(CatalogChanged(number=number_of(row), rules_version=row.rules_version, version=row.version))
    uow.publish(TOPIC)
    logger.info("catalog_changed", number=row.number, rules_version=row.rules_version, changes=len(row.difference))
    return row


def _changes(before: VersionRow | None, fetched: Fetched) -> Sequence[Change]:
    if before is None:
        return ()  # the first version differs from nothing
    return differences(entries_of(before), fetched.catalog.entries, before.rules, fetched.rules)


async def current_row(session: AsyncSession, *, for_update: bool = False) -> VersionRow | None:
    """The version in force."""
    query = select(VersionRow).where(VersionRow.current)  # type: ignore[arg-type]
    return (await session.execute(query.with_for_update() if for_update else query)).scalar_one_or_none()


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def number_of(row: VersionRow) -> int:
    """The number the database gave a stored version."""
    assert row.number is not None
    return row.number


def entries_of(row: VersionRow) -> tuple[CatalogEntry, ...]:
    """The entries of a stored version."""
    return tuple(CatalogEntry.model_validate(entry) for entry in row.entries)


def changes_of(row: VersionRow) -> tuple[Change, ...]:
    """How a stored version differed from the one before it."""
    return tuple(Change.model_validate(change) for change in row.difference)


def is_stale(confirmed_at: datetime) -> bool:
    """Whether the lab has not confirmed a version lately."""
    return now() - confirmed_at > STALE_AFTER


def catalog_view(row: VersionRow) -> CatalogView:
    """A whole version, without its table."""
    return CatalogView(
        number=number_of(row),
        rules_version=row.rules_version,
        version=row.version,
        etag=row.etag,
        entries=entries_of(row),
        rules=row.rules,
        added=frozenset(change.subject for change in changes_of(row) if change.kind == "added" and change.subject),
        author=row.author,
        note=row.note,
        published_at=row.published_at,
        fetched_at=row.fetched_at,
        confirmed_at=row.confirmed_at,
        stale=is_stale(row.confirmed_at),
    )


def version_view(row: VersionRow) -> VersionView:
    """A line of the list of versions."""
    return VersionView(
        number=number_of(row),
        rules_version=row.rules_version,
        version=row.version,
        author=row.author,
        note=row.note,
        published_at=row.published_at,
        fetched_at=row.fetched_at,
        current=row.current,
        change_count=len(row.difference),
    )
