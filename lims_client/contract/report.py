"""What came out of the checks, capability by capability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lims_client.models import Capability


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: `says` is the sentence it holds the LIMS to, `reason` why it failed or was skipped."""

    capability: Capability
    says: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was checked, in order."""

    base_url: str
    results: tuple[CheckResult, ...]

    @property
    def ok(self) -> bool:
        """Nothing failed, and something passed."""
        return not self.failures and any(result.outcome is Outcome.PASSED for result in self.results)

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if result.outcome is Outcome.FAILED)

    def of(self, capability: str) -> Sequence[CheckResult]:
        """The results of one capability."""
        return [result for result in self.results if result.capability == capability]

    def text(self) -> str:
        """The report for a person."""
        lines = [f"The LIMS contract at {self.base_url}"]
        for capability in Capability:
            results = self.of(capability)
            counts = ", ".join(
                f"{number} {outcome}" for outcome in Outcome if (number := [r.outcome for r in results].count(outcome))
            )
            lines += ["", f"{capability}: {counts}"]
            lines += [f"  {result.outcome:<8}{result.says}{_because(result)}" for result in results]
        lines += ["", "The LIMS keeps the contract." if self.ok else f"{len(self.failures)} checks failed."]
        return "\n".join(lines)


def _because(result: CheckResult) -> str:
    return f"\n          {result.reason}" if result.reason else ""
