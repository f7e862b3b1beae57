"""What a program holds: memory of its own, threads and open files, its children included."""

from __future__ import annotations

import contextlib

import psutil

from tests.support.running import Program


def megabytes(program: Program) -> float:
    """Memory that would be free if the program and its children ended, in MB (2**20 bytes)."""
    return sum(one.memory_full_info().uss for one in _family(program)) / 2**20


def threads(program: Program) -> int:
    """How many threads it runs."""
    return sum(one.num_threads() for one in _family(program))


def open_files(program: Program) -> int:
    """How many files and sockets it has open."""
    return sum(one.num_fds() for one in _family(program))


def _family(program: Program) -> list[psutil.Process]:
    assert program.process is not None
    parent = psutil.Process(program.process.pid)
    with contextlib.suppress(psutil.NoSuchProcess):
        return [parent, *parent.children(recursive=True)]
    return [parent]
