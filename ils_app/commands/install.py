"""Make `.venv` from `requirements.txt` unless it is there already, then go on as `python -m ils_app …` inside it.

Runs on any Python from 3.11 with nothing installed: `python3 -m ils_app.commands.install run`.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from ils_app.commands import CommandError, parent

PROJECT = Path(__file__).parents[2]
STAMP = "ils-requirements.sha256"


def install(project: Path) -> Path:
    """Make the environment or bring it up to date; returns its Python. Raises `CommandError`."""
    venv = project / ".venv"
    python, stamp = venv / "bin" / "python", venv / STAMP
    wanted = hashlib.sha256((project / "requirements.txt").read_bytes()).hexdigest()
    if _works(python) and stamp.is_file() and stamp.read_text() == wanted:
        return python
    with _alone(project):
        if not _works(python):
            _say("Making .venv")
            _call([sys.executable, "-m", "venv", "--clear", str(venv)], "Making .venv failed: install python3-venv.")
        _say("Installing the packages of requirements.txt (a minute or two the first time)")
        started = time.monotonic()
        # pip's own settings hold: a mirror, a certificate, a folder of wheels.
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        _call(
            [*pip, "-r", str(project / "requirements.txt")],
            "The packages could not be installed: see pip's words above, then start again.",
        )
        stamp.write_text(wanted)
        _say(f"Packages installed in {time.monotonic() - started:.0f} s")
    return python


@contextlib.contextmanager
def _alone(project: Path) -> Iterator[None]:
    """One installation at a time: `make run` and `make test` may be typed together."""
    handle = os.open(project, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _works(python: Path) -> bool:
    """Whether the environment's Python runs, has pip, and is new enough; one whose making was cut off does not."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _call(command: list[str], sorry: str) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        raise CommandError(sorry)


def _say(step: str) -> None:
    print(step, flush=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(words: list[str]) -> int:
    """Install, then become `python -m ils_app` with the same words; with none, only install."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
        print("ILS needs Python 3.11 or newer: install it, or set PYTHON, as in `make run PYTHON=python3.12`.")
        return 1
    signal.signal(signal.SIGTERM, _interrupt)
    parent.end_with_make()
    try:
        python = install(PROJECT)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if words:
        os.chdir(PROJECT)
        os.execv(python, [str(python), "-m", "ils_app", *words])  # noqa: S606 - no shell is wanted
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
