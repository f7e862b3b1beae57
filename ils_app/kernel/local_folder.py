"""The `.ils/` folder: what a development machine keeps for ILS, readable by its owner alone."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

FOLDER = ".ils"
SECRETS_FILE = "secrets.json"  # pragma: allowlist secret


class LocalFolderError(Exception):
    """The folder cannot be used; the text is one sentence that says what to do."""


def _webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


# What is generated when it is missing, and how. The names in capitals are settings of the same name.
GENERATORS: Mapping[str, Callable[[], str]] = {
    "SESSION_SECRET": lambda: secrets.token_urlsafe(48),
    "ADMIN_SETUP_KEY": lambda: secrets.token_urlsafe(24),
    "LIMS_API_KEY": lambda: secrets.token_urlsafe(32),
    "LIMS_WEBHOOK_SECRET": _webhook_secret,
    "STRIPE_WEBHOOK_SECRET": _webhook_secret,
    "demo_password": lambda: "demo-" + secrets.token_urlsafe(9),
    "postgres_password": lambda: secrets.token_urlsafe(32),
}


def folder(home: Path) -> Path:
    """The `.ils/` folder of `home`, made if it is missing, open to its owner alone (0700)."""
    path = home / FOLDER
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise LocalFolderError(f"{path} cannot be made or opened ({error.strerror}): make {home} writable.") from error
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (0600), all of it or nothing."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def existing_secrets(home: Path) -> Mapping[str, str]:
    """The secrets generated for `home` so far; nothing is made."""
    path = home / FOLDER / SECRETS_FILE
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise LocalFolderError(f"{path} cannot be read: delete {home / FOLDER} to start with an empty one.") from error
    if not isinstance(kept, dict) or not all(isinstance(value, str) and value for value in kept.values()):
        raise LocalFolderError(f"{path} is damaged: delete {home / FOLDER} to start with an empty one.")
    return kept


def development_secrets(home: Path) -> Mapping[str, str]:
    """The secrets of a development machine, generated once into `.ils/secrets.json` (0600)."""
    with lock(home, "secrets"):
        kept = dict(existing_secrets(home))
        missing = [name for name in GENERATORS if name not in kept]
        path = home / FOLDER / SECRETS_FILE
        if missing:
            kept.update({name: GENERATORS[name]() for name in missing})
            write_private(path, json.dumps(kept, indent=2) + "\n")
        elif path.stat().st_mode & 0o077:
            path.chmod(0o600)
    return kept


@contextlib.contextmanager
def lock(home: Path, name: str, *, wait: bool = True) -> Iterator[None]:
    """Hold `.ils/<name>.lock`; the system frees it when the process ends, however it ends.

    Without `wait`, raises `BlockingIOError` when another process holds it.
    """
    handle = os.open(folder(home) / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)
