"""Start everything on this machine and say each step: what `make run` does. Ctrl-C stops all of it."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from ils_app.commands import CommandError, build, parent, serve
from ils_app.commands.processes import Child, Children, Signals, Stopped
from ils_app.kernel import config, local_folder, postgres, postgres_places
from ils_app.kernel.config import Settings

ACCOUNTS = {
    "ecp": "ecp@harbour.example",
    "lab": "lab@northlight.example",
    "engineer": "engineer@northlight.example",
    "supplier": "supplier@lumen.example",
    "admin": "admin@northlight.example",
}
RUN_FILE = "run.json"
NO_DEMO = "the demo could not be added:"
SANDBOX_SPEED = "60"  # an hour of the lab in a minute, so that the first minute shows a living lab
ANSWER_SECONDS = 90  # for a child to answer the first time, on a slow machine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose; the settings say it all."""


def run(arguments: argparse.Namespace) -> int:
    """Start everything, wait, and stop everything; returns the exit status."""
    parent.end_with_make()
    signals = Signals()
    settings = config.current()
    if settings.production:
        raise CommandError("ILS_ENV=production is for `python -m ils_app serve`: leave it out to try ILS here.")
    try:
        with contextlib.ExitStack() as held:
            _only_one(held, settings.home)
            return _everything(settings, signals)
    except Stopped:
        print("\nStopped.", flush=True)
        return 0


def _everything(settings: Settings, signals: Signals) -> int:
    started = time.monotonic()
    local_run = settings.home / local_folder.FOLDER / RUN_FILE
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(local_run.unlink, missing_ok=True)
        at_the_end.callback(_stop_database, settings)  # after the children: they still write
        children = at_the_end.enter_context(Children(settings.home, signals))
        _refuse_taken_ports(settings)
        known = postgres_places.link_of(settings.home).exists() or settings.database_url is not None
        environ = _start_database(settings, signals)
        lims = _start_lims(settings, children, environ)
        _say("Bringing the tables up to date")
        sorry = "the tables could not be brought up to date:"
        children.finish("migrate", _verb("migrate"), environ=environ, folder=build.PROJECT, sorry=sorry)
        _await_answer(lims, f"{settings.lims_api_base_url}/health")
        _say("Looking after the demo's people, patients and orders")
        seeding = children.start("seed-demo", _verb("seed-demo"), environ=environ, folder=build.PROJECT)
        if not known or not build.fits(settings.public_url):
            # The first time the demo comes first; later there is nothing to add, so ILS need not wait for it.
            children.await_end(seeding, sorry=NO_DEMO)
            _build_pages(settings, children, environ)
        _say("Starting ILS")
        app = children.start(
            "app",
            serve.command(settings, host="127.0.0.1", workers=1),
            environ={**environ, **serve.environment(settings), "DATABASE_URL": environ["DATABASE_URL"]},
            folder=build.PROJECT,
        )
        _await_answer(app, f"http://127.0.0.1:{settings.port}/health")
        if seeding in children.running:
            children.await_end(seeding, sorry=NO_DEMO)
        unready = _await_ready(app, settings)
        local_folder.write_private(local_run, json.dumps(_note(settings), indent=2) + "\n")
        _welcome(settings, time.monotonic() - started, unready)
        return _watch(children)


# The steps


def _only_one(held: contextlib.ExitStack, home: Path) -> None:
    """Refuse to start twice in one folder."""
    try:
        held.enter_context(local_folder.lock(home, "run", wait=False))
    except BlockingIOError as error:
        where = ""
        with contextlib.suppress(OSError, ValueError, KeyError):
            running = json.loads((home / local_folder.FOLDER / RUN_FILE).read_text())
            where = f" on {running['app_url']} (process {running['pid']})"
        raise CommandError(f"ILS is running here already{where}: use that one, or stop it first.") from error


def _refuse_taken_ports(settings: Settings) -> None:
    ports = {"PORT": settings.port}
    if _sandbox_wanted(settings):
        ports["LIMS_SANDBOX_PORT"] = settings.lims_sandbox_port
        if settings.port == settings.lims_sandbox_port:
            raise CommandError(f"PORT and LIMS_SANDBOX_PORT are both {settings.port}: give one of them another number.")
    for variable, port in ports.items():
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                taken = "is in use by another program" if error.errno == errno.EADDRINUSE else "may not be used"
                free = f"stop that program, or choose another, as in `{variable}={port + 10} make run`"
                raise CommandError(f"port {port} {taken}: {free}.") from error


def _start_database(settings: Settings, signals: Signals) -> Mapping[str, str]:
    """The database, and the environment that everything else gets."""
    environ = {**os.environ, "ILS_HOME": str(settings.home), "PYTHONUNBUFFERED": "1"}
    if settings.database_url is not None:
        return {**environ, "DATABASE_URL": settings.database_url}
    _say("Starting the embedded PostgreSQL in .ils/")
    with signals.held():
        server = postgres.start(settings.home)
    return {**environ, "DATABASE_URL": server.url}


def _stop_database(settings: Settings) -> None:
    if settings.database_url is None and (server := postgres.running(settings.home)) is not None:
        server.stop()


def _sandbox_wanted(settings: Settings) -> bool:
    return settings.lims_is_sandbox


def _start_lims(settings: Settings, children: Children, environ: Mapping[str, str]) -> Child | None:
    if not _sandbox_wanted(settings):
        _say(f"Using the LIMS at {settings.lims_api_base_url}")
        return None
    _say(f"Starting the sandbox LIMS on http://127.0.0.1:{settings.lims_sandbox_port}")
    database = settings.home / local_folder.FOLDER / config.SANDBOX_DATABASE
    command = [sys.executable, "-m", "lims_client.sandbox", "--host", "127.0.0.1"]
    command += ["--port", str(settings.lims_sandbox_port), "--database", str(database)]
    if not database.exists():  # later it keeps the speed it was last given
        command += ["--speed", SANDBOX_SPEED]
    secrets = {  # not as arguments, which everybody on the machine can read
        "LIMS_SANDBOX_API_KEY": settings.lims_api_key.get_secret_value(),
        "LIMS_SANDBOX_WEBHOOK_SECRET": settings.lims_webhook_secrets[0],
    }
    return children.start("lims", command, environ={**environ, **secrets}, folder=build.PROJECT)


def _build_pages(settings: Settings, children: Children, environ: Mapping[str, str]) -> None:
    if build.fits(settings.public_url):
        return
    stamp = build.stamp_of(settings.public_url)
    _say(f"Building the pages for {settings.public_url} (some seconds)")
    children.finish(
        "build",
        build.command(),
        environ={**environ, **build.environment(settings.public_url)},
        folder=build.PROJECT,
        sorry="the pages could not be built:",
    )
    build.keep_stamp(stamp)


def _verb(verb: str) -> list[str]:
    """Another verb, for a process of its own, so that this one stays small."""
    return [sys.executable, "-m", "ils_app", verb]


# Waiting


def _await_answer(child: Child | None, address: str) -> None:
    """Wait until something answers there, whatever it says."""
    if child is None:
        return
    deadline = time.monotonic() + ANSWER_SECONDS
    while _ask(address) is None:
        if child.process.poll() is not None:
            raise CommandError(f"{_NAMES[child.name]} did not start; its last words:\n{child.last_words()}")
        if time.monotonic() > deadline:
            raise CommandError(f"{_NAMES[child.name]} does not answer: see {child.log} and start again.")
        time.sleep(0.05)


def _await_ready(app: Child, settings: Settings) -> str | None:
    """Wait until ILS calls itself ready; returns what it says when it is running but not ready."""
    deadline = time.monotonic() + ANSWER_SECONDS / 3
    while True:
        answer = _ask(f"http://127.0.0.1:{settings.port}/ready")
        if answer is not None and answer[0] in (200, 404):
            return None
        if app.process.poll() is not None:
            raise CommandError(f"ILS ended; its last words:\n{app.last_words()}")
        if time.monotonic() > deadline:
            return answer[1] if answer else "no answer"
        time.sleep(0.1)


def _ask(address: str) -> tuple[int, str] | None:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # nosec B310 - our own address
            return answer.status, answer.read(2000).decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read(2000).decode(errors="replace")
    except OSError:
        return None


def _watch(children: Children) -> int:
    """Wait until a child ends, which it should not, or until we are told to stop."""
    while (gone := children.gone()) is None:
        time.sleep(0.2)
    print(
        f"run: {_NAMES[gone.name]} ended by itself (status {gone.process.returncode}), so everything is stopped;"
        f" its last words, also in {gone.log}:\n{gone.last_words()}",
        file=sys.stderr,
        flush=True,
    )
    return 1


# What is said


_NAMES = {"app": "ILS", "lims": "the sandbox LIMS"}


def _say(step: str) -> None:
    print(step, flush=True)


def _note(settings: Settings) -> Mapping[str, object]:
    """What tools and tests need to talk to this run."""
    assert settings.demo_password is not None
    return {
        "app_url": settings.public_url,
        "lims_url": settings.lims_api_base_url,
        "lims_api_key": settings.lims_api_key.get_secret_value(),
        "password": settings.demo_password.get_secret_value(),
        "accounts": ACCOUNTS,
        "pid": os.getpid(),
    }


def _welcome(settings: Settings, seconds: float, unready: str | None) -> None:
    assert settings.demo_password is not None
    people = "\n".join(f"    {role:<9} {email}" for role, email in ACCOUNTS.items())
    print(
        f"\nILS is running on {settings.public_url} (started in {seconds:.1f} s).\n"
        f"  Sign in as one of these, password {settings.demo_password.get_secret_value()}\n{people}\n"
        f"  LIMS: {settings.lims_api_base_url}   logs: {settings.home / local_folder.FOLDER}/*.log   stop: Ctrl-C",
        flush=True,
    )
    if unready:
        print(f"  It is not ready yet: {unready}", flush=True)
