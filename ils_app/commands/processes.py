"""Child processes of `run`: each in a group of its own, each ended when we end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from ils_app.commands import CommandError
from ils_app.kernel import local_folder

END_SECONDS = 14  # for a child to end by itself; the app answers what is under way first


class Stopped(BaseException):
    """We were told to stop. Not an `Exception`: nothing on the way may take it for a failure."""


class Signals:
    """SIGINT, SIGTERM and SIGHUP raise `Stopped` in the main thread, but for stretches that must be finished first."""

    def __init__(self) -> None:
        self._held = 0
        self._asked = False
        self._over = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        if not self._held and not self._over:
            raise Stopped

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Finish this stretch first, then stop if we were asked to meanwhile."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        if self._asked and not self._over:
            raise Stopped

    def stopping(self) -> None:
        """We are ending already: further signals change nothing."""
        self._over = True


@dataclass
class Child:
    """One child and where its words go."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass
class Children:
    """All children of this run; on leaving, they are ended in the reverse of the order they were started in."""

    home: Path
    signals: Signals
    running: list[Child] = field(default_factory=list)

    def __enter__(self) -> Children:
        self._end_what_was_left()
        return self

    def __exit__(self, *_: object) -> None:
        self.signals.stopping()
        for child in reversed(self.running):
            _end_group(child.process.pid, child.process)
        self._note_path().unlink(missing_ok=True)

    def start(self, name: str, command: Sequence[str], *, environ: Mapping[str, str], folder: Path) -> Child:
        """Start a child whose words go to `.ils/<name>.log`."""
        log = local_folder.folder(self.home) / f"{name}.log"
        with self.signals.held(), open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as words:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            child = Child(name, process, log)
            self.running.append(child)
            self._note()
        return child

    def finish(
        self, name: str, command: Sequence[str], *, environ: Mapping[str, str], folder: Path, sorry: str
    ) -> None:
        """Run a child to its end; raises with its last words when it fails."""
        self.await_end(self.start(name, command, environ=environ, folder=folder), sorry=sorry)

    def await_end(self, child: Child, *, sorry: str) -> None:
        """Wait for the end of a child; raises with its last words when it failed."""
        status = child.process.wait()
        self.running.remove(child)
        self._note()
        if status != 0:
            raise CommandError(f"{sorry}\n{child.last_words()}")

    def gone(self) -> Child | None:
        """A child that has ended, if any has."""
        return next((child for child in self.running if child.process.poll() is not None), None)

    def _note_path(self) -> Path:
        return self.home / local_folder.FOLDER / "processes.json"

    def _note(self) -> None:
        """Keep the children's numbers and birthdays, so that a later start can end them if we are killed."""
        alive = {}
        for child in self.running:
            with contextlib.suppress(psutil.NoSuchProcess):
                alive[str(child.process.pid)] = psutil.Process(child.process.pid).create_time()
        local_folder.write_private(self._note_path(), json.dumps(alive))

    def _end_what_was_left(self) -> None:
        """End the children of an earlier run that was killed."""
        try:
            left = json.loads(self._note_path().read_text())
        except (OSError, ValueError):
            return
        for number, born in left.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                if psutil.Process(int(number)).create_time() == born:
                    print("Ending what an earlier start left running", flush=True)
                    _end_group(int(number))


def _end_group(leader: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """End a process group: politely, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, number)
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            if process is not None:
                process.poll()
            if not _runs(leader):
                return
            time.sleep(0.05)


def _runs(leader: int) -> bool:
    """Whether anyone in the group still runs; those who have ended and only wait to be counted do not."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    for process in psutil.process_iter(["status"]):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(process.pid) == leader and process.info["status"] != psutil.STATUS_ZOMBIE:
                return True
    return False
