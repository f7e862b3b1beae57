"""Ending with the `make` that started us, however it is told to end.

A terminal's Ctrl-C reaches everyone, and make passes SIGTERM on. A SIGINT sent to make alone it keeps to itself, and
then waits for us for ever; killed, it leaves us behind. So we look, and take either as our own SIGINT.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

LOOK_SECONDS = 0.2


def end_with_make() -> None:
    """From now on, interrupt this process when the make above it has been interrupted or is gone."""
    parent = os.getppid()
    if _name(parent) in ("make", "gmake"):
        threading.Thread(target=_watch, args=(parent,), name="end-with-make", daemon=True).start()


def _watch(parent: int) -> None:
    listened = _listens_for_interrupts(parent)
    while os.getppid() == parent and (_listens_for_interrupts(parent) or not listened):
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGINT)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:  # not Linux, where we do without
        return ""


def _listens_for_interrupts(pid: int) -> bool:
    """Whether a process still has a handler for SIGINT; make drops its own when it gets one and waits for us."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (signal.SIGINT - 1) & 1)
