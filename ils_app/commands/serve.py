"""Serve pages, socket and APIs on one port; several processes need Redis between them."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping

from ils_app.commands import CommandError, build
from ils_app.kernel import config
from ils_app.kernel.config import Settings
from ils_app.kernel.settings_reader import is_loopback

DRAIN_SECONDS = 12
"""For requests under way to be answered, and jobs to be finished, after we are told to stop."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where and how many."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--workers", type=int, default=1, help="processes; more than one needs REDIS_URL")


def run(arguments: argparse.Namespace) -> None:
    """Become the server."""
    settings = config.current()
    settings.require_database()
    if not settings.production and not _stays_here(arguments.host):
        raise CommandError(
            f"--host {arguments.host} would let other machines in, and outside production everybody may sign in "
            "without a password. Set ILS_ENV=production, or leave --host out."
        )
    if arguments.workers < 1:
        raise CommandError("--workers must be 1 or more.")
    if arguments.workers > 1 and settings.redis_url is None:
        raise CommandError("REDIS_URL is missing: several workers tell each other what changed through Redis.")
    if not build.PAGES.is_dir():
        raise CommandError("the pages are not built: type `python -m ils_app build` first.")
    os.chdir(build.PROJECT)
    words = command(settings, host=arguments.host, workers=arguments.workers)
    environ = dict(environment(settings))
    if arguments.workers > 1:  # whichever process is asked tells the figures of all
        environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="ils-metrics-"))
    os.execve(words[0], words, environ)  # noqa: S606 - no shell is wanted


def _stays_here(host: str) -> bool:
    return is_loopback(f"//[{host}]" if ":" in host else f"//{host}")


def command(settings: Settings, *, host: str, workers: int) -> list[str]:
    """Granian, which puts a new process in the place of one that dies."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
        *("--host", host, "--port", str(settings.port)),
        *("--workers", str(workers), "--respawn-failed-workers"),
        *("--workers-kill-timeout", str(DRAIN_SECONDS)),  # a browser that sleeps must not hold up the end for ever
        "ils_app.ils_app:app",
    ]


def environment(settings: Settings) -> Mapping[str, str]:
    """Reflex in production mode, on pages that are built already, its states in memory or in Redis."""
    return {
        **os.environ,
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_STATE_MANAGER_MODE": "memory" if settings.redis_url is None else "redis",
        # A page behind a line that swallows everything knows it half a minute later, not after two and a half.
        "REFLEX_SOCKET_INTERVAL": "10s",
        "REFLEX_SOCKET_TIMEOUT": "15s",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "ILS_WORKER": settings.ils_worker,
    }
