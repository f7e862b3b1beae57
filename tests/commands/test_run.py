"""`make run` on a stand-in project: real processes, real signals, real ports."""

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from ils_app.kernel import postgres, postgres_places
from tests.support.stand_in import StandIn, end, free_port, read_until

RUNNING = r"stop: Ctrl-C"


def started(project: StandIn, *command: str, **environ: str) -> subprocess.Popen[str]:
    process = project.start(*command, **environ)
    read_until(process, RUNNING)
    return process


def note(project: StandIn) -> dict[str, object]:
    return json.loads((project.folder / ".ils" / "run.json").read_text())


def answer(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def left_running(project: StandIn) -> list[str]:
    """Whatever still runs in, or for, the project's folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
            words = " ".join(process.info["cmdline"] or [])
            places = (str(project.folder), str(postgres_places.link_of(project.folder).resolve()))
            if process.info["cwd"] in places or any(place in words for place in places):
                found.append(f"{process.pid} {words}")
    return found


def test_it_says_each_step_serves_and_writes_down_how_to_reach_it(project: StandIn):
    process = project.start()
    said = read_until(process, RUNNING)
    for step in ("embedded PostgreSQL", "sandbox LIMS", "tables", "demo", "Starting ILS"):
        assert step in said
    kept = note(project)
    assert kept["app_url"] == f"http://127.0.0.1:{project.port}"
    assert kept["lims_url"] == f"http://127.0.0.1:{project.lims_port}"
    assert set(kept["accounts"]) == {"ecp", "lab", "engineer", "supplier", "admin"}
    assert str(kept["password"]) in said
    assert psutil.pid_exists(int(str(kept["pid"])))
    assert (project.folder / ".ils" / "run.json").stat().st_mode & 0o777 == 0o600
    status, environ = answer(f"{kept['app_url']}/health")
    assert status == 200
    seen = json.loads(environ)
    assert seen["REFLEX_ENV_MODE"] == "prod"
    assert seen["REFLEX_STATE_MANAGER_MODE"] == "memory"
    assert seen["ILS_WORKER"] == "inline"
    asked = urllib.request.Request(
        f"{kept['lims_url']}/catalog", headers={"Authorization": f"Bearer {kept['lims_api_key']}"}
    )
    assert urllib.request.urlopen(asked, timeout=5).status == 200
    everyone = " ".join(" ".join(found.info["cmdline"] or []) for found in psutil.process_iter(["cmdline"]))
    assert str(kept["lims_api_key"]) not in everyone
    end(process)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_make_alone_stops_everything_it_started(project: StandIn, number: int):
    process = started(project)
    assert len(left_running(project)) > 3
    end(process, number)
    assert_all_stopped(project)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_command_itself_stops_everything_it_started(project: StandIn, number: int):
    process = started(project)
    os.kill(int(str(note(project)["pid"])), number)
    process.communicate(timeout=30)
    assert_all_stopped(project)


def test_ctrl_c_in_a_terminal_which_reaches_everyone_stops_everything(project: StandIn):
    process = started(project)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert_all_stopped(project)


def test_a_signal_while_it_is_still_starting_stops_everything(project: StandIn):
    process = project.start()
    read_until(process, "sandbox LIMS")
    end(process)
    assert_all_stopped(project)


def test_a_make_that_is_killed_takes_everything_with_it(project: StandIn):
    process = started(project)
    process.kill()
    process.communicate(timeout=30)  # until the command, which holds the same output, has ended too
    assert_all_stopped(project)


def assert_all_stopped(project: StandIn) -> None:
    assert left_running(project) == []
    assert postgres.running(project.folder) is None
    assert not (project.folder / ".ils" / "run.json").exists()
    for port in (project.port, project.lims_port):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))


def test_when_a_child_ends_by_itself_it_is_named_and_everything_stops(project: StandIn):
    process = started(project)
    sandbox = next(found for found in psutil.process_iter(["cmdline"]) if _is_sandbox(project, found.info["cmdline"]))
    sandbox.kill()
    said, _ = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "the sandbox LIMS ended by itself (status -9), so everything is stopped" in said
    assert_all_stopped(project)


def _is_sandbox(project: StandIn, words: list[str] | None) -> bool:
    return words is not None and "lims_client.sandbox" in words and str(project.lims_port) in words


def test_a_worker_process_of_the_app_that_dies_is_replaced(project: StandIn):
    process = started(project)
    with pytest.raises((OSError, urllib.error.URLError)):
        answer(f"http://127.0.0.1:{project.port}/die")
    assert eventually_answers(f"http://127.0.0.1:{project.port}/health")
    end(process)


def eventually_answers(address: str) -> bool:
    for _ in range(100):
        try:
            return answer(address)[0] == 200
        except OSError:
            signal.sigtimedwait([], 0.1)
    return False


def test_the_second_start_keeps_the_database_and_takes_under_eight_seconds(project: StandIn):
    process = started(project)
    first = note(project)
    end(process)
    process = project.start()
    said = read_until(process, RUNNING, seconds=8)
    assert "Building the pages" not in said
    assert {**note(project), "pid": 0} == {**first, "pid": 0}
    end(process)


def test_what_a_killed_run_left_behind_is_ended_and_the_next_one_starts(project: StandIn):
    process = started(project)
    os.kill(int(str(note(project)["pid"])), signal.SIGKILL)
    process.wait(timeout=30)
    assert any(_is_sandbox(project, found.info["cmdline"]) for found in psutil.process_iter(["cmdline"]))
    process = project.start()
    assert "Ending what an earlier start left running" in read_until(process, RUNNING)
    end(process)
    assert_all_stopped(project)


def refused(project: StandIn, *command: str, **environ: str) -> str:
    """What a start that must fail says; never a traceback."""
    process = project.start(*command, **environ)
    said, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in said
    return said


def test_a_second_run_in_the_same_folder_is_refused_and_says_where_the_first_is(project: StandIn):
    process = started(project)
    said = refused(project)
    assert f"ILS is running here already on http://127.0.0.1:{project.port} (process {note(project)['pid']})" in said
    assert "stop it first" in said
    assert answer(f"http://127.0.0.1:{project.port}/health")[0] == 200
    end(process)


@pytest.mark.parametrize(("variable", "port"), [("PORT", "port"), ("LIMS_SANDBOX_PORT", "lims_port")])
def test_a_taken_port_is_named_with_what_to_type_instead(project: StandIn, variable: str, port: str):
    with socket.socket() as other:
        other.bind(("127.0.0.1", getattr(project, port)))
        other.listen()
        said = refused(project)
    assert f"port {getattr(project, port)} is in use by another program" in said
    assert f"{variable}=" in said
    assert postgres.running(project.folder) is None


def test_one_port_for_both_is_refused(project: StandIn):
    said = refused(project, LIMS_SANDBOX_PORT=str(project.port))
    assert "PORT and LIMS_SANDBOX_PORT are both" in said


def test_a_broken_database_folder_is_named_with_what_to_do(project: StandIn):
    end(started(project))
    (postgres_places.link_of(project.folder).resolve() / "PG_VERSION").write_text("9.6\n")
    said = refused(project)
    assert "was made by PostgreSQL 9.6: move it away to start with an empty database." in said


def test_a_wrong_setting_stops_it_by_name(project: StandIn):
    assert "PORT must be a whole number from 1 to 65535." in refused(project, PORT="three thousand")


def test_production_is_not_what_it_is_for(project: StandIn):
    said = refused(project, ILS_ENV="production")
    assert "is missing" in said  # the settings refuse it first
    base = {
        "PUBLIC_URL": "https://ils.example.com",
        "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/ils",
        "LIMS_API_BASE_URL": "https://lims.example.com",
        "LIMS_API_KEY": "k",
        "LIMS_WEBHOOK_SECRET": "whsec_" + "a" * 32,
        "SESSION_SECRET": "s" * 32,
        "ADMIN_SETUP_KEY": "a" * 16,
    }
    said = refused(project, ILS_ENV="production", **base)
    assert "ILS_ENV=production is for `python -m ils_app serve`" in said


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("ils_app/demo.py", "def seed():\n    raise SystemExit('no seeds today')\n", "the demo could not be added:"),
        ("alembic/versions/0001_first.py", "nonsense\n", "the tables could not be brought up to date:"),
        ("lims_client/sandbox/__main__.py", "raise SystemExit('no LIMS today')\n", "the sandbox LIMS did not start"),
        ("ils_app/ils_app.py", "raise SystemExit('no app today')\n", "ILS did not start; its last words"),
        ("rxconfig.py", "raise SystemExit('no pages today')\n", "the pages could not be built:"),
    ],
)
def test_a_step_that_fails_is_named_shows_its_last_words_and_stops_the_rest(
    project: StandIn, file: str, text: str, said: str
):
    (project.folder / file).write_text(text)
    if file == "ils_app/ils_app.py":
        project.have_pages()  # of this very source
    process = project.start()
    words, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert said in words
    assert "today" in words or "today" not in text
    assert_all_stopped(project)


def test_its_own_database_and_lims_are_used_when_they_are_set(project: StandIn, tmp_path: Path):
    server = postgres.temporary(tmp_path / "own")
    lims = started_lims(project)
    try:
        environ = {"DATABASE_URL": server.url, "LIMS_API_BASE_URL": f"http://127.0.0.1:{lims[1]}"}
        process = project.start(**environ)
        said = read_until(process, RUNNING)
        assert "embedded" not in said
        assert f"Using the LIMS at http://127.0.0.1:{lims[1]}" in said
        assert not postgres_places.link_of(project.folder).exists()
        end(process)
        assert lims[0].poll() is None
        assert psutil.pid_exists(server.pid)
    finally:
        lims[0].kill()
        lims[0].wait()
        server.stop()


def started_lims(project: StandIn) -> tuple[subprocess.Popen[bytes], int]:
    """Somebody else's LIMS."""
    port = free_port()
    words = [str(project.folder / ".venv/bin/python"), "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    return subprocess.Popen(words, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), port
