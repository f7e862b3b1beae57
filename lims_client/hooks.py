"""What the client tells its host for logs, metrics and traces: ids, names and numbers, never a patient's data."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from lims_client.breaker import BreakerState

_log = logging.getLogger("lims_client")


@dataclass(frozen=True, slots=True)
class RequestSent:
    """An attempt begins. `operation` is the method of the client, `path` the template: both have few values."""

    operation: str
    method: str
    path: str
    request_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ResponseReceived:
    """The LIMS, or something before it, answered an attempt."""

    operation: str
    method: str
    path: str
    request_id: str
    attempt: int
    status_code: int
    seconds: float


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """No answer that counts: `error` is the name of a class of `lims_client.errors`."""

    operation: str
    method: str
    path: str
    request_id: str
    attempt: int
    error: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """Attempt number `attempt` failed and the next one comes after `wait_seconds`."""

    operation: str
    request_id: str
    attempt: int
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class BreakerChanged:
    """The breaker opened, began to probe, or closed; `retry_at` is set when it opened."""

    before: BreakerState
    after: BreakerState
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class NaiveTimestamps:
    """The LIMS sent times without a zone; they were read as UTC."""

    operation: str
    fields: tuple[str, ...]


def _nothing(_: object) -> None:
    return None


def _none() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Hooks:
    """Callables of the host, called on the event loop: quick, and free to raise (it is logged and goes no further).

    `trace_headers` is asked before every attempt for headers to add, such as `traceparent`. `request_id` is asked by a
    call that was given none for the id of what the host is doing, sent as `X-Request-ID`; None has one minted.
    """

    on_request: Callable[[RequestSent], None] = _nothing
    on_response: Callable[[ResponseReceived], None] = _nothing
    on_failure: Callable[[AttemptFailed], None] = _nothing
    on_retry: Callable[[RetryScheduled], None] = _nothing
    on_breaker: Callable[[BreakerChanged], None] = _nothing
    on_naive_timestamps: Callable[[NaiveTimestamps], None] = _nothing
    request_id: Callable[[], str | None] = _none
    trace_headers: Callable[[], Mapping[str, str]] = field(default=dict)


_Event = TypeVar("_Event")


def tell(hook: Callable[[_Event], None], event: _Event) -> None:
    """Call a hook; whatever it raises is logged and goes no further: a broken metric must not lose an order."""
    try:
        hook(event)
    except Exception:
        _log.exception("a hook failed on %s", type(event).__name__)
