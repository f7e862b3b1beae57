"""The client: one typed method for each call of the contract."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar, Unpack
from urllib.parse import quote
from uuid import uuid4

import httpx

from lims_client.breaker import Breaker, BreakerState
from lims_client.cache import CatalogCache, Fetched
from lims_client.calling import Call, Caller, Timing
from lims_client.clock import Clock
from lims_client.errors import LimsError, LimsNotFound, LimsProtocolError
from lims_client.hooks import BreakerChanged, Hooks, NaiveTimestamps, tell
from lims_client.models import (
    Action,
    AdvanceRequest,
    CancelRequest,
    Catalog,
    Configuration,
    CreateJobRequest,
    Eye,
    Health,
    HealthStatus,
    HoldRequest,
    Job,
    JobPage,
    JobState,
    JobStatus,
    ReleaseRequest,
    RemakeRequest,
    RuleSet,
    RuleSetDraft,
    RuleSetState,
    SimulationRequest,
    SimulationResult,
    ValidationResult,
    WebhookEvent,
    WebhookRegistration,
    WebhookRequest,
    Wire,
    rule_sets_from_wire,
)
from lims_client.rate import Lane, Lanes
from lims_client.version import VERSION
from lims_client.webhooks import WebhookVerifier

_Body = TypeVar("_Body", bound=Wire)
_Answer = TypeVar("_Answer")

_log = logging.getLogger("lims_client")

FAILING_SHARE_THAT_DEGRADES = 0.2


class CallOptions(TypedDict, total=False):
    """What every call takes beside its own arguments."""

    deadline_seconds: float
    """for the whole call, all attempts and waits included"""
    attempts: int
    """at most so many; 1 for no retry"""
    request_id: str
    """sent as `X-Request-ID`; the host's (`Hooks.request_id`) or minted when absent"""


@dataclass(frozen=True, slots=True)
class Wellbeing:
    """How the LIMS is, from what it says and what we saw; `reason` is for a person, `lims` is its own word."""

    status: HealthStatus
    reason: str
    breaker: BreakerState
    lims: Health | None = None
    retry_at: datetime | None = None

    @property
    def capabilities(self) -> frozenset[str]:
        """What it says it can do; nothing while it does not answer."""
        return frozenset(self.lims.capabilities if self.lims else ())


class LimsClient:
    """Speaks to one LIMS. One per process and event loop; close it, or use it as `async with`.

    Every method raises the tree of `lims_client.errors` and nothing else, except `ValueError` (and pydantic's
    `ValidationError`, which is one) for arguments that could never be sent.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        webhook_secret: str | None = None,
        *,
        allow_hex_signature: bool = False,
        timing: Timing | None = None,
        rate_per_minute: int | None = None,
        catalog_fresh_seconds: float = 300,
        client_cert: str | None = None,
        client_key: str | None = None,
        hooks: Hooks | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`base_url` keeps its path. `webhook_secret` is a space-separated list of `whsec_` secrets.

        `client_cert` and `client_key` are PEM files for mutual TLS. `transport` and `clock` are the seams for tests.
        Raises `ValueError` with a sentence about the first setting that cannot work.
        """
        self._clock, self._hooks = clock or Clock(), hooks or Hooks()
        url = _checked_url(base_url)
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={
                "Authorization": f"Bearer {_header_safe(api_key, 'api_key')}",
                "User-Agent": f"lims-client/{VERSION}",
                "Accept": "application/json",
            },
            verify=_tls(client_cert, client_key),
            # A job must not wait for a connection behind typing: the rate, not the pool, is what limits us.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=url.host not in ("localhost", "127.0.0.1", "::1"),  # no proxy stands before this machine
            transport=transport,
        )
        self._breaker = Breaker(clock=self._clock.monotonic, on_change=self._breaker_changed)
        self._caller = Caller(
            self._http,
            breaker=self._breaker,
            lanes=Lanes(rate_per_minute, self._clock),
            timing=timing or Timing(),
            hooks=self._hooks,
            clock=self._clock,
        )
        self._deadline_seconds = (timing or Timing()).deadline_seconds
        self._catalog = CatalogCache(self._ask_for_catalog, fresh_seconds=catalog_fresh_seconds, clock=self._clock)
        self._webhooks = WebhookVerifier(webhook_secret, allow_hex_signature=allow_hex_signature)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; the client cannot be used afterwards."""
        await self._catalog.aclose()
        await self._http.aclose()

    # ---------------------------------------------------------------------------------------------- core

    async def health(self, *, deadline_seconds: float = 5.0, request_id: str | None = None) -> Wellbeing:
        """How the LIMS is. Asks once, even while the breaker is open, and never raises for a LIMS that is away."""
        call = Call("health", "GET", "health", "health", _model(Health), guarded=False)
        options = CallOptions(deadline_seconds=deadline_seconds, attempts=1)
        try:
            said = await self._call(call, **options, **({"request_id": request_id} if request_id else {}))
        except LimsError as error:
            return self._wellbeing(HealthStatus.UNHEALTHY, error.message, None)
        if said.status is not HealthStatus.HEALTHY:
            return self._wellbeing(said.status, f"the LIMS says of itself that it is {said.status}", said)
        if self._breaker.state is not BreakerState.CLOSED:
            return self._wellbeing(HealthStatus.DEGRADED, "it answers again; calls go through it step by step", said)
        if (share := self._caller.failing_share()) >= FAILING_SHARE_THAT_DEGRADES:
            return self._wellbeing(HealthStatus.DEGRADED, f"{share:.0%} of the latest attempts failed", said)
        return self._wellbeing(HealthStatus.HEALTHY, "it answers", said)

    def _wellbeing(self, status: HealthStatus, reason: str, said: Health | None) -> Wellbeing:
        return Wellbeing(status, reason, self._breaker.state, said, self._next_try())

    async def validate_configuration(
        self,
        configuration: Configuration | None = None,
        *,
        deadline_seconds: float | None = None,
        attempts: int | None = None,
        request_id: str | None = None,
        **pieces: Any,
    ) -> ValidationResult:
        """What the LIMS says about a configuration, or about its pieces by name (`prescription=..., lens_type=...`).

        A rejected configuration is an answer (`is_valid` False, with findings), not an error.
        """
        if configuration is None:
            configuration = Configuration(**pieces)
        elif pieces:
            raise ValueError("give a configuration or its pieces, not both")
        if isinstance(configuration, CreateJobRequest):
            configuration = configuration.configuration()
        call = Call(
            "validate_configuration", "POST", "validation", "validation", _model(ValidationResult), configuration
        )
        return await self._call(call, **_options(deadline_seconds, attempts, request_id))

    async def create_job(
        self, request: CreateJobRequest, *, idempotency_key: str | None = None, **options: Unpack[CallOptions]
    ) -> Job:
        """Have a configuration made. The job may come back `on_hold`, with findings.

        The key (given, the request's own, or minted here) is the same for all attempts of this call: give your own to
        be able to ask again later without a second job. Raises `LimsRejected` with findings when it cannot be made.
        """
        key = idempotency_key or request.idempotency_key
        call = Call(
            "create_job", "POST", "jobs/create", "jobs/create", _model(Job), request, headers=_key(key), lane=Lane.JOBS
        )
        return await self._call(call, **options)

    async def get_job(self, job_id: str, **options: Unpack[CallOptions]) -> Job:
        """A job with its history; `LimsNotFound` when the LIMS does not know it."""
        call = Call("get_job", "GET", "jobs/{job_id}", f"jobs/{_segment(job_id)}", _model(Job))
        return await self._call(call, **options)

    async def get_job_status(self, job_id: str, **options: Unpack[CallOptions]) -> JobState:
        """How far a job has got; `LimsNotFound` when the LIMS does not know it."""
        path = f"jobs/{_segment(job_id)}/status"
        return await self._call(
            Call("get_job_status", "GET", "jobs/{job_id}/status", path, _model(JobState)), **options
        )

    async def list_jobs(
        self, *, updated_since: datetime | None = None, cursor: str | None = None, **options: Unpack[CallOptions]
    ) -> JobPage:
        """One page of the jobs changed since then, oldest change first; go on with `next_cursor` until it is None."""
        params = {}
        if updated_since is not None:
            if updated_since.utcoffset() is None:
                raise ValueError("updated_since needs a time zone")
            params["updatedSince"] = updated_since.astimezone(UTC).isoformat()
        if cursor is not None:
            params["cursor"] = cursor
        return await self._call(Call("list_jobs", "GET", "jobs", "jobs", _model(JobPage), params=params), **options)

    # ---------------------------------------------------------------------------------------------- catalog

    async def fetch_catalog(self, *, at_least: str | None = None, **options: Unpack[CallOptions]) -> Catalog:
        """The catalog, from the cache while that is younger than five minutes.

        After a catalog event, `at_least=event.rules_version` never answers from before it. When the LIMS is away the
        last one comes back with `stale` set; `LimsUnavailable` when there is none that will do. Callers share one
        request, so only `deadline_seconds` of the options counts, and it ends the waiting, not the request.
        """
        seconds = options.get("deadline_seconds", self._deadline_seconds)
        return await self._catalog.get(at_least=at_least, deadline_seconds=seconds)

    async def _ask_for_catalog(self, etag: str | None) -> Fetched:
        def read(response: httpx.Response, naive: list[str]) -> Fetched:
            if response.status_code != 304:
                return Fetched(Catalog.from_wire(response.content, naive=naive), response.headers.get("etag"))
            if etag is None:
                raise LimsProtocolError("fetch_catalog: the LIMS answered 304 to a request without a tag")
            return Fetched(None, etag)

        headers = {"Cache-Control": "no-cache", **({"If-None-Match": etag} if etag else {})}
        return await self._call(Call("fetch_catalog", "GET", "catalog", "catalog", read, headers=headers))

    # ---------------------------------------------------------------------------------------------- rules

    async def rules(self, *, state: RuleSetState | None = None, **options: Unpack[CallOptions]) -> tuple[RuleSet, ...]:
        """The rule sets, newest first, or those in one state."""
        params = {"state": str(state)} if state else {}

        def read(response: httpx.Response, naive: list[str]) -> tuple[RuleSet, ...]:
            return rule_sets_from_wire(response.content, naive=naive)

        return await self._call(Call("rules", "GET", "rules", "rules", read, params=params), **options)

    async def rule_set(self, version: str, **options: Unpack[CallOptions]) -> RuleSet:
        """One rule set."""
        call = Call("rule_set", "GET", "rules/{version}", f"rules/{_segment(version)}", _model(RuleSet))
        return await self._call(call, **options)

    async def create_draft(self, draft: RuleSetDraft, **options: Unpack[CallOptions]) -> RuleSet:
        """A new draft; the LIMS gives it a version."""
        call = Call("create_draft", "POST", "rules", "rules", _model(RuleSet), draft, headers=_key(), repeatable=False)
        return await self._call(call, **options)

    async def change_draft(self, version: str, draft: RuleSetDraft, **options: Unpack[CallOptions]) -> RuleSet:
        """Replace what a draft says; `LimsConflict` when it is not a draft (any more)."""
        call = Call("change_draft", "PUT", "rules/{version}", f"rules/{_segment(version)}", _model(RuleSet), draft)
        return await self._call(call, **options)

    async def simulate(
        self,
        version: str,
        *,
        jobs: Sequence[str] | None = None,
        last: int | None = None,
        **options: Unpack[CallOptions],
    ) -> SimulationResult:
        """What a draft would have decided on these jobs, or on the last so many."""
        body = SimulationRequest(jobs=tuple(jobs) if jobs is not None else None, last=last)
        path = f"rules/{_segment(version)}/simulate"
        call = Call("simulate", "POST", "rules/{version}/simulate", path, _model(SimulationResult), body)
        return await self._call(call, **options)

    async def publish(self, version: str, **options: Unpack[CallOptions]) -> RuleSet:
        """Make a draft the published set."""
        return await self._switch("publish", version, options)

    async def rollback(self, version: str, **options: Unpack[CallOptions]) -> RuleSet:
        """Publish a retired set again: `version` is the one to return to."""
        return await self._switch("rollback", version, options)

    async def _switch(self, verb: str, version: str, options: CallOptions) -> RuleSet:
        path = f"rules/{_segment(version)}/{verb}"
        template = f"rules/{{version}}/{verb}"
        return await self._call(
            Call(verb, "POST", template, path, _model(RuleSet), headers=_key(), repeatable=False), **options
        )

    # ---------------------------------------------------------------------------------------------- floor

    async def advance(
        self,
        job_id: str,
        *,
        to: JobStatus | None = None,
        note: str | None = None,
        carrier: str | None = None,
        tracking_number: str | None = None,
        expected_status: JobStatus | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Job:
        """Move a job on, to the next step when `to` is absent; `LimsConflict` when it is past `expected_status`."""
        body = AdvanceRequest(
            to=to, note=note, carrier=carrier, tracking_number=tracking_number, expected_status=expected_status
        )
        return await self._act("advance", job_id, body, idempotency_key, options)

    async def hold(
        self,
        job_id: str,
        *,
        reason: str,
        expected_status: JobStatus | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Job:
        """Stop a job until it is released."""
        return await self._act(
            "hold", job_id, HoldRequest(reason=reason, expected_status=expected_status), idempotency_key, options
        )

    async def release(
        self,
        job_id: str,
        *,
        to: JobStatus | None = None,
        note: str | None = None,
        expected_status: JobStatus | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Job:
        """Let a held job go on, where it was or at `to`."""
        body = ReleaseRequest(to=to, note=note, expected_status=expected_status)
        return await self._act("release", job_id, body, idempotency_key, options)

    async def cancel(
        self,
        job_id: str,
        *,
        reason: str,
        expected_status: JobStatus | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Job:
        """Cancel a job; `LimsConflict` with where it is when that is too late."""
        body = CancelRequest(reason=reason, expected_status=expected_status)
        return await self._act("cancel", job_id, body, idempotency_key, options)

    async def remake(
        self,
        job_id: str,
        *,
        reason: str,
        eye: Eye = Eye.BOTH,
        expected_status: JobStatus | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Job:
        """Make a job's lens or lenses again; the answer is the new job, which names the old in `remake_of`."""
        body = RemakeRequest(reason=reason, eye=eye, expected_status=expected_status)
        return await self._act("remake", job_id, body, idempotency_key, options)

    async def _act(self, verb: str, job_id: str, body: Action, key: str | None, options: CallOptions) -> Job:
        path = f"jobs/{_segment(job_id)}/{verb}"
        call = Call(verb, "POST", f"jobs/{{job_id}}/{verb}", path, _model(Job), body, headers=_key(key))
        return await self._call(call, **options)

    # ---------------------------------------------------------------------------------------------- webhooks

    async def register_webhook(
        self, url: str, *, events: Sequence[str], secret: str, **options: Unpack[CallOptions]
    ) -> WebhookRegistration:
        """Ask for deliveries to `url`; registering the same url again changes it and answers the same id."""
        body = WebhookRequest(url=url, events=tuple(events), secret=secret)
        call = Call("register_webhook", "POST", "webhooks/status", "webhooks/status", _model(WebhookRegistration), body)
        return await self._call(call, **options)

    async def delete_webhook(self, webhook_id: str, **options: Unpack[CallOptions]) -> None:
        """End deliveries; one that is gone already is fine."""
        path = f"webhooks/{_segment(webhook_id)}"
        try:
            await self._call(
                Call("delete_webhook", "DELETE", "webhooks/{webhook_id}", path, lambda *_: None), **options
            )
        except LimsNotFound:
            return

    def verify_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> WebhookEvent:
        """The event of a delivery signed as Standard Webhooks (or in hex, where that is switched on).

        Raises `WebhookSignatureInvalid` (answer 401) or `WebhookBodyInvalid` (answer 400).
        """
        naive: list[str] = []
        event = self._webhooks.verify(headers, raw_body, naive=naive)
        if naive:
            tell(self._hooks.on_naive_timestamps, NaiveTimestamps("verify_webhook", tuple(naive)))
        return event

    def authenticate_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> None:
        """Only the proof: raises `WebhookSignatureInvalid`; to keep a delivery first and read it later."""
        self._webhooks.authenticate(headers, raw_body)

    def verify_webhook_signature(self, payload: bytes | str, signature: str) -> bool:
        """Whether `signature` is the hex HMAC-SHA256 of the raw payload: the plain scheme, without time or id."""
        return self._webhooks.matches_hex(payload, signature)

    # ---------------------------------------------------------------------------------------------- inside

    async def _call(self, call: Call[_Answer], **options: Unpack[CallOptions]) -> _Answer:
        return await self._caller.call(
            call,
            request_id=_header_safe(options.get("request_id") or self._hosts_request() or uuid4().hex, "request_id"),
            deadline_seconds=options.get("deadline_seconds"),
            attempts=options.get("attempts"),
        )

    def _hosts_request(self) -> str | None:
        try:
            return self._hooks.request_id()
        except Exception:  # as with every hook: it must not lose an order
            _log.exception("a hook failed on request_id")
            return None

    def _next_try(self) -> datetime | None:
        seconds = self._breaker.seconds_to_next_try()
        return self._clock.now() + timedelta(seconds=seconds) if seconds else None

    def _breaker_changed(self, before: BreakerState, after: BreakerState) -> None:
        tell(self._hooks.on_breaker, BreakerChanged(before, after, self._next_try()))


def _model(kind: type[_Body]) -> Callable[[httpx.Response, list[str]], _Body]:
    return lambda response, naive: kind.from_wire(response.content, naive=naive)


def _options(deadline_seconds: float | None, attempts: int | None, request_id: str | None) -> CallOptions:
    options: CallOptions = {}
    if deadline_seconds is not None:
        options["deadline_seconds"] = deadline_seconds
    if attempts is not None:
        options["attempts"] = attempts
    if request_id is not None:
        options["request_id"] = request_id
    return options


def _key(given: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": _header_safe(given or str(uuid4()), "idempotency_key")}


def _header_safe(text: str, name: str) -> str:
    if not text or len(text) > 255 or not text.isascii() or not text.isprintable() or text != text.strip():
        raise ValueError(f"{name} must be 1 to 255 printable ASCII characters")
    return text


def _segment(text: str) -> str:
    if text in ("", ".", ".."):
        raise ValueError("an id cannot be empty or dots")
    return quote(text, safe="")


def _checked_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(f"base_url is not a URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("base_url must be http:// or https:// and a host")
    if url.query or url.fragment or url.userinfo:
        raise ValueError("base_url takes no user, query or fragment")
    return url


def _tls(cert: str | None, key: str | None) -> ssl.SSLContext | bool:
    if cert is None and key is None:
        return True
    if cert is None:
        raise ValueError("client_key needs client_cert")
    context = httpx.create_ssl_context()
    try:
        context.load_cert_chain(cert, key, password=lambda: b"")
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"client_cert and client_key cannot be used: {error}") from None
    return context
