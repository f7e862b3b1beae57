"""What the rules say about a configuration, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from lims_client.models.configuration import Eye
from lims_client.models.wire import Moment, Number, Wire


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
