"""The process's one LIMS client: opened with the process, closed with it, shared by every room and page."""

import contextlib
from collections.abc import AsyncIterator

from ils_app.kernel import config, log
from lims_client import LimsClient

TYPING_SECONDS = 2.0
CLICK_SECONDS = 3.0
BACKGROUND_SECONDS = 30.0

logger = log.get_logger(__name__)
_client: LimsClient | None = None


def lims() -> LimsClient:
    """The client, made on first use from the settings."""
    global _client
    if _client is None:
        settings = config.current()
        _client = LimsClient(
            base_url=settings.lims_api_base_url,
            api_key=settings.lims_api_key.get_secret_value(),
            webhook_secret=settings.lims_webhook_secret.get_secret_value(),
            rate_per_minute=settings.lims_rate_per_minute or None,
            client_cert=str(settings.lims_client_cert) if settings.lims_client_cert else None,
            client_key=str(settings.lims_client_key) if settings.lims_client_key else None,
            allow_hex_signature=settings.lims_allow_hex_signature,
        )
    return _client


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


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[LimsClient]:
    """The client for as long as the block lasts."""
    try:
        yield lims()
    finally:
        await close()
