"""What travels between ILS and a LIMS: every body of the contract as a typed, frozen model.

On the wire names are camelCase, powers and millimetres are JSON numbers, times carry a zone and absent values are
left out; in Python names are snake_case, powers are exact `Decimal`s and times are aware. `to_wire` and `from_wire`
cross that line. Fields a LIMS adds beyond the contract are kept (`model_extra`), so nothing it says is lost.

A time without a zone breaks the contract, but plenty of lab systems send them. Refusing the answer would throw away
a job that *was* made over a cosmetic fault, so it is read as UTC and never silently: `from_wire` collects the field
names, the client tells its hooks (`NaiveTimestamps`) and the contract suite fails the check.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel

# --------------------------------------------------------------------------------------------------- shared pieces


class Wire(BaseModel):
    """What every body has in common: camelCase outside, snake_case inside, unknown fields kept, values never printed
    in an error (they may be a patient's)."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="allow",
        frozen=True,
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,
    )

    def to_wire(self) -> dict[str, Any]:
        """The body as JSON-ready values: camelCase, numbers as numbers, times with a zone, absent values left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @classmethod
    def from_wire(cls, body: bytes | str, *, naive: list[str] | None = None) -> Self:
        """Read JSON; the names of times that came without a zone are added to `naive`.

        Raises `pydantic.ValidationError` (without the values) for anything that is not this body.
        """
        return cls.model_validate_json(body, context={"naive": naive})


def _aware(value: datetime, info: ValidationInfo) -> datetime:
    if value.tzinfo is not None and value.utcoffset() is not None:
        return value
    collected = (info.context or {}).get("naive") if isinstance(info.context, Mapping) else None
    if collected is not None:
        collected.append(to_camel(info.field_name or "time"))
    return value.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_aware)]
"""An instant; always aware."""

Number = Annotated[
    Decimal,
    Field(allow_inf_nan=False),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
"""A dioptre, degree, millimetre or percentage: exact in Python, a JSON number on the wire (15 significant digits)."""


class JobStatus(StrEnum):
    """How far a job has got, in the LIMS's words."""

    QUEUED = "queued"
    IN_PRODUCTION = "in_production"
    QUALITY_CHECK = "quality_check"
    READY_FOR_SHIPPING = "ready_for_shipping"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    FAILED = "failed"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"


def _known_status(value: Any) -> Any:
    if isinstance(value, str) and value not in set(JobStatus):
        shown = f" {value!r}" if value.isascii() and value.replace("_", "").isalnum() and len(value) <= 40 else ""
        raise ValueError(f"unknown job status{shown}; the contract knows {', '.join(JobStatus)}")
    return value


Status = Annotated[JobStatus, BeforeValidator(_known_status)]


class Severity(StrEnum):
    """What a finding does to an order: reject (cannot be made), hold (the lab looks), confirm (the ECP ticks), ..."""

    REJECT = "reject"
    HOLD = "hold"
    CONFIRM = "confirm"
    WARN = "warn"
    INFO = "info"


class Decision(StrEnum):
    """The verdict on a whole configuration: its worst finding."""

    ACCEPT = "accept"
    WARN = "warn"
    CONFIRM = "confirm"
    HOLD = "hold"
    REJECT = "reject"


class Eye(StrEnum):
    BOTH = "both"
    RIGHT = "right"
    LEFT = "left"


# --------------------------------------------------------------------------------------------------- configuration


class PrismBase(StrEnum):
    IN = "in"
    OUT = "out"
    UP = "up"
    DOWN = "down"


class Prism(Wire):
    """One prism; without a base it can be sent, and the LIMS says PRISM_BASE_MISSING."""

    amount: Number = Field(description="prism dioptres")
    base: PrismBase | None = Field(None, description="where the base lies")


class Prescription(Wire):
    """The Rx and its measurements. Nothing here judges it: that is the LIMS's word (codes RX_, PRISM_, PD_, FH_).

    An eye that is absent has no fields; one that is present has a sphere.
    """

    eye: Eye = Field(Eye.BOTH, description="which lenses are made")
    balance: bool = Field(False, description="with one eye: the other gets a balance lens")
    od_sphere: Number | None = Field(None, description="right sphere, dioptres")
    od_cylinder: Number | None = Field(None, description="right cylinder, dioptres")
    od_axis: Number | None = Field(None, description="right axis, degrees")
    od_add: Number | None = Field(None, description="right addition, dioptres")
    os_sphere: Number | None = Field(None, description="left sphere, dioptres")
    os_cylinder: Number | None = Field(None, description="left cylinder, dioptres")
    os_axis: Number | None = Field(None, description="left axis, degrees")
    os_add: Number | None = Field(None, description="left addition, dioptres")
    od_prism: tuple[Prism, ...] = Field((), description="right prisms, at most one horizontal and one vertical")
    os_prism: tuple[Prism, ...] = Field((), description="left prisms")
    pd: Number | None = Field(None, description="binocular distance PD, mm")
    od_pd: Number | None = Field(None, description="right monocular PD, mm")
    os_pd: Number | None = Field(None, description="left monocular PD, mm")
    near_pd: Number | None = Field(None, description="binocular near PD, mm")
    od_height: Number | None = Field(None, description="right fitting or segment height, lower box tangent up, mm")
    os_height: Number | None = Field(None, description="left fitting or segment height, mm")
    back_vertex_distance: Number | None = Field(None, description="back vertex to cornea, mm")
    pantoscopic_tilt: Number | None = Field(None, description="pantoscopic tilt, degrees")
    wrap_angle: Number | None = Field(None, description="frame wrap, degrees")


class LensType(StrEnum):
    """The family; `design` names the catalog entry within it."""

    SINGLE_VISION = "single_vision"
    BIFOCAL = "bifocal"
    TRIFOCAL = "trifocal"
    PROGRESSIVE = "progressive"
    OCCUPATIONAL = "occupational"


class Tint(Wire):
    entry: str = Field(description="catalog entry of the tint")
    density: Number | None = Field(None, description="absorption, percent")


class FrameType(StrEnum):
    FULL_RIM = "full_rim"
    SEMI_RIMLESS = "semi_rimless"
    RIMLESS = "rimless"
    SPORT = "sport"
    SAFETY = "safety"


class FrameStatus(StrEnum):
    SUPPLIED = "supplied"
    TO_COME = "to_come"
    LAB_SUPPLIES = "lab_supplies"
    UNCUT = "uncut"


class Frame(Wire):
    """The frame in the boxing system."""

    type: FrameType | None = Field(None, description="how the lens is held")
    a: Number | None = Field(None, description="box width, mm")
    b: Number | None = Field(None, description="box height, mm")
    dbl: Number | None = Field(None, description="distance between lenses, mm")
    ed: Number | None = Field(None, description="effective diameter, mm")
    status: FrameStatus | None = Field(None, description="where the frame is")


class Trace(Wire):
    """A traced frame shape as the tracer wrote it."""

    format: str = Field("vca", description="always `vca` today")
    text: str = Field(description="the file's text")


class Urgency(StrEnum):
    STANDARD = "standard"
    EXPEDITED = "expedited"
    RUSH = "rush"


class Confirmation(Wire):
    """One tick of an ECP against a finding that asked for it."""

    code: str = Field(description="the finding's code")
    eye: Eye | None = Field(None, description="the finding's eye")
    by: str = Field(description="reference of the person who ticked")
    at: Moment = Field(description="when")


class Configuration(Wire):
    """What is to be made: one body, shared by validation and job creation. References only, never names."""

    account_number: str | None = Field(None, description="the practice's account with the lab; needed for a job")
    ship_to: str | None = Field(None, description="where to send; needed for a job")
    ecp_id: str | None = Field(None, description="reference of the ECP")
    practice_id: str | None = Field(None, description="reference of the practice")
    patient_id: str | None = Field(None, description="reference of the patient")
    order_number: str | None = Field(None, description="the order's number at the sender")
    prescription: Prescription = Field(description="the Rx")
    lens_type: LensType | None = Field(None, description="the family")
    design: str | None = Field(None, description="catalog entry; the family's standard when absent")
    material: str | None = Field(None, description="catalog entry; the standard when absent")
    colour: str | None = Field(None, description="catalog entry; clear when absent")
    coatings: tuple[str, ...] = Field((), description="catalog entries")
    coating: str | None = Field(None, exclude=True, description="one coating, accepted; moves into `coatings`")
    tint: Tint | None = Field(None, description="a dyed tint")
    frame: Frame | None = Field(None, description="the frame")
    trace: Trace | None = Field(None, description="the traced shape")
    urgency: Urgency = Field(Urgency.STANDARD, description="how soon")
    confirmations: tuple[Confirmation, ...] = Field((), description="what the ECP ticked")
    rules_version: str | None = Field(None, description="the rules the form was built on")

    @model_validator(mode="after")
    def _coating_is_one_of_the_coatings(self) -> Self:
        if self.coating is not None:
            if self.coating not in self.coatings:
                object.__setattr__(self, "coatings", (*self.coatings, self.coating))
                self.__pydantic_fields_set__.add("coatings")
            object.__setattr__(self, "coating", None)
            self.__pydantic_fields_set__.discard("coating")
        return self


class CreateJobRequest(Configuration):
    """A configuration to be made. The key travels as `Idempotency-Key`, not in the body; one is minted when absent."""

    metadata: dict[str, Any] = Field(default_factory=dict, description="the sender's own notes; no names")
    idempotency_key: str | None = Field(None, exclude=True, description="same key and body: the same job")

    def configuration(self) -> Configuration:
        """The part that `/validation` takes."""
        return Configuration.model_validate(self.model_dump(exclude={"metadata", "idempotency_key"}))


# --------------------------------------------------------------------------------------------------- the verdict


class Finding(Wire):
    """One thing the rules have to say, in words an ECP uses."""

    code: str = Field(description="e.g. `RX_ADD_MISSING`")
    severity: Severity = Field(description="what it does to the order")
    eye: Eye | None = Field(None, description="the eye it is about")
    field: str | None = Field(None, description="path of the field, wire names, e.g. `prescription.odAdd`")
    message: str = Field(description="for an ECP")
    fix: str | None = Field(None, description="what would mend it")
    rule_version: str | None = Field(None, description="the rules that said it")


class Problem(Wire):
    """One line of an error answer, or of the lists derived from findings."""

    field: str | None = Field(None, description="path of the field, wire names")
    message: str = Field(description="for a person")
    code: str | None = Field(None, description="for a program")


class PriceLine(Wire):
    what: str = Field(description="what is charged")
    minor: int = Field(description="pence, cents")


class Price(Wire):
    """Money is integer minor units and a currency."""

    currency: str = Field(description="ISO 4217")
    lines: tuple[PriceLine, ...] = Field((), description="what it is made of")
    total_minor: int = Field(description="pence, cents")


class ValidationResult(Wire):
    """What the LIMS says about a configuration. `errors` and `warnings` are always derived from `findings`."""

    is_valid: bool = Field(description="false only when something rejects")
    decision: Decision = Field(description="the worst finding's verdict")
    findings: tuple[Finding, ...] = Field((), description="everything the rules said")
    errors: tuple[Problem, ...] = Field((), description="the findings that reject")
    warnings: tuple[Problem, ...] = Field((), description="the findings that hold, ask or warn")
    price: Price | None = Field(None, description="for this account")
    route: str | dict[str, str] | None = Field(None, description="e.g. `stock_cut`; by eye if they differ")
    estimated_lead_time: Number | None = Field(None, description="hours")
    promised_date: Moment | None = Field(None, description="when it is promised")
    rules_version: str | None = Field(None, description="the rules that judged")

    _SAYS: ClassVar[dict[Severity, Decision]] = {
        Severity.REJECT: Decision.REJECT,
        Severity.HOLD: Decision.HOLD,
        Severity.CONFIRM: Decision.CONFIRM,
        Severity.WARN: Decision.WARN,
    }

    @classmethod
    def of(cls, findings: Sequence[Finding], **rest: Any) -> Self:
        """The verdict that follows from `findings`; `rest` is price, route, dates and version."""
        severities = {finding.severity for finding in findings}
        decision = next((verdict for severity, verdict in cls._SAYS.items() if severity in severities), Decision.ACCEPT)
        return cls(is_valid=decision is not Decision.REJECT, decision=decision, findings=tuple(findings), **rest)

    @model_validator(mode="before")
    @classmethod
    def _drop_the_lists(cls, said: Any) -> Any:
        """What the LIMS derived itself, in whatever shape, is not read: the findings say it better."""
        if isinstance(said, Mapping):
            return {name: value for name, value in said.items() if name not in ("errors", "warnings")}
        return said

    @model_validator(mode="after")
    def _derive_the_lists(self) -> Self:
        def problems(*severities: Severity) -> tuple[Problem, ...]:
            chosen = (finding for finding in self.findings if finding.severity in severities)
            return tuple(Problem(field=f.field, message=f.message, code=f.code) for f in chosen)

        object.__setattr__(self, "errors", problems(Severity.REJECT))
        object.__setattr__(self, "warnings", problems(Severity.HOLD, Severity.CONFIRM, Severity.WARN))
        return self

    def codes(self) -> set[str]:
        """The codes of all findings."""
        return {finding.code for finding in self.findings}


class ErrorBody(Wire):
    """What comes with a 4xx: why, by field; with a 422 the findings, with a 409 where the job is now."""

    code: str = Field(description="for a program")
    message: str = Field(description="for a person")
    errors: tuple[Problem, ...] = Field((), description="by field")
    findings: tuple[Finding, ...] = Field((), description="with a 422: what the rules said")
    status: Status | None = Field(None, description="with a 409: the job's present status")
    job: Job | None = Field(None, description="with a 409: the job as it is")


# --------------------------------------------------------------------------------------------------- catalog, rules


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


# --------------------------------------------------------------------------------------------------- jobs


class JobFields(Wire):
    """What a job carries wherever it appears beside its id and status."""

    order_number: str | None = Field(None, description="the order's number at the sender")
    account_number: str | None = Field(None, description="the account it is for")
    sequence: int | None = Field(None, description="grows by one with each change of this job; order by it")
    timestamp: Moment | None = Field(None, description="of the last change; order by it only without `sequence`")
    station: str | None = Field(None, description="where in the lab")
    queue_position: int | None = Field(None, description="1 is next; absent once it has left the queue")
    estimated_completion_date: Moment | None = Field(None, description="when it should be done")
    rules_version: str | None = Field(None, description="the rules that judged it")
    price: Price | None = Field(None, description="for this account")
    carrier: str | None = Field(None, description="who carries it")
    tracking_number: str | None = Field(None, description="the carrier's number")
    reason: str | None = Field(None, description="why it is held, cancelled or failed")


class JobState(JobFields):
    """A job's status, as `/jobs/{jobId}/status` answers it."""

    job_id: str = Field(description="the LIMS's name for it")
    status: Status = Field(description="how far it has got")


class HistoryEntry(Wire):
    """One change of a job."""

    status: Status = Field(description="what it became")
    previous_status: Status | None = Field(None, description="what it was")
    sequence: int | None = Field(None, description="the job's sequence after the change")
    timestamp: Moment | None = Field(None, description="when")
    station: str | None = Field(None, description="where in the lab")
    reason: str | None = Field(None, description="why")
    note: str | None = Field(None, description="what somebody wrote")
    by: str | None = Field(None, description="reference of who did it")


class Job(JobState):
    """A job with its history. It echoes its prescription; `findings` says why it came back on hold."""

    prescription: Prescription | None = Field(None, description="the Rx it was made from")
    lens_type: LensType | None = Field(None, description="the family it was made from")
    findings: tuple[Finding, ...] = Field((), description="what the rules said when it was made")
    remake_of: str | None = Field(None, description="the job this one replaces")
    history: tuple[HistoryEntry, ...] = Field((), description="oldest first")


class JobPage(Wire):
    """`GET /jobs`: oldest change first, so that following `next_cursor` misses nothing."""

    jobs: tuple[Job, ...] = Field((), description="oldest change first")
    next_cursor: str | None = Field(None, description="ask again with it; absent on the last page")


class Action(Wire):
    """What every action of the lab takes: refused with 409 when the job is past `expected_status`."""

    expected_status: Status | None = Field(None, description="the status the person saw")


class AdvanceRequest(Action):
    to: Status | None = Field(None, description="the next step when absent")
    note: str | None = Field(None, description="for the job's history")
    carrier: str | None = Field(None, description="when it ships")
    tracking_number: str | None = Field(None, description="when it ships")


class HoldRequest(Action):
    reason: str = Field(description="why; shown to the ECP")


class ReleaseRequest(Action):
    to: Status | None = Field(None, description="where it goes on; where it was held when absent")
    note: str | None = Field(None, description="for the job's history")


class CancelRequest(Action):
    reason: str = Field(description="why")


class RemakeRequest(Action):
    """The answer is the new job, which names the old in `remake_of`."""

    reason: str = Field(description="why")
    eye: Eye = Field(Eye.BOTH, description="which lens is made again")


# --------------------------------------------------------------------------------------------------- health, webhooks


class HealthStatus(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class Capability(StrEnum):
    """The groups of the contract; ILS hides what a LIMS cannot do."""

    CORE = "core"
    RULES = "rules"
    FLOOR = "floor"
    PRICING = "pricing"


class Health(Wire):
    """What the LIMS says of itself."""

    status: HealthStatus = Field(description="healthy, degraded or unhealthy")
    version: str | None = Field(None, description="the LIMS's own version")
    capabilities: tuple[str, ...] = Field((), description="core, rules, floor, pricing")


class WebhookRequest(Wire):
    """`POST /webhooks/status`; registering the same url again changes it and answers the same id."""

    url: str = Field(description="where to deliver")
    events: tuple[str, ...] = Field(description="`job.status_changed`, `catalog.updated`")
    secret: str = Field(description="`whsec_` + base64 of at least 24 bytes", repr=False)


class WebhookRegistration(Wire):
    id: str = Field(description="what `DELETE /webhooks/{id}` takes")


class StatusEvent(JobFields):
    """A job moved. The short snake_case `{job_id, new_status}` is read too."""

    type: Literal["job.status_changed"] = "job.status_changed"
    job_id: str = Field(description="the LIMS's name for it")
    previous_status: Status | None = Field(None, description="what it was")
    new_status: Status = Field(description="what it is now")
    details: Any = Field(None, description="whatever the LIMS adds")
    error_message: str | None = Field(None, description="when it failed")


class CatalogEvent(Wire):
    """The catalog changed; `fetch_catalog(at_least=event.rules_version)` will not answer from before it."""

    type: Literal["catalog.updated"] = "catalog.updated"
    version: str | None = Field(None, description="the catalog's version")
    rules_version: str = Field(description="the rules published now")
    timestamp: Moment | None = Field(None, description="when")
    summary: Any = Field(None, description="what changed, in a sentence or as data")


WebhookEvent = StatusEvent | CatalogEvent

ErrorBody.model_rebuild()

_RULE_SETS: TypeAdapter[list[RuleSet]] = TypeAdapter(list[RuleSet])


def rule_sets_from_wire(body: bytes | str, *, naive: list[str] | None = None) -> tuple[RuleSet, ...]:
    """Read the array that `GET /rules` answers; raises `pydantic.ValidationError` for anything else."""
    return tuple(_RULE_SETS.validate_json(body, context={"naive": naive}))


def event_from_wire(body: bytes | str, *, naive: list[str] | None = None) -> WebhookEvent:
    """Read a webhook's body by its `type`; without one it is a status event.

    Raises `pydantic.ValidationError`, or `ValueError` for a body that is no JSON object or names an unknown type.
    """
    parsed = json.loads(body)
    if not isinstance(parsed, dict):
        raise ValueError("the body is not a JSON object")
    kinds: dict[str, type[StatusEvent] | type[CatalogEvent]] = {
        "job.status_changed": StatusEvent,
        "catalog.updated": CatalogEvent,
    }
    kind = kinds.get(str(parsed.get("type", "job.status_changed")))
    if kind is None:
        raise ValueError(f"unknown event type; the contract knows {', '.join(kinds)}")
    return kind.from_wire(body, naive=naive)
