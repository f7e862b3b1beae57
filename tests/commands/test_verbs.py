"""The verbs of `python -m ils_app`, each on a stand-in project with a real database."""

import base64
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ils_app import commands
from ils_app.commands import create_admin
from ils_app.kernel import postgres, postgres_places
from tests.support.stand_in import StandIn, end, free_port, read_until

PRODUCTION = {
    "ILS_ENV": "production",
    "PUBLIC_URL": "https://ils.example.com",
    "LIMS_API_BASE_URL": "https://lims.example.com",
    "LIMS_API_KEY": "key",
    "LIMS_WEBHOOK_SECRET": "whsec_" + base64.b64encode(b"k" * 24).decode(),
    "SESSION_SECRET": "s" * 32,
    "ADMIN_SETUP_KEY": "a" * 16,
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[postgres.EmbeddedPostgres]:
    """A database server of the operator's own."""
    found = postgres.temporary(tmp_path / "own")
    yield found
    found.stop()


def names(address: str) -> list[str]:
    with psycopg.connect(address) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM kept ORDER BY name")]


def refusal(project: StandIn, *words: str, **environ: str) -> str:
    """The one sentence a verb refuses with."""
    done = project.ils(*words, **environ)
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_without_a_verb_it_says_what_there_is(project: StandIn):
    done = project.ils()
    assert done.returncode == 2
    listed = project.ils("--help").stdout
    assert all(verb in listed for verb in commands.VERBS)


def test_every_verb_has_its_own_help(capsys: pytest.CaptureFixture[str]):
    for verb in commands.VERBS:
        with pytest.raises(SystemExit) as left:
            commands.main([verb, "--help"])
        assert left.value.code == 0
        assert f"python -m ils_app {verb}" in capsys.readouterr().out


def test_an_interrupted_verb_ends_with_the_shell_s_status(monkeypatch: pytest.MonkeyPatch):
    from ils_app.commands import check

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "run", interrupted)
    assert commands.main(["check"]) == 130


def test_migrate_and_seed_work_on_the_embedded_database_and_leave_it_stopped(project: StandIn):
    assert project.ils("migrate").returncode == 0
    assert project.ils("migrate").returncode == 0
    assert project.ils("seed-demo").returncode == 0
    assert project.ils("seed-demo").returncode == 0
    assert postgres.running(project.folder) is None
    found = postgres.start(project.folder)
    assert names(found.url) == ["demo"]
    assert project.ils("migrate").returncode == 0
    assert postgres.running(project.folder) == postgres.start(project.folder)  # it ran before, so it still does


def test_migrate_works_on_the_operator_s_own_database(project: StandIn, server: postgres.EmbeddedPostgres):
    done = project.ils("migrate", DATABASE_URL=server.url)
    assert done.stdout == "The database is up to date.\n"
    assert names(server.url) == []
    assert not postgres_places.link_of(project.folder).exists()


def test_a_database_that_does_not_answer_is_a_sentence(project: StandIn, tmp_path: Path):
    away = f"postgresql://u:p@127.0.0.1:{free_port()}/ils"
    assert "the database does not answer: check DATABASE_URL" in refusal(project, "migrate", DATABASE_URL=away)
    (tmp_path / "a.dump").write_text("x")
    assert "does not answer" in refusal(project, "restore", str(tmp_path / "a.dump"), DATABASE_URL=away)
    assert "the database could not be read" in refusal(project, "backup", str(tmp_path / "b.dump"), DATABASE_URL=away)
    assert not (tmp_path / "b.dump").exists()


def test_production_has_no_demo(project: StandIn, server: postgres.EmbeddedPostgres):
    said = refusal(project, "seed-demo", **PRODUCTION, DATABASE_URL=server.url.replace("ils_embedded", "ils"))
    assert "production has no demo people: type `python -m ils_app create-admin`" in said


def test_the_first_administrator_is_created_with_a_password_from_the_input(project: StandIn):
    folder = project.folder / "ils_app" / "auth"
    folder.mkdir()
    (folder / "service.py").write_text(
        "import psycopg\nfrom ils_app.kernel import config\n"
        "async def create_first_admin(email, name, password, key):\n"
        "    with psycopg.connect(config.current().require_libpq_url()) as connection:\n"
        "        connection.execute('INSERT INTO kept VALUES (%s)', [f'{email} {name} {password} {key}'])\n"
    )
    project.ils("migrate")
    words = ("create-admin", "--email", "a@lab.example", "--name", "Ada")
    process = project.start(sys.executable, "-m", "ils_app", *words, stdin_text="a long password\nthe setup key\n")
    said, _ = process.communicate(timeout=60)
    assert said == "a@lab.example can sign in now.\n"
    assert names(postgres.start(project.folder).url) == ["a@lab.example Ada a long password the setup key"]
    assert "give --email and --name, the password on the first line" in refusal(project, *words)


def test_at_a_terminal_the_password_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch):
    answers = iter(["one long password", "one long password", "one long password", "another"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert create_admin.asked_password() == "one long password"
    with pytest.raises(commands.CommandError, match="the two passwords differ"):
        create_admin.asked_password()
    monkeypatch.setattr("getpass.getpass", lambda _: "the setup key")
    assert create_admin.asked_key() == "the setup key"


def test_the_worker_works_until_it_is_told_to_stop_and_needs_a_database(project: StandIn):
    assert "type `make run`" in refusal(project, "worker")
    (project.folder / "ils_app" / "worker.py").write_text(
        "import time\ndef run():\n    print('working', flush=True)\n    time.sleep(60)\n"
    )
    process = project.start(sys.executable, "-m", "ils_app", "worker", DATABASE_URL="postgresql://u:p@127.0.0.1:1/ils")
    read_until(process, "working")
    assert end(process, signal.SIGINT)[0] == 130


def test_check_finds_everything_wrong_at_once_and_nothing_when_all_is_well(project: StandIn):
    nothing = project.ils("check")
    assert nothing.returncode == 1
    assert "wrong  database: the embedded database is not running and DATABASE_URL is not set" in nothing.stdout
    assert "does not answer (ConnectError): check LIMS_API_BASE_URL" in nothing.stdout
    assert "ok     Redis: none" in nothing.stdout
    process = project.start()
    read_until(process, "stop: Ctrl-C")
    well = project.ils("check")
    assert (well.returncode, well.stdout.count("ok  ")) == (0, 5)
    assert "ok     mail: through the sink at /dev/mail" in well.stdout
    strange = project.ils("check", LIMS_API_KEY="another-key")
    assert "wrong  LIMS: refuses our key: check LIMS_API_KEY." in strange.stdout
    page = project.ils("check", LIMS_API_BASE_URL=f"http://127.0.0.1:{project.port}")
    assert "but not as a LIMS does: check LIMS_API_BASE_URL, its path included" in page.stdout
    assert "wrong  Redis: does not answer" in project.ils("check", REDIS_URL="redis://127.0.0.1:1/0").stdout
    end(process)


def test_check_tells_a_database_that_is_away_from_one_that_is_behind(
    project: StandIn, server: postgres.EmbeddedPostgres
):
    away = project.ils("check", DATABASE_URL=f"postgresql://u:p@127.0.0.1:{free_port()}/ils")
    assert "wrong  database: does not answer" in away.stdout
    behind = project.ils("check", DATABASE_URL=server.url)
    assert "its tables are not up to date: type `python -m ils_app migrate`." in behind.stdout
    project.ils("migrate", DATABASE_URL=server.url)
    assert "ok     database: PostgreSQL 18, tables up to date" in project.ils("check", DATABASE_URL=server.url).stdout


def test_check_knows_the_sandbox_whatever_its_port(project: StandIn):
    process = project.start()
    read_until(process, "stop: Ctrl-C")
    given = {**PRODUCTION, "LIMS_SANDBOX_PORT": "1", "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/ils"}
    done = project.ils("check", **{**given, "LIMS_API_BASE_URL": f"http://127.0.0.1:{project.lims_port}"})
    assert "is the sandbox: set LIMS_API_BASE_URL to the lab's own." in done.stdout
    assert "wrong  mail: none leaves" in done.stdout
    end(process)


def test_a_wrong_setting_stops_every_verb_by_name(project: StandIn):
    for verb in ("check", "migrate", "serve", "build", "worker", "seed-demo", "backup"):
        assert "PORT must be a whole number" in refusal(project, verb, PORT="x")


def test_a_backup_restores_into_an_empty_database_and_over_a_full_one_only_when_forced(
    project: StandIn, server: postgres.EmbeddedPostgres, tmp_path: Path
):
    first, second = server.url, server.create_database("second")
    project.ils("migrate", DATABASE_URL=first)
    project.ils("seed-demo", DATABASE_URL=first)
    with psycopg.connect(first) as connection:
        connection.execute("CREATE SCHEMA orders CREATE TABLE pair (id int PRIMARY KEY, power numeric(6, 2))")
        connection.execute("INSERT INTO orders.pair SELECT n, -n / 4.0 FROM generate_series(1, 1000) n")
    file = tmp_path / "ils.dump"
    done = project.ils("backup", str(file), DATABASE_URL=first)
    assert f"The database is in {file}." in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert "exists already" in refusal(project, "backup", str(file), DATABASE_URL=first)

    assert project.ils("restore", str(file), DATABASE_URL=second).returncode == 0
    assert names(second) == ["demo"]
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT sum(power) FROM orders.pair").fetchone() == (-125125,)
        connection.execute("INSERT INTO kept VALUES ('after')")
        connection.execute("CREATE TABLE newer (id int)")
    assert "not empty: add --force" in refusal(project, "restore", str(file), DATABASE_URL=second)
    assert names(second) == ["after", "demo"]
    assert project.ils("restore", str(file), "--force", DATABASE_URL=second).returncode == 0
    assert names(second) == ["demo"]
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('newer')").fetchone() == (None,)
    again = tmp_path / "again.dump"
    assert project.ils("backup", str(again), DATABASE_URL=second).returncode == 0
    assert project.ils("restore", str(again), "--force", DATABASE_URL=first).returncode == 0
    assert names(first) == ["demo"]


def test_a_backup_that_is_cut_off_leaves_the_database_as_it_was(
    project: StandIn, server: postgres.EmbeddedPostgres, tmp_path: Path
):
    project.ils("migrate", DATABASE_URL=server.url)
    project.ils("seed-demo", DATABASE_URL=server.url)
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE long AS SELECT n, md5(n::text) FROM generate_series(1, 200000) n")
    whole, cut = tmp_path / "whole.dump", tmp_path / "cut.dump"
    project.ils("backup", str(whole), DATABASE_URL=server.url)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (tmp_path / "text.dump").write_text("not a backup")
    for file in (cut, tmp_path / "text.dump"):
        assert "the database is as it was." in refusal(
            project, "restore", "--force", str(file), DATABASE_URL=server.url
        )
        assert names(server.url) == ["demo"]
    assert "is not there" in refusal(project, "restore", str(tmp_path / "none.dump"), DATABASE_URL=server.url)


def test_a_restore_waits_for_nobody_who_is_still_using_the_database(
    project: StandIn, server: postgres.EmbeddedPostgres, tmp_path: Path
):
    file = tmp_path / "ils.dump"
    project.ils("migrate", DATABASE_URL=server.url)
    project.ils("backup", str(file), DATABASE_URL=server.url)
    with psycopg.connect(server.url):
        said = refusal(project, "restore", "--force", str(file), DATABASE_URL=server.url)
    assert "ILS is still using the database: stop it first." in said


def test_a_backup_that_cannot_be_written_says_so(project: StandIn, server: postgres.EmbeddedPostgres, tmp_path: Path):
    target = tmp_path / "missing" / "ils.dump"
    assert "cannot be written (No such file" in refusal(project, "backup", str(target), DATABASE_URL=server.url)


def test_serve_needs_pages_a_database_and_redis_for_more_than_one_process(project: StandIn):
    away = {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/ils"}
    assert "type `make run`" in refusal(project, "serve")
    assert "REDIS_URL is missing" in refusal(project, "serve", "--workers", "2", **away)
    assert "--workers must be 1 or more" in refusal(project, "serve", "--workers", "0", **away)
    (project.folder / ".web" / "build" / "client").rmdir()
    assert "type `python -m ils_app build` first" in refusal(project, "serve", **away)


def test_outside_production_serve_lets_no_other_machine_in(project: StandIn):
    away = {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/ils"}
    for host in ("0.0.0.0", "::", "192.0.2.7", "ils.example"):
        said = refusal(project, "serve", "--host", host, **away)
        assert f"--host {host} would let other machines in" in said
        assert "Set ILS_ENV=production" in said
    for host in ("127.0.0.1", "::1", "localhost"):
        assert "REDIS_URL is missing" in refusal(project, "serve", "--host", host, "--workers", "2", **away)


def test_serve_becomes_the_server(project: StandIn):
    process = project.start(
        *(sys.executable, "-m", "ils_app", "serve"), DATABASE_URL="postgresql://u:p@127.0.0.1:1/ils", ILS_WORKER="none"
    )
    said = read_until(process, "Started worker-1")
    assert f"http://127.0.0.1:{project.port}" in said
    end(process, signal.SIGTERM)
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_pages_are_built_anew_only_when_their_address_or_sources_change(project: StandIn):
    (project.folder / "rxconfig.py").write_text("raise SystemExit('asked to build')\n")
    project.have_pages()
    assert project.ils("build").stdout == "The pages are built already.\n"
    other = project.ils("build", PUBLIC_URL="https://ils.example.com")
    assert other.returncode == 1
    assert "the pages could not be built" in other.stderr
    assert "asked to build" in other.stderr
    assert project.ils("build").returncode == 1  # the build that failed left nothing that looks finished
    project.have_pages()
    (project.folder / "ils_app" / "ils_app.py").write_text("changed = True\n")
    assert "asked to build" in project.ils("build").stderr


def test_reflex_and_alembic_by_hand_name_make_run_when_there_is_no_database(project: StandIn):
    for words in (("-m", "reflex", "run"), ("-m", "alembic", "upgrade", "head")):
        process = project.start(sys.executable, *words)
        said, _ = process.communicate(timeout=60)
        assert process.returncode != 0
        assert said.splitlines()[-1].endswith(
            "DATABASE_URL is not set: set it, or type `make run`, which starts everything."
        )
