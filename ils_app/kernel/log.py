"""Logs as JSON lines with ids only: no names, no values that were entered, no locals of a traceback."""

import copy
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
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


def request_id() -> str | None:
    """The id of the click or the request this is done for, also in another process and later."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return str(found) if found else None


def begin(**ids: object) -> None:
    """Have every line of this task from here on carry these ids; for whoever has a task of its own, as an event has."""
    structlog.contextvars.bind_contextvars(**ids)


@contextmanager
def for_request(given: object) -> Iterator[None]:
    """Have what is inside done for this request, where one is named."""
    if not given:
        yield
        return
    with bound(request_id=given):
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


class _Quiet(logging.StreamHandler[TextIO]):
    """Keeps other libraries' records to logger, level and error type: their messages may quote what was entered."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, its words replaced where they are not ours; what others say below a warning is left out.

        The record itself stays as it is: other handlers have it too.
        """
        if not record.name.startswith(("ils_app", "granian", "_granian")):
            if record.levelno < logging.WARNING:
                return
            record = copy.copy(record)
            record.msg, record.args, record.stack_info = f"{record.name} {record.levelname.lower()}", (), None
        super().emit(record)


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
    handler = _Quiet(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared], processor=structlog.processors.JSONRenderer(default=str)
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)  # their texts quote values
    sys.excepthook = _process_ended
    threading.excepthook = _thread_ended


def _process_ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """In place of a traceback, whose last line quotes."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        get_logger(__name__).critical("process_ended_by_error", exc_info=error)


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    get_logger(__name__).critical("thread_ended_by_error", exc_info=ended.exc_value)
