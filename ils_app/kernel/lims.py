"""The process's one LIMS client: opened with the process, closed with it, shared by every room and page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from ils_app.kernel import config, log, metrics
from ils_app.kernel.clock import now
from lims_client import LimsClient
from lims_client.errors import LimsError
from lims_client.hooks import Hooks, NaiveTimestamps
from lims_client.models import HealthStatus

TYPING_SECONDS = 2.0
CLICK_SECONDS = 3.0
BACKGROUND_SECONDS = 30.0
INTRODUCTION_SECONDS = 10.0
WATCH_SECONDS = 10.0

logger = log.get_logger(__name__)
_client: LimsClient | None = None
_silent_since: datetime | None = None


def lims() -> LimsClient:
    """The client, made on first use from the settings."""
    global _client
    if _client is None:
        settings = config.current()
        _client = LimsClient(
            base_url=settings.lims_api_base_url,
            api_key=settings.lims_api_key.get_secret_value(),
            webhook_secret=settings.lims_webhook_secret.get_secret_value(),
            rate_per_minute=None if settings.lims_is_sandbox else settings.lims_rate_per_minute,
            client_cert=str(settings.lims_client_cert) if settings.lims_client_cert else None,
            client_key=str(settings.lims_client_key) if settings.lims_client_key else None,
            allow_hex_signature=settings.lims_allow_hex_signature,
            hooks=Hooks(
                on_response=metrics.lims_answered,
                on_failure=metrics.lims_failed,
                on_breaker=metrics.breaker_changed,
                on_naive_timestamps=_said_without_zone,
                request_id=log.request_id,
            ),
        )
    return _client


def _said_without_zone(event: NaiveTimestamps) -> None:
    """The LIMS breaks the contract and its times are taken for UTC: whoever runs it must hear of it."""
    logger.warning("lims_times_without_zone", operation=event.operation, fields=list(event.fields))


def use(client: LimsClient | None) -> None:
    """Put another client in its place; for tests and for commands that speak to another LIMS."""
    global _client
    _client = client


async def close() -> None:
    """Close the client's connections."""
    global _client
    if _client is not None:
        await _client.aclose()
        _client = None


def silent_since() -> datetime | None:
    """Since when the LIMS has not answered this process; None while it does."""
    return _silent_since


@contextlib.asynccontextmanager
async def watched(on_change: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Register our webhook routes with the LIMS and keep an eye on it while the block lasts.

    `on_change` is awaited when it falls silent and when it answers again.
    """
    tasks = [
        asyncio.create_task(_introduce(), name="lims-introduction"),
        asyncio.create_task(_watch(on_change), name="lims-watch"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(on_change: Callable[[], Awaitable[None]]) -> None:
    global _silent_since
    while True:
        wellbeing = await lims().health()
        answers = wellbeing.status is not HealthStatus.UNHEALTHY
        if answers is not (_silent_since is None):
            _silent_since = None if answers else now()
            logger.warning("lims_reachability_changed", answers=answers)
            try:
                await on_change()
            except Exception:  # who cannot be told now reads it with the next page; the watch goes on
                logger.exception("lims_change_untold")
        await asyncio.sleep(WATCH_SECONDS)


async def _introduce() -> None:
    settings = config.current()
    routes = {
        "/api/webhooks/lims-status": ("job.status_changed",),
        "/api/webhooks/lims-catalog-update": ("catalog.updated",),
    }
    if not settings.lims_webhook_secrets:
        logger.warning("introduction_without_secret")  # none configured: no webhook is accepted either
        return
    secret = settings.lims_webhook_secrets[0]
    while routes:
        for path, events in list(routes.items()):
            try:
                await lims().register_webhook(f"{settings.public_url}{path}", events=events, secret=secret)
            except LimsError as error:
                logger.warning("introduction_failed", path=path, error=type(error).__name__)
            else:
                del routes[path]
        if routes:
            await asyncio.sleep(INTRODUCTION_SECONDS)


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[LimsClient]:
    """The client for as long as the block lasts."""
    try:
        yield lims()
    finally:
        await close()
