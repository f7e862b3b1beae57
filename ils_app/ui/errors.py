"""Refusals as a person sees them in the browser, and breakage as the log may show it."""

import reflex as rx
from reflex.event import EventSpec

from ils_app.kernel import log
from ils_app.kernel.errors import IlsError

logger = log.get_logger(__name__)


def toast(error: IlsError) -> EventSpec:
    """A refusal as a toast; its id is the refusal's code, so that a repeat replaces it."""
    return rx.toast.error(error.message, id=error.code)


def done(message: str) -> EventSpec:
    """A finished act, said once."""
    return rx.toast.success(message)


def broken(exception: Exception) -> EventSpec:
    """What Reflex calls when a handler breaks: the log gets the error's type and place, never its text."""
    logger.error("handler_failed", exc_info=exception)
    return rx.toast.error(
        "ILS could not finish this. Nothing was lost: try again, or reload the page.", id="broken", duration=10_000
    )


def broken_in_browser(exception: Exception) -> None:
    """What Reflex calls when a page reports an error of its own."""
    logger.warning("browser_error", kind=str(exception).split("\n", 1)[0].split(":", 1)[0][:80])
