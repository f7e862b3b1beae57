"""One call to the LIMS: its turn, the breaker, the attempts within a deadline, and what the answer means."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

import httpx
from pydantic import ValidationError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from lims_client.breaker import Breaker, Refused
from lims_client.clock import Clock
from lims_client.errors import (
    LimsAuthError,
    LimsCircuitOpen,
    LimsConflict,
    LimsError,
    LimsNotFound,
    LimsProtocolError,
    LimsRefused,
    LimsRejected,
    LimsTimeout,
    LimsUnavailable,
)
from lims_client.hooks import AttemptFailed, Hooks, NaiveTimestamps, RequestSent, ResponseReceived, RetryScheduled, tell
from lims_client.models import ErrorBody, Wire
from lims_client.rate import Lane, LaneFull, Lanes
from lims_client.webhooks import describe

_Answer = TypeVar("_Answer")

_REFUSALS: dict[int, type[LimsRefused]] = {
    401: LimsAuthError,
    403: LimsAuthError,
    404: LimsNotFound,
    409: LimsConflict,
    422: LimsRejected,
}


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a call may take and how often it is tried; seconds."""

    deadline_seconds: float = 30.0
    connect_seconds: float = 5.0
    attempts: int = 3
    backoff_seconds: float = 1.0
    backoff_ceiling_seconds: float = 10.0
    retry_after_ceiling_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Call(Generic[_Answer]):
    """What is asked. `operation` and `template` name it for the hooks; `path` has the ids filled in.

    `read` turns an answer into a value and adds the names of times without a zone to its list. `repeatable` is False
    for what would be done twice if an answer got lost: then only a request that surely did not arrive is tried again.
    `guarded` is False for `health`, which asks neither the breaker nor a lane for leave.
    """

    operation: str
    method: str
    template: str
    path: str
    read: Callable[[httpx.Response, list[str]], _Answer]
    body: Wire | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    lane: Lane = Lane.OTHER
    repeatable: bool = True
    guarded: bool = True


@dataclass(slots=True)
class _Try:
    """One call on its way: who it is, when it must be done, and how many attempts there were."""

    request_id: str
    ends_at: float
    number: int = 0


class _TooLate(stop_base):
    """No more attempts when the next one could only begin after the deadline."""

    def __init__(self, clock: Clock, this: _Try) -> None:
        self._clock, self._this = clock, this

    def __call__(self, state: RetryCallState) -> bool:
        return self._clock.monotonic() + state.upcoming_sleep >= self._this.ends_at


class Caller:
    """Sends calls; what they mean is the client's business."""

    def __init__(
        self, http: httpx.AsyncClient, *, breaker: Breaker, lanes: Lanes, timing: Timing, hooks: Hooks, clock: Clock
    ) -> None:
        self._http, self._breaker, self._lanes = http, breaker, lanes
        self._timing, self._hooks, self._clock = timing, hooks, clock
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=20)  # monotonic seconds, answered

    def failing_share(self, within_seconds: float = 60) -> float:
        """The part of the latest attempts (20 at most) that nobody answered, 0 to 1."""
        since = self._clock.monotonic() - within_seconds
        recent = [answered for at, answered in self._outcomes if at >= since]
        return recent.count(False) / len(recent) if recent else 0.0

    async def call(
        self, call: Call[_Answer], *, request_id: str, deadline_seconds: float | None, attempts: int | None
    ) -> _Answer:
        """What the LIMS answers, or an error of the tree, within the deadline and the given number of attempts."""
        seconds = self._timing.deadline_seconds if deadline_seconds is None else deadline_seconds
        this = _Try(request_id, self._clock.monotonic() + seconds)

        def announce(state: RetryCallState) -> None:
            event = RetryScheduled(call.operation, request_id, state.attempt_number, state.upcoming_sleep)
            tell(self._hooks.on_retry, event)

        retrying = AsyncRetrying(
            stop=stop_after_attempt(attempts or self._timing.attempts) | _TooLate(self._clock, this),
            wait=self._wait,
            retry=retry_if_exception(lambda error: _worth_another_try(call, error)),
            before_sleep=announce,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return await retrying(self._attempt, call, this)
        except LimsError as error:
            error.request_id = request_id
            if isinstance(error, LimsUnavailable) and error.retry_at is None:
                error.retry_at = self._next_try(error)
            raise

    def _wait(self, state: RetryCallState) -> float:
        timing, error = self._timing, state.outcome.exception() if state.outcome else None
        jitter = wait_random_exponential(multiplier=timing.backoff_seconds, max=timing.backoff_ceiling_seconds)(state)
        asked = error.retry_after_seconds if isinstance(error, LimsUnavailable) else None
        if asked is None:
            return jitter
        # A little on top of what the LIMS asks for, so that not all its clients come back in the same moment.
        return min(asked, timing.retry_after_ceiling_seconds) + jitter / 10

    def _next_try(self, error: LimsUnavailable) -> datetime | None:
        seconds = max(error.retry_after_seconds or 0.0, self._breaker.seconds_to_next_try())
        return self._clock.now() + timedelta(seconds=seconds) if seconds else None

    async def _attempt(self, call: Call[_Answer], this: _Try) -> _Answer:
        this.number += 1
        if not call.guarded:
            return await self._exchange(call, this)
        try:
            self._breaker.check()  # before waiting for a turn, so that an open breaker answers at once
            await self._lanes.turn(call.lane, within_seconds=this.ends_at - self._clock.monotonic())
            if self._clock.monotonic() >= this.ends_at:  # our own doing: it says nothing about the LIMS
                raise LimsTimeout(f"{call.operation}: the deadline was over before asking", may_have_arrived=False)
            with self._breaker.attempt():
                return await self._exchange(call, this)
        except Refused as refused:
            raise LimsCircuitOpen(
                "the LIMS failed too often just now and is left alone for a while",
                retry_at=self._clock.now() + timedelta(seconds=refused.seconds),
                may_have_arrived=False,
            ) from None
        except LaneFull as full:
            raise LimsTimeout(
                f"{call.operation}: our own rate limit leaves no turn before the deadline",
                retry_at=self._clock.now() + timedelta(seconds=full.seconds),
                may_have_arrived=False,
            ) from None

    async def _exchange(self, call: Call[_Answer], this: _Try) -> _Answer:
        began = self._clock.monotonic()
        about = (call.operation, call.method, call.template, this.request_id, this.number)
        tell(self._hooks.on_request, RequestSent(*about))
        try:
            response = await self._send(call, this, this.ends_at - began)
            seconds = self._clock.monotonic() - began
            tell(self._hooks.on_response, ResponseReceived(*about, response.status_code, seconds))
            answer = self._understand(call, response)
        except LimsError as error:
            ended = self._clock.monotonic()
            if call.guarded:
                self._outcomes.append((ended, not isinstance(error, LimsUnavailable)))
            tell(self._hooks.on_failure, AttemptFailed(*about, type(error).__name__, ended - began))
            raise
        if call.guarded:
            self._outcomes.append((self._clock.monotonic(), True))
        return answer

    async def _send(self, call: Call[_Answer], this: _Try, seconds: float) -> httpx.Response:
        headers = {"X-Request-ID": this.request_id, **call.headers, **self._hooks.trace_headers()}
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            content = call.body.model_dump_json(by_alias=True, exclude_none=True).encode()
        try:
            async with asyncio.timeout(
                seconds
            ):  # httpx limits each read; a body that drips in needs a limit on the whole
                return await self._http.request(
                    call.method,
                    call.path,
                    content=content,
                    params=dict(call.params) or None,
                    headers=headers,
                    timeout=httpx.Timeout(
                        max(seconds, 0.001), connect=max(min(seconds, self._timing.connect_seconds), 0.001)
                    ),
                )
        except (httpx.ConnectTimeout, httpx.ConnectError) as error:
            kind = LimsTimeout if isinstance(error, httpx.ConnectTimeout) else LimsUnavailable
            raise kind(f"{call.operation}: the LIMS cannot be reached", may_have_arrived=False) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise LimsTimeout(f"{call.operation}: no whole answer from the LIMS in time") from error
        except httpx.RequestError as error:
            raise LimsUnavailable(f"{call.operation}: the connection broke ({type(error).__name__})") from error

    def _understand(self, call: Call[_Answer], response: httpx.Response) -> _Answer:
        status = response.status_code
        if status == 429 or status >= 500:
            raise LimsUnavailable(
                f"{call.operation}: the LIMS answered {status}",
                retry_after_seconds=_retry_after_seconds(response, self._clock.now()),
                may_have_arrived=status != 429,
            )
        if status >= 400:
            raise _refusal(call.operation, response)
        if status >= 300 and status != 304:
            raise LimsProtocolError(f"{call.operation}: the LIMS answered {status}, a redirect; is the base URL right?")
        naive: list[str] = []
        try:
            answer = call.read(response, naive)
        except ValidationError as error:
            if _is_no_json(error):  # cut off, or a page of something in between: the LIMS itself did not speak
                raise LimsUnavailable(f"{call.operation}: {_what_came(response)} instead of JSON") from None
            raise LimsProtocolError(f"{call.operation}: outside the contract: {describe(error)}") from None
        if naive:
            tell(self._hooks.on_naive_timestamps, NaiveTimestamps(call.operation, tuple(dict.fromkeys(naive))))
        return answer


def _worth_another_try(call: Call[_Answer], error: BaseException) -> bool:
    if not isinstance(error, LimsUnavailable) or isinstance(error, LimsCircuitOpen):
        return False
    return call.repeatable or not error.may_have_arrived


def _refusal(operation: str, response: httpx.Response) -> LimsError:
    status = response.status_code
    try:
        body = ErrorBody.from_wire(response.content)
    except ValidationError:
        if status not in (401, 403):  # a proxy's own 404 must not pass for "no such job"
            return LimsProtocolError(
                f"{operation}: the LIMS answered {status} without code and message ({_what_came(response)}); "
                "is the base URL right?"
            )
        body = ErrorBody(code="unauthorised", message=f"the LIMS answered {status}")
    return _REFUSALS.get(status, LimsRefused)(status, body)


def _is_no_json(error: ValidationError) -> bool:
    return any(item["type"] == "json_invalid" for item in error.errors(include_input=False, include_url=False))


def _what_came(response: httpx.Response) -> str:
    kind = response.headers.get("content-type", "no content type").partition(";")[0][:60]
    return f"{len(response.content)} bytes of {kind}"


def _retry_after_seconds(response: httpx.Response, now: datetime) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:10]), 86_400))
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(max((date - now).total_seconds(), 0.0), 86_400.0)
