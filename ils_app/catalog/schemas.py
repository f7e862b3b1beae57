"""What the catalog room hands out: versions, how they differ, and what an order form may offer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lims_client.models import CatalogEntry
from lims_client.rules.ruleset import Rules


class View(BaseModel):
    """What leaves the room: frozen values."""

    model_config = ConfigDict(frozen=True)


class ChangeKind(StrEnum):
    """What happened to a thing between two versions."""

    ADDED = "added"
    REMOVED = "removed"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    PRICE = "price"
    LEAD_TIME = "lead_time"
    CHANGED = "changed"


class Change(View):
    """One difference, as a sentence and as data. `path` says where, `before` and `after` hold the JSON values."""

    kind: ChangeKind
    path: str
    subject: str = ""  # the id of the entry it is about, if it is about one
    before: Any = None
    after: Any = None
    text: str


class VersionView(View):
    """One version in the list: which, who, why, and how much it changed."""

    number: int
    rules_version: str
    version: str
    author: str
    note: str
    published_at: datetime | None
    fetched_at: datetime
    current: bool
    change_count: int


class DifferenceView(View):
    """How one version differs from another, older one (None: from nothing)."""

    older: int | None
    newer: int
    changes: tuple[Change, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The difference in words."""
        return tuple(change.text for change in self.changes)


class CatalogView(View):
    """One version with everything in it. `stale`: the lab has not confirmed it lately."""

    number: int
    rules_version: str
    version: str
    etag: str
    entries: tuple[CatalogEntry, ...]
    rules: dict[str, Any] | None
    added: frozenset[str]  # ids that were not in the version before
    author: str
    note: str
    published_at: datetime | None
    fetched_at: datetime
    confirmed_at: datetime
    stale: bool

    def entry(self, entry_id: str) -> CatalogEntry | None:
        """The entry of that id, offered or not."""
        return next((entry for entry in self.entries if entry.id == entry_id), None)


class Choice(View):
    """One thing an order form shows. A `reason` says why it cannot be had now; it is shown disabled, never hidden."""

    id: str
    name: str
    category: str
    description: str = ""
    group: str = ""  # of a treatment: hard, ar, mirror …; of a design: its family
    available: bool = True
    lead_time_hours: float | None = None
    price_minor: int | None = None  # a lens for designs (their cheapest), colours and treatments; a job for the rest
    is_new: bool = False  # not in the version before
    reason: str = ""

    @property
    def possible(self) -> bool:
        """Whether it can be chosen."""
        return not self.reason


class TreatmentGroup(View):
    """Treatments of one kind; of an `exclusive` kind a lens takes only one."""

    id: str
    label: str
    exclusive: bool
    choices: tuple[Choice, ...]


class Offer(View):
    """Everything an order form may offer, of one version. `stale`: the lab has not confirmed it lately."""

    number: int
    rules_version: str
    version: str
    currency: str
    families: tuple[Choice, ...]
    designs: tuple[Choice, ...]
    materials: tuple[Choice, ...]
    colours: tuple[Choice, ...]
    treatments: tuple[TreatmentGroup, ...]
    tints: tuple[Choice, ...]
    frame_types: tuple[Choice, ...]
    urgencies: tuple[Choice, ...]
    confirmed_at: datetime
    stale: bool
    rules: Rules | None = Field(default=None, exclude=True, repr=False)  # None: the LIMS shows no rules ILS can read

    def choices(self) -> Iterator[Choice]:
        """Every choice there is."""
        yield from (*self.families, *self.designs, *self.materials, *self.colours)
        for group in self.treatments:
            yield from group.choices
        yield from (*self.tints, *self.frame_types, *self.urgencies)

    def choice(self, choice_id: str) -> Choice | None:
        """The choice of that id."""
        return next((choice for choice in self.choices() if choice.id == choice_id), None)

    def designs_of(self, family: str) -> tuple[Choice, ...]:
        """The designs of one family."""
        return tuple(design for design in self.designs if design.group == family)

    def lens_price_minor(self, design: str, material: str) -> int | None:
        """What one lens of that design in that material costs, without treatments; None when unknown."""
        if self.rules is None:
            return None
        return self.rules.prices.lenses.get(design, {}).get(material)

    def confirmed(self, at: datetime, *, stale: bool) -> Offer:
        """The same offer, confirmed by the lab at that time."""
        return self.model_copy(update={"confirmed_at": at, "stale": stale})
