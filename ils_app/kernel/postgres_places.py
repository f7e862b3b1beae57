"""Where the embedded PostgreSQL keeps its data: in `.ils/`, or as root where an unprivileged user can reach them.

As root `.ils/postgres` is a link to a folder below `/var/lib/ils`; a private home keeps its mode.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import psutil

from ils_app.kernel import local_folder, postgres_programs
from ils_app.kernel.postgres_programs import EmbeddedPostgresError, spoken


def data_of(home: Path) -> Path:
    """Where the database of `home` keeps its data, there or yet to be made."""
    place = link_of(home)
    local_folder.folder(home)
    if os.geteuid() != 0:
        return place
    if place.exists() and not place.is_symlink():
        raise EmbeddedPostgresError(
            f"{place} was made by another account and root's database cannot use it: move it away and start again."
        )
    if place.exists() and _belongs_to(home, place.resolve()):
        return place.resolve()
    for leftover in _left_by(home):
        discard(leftover)
    with spoken(f"cannot be made in {postgres_programs.SHARED_FOLDER / 'ils'}"):
        folder = Path(tempfile.mkdtemp(dir=_shared(), prefix="database-"))
        folder.chmod(0o711)
        (folder / "home").write_text(str(home.resolve()))
        place.unlink(missing_ok=True)
        place.symlink_to(folder / "data")
    return folder / "data"


def link_of(home: Path) -> Path:
    """Where the data of `home` are found."""
    return home / local_folder.FOLDER / "postgres"


def temporary_folder(path: Path | None) -> Path:
    """An empty folder for a server that will not stay; what killed tests left behind is removed."""
    if os.geteuid() != 0:
        folder = path or Path(tempfile.mkdtemp(prefix="ils-postgres-"))
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    for leftover in _shared().glob("temporary-*"):
        owner = re.match(r"temporary-(\d+)-", leftover.name)
        if owner and not psutil.pid_exists(int(owner[1])):
            discard(leftover)
    folder = Path(tempfile.mkdtemp(dir=_shared(), prefix=f"temporary-{os.getpid()}-"))
    folder.chmod(0o711)
    return folder


def discard(folder: Path) -> None:
    """Stop the server whose data are in this folder and remove both."""
    postgres_programs.stop(folder / "data")
    shutil.rmtree(folder, ignore_errors=True)


def _belongs_to(home: Path, data: Path) -> bool:
    """Whether these data are this folder's own. A folder that was moved keeps its data, a copy of it gets new ones."""
    note = data.parent / "home"
    before = Path(note.read_text()) if note.exists() else home.resolve()
    if before != home.resolve() and link_of(before).resolve() == data:
        return False
    note.write_text(str(home.resolve()))
    return True


def _left_by(home: Path) -> list[Path]:
    """Data that this folder no longer points to: its `.ils/` was deleted, which says, start afresh."""
    notes = _shared().glob("database-*/home")
    return [note.parent for note in notes if note.read_text() == str(home.resolve())]


def _shared() -> Path:
    folder = postgres_programs.SHARED_FOLDER / "ils"
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    return folder
