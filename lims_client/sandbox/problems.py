"""What the sandbox refuses with: `{code, message, errors}` and a status, as the contract writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lims_client.models import Finding, Problem


class Refusal(Exception):
    """A business answer with a 4xx status."""

    def __init__(
        self, http_status: int, code: str, message: str, *, errors: Sequence[Problem] = (), **more: Any
    ) -> None:
        super().__init__(message)
        self.http_status, self.code, self.message, self.errors, self.more = (
            http_status,
            code,
            message,
            tuple(errors),
            more,
        )

    def body(self) -> dict[str, Any]:
        errors = [error.to_wire() for error in self.errors]
        return {"code": self.code, "message": self.message, "errors": errors, **self.more}


def not_found(what: str) -> Refusal:
    return Refusal(404, "not_found", f"There is no {what}.")


def rejected(findings: Sequence[Finding]) -> Refusal:
    """The rules reject the configuration: 422 with every finding."""
    worst = [finding for finding in findings if finding.severity == "reject"]
    return Refusal(
        422,
        "rejected",
        "The lab cannot make this as ordered.",
        errors=[Problem(field=one.field, message=one.message, code=one.code) for one in worst],
        findings=[finding.to_wire() for finding in findings],
    )


def conflict(message: str, job: dict[str, Any], *, code: str = "conflict") -> Refusal:
    """The job is elsewhere: 409 with where it is."""
    return Refusal(409, code, message, status=job["status"], job=job)
