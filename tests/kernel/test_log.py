"""No patient's name ever reaches a log: not by an exception's text, a parameter, a local, a library or a warning."""

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
import warnings

import psycopg
import pytest
import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ils_app.kernel import jobs, log
from ils_app.patients.schemas import PatientDraft
from tests.support.sandbox_process import ROOT

NAME = "Rosalind-Achterberg"


@pytest.fixture
def logged():
    """The log as `configure` sends it to a stream; everything is as it was afterwards."""
    stream, root = io.StringIO(), logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config(), sys.excepthook)
    log.configure(stream)
    try:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    finally:
        logging.captureWarnings(False)
        root.handlers[:], root.level = before[0], before[1]
        structlog.configure(**before[2])
        sys.excepthook = before[3]


def without_the_name(lines: list[dict]) -> list[dict]:
    assert lines
    assert NAME not in json.dumps(lines)
    return lines


def test_a_line_is_json_with_event_level_time_and_the_ids_bound_around_it(logged):
    with log.bound(request_id="r-1"):
        log.get_logger("ils_app.test").info("order_sent", order_id="o-1")
    log.get_logger("ils_app.test").info("later")
    first, second = logged()
    assert first["timestamp"].endswith("Z")
    del first["timestamp"], second["timestamp"]
    assert first == {"event": "order_sent", "level": "info", "order_id": "o-1", "request_id": "r-1"}
    assert second == {"event": "later", "level": "info"}


def plain_exception() -> None:
    raise ValueError(f"cannot read {NAME}")


def chained_exception() -> None:
    try:
        plain_exception()
    except ValueError as error:
        raise RuntimeError(f"while saving {NAME}") from error


def validation_error() -> None:
    class Strict(BaseModel):
        born: int

    Strict.model_validate({"born": NAME})


def group() -> None:
    raise ExceptionGroup(f"two of {NAME}", [ValueError(NAME), KeyError(NAME)])


@pytest.mark.parametrize("breaks", [plain_exception, chained_exception, validation_error, group])
def test_an_exception_is_logged_by_type_and_place_only(breaks, logged):
    patient = NAME  # a local that a traceback with locals would show
    try:
        breaks()
    except Exception as error:
        log.get_logger("ils_app.test").error("broke", exc_info=True)
        log.get_logger("ils_app.test").exception("broke")
        log.get_logger("ils_app.test").error("broke", exc_info=error)
        log.get_logger("ils_app.test").error("broke", exc_info=(type(error), error, error.__traceback__))
        logging.getLogger("somebody.elses").exception("saving %s", patient)
        logging.getLogger("ils_app.ours").exception("broke")
    lines = without_the_name(logged())
    assert len(lines) == 6
    assert all("test_log.py" in line["trace"][-1] or "pydantic" in line["trace"][-1] for line in lines)
    assert {line["error"] for line in lines} <= {"ValueError", "RuntimeError", "ValidationError", "ExceptionGroup"}


async def test_a_databases_error_never_names_what_was_written(database, room, logged):
    for statement in (
        "SELECT * FROM kernel.nowhere WHERE name = :name",
        "INSERT INTO kernel.inbox (id, source) VALUES (gen_random_uuid(), :name)",  # its DETAIL quotes the row
    ):
        with pytest.raises(DBAPIError) as caught:
            async with room.unit_of_work() as uow:
                await uow.session.execute(text(statement), {"name": NAME})
        log.get_logger("ils_app.test").error("broke", exc_info=caught.value)
        logging.getLogger("sqlalchemy.engine").error("failed: %s", caught.value)
    assert "[SQL parameters hidden" in str(caught.value)
    without_the_name(logged())


def test_a_refused_patient_is_not_named_by_the_error_itself():
    with pytest.raises(ValidationError) as caught:
        PatientDraft.model_validate({"given_name": NAME, "family_name": NAME, "date_of_birth": NAME})
    assert NAME not in str(caught.value)


def test_a_handler_that_breaks_in_the_browser_is_logged_without_its_text(logged):
    from ils_app.ui import errors

    try:
        chained_exception()
    except RuntimeError as error:
        toast = errors.broken(error)
        errors.broken_in_browser(RuntimeError(f"TypeError: {NAME} is not a function\n at {NAME}"))
    lines = without_the_name(logged())
    assert [line["event"] for line in lines] == ["handler_failed", "browser_error"]
    assert lines[0]["error"] == "RuntimeError"
    assert NAME not in str(toast)


async def test_a_job_that_fails_is_logged_by_name_and_id(room, sql, logged):
    @jobs.task("test.named_patient")
    async def work(reference: str) -> None:
        raise LookupError(f"no {NAME}")

    async with room.unit_of_work() as uow:
        await uow.enqueue("test.named_patient", reference=NAME)
    await jobs.work_off()
    del jobs.book.tasks["test.named_patient"]
    lines = without_the_name(logged())
    (ours,) = [line for line in lines if line["event"] == "job_attempt_failed"]
    assert (ours["job"], ours["error"], ours["attempt"]) == ("test.named_patient", "LookupError", 1)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.CRITICAL])
def test_other_libraries_say_only_who_and_how_bad_at_whatever_level_they_are_set(level, logged):
    library = logging.getLogger("sqlalchemy.engine.Engine")
    library.setLevel(logging.DEBUG)
    library.log(level, "INSERT %s", NAME, extra={"patient": NAME}, stack_info=True)
    library.setLevel(logging.NOTSET)
    assert NAME not in json.dumps(logged())
    assert [line["event"] for line in logged()] == (
        [f"sqlalchemy.engine.Engine {logging.getLevelName(level).lower()}"] if level >= logging.WARNING else []
    )


def test_a_warning_of_pythons_is_a_line_without_its_words(logged):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"unexpected value {NAME}", UserWarning, stacklevel=1)
    without_the_name(logged())


async def test_a_task_nobody_waited_for_is_logged_without_its_text(logged):
    async def lost() -> None:
        raise ValueError(NAME)

    task = asyncio.get_running_loop().create_task(lost())
    await asyncio.wait([task])
    del task
    import gc

    gc.collect()
    lines = without_the_name(logged())
    assert lines[0]["event"] == "asyncio error"


def test_the_end_of_a_process_is_logged_without_its_text(tmp_path):
    script = (
        "import threading\nfrom ils_app.kernel import log\nlog.configure()\n"
        f"thread = threading.Thread(target=lambda: int('{NAME}'))\nthread.start()\nthread.join()\n"
        f"raise ValueError('{NAME}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, "ILS_HOME": str(tmp_path)}, capture_output=True,
        text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    lines = without_the_name([json.loads(line) for line in done.stderr.splitlines()])
    assert [line["event"] for line in lines] == ["thread_ended_by_error", "process_ended_by_error"]


def test_psycopg_errors_are_never_logged_with_their_details(logged):
    error = psycopg.errors.UniqueViolation(f"Key (name)=({NAME}) already exists")
    log.get_logger("ils_app.test").warning("broke", exc_info=error)
    assert without_the_name(logged())[0]["error"] == "UniqueViolation"
