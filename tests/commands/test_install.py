"""The environment that `make` makes: once, again when requirements change, anew when its making was cut off."""

import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ils_app import commands
from ils_app.commands import CommandError
from ils_app.commands.install import STAMP, install
from tests.support.stand_in import StandIn, read_until


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that asks for no packages, with its environment made."""
    project = tmp_path_factory.mktemp("project")
    (project / "requirements.txt").write_text("# nothing\n")
    install(project)
    return project


def test_the_environment_is_made_and_its_python_runs(made: Path):
    python = made / ".venv" / "bin" / "python"
    where = subprocess.check_output([python, "-c", "import sys; print(sys.prefix)"], text=True).strip()
    assert Path(where) == made / ".venv"


def test_a_second_time_nothing_is_done(made: Path, capsys: pytest.CaptureFixture[str]):
    install(made)
    assert capsys.readouterr().out == ""


def test_changed_requirements_are_installed(made: Path, capsys: pytest.CaptureFixture[str]):
    (made / "requirements.txt").write_text("# still nothing\n")
    install(made)
    assert "Installing the packages" in capsys.readouterr().out
    wanted = hashlib.sha256((made / "requirements.txt").read_bytes()).hexdigest()
    assert (made / ".venv" / STAMP).read_text() == wanted


def test_packages_without_a_hash_are_refused_and_not_taken_for_installed(made: Path):
    before = (made / "requirements.txt").read_text()
    (made / "unknown").mkdir()
    (made / "unknown" / "pyproject.toml").write_text('[project]\nname = "unknown"\nversion = "1"\n')
    (made / "requirements.txt").write_text(f"{made}/unknown\n")
    try:
        with pytest.raises(CommandError, match="could not be installed: see pip's words above"):
            install(made)
        with pytest.raises(CommandError):
            install(made)
    finally:
        (made / "requirements.txt").write_text(before)


def test_an_environment_whose_making_was_cut_off_is_made_anew(made: Path, capsys: pytest.CaptureFixture[str]):
    python = made / ".venv" / "bin" / "python"
    python.unlink()
    assert install(made) == python
    assert "Making .venv" in capsys.readouterr().out
    assert subprocess.run([python, "-c", "import pip"], check=False).returncode == 0


def test_a_python_that_cannot_make_environments_is_told_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(CommandError, match="install python3-venv"):
        install(tmp_path)


def test_installing_alone_says_nothing_when_there_is_nothing_to_do_and_one_sentence_when_it_cannot(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(commands.install, "PROJECT", made)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert commands.install.main([]) == 0
        assert capsys.readouterr() == ("", "")
        (made / ".venv" / STAMP).unlink()
        monkeypatch.setattr(commands.install, "_call", lambda *_: (_ for _ in ()).throw(CommandError("no network.")))
        assert commands.install.main([]) == 1
        assert capsys.readouterr().err == "no network.\n"
    finally:
        signal.signal(signal.SIGTERM, before)


def test_make_says_which_python_it_needs_when_there_is_none(project: StandIn):
    process = project.start("make", "run", "PYTHON=")
    said, _ = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "ILS needs Python 3.11 or newer: install it, or say where it is" in said


def test_make_stops_at_packages_that_cannot_be_installed(project: StandIn):
    (project.folder / "requirements.txt").write_text("this is no requirement\n")
    process = project.start("make", "run")
    said = read_until(process, "could not be installed")
    assert process.wait(timeout=30) != 0
    assert "Traceback" not in said


def test_make_help_names_every_target(project: StandIn):
    said = subprocess.check_output(["make"], cwd=project.folder, text=True)
    for target in ("run", "test", "lint", "format", "lock"):
        assert f"\n{target}" in said
