"""What can go wrong, as a tree.

    LimsError
    ├── LimsUnavailable              the LIMS did not answer, or said 5xx or 429: try again later; nothing is decided
    │   ├── LimsTimeout              ... because the deadline ran out
    │   └── LimsCircuitOpen          ... and it was not even asked; `retry_at` says when it will be
    ├── LimsRefused                  a business answer (4xx): asking the same again gives the same answer
    │   ├── LimsRejected             422: the rules say no; `findings` say why
    │   ├── LimsConflict             409: the job is past it, or the key was used for another body; `status`, `job`
    │   ├── LimsNotFound             404: the LIMS does not know it
    │   └── LimsAuthError            401, 403: the key or certificate is not accepted
    ├── LimsProtocolError            an answer outside the contract: a bug of the LIMS, or a wrong base URL
    └── WebhookInvalid               a delivery that must not be believed
        ├── WebhookSignatureInvalid  not proven to come from the LIMS: answer 401
        └── WebhookBodyInvalid       proven, but not an event of the contract: answer 400

No message ever holds a value of a request or an answer, only names of fields, codes and the LIMS's own `message`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lims_client.models import ErrorBody, Finding, Job, JobStatus, Problem


class LimsError(Exception):
    """The root; `request_id` is what the LIMS's people can search their logs for."""

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id


class LimsUnavailable(LimsError):
    """Nobody answered for the LIMS.

    `retry_at` is when the next try makes sense, if that is known. `may_have_arrived` is False when the LIMS surely
    did nothing with the request: the connection was refused, it was turned away with 429, or was never sent.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_at: datetime | None = None,
        may_have_arrived: bool = True,
        retry_after_seconds: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.retry_at = retry_at
        self.may_have_arrived = may_have_arrived
        self.retry_after_seconds = retry_after_seconds


class LimsTimeout(LimsUnavailable):
    """The deadline ran out before the answer came."""


class LimsCircuitOpen(LimsUnavailable):
    """It failed too often just now, so it was not asked; the answer came at once."""


class LimsRefused(LimsError):
    """The LIMS understood and said no. `code` is for a program, `errors` says it field by field."""

    def __init__(self, status_code: int, body: ErrorBody, *, request_id: str | None = None) -> None:
        super().__init__(f"{body.code}: {body.message}", request_id=request_id)
        self.status_code = status_code
        self.code = body.code
        self.errors: tuple[Problem, ...] = body.errors
        self.body = body


class LimsRejected(LimsRefused):
    """422: it cannot be made, or the body is not one the LIMS takes."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules said; empty when the body itself was wrong (then see `errors`)."""
        return self.body.findings


class LimsConflict(LimsRefused):
    """409: the job is past the expected status, or the idempotency key belongs to another body."""

    @property
    def status(self) -> JobStatus | None:
        """Where the job is now, if it was about a job."""
        return self.body.status or (self.body.job.status if self.body.job else None)

    @property
    def job(self) -> Job | None:
        """The job as it is now, if the LIMS sent it."""
        return self.body.job


class LimsNotFound(LimsRefused):
    """404: no such job, rule set or webhook."""


class LimsAuthError(LimsRefused):
    """401 or 403: the key or the client certificate is not accepted."""


class LimsProtocolError(LimsError):
    """The answer does not fit the contract."""


class WebhookInvalid(LimsError):
    """A delivery that must not be believed."""


class WebhookSignatureInvalid(WebhookInvalid):
    """Missing, malformed, too old, too new or simply wrong proof."""


class WebhookBodyInvalid(WebhookInvalid):
    """Truly from the LIMS, but not an event of the contract."""
