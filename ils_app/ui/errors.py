"""Refusals as a person sees them in the browser, and breakage as the log may show it."""

import re
from collections.abc import Iterable

from reflex.event import EventSpec

from ils_app.kernel import database, database_watch, log
from ils_app.kernel.errors import IlsError
from ils_app.ui.notices import Notices

logger = log.get_logger(__name__)


def toast(error: IlsError) -> EventSpec:
    """A refusal as a toast; its id is the refusal's code, so that a repeat replaces it."""
    return Notices.say("refused", error.message, error.code)


def beside(error: IlsError, names: Iterable[str]) -> dict[str, str]:
    """The sentence of each of a form's fields, empty where there is none.

    Raises the refusal again when it has a sentence for none of them: nobody would see it, and the guard makes it a
    toast.
    """
    said = {name: error.fields.get(name, "") for name in names}
    if not any(said.values()):
        raise error
    return said


def done(message: str) -> EventSpec:
    """A finished act, said once."""
    return Notices.say("done", message, "")


def told(message: str, code: str) -> EventSpec:
    """Something to know; of one `code` only the latest stands on the screen."""
    return Notices.say("told", message, code)


def away(error: BaseException) -> EventSpec:
    """The database did not answer: it is looked at now, and who asked is told."""
    logger.warning("database_met_silent", error=type(error).__name__)
    database_watch.suspect()
    return toast(database.DatabaseAway())


def broken(exception: Exception) -> EventSpec:
    """What Reflex calls when a handler breaks: the log gets the error's type and place, never its text."""
    if isinstance(exception, database.AWAY):
        return away(exception)
    logger.error("handler_failed", exc_info=exception)
    return Notices.say(
        "refused", "ILS could not finish this. Nothing was lost: try again, or reload the page.", "broken"
    )


def broken_in_browser(exception: Exception) -> None:
    """What Reflex calls when a page reports an error of its own: its name is logged, its words may be anybody's."""
    named = re.match(r"[A-Z][A-Za-z]{2,30}(?:Error|Exception)\b", str(exception))
    logger.warning("browser_error", kind=named[0] if named else "unnamed")
