"""What is said of a file, a shape or a prescription: findings, each with a stable code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Eye(StrEnum):
    """The wearer's right eye, the left, or both as one block."""

    RIGHT = "R"
    LEFT = "L"
    BOTH = "B"


class Severity(StrEnum):
    """What a finding does: error (a file that cannot be used) and reject (a lens that cannot be made) stop the work,
    hold (the lab looks), confirm (the ECP ticks), warn, info."""

    ERROR = "error"
    REJECT = "reject"
    HOLD = "hold"
    CONFIRM = "confirm"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: a stable code, how grave it is, a sentence for an ECP, and what would fix it.

    `eye` is None when no eye is concerned; `field` is the path or record that it is about, empty when there is none.
    """

    code: str
    severity: Severity
    message: str
    eye: Eye | None = None
    field: str = ""
    fix: str = ""

    def as_dict(self) -> dict[str, str | None]:
        """Plain words for JSON."""
        return {name: None if value is None else str(value) for name, value in asdict(self).items()}


_GRAVEST_FIRST = tuple(Severity)


def gravest(findings: Iterable[Finding]) -> Severity | None:
    """The gravest severity among the findings; None when there are none."""
    return min((one.severity for one in findings), key=_GRAVEST_FIRST.index, default=None)


class OpticsError(Exception):
    """What optics was given cannot be worked with at all; carries the finding that says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding
