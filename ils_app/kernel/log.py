"""Logs as JSON lines with ids only: no names, no values that were entered, no locals of a traceback."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger


def get_logger(name: str) -> Any:
    """A logger whose events are words and whose fields are ids: `logger.info("order_sent", order_id=...)`."""
    return structlog.get_logger(name)


@contextmanager
def bound(**ids: object) -> Iterator[None]:
    """Have every line inside carry these ids (`request_id`, `order_id`, `job`)."""
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def _error_by_name_only(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and the lines it passed: its text may hold what a person entered."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        trace, places = error.__traceback__, []
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename.rsplit('/ils_app/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["trace"] = places[-12:]
    return event


TALKATIVE = ("engineio.server", "socketio.server")
"""Loggers that would give themselves a handler of their own, past our filter, unless they have a level already."""


class _Quiet(logging.Filter):
    """Keeps other libraries' records to logger, level and error type: their messages may quote what was entered."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass every record on, its words replaced where they are not ours."""
        if record.levelno >= logging.WARNING and not record.name.startswith(("ils_app", "granian", "_granian")):
            record.msg, record.args = f"{record.name} {record.levelname.lower()}", ()
        return True


def configure(stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (standard error) as JSON. Called once at start."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _error_by_name_only,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared], processor=structlog.processors.JSONRenderer(default=str)
        )
    )
    handler.addFilter(_Quiet())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
