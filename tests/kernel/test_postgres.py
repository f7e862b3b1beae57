"""The embedded PostgreSQL, with real servers: how it starts, what it recovers from, and what it must leave alone."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from ils_app.kernel import local_folder, postgres, postgres_places, postgres_programs
from ils_app.kernel.postgres import EmbeddedPostgresError

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs an unprivileged user")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A private folder whose database is stopped and removed afterwards, wherever its data are."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    yield path
    remove_database(path)


@pytest.fixture(scope="module")
def running_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A private folder whose database runs, for tests that only look."""
    path = tmp_path_factory.mktemp("running", numbered=True)
    path.chmod(0o700)
    postgres.start(path)
    yield path
    remove_database(path)


def remove_database(home: Path) -> None:
    link = postgres_places.link_of(home)
    if link.is_symlink():
        postgres_places.discard(link.resolve().parent)
    elif link.is_dir():
        postgres_programs.stop(link)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[postgres.EmbeddedPostgres]:
    """A temporary server."""
    temporary = postgres.temporary(tmp_path / "temporary")
    yield temporary
    temporary.stop()


def ask(address: str, query: str) -> object:
    with psycopg.connect(address, connect_timeout=5) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row and row[0]


def test_a_started_database_answers_keeps_its_data_and_is_found_running(home: Path):
    first = postgres.start(home)
    assert ask(first.url, "SHOW server_version_num") == "180000" or str(
        ask(first.url, "SHOW server_version")
    ).startswith("18")
    assert ask(first.url, "SELECT current_database()") == "ils"
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    again = postgres.start(home)
    assert (again.pid, again.port, again.reused) == (first.pid, first.port, True)
    assert postgres.running(home) == again
    again.stop()
    assert postgres.running(home) is None
    assert not runs(first.pid)
    once_more = postgres.start(home)
    assert not once_more.reused
    assert ask(once_more.url, "SELECT answer FROM kept") == 42
    once_more.stop()
    once_more.stop()  # and again, which does nothing


def test_nothing_is_running_before_the_first_start(home: Path):
    assert postgres.running(home) is None


def test_it_is_durable_speaks_utc_and_unicode_and_logs_no_rows(running_home: Path):
    url = postgres.start(running_home).url
    assert [ask(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "timezone")] == ["on", "on", "UTC"]
    assert ask(url, "SELECT lower('ÅNGSTRÖM') = 'ångström' AND 'Ä' < 'é'") is True
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE patient (name text UNIQUE)")
        connection.execute("INSERT INTO patient VALUES ('Planted Patient')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO patient VALUES (%s)", ["Planted Patient"])
    log = (postgres_places.link_of(running_home) / "server.log").read_text()
    assert "duplicate key" in log
    assert "Planted Patient" not in log


@pytest.mark.parametrize("password", ["", ":wrong"])
def test_nobody_gets_in_without_the_password(running_home: Path, password: str):
    found = postgres.start(running_home)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://ils_embedded{password}@127.0.0.1:{found.port}/postgres", passfile="/dev/null")


def test_it_listens_on_loopback_alone_and_on_no_socket_file(running_home: Path):
    found = postgres.start(running_home)
    listening = [c.laddr for c in psutil.Process(found.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", found.port)]
    assert [c for c in psutil.Process(found.pid).net_connections("unix") if c.laddr] == []


def test_a_private_home_keeps_its_mode_and_every_folder_on_the_way_too(home: Path):
    folders = [home, *home.parents]
    before = [folder.stat().st_mode for folder in folders]
    users = Path("/etc/passwd").read_text()
    postgres.start(home)
    assert [folder.stat().st_mode for folder in folders] == before
    assert home.stat().st_mode & 0o777 == 0o700
    assert Path("/etc/passwd").read_text() == users


@root_only
def test_as_root_it_runs_as_nobody_on_data_that_only_nobody_can_read(running_home: Path):
    found = postgres.start(running_home)
    assert psutil.Process(found.pid).username() == "nobody"
    data = postgres_places.link_of(running_home).resolve()
    assert data.stat().st_mode & 0o777 == 0o700
    assert data.owner() == "nobody"
    assert data.is_relative_to("/var/lib/ils")


def test_it_survives_its_own_sudden_death(home: Path):
    first = postgres.start(home)
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with psycopg.connect(first.url):  # someone is connected when it dies
        os.kill(first.pid, signal.SIGKILL)
        wait_until_gone(first.pid)
        again = postgres.start(home)
    assert ask(again.url, "SELECT answer FROM kept") == 42


def test_a_note_of_a_dead_server_whose_number_is_another_process_by_now_is_not_believed(home: Path):
    first = postgres.start(home)
    note = postgres_places.link_of(home) / "postmaster.pid"
    lines = note.read_text().splitlines()
    first.stop()
    with running_as_owner(note.parent) as other:
        note.write_text("\n".join([str(other), *lines[1:]]) + "\n")
        shutil.chown(note, note.parent.owner())
        again = postgres.start(home)
        assert again.pid != other
        assert runs(other)


def test_a_start_that_was_cut_off_while_making_the_data_is_made_again(home: Path):
    data = postgres_places.data_of(home)
    unfinished = data.with_name(f"{data.name}.unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert ask(postgres.start(home).url, "SELECT 1") == 1
    assert not unfinished.exists()


def test_a_start_that_was_cut_off_before_the_database_was_made_is_finished(home: Path):
    first = postgres.start(home)
    first.drop_database("ils")
    assert ask(postgres.start(home).url, "SELECT current_database()") == "ils"


def test_two_starts_at_once_find_the_same_server(home: Path):
    start = (
        "import pathlib, sys; from ils_app.kernel import postgres; print(postgres.start(pathlib.Path(sys.argv[1])).pid)"
    )
    with ThreadPoolExecutor() as threads:
        both = [threads.submit(subprocess.check_output, [sys.executable, "-c", start, str(home)]) for _ in range(2)]
    assert both[0].result() == both[1].result()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: (data / "PG_VERSION").write_text("12\n"), "was made by PostgreSQL 12: move it away"),
        (lambda data: (data / "PG_VERSION").unlink(), "is not a database folder: move it away"),
        (lambda data: (data / "global" / "pg_control").unlink(), "does not start .*: move that folder away"),
        (lambda data: shutil.rmtree(data / "pg_wal"), r"does not start \(.*pg_wal.*\): move that folder"),
        (lambda data: (data / "postgresql.conf").write_text("nonsense = on\n"), "does not start .*: move that folder"),
    ],
)
def test_a_broken_folder_is_refused_in_one_sentence_that_says_what_to_do(home: Path, damage, said: str):
    postgres.start(home).stop()
    data = postgres_places.link_of(home).resolve()
    damage(data)
    with pytest.raises(EmbeddedPostgresError, match=said) as refused:
        postgres.start(home)
    assert str(data) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_where_the_data_should_be_is_refused(home: Path):
    local_folder.folder(home)
    postgres_places.link_of(home).write_text("not a folder")
    with pytest.raises(EmbeddedPostgresError, match="move it away"):
        postgres.start(home)


def test_a_lost_password_is_told_from_a_broken_folder(home: Path):
    first = postgres.start(home)
    (home / ".ils" / "secrets.json").unlink()
    with pytest.raises(EmbeddedPostgresError, match=r"another password than \.ils/secrets\.json: bring the right file"):
        postgres.start(home)
    first.stop()


def test_a_home_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path):
    (tmp_path / ".ils").write_text("a file")
    with pytest.raises(EmbeddedPostgresError, match="cannot be made or opened"):
        postgres.start(tmp_path)


@root_only
def test_deleting_the_local_folder_means_starting_afresh_and_leaves_nothing_behind(home: Path):
    first = postgres.start(home)
    old = postgres_places.link_of(home).resolve().parent
    shutil.rmtree(home / ".ils")
    again = postgres.start(home)
    assert again.pid != first.pid
    assert not runs(first.pid)
    assert not old.exists()


@root_only
def test_a_moved_folder_keeps_its_database_and_a_copied_one_gets_its_own(home: Path, tmp_path: Path):
    first = postgres.start(home)
    copy, moved = tmp_path / "copy", tmp_path / "moved"
    shutil.copytree(home, copy, symlinks=True)
    second = postgres.start(copy)
    try:
        assert second.data != first.data
        home.rename(moved)
        assert postgres.start(moved).pid == first.pid
        home.mkdir()  # somebody else's by now: it must not take the moved one's data for leftovers
        third = postgres.start(home)
        assert third.data not in (first.data, second.data)
        assert ask(first.url, "SELECT 1") == 1
    finally:
        for folder in (copy, moved):
            postgres_places.discard(postgres_places.link_of(folder).resolve().parent)


def test_a_temporary_server_is_quick_and_its_data_go_with_it(tmp_path: Path):
    server = postgres.temporary(tmp_path / "some" / "folder")
    assert ask(server.url, "SHOW fsync") == "off"
    server.stop()
    assert not server.data.exists()
    assert not runs(server.pid)


def test_databases_are_made_from_a_template_and_dropped_while_in_use(server: postgres.EmbeddedPostgres):
    with psycopg.connect(server.create_database("template_one")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    copy = server.create_database("copy", template="template_one")
    assert ask(copy, "SELECT answer FROM kept") == 42
    with psycopg.connect(copy):
        server.drop_database("copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(copy)


@root_only
def test_what_killed_tests_left_behind_goes_at_the_next_call(tmp_path: Path):
    leave = (
        "import os, signal; from ils_app.kernel import postgres; s = postgres.temporary();"
        " print(s.pid, s.data.parent, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    pid, folder = subprocess.run([sys.executable, "-c", leave], capture_output=True, text=True).stdout.split()
    assert runs(int(pid))
    postgres.temporary(tmp_path / "next").stop()
    assert not runs(int(pid))
    assert not Path(folder).exists()


def test_the_wheel_s_programs_are_found_by_name():
    said = subprocess.check_output([postgres.tool("pg_dump"), "--version"], text=True)
    assert said.startswith("pg_dump (PostgreSQL) 18")


def test_without_the_wheel_the_sentence_says_how_to_get_one(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgres_programs, "PACKAGE", "no_such_package_at_all")
    with pytest.raises(EmbeddedPostgresError, match="set DATABASE_URL, or run `make run`"):
        postgres.start(home)


@root_only
def test_the_copy_of_the_programs_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgres_programs, "SHARED_FOLDER", tmp_path / "missing")
    with pytest.raises(EmbeddedPostgresError, match="cannot be copied to"):
        postgres_programs.installed()
    (tmp_path / "missing").mkdir()
    programs = postgres_programs.installed()
    assert (programs / "bin" / "postgres").stat().st_mode & 0o777 == 0o755
    assert postgres_programs.installed() == programs
    assert len(list((tmp_path / "missing").iterdir())) == 1


def runs(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(pid: int) -> None:
    """Until a process that is nobody's child any more has ended."""
    deadline = time.monotonic() + 10
    while runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


class running_as_owner:
    """Some other process of the user who owns a folder."""

    def __init__(self, folder: Path) -> None:
        self.user = folder.stat().st_uid

    def __enter__(self) -> int:
        self.process = subprocess.Popen(["sleep", "60"], user=self.user, cwd="/")
        return self.process.pid

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
