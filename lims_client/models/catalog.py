"""What can be chosen, and the rule sets that say so."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from pydantic import Field, TypeAdapter, model_validator

from lims_client.models.verdict import Decision, Finding
from lims_client.models.wire import Moment, Number, Wire


class Category(StrEnum):
    """The categories of the contract; an entry with another one is kept as it is."""

    LENS_TYPE = "lens_type"
    DESIGN = "design"
    MATERIAL = "material"
    COLOUR = "colour"
    COATING = "coating"
    TINT = "tint"
    FRAME_TYPE = "frame_type"


class CatalogEntry(Wire):
    """One thing that can be chosen."""

    id: str = Field(description="what a configuration names")
    name: str = Field(description="what people call it")
    category: str = Field(description="lens_type, design, material, colour, coating, tint or frame_type")
    description: str | None = Field(None, description="a sentence")
    available: bool = Field(True, description="false: shown, not offered")
    lead_time: Number | None = Field(None, description="hours it adds")
    restrictions: tuple[Any, ...] | dict[str, Any] | None = Field(None, description="what it does not go with")
    metadata: dict[str, Any] = Field(default_factory=dict, description="facts, e.g. index, price, family")


class Catalog(Wire):
    """All that can be chosen, as of one version of the rules."""

    version: str = Field(description="the catalog's version")
    rules_version: str = Field(description="the published rules it follows from")
    timestamp: Moment | None = Field(None, description="when it was made")
    entries: tuple[CatalogEntry, ...] = Field((), description="everything, offered or not")
    stale: bool = Field(False, exclude=True, description="set by the client: the LIMS could not be asked")

    def of(self, category: str) -> tuple[CatalogEntry, ...]:
        """The entries of one category, in the LIMS's order."""
        return tuple(entry for entry in self.entries if entry.category == category)

    def entry(self, entry_id: str) -> CatalogEntry | None:
        """The entry with that id, if there is one."""
        return next((entry for entry in self.entries if entry.id == entry_id), None)


class RuleSetState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class RuleSetDraft(Wire):
    """What `POST /rules` and `PUT /rules/{version}` take; the LIMS gives the version."""

    based_on: str | None = Field(None, description="the version it starts from; the published one when absent")
    author: str | None = Field(None, description="reference of the engineer")
    note: str | None = Field(None, description="why")
    rules: dict[str, Any] | None = Field(None, description="the rules as data; a copy of `basedOn` when absent")


class RuleSet(Wire):
    """Rules as data. `GET /rules` (and `?state=`) answers a JSON array of these, newest first; `/rules/{version}` one.

    `publish` makes a draft the one published set and retires the one before. `rollback` names the version to return
    to: that retired set is published again, and the one that was published retires.
    """

    version: str = Field(description="names it, for ever")
    state: RuleSetState = Field(description="draft, published or retired")
    based_on: str | None = Field(None, description="the version it was made from")
    author: str | None = Field(None, description="reference of the engineer")
    note: str | None = Field(None, description="why")
    published_at: Moment | None = Field(None, description="when it last became the published set")
    rules: dict[str, Any] = Field(default_factory=dict, description="the rules as data; the LIMS's own shape")


class SimulationRequest(Wire):
    """Which past jobs to judge again: these, or the last so many."""

    jobs: tuple[str, ...] | None = Field(None, description="job ids")
    last: int | None = Field(None, ge=1, description="the latest so many jobs")

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if (self.jobs is None) == (self.last is None):
            raise ValueError("give either jobs or last")
        return self


class SimulatedJob(Wire):
    job_id: str = Field(description="the job judged again")
    decision_before: Decision = Field(description="under the published rules")
    decision_after: Decision = Field(description="under the draft")
    findings_gained: tuple[Finding, ...] = Field((), description="only under the draft")
    findings_lost: tuple[Finding, ...] = Field((), description="only under the published rules")


class SimulationResult(Wire):
    version: str | None = Field(None, description="the draft tried")
    jobs: tuple[SimulatedJob, ...] = Field((), description="one line a job")


_RULE_SETS: TypeAdapter[list[RuleSet]] = TypeAdapter(list[RuleSet])


def rule_sets_from_wire(body: bytes | str, *, naive: list[str] | None = None) -> tuple[RuleSet, ...]:
    """Read the array that `GET /rules` answers; raises `pydantic.ValidationError` for anything else."""
    return tuple(_RULE_SETS.validate_json(body, context={"naive": naive}))
